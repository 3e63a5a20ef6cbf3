"""Reads signed checkpoints and the keys that may have signed them; the reader's own, apart from what writes them.

A checkpoint is a signed note of C2SP: origin, number of events, root, one line `chain HEX at TIME`, an empty line and
signatures. A key counts if it is the one trusted from outside, or if an event under a trusted signature names it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_NOTE = re.compile(r"(?P<text>(?:[^\x00-\x1f]+\n)+)\n(?P<signatures>(?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+)")
_CHECKPOINT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"chain (?P<chain>[0-9a-f]{64}) at (?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z)\n"
)
_KEY = re.compile(r"(?P<name>[^\s+]+)\+(?P<hash>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]{44})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key: who, the 4 bytes that name it in a signature, and the 32 that check one."""

    name: str
    hash: bytes
    material: bytes

    @classmethod
    def read(cls, line: str) -> TrustedKey | None:
        """The key of one line `NAME+HASH+BASE64`; None = it is none."""
        match = _KEY.fullmatch(line.removesuffix("\n"))
        content = None if match is None else _bytes_of(match["key"])
        if match is None or content is None or content[:1] != b"\x01":
            return None
        named = hashlib.sha256(match["name"].encode() + b"\n" + content).digest()[:4]
        return cls(name=match["name"], hash=named, material=content[1:]) if named.hex() == match["hash"] else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """A note taken apart: its text, and who is said to have signed it how: name, key hash, signature."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def read(cls, note: str) -> SignedText | None:
        """The parts of a note; None = it is none."""
        match = _NOTE.fullmatch(note)
        if match is None:
            return None
        lines = [line.split(" ") for line in match["signatures"].splitlines()]
        contents = [_bytes_of(encoded) for _, _, encoded in lines]
        signatures = tuple(
            (name, content[:4], content[4:])
            for (_, name, _), content in zip(lines, contents, strict=True)
            if content is not None
        )
        return cls(text=match["text"], signatures=signatures) if len(signatures) == len(lines) else None

    def names(self, key: TrustedKey) -> bool:
        """Whether a signature here claims to be by `key`."""
        return any((name, named) == (key.name, key.hash) for name, named, _ in self.signatures)

    def is_signed_by(self, key: TrustedKey) -> bool:
        """Whether a signature here is by `key`."""
        public = Ed25519PublicKey.from_public_bytes(key.material)
        for name, named, signature in self.signatures:
            if (name, named) == (key.name, key.hash):
                try:
                    public.verify(signature, self.text.encode())
                except InvalidSignature:
                    continue
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCheckpoint:
    """A checkpoint as it reads.

    `label`: how it is spoken of. `is_outside`: given from elsewhere, not kept beside the log.
    """

    label: str
    is_outside: bool
    note: SignedText
    origin: str
    size: int
    root: bytes
    chain: bytes
    time: str

    @classmethod
    def read(cls, note: str, *, label: str, is_outside: bool) -> ReadCheckpoint | None:
        """The checkpoint of a note; None = it is none, or is not written as checkpoints of mat are."""
        signed = SignedText.read(note)
        match = None if signed is None else _CHECKPOINT.fullmatch(signed.text)
        root = None if match is None else _bytes_of(match["root"])
        if signed is None or match is None or root is None:
            return None
        return cls(
            label=label,
            is_outside=is_outside,
            note=signed,
            origin=match["origin"],
            size=int(match["size"]),
            root=root,
            chain=bytes.fromhex(match["chain"]),
            time=match["time"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """An event that says one signing key follows another."""

    seq: int
    old: TrustedKey
    new: TrustedKey


def read_key_changes(events: Iterable[tuple[int, bytes]]) -> list[KeyChange]:
    """The changes of key among events that claim to be one: seq and details, as JSON."""
    changes: list[KeyChange] = []
    for seq, details in events:
        try:
            named = cast("dict[str, object]", json.loads(details))
        except ValueError:  # a finding of its own, where the event is read
            continue
        old, new = (TrustedKey.read(str(named.get(which, ""))) for which in ("old_key", "new_key"))
        if old is not None and new is not None:
            changes.append(KeyChange(seq=seq, old=old, new=new))
    return changes


def vouched_for(changes: Sequence[KeyChange], agreeing: Sequence[ReadCheckpoint]) -> list[KeyChange]:
    """The changes that the old key itself signed: by a checkpoint of the log as it ends with that very event.

    `agreeing`: checkpoints whose root is that of the log.
    """
    return [
        change
        for change in changes
        if any(checkpoint.size == change.seq and checkpoint.note.is_signed_by(change.old) for checkpoint in agreeing)
    ]


def trusted_keys(
    pinned: Sequence[TrustedKey], changes: Sequence[KeyChange], agreeing: Sequence[ReadCheckpoint]
) -> list[TrustedKey]:
    """The pinned keys, and every key that the log ties to one of them by a chain of changes.

    `changes`: those that the old key vouched for, which is how trust goes on to the next key. It goes back to the key
    before where the later one signed the log with the change in it. `agreeing`: checkpoints whose root is the log's.
    """
    trusted = list(pinned)
    for _ in changes:
        for change in changes:
            if change.old in trusted and change.new not in trusted:
                trusted.append(change.new)
            is_signed_later = any(
                checkpoint.size > change.seq and checkpoint.note.is_signed_by(change.new) for checkpoint in agreeing
            )
            if change.new in trusted and change.old not in trusted and is_signed_later:
                trusted.append(change.old)
    return trusted


def retired_before(key: TrustedKey, size: int, changes: Sequence[KeyChange]) -> int | None:
    """The seq of the event that took `key` out of use before the log had `size` events; None = there is none."""
    return next((change.seq for change in changes if change.old == key and change.seq < size), None)


def _bytes_of(encoded: str) -> bytes | None:
    """What the text stands for, where it is the one spelling of it."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == encoded else None
