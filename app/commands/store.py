"""The commands on the case store itself: `db init`, `migrate`, `backup`, `restore` and `status`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from uuid_utils.compat import uuid7

from app.commands.acting import account, acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.tasking.certificates import all_kept
from app.tasking.files_outside import register
from app.tasking.founding import Founding, found, origin_of
from governance import signing
from governance.audit import Detail, Event
from governance.retention import load_retention
from governance.vouchers import refuse_unvouched, vouch, voucher_of
from mat.errors import StoreError
from mat.outputs import refuse_existing, whole_file
from mat.settings import Settings
from mat.store.backup import Backup, back_up
from mat.store.backup import restore as restore_backup
from mat.store.creating import create_store
from mat.store.encryption import make_backup_keys
from mat.store.migrating import migrate as migrate_store
from mat.store.revisions import head_revision
from mat.store.status import Status, read_status
from mat.store.vocabulary import FileKind, Operation

_DEMONSTRATION = "DEMONSTRATION STORE: for synthetic records, never for real people"
_FOR_ONE_ACCOUNT = (
    "No other account can sign in to this store: for a panel, or a second person, name a server of your own as "
    "database_url before you begin."
)
_NOT_HARDENED = (
    "  The everyday login may still call PostgreSQL's locks and large objects, with which it could stop others: let a "
    "superuser run `mat db init` at the next store, or take them from PUBLIC."
)
_UNSIGNED = (
    "It is not signed, since signing.key is not in key_dir: whoever restores it has to say --unsigned, and to compare "
    "the SHA-256."
)
_REASON = "A backup of the whole store, encrypted for whoever holds the key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What was typed of a new store. `person`: None = called as their account is."""

    agency: str
    person: str | None
    is_demonstration: bool


def init(beginning: Beginning, *, config: Path | None, as_json: bool) -> None:
    """Make the store, its keys and its first person.

    Raises:
        StoreError: there is one already, or it cannot be made.
    """
    settings = read_settings(config)
    _refuse_old_keys(settings)
    store = create_store(settings)
    try:
        public = make_backup_keys(settings.key_dir)
        founding = Founding(
            store_id=store.begun_as or uuid7(),
            os_name=account(),
            person=beginning.person or account(),
            seats=settings.panel_size,
            is_demonstration=beginning.is_demonstration,
            agency=beginning.agency,
        )
        signing.keys_of(founding.origin, settings.key_dir, data_dir=settings.data_dir)
        found(store, founding)
        roles = ", ".join(role.value for role in founding.roles)
        summary = {
            "command": "db init",
            "url": store.url,
            "embedded": store.is_embedded,
            "revision": store.revision,
            "origin": founding.origin,
            "is_demonstration": beginning.is_demonstration,
            "key_dir": str(settings.key_dir.absolute()),
            "backup_public_key": public,
        }
        sentences = [
            *([_DEMONSTRATION + "."] if beginning.is_demonstration else []),
            f"The case store is made: {store.url}, revision {store.revision}.",
            f"The account {founding.os_name} works in it as {roles}; further roles are granted by two people.",
            *([_FOR_ONE_ACCOUNT] if store.is_embedded else []),
            f"The keys lie in {settings.key_dir.absolute()}: keep a copy elsewhere, since nothing replaces them.",
        ]
    finally:
        store.close()
    tell(summary, sentences, as_json=as_json)


def migrate(*, config: Path | None, as_json: bool) -> None:
    """Bring the store to this mat's revision.

    Raises:
        StoreError: others are at work in it, or it is of a later mat.
    """
    done = migrate_store(read_settings(config))
    summary = {"command": "db migrate", "before": done.before, "after": done.after}
    if done.before == done.after:
        sentence = f"The case store is of revision {done.after} already: nothing was to be done."
    else:
        sentence = f"The case store went from revision {done.before} to {done.after}."
    tell(summary, [sentence], as_json=as_json)


