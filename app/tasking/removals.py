"""Removal of a case: proposed by one person, done by another, from the store and from every registered file.

Files go first, one logged transaction each; then every row in one transaction with the certificate. A removal that was
cut short anywhere is taken up again by the same command. Under a legal hold it becomes a restriction, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.certificates import REMAINS, Kept, hash_of, keep
from app.tasking.desk import Seen
from app.tasking.erasing import Holdings, erase, holdings
from app.tasking.files_outside import ENDED, HOLDER, destroy_registered, foreseen, registered, why_not
from app.tasking.given import Case, lock_case, said
from app.tasking.legal_holds import running as running_holds
from app.tasking.removed_people import removal_digests, removal_key
from app.tasking.restrictions import close_case
from app.tasking.restrictions import running as running_restriction
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import Retention
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables.people import app_user
from mat.store.tables.privacy import file_person, file_register, removal, removal_proposal
from mat.store.vocabulary import FileFate, FileKind, Operation, ProposalEnd, RemovalGrounds

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_UNDER_HOLD = "The case was to be removed and is under a legal hold: it is restricted instead (s.47(3))."
_NONE_PROPOSED = "Nobody has proposed to remove the case: propose it, and let somebody else do it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a removal would do now. `files`: what would become of each, by its id. `holds`: legal holds that run."""

    held: Holdings
    files: Mapping[UUID, FileFate]
    holds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How a removal ended. `certificate` and `text`: None = a legal hold made it a restriction."""

    certificate: Mapping[str, Any] | None
    text: Path | None


def propose_removal(desk: Desk, subject: UUID, grounds: RemovalGrounds, reason: str) -> UUID:
    """Propose to remove a case; somebody else does it, or not. The proposal's id.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        BadInput: it is proposed already, or no reason was given.
    """
    with desk.working("propose_removal") as work:
        return add_proposal(work, lock_case(work, subject), grounds, reason)


def add_proposal(work: Work, case: Case, grounds: RemovalGrounds, reason: str) -> UUID:
    """As `propose_removal`, for a case that is locked already, as part of another command."""
    words, proposal_id = said(reason, "The reason of a removal"), uuid7()
    if _open_proposal(work, case.subject_id) is not None:
        raise BadInput("The removal of the case is proposed already: somebody else may do it, or withdraw it.")
    row = {
        "proposal_id": proposal_id,
        "subject_id": case.subject_id,
        "panel_id": case.panel_id,
        "grounds": grounds.value,
        "reason": words,
        "proposed_by": work.scope.user_id,
        "proposed_at": datetime.now(UTC),
    }
    work.connection.execute(insert(removal_proposal).values(row))
    work.record(
        Event(
            operation=Operation.DECISION,
            event="removal_proposed",
            subjects=(case.subject_id,),
            fields=("retention",),
            details={"proposal": str(proposal_id), "grounds": grounds.value},
            texts={"reason": words},
        )
    )
    return proposal_id


def withdraw_removal(desk: Desk, subject: UUID, reason: str) -> None:
    """Withdraw the open proposal to remove a case, unless it has begun.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        BadInput: none is open, it has begun, or no reason was given.
    """
    words = said(reason, "The reason for withdrawing")
    with desk.working("withdraw_removal") as work:
        case = lock_case(work, subject)
        proposal = _open_proposal(work, case.subject_id)
        if proposal is None:
            raise BadInput("Nobody has proposed to remove the case: there is nothing to withdraw.")
        if proposal.begun_at is not None:
            raise BadInput("The removal has begun and files may be gone: it can only be completed.")
        _end(work, proposal, ProposalEnd.WITHDRAWN)
        details = {"proposal": str(proposal.proposal_id)}
        work.record(_decision("removal_withdrawn", case.subject_id, details, {"reason": words}))


def plan_removal(desk: Desk, subject: UUID) -> Plan:
    """What removing a case would reach now; nothing is changed, and the reading is logged."""

    def read(work: Work) -> Seen[Plan]:
        case = lock_case(work, subject)
        held, holds = holdings(work, case.subject_id), running_holds(work, case.subject_id)
        in_held = {
            each.file_id
            for each in held.files
            if work.connection.scalar(select(func.acting.lock_file_against_holds(each.file_id))) is not False
        }
        files = {each.file_id: foreseen(each, is_held=each.file_id in in_held) for each in held.files}
        return Seen(
            answer=Plan(held=held, files=files, holds=len(holds)), subjects=[subject], groups=["data_rights", "closure"]
        )

    return desk.consult("removal_plan", read, command="propose_removal")


def remove_case(desk: Desk, subject: UUID, retention: Retention, *, version: int | None = None) -> Removed:
    """Remove a case that somebody else proposed to remove: its files, its rows, its texts beside the log.

    Taken up again where it was cut short. `version`: of the proposal as it was read; None = as it stands now.

    Raises:
        AccessRefused: the person may not, may not see the case, or is the one who proposed it.
        BadInput: nobody proposed it.
        StaleRow: the proposal was changed since it was read, or somebody else removed the case at the same time.
        StoreError: the key of the digests cannot be used, or the certificate cannot be kept; the latter is made good
            by `keep_certificates`.
    """
    with desk.store.transaction(desk.scope) as connection:
        key = removal_key(connection, desk.store.settings)
    began = _begin(desk, subject, version)
    if began is None:
        return Removed(certificate=None, text=None)
    for file_id in began:
        destroy_file_of_removal(desk, file_id)
    kept = _finish(desk, subject, key, retention)
    if kept is None:
        return Removed(certificate=None, text=None)
    return Removed(certificate=kept.certificate, text=keep(desk.store.settings, kept))


def _begin(desk: Desk, subject: UUID, version: int | None) -> Sequence[UUID] | None:
    """Mark the removal as begun; the files to destroy, or None where a legal hold made it a restriction."""
    with desk.working("remove_case") as work:
        case = lock_case(work, subject)
        proposal = _to_do(work, case)
        if running_holds(work, case.subject_id):
            _restrict_instead(work, case, proposal)
            return None
        values = {"begun_by": work.scope.user_id, "begun_at": datetime.now(UTC)}
        current = proposal.version if version is None else version
        change(work.connection, removal_proposal, proposal.proposal_id, current, values)
        work.record(_decision("removal_begun", case.subject_id, {"proposal": str(proposal.proposal_id)}))
        files = registered(work, subject=case.subject_id)
        return [each.file_id for each in files if each.kind is not FileKind.BACKUP]


def _to_do(work: Work, case: Case) -> Row[Any]:
    proposal = _open_proposal(work, case.subject_id)
    if proposal is None:
        raise BadInput(_NONE_PROPOSED)
    if proposal.proposed_by == work.scope.user_id:
        raise AccessRefused("You proposed to remove the case: somebody else must do it.")
    return proposal


def destroy_file_of_removal(desk: Desk, file_id: UUID, command: str = "remove_case") -> None:
    """Destroy one file in a transaction of its own, unless somebody else has meanwhile."""
    with desk.working(command) as work:
        there = select(file_register.c.deleted_at).where(file_register.c.file_id == file_id).with_for_update()
        if work.connection.scalar(there) is None:
            destroy_registered(work, file_id)
        else:
            work.record(Event(operation=Operation.ERASURE, event="file_gone_before", details={"file": str(file_id)}))


def _finish(desk: Desk, subject: UUID, key: bytes, retention: Retention) -> Kept | None:
    """Delete every row with the certificate, in one transaction; None where a legal hold was placed meanwhile."""
    with desk.working("remove_case") as work:
        try:
            case = lock_case(work, subject, to_delete=True)
        except AccessRefused:
            raise StaleRow("Somebody else removed the case at the same moment: look at `mat privacy due`.") from None
        proposal = _to_do(work, case)
        if running_holds(work, case.subject_id):
            _restrict_instead(work, case, proposal)
            return None
        if proposal.begun_by != work.scope.user_id:
            raise StaleRow("Somebody else took up the removal at the same moment: leave it to them, or begin it again.")
        held, removal_id = holdings(work, case.subject_id), uuid7()
        certificate = _certificate(work, removal_id, proposal, held, retention)
        digests = removal_digests(key, held.ids)
        kept = Kept(
            removal_id=removal_id,
            subject_id=case.subject_id,
            panel_id=case.panel_id,
            digests=digests,
            certificate=certificate,
        )
        note_removal(work, kept, proposed_by=proposal.proposed_by)
        erase(work, case.subject_id, held)
        work.record(erased("case_removed", kept, [held.pseudonym]))
        return kept


def note_removal(work: Work, kept: Kept, *, proposed_by: UUID) -> None:
    """Add the row that says a case was removed; whoever acts is the one who did it."""
    row = {
        "removal_id": kept.removal_id,
        "subject_id": kept.subject_id,
        "panel_id": kept.panel_id,
        "digests": list(kept.digests),
        "proposed_by": proposed_by,
        "removed_by": work.scope.user_id,
        "removed_at": datetime.fromisoformat(str(kept.certificate["removed_at"])),
        "certificate": dict(kept.certificate),
        "certificate_hash": hash_of(kept.certificate),
    }
    work.connection.execute(insert(removal).values(row))


def erased(name: str, kept: Kept, pseudonyms: Sequence[str]) -> Event:
    """The entry of an erasure: pseudonyms are written out, since asking for them again would make new keys."""
    return Event(
        operation=Operation.ERASURE,
        event=name,
        details={
            "removal": str(kept.certificate["removal"]),
            "certificate": hash_of(kept.certificate).hex(),
            "grounds": str(kept.certificate["grounds"]),
            "rows": sum(kept.certificate["rows"].values()),
            "people": list(pseudonyms),
        },
    )


def _certificate(
    work: Work, removal_id: UUID, proposal: Row[Any], held: Holdings, retention: Retention
) -> dict[str, Any]:
    store = func.acting.store().table_valued("store_id", "origin", "is_demonstration", "revision")
    origin = work.connection.scalar(select(store.c.origin))
    deciders = {proposal.proposed_by, work.scope.user_id}
    named = select(app_user.c.user_id, app_user.c.name).where(app_user.c.user_id.in_(deciders))
    name_of: dict[UUID, str] = {row.user_id: row.name for row in work.connection.execute(named)}
    return {
        "kind": "mat certificate of removal",
        "removal": str(removal_id),
        "store": origin,
        "grounds": proposal.grounds,
        "proposed_by": str(proposal.proposed_by),
        "proposed_by_name": name_of[proposal.proposed_by],
        "proposed_at": proposal.proposed_at.astimezone(UTC).isoformat(),
        "removed_by": str(work.scope.user_id),
        "removed_by_name": name_of[work.scope.user_id],
        "removed_at": datetime.now(UTC).isoformat(),
        "rows": dict(held.rows),
        "log": {"entries": list(held.entries), "texts_removed": len(held.texts), "texts_kept": held.texts_kept},
        "files": _fates(work, proposal.subject_id),
        "backups": [
            {
                "file": str(each.file_id),
                "made_at": each.made_at.astimezone(UTC).isoformat(),
                "expires_at": each.expires_at.astimezone(UTC).isoformat(),
            }
            for each in held.backups
        ],
        "to_tell": list(held.to_tell),
        "remains": [*REMAINS, *_kept_texts(held)],
        "retention": {"version": retention.version, "hash": retention.hash},
    }


def _kept_texts(held: Holdings) -> list[str]:
    if not held.texts_kept:
        return []
    return [
        f"Texts of {held.texts_kept} log entries remain, because a case under a legal hold stands in the same entry."
    ]


def _fates(work: Work, subject: UUID) -> list[dict[str, Any]]:
    """What became of every file with the person in it, those destroyed earlier included."""
    theirs = select(file_person.c.file_id).where(file_person.c.subject_id == subject)
    asked = select(file_register, HOLDER).where(
        file_register.c.file_id.in_(theirs), file_register.c.kind != FileKind.BACKUP.value
    )
    return [
        {
            "file": str(row.file_id),
            "kind": row.kind,
            "made_at": row.made_at.astimezone(UTC).isoformat(),
            "sha256": row.sha256,
            "fate": row.fate,
            "recipients": list(row.recipients),
            **_where_it_is(row),
        }
        for row in work.connection.execute(asked.order_by(file_register.c.made_at, file_register.c.file_id))
    ]


def _where_it_is(row: Row[Any]) -> dict[str, Any]:
    """Of a file that mat could not destroy: where it lies, who made it, and why it was left."""
    if row.fate is None or FileFate(row.fate) in ENDED:
        return {}
    return {"path": row.path, "holder": row.holder, "why": why_not(FileFate(row.fate), row.path)}


def _restrict_instead(work: Work, case: Case, proposal: Row[Any]) -> None:
    if running_restriction(work, case.subject_id) is None:
        close_case(work, case, _UNDER_HOLD)
    _end(work, proposal, ProposalEnd.RESTRICTED)
    details = {"proposal": str(proposal.proposal_id), "holds": len(running_holds(work, case.subject_id))}
    work.record(_decision("removal_became_restriction", case.subject_id, details))


def _end(work: Work, proposal: Row[Any], ended_as: ProposalEnd) -> None:
    values = {"ended_by": work.scope.user_id, "ended_at": datetime.now(UTC), "ended_as": ended_as.value}
    change(work.connection, removal_proposal, proposal.proposal_id, proposal.version, values)


def _open_proposal(work: Work, subject: UUID) -> Row[Any] | None:
    asked = select(removal_proposal).where(
        removal_proposal.c.subject_id == subject, removal_proposal.c.ended_at.is_(None)
    )
    return work.connection.execute(asked).first()


def _decision(name: str, subject: UUID, details: Mapping[str, Any], texts: Mapping[str, str] | None = None) -> Event:
    return Event(
        operation=Operation.DECISION,
        event=name,
        subjects=(subject,),
        fields=("retention",),
        details=details,
        texts=texts or {},
    )
