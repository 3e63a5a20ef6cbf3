"""Reading the page of one person in one transaction with its entry in the log: what may be seen is decided before.

Place, reasons and score are not even fetched while the service of who looks could judge the case and has not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.acting_on.action_lists import actions_page
from app.tasking.acting_on.order_lists import orders_page
from app.tasking.case_access import CASE, NOT_OPEN, facts_of, held_roles, views_in
from app.tasking.case_names import staff_names_in
from app.tasking.clocks import Clocks, load_clocks
from app.tasking.corrections import challenges
from app.tasking.desk import Seen
from app.tasking.judging_first import TELLING, to_judge_first
from app.tasking.meetings.research import requests_there
from app.tasking.nominating.sight import MOST
from app.tasking.nominating.standing import standing_in
from app.tasking.subject import shaping
from app.tasking.subject.held import as_both, both_sides, holds_of
from app.tasking.subject.lists import Lists, end_of, lists_then, stood_on
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reasons import why_of
from app.tasking.subject.timelines import timelines_of
from governance.access_decision import granted
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import research_request
from mat.store.tables.panel_orders import kept_order
from mat.store.vocabulary import Deed

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.acting_on.order_lists import Order
    from app.tasking.desk import Desk, Work
    from app.tasking.meetings.research import Request

#: What the page can be made of.
EVERYTHING = frozenset(
    {
        "rank_band",
        "rank_reasons",
        "raw_score",
        "marks",
        "orders",
        "actions",
        "research",
        "subject_identity",
        "narrative",
        "narrative_summary",
        "risk_summary",
        "victim_identity",
        "children",
        "safeguarding_flag",
        "service_needs",
        "links_graph",
        "hold_work",
        "nominations",
        "judgements",
        "panel_record",
        "process_links",
    }
)
#: Read by what other pages read them with.
_BESIDE = frozenset({"orders", "actions", "research"})


def read_subject(
    desk: Desk, case: UUID, *, on: date | None = None, groups: Collection[str] = EVERYTHING
) -> SubjectPage:
    """The page of one person, as far as it is open; the reading is logged.

    `on`: as the panel saw it at the end of that day, None = now. `groups`: what is wanted of it; each reading of scores
    and marks is an event of its own. The number of queries does not depend on how much is recorded.

    Raises:
        AccessRefused: there is no such case, or none that is open to the person; which of the two is not said.
        BadInput: the day is still to come.
    """
    now = datetime.now(UTC)
    if on is not None and on > local_day(now):
        raise BadInput(f"{on} is still to come: name today or a day before it.")

    def read(work: Work) -> Seen[SubjectPage]:
        opened = _open(desk, work, case, groups)
        at_work = lists_then(work, opened.panel_id, case, now)
        wanted = opened.groups - _BESIDE - (TELLING if opened.is_blind else frozenset())
        then = at_work if on is None else lists_then(work, opened.panel_id, case, end_of(on))
        page = _page(desk, work, opened, wanted, _Seen(now=now, on=on, at_work=at_work, then=then))
        return Seen(answer=page, subjects=[case], groups=sorted(page.groups))

    return desk.consult("subject" if on is None else f"subject on {on.isoformat()}", read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """`groups`: those wanted that are open. `may_judge`: the person's service is one that judges such a case.

    `is_blind`: it is to judge the case before it is told anything of the rank.
    """

    case: UUID
    panel_id: UUID
    groups: frozenset[str]
    may_judge: bool
    is_blind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    now: datetime
    on: date | None
    at_work: Lists
    then: Lists


def _open(desk: Desk, work: Work, case: UUID, wanted: Collection[str]) -> _Opened:
    held = held_roles(work.connection)
    facts = facts_of(work.connection, [case])
    groups = frozenset(granted(desk.policy, held, facts[0])) if facts else frozenset[str]()
    if CASE not in groups:
        raise AccessRefused(NOT_OPEN)
    judges = not work.roles.isdisjoint(desk.policy.commands["judge_case"])
    return _Opened(
        case=case,
        panel_id=facts[0].panel_id,
        groups=groups & EVERYTHING.intersection(wanted),
        may_judge=judges and "judgements" in granted(desk.policy, held, facts[0], Deed.WRITE),
        is_blind=case in to_judge_first(work, desk.policy, held, facts),
    )


def _page(desk: Desk, work: Work, opened: _Opened, wanted: Collection[str], seen: _Seen) -> SubjectPage:
    that_list, records = seen.then.current, seen.then.speaking
    runs = {each.run_id for each in (that_list, records) if each is not None}
    views = views_in(work, desk.policy, [opened.case], wanted, runs=runs)
    if not views:
        raise AccessRefused(NOT_OPEN)
    view, shown = views[0], views[0].shown
    run_id, history_id = (None if each is None else each.run_id for each in (that_list, records))
    timelines = timelines_of(shown, history_id)
    beside = opened.groups & _BESIDE
    names = staff_names_in(work.connection, [*shaping.people_in(view), opened.panel_id])
    groups = frozenset(shown) | beside
    clocks = load_clocks(desk.store.settings.clocks)
    today = seen.now.date() if records is None else records.as_of
    return SubjectPage(
        subject_id=opened.case,
        panel_id=opened.panel_id,
        panel=names.get(opened.panel_id, "-"),
        read_at=seen.now,
        on=seen.on,
        at_work=seen.at_work.current,
        that_list=that_list,
        records=records,
        is_blind=opened.is_blind,
        may_judge=opened.may_judge,
        identity=shaping.identity_of(shown, seen.now.date()),
        is_sensitive=any(row["is_sensitive"] for row in shown[CASE]["subject"]),
        standing=standing_in(work, opened.case) if "panel_record" in shown else None,
        stays=shaping.stays_of(shown, history_id),
        children_affected=shaping.children_affected(shown, names),
        timelines=timelines,
        as_both=as_both(timelines),
        placed=shaping.placed_of(shown, that_list),
        why=None if run_id is None else why_of(shown, run_id, timelines),
        holds=holds_of(shown, run_id, history_id, timelines),
        both_ways=[both_sides(each, shown, history_id, timelines) for each in timelines.pairs if each.is_mutual],
        stood=stood_on(work, seen.then, opened.case) if "rank_band" in shown else None,
        put_forward=shaping.put_forward(shown, history_id, names),
        statements=shaping.statements_of(shown, names),
        said=shaping.said_of(shown, names),
        imported_orders=shaping.imported_orders(shown, history_id, today),
        orders=_orders(work, opened.case, clocks) if "orders" in beside else None,
        elsewhere=shaping.elsewhere_of(shown),
        actions=_actions(work, opened.case, clocks) if "actions" in beside else None,
        research=_research(desk, work, opened.case) if "research" in beside else None,
        decisions=shaping.decisions_of(shown, names),
        marks=shaping.marks_of(shown),
        challenges=challenges(work.connection, [opened.case]).get(opened.case, ()),
        names=names,
        not_shown=view.not_shown,
        groups=groups,
    )


def _orders(work: Work, case: UUID, clocks: Clocks) -> Sequence[Order]:
    return orders_page(work.connection, clocks, [kept_order.c.subject_id == case], after=None, size=MOST).orders


def _actions(work: Work, case: UUID, clocks: Clocks) -> Sequence[Action]:
    return actions_page(work.connection, clocks, [action.c.subject_id == case], after=None, size=MOST).actions


def _research(desk: Desk, work: Work, case: UUID) -> Sequence[Request]:
    return requests_there(desk, work, research_request.c.subject_id == case, size=MOST)
