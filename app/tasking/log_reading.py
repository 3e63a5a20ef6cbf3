"""The log as people at work read it: verified and exported, each in the log before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.tasking.files_outside import register
from app.tasking.finding import find
from app.tasking.safe_files import fingerprint
from governance.audit import Event
from governance.audit_export import Export, write_export
from governance.checkpoints import make_checkpoint, store_id_of
from governance.retention import Retention
from governance.signing import PUBLIC_NAME, earlier_keys, load_public_key, load_signing_key
from governance.verify import Report, verify
from governance.verify_findings import Findings, Kind
from governance.verify_store import check_index, log_of
from mat.errors import AccessRefused, BadInput, StoreError
from mat.outputs import whole_directory
from mat.store.vocabulary import FileKind, Operation, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: What an event says of a recipient who is no service of the store.
OUTSIDE = "outside the store"
#: Who may see every text beside the log.
_SEE_TEXTS = frozenset({UserRole.AUDITOR, UserRole.DPO})
_NOT_EVERYWHERE = (
    "The log is one for all panel areas, and your role is for one of them: ask the auditor, the DPO, an administrator, "
    "or a coordinator or chair of all areas, to verify it on the page Assurance or with `mat audit verify`."
)


def verify_log(
    desk: Desk, *, given: Sequence[tuple[str, str]], public_key: str | None, with_index: bool = False
) -> Report:
    """Verify the log of the store up to the event that says so.

    A log so damaged that it takes no event is verified without one: the reading shows hashes, and who may was checked.

    `given`: checkpoints from elsewhere, as label and note. `public_key`: the line of the key to trust; None = the
    store's own `signing.pub`, and those that signed before it. Texts are looked at where the person may see all of
    them. `with_index`: hold the index that searches go by against the events as well.

    Raises:
        AccessRefused: the person may not, or holds no such role for all panel areas; the refusal is logged.
        BadInput: the index was asked for by somebody who may not see every event.
        StoreError: the log cannot be read to its end, or there is no public key.
    """
    findings, sees_texts = Findings(), False
    key, earlier = public_key, list[str]()
    try:
        with desk.working("verify_log") as work:
            _refuse_unless_everywhere(desk, work)
            key_dir = desk.store.settings.key_dir
            if public_key is None:
                key = load_public_key(key_dir / PUBLIC_NAME).line
                earlier = [each.line for each in earlier_keys(key_dir)]
            sees_texts = not _SEE_TEXTS.isdisjoint(work.roles)
            work.record(Event(operation=Operation.CONSULTATION, event="log_verified"))
    except IntegrityError:
        findings.add(Kind.CLOSED, None, "The log takes no new event, not even that of this verification")
    with desk.store.transaction(desk.scope) as connection:
        if with_index and not sees_texts:
            raise BadInput("The index is checked by an auditor or the DPO, who may see every event: leave out --index.")
        if with_index:
            check_index(connection, findings)
        log = log_of(desk.store, desk.scope, connection, sees_texts=sees_texts)
        return verify(
            log,
            given=given,
            public_key=key,
            is_key_given=public_key is not None,
            earlier_keys=earlier,
            findings=findings,
        )


def export_log(
    desk: Desk, out: Path, retention: Retention, *, with_texts: bool, recipient: str | None = None, reason: str
) -> int:
    """Write the log, up to a checkpoint made for it, into the directory `out`; how many events.

    The disclosure is in the log before anything is written, and the directory registered before it appears, with an
    expiry and everybody whose texts are in it. `recipient`: a service by id or name, or anybody else in free words,
    which stay beside the log; None = whoever asked for it.

    Raises:
        AccessRefused: the person may not; the refusal is logged.
        OutputError: `out` exists already, is a link, or cannot be written.
        CheckFailed: the log does not agree with its last checkpoint.
        StoreError: the signing key is not there or not safe.
    """
    settings = desk.store.settings
    with whole_directory(out) as folder:
        with desk.working("export_log") as work:
            made = make_checkpoint(work.connection, work.scope, settings)
            told, words = _told(work, recipient)
            work.record(
                Event(
                    operation=Operation.DISCLOSURE,
                    event="log_exported",
                    recipients=(told,),
                    details={"size": made.checkpoint.size, "with_texts": with_texts},
                    texts={"reason": reason, **words},
                )
            )
        key = load_signing_key(settings.key_dir, data_dir=settings.data_dir)
        with desk.store.transaction(desk.scope) as connection:
            export = Export(
                store_id=store_id_of(connection), made=made, exported_by=desk.scope.user_id, with_texts=with_texts
            )
            write_export(connection, folder, export, key)
        printed = fingerprint(folder)
        with desk.working("export_log") as work:
            inside = select(func.audit_people_with_texts(made.checkpoint.size))
            register(
                work,
                kind=FileKind.EXPORT,
                path=out,
                sha256=printed.sha256,
                size=printed.size,
                purpose=reason,
                recipients=(recipient or told,),
                subjects=work.connection.scalars(inside).all() if with_texts else (),
                expires_at=retention.file_expires_at(FileKind.EXPORT, datetime.now(UTC)),
            )
    return made.checkpoint.size


def _refuse_unless_everywhere(desk: Desk, work: Work) -> None:
    verifying = sorted(role.value for role in desk.policy.commands["verify_log"])
    if not work.connection.scalar(select(func.acting.holds_everywhere(*verifying))):
        raise AccessRefused(_NOT_EVERYWHERE)


def _told(work: Work, recipient: str | None) -> tuple[str, Mapping[str, str]]:
    """Who an event says was told: the id of a service, or a fixed word, with the words that were typed as a text."""
    if recipient is None:
        return str(work.scope.user_id), {}
    try:
        return str(find(work.connection, "service", recipient)), {}
    except StoreError:
        return OUTSIDE, {"recipient": recipient}
