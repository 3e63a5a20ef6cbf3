"""Other processes that hold a case: MARAC, MAPPA, IOM, Drive and the disclosure scheme, shown and timed, done there.

Nothing of what they decide is decided here; a repeat at MARAC is said, and whoever answers for the case refers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, Date, and_, cast, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import NOT_OPEN
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from app.tasking.finding import find_victim
from app.tasking.given import lock_case
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import ZONE, local_day, months_after
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import Process
from mat.store.tables.cases import subject, victim
from mat.store.tables.lists import history_event, list_run
from mat.store.tables.panel_orders import process_link
from mat.store.vocabulary import Operation
from mat.vocabulary import Role

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Each hearing or application is a link of its own; of the others one runs at a time.
_OFTEN = frozenset({Process.MARAC, Process.DVDS_RIGHT_TO_KNOW, Process.DVDS_RIGHT_TO_ASK})
_DISCLOSURES = frozenset({Process.DVDS_RIGHT_TO_KNOW, Process.DVDS_RIGHT_TO_ASK})
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """Another process that holds a case. `from_on`: heard, applied or begun on. `token`: of whom, needed for MARAC.

    `reference`: what the process calls it; `level`: such as a MAPPA level.
    """

    subject_id: UUID
    process: Process
    from_on: date
    token: str | None = None
    reference: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One other process. `due_on`: by when it decides, where it has a clock, and `due` how that lies to today.

    For the newest MARAC of a victim: `repeat_until`, the last day on which abuse of them makes a repeat, and
    `repeat_on`, the first day from then on which the list records some. `is_repeat` None = not for the person to see.
    `token` None = about nobody, or not shown to them.
    """

    link_id: UUID
    process: Process
    token: str | None
    reference: str | None
    level: str | None
    from_on: date
    due_on: date | None
    due: Due | None
    ended_on: date | None
    repeat_until: date | None
    is_repeat: bool | None
    repeat_on: date | None
    version: int


def link_process(desk: Desk, new: NewLink) -> UUID:
    """Say that another process holds a case; the id of the link. The clock of the disclosure scheme runs from its day.

    Raises:
        AccessRefused: the case is not open to the person, or not theirs to work on.
        BadInput: the day lies ahead, MARAC names no victim, or a reference is too long.
        StoreError: that process holds it already, or the case has nobody under the token.
    """
    _refuse_unfit(new)
    due_on = None
    if new.process in _DISCLOSURES:
        due_on = load_clocks(desk.store.settings.clocks).disclosure_due_on(new.from_on)
    with desk.working("link_process") as work:
        case = lock_case(work, new.subject_id)
        of = None if new.token is None else find_victim(work.connection, case.subject_id, new.token)
        running = (process_link.c.subject_id == case.subject_id, process_link.c.process == new.process.value)
        if new.process not in _OFTEN and work.connection.scalar(
            select(process_link.c.link_id).where(*running, process_link.c.ended_at.is_(None)).limit(1)
        ):
            raise StoreError("That process holds the case already: end that link first, see `mat orders links`.")
        link_id = uuid7()
        row = {
            "link_id": link_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "victim_id": of,
            "process": new.process.value,
            "reference": new.reference,
            "level": new.level,
            "from_at": datetime.combine(new.from_on, time(), ZONE),
            "due_on": due_on,
            "recorded_by": work.scope.user_id,
            "recorded_at": func.now(),
        }
        work.connection.execute(insert(process_link).values(row))
        details = {"link": str(link_id), "process": new.process.value, "from_on": new.from_on.isoformat()}
        words = {name: said for name, said in (("reference", new.reference), ("level", new.level)) if said}
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="process_linked",
                subjects=(case.subject_id,),
                fields=("process_links",),
                details=details,
                texts=words,
            )
        )
        return link_id


def end_process(desk: Desk, link_id: UUID, *, version: int | None = None) -> None:
    """Say that another process has let go of a case, or has decided.

    Raises:
        AccessRefused: no such link is open to the person.
        StaleRow: somebody else changed it since.
        StoreError: it has ended already.
    """
    with desk.working("end_process") as work:
        found = work.connection.execute(select(process_link).where(process_link.c.link_id == link_id)).first()
        if found is None:
            raise AccessRefused("No link under that id is open to you: see `mat orders links`.")
        lock_case(work, found.subject_id)
        if found.ended_at is not None:
            raise StoreError("That has ended already: see `mat orders links`.")
        change(work.connection, process_link, link_id, version or found.version, {"ended_at": func.now()})
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="process_ended",
                subjects=(found.subject_id,),
                fields=("process_links",),
                details={"link": str(link_id), "process": found.process},
            )
        )


