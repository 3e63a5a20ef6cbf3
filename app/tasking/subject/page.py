"""What the page of one person says: its parts, each None where it is not open to who looks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.corrections import Challenge
from app.tasking.nominating.standing import Standing
from governance.access_decision import NotShown
from mat.store.panel_vocabulary import Decided, NominationSource, NominationState, StatementType

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.acting_on.order_lists import Order
    from app.tasking.meetings.research import Request
    from app.tasking.nominating.compared import Compared
    from app.tasking.subject.held import AsBoth, BothSides, HoldSaid
    from app.tasking.subject.lists import Stood, ThatList
    from app.tasking.subject.reasons import Why
    from app.tasking.subject.timelines import Timelines

#: How words about a case are called that are no statement: a need is followed by its kind.
RISK_SUMMARY, PROFILE, CHILDREN, NEED = (
    "risk summary that the panel agreed", "profile for other agencies", "children", "need",
)  # fmt: skip
#: What reasons begin with that count records with children present, and a count that is not nothing.
_WITH_CHILDREN = "children_present_count"
_COUNT = re.compile(r"[1-9][0-9,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the subject is. `birth_date_precision` day or year; `age` on the day of the reading, None = not known."""

    known_as: tuple[str, ...]
    name: str | None
    birth_date: date | None
    birth_date_precision: str | None
    age: int | None
    sex: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Something the extract says of where the person stands: prison with its end, MAPPA, IOM, Drive."""

    kind: str
    from_on: date
    to_on: date | None
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenFlag:
    """Whether children are affected, as somebody said: `is_set` None = nobody has. `by`, `on`: who, and when."""

    is_set: bool | None
    by: str | None
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The place on the list shown. `rank` None = held, or `is_deceased`: these have none whatever else they are.
    `rank_low`, `rank_high`: best and worst under other choices of scale and look-back. `compared`: the places under
    each scale and by rfgv; None = without a rank, or the list came before these were kept.
    """

    rank: int | None
    rank_low: int | None
    rank_high: int | None
    tied: bool
    is_listed: bool
    hold: str | None
    is_deceased: bool
    flags: tuple[str, ...]
    data_gaps: tuple[str, ...]
    compared: Compared | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedOrder:
    """An order as the extract has it. `token`: whom it protects. Times are local, as written there."""

    order_id: str
    kind: str
    token: str | None
    issued_on: date | None
    expires_on: date | None
    conditions: str | None
    breached_on: tuple[date, ...]
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement in the store. `source` None = written before sources were kept."""

    statement_id: UUID
    kind: StatementType
    content: str
    source: str | None
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words about the case that are no statement: a summary, a need, a note about children. `about`: which."""

    about: str
    content: str
    by: str
    at: datetime
    row_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutForward:
    """One time the person was put forward: by an agency in the extract (`state` None), or in the store."""

    by: str
    source: NominationSource
    on: date
    reason: str
    state: NominationState | None
    decided_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Another process that holds the case, done there and shown here."""

    process: str
    level: str | None
    reference: str | None
    token: str | None
    from_on: date
    due_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision of a meeting about the case."""

    heading: Decided
    content: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Score and place at entry, review or exit, beside what the records until the entry would give that day."""

    kind: str
    as_of: date
    score: float | None
    rank: int | None
    without_new_events: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPage:
    """One person as they are open to one other; parts of a group that is not open are None: `not_shown` says why.

    `on`: the day it is seen from, None = now. `at_work`: the list the panel works from now, whose date is the cycle.
    `that_list`: the one it worked from on that day; `records`: the newest until then that speaks of the case, from
    which records, pairs, orders and links are taken. None = there is none. `both_ways`: the pairs recorded in both
    directions. `is_blind`: place, reasons and score are kept back until the service of who looks has judged the case.
    Statements, orders kept here, actions, research and decisions are as they stand now, whatever the day.
    """

    subject_id: UUID
    panel_id: UUID
    panel: str
    read_at: datetime
    on: date | None
    at_work: ThatList | None
    that_list: ThatList | None
    records: ThatList | None
    is_blind: bool
    may_judge: bool
    identity: Identity | None
    is_sensitive: bool
    standing: Standing | None
    stays: Sequence[Stay] | None
    children_affected: ChildrenFlag | None
    timelines: Timelines
    as_both: AsBoth | None
    placed: Placed | None
    why: Why | None
    holds: Sequence[HoldSaid]
    both_ways: Sequence[BothSides]
    stood: Sequence[Stood] | None
    put_forward: Sequence[PutForward]
    statements: Sequence[Statement] | None
    said: Sequence[Said]
    imported_orders: Sequence[ImportedOrder] | None
    orders: Sequence[Order] | None
    elsewhere: Sequence[Elsewhere] | None
    actions: Sequence[Action] | None
    research: Sequence[Request] | None
    decisions: Sequence[Made] | None
    marks: Sequence[Mark] | None
    challenges: Sequence[Challenge]
    names: Mapping[UUID, str]
    not_shown: Sequence[NotShown]
    groups: frozenset[str]

    @property
    def called(self) -> str:
        """What to call the person: by the force's id, or by the case's own where that is not shown."""
        ids = self.identity.known_as if self.identity is not None else ()
        return ", ".join(ids) or str(self.subject_id)

    @property
    def children_present(self) -> str | None:
        """What is shown of children in the records, single ones or counted; None = not one says that any were there."""
        both = self.as_both
        if both is not None and both.with_children:
            return f"present in {both.with_children} of {both.as_suspect} domestic records as suspect"
        for each in () if self.why is None else self.why.reasons:
            if each.feature.startswith(_WITH_CHILDREN) and (counted := _COUNT.match(each.value)):
                return f"present in {counted[0]} of the records that the list counts"
        return None

    @property
    def is_children_flag_contradicted(self) -> bool:
        """Whether the flag says that no children are affected, and a record that is shown says they were present."""
        flag = self.children_affected
        return flag is not None and flag.is_set is False and self.children_present is not None
