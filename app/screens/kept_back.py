"""What is kept back from who looks, and why, in sentences of the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import streamlit as st

from app.components.lists import bullets
from app.components.words import paragraph
from app.screens.screen import Visit
from app.tasking.judging_first import NOT_YET
from governance.access_decision import NotShown
from mat.store.vocabulary import Basis, Deed

_IF: Mapping[Basis, str] = MappingProxyType(
    {
        Basis.PANEL: "you hold a role for the panel area of the case",
        Basis.AGENDA: "the case is on the agenda of a meeting your service is invited to, and for 28 days after",
        Basis.ACTION: "your service owns an open action on the case",
        Basis.ACTION_ADDRESS: "your service owns an open action on the case that needs the address",
        Basis.TRIAGE: "your service has a referral of this person to answer",
        Basis.REFERRAL: "your service has accepted a referral of this person that is still open",
        Basis.CLIENT: "your service supports somebody recorded as a victim here",
        Basis.CHILD_SERVICES: "the case was shared with your service for the sake of children",
        Basis.NEED_TO_KNOW: "that victim was shared with your service because an action cannot be done without",
        Basis.INCIDENT: "you were given the case to look into one incident of access",
        Basis.OVERLAP: "you were told, by name, where two walled services of your agency meet",
        Basis.BREAK_GLASS: "you open the case in an emergency: one hour, told to the data protection officer at once",
    }
)


def kept_back(visit: Visit, not_shown: Sequence[NotShown]) -> None:
    """What is not shown, folded, under each reason; nothing where all is shown."""
    of_reason: dict[str, list[str]] = {}
    for each in not_shown:
        group = visit.policy.groups.get(each.group)
        if group is None:
            of_reason.setdefault("Held nowhere in this store:", []).append(f"{each.group}. {each.why}")
        else:
            of_reason.setdefault(_why(visit, each), []).append(group.meaning)
    if of_reason:
        with st.expander("What is kept back from you, and why"):
            for why, meanings in of_reason.items():
                visit.show(paragraph(why), bullets(meanings))


def _why(visit: Visit, kept: NotShown) -> str:
    if kept.why == NOT_YET:
        return "Shown once your service has said how concerned it is about this person, under Why this rank:"
    group = visit.policy.groups[kept.group]
    bases = sorted({basis for role in visit.roles for basis in group.bases(role, Deed.READ)})
    if not bases:
        return f"Never shown to your role ({', '.join(sorted(role.value.replace('_', ' ') for role in visit.roles))}):"
    return f"Shown only if {', or '.join(_IF[basis] for basis in bases)}:"