def links_of(desk: Desk, subject_id: UUID, *, size: int = 50) -> Sequence[Link]:
    """The newest `size` (1 to 200) other processes of a case, running or not, the newest first; the reading is logged.

    Raises:
        AccessRefused: the case is not open to the person.
    """
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[Sequence[Link]]:
        asked = select(
            subject.c.panel_id, subject.c.panel_id.in_(select(func.acting.panels("narrative", "read"))).label("tells")
        )
        case = work.connection.execute(asked.where(subject.c.subject_id == subject_id)).first()
        if case is None:
            raise AccessRefused(NOT_OPEN)
        listing = (
            select(process_link, victim.c.token)
            .outerjoin(victim, victim.c.victim_id == process_link.c.victim_id)
            .where(process_link.c.subject_id == subject_id)
            .order_by(process_link.c.from_at.desc(), process_link.c.link_id.desc())
            .limit(max(1, min(size, 200)))
        )
        rows = [dict(row) for row in work.connection.execute(listing).mappings()]
        days = _days_of_abuse(work.connection, subject_id) if case.tells else None
        found = _links(rows, clocks, days)
        groups = ["process_links", *(["links_graph"] if any(each.token for each in found) else [])]
        shows_days = days is not None and any(each.repeat_until for each in found)
        return Seen(answer=found, subjects=[subject_id], groups=[*groups, *(["narrative"] if shows_days else [])])

    return desk.consult("process_links", read, command="list_processes")


def _refuse_unfit(new: NewLink) -> None:
    if new.from_on > local_day(datetime.now(UTC)):
        raise BadInput(f"{new.from_on} lies ahead: link the process once it holds the case.")
    if new.process is Process.MARAC and new.token is None:
        raise BadInput("A MARAC is about a victim: name her token, because a repeat is one of the same two people.")
    for what in (new.reference, new.level):
        if what is not None and not 0 < len(what.strip()) <= _LONGEST_WORD:
            raise BadInput(f"A reference or level is a word or a few, at most {_LONGEST_WORD} characters.")


def _links(
    rows: Sequence[dict[str, Any]], clocks: Clocks, days: Mapping[UUID, Sequence[date]] | None
) -> Sequence[Link]:
    today = local_day(datetime.now(UTC))
    newest: set[UUID] = set()
    found: list[Link] = []
    for row in rows:
        from_on, ended_at, due_on = local_day(row["from_at"]), row["ended_at"], row["due_on"]
        of: UUID | None = row["victim_id"] if row["process"] == Process.MARAC.value else None
        times_repeats = of is not None and of not in newest
        repeats: list[date] = []
        if of is not None and times_repeats:
            newest.add(of)
            recorded = () if days is None else days.get(of, ())
            repeats = [day for day in recorded if clocks.is_marac_repeat(from_on, day)]
        found.append(
            Link(
                link_id=row["link_id"],
                process=Process(row["process"]),
                token=row["token"],
                reference=row["reference"],
                level=row["level"],
                from_on=from_on,
                due_on=due_on,
                due=None if due_on is None or ended_at is not None else clocks.due(due_on, today),
                ended_on=None if ended_at is None else local_day(ended_at),
                repeat_until=months_after(from_on, clocks.marac_repeat_months) if times_repeats else None,
                is_repeat=bool(repeats) if times_repeats and days is not None else None,
                repeat_on=min(repeats, default=None),
                version=row["version"],
            )
        )
    return found


def _days_of_abuse(connection: Connection, subject_id: UUID) -> Mapping[UUID, Sequence[date]]:
    """By victim, the days on which the newest run records abuse of them by the subject."""
    newest = (
        select(history_event.c.run_id)
        .join(list_run, list_run.c.run_id == history_event.c.run_id)
        .where(history_event.c.subject_id == subject_id)
        .order_by(list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    each = func.unnest(history_event.c.counterparts).label("victim_id")
    of_subject = and_(
        history_event.c.subject_id == subject_id,
        history_event.c.run_id == newest,
        history_event.c.role == Role.SUSPECT.value,
        history_event.c.is_domestic,
        ~history_event.c.is_cancelled,
    )
    listing = select(each, cast(history_event.c.occurred_at, Date).label("day")).distinct().where(of_subject)
    found: dict[UUID, list[date]] = {}
    for victim_id, day in connection.execute(listing):
        found.setdefault(victim_id, []).append(day)
    return found
