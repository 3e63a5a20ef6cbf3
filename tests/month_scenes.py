"""The scenes of a month through the pages: what each person clicks and types, and what the page must say to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.retention import ZONE, local_day
from tests.hands import Hands
from tests.month_city import SUSPECTS

#: The three of the list, by their names: taken on, taken on beside somebody's conflict, and put off.
ASH, BIRCH, CEDAR = (f"{forename} {surname}" for forename, surname, _ in SUSPECTS.values())
#: What is minuted by each of two, and what agencies undertake.
SAID_BY_ONE = "He has paid no rent since May, canary-minute_line-content-1."
SAID_BY_OTHER = "He came to every appointment, canary-minute_line-content-2."
PROGRAMME = "Speak with him about a programme, canary-action-what-1."
LOCKS = "Change the locks of her flat, canary-action-what-2."
RISK = "Worse when he drinks, canary-risk_summary-content-1."
FLAG = "Flag both addresses, canary-action-what-3."
_PREPARE, _GO_TO = re.compile("^Prepare the meeting"), re.compile("^Go to the meeting of")
_ANSWER = "What your service shares, or why it does not"
_SIGN = "I sign this for my service, and take its seat"


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is at a browser: coordinator and chair of the police, housing, probation, a victim service, a provider."""

    kim: Hands
    chris: Hands
    hanna: Hands
    pat: Hands
    ivy: Hands
    noor: Hands

    @property
    def everybody(self) -> Sequence[Hands]:
        """All of them."""
        return (self.kim, self.chris, self.hanna, self.pat, self.ivy, self.noor)


def judge_blind(people: People) -> None:
    """The coordinator judges everybody of the list before a place is shown, one after the other."""
    kim = people.kim
    kim.turn_to("Candidates", "Judge one after the other")
    for number in range(len(SUSPECTS)):
        assert not kim.sees("Movement")
        form = kim.form("Record and go to the next").choose("How concerned is your service?", "High")
        form.write("Why", f"Seen by three officers, canary-blind_judgement-reason-{number}.")
        form.sent(f"{number + 1} of {len(SUSPECTS)} judged by your service")
    kim.hear("Your service has judged everybody here.")


def nominate(people: People) -> None:
    """Two are proposed and one put off, each with a reason; now the places are there."""
    kim = people.kim
    kim.turn_to("Candidates", re.compile(f"^{ASH}"), "Why this rank")
    kim.hear("730.5")
    for name, decision in ((ASH, "Propose for the panel"), (BIRCH, "Propose for the panel"), (CEDAR, "Not now")):
        kim.turn_to("Candidates", f"Decide {name}")
        kim.hear("Movement")
        form = kim.form("Record the decision").mark(decision)
        form.write("Why", "Three incidents in as many months.").sent(f"Recorded for {name}")


def call_meeting(people: People) -> None:
    """A meeting is called for the next quarter of an hour, five services are invited, and two cases put on it."""
    kim, begins = people.kim, _next_quarter()
    kim.turn_to("Prepare")
    form = kim.form("Call the meeting").day("Day", begins.date()).time("Begins at", begins.time())
    form.write("Where", "Town hall").choose("Who leads it", "Chris Chair").sent("The meeting is called")
    kim.follow(_PREPARE)
    kim.follow("Who comes")
    form = kim.form("Invite those ticked")
    for service in ("Domestic abuse unit", "Housing", "social care", "Probation service", "Haven"):
        form.mark(service)
    form.sent("They are invited.")
    kim.follow("Agenda")
    for name, minutes in ((ASH, 13), (BIRCH, 26)):
        kim.form("Put it on the agenda").choose("Case", name).sent(f"{minutes} of 170 minutes for cases")


def ask_and_answer(people: People) -> None:
    """Housing shares a fact; probation withholds what it has, and says why."""
    kim, hanna, pat = people.kim, people.hanna, people.pat
    kim.follow("Research")
    for service, question in (("Housing", "Whose tenancy is it?"), ("Probation", "Which conditions are there?")):
        form = kim.form("Ask").choose("Case", ASH).choose("Service", service)
        form.write("What the panel needs to know", question).sent("The service is asked")
    hanna.turn_to("Prepare", _PREPARE, "Research")
    form = hanna.form("Answer for your service").mark("We share a fact")
    form.write(_ANSWER, "His since 2019, canary-research_request-answer-1.").sent("Your service has answered")
    pat.turn_to("Prepare", _PREPARE, "Research")
    form = pat.form("Answer for your service").mark("We hold something and do not share it")
    form.write(_ANSWER, "The court must agree first, canary-research_request-withheld_why-1.")
    form.sent("Your service has said that it withholds")


def declare_conflict(people: People) -> None:
    """Probation's member knows one of the two: the case is closed to them at once."""
    pat = people.pat
    pat.follow("Conflicts")
    form = pat.form("Declare it: the case is closed to me").choose("Case", BIRCH)
    form.write("What it is, in a sentence", "He is my neighbour.").sent("the case closed to you")
    pat.follow("Agenda")
    pat.hear(ASH)
    assert not pat.sees(BIRCH)


def release(people: People) -> None:
    """The coordinator sees what came back, gives a case less time, and releases the agenda."""
    kim = people.kim
    kim.turn_to("Prepare", _PREPARE, "Research")
    kim.hear("canary-research_request-answer-1")
    kim.follow("Conflicts")
    kim.hear("Pat Probation")
    kim.follow("Agenda")
    kim.follow(re.compile("^Change "))
    kim.form("Save place and minutes").write("Minutes", "12").sent("Place and minutes are saved.")
    kim.follow("Release")
    kim.form("Release the agenda to them").sent("The agenda is released: the invited")


