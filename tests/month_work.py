"""The scenes between two meetings through the pages: actions, the safety gate, a referral, and what is told outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from governance.retention import local_day
from tests.hands import Hands
from tests.month_city import HER_NAME
from tests.month_scenes import ASH, FLAG, LOCKS, PROGRAMME, RISK, People

_DO = "Do it"
_CAME = "Why, or what came of it (where it asks for that)"
#: What she says, by the field it is written in.
SHE_SAYS = {
    "Her wishes, in her words": "Let them speak with him, canary-safety_check-wishes_said-1.",
    "When it is safe": "Mornings, canary-safety_check-safe_timing-1.",
    "What contact the suspect has with children": "None, canary-safety_check-child_contact-1.",
    "Who tells her, and when": "Ivy does, canary-safety_check-who_tells_her-1.",
    "Interpreter, or help to decide": "Neither, canary-safety_check-capacity-1.",
}
#: What the provider may read of the case before and after acceptance.
WHY_REFERRED = "He asks for help."
WHY_FORWARD = "His neighbours ring us every week, canary-nomination-reason-1."
TOLD_OUTSIDE = "That he is on bail, canary-disclosure-what-1."


def do_one(people: People) -> None:
    """Housing accepts, starts and finishes what nobody notices; the chair confirms it."""
    hanna, chris = people.hanna, people.chris
    hanna.turn_to("Actions", LOCKS)
    hanna.form(_DO).mark("Accept it").sent("The action is accepted.")
    hanna.form(_DO).mark("Start it").sent("The action is started.")
    hanna.form(_DO).mark("Finish it").write(_CAME, "Both locks are new.").sent("The action is said to be done")
    chris.turn_to("Actions", LOCKS)
    chris.form(_DO).mark("Confirm that it is done").sent("The action is confirmed as done")


def carry_one_over(people: People) -> None:
    """What the police could not do in time is carried over, with why."""
    kim = people.kim
    kim.turn_to("Actions", FLAG)
    form = kim.form(_DO, about="The panel").mark("Carry it over to a later day")
    form.write(_CAME, "The system is down.").sent("The action is carried over")


def meet_the_gate(people: People) -> None:
    """Nobody supports her yet: the coordinator says who does. Until she was asked, probation may not begin."""
    kim, pat = people.kim, people.pat
    kim.turn_to("Partner support", "V1")
    kim.form("It supports her").choose("Which service supports her", "Haven").sent("It is written down who supports")
    pat.turn_to("Actions", PROGRAMME)
    pat.hear("NOT TO BE TOLD")
    pat.form(_DO).mark("Accept it").sent("The safety gate of this action is shut. 1 of 1 current victim")


def ask_her(people: People) -> None:
    """Her own service asks her, and the gate opens for probation, who sees none of what she said."""
    ivy, pat = people.ivy, people.pat
    ivy.turn_to("Partner support", f"Vera {HER_NAME}")
    form = ivy.form("Record the check").choose("What she wants", "She agrees")
    form.day("When she was asked, or one tried", _today())
    for label, said in SHE_SAYS.items():
        form.write(label, said)
    form.sent("The check is recorded")
    pat.turn_to("Actions", PROGRAMME)
    pat.form(_DO).mark("Accept it").sent("The action is accepted.")
    pat.form(_DO).mark("Start it").sent("The action is started.")


def refer(people: People) -> None:
    """Now he is referred; the service sees a referral, and not whose it is."""
    kim, noor = people.kim, people.noor
    noor.turn_to("Provider")
    noor.hear("No referral waits for an answer.")
    kim.turn_to("Provider")
    kim.open("Refer somebody to this service")
    form = kim.form("Refer").write("Of whom (the person's number, or the case's id)", "P101")
    form.day("The day they agreed to it", _today()).write("Why they are referred", WHY_REFERRED)
    form.mark("yes").choose("Children affected", "no").sent("Referred: the service sees the referral")


def triage(people: People) -> None:
    """The service takes it up, answers every rule and accepts, and only then knows who it is."""
    noor = people.noor
    noor.turn_to("Provider", re.compile("^Referral "))
    noor.hear(WHY_REFERRED)
    assert not noor.sees("Ash")
    assert not noor.sees(RISK)
    noor.form("Take it up").sent("The referral is in triage.")
    noor.open("Answer the rules")
    form = noor.form("Write the answers down")
    for question in form.choices():
        form.choose(question, "met")
    form.sent("The answers are written down.")
    noor.form("Accept").choose("Accept for the programme", "Tier 3").sent("Accepted: who it is")
    noor.hear(ASH)
    noor.hear(RISK)


def work_with_him(people: People) -> None:
    """The work starts, the panel tells of a change of risk, he comes to a session, and it ends as planned."""
    kim, noor = people.kim, people.noor
    _happens(noor, "Start", "The work has started.")
    kim.turn_to("Provider", ASH)
    kim.open("Tell the service of a change of risk")
    form = kim.form("Tell the service").choose("What", "new incident").day("On", _today())
    form.sent("The service is told: kind and day.")
    noor.turn_to("Provider")
    noor.press("Seen: new incident", "It is noted that your service has seen it.")
    noor.follow(ASH)
    form = noor.form("Write it down").mark("Came to a session").day("Day of the session", _today())
    form.sent("The session is written down.")
    form = noor.form("Write it down").mark("End the work").choose("How the work ended", "planned")
    form.write("Words: a note, or why", "The last of ten.").sent("The work has ended")
    people.ivy.turn_to("Partner support")
    people.ivy.hear("The last of ten.")


def disclose_and_recall(people: People) -> None:
    """What was told to another authority is registered with its gateway, asked back, and said to be back."""
    kim = people.kim
    kim.turn_to("Disclosures")
    kim.open("Register a disclosure")
    kim.form("Go on").write("Of which case (the person's number, or the case's id)", "P101").sent("Of Alan Ash")
    form = kim.form("Register it").choose("Through which gateway", "For a policing purpose")
    form.write("Why it is necessary", "Custody must know.").write("To whom, one name or office a line", "Custody suite")
    form.write("What is disclosed", TOLD_OUTSIDE).choose_also("Which kinds of information", "orders")
    form.day("The last day they may keep it", _today() + timedelta(days=7)).sent("The disclosure is registered.")
    kim.follow("Custody suite")
    kim.form("Ask it back").write("Why it is asked back", "He was released.").sent("It is noted that it is asked back")
    chris = people.chris
    chris.turn_to("Disclosures", "Custody suite")
    form = chris.form("It is back or destroyed")
    form.write("How one knows that it is back or destroyed", "The sheet was handed over.").sent("It is written down")


def put_forward(people: People) -> None:
    """Housing puts somebody forward of whom no record is known; the coordinator opens a case, and housing reads it."""
    kim, hanna = people.kim, people.hanna
    hanna.turn_to("Put forward")
    form = hanna.form("Put them forward").write("Surname", "Dale").write("Forename", "Dan")
    form.write("Why the panel should look", WHY_FORWARD).sent("They are put forward")
    kim.turn_to("Put forward")
    kim.hear(WHY_FORWARD)
    kim.open("Answer: Dan Dale")
    kim.form("Answer").mark("It is nobody of these").sent("It is taken up")
    hanna.turn_to("Put forward")
    hanna.hear("taken up")
    kim.turn_to("Candidates")
    kim.hear("Dan Dale")


def _happens(noor: Hands, what: str, then: str) -> None:
    noor.form("Write it down").mark(what).sent(then)


def _today() -> date:
    return local_day(datetime.now(UTC))


WORK: Sequence[Callable[[People], None]] = (
    do_one, carry_one_over, meet_the_gate, ask_her, refer, triage, work_with_him, disclose_and_recall,
    put_forward,
)  # fmt: skip
