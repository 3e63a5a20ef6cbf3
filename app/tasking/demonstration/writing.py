"""Scenes of what is written of a case: clients, facts and opinions apart, summaries, needs, children; the telling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tasking.demonstration.cast import CHILDREN, HAVEN
from app.tasking.nominating.standing import not_to_be_told, standing_of, tell
from app.tasking.nominating.statements import (
    NewStatement,
    add_need,
    agree_risk,
    flag_children,
    note_children,
    say,
    summarise,
    writings_of,
)
from app.tasking.shares import NewShare, add_client, open_share
from mat.store.panel_vocabulary import NeedKind, StatementType
from mat.store.vocabulary import Basis

if TYPE_CHECKING:
    from app.tasking.demonstration.month import Month

#: Of whose cases the victim service supports somebody.
SUPPORTED = ("tenant", "programme", "new_partner", "ordered", "against", "willing", "both_ways")
_PROFILES = {
    "tenant": "Tenant of the flat; works shifts. Quarrels follow pay day. No known use of weapons.",
    "released": "On licence with a curfew. Earlier breaches came in the first month.",
    "against": "Threats by message that name days and places. Knows where V1 works.",
    "new_partner": "A new relationship since summer; the same course twice before.",
}
_RISKS = {
    "programme": "Controlling behaviour at home; no injury in the last year.",
    "willing": "Repeated threats at home and by message. Says openly what happened.",
    "ordered": "A protection order runs: no contact, not in the street. Report any sign of contact the same day.",
    "calmer": "Quarrels at home until the separation; quiet since. Children are seen at a grandparent's.",
    "against": "Threats that name days and places. Staff see the person in pairs.",
    "father": "Abuse at home that children saw. Children's services lead; nothing is arranged around the children.",
}


def support_victims(month: Month) -> None:
    """The victim service supports one victim of each of several cases; its worker sees those, and no other victim."""
    kim = month.cast.coordinator
    for key in SUPPORTED:
        victim_id, month.clients[key] = month.victim(key)
        add_client(kim, month.cases[key], victim_id, month.cast.services[HAVEN])
    month.tell(f"{HAVEN} supports one victim in each of {len(SUPPORTED)} cases, under a token such as V1.")


def write_profiles(month: Month) -> None:
    """Facts, intelligence and opinion apart; a profile for the agencies, and a risk summary that the panel agreed."""
    kim, anna, sam = month.cast.coordinator, month.cast.analyst, month.cast.children
    for kind, content, source in (
        (StatementType.FACT, "The flat's door was replaced in January and in March.", "repair orders of the council"),
        (StatementType.INTELLIGENCE, "Quarrels are said to follow pay day.", "a neighbour, told to an officer"),
        (StatementType.OPINION, "Would listen to the landlord sooner than to the police.", "the analyst"),
    ):
        say(anna, NewStatement(case=month.cases["tenant"], statement_type=kind, content=content, source=source))
    for key, profile in _PROFILES.items():
        summarise(anna, month.cases[key], month.said(key, profile))
    for key, risk in _RISKS.items():
        agree_risk(kim, month.cases[key], month.said(key, risk))
    for key in sorted({*_RISKS, *_PROFILES, "drinker", "both_ways", "unrecorded", "no_action"}):
        flag_children(anna, month.cases[key], affected=key in {"father", "calmer", "tenant", "released"})
    flag_children(kim, month.cases["released"], affected=False)
    share = NewShare(
        subject_id=month.cases["father"],
        service_id=month.cast.services[CHILDREN],
        basis=Basis.CHILD_SERVICES,
        reason=month.said("father", "Two children live with V1 and see the suspect."),
    )
    open_share(kim, share)
    note_children(sam, month.cases["father"], "Two children, at primary school; seen on Saturdays by agreement.")
    add_need(kim, month.cases["programme"], NeedKind.LANGUAGE, "Reads little; explain letters in person.")
    add_need(kim, month.cases["willing"], NeedKind.ACCESS, "Works nights: afternoons only.")
    written = writings_of(kim, month.cases["tenant"])
    month.tell(
        f"Of {month.name('tenant')} {len(written.statements or ())} statements stand, each as a fact, intelligence or "
        f"an opinion, with its source. {len(_PROFILES)} profiles and {len(_RISKS)} risk summaries are written; three "
        f"cases are marked as affecting children, and {CHILDREN} write a note that few may read."
    )


def tell_subjects(month: Month) -> None:
    """Who was told that the panel looks at them, who is not to be told and until when, and who nobody decided about."""
    kim = month.cast.coordinator
    tell(kim, month.cases["against"], month.today, "That the panel looks at them, and what follows from a breach.")
    tell(kim, month.cases["programme"], month.today, "That a place at New Start is offered, and by whom.")
    not_to_be_told(
        kim, month.cases["new_partner"], "Telling them would show who asked under the scheme.", month.day(21)
    )
    not_to_be_told(kim, month.cases["both_ways"], "Not before the locks are changed.", month.day(5))
    for key in ("against", "new_partner", "tenant"):
        standing = standing_of(kim, month.cases[key])
        if standing is not None:
            month.tell(f"{month.name(key)}: {standing.told_sentence(month.today)}")
