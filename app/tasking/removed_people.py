"""Who was removed, as digests of their ids: enough to keep an older run from bringing them back, and no more.

A digest is HMAC-SHA256 under a key that lies outside the data, so that a copy of the store alone tells nobody's id.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import ARRAY, Connection, Text, func, literal, select

from app.tasking.certificates import FOLDER
from governance.retention import local_day
from governance.signing import refuse_unsafe
from mat.errors import StoreError
from mat.settings import Settings

KEY_NAME = "removal.key"
_BYTES = 32


def removed_people(
    connection: Connection, settings: Settings, namespace: str, as_of: date, person_ids: Collection[str]
) -> frozenset[str]:
    """Those of the ids of one force who were removed on or after a day, from whatever panel area.

    A run as of that day leaves them out: it holds what was known before. What became known later is not barred.

    Raises:
        StoreError: the key of the digests cannot be used.
    """
    key = removal_key(connection, settings)
    person_of = {removal_digest(key, namespace, person): person for person in person_ids}
    found = func.acting.removed(literal(list(person_of), ARRAY(Text))).table_valued("digest", "removed_at")
    rows = connection.execute(select(found.c.digest, found.c.removed_at))
    return frozenset(person_of[row.digest] for row in rows if as_of <= local_day(row.removed_at))


def removal_digest(key: bytes, namespace: str, person_id: str) -> str:
    """What stands in a removal for an id of a force: 64 hex digits."""
    return hmac.digest(key, f"{namespace}\0{person_id}".encode(), "sha256").hex()


def key_digest(key: bytes) -> str:
    """What the store knows the key by: no id holds such a character, so it stands for nobody."""
    return removal_digest(key, "\0", "")


def removal_digests(key: bytes, ids: Sequence[tuple[str, str]]) -> list[str]:
    """One digest for each (namespace, person_id), sorted."""
    return sorted({removal_digest(key, namespace, person) for namespace, person in ids})


def removal_key(connection: Connection, settings: Settings) -> bytes:
    """The key of the digests, made when the store first needs one: one, whatever account works with it.

    Raises:
        StoreError: the folder of the keys is not safe, or the key can be read by others, is damaged, is not the one
            of the store, or is not there although the store or a certificate knows of one.
    """
    refuse_unsafe(settings.key_dir, data_dir=settings.data_dir)
    path = settings.key_dir / KEY_NAME
    somebody_was_removed = connection.scalar(select(func.acting.removals_known()).limit(1)) is not None
    was_used = _known_by(connection, None) is not None or somebody_was_removed
    if not os.path.lexists(path):
        if was_used or any((settings.key_dir / FOLDER).glob("*.json")):
            raise StoreError(
                f"{path} is not there, and with it who must not come back: put it back from where you keep copies of "
                "keys, or copy it from the key_dir of the account that made this store or imports into it."
            )
        _make(path)
    key = _read(path)
    if _known_by(connection, key_digest(key)) not in {None, key_digest(key)}:
        raise StoreError(
            f"{path} is not the key that this store's removals are made with, so whoever was removed would come back: "
            f"put a copy of {KEY_NAME} of the account that made this store or imports into it in its place."
        )
    return key


def _known_by(connection: Connection, digest: str | None) -> str | None:
    """What the store knows its key by, which is the digest of the one that was used first; None = none was used yet."""
    return connection.scalar(select(func.acting.removal_key(literal(digest, Text))))


def _make(path: Path) -> None:
    staged = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(staged)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): set key_dir to a folder of yours.") from error
    finally:
        staged.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found, content = os.fstat(descriptor), file.read(4096)
    except OSError as error:
        raise StoreError(f"The key {path} cannot be read ({error.strerror}): it should be a file of yours.") from error
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise StoreError(f"{path} should be a file of yours that nobody else can read: chmod 600 it.")
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise StoreError(f"{path} holds no key: put it back from where you keep copies of the keys.")
    return key
