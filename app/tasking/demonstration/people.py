"""Whom the month is about: what is said, decided and undertaken of each of them; all of it made up.

Each stands under a name of the story. Which case of the list plays them is chosen on the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.tasking.demonstration.cast import CHILDREN, HAVEN, HOUSING, POLICE, PROBATION
from mat.store.panel_vocabulary import Concern, Decided, StatementType

FACT, INTELLIGENCE, OPINION = StatementType.FACT, StatementType.INTELLIGENCE, StatementType.OPINION

Lines = Sequence[tuple[StatementType, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An action that an agency undertakes. `days`: from today until it is due."""

    service: str
    code: str
    what: str
    test: str
    days: int
    was_volunteered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the story. `why`: they were nominated. `judged`: by the police, before the rank was shown."""

    why: str
    concern: Concern
    judged: str
    lines: Lines = ()
    decided: Sequence[tuple[Decided, str]] = ()
    tasks: Sequence[Task] = ()


#: Those of the first, short meeting.
EARLIER: Mapping[str, Person] = MappingProxyType(
    {
        "calmer": Person(
            why="Several calls last autumn; the officer in charge asks for a plan.",
            concern=Concern.SOME,
            judged="Calls have become fewer since the suspect moved out, and could begin again.",
            lines=(
                (FACT, POLICE, "No call to either address has been recorded for ten weeks."),
                (OPINION, HOUSING, "The new tenancy seems settled; the rent is paid."),
            ),
            decided=((Decided.PREVENTION, "Flag both addresses, and see how it goes until the next meeting."),),
            tasks=(
                Task(
                    service=POLICE,
                    code="address_flag",
                    what="Flag both addresses, so that who attends knows what is known.",
                    test="Both flags can be seen on the command and control system.",
                    days=7,
                ),
            ),
        ),
        "ordered": Person(
            why="A protection order runs, and the suspect was seen near the address it names.",
            concern=Concern.HIGH,
            judged="The pattern is close to earlier ones that ended in an arrest.",
            lines=(
                (FACT, POLICE, "The order runs for three more weeks and forbids contact and the street."),
                (INTELLIGENCE, PROBATION, "A relative says that messages are passed on through friends."),
            ),
            decided=((Decided.ENFORCEMENT, "Keep the order's clock, and act on any breach the same day."),),
            tasks=(
                Task(
                    service=PROBATION,
                    code="gp_liaison",
                    what="Speak with the suspect's general practice about alcohol.",
                    test="The practice has said whether an appointment was offered.",
                    days=14,
                ),
                Task(
                    service=POLICE,
                    code="systems_flag",
                    what="Put the conditions of the order on the national computer.",
                    test="A check of the name shows the conditions.",
                    days=2,
                ),
            ),
        ),
        "programme": Person(
            why="Asked the custody nurse for help, twice.",
            concern=Concern.SOME,
            judged="Serious incidents, and now some will to change.",
            lines=(
                (FACT, POLICE, "Released under investigation; bail conditions ended."),
                (OPINION, HAVEN, "V1 would welcome work with the suspect if she is told before it begins."),
            ),
            decided=((Decided.DIVERSION, "Refer to New Start; Haven keeps in touch with V1 throughout."),),
            tasks=(
                Task(
                    service=PROBATION,
                    code="behaviour_change",
                    what="Refer to New Start, and stay the contact until a place is found.",
                    test="The suspect has been to a first session, and V1 has been told.",
                    days=28,
                ),
            ),
        ),
    }
)

#: Those who are new at the second meeting.
NEW: Mapping[str, Person] = MappingProxyType(
    {
        "tenant": Person(
            why="Damage at a council flat, and neighbours who hear shouting.",
            concern=Concern.HIGH,
            judged="Force in front of neighbours suggests little restraint.",
            lines=(
                (FACT, HOUSING, "The flat is the suspect's tenancy; the door was repaired twice in March."),
                (INTELLIGENCE, POLICE, "A neighbour says that quarrels follow pay day."),
                (OPINION, HAVEN, "V1 is most worried about being blamed for the repairs."),
            ),
            decided=(
                (Decided.DISRUPTION, "Housing sees the suspect about the tenancy, once V1 has been asked."),
                (Decided.SUPPORT, "Haven and housing look at the locks with V1."),
            ),
            tasks=(
                Task(
                    service=HOUSING,
                    code="tenancy_visit",
                    what="See the suspect about the damage and what the tenancy agreement says.",
                    test="The visit took place at a time V1 called safe, and is written up.",
                    days=6,
                ),
                Task(
                    service=HOUSING,
                    code="target_hardening",
                    what="Change the locks at V1's new address, as she wishes.",
                    test="V1 says that the locks are changed.",
                    days=3,
                ),
            ),
        ),
        "released": Person(
            why="On licence since this month; the address given is near a former partner's.",
            concern=Concern.HIGH,
            judged="The first weeks after a release have been the worst each time.",
            lines=(
                (FACT, PROBATION, "On licence with a curfew; the next appointment is on Thursday."),
                (INTELLIGENCE, POLICE, "A car registered to the suspect was seen twice near the school."),
            ),
            decided=((Decided.ENFORCEMENT, "Check the curfew; consider recall if a condition is broken."),),
            tasks=(
                Task(
                    service=PROBATION,
                    code="recall",
                    what="Decide about recall with the responsible officer.",
                    test="The decision and its reasons are on the case record.",
                    days=5,
                ),
                Task(
                    service=POLICE,
                    code="bail_and_curfew_check",
                    what="Check the curfew at the address on three evenings.",
                    test="Three checks are written up.",
                    days=0,
                ),
                Task(
                    service=POLICE,
                    code="driving_check",
                    what="Look at licence, insurance and the car's records.",
                    test="The result is with probation.",
                    days=10,
                ),
            ),
        ),
        "father": Person(
            why="Children were at home in the last two incidents.",
            concern=Concern.SOME,
            judged="The children's school has called twice this term.",
            lines=(
                (FACT, CHILDREN, "Two children live with V1 and see the suspect on Saturdays."),
                (OPINION, CHILDREN, "The children are guarded when their Saturdays come up."),
            ),
            decided=(
                (Decided.PREVENTION, "A safeguarding referral, with a visit timed with V1."),
                (Decided.SUPPORT, "Parenting support, if the visit finds that it is safe to offer."),
            ),
            tasks=(
                Task(
                    service=CHILDREN,
                    code="safeguarding_referral",
                    what="Assess what the children need, and who takes them to and fro.",
                    test="The assessment is done and V1 has read it.",
                    days=12,
                ),
                Task(
                    service=CHILDREN,
                    code="parenting",
                    what="Offer the six-week parenting course.",
                    test="The suspect has said yes or no.",
                    days=25,
                ),
            ),
        ),
        "new_partner": Person(
            why="Has moved in with somebody who may not know what is recorded.",
            concern=Concern.HIGH,
            judged="Each relationship so far has followed the same course.",
            lines=(
                (FACT, POLICE, "Somebody asked under the right to ask; the application is with the unit."),
                (OPINION, HAVEN, "V1 agrees that the new partner should know, if she herself is not named."),
            ),
            decided=((Decided.DISRUPTION, "Tell the new partner under the scheme, with Haven at their side."),),
            tasks=(
                Task(
                    service=POLICE,
                    code="right_to_know",
                    what="Tell the new partner what the scheme allows, with a worker of Haven present.",
                    test="They were told in person, and know whom to call.",
                    days=9,
                ),
                Task(
                    service=POLICE,
                    code="marac_link",
                    what="Send what is new to MARAC, which heard V1 before.",
                    test="MARAC has the repeat on its list.",
                    days=4,
                ),
            ),
        ),
        "willing": Person(
            why="Told the officer in the case that it cannot go on like this.",
            concern=Concern.SOME,
            judged="Willing at the moment; earlier offers came to nothing.",
            lines=(
                (FACT, PROBATION, "Kept all four appointments since September."),
                (OPINION, PROBATION, "Speaks about the incidents more openly than a year ago."),
            ),
            decided=((Decided.DIVERSION, "Refer to New Start; the interim safety plan stays open."),),
            tasks=(
                Task(
                    service=PROBATION,
                    code="behaviour_change",
                    what="Go through New Start's leaflet at the next appointment, and refer.",
                    test="A place is found or declined with a reason.",
                    days=21,
                ),
            ),
        ),
        "against": Person(
            why="Threats by message, more of them each month.",
            concern=Concern.HIGH,
            judged="The threats name days and places.",
            lines=(
                (FACT, POLICE, "Forty messages in two weeks are in evidence."),
                (OPINION, HAVEN, "V1 fears that any visit will be laid at her door."),
            ),
            decided=((Decided.ENFORCEMENT, "Warn the suspect in person; the chair decides if V1 stays against it."),),
            tasks=(
                Task(
                    service=POLICE,
                    code="notification_visit",
                    what="Tell the suspect that the panel looks at them and what follows from a breach.",
                    test="The suspect was told by two officers, and the words are written down.",
                    days=3,
                ),
            ),
        ),
        "drinker": Person(
            why="Every recorded incident began with alcohol.",
            concern=Concern.SOME,
            judged="Sober weeks are quiet weeks.",
            lines=(
                (FACT, HOUSING, "Two rent arrears letters this year, both answered."),
                (INTELLIGENCE, POLICE, "Seen drinking near the former address on two Fridays."),
            ),
            decided=((Decided.SUPPORT, "Treatment first; advice on debts beside it."),),
            tasks=(
                Task(
                    service=PROBATION,
                    code="substance_use",
                    what="Offer a place at the alcohol service by letter.",
                    test="An appointment is kept.",
                    days=17,
                ),
                Task(
                    service=HOUSING,
                    code="debt_and_benefits",
                    what="Offer advice on debts with the rent letter.",
                    test="Advice was taken or declined.",
                    days=8,
                    was_volunteered=False,
                ),
            ),
        ),
        "no_action": Person(
            why="Two calls within a month.",
            concern=Concern.LITTLE,
            judged="Both calls were about property that has since been shared out.",
            lines=((FACT, POLICE, "No call since, and V1 has moved to another region."),),
            decided=((Decided.NO_ACTION, "V1 is supported elsewhere and no contact is known: nothing for the panel."),),
        ),
        "put_forward": Person(
            why="A partner agency put this person forward in the extract.",
            concern=Concern.CANNOT_SAY,
            judged="Hardly anything is recorded; what the agency knows should be heard.",
            lines=((INTELLIGENCE, HOUSING, "A caretaker reports shouting, and has not been asked for details yet."),),
        ),
        "both_ways": Person(
            why="Both sides were read: the other's allegation was a reply to a report of the same night.",
            concern=Concern.SOME,
            judged="One of the two calls for help, the other calls afterwards.",
            lines=(
                (FACT, POLICE, "Each is recorded as suspect and as victim; the hold was decided pair by pair."),
                (OPINION, HAVEN, "Work should begin with who is afraid of whom."),
            ),
            decided=((Decided.PREVENTION, "Secure the home of the one who was found to be the victim."),),
            tasks=(
                Task(
                    service=HOUSING,
                    code="target_hardening",
                    what="Fit a door chain and a camera, as agreed.",
                    test="The works order is closed.",
                    days=11,
                ),
                Task(
                    service=HOUSING,
                    code="tenancy_warning",
                    what="Write to the suspect about what the tenancy agreement says.",
                    test="The letter is sent at a time that was called safe.",
                    days=5,
                ),
            ),
        ),
        "unrecorded": Person(
            why="Housing put them forward: no police record, and a neighbour who is worried.",
            concern=Concern.CANNOT_SAY,
            judged="Nothing is recorded; the neighbour's account is detailed and consistent.",
            lines=(
                (INTELLIGENCE, HOUSING, "The neighbour has kept a diary of what is heard through the wall."),
                (FACT, POLICE, "No record under the name and date of birth given."),
            ),
            decided=((Decided.PREVENTION, "The neighbourhood officer calls at the block, for everybody."),),
            tasks=(
                Task(
                    service=POLICE,
                    code="neighbourhood_contact",
                    what="Call at every flat of the block about something else, and be known by name.",
                    test="The officer has spoken with the suspect's household.",
                    days=7,
                ),
            ),
        ),
    }
)

#: Who is on the list and gets no place on the second agenda: who is deferred, put off, excluded, withdrawn, or waits.
BESIDE: Mapping[str, Person] = MappingProxyType(
    {
        "too_long": Person(
            why="Three incidents in the quarter.",
            concern=Concern.SOME,
            judged="Regular, and so far without injury.",
        ),
        "not_now": Person(
            why="High on recorded harm.",
            concern=Concern.LITTLE,
            judged="In custody until spring; nothing to do before that.",
        ),
        "excluded": Person(
            why="Several victims in two years.",
            concern=Concern.LITTLE,
            judged="All records come from one dispute in a shared house that has ended.",
        ),
        "withdrawn": Person(
            why="Nominated after a call from another force.",
            concern=Concern.CANNOT_SAY,
            judged="The other force now says that it was somebody else.",
        ),
        "received": Person(
            why="Suggested by the officer in the case; nobody has decided yet.",
            concern=Concern.SOME,
            judged="Worth hearing at a later meeting.",
        ),
    }
)
EVERYBODY: Mapping[str, Person] = MappingProxyType({**EARLIER, **NEW, **BESIDE})

#: Those whom somebody else than the list brings before the panel.
NOT_FROM_THE_LIST = ("put_forward", "both_ways", "unrecorded")

#: What the other agencies think of the cases before they see a rank, in turn.
JUDGED: Mapping[str, Sequence[tuple[Concern, str]]] = MappingProxyType(
    {
        HOUSING: (
            (Concern.SOME, "Complaints of noise, and repairs nobody explains."),
            (Concern.LITTLE, "The tenancy is quiet as far as we know."),
            (Concern.HIGH, "Neighbours have asked to be moved."),
            (Concern.CANNOT_SAY, "Not a tenant of ours."),
        ),
        CHILDREN: (
            (Concern.CANNOT_SAY, "No child of the household is known to us."),
            (Concern.HIGH, "Children have described what they hear at night."),
            (Concern.SOME, "The school is keeping an eye on attendance."),
        ),
        PROBATION: (
            (Concern.SOME, "Keeps appointments and says little."),
            (Concern.HIGH, "Two warnings this year for missed appointments."),
            (Concern.LITTLE, "The order was completed without a breach."),
            (Concern.CANNOT_SAY, "Never supervised by us."),
            (Concern.SOME, "Does well while there is work."),
        ),
    }
)
