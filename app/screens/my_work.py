"""Page 1, My work: what is overdue, due soon, or waits for whoever is at work and their service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from app.components.lists import Task, summary_card, task_list
from app.components.text import Html, case_link, code, day, in_words, link, moment, order_name, with_commands
from app.components.words import Tone, due_tag, empty, heading, hint, inset, tag
from app.components.work import clock_words, gate_tags
from app.screens.my_answers import Answers, answers_of
from app.screens.screen import Screen, Visit
from app.tasking.acting_on.action_lists import Action
from app.tasking.acting_on.due import (
    MyWork,
    NextMeeting,
    OwnHold,
    Question,
    ShutGate,
    ToldReview,
    WantedCheck,
    my_work,
)
from app.tasking.acting_on.order_lists import Order
from app.tasking.case_names import Called
from app.tasking.clocks import Due
from app.wording import HOLD_WORDS

_People = Mapping[UUID, str]
_D = TypeVar("_D", Action, Question, OwnHold, ToldReview)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One part of the page. `late`: its tasks whose day has passed, `tasks`: the others; `field`: of `MyWork`."""

    title: str
    tasks: Sequence[Task]
    field: str
    late: Sequence[Task] = ()
    about: str | Html = ""


def draw(visit: Visit) -> None:
    """Everything with a clock that waits for the person and their service, what is overdue first."""
    found, answers = my_work(visit.desk), answers_of(visit)
    parts = (*_to_answer(answers), *_parts(found))
    late = [task for part in parts for task in part.late]
    visit.show(_counts(found, answers, late), _meeting(found.next_meeting))
    if late:
        has_more = any(part.late and part.field in found.has_more for part in parts)
        about = "Their day has passed: what your service took on, and orders, each with who should have acted."
        visit.show(*_drawn(_Part(title="Overdue", about=about, tasks=late, field=""), has_more=has_more))
    shown = [part for part in parts if part.tasks]
    for part in shown:
        visit.show(*_drawn(part, has_more=part.field in found.has_more))
    if not shown and not late:
        visit.show(empty("Nothing waits for you or your service."))


def _to_answer(answers: Answers) -> Sequence[_Part]:
    return (
        _Part(
            title="Emergencies for you to review",
            about="Somebody opened a case that was not open to them.",
            tasks=answers.emergencies,
            field="",
        ),
        _Part(
            title="Requests for you to answer",
            about=with_commands("`mat privacy answer` answers one; `mat privacy due` lists all that privacy asks for."),
            tasks=answers.requests,
            late=answers.late_requests,
            field="",
        ),
    )


def _parts(found: MyWork) -> Sequence[_Part]:
    people = found.people
    shut = {each.action_id: each for each in found.gates}
    own = {each.action_id for each in found.actions}
    return (
        _dated(
            "Actions of your service, due within days",
            "actions",
            found.actions,
            lambda one: _action(one, people, shut.get(one.action_id)),
        ),
        _Part(
            title="For you to confirm",
            about="Said to be done by the agency that owns them.",
            tasks=[_awaiting(each, people) for each in found.awaiting],
            field="awaiting",
        ),
        _dated(
            "Research asked of your service",
            "research",
            found.research,
            lambda one: _question(one, people),
            about="To be answered before the meeting.",
        ),
        _Part(
            title="Clients to ask first",
            about="Something is to reach the suspect: ask her before it does. Her token opens the form.",
            tasks=[_check(each, people) for each in found.checks],
            field="checks",
        ),
        _Part(
            title="Waiting at the safety gate",
            about="Kept from going on until every victim's safety check runs.",
            tasks=[_gate(each, people) for each in found.gates if each.action_id not in own],
            field="gates",
        ),
        _dated("Holds you took", "holds", found.holds, lambda one: _hold(one, people)),
        _dated(
            "Telling, to be looked at again",
            "telling",
            found.telling,
            lambda one: _telling(one, people),
            about="Not to be told so far: the day to look at that again is near.",
        ),
        _Part(
            title="Orders with a clock near",
            tasks=[_order(each, people) for each in found.orders if not _is_over(each)],
            late=[_order(each, people) for each in found.orders if _is_over(each)],
            field="orders",
        ),
    )


def _dated(title: str, field: str, found: Sequence[_D], as_task: Callable[[_D], Task], about: str = "") -> _Part:
    """A part whose tasks each have a day of their own."""
    return _Part(
        title=title,
        tasks=[as_task(each) for each in found if each.due is not Due.OVERDUE],
        late=[as_task(each) for each in found if each.due is Due.OVERDUE],
        field=field,
        about=about,
    )


