"""The pages of several people of one panel area at once, each as far as it is open to whoever looks.

Every query is for all of them together, and asks for nothing that is open of none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table

from app.tasking.acting_on.action_lists import actions_page
from app.tasking.acting_on.order_lists import orders_page
from app.tasking.case_access import CASE, CaseView, Looker, rows_open, views_in
from app.tasking.case_names import staff_names_in
from app.tasking.clocks import Clocks, load_clocks
from app.tasking.corrections import challenges
from app.tasking.meetings.research import requests_there
from app.tasking.nominating.sight import MOST
from app.tasking.nominating.standing import standings_in
from app.tasking.subject import shaping
from app.tasking.subject.held import as_both, both_sides, holds_of
from app.tasking.subject.lists import end_of, lists_of, stood_on
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reasons import why_of
from app.tasking.subject.timelines import timelines_of
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import research_request
from mat.store.tables.panel_orders import kept_order

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.acting_on.order_lists import Order
    from app.tasking.corrections import Challenge
    from app.tasking.desk import Desk, Work
    from app.tasking.meetings.research import Request
    from app.tasking.nominating.standing import Standing
    from app.tasking.subject.lists import Lists, Stood


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read, in whose place. `wanted`: the field groups. `on`: as seen at the end of that day; None = now."""

    desk: Desk
    work: Work
    looker: Looker
    wanted: frozenset[str]
    now: datetime
    on: date | None = None

    def of(self, case: UUID) -> frozenset[str]:
        """The groups that are wanted of a case and open."""
        return self.looker.groups(case) & EVERYTHING.intersection(self.wanted)


class _OfCase(Protocol):
    @property
    def subject_id(self) -> UUID: ...


Found = TypeVar("Found", bound=_OfCase)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """What was read of all cases: by case, what is of each."""

    at_work: Mapping[UUID, Lists]
    then: Mapping[UUID, Lists]
    views: Sequence[CaseView]
    stood: Mapping[UUID, Sequence[Stood]]
    standings: Mapping[UUID, Standing]
    orders: Mapping[UUID, Sequence[Order]]
    actions: Mapping[UUID, Sequence[Action]]
    research: Mapping[UUID, Sequence[Request]]
    challenges: Mapping[UUID, Sequence[Challenge]]
    names: Mapping[UUID, str]


def pages_in(reading: Reading, cases: Sequence[UUID]) -> Mapping[UUID, SubjectPage]:
    """By case that is open, its page, as part of a reading that names the groups shown; all are of one panel area.

    The number of queries does not depend on how much is recorded.
    """
    open_here = [case for case in cases if CASE in reading.looker.groups(case)]
    if not open_here:
        return {}
    together = _read(reading, open_here)
    return {view.subject_id: _page(reading, together, view) for view in together.views}


def _read(reading: Reading, cases: Sequence[UUID]) -> _Together:
    work, looker = reading.work, reading.looker
    panel_id = looker.panels[cases[0]]
    at_work = lists_of(work, panel_id, cases, reading.now, looker.limits)
    then = at_work if reading.on is None else lists_of(work, panel_id, cases, end_of(reading.on), looker.limits)
    runs = {each.run_id for of in then.values() for each in (of.current, of.speaking) if each is not None}
    views = views_in(work, reading.desk.policy, cases, reading.wanted & EVERYTHING - _BESIDE, runs=runs, looker=looker)
    shown = {view.subject_id: view.shown for view in views}
    people = {each for view in views for each in shaping.people_in(view)}
    clocks = load_clocks(reading.desk.store.settings.clocks)
    return _Together(
        at_work=at_work,
        then=then,
        views=views,
        stood=stood_on(work, {case: then[case] for case, tables in shown.items() if "rank_band" in tables}),
        standings=standings_in(work, [case for case, tables in shown.items() if "panel_record" in tables]),
        orders=_orders(reading, shown, clocks),
        actions=_actions(reading, shown, clocks),
        research=_research(reading, shown),
        challenges=challenges(work.connection, list(shown)),
        names=staff_names_in(work.connection, [*people, panel_id]),
    )


