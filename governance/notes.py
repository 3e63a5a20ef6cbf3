"""Signed notes as C2SP writes them down: text, an empty line, and lines of signatures by named keys.

The public half of a key is one line, `NAME+HASH+BASE64` (C2SP calls it a vkey), which any tool for signed notes can
read. Whatever is not written exactly as the format says is refused, so that a note has one spelling.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mat.errors import BadInput

#: C2SP's number of the algorithm Ed25519; first byte of the key material.
_ED25519 = b"\x01"
_SIGNATURE_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """Who signs, and how their signature is checked. `material`: the 32 bytes of an Ed25519 public key."""

    name: str
    material: bytes

    @property
    def hash(self) -> bytes:
        """The 4 bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.material).digest()[:4]

    @property
    def line(self) -> str:
        """The key as text, without a newline."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.material).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.material).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line under a note, not yet checked: who is said to have signed, with which key, and the 64 bytes."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, which ends in a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def signed_by(self, keys: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
        """Those of `keys` with a good signature here; as C2SP has it, signatures by other keys are passed over."""
        return tuple(
            key
            for key in keys
            if any(
                one.name == key.name and one.key_hash == key.hash and key.has_signed(self.text, one.signature)
                for one in self.signatures
            )
        )


def read_public_key(line: str) -> PublicKey:
    """The key written in one line, with or without a newline at its end.

    Raises:
        BadInput: it is not a key, not one for Ed25519, or its hash is not its own.
    """
    name, _, rest = line.removesuffix("\n").partition("+")
    key_hash, _, encoded = rest.partition("+")
    decoded = _decode(encoded)
    if not _NAME.fullmatch(name) or decoded is None or len(decoded) != 33 or decoded[:1] != _ED25519:
        raise BadInput("The public key should be one line NAME+HASH+BASE64 for Ed25519: copy the whole signing.pub.")
    key = PublicKey(name=name, material=decoded[1:])
    if key_hash != key.hash.hex():
        raise BadInput(f"The public key of {name} does not fit its own hash: copy the whole signing.pub again.")
    return key


def read_private_key(line: str) -> tuple[Ed25519PrivateKey, str]:
    """The key and its name from one line `PRIVATE+KEY+NAME+HASH+BASE64`, as other tools for signed notes write it.

    Raises:
        BadInput: it is no such line.
    """
    words = line.removesuffix("\n").split("+", 4)
    decoded = _decode(words[-1])
    if len(words) != 5 or words[:2] != ["PRIVATE", "KEY"] or decoded is None or len(decoded) != 33:
        raise BadInput("The private key should be one line PRIVATE+KEY+NAME+HASH+BASE64.")
    private = Ed25519PrivateKey.from_private_bytes(decoded[1:])
    if not _NAME.fullmatch(words[2]) or private_key_line(private, words[2]) != line.removesuffix("\n"):
        raise BadInput("The private key does not fit its own hash.")
    return private, words[2]


def private_key_line(private_key: Ed25519PrivateKey, name: str) -> str:
    """The private key as text, without a newline; whoever reads it can sign."""
    encoded = base64.b64encode(_ED25519 + private_key.private_bytes_raw()).decode()
    return f"PRIVATE+KEY+{name}+{public_key_of(private_key, name).hash.hex()}+{encoded}"


def public_key_of(private_key: Ed25519PrivateKey, name: str) -> PublicKey:
    """The public half of a private key, under a name without spaces and plus signs.

    Raises:
        ValueError: the name cannot stand in a note.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a key: it must hold no space and no plus sign")
    return PublicKey(name=name, material=private_key.public_key().public_bytes_raw())


def sign(text: str, private_key: Ed25519PrivateKey, name: str) -> str:
    """The signed note over `text`, under one signature.

    Raises:
        ValueError: `text` does not end in a newline, or holds other control characters.
    """
    if not text.endswith("\n") or any(ord(letter) < 32 and letter != "\n" for letter in text):
        raise ValueError("a note is lines of text, and its last line ends in a newline")
    key = public_key_of(private_key, name)
    line = base64.b64encode(key.hash + private_key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {line}\n"


def read_note(note: str) -> Note:
    """The parts of a signed note; nothing is checked but its form.

    Raises:
        BadInput: it is not a signed note.
    """
    text, separator, lines = note.rpartition("\n\n")
    found = [_SIGNATURE_LINE.fullmatch(line) for line in lines.removesuffix("\n").split("\n")]
    decoded = [(match[1], _decode(match[2])) for match in found if match]
    signatures = tuple(
        Signature(name=name, key_hash=content[:4], signature=content[4:])
        for name, content in decoded
        if content is not None and len(content) == 68
    )
    is_well_formed = separator and lines.endswith("\n") and len(signatures) == len(found)
    if not is_well_formed or any(ord(letter) < 32 and letter != "\n" for letter in note):
        raise BadInput(
            "This is not a signed note (text, an empty line, then lines that begin with \u2014): give the file as it "
            "was handed out, unchanged."
        )
    return Note(text=f"{text}\n", signatures=signatures)


def _decode(encoded: str) -> bytes | None:
    """The bytes, or None where the text is not the one spelling of any bytes."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == encoded else None