def _counts(found: MyWork, answers: Answers, late: Sequence[Task]) -> Html:
    waiting = len(found.awaiting) + len(found.research) + len(found.checks) + answers.waiting
    most = {each.subject_id: 0 for each in found.checks}
    for each in found.checks:
        most[each.subject_id] = max(most[each.subject_id], each.actions)
    kept = max(len(found.gates), sum(most.values()))
    return summary_card(
        "At a glance",
        {
            "Overdue": tag(len(late), Tone.BAD) if late else tag("none", Tone.GOOD),
            "Waits for you": waiting or "nothing",
            "Kept at the safety gate": kept or "nothing",
        },
        level=2,
    )


def _meeting(meeting: NextMeeting | None) -> Html:
    if meeting is None:
        return inset("No meeting is planned in a panel area of yours.")
    invited = "your service is invited" if meeting.is_invited else "your service is not invited"
    when = Html("Next meeting: <strong>{}</strong> ({}), {}.")
    return inset(when.format(moment(meeting.starts_at), meeting.panel, invited))


def _drawn(part: _Part, *, has_more: bool) -> Sequence[Html]:
    count = f"{len(part.tasks)} or more" if has_more else str(len(part.tasks))
    about = [hint(part.about)] if part.about else []
    more = [hint("There are more than these.")] if has_more else []
    return [heading(f"{part.title}: {count}"), *about, task_list(part.tasks), *more]


def _who(each: Called, people: _People) -> Html:
    return case_link(people.get(each.subject_id, each.case), each.subject_id)


def _action(each: Action, people: _People, shut: ShutGate | None) -> Task:
    told = [tag("Not to be told", Tone.BAD)] if each.told is not None and each.told.value == "not_to_be_told" else []
    return Task(
        what=Html("{}: {}").format(_who(each, people), each.what),
        about=f"{in_words(each.heading)} · due {day(each.due_on)}" + (f" · {_why_shut(shut)}" if shut else ""),
        states=[*told, *gate_tags(each), tag(each.state), due_tag(each.due)],
    )


def _awaiting(each: Action, people: _People) -> Task:
    return Task(
        what=Html("{}: {}").format(_who(each, people), each.what),
        about=Html("{} · test: {}").format(each.service, each.success_test),
        states=[tag("Done, to confirm", Tone.INFO)],
    )


def _question(each: Question, people: _People) -> Task:
    return Task(
        what=Html("{}: {}").format(_who(each, people), each.question),
        about=f"due {day(each.due_on)}",
        states=[due_tag(each.due)],
    )


def _check(each: WantedCheck, people: _People) -> Task:
    actions = "an action waits" if each.actions == 1 else f"{each.actions} actions wait"
    return Task(
        what=Html("{}: client {}").format(
            _who(each, people), link(each.token, "support", {"case": each.subject_id, "of": each.token})
        ),
        about=f"{actions}, the first due {day(each.due_on)}",
        states=[tag("Ask her", Tone.WARN)],
    )


def _victims(many: int, how: str) -> str:
    return f"1 victim {how}" if many == 1 else f"{many} victims {how}"


def _why_shut(each: ShutGate) -> str:
    waits = [
        _victims(each.unchecked, "without a running safety check") if each.unchecked else "",
        _victims(each.against, "whose wishes are against it") if each.against else "",
        f"{each.undecided_holds} holds undecided" if each.undecided_holds else "",
    ]
    return ", ".join(part for part in waits if part) or "nobody has said that no victim is known"


def _gate(each: ShutGate, people: _People) -> Task:
    return Task(
        what=Html("{}: {}").format(_who(each, people), code(each.code)),
        about=f"{each.service}, due {day(each.due_on)}: {_why_shut(each)}",
        states=[tag("Gate shut", Tone.WARN)],
    )


def _hold(each: OwnHold, people: _People) -> Task:
    return Task(
        what=Html("{}: {}").format(_who(each, people), HOLD_WORDS.get(each.hold, each.hold)),
        about=f"due {day(each.due_on)}, {each.decisions} decided",
        states=[due_tag(each.due)],
    )


def _telling(each: ToldReview, people: _People) -> Task:
    return Task(
        what=_who(each, people),
        about=f"to be looked at on {day(each.review_on)}",
        states=[tag("Not to be told", Tone.BAD), due_tag(each.due)],
    )


def _order(each: Order, people: _People) -> Task:
    clocks = "; ".join(clock_words(one) for one in each.clocks)
    breaches = (
        [tag(f"{each.breaches} breaches" if each.breaches > 1 else "Breached", Tone.BAD)] if each.breaches else []
    )
    return Task(
        what=Html("{}: {}").format(_who(each, people), order_name(each.kind)),
        about=clocks[:1].upper() + clocks[1:],
        states=[*breaches, due_tag(Due.OVERDUE if _is_over(each) else Due.SOON)],
    )


def _is_over(each: Order) -> bool:
    return any(one.due is Due.OVERDUE for one in each.clocks)


SCREEN = Screen(name="", title="My work", part="Work", commands=("list_due",), draw=draw)
