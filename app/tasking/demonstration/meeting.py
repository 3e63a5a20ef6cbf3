"""The scenes of the two meetings: planned, prepared, held by five agencies, closed; and a third one called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from app.tasking.conflicts import declare_conflict
from app.tasking.demonstration.cast import CHILDREN, HOUSING, POLICE, PROBATION
from app.tasking.demonstration.people import EARLIER, EVERYBODY, JUDGED, NEW
from app.tasking.meetings.agenda import add_item, carry_over, defer, order_agenda, set_minutes
from app.tasking.meetings.holding import (
    NewLine,
    add_late,
    close_meeting,
    decide,
    discuss,
    lock,
    mark_attendance,
    minute,
    open_meeting,
    sign_log,
    sign_register,
)
from app.tasking.meetings.planning import NewMeeting, invite, plan_meeting, release_meeting
from app.tasking.meetings.records import open_judgements, record_of
from app.tasking.meetings.research import (
    NewRequest,
    ask_research,
    hold_nothing,
    research_asked_of_us,
    share_research,
    withdraw_research,
    withhold_research,
)
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.marks import mark_review
from app.tasking.nominating.nominations import Decision, adopt, exclude
from governance.retention import ZONE
from mat.store.panel_vocabulary import Attendance, Decided, StatementType

if TYPE_CHECKING:
    from uuid import UUID

    from app.tasking.demonstration.month import Month

FIRST, SECOND, NEXT = "first", "second", "next"
_WHOLE = 240


def first_meeting(month: Month) -> None:
    """A short meeting of four agencies, so that the second one has cases to come back to."""
    kim, chris = month.cast.coordinator, month.cast.chair
    meeting = _plan(month, FIRST, datetime.now(UTC) + timedelta(minutes=1), 120)
    month.refused("Kim releases the agenda before anybody is invited", lambda: release_meeting(kim, meeting))
    invite(kim, meeting, [month.cast.services[each] for each in month.cast.at_the_panel()])
    for key in EARLIER:
        month.items[key] = add_item(kim, meeting, month.cases[key])
    release_meeting(kim, meeting)
    open_meeting(kim, meeting)
    mark_attendance(kim, meeting, month.cast.services[CHILDREN], Attendance.APOLOGIES)
    _judge_around(month, list(EARLIER), without=CHILDREN)
    _sign(month, meeting, without=CHILDREN)
    for key in EARLIER:
        _talk(month, key)
        lock(chris, month.items[key])
        adopt(kim, Decision(case=month.cases[key], reason="As the meeting decided."))
    close_meeting(kim, meeting)
    sign_log(chris)
    month.tell(f"Four agencies meet, one sends apologies. {len(EARLIER)} cases are adopted, each with its entry mark.")


def prepare(month: Month) -> None:
    """The agenda is made to fit, children first; services are asked, and one says that they have a conflict."""
    kim = month.cast.coordinator
    meeting = _plan(month, SECOND, datetime.now(UTC) + timedelta(minutes=2), _WHOLE)
    invite(kim, meeting, [month.cast.services[each] for each in month.cast.at_the_panel()])
    for key in [*EARLIER, *NEW, "too_long"]:
        month.items[f"{SECOND} {key}"] = add_item(kim, meeting, month.cases[key])
    agenda = order_agenda(kim, meeting)
    month.tell(f"{len(agenda.items)} cases are on the agenda. {' '.join(agenda.warnings)}")
    defer(kim, month.items[f"{SECOND} too_long"], "No room this time: the first of the next meeting.")
    set_minutes(kim, month.items[f"{SECOND} against"], 15)
    agenda = order_agenda(kim, meeting)
    month.tell(
        f"One case is deferred, and it adds up: {agenda.used} of {agenda.for_cases} minutes, beside {agenda.beside} "
        "for the register, old actions and a break. Cases with children come first."
    )
    _ask(month, meeting)
    declare_conflict(month.cast.probation, month.cases["father"], "The suspect's sister is a friend of mine.")
    month.tell(f"Pat of {PROBATION} declares a conflict of interest: the case is closed to Pat from now.")
    release_meeting(kim, meeting)


def hold_meeting(month: Month) -> None:
    """The register, one case at a time, two people minuting, decisions under every heading, locks, and the close."""
    kim, chris, meeting = month.cast.coordinator, month.cast.chair, month.meetings[SECOND]
    open_meeting(kim, meeting)
    first = month.items[f"{SECOND} {next(iter(NEW))}"]
    month.refused("Kim begins with a case before anybody has signed", lambda: discuss(kim, first))
    _sign(month, meeting)
    month.refused("Hanna signs a second time", lambda: sign_register(month.cast.housing, meeting))
    _review(month)
    for key in NEW:
        _talk(month, key, at=SECOND)
        item = month.items[f"{SECOND} {key}"]
        if key == "put_forward":
            defer(kim, item, "Housing's answer is not there yet: next meeting.")
            continue
        lock(chris, item)
        if key == "no_action":
            exclude(kim, Decision(case=month.cases[key], reason="The meeting decided on no action."))
        else:
            adopt(kim, Decision(case=month.cases[key], reason="As the meeting decided."))
    tenant = month.items[f"{SECOND} tenant"]
    month.refused(
        "Chris adds a decision to a locked case", lambda: decide(chris, tenant, Decided.SUPPORT, "Debt advice.")
    )
    add_late(
        chris, tenant, Decided.PREVENTION, month.said("tenant", "Flag the address of V1's sister as well."),
        "The line was down for five minutes; it was said then and written on paper.",
    )  # fmt: skip
    _close(month, meeting)


def call_next(month: Month) -> None:
    """The next meeting, four weeks on, with the cases that were deferred."""
    kim = month.cast.coordinator
    starts_at = datetime.combine(month.day(28), time(10), ZONE)
    meeting = _plan(month, NEXT, starts_at, _WHOLE)
    invite(kim, meeting, [month.cast.services[each] for each in month.cast.at_the_panel()])
    carried = carry_over(kim, month.meetings[SECOND], meeting)
    for key in ("ordered", "tenant", "released", "new_partner"):
        month.items[f"{NEXT} {key}"] = add_item(kim, meeting, month.cases[key])
    agenda = order_agenda(kim, meeting)
    month.tell(
        f"The next meeting is on {month.day(28)} at 10:00. {carried} deferred cases are carried over and four come "
        f"back: {agenda.used} of {agenda.for_cases} minutes so far."
    )


def _plan(month: Month, which: str, starts_at: datetime, minutes: int) -> UUID:
    new = NewMeeting(
        panel_id=month.cast.panel_id, starts_at=starts_at, minutes=minutes, chair_id=month.cast.chair.scope.user_id
    )
    month.meetings[which] = plan_meeting(month.cast.coordinator, new)
    return month.meetings[which]


def _ask(month: Month, meeting: UUID) -> None:
    """Research: shared, withheld with why and then shared after all, nothing held, withdrawn, and still open."""
    questions = {
        ("tenant", HOUSING): "Whose tenancy is it, and what was repaired since January?",
        ("father", CHILDREN): "Who is responsible for the children, and is a plan running?",
        ("released", PROBATION): "Which conditions does the licence have, and were any broken?",
        ("willing", HOUSING): "Is the suspect known as a tenant?",
        ("drinker", PROBATION): "Was treatment ever part of an order?",
        ("put_forward", HOUSING): "What has the caretaker heard or seen, and when?",
        ("against", PROBATION): "Is the suspect known to you?",
    }
    asked: dict[tuple[str, str], UUID] = {}
    for (key, service), question in questions.items():
        new = NewRequest(
            subject_id=month.cases[key], service_id=month.cast.services[service], question=question, meeting_id=meeting
        )
        asked[key, service] = ask_research(month.cast.analyst, new)
    hanna, sam, pat = month.cast.housing, month.cast.children, month.cast.probation
    fact, intelligence = StatementType.FACT, StatementType.INTELLIGENCE
    share_research(hanna, asked["tenant", HOUSING], fact, "The suspect's sole tenancy since 2019; the door, twice.")
    withhold_research(sam, asked["father", CHILDREN], "A court has heard it in private: our lawyer is asked first.")
    withhold_research(pat, asked["released", PROBATION], "The victim liaison officer must agree first.")
    share_research(pat, asked["released", PROBATION], intelligence, "A curfew and no contact; one late return is said.")
    hold_nothing(hanna, asked["willing", HOUSING])
    withdraw_research(month.cast.analyst, asked["against", PROBATION], "Answered by the court's own record.")
    month.refused(
        f"{HOUSING} answers for {PROBATION}",
        lambda: share_research(hanna, asked["drinker", PROBATION], fact, "Not that we know."),
    )
    left = len(research_asked_of_us(hanna)) + len(research_asked_of_us(pat))
    month.tell(
        f"Anna asks {len(questions)} questions: two are answered, one of them after it was withheld at first; one is "
        f"withheld with the reason, one service holds nothing, one question is taken back, {left} are open."
    )


def _judge_around(month: Month, keys: Sequence[str], *, without: str = "") -> None:
    """Every agency besides the police says what it thinks of each case, before a rank is shown to it."""
    for service, said in JUDGED.items():
        if service != without:
            desk = month.cast.at_the_panel()[service]
            for key, (concern, reason) in zip(keys, cycle(said), strict=False):
                if (service, key) != (PROBATION, "father"):
                    judge(desk, month.cases[key], concern, reason)


def _sign(month: Month, meeting: UUID, *, without: str = "") -> None:
    for service, desk in month.cast.at_the_panel().items():
        if service != without:
            sign_register(desk, meeting)


def _talk(month: Month, key: str, *, at: str = "") -> None:
    """One case: said, minuted by coordinator and analyst in turn, and decided."""
    item = month.items[f"{at} {key}".strip()]
    discuss(month.cast.coordinator, item)
    writers = cycle([month.cast.coordinator, month.cast.analyst])
    for writer, (kind, service, words) in zip(writers, EVERYBODY[key].lines, strict=False):
        minute(
            writer,
            item,
            NewLine(statement_type=kind, content=month.said(key, words), source_id=month.cast.services[service]),
        )
    for heading, words in EVERYBODY[key].decided:
        decide(month.cast.chair, item, heading, month.said(key, words))


def _review(month: Month) -> None:
    """The cases of the first meeting: one is discharged, the others stay; a line is corrected, and the first stays."""
    kim, anna, chris = month.cast.coordinator, month.cast.analyst, month.cast.chair
    police = month.cast.services[POLICE]
    fact = StatementType.FACT
    decided = {
        "calmer": (Decided.DISCHARGE, "No call for twelve weeks, V1 feels safe, and every action is done."),
        "ordered": (Decided.ENFORCEMENT, "The breach is with the court; the order's clock goes on."),
        "programme": (Decided.DIVERSION, "Stay with the programme; look again next time."),
    }
    for key, (heading, words) in decided.items():
        item = month.items[f"{SECOND} {key}"]
        discuss(kim, item)
        line = minute(anna, item, NewLine(statement_type=fact, content="No call since July.", source_id=police))
        right = NewLine(
            statement_type=fact, content="No call since the first meeting.", source_id=police, replaces_id=line
        )
        minute(kim, item, right)
        if key != "calmer":
            mark_review(anna, month.cases[key])
        decide(chris, item, heading, month.said(key, words))
        lock(chris, item)
    lines = len(record_of(kim, month.items[f"{SECOND} ordered"]).lines)
    month.tell(
        f"Three cases come back. {month.name('calmer')} is discharged, with an exit mark; the others stay, each with a "
        f"review mark. A line is corrected, and {lines} stand: the wrong one too."
    )


def _close(month: Month, meeting: UUID) -> None:
    kim = month.cast.coordinator
    waiting = len(open_judgements(kim, meeting))
    month.refused(f"Kim closes the meeting while {waiting} judgements are open", lambda: close_meeting(kim, meeting))
    _judge_around(month, [key for key in NEW if key != "put_forward"])
    close_meeting(kim, meeting)
    failure = sign_log(month.cast.chair)
    headings = {heading.value for key in NEW for heading, _ in EVERYBODY[key].decided}
    month.tell(
        f"The judgements are given and the meeting closes. Decided: {', '.join(sorted(headings)).replace('_', ' ')}. "
        + ("The log is signed: a checkpoint." if failure is None else failure)
    )
