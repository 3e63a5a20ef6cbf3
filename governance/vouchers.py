"""Who made a backup: a signed note beside the file, over its SHA-256, by the key that signs the log.

Nothing of a backup is run before its note was found good, unless whoever restores it says so.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from pathlib import Path

from governance.notes import PublicKey, read_note
from governance.signing import SigningKey
from mat.errors import BadInput, StoreError

SUFFIX = ".sig"
_LONGEST = 4096


def voucher_of(file: Path) -> Path:
    """Where the note about a backup lies: beside it."""
    return file.with_name(file.name + SUFFIX)


def vouch(sha256: str, size: int, key: SigningKey) -> str:
    """The note about a backup of this hash, in hex, and size in bytes."""
    return key.sign(_text(sha256, size, key.public.name))


def refuse_unvouched(file: Path, sha256: str, key: PublicKey, earlier: Sequence[PublicKey] = ()) -> None:
    """Refuse a backup that the holder of `key` did not vouch for. `sha256`: of the file, in hex.

    `earlier`: keys that signed before it, which count like it.

    Raises:
        StoreError: there is no note beside it, or the note is about another file or not signed with this key.
    """
    path = voucher_of(file)
    otherwise = (
        "a forged backup could run what it likes under the account of the server, so bring the right files, name an "
        "earlier key with --public-key, or say --unsigned if you know who made it."
    )
    try:
        with path.open(encoding="utf-8") as opened:
            note = read_note(opened.read(_LONGEST))
    except (OSError, UnicodeDecodeError, BadInput):
        raise StoreError(f"Nobody vouches for {file}, since {path} cannot be read: {otherwise}") from None
    expected = _text(sha256, file.stat().st_size, key.name)
    if not hmac.compare_digest(note.text.encode(), expected.encode()) or not note.signed_by([key, *earlier]):
        raise StoreError(f"{path} does not vouch for {file} with the key {key.name}: {otherwise}")


def _text(sha256: str, size: int, name: str) -> str:
    return f"mat backup of {name}\n{sha256}\n{size}\n"
