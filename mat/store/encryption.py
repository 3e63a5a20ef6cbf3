"""Encryption of files that leave the store, with age: its standard format, which any age program reads.

Everything is encrypted while it is written and proved while it is read; a byte changed or cut off is found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, cast

import pyrage  # type: ignore[import-untyped]

from mat.errors import StoreError
from mat.store.place import prepare_key_dir, refuse_open_file, write_secret

IDENTITY_FILE = "backup.key"
RECIPIENT_FILE = "backup.pub"

_age = cast("Any", pyrage)


class Readable(Protocol):
    """Gives up to `size` bytes at a time, and none at the end."""

    def read(self, size: int = -1, /) -> bytes: ...  # noqa: D102


class Writable(Protocol):
    """Takes bytes."""

    def write(self, part: bytes, /) -> int: ...  # noqa: D102

    def flush(self) -> None: ...  # noqa: D102


class WrongKey(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """The file was encrypted for somebody else."""


class Damaged(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """The file is not as it was written, or never was one."""


def make_backup_keys(key_dir: Path) -> str:
    """Make `backup.key` and `backup.pub` in `key_dir` where they are not there; the public half.

    Raises:
        StoreError: `key_dir` is open to others, or cannot be written, or holds a key that cannot be read.
    """
    prepare_key_dir(key_dir)
    if (key_dir / IDENTITY_FILE).exists():
        identity = _identity(read_identity(key_dir / IDENTITY_FILE))
    else:
        identity = _age.x25519.Identity.generate()
        write_secret(key_dir / IDENTITY_FILE, f"# public key: {identity.to_public()}\n{identity}\n")
    public = str(identity.to_public())
    write_secret(key_dir / RECIPIENT_FILE, f"{public}\n")
    return public


def read_identity(path: Path) -> str:
    """The secret key in a file, as age-keygen writes it.

    Raises:
        StoreError: it cannot be read, is open to others, or holds none.
    """
    try:
        refuse_open_file(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        secret = next(line.strip() for line in lines if line.strip() and not line.startswith("#"))
        _identity(secret)
    except OSError as error:
        raise StoreError(
            f"The key of backups {path} cannot be read ({error.strerror}): bring it back, or name it with --identity."
        ) from error
    except (StopIteration, UnicodeDecodeError, _age.IdentityError):
        raise StoreError(f"{path} holds no secret key of age: name the right file with --identity.") from None
    return secret


def read_recipient(path: Path) -> str:
    """The public key in a file.

    Raises:
        StoreError: it cannot be read, or holds none.
    """
    try:
        return refuse_wrong_recipient(path.read_text(encoding="utf-8").strip(), str(path))
    except OSError as error:
        raise StoreError(
            f"The public key of backups {path} cannot be read ({error.strerror}): bring it back, or name one with "
            "--recipient."
        ) from error
    except UnicodeDecodeError:
        raise StoreError(f"{path} holds no public key of age, which begins with age1: correct it.") from None


def refuse_wrong_recipient(recipient: str, place: str) -> str:
    """`recipient`, where it is a public key.

    Raises:
        StoreError: it is none; the sentence names `place`.
    """
    try:
        _age.x25519.Recipient.from_str(recipient)
    except _age.RecipientError:
        raise StoreError(f"{place} holds no public key of age, which begins with age1: correct it.") from None
    return recipient


def encrypt(source: Readable, target: Writable, recipient: str) -> None:
    """Encrypt `source` to its end into `target`."""
    _age.encrypt_io(source, target, [_age.x25519.Recipient.from_str(recipient)])


def decrypt(source: Readable, target: Writable, identity: str) -> None:
    """Decrypt `source` to its end into `target`.

    Raises:
        WrongKey: it was encrypted for somebody else.
        Damaged: a byte is not as it was written, or the end is missing; what was written so far is not to be used.
    """
    try:
        _age.decrypt_io(source, target, [_identity(identity)])
    except _age.DecryptError as error:
        raise (WrongKey if "matching keys" in str(error) else Damaged) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damaged from None


def _identity(secret: str) -> Any:
    return _age.x25519.Identity.from_str(secret)
