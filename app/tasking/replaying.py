"""Removals made again after an older backup was restored, and certificates written again that a crash kept from disk.

The certificates beside the keys outlive the store: what they say was removed does not stay back in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, func, select
from uuid_utils.compat import uuid7

from app.tasking.certificates import Kept, all_kept, keep
from app.tasking.desk import Seen
from app.tasking.erasing import erase, holdings
from app.tasking.files_outside import registered
from app.tasking.given import lock_case
from app.tasking.legal_holds import running as running_holds
from app.tasking.removals import destroy_file_of_removal, erased, note_removal
from app.tasking.removed_people import removal_digest, removal_key
from app.tasking.restrictions import close_case
from app.tasking.restrictions import running as running_restriction
from governance.audit import Event
from mat.errors import AccessRefused, StoreError
from mat.settings import Settings
from mat.store.tables.cases import subject, subject_alias
from mat.store.tables.people import app_user, panel
from mat.store.tables.privacy import removal
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_COMMAND = "replay_removals"
_HELD = "The case was removed before and is back from a backup, under a legal hold: it is restricted until released."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many removals were made again: `cases` found and removed, `absent` only noted, `restricted` under a hold."""

    cases: int
    absent: int
    restricted: int


def waiting_removals(work: Work, settings: Settings) -> Sequence[Kept]:
    """Removals that a certificate beside the keys says were made, and the store does not know of.

    Raises:
        StoreError: a certificate cannot be read.
    """
    return _waiting(work.connection, settings)


def _waiting(connection: Connection, settings: Settings) -> Sequence[Kept]:
    known = set(connection.scalars(select(func.acting.removals_known())))
    return [kept for kept in all_kept(settings) if kept.removal_id not in known]


def keep_certificates(desk: Desk) -> int:
    """Write every certificate beside the keys that is not there; how many the store knows of.

    Raises:
        StoreError: the folder is not safe or cannot be written.
    """

    def read(work: Work) -> Seen[Sequence[Kept]]:
        rows = work.connection.execute(select(removal).order_by(removal.c.removal_id)).all()
        kept = [
            Kept(
                removal_id=row.removal_id,
                subject_id=row.subject_id,
                panel_id=row.panel_id,
                digests=tuple(row.digests),
                certificate=row.certificate,
            )
            for row in rows
        ]
        return Seen(answer=kept, subjects=[], groups=["data_rights"])

    known = desk.consult("certificates", read, command=_COMMAND)
    for each in known:
        keep(desk.store.settings, each)
    return len(known)


def replay_removals(desk: Desk) -> Replayed:
    """Make every removal again that the certificates tell of and the store does not know, as after an older backup.

    A case under a legal hold is restricted instead, and its removal goes on waiting.

    Raises:
        AccessRefused: the person may not, or a case to remove is back out of their sight.
        StoreError: the key or a certificate cannot be used, or the store knows neither of the two who decided.
    """
    settings = desk.store.settings
    with desk.store.transaction(desk.scope) as connection:
        key = removal_key(connection, settings)
        waiting = _waiting(connection, settings)
    ends = [_replay(desk, kept, key) for kept in waiting]
    return Replayed(
        cases=sum(1 for end in ends if end == "removed"),
        absent=sum(1 for end in ends if end == "absent"),
        restricted=sum(1 for end in ends if end == "restricted"),
    )


def _replay(desk: Desk, kept: Kept, key: bytes) -> str:
    with desk.working(_COMMAND) as work:
        found = _cases(work, kept, key)
        held = [each for each in found if running_holds(work, each)]
        for each in held:
            if running_restriction(work, each) is None:
                close_case(work, lock_case(work, each), _HELD)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="removal_waits_for_hold" if held else "removal_begun_again",
                subjects=tuple(found),
                details={"removal": str(kept.certificate["removal"])},
            )
        )
        files = {each.file_id for one in found for each in registered(work, subject=one) if not _is_backup(each.kind)}
    if held:
        return "restricted"
    for file_id in sorted(files):
        destroy_file_of_removal(desk, file_id, _COMMAND)
    return _erase_again(desk, kept, key)


def _erase_again(desk: Desk, kept: Kept, key: bytes) -> str:
    with desk.working(_COMMAND) as work:
        found = _cases(work, kept, key)
        for subject_id in (kept.subject_id, *(each for each in found if each != kept.subject_id)):
            _note_again(work, kept, subject_id)
        pseudonyms: list[str] = []
        for each in found:
            lock_case(work, each, to_delete=True)
            held = holdings(work, each)
            erase(work, each, held)
            pseudonyms.append(held.pseudonym)
        work.record(erased("case_removed_again", kept, pseudonyms))
    return "removed" if found else "absent"


def _note_again(work: Work, kept: Kept, subject_id: UUID) -> None:
    """Note the removal; a case that came back under another id goes with a row of its own, which names the removal."""
    noted = Kept(
        removal_id=kept.removal_id if subject_id == kept.subject_id else uuid7(),
        subject_id=subject_id,
        panel_id=_panel(work, kept),
        digests=kept.digests,
        certificate=kept.certificate,
    )
    note_removal(work, noted, proposed_by=_other_decider(work, kept))


def _is_backup(kind: FileKind) -> bool:
    return kind is FileKind.BACKUP


def _cases(work: Work, kept: Kept, key: bytes) -> list[UUID]:
    """The cases that are back: under the old case id, or under an id that a digest stands for."""
    rows = work.connection.execute(
        select(subject_alias.c.subject_id, subject_alias.c.namespace, subject_alias.c.person_id)
    )
    digests = set(kept.digests)
    found = {row.subject_id for row in rows if removal_digest(key, row.namespace, row.person_id) in digests}
    seen = work.connection.scalar(select(subject.c.subject_id).where(subject.c.subject_id == kept.subject_id))
    if seen is None and work.connection.scalar(select(func.acting.is_there(kept.subject_id))):
        raise AccessRefused(
            "A case that was removed is back from a backup and out of your sight: a DPO who is also its named reviewer "
            "must run this."
        )
    return sorted(found | ({seen} if seen is not None else set()))


def _panel(work: Work, kept: Kept) -> UUID:
    """The panel area of the removal; any, where the backup is older than that panel."""
    panels: Collection[UUID] = work.connection.scalars(select(panel.c.panel_id).order_by(panel.c.panel_id)).all()
    return kept.panel_id if kept.panel_id in panels else next(iter(panels))


def _other_decider(work: Work, kept: Kept) -> UUID:
    """One of the two who decided, other than whoever acts now."""
    deciders = [UUID(str(kept.certificate[name])) for name in ("removed_by", "proposed_by")]
    known = set(work.connection.scalars(select(app_user.c.user_id).where(app_user.c.user_id.in_(deciders))))
    for each in deciders:
        if each in known and each != work.scope.user_id:
            return each
    raise StoreError(
        "The backup is older than both people who decided on a removal, or knows only you: let somebody else who is "
        "DPO make the removals again."
    )
