"""Page 13, Admin: who works where, roles proposed and confirmed by two, sessions, and programmes' places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.lists import Cell, sections, summary_card, table
from app.components.text import as_label, in_words, with_commands
from app.components.words import Tone, empty, heading, hint, inset, notice, tag
from app.screens.choosing import choose
from app.screens.screen import DAY, Screen, Visit
from app.tasking.changing.capacity import TierLoad, load_of, set_capacity
from app.tasking.people_at_work import (
    Session,
    end_session,
    places,
    running_sessions,
    workers,
)
from app.tasking.role_grants import Grant, NewRole, confirm_role, end_role, grants, propose_role
from mat.store.vocabulary import ServiceKind, UserRole

_EVERYWHERE = "every panel area"
_LOAD_HEADS = ("Programme", "Places", "Taken", "Free", "Waiting", "Mean wait so far, days", "Usual, days")


def draw(visit: Visit) -> None:
    """The part that the address asks for, of those the person may give the commands of."""
    parts = {name: (title, drawn) for name, (title, commands, drawn) in _PARTS.items() if all(map(visit.may, commands))}
    asked = visit.asked("part") or ""
    chosen = asked if asked in parts else next(iter(parts))
    visit.show(sections("admin", {name: title for name, (title, _) in parts.items()}, chosen))
    parts[chosen][1](visit)


def _people(visit: Visit) -> None:
    found = workers(visit.desk)
    rows: list[list[Cell]] = [[each.user, each.service, each.agency] for each in found]
    heads = ["Name", "Service", "Agency"]
    if UserRole.ADMINISTRATOR in visit.roles:
        heads.append("Signs in as")
        rows = [[*row, each.account] for row, each in zip(rows, found, strict=True)]
    visit.show(
        heading("People"),
        hint(
            with_commands(
                "How somebody signs in is shown to administrators alone. People are added with `mat access add-user`."
            )
        ),
        table("Who works where", heads, rows),
    )


def _roles(visit: Visit) -> None:
    found = grants(visit.desk)
    waiting = [each for each in found if each.confirmed_at is None]
    running = [each for each in found if each.confirmed_at is not None]
    is_proven = any(map(visit.may, ("propose_role", "confirm_role", "end_role"))) and not visit.needs_proof()
    visit.show(heading(f"Waiting for a second person: {len(waiting)}"))
    if not waiting:
        visit.show(empty("No role waits to be confirmed."))
    for each in waiting:
        _waiting(visit, each, is_proven=is_proven)
    rows: list[list[Cell]] = [
        [each.user, tag(each.role), each.service, each.panel or _EVERYWHERE, _behind(each)] for each in running
    ]
    visit.show(
        heading("Roles that run"),
        table("Roles that run", ("Name", "Role", "For", "In", "Proposed, then confirmed by"), rows, is_headed=True),
    )
    if is_proven and visit.may("end_role") and running:
        _ending(visit, running)
    if is_proven and visit.may("propose_role"):
        _proposing(visit)


def _waiting(visit: Visit, each: Grant, *, is_proven: bool) -> None:
    facts: Mapping[str, Cell] = {
        "Role": each.role,
        "For": each.service,
        "In": each.panel or _EVERYWHERE,
        "Proposed by": each.proposer,
        "On": each.proposed_at,
        "Because": each.reason,
    }
    visit.show(summary_card(each.user, facts))
    if each.proposed_by == visit.desk.scope.user_id:
        visit.show(hint("You proposed it: somebody else confirms."))
    elif (
        is_proven
        and visit.may("confirm_role")
        and st.button(as_label(f"Confirm for {each.user}"), key=f"confirm {each.grant_id}")
    ):
        visit.do(lambda: confirm_role(visit.desk, each.grant_id, version=each.version), "The role runs from now on.")


def _ending(visit: Visit, running: Sequence[Grant]) -> None:
    named = {
        each.grant_id: in_words(f"{each.user}: {in_words(each.role)}, {each.service}, {each.panel or _EVERYWHERE}")
        for each in running
    }
    versions = {each.grant_id: each.version for each in running}
    visit.show(heading("End a role", level=3))
    with st.form("end role", clear_on_submit=False):
        chosen = choose("Role to end", named)
        is_sure = st.checkbox("It ends at once, and cannot be undone: a new one would have to be proposed.")
        is_sent = st.form_submit_button("End the role")
    if is_sent and (chosen is None or not is_sure):
        visit.show(notice("Choose a role, and say that you are sure.", Tone.BAD))
    elif is_sent and chosen is not None:
        visit.do(lambda: end_role(visit.desk, chosen, version=versions[chosen]), "The role has ended.")


def _proposing(visit: Visit) -> None:
    people = {(each.user_id, each.service_id): each for each in workers(visit.desk) if each.service_id is not None}
    _, areas = places(visit.desk)
    visit.show(heading("Propose a role", level=3), hint("It runs once somebody else has confirmed it."))
    with st.form("propose role", clear_on_submit=False):
        who = choose(
            "Who, and for which service",
            {key: in_words(f"{each.user}, {each.service}") for key, each in people.items()},
            more={key: ", ".join(filter(None, (each.agency, each.account))) for key, each in people.items()},
        )
        role = choose("Role", {each: in_words(each) for each in UserRole})
        area = choose("In", {"": _EVERYWHERE, **{str(each.panel_id): each.panel for each in areas}})
        reason = st.text_area("Why they need it", max_chars=1000)
        is_sent = st.form_submit_button("Propose")
    if is_sent and (who is None or role is None or area is None):
        visit.show(notice("Choose who, which role, and where it is to run.", Tone.BAD))
    elif is_sent and who is not None and role is not None and area is not None:
        user, service = who
        new = NewRole(
            user_id=user,
            service_id=service,
            role=role,
            panel_id=UUID(area) if area else None,
            reason=reason,
        )
        visit.do(lambda: propose_role(visit.desk, new), "The role is proposed; somebody else confirms it.")


def _places(visit: Visit) -> None:
    there, areas = places(visit.desk)
    services: list[list[Cell]] = [[each.agency, each.agency_kind, each.service, each.service_kind] for each in there]
    visit.show(
        heading("Agencies, services and panel areas"),
        table("Agencies and their services", ("Agency", "Kind", "Service", "Kind of service"), services),
        table("Panel areas", ("Area", "Seats"), [[each.panel, each.seats] for each in areas], numbers={"Seats"}),
        inset(with_commands("They are added and ended with `mat access`.")),
    )


def _programmes(visit: Visit) -> None:
    there, _ = places(visit.desk)
    services = {
        each.service_id: each.service or ""
        for each in there
        if each.service_id is not None and each.service_kind is ServiceKind.BEHAVIOUR_CHANGE
    }
    visit.show(
        heading("Places on programmes"),
        hint("Places run from a day until others are set. They refuse nobody: who is accepted beyond them waits."),
    )
    if not services:
        visit.show(empty("No behaviour-change service is known here."))
        return
    tiers: dict[str, str] = {}
    for key, name in services.items():
        loads = load_of(visit.desk, key)
        tiers |= {each.tier: each.title for each in loads}
        visit.show(table(name, _LOAD_HEADS, [_load(each) for each in loads], numbers=set(_LOAD_HEADS[1:])))
    with st.form("set places"):
        left, right = st.columns(2)
        service = choose("Service", services, at=left)
        tier = choose("Programme", tiers, at=right)
        count = left.number_input("Places", min_value=0, max_value=10_000, value=None, step=1)
        from_on = right.date_input("From", value="today", format=DAY)
        is_sent = st.form_submit_button("Set the places")
    if is_sent and (service is None or tier is None or count is None):
        visit.show(notice("Choose the service and the programme, and say how many places.", Tone.BAD))
    elif is_sent and service is not None and tier is not None and count is not None:
        visit.do(lambda: set_capacity(visit.desk, service, tier, count, from_on), "The places are set.")


def _load(each: TierLoad) -> Sequence[Cell]:
    waits = None if each.mean_wait_days is None else f"{each.mean_wait_days:.0f}"
    free = None if each.free is None else each.free
    return (each.title, each.places, each.caseload, free, each.waiting, waits, each.clock_days)


def _sessions(visit: Visit) -> None:
    found = running_sessions(visit.desk)
    rows: list[list[Cell]] = [[each.user, each.service, each.channel, each.began_at, each.expires_at] for each in found]
    visit.show(
        heading("Who is signed in"),
        table("Sessions", ("Name", "Service", "Where", "Since", "At the longest until"), rows, is_headed=True),
    )
    others = {each.session_id: each for each in found if each.session_id != visit.desk.scope.session_id}
    if not others:
        return
    with st.form("end session"):
        chosen = choose("Session to end", {key: _session(each) for key, each in others.items()})
        is_sent = st.form_submit_button("End the session")
    if is_sent and chosen is None:
        visit.show(notice("Choose a session.", Tone.BAD))
    elif is_sent and chosen is not None:
        visit.do(lambda: end_session(visit.desk, chosen), "The session has ended.")


def _behind(each: Grant) -> str:
    return "with the store" if each.is_founding else f"{each.proposer}, {each.confirmer}"


def _session(each: Session) -> str:
    return in_words(f"{each.user}, {each.service}, since {each.began_at:%H:%M:%S} UTC, {each.channel}")


#: Part of the page: its title, the commands that it needs, and what draws it.
_PARTS: Mapping[str, tuple[str, Sequence[str], Callable[[Visit], None]]] = MappingProxyType(
    {
        "people": ("People", ("list_people",), _people),
        "roles": ("Roles", ("list_people",), _roles),
        "places": ("Agencies and areas", ("list_people",), _places),
        "programmes": ("Programmes", ("list_people", "count_referrals", "set_capacity"), _programmes),
        "sessions": ("Sessions", ("end_session",), _sessions),
    }
)
SCREEN = Screen(
    name="admin",
    title="Admin",
    part="Watching over it",
    commands=("list_people", "end_session"),
    draw=draw,
)