def backup(*, out: Path, recipient: str | None, config: Path | None, as_json: bool) -> None:
    """Write an encrypted backup; it is in the log before it is there.

    Raises:
        StoreError: the store cannot be read, or there is no key to encrypt for.
        AccessRefused: the acting person may not.
    """
    settings = read_settings(config)
    retention = load_retention(settings.retention)
    key = _signing_key(settings)
    refuse_existing(voucher_of(out))
    with acting_desk(settings) as desk:
        with desk.working("back_up") as work:
            work.record(Event(operation=Operation.CONSULTATION, event="backup_begun"))

        def record(made: Backup) -> None:
            details: dict[str, Detail] = {"sha256": made.sha256, "size": made.size, "revision": made.label.revision}
            recipients = (recipient or "backup.pub",)
            with desk.working("back_up") as work:
                register(
                    work,
                    kind=FileKind.BACKUP,
                    path=out,
                    sha256=made.sha256,
                    size=made.size,
                    purpose=_REASON,
                    recipients=recipients,
                    subjects=(),
                    expires_at=retention.file_expires_at(FileKind.BACKUP, datetime.now(UTC)),
                )
                work.record(
                    Event(
                        operation=Operation.DISCLOSURE,
                        event="backup_made",
                        recipients=recipients,
                        details=details,
                        texts={"reason": _REASON},
                    )
                )
            if key is not None:
                with whole_file(voucher_of(out)) as path:
                    path.write_text(vouch(made.sha256, made.size, key), encoding="utf-8")

        made = back_up(settings, out, recipient=recipient, record=record)
    summary = {
        "command": "db backup",
        "out": str(out),
        "size": made.size,
        "sha256": made.sha256,
        "revision": made.label.revision,
        "made_at": made.label.made_at,
        "signature": None if key is None else str(voucher_of(out)),
    }
    sentences = [
        f"{out}: {made.size:,} bytes, encrypted, of revision {made.label.revision}.",
        f"SHA-256 {made.sha256}",
        _UNSIGNED if key is None else f"Signed in {voucher_of(out).name}: keep it beside the backup.",
        "Only the key it was encrypted for opens it: keep that key and this file in different places.",
    ]
    tell(summary, sentences, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """What was typed of a restore. `identity`, `public_key`: None = those in `key_dir`."""

    identity: Path | None
    public_key: Path | None
    is_unsigned: bool


def restore(source: Path, bringing: Bringing, *, config: Path | None, as_json: bool) -> None:
    """Bring a backup back into a place that holds no store.

    Raises:
        StoreError: the key or the file is wrong, nobody vouches for it, or there is a store already.
    """
    settings = read_settings(config)
    if source.exists() and not source.is_file():
        raise StoreError(f"{source} is not a file: name that of a backup.")

    def approve(sha256: str) -> None:
        if not bringing.is_unsigned:
            key = signing.load_public_key(bringing.public_key or settings.key_dir / signing.PUBLIC_NAME)
            earlier = () if bringing.public_key else signing.earlier_keys(settings.key_dir)
            refuse_unvouched(source, sha256, key, earlier)

    done = restore_backup(settings, source, identity=bringing.identity, approve=approve)
    is_current = done.revision == head_revision()
    summary = {
        "command": "db restore",
        "sha256": done.sha256,
        "made_at": done.label.made_at,
        "revision": done.revision,
        "is_up_to_date": is_current,
    }
    sentences = [
        f"{source}, made at {done.label.made_at}, is restored: revision {done.revision}.",
        f"SHA-256 {done.sha256}: compare it with what `mat db backup` printed.",
        *([] if is_current else ["Its tables are older than this mat: run `mat db migrate`."]),
        *_missing_keys(settings),
        "Now run `mat audit verify`, with a checkpoint that somebody else holds.",
        _removals_to_repeat(settings),
    ]
    tell(summary, sentences, as_json=as_json)


def status(*, config: Path | None, as_json: bool) -> None:
    """Say where the store is and how it does, whether there is one or not."""
    found = read_status(read_settings(config))
    summary = {
        "command": "db status",
        "url": found.url,
        "embedded": found.embedded,
        "revision": found.revision,
        "head": found.head,
        "is_up_to_date": found.is_up_to_date,
        "is_running": found.is_running,
        "is_founded": found.is_founded,
        "is_demonstration": found.is_demonstration,
        "size": found.size,
        "connections": found.connections,
        "is_hardened": found.is_hardened,
        "key_dir": str(found.key_dir),
    }
    tell(summary, list(_described(found)), as_json=as_json)


def _described(found: Status) -> Iterator[str]:
    if found.is_demonstration:
        yield f"{_DEMONSTRATION}."
    yield f"The case store: {found.url}"
    yield f"  {'embedded' if found.embedded else 'at a server of its own'}, {_ran(found)}"
    yield f"  keys in {found.key_dir}"
    if found.revision is None:
        yield "There is no case store here yet: make one with `mat db init`, or bring one back with `mat db restore`."
        return
    yield f"  revision {found.revision}, and this mat works with {found.head}"
    yield f"  {(found.size or 0) / 1e6:,.1f} MB, {found.connections} other connections"
    if not found.is_hardened:
        yield _NOT_HARDENED
    if not found.is_founded:
        yield "Nobody is in it yet: run `mat db init` again, which finishes what was begun."
    elif not found.is_up_to_date:
        yield "It is of another revision: make a backup, then run `mat db migrate`."


def _ran(found: Status) -> str:
    if found.is_running:
        return "running"
    return "not running: it starts with the first command that needs it"


def _signing_key(settings: Settings) -> signing.SigningKey | None:
    """The key that signs, where this account has it."""
    if not (settings.key_dir / signing.PRIVATE_NAME).exists():
        return None
    return signing.load_signing_key(settings.key_dir, data_dir=settings.data_dir)


def _refuse_old_keys(settings: Settings) -> None:
    """Refuse the key of another store before anything is made; one's own, of an init that broke off, is taken up."""
    key = settings.key_dir / signing.PRIVATE_NAME
    if not key.exists():
        return
    status = read_status(settings)
    if status.begun_as is None:
        raise signing.anothers_key(key)
    if not status.is_founded:
        signing.keys_of(origin_of(status.begun_as), settings.key_dir, data_dir=settings.data_dir)


def _removals_to_repeat(settings: Settings) -> str:
    return (
        "Then, before anybody works in the store, let the DPO run `mat privacy remove again`: whoever was removed "
        f"after this backup is back in it ({len(all_kept(settings))} certificates of removals lie beside the keys)."
    )


def _missing_keys(settings: Settings) -> Iterator[str]:
    if not (settings.key_dir / signing.PRIVATE_NAME).exists():
        yield (
            f"{signing.PRIVATE_NAME} is not in {settings.key_dir}: before the next checkpoint, bring it back from the "
            "copy of key_dir kept elsewhere, or ask whoever made the store."
        )
    if not (settings.key_dir / signing.PUBLIC_NAME).exists():
        yield (
            f"{signing.PUBLIC_NAME} is not in {settings.key_dir}, and `mat audit verify` asks for it: ask whoever made "
            "the store, or whoever keeps its checkpoints, for a copy."
        )