def open_and_sign(people: People) -> None:
    """The meeting is opened, four services sign for themselves, and one sent apologies."""
    kim = people.kim
    kim.follow("Go to the meeting")
    kim.press("Open the meeting", "The meeting is open:")
    kim.press(_SIGN, "You have signed the register")
    for hands in (people.hanna, people.pat, people.ivy):
        hands.turn_to("Meeting", _GO_TO)
        hands.press(_SIGN, "You have signed the register")
        hands.turn_to("My work")
    kim.turn_to("Meeting", _GO_TO, "Register")
    form = kim.form("Note it").choose("Service that is not here", "Children").mark("sent apologies")
    form.sent("It is noted.")
    kim.follow("Old actions")
    kim.hear("Nothing that was due is left undone.")
    kim.follow("Cases")


def discuss_ash(people: People) -> None:
    """The first case: judged by who is there, minuted by two, decided, given to two agencies, and locked."""
    kim, chris = people.kim, people.chris
    kim.press("Begin with this case", "its clock runs")
    for hands in (people.hanna, people.pat):
        _judge_at_meeting(hands)
    chris.turn_to("Meeting", _GO_TO)
    chris.follow("Cases")
    for hands, line in ((kim, SAID_BY_ONE), (chris, SAID_BY_OTHER)):
        form = hands.form("Add the line").write("What was said (Ctrl+Enter adds it)", line)
        form.mark("a fact").choose("From", "Housing" if hands is kim else "Probation").sent(line)
    kim.hear(SAID_BY_OTHER)
    form = chris.form("Record the decision").mark("Diversion")
    form.write("What is decided, and why", "He asks for help, canary-decision-content-1.").sent("Decided: diversion")
    _give(kim, "Refer to a behaviour-change programme", PROGRAMME, "Probation")
    _give(kim, "Secure the victim", LOCKS, "Housing")
    _lock(chris)


def discuss_birch(people: People) -> None:
    """The second case, without whoever has a conflict."""
    kim, chris = people.kim, people.chris
    chris.press("Next case", "Case 2 of 2")
    chris.press("Begin with this case", "its clock runs")
    _judge_at_meeting(people.hanna)
    form = chris.form("Record the decision").mark("Prevention")
    form.write("What is decided, and why", "Who attends must know.").sent("Decided: prevention")
    kim.turn_to("Meeting", _GO_TO, "Cases")
    _give(kim, "Flag addresses", FLAG, "Domestic abuse unit")
    _lock(chris)


def adopt(people: People) -> None:
    """What was decided takes both on, with a reason."""
    for name in (ASH, BIRCH):
        people.kim.turn_to("Candidates", f"Decide {name}")
        form = people.kim.form("Record the decision").mark("Adopt: the panel works on it")
        form.write("Why", "As the meeting decided.").sent(f"Recorded for {name}")


def write_of_ash(people: People) -> None:
    """At his case the coordinator writes the risk as the panel agrees it, and that he is not to be told for now."""
    kim = people.kim
    kim.turn_to("Meeting", _GO_TO, "Cases")
    kim.hear(ASH)
    kim.open("The risk as the panel agrees it")
    kim.form("Write the risk down").write("The risk", RISK).sent("The risk summary is agreed.")
    kim.open("Whether the subject is told")
    form = kim.form("Write down whether they are told").mark("They are not to be told")
    form.day("The day they were told", local_day(datetime.now(ZONE)) + timedelta(days=14))
    form.write("What they were told, or why", "Until her locks are changed.").sent("They are not to be told")


def close(people: People) -> None:
    """The chair closes; the log is signed up to it, and who came reads the minutes as far as a case is open to them."""
    chris = people.chris
    chris.follow("Close and minutes")
    chris.press("Close the meeting", "The meeting is closed. The log is signed up to it")
    for line in (SAID_BY_ONE, SAID_BY_OTHER, PROGRAMME, FLAG, "apologies"):
        chris.hear(line)
    for hands in (people.hanna, people.pat):
        hands.turn_to("Meeting", re.compile("^Look at the meeting of"))
        hands.hear(SAID_BY_ONE)
        hands.hear(PROGRAMME)
        if hands is people.hanna:
            hands.hear(FLAG)
        assert hands.sees(FLAG) is (hands is people.hanna)


def _judge_at_meeting(hands: Hands) -> None:
    hands.turn_to("Meeting", _GO_TO)
    form = hands.form("Record the judgement").choose("How concerned is your service?", "Some")
    form.write("Why", f"What {hands.name} knows, canary-blind_judgement-reason-9.").sent("is recorded")
    hands.turn_to("My work")


def _give(kim: Hands, kind: str, what: str, by: str) -> None:
    form = kim.form("Add the action").choose("What kind", kind).write("What is to be done", what)
    form.write("Done when", "It is done and seen.").choose("By", by)
    form.sent("The action is added: its service sees it in its work.")
    kim.hear(what)


def _lock(chris: Hands) -> None:
    chris.press("Look at it and lock", "nothing is taken from it afterwards")
    chris.press("Lock it", "What was decided is locked")


def _next_quarter() -> datetime:
    soon = datetime.now(ZONE) + timedelta(minutes=16)
    return soon - timedelta(minutes=soon.minute % 15)


SCENES: Sequence[Callable[[People], None]] = (
    judge_blind, nominate, call_meeting, ask_and_answer, declare_conflict, release, open_and_sign, discuss_ash,
    discuss_birch, adopt, write_of_ash, close,
)  # fmt: skip
