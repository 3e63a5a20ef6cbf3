"""Page 6, Actions: what every agency undertook, by how far it has come; one row each, its details on opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

import streamlit as st

from app.components.lists import pager, sections, table
from app.components.text import Html, code, day, link
from app.components.words import Tone, due_tag, empty, hint, tag
from app.screens.action_detail import show_detail
from app.screens.choosing import choose
from app.screens.papers import offer_actions
from app.screens.screen import Screen, Visit
from app.tasking.acting_on.action_board import ActionBoard, read_board
from app.tasking.acting_on.action_lists import Action, ServiceTotals, Wanted
from app.tasking.acting_on.safety_gate import Gate
from app.tasking.case_names import called_both
from app.tasking.clocks import Due
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState, Told

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_PAGE = 25
#: Part of the page, its title, and the states that it shows; "all" = every one that is not closed.
STATES: Mapping[str, tuple[str, Sequence[ActionState]]] = MappingProxyType(
    {
        "all": ("To be done", ()),
        "open": ("Open", (ActionState.OPEN,)),
        "accepted": ("Accepted", (ActionState.ACCEPTED,)),
        "started": ("Started", (ActionState.STARTED,)),
        "blocked": ("Blocked", (ActionState.BLOCKED,)),
        "done": ("Done, to confirm", (ActionState.DONE,)),
        "closed": ("Closed", (ActionState.CLOSED,)),
    }
)
_CARRIED = MappingProxyType({"": "all", "yes": "carried over alone"})
_DUE = MappingProxyType({"": "any day", "overdue": "overdue", "week": "within 7 days"})
_WEEK = timedelta(days=7)
_HEADS = ("What, and about whom", "Service", "Due", "State", "Telling, and safety gate")


def draw(visit: Visit) -> None:
    """How all of them stand, the parts, the filters, the chosen action, and the rows."""
    part = visit.asked("part") or "all"
    part = part if part in STATES else "all"
    service = visit.asked_id("service")
    is_carried = visit.asked("carried") == "yes"
    due = visit.asked("due") if visit.asked("due") in _DUE else ""
    here: dict[str, str | UUID] = {
        "part": part,
        **({} if service is None else {"service": service}),
        **({"carried": "yes"} if is_carried else {}),
        **({"due": due} if due else {}),
    }
    after = visit.asked_id("after")
    wanted = Wanted(
        service_id=service,
        states=STATES[part][1],
        is_carried_over=True if is_carried else None,
        due_by=_due_by(due or ""),
    )
    found = visit.read(lambda: read_board(visit.desk, wanted, after=after, size=_PAGE))
    if found is None:
        return
    rest = {name: value for name, value in here.items() if name != "part"}
    visit.show(sections("actions", {name: _titled(name, found) for name in STATES}, part, rest))
    _filter(found.totals, here)
    chosen = visit.asked_id("chosen")
    if chosen is not None:
        show_detail(visit, chosen, link("Close", "actions", here))
    if found.page.actions:
        show_rows(visit, "actions", "Actions, those due first in front", found, here, chosen)
    else:
        visit.show(empty("There is no such action that is open to you."))
    visit.show(pager("actions", here, earlier=after is not None, after=found.page.after, words="actions"))
    _totals(visit, found.totals)
    offer_actions(visit, found.totals, here)


def _due_by(due: str) -> date | None:
    today = local_day(datetime.now(UTC))
    return {"overdue": today - timedelta(days=1), "week": today + _WEEK}.get(due)


def _titled(part: str, found: ActionBoard) -> str:
    """The title of a part with how many it has, of every service."""
    counted = {
        "open": sum(each.open for each in found.totals),
        "accepted": sum(each.accepted for each in found.totals),
        "started": sum(each.started for each in found.totals),
        "blocked": sum(each.blocked for each in found.totals),
        "done": sum(each.awaiting_confirmation for each in found.totals),
    }
    closed = sum(each.all for each in found.totals) - sum(counted.values())
    return f"{STATES[part][0]}: {({**counted, 'all': sum(counted.values()), 'closed': closed})[part]}"


def _filter(totals: Sequence[ServiceTotals], here: Mapping[str, str | UUID]) -> None:
    """Whose, due when, and whether carried over alone."""
    if not totals and not (here.keys() - {"part"}):
        return
    names: dict[str, str] = {"": "every service", **{str(each.service_id): each.service for each in totals}}
    choices: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "service": ("Service", names), "due": ("Due", _DUE), "carried": ("Carried over", _CARRIED),
    }  # fmt: skip
    with st.form("filter", border=False):
        columns = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
        asked = {
            name: _choice(column, title, options, str(here.get(name, "")))
            for column, (name, (title, options)) in zip(columns, choices.items(), strict=False)
        }
        with columns[-1]:
            is_sent = st.form_submit_button("Show these")
    if is_sent:
        st.query_params.from_dict(
            {"part": str(here["part"]), **{name: value for name, value in asked.items() if value}}
        )
        st.rerun()


def _choice(column: DeltaGenerator, title: str, options: Mapping[str, str], asked: str) -> str:
    with column:
        index = list(options).index(asked) if asked in options else 0
        return choose(title, options, index=index) or ""


def show_rows(  # noqa: PLR0917 - what a table of actions stands on
    visit: Visit, page: str, title: str, found: ActionBoard, here: Mapping[str, str | UUID], chosen: UUID | None
) -> None:
    """Actions a row each on a page at the address `here`, where choosing one opens it."""
    rows = [_row(each, found, page, here, is_chosen=each.action_id == chosen) for each in found.page.actions]
    with st.container(key="mat_rows"):
        visit.show(table(title, _HEADS, rows))


def _row(
    each: Action, found: ActionBoard, page: str, here: Mapping[str, str | UUID], *, is_chosen: bool
) -> Sequence[object]:
    called = called_both(found.people.get(each.subject_id), each.case)
    what = (
        Html("<strong>{}</strong> {}").format(each.what, hint("open above"))
        if is_chosen
        else link(each.what, page, {**here, "chosen": each.action_id})
    )
    kind = f"{each.heading.value}: {code(each.code)}"
    about = hint(Html("{} · {}").format(link(called, "subject", {"case": each.subject_id}), kind))
    late = Html("") if each.due in {None, Due.LATER} else due_tag(each.due)
    is_done = each.state is ActionState.DONE
    states = [
        tag("done, to confirm", Tone.INFO) if is_done else tag(each.outcome or each.state),
        *([tag("carried over", Tone.WARN)] if each.carried_over else []),
    ]
    return (
        Html("{}{}").format(what, about),
        Html("{}{}").format(each.service, hint(each.owner or "nobody named yet")),
        Html("{} {}").format(day(each.due_on), late),
        Html(" ").join(states),
        Html(" ").join([told_tag(each.told), gate_tag(each, found.gates.get(each.action_id))]),
    )


def told_tag(told: Told | None) -> Html:
    """Whether the subject knows that the panel looks at them, as every action repeats it."""
    if told is Told.TOLD:
        return tag("told", Tone.GOOD)
    if told is Told.NOT_TO_BE_TOLD:
        return tag("NOT TO BE TOLD", Tone.BAD)
    return tag("not told so far", Tone.WARN)


def gate_tag(each: Action, gate: Gate | None) -> Html:
    """How the safety gate of an action stands, in a word or two."""
    if not each.needs_gate:
        return tag("no gate: not noticed")
    is_open = each.is_gate_open if gate is None else gate.is_open
    if is_open is None:
        return tag("gate no longer asked")
    return tag("gate open", Tone.GOOD) if is_open else tag("gate shut", Tone.BAD)


def _totals(visit: Visit, totals: Sequence[ServiceTotals]) -> None:
    if not totals:
        return
    heads = (
        "Service", "Open", "Accepted", "Started", "Blocked", "To confirm", "Overdue", "Done", "Not possible",
        "Not done by agency", "No longer needed", "All",
    )  # fmt: skip
    rows = [
        (
            each.service, each.open, each.accepted, each.started, each.blocked, each.awaiting_confirmation,
            each.overdue, each.done, each.not_possible, each.not_done_by_agency, each.no_longer_needed, each.all,
        )
        for each in totals
    ]  # fmt: skip
    with st.expander("How each service stands"):
        visit.show(table("Every action that is open to you", heads, rows, numbers=set(heads[1:])))


SCREEN = Screen(name="actions", title="Actions", part="Panel", commands=("list_actions",), draw=draw)