def _page(reading: Reading, together: _Together, view: CaseView) -> SubjectPage:
    case, shown, looker = view.subject_id, view.shown, reading.looker
    then, panel_id = together.then[case], looker.panels[case]
    that_list, records = then.current, then.speaking
    run_id, history_id = (None if each is None else each.run_id for each in (that_list, records))
    timelines = timelines_of(shown, history_id)
    beside = reading.of(case) & _BESIDE
    people = {*shaping.people_in(view), panel_id}
    names = {each: name for each, name in together.names.items() if each in people}
    today = reading.now.date() if records is None else records.as_of
    return SubjectPage(
        subject_id=case,
        panel_id=panel_id,
        panel=names.get(panel_id, "-"),
        read_at=reading.now,
        on=reading.on,
        at_work=together.at_work[case].current,
        that_list=that_list,
        records=records,
        is_blind=case in looker.blind,
        may_judge=case in looker.may_judge,
        identity=shaping.identity_of(shown, reading.now.date()),
        is_sensitive=any(row["is_sensitive"] for row in shown[CASE]["subject"]),
        standing=together.standings.get(case) if "panel_record" in shown else None,
        stays=shaping.stays_of(shown, history_id),
        children_affected=shaping.children_affected(shown, names),
        timelines=timelines,
        as_both=as_both(timelines),
        placed=shaping.placed_of(shown, that_list),
        why=None if run_id is None else why_of(shown, run_id, timelines),
        holds=holds_of(shown, run_id, history_id, timelines),
        both_ways=[both_sides(each, shown, history_id, timelines) for each in timelines.pairs if each.is_mutual],
        stood=together.stood.get(case) if "rank_band" in shown else None,
        put_forward=shaping.put_forward(shown, history_id, names),
        statements=shaping.statements_of(shown, names),
        said=shaping.said_of(shown, names),
        imported_orders=shaping.imported_orders(shown, history_id, today),
        orders=together.orders.get(case, ()) if "orders" in beside else None,
        elsewhere=shaping.elsewhere_of(shown),
        actions=together.actions.get(case, ()) if "actions" in beside else None,
        research=together.research.get(case, ()) if "research" in beside else None,
        decisions=shaping.decisions_of(shown, names),
        marks=shaping.marks_of(shown),
        challenges=together.challenges.get(case, ()),
        names=names,
        not_shown=view.not_shown,
        groups=frozenset(shown) | beside,
    )


def _orders(reading: Reading, cases: Mapping[UUID, object], clocks: Clocks) -> Mapping[UUID, Sequence[Order]]:
    """Whom an order protects is asked for where the victims of the case are shown under their tokens alone."""
    connection, found = reading.work.connection, list["Order"]()
    for with_tokens in (True, False):
        some = [case for case in cases if ("links_graph" in reading.looker.groups(case)) is with_tokens]
        if (rows := _rows(reading, "orders", kept_order, some)) is None:
            continue
        after: UUID | None = None
        while True:
            page = orders_page(connection, clocks, [rows], after=after, size=MOST, with_tokens=with_tokens)
            found.extend(page.orders)
            if (after := page.after) is None:
                break
    return _by_case(found)


def _actions(reading: Reading, cases: Mapping[UUID, object], clocks: Clocks) -> Mapping[UUID, Sequence[Action]]:
    if (rows := _rows(reading, "actions", action, list(cases))) is None:
        return {}
    found, after = list["Action"](), None
    while True:
        page = actions_page(reading.work.connection, clocks, [rows], after=after, size=MOST)
        found.extend(page.actions)
        if (after := page.after) is None:
            return _by_case(found)


def _research(reading: Reading, cases: Mapping[UUID, object]) -> Mapping[UUID, Sequence[Request]]:
    if (rows := _rows(reading, "research", research_request, list(cases))) is None:
        return {}
    return _by_case(requests_there(reading.desk, reading.work, rows, size=MOST * len(cases)))


def _rows(reading: Reading, group: str, table: Table, cases: Sequence[UUID]) -> ColumnElement[bool] | None:
    """That a row is one of those open of these cases; None = the group is wanted and open of none."""
    allowed = {case: reading.looker.limits[case][group] for case in cases if group in reading.of(case)}
    return rows_open(table, allowed, reading.looker) if allowed else None


def _by_case(found: Sequence[Found]) -> Mapping[UUID, list[Found]]:
    """By case, the first ones of each in the order they were found."""
    by_case: dict[UUID, list[Found]] = defaultdict(list)
    for each in found:
        if len(by_case[each.subject_id]) < MOST:
            by_case[each.subject_id].append(each)
    return by_case
