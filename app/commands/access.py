"""The commands on who may be at work and what they may be: `mat access`, the part without cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.commands.access_lines import as_plain, lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import Page, done, show_rows
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_id, read_word
from app.tasking import people_at_work, role_grants
from app.tasking.acting_as import acting_as
from app.tasking.desk import Desk
from app.tasking.finding import find
from app.tasking.people_at_work import NewUser
from app.tasking.role_grants import NewRole
from governance.access import load_policy
from governance.access_page import documentation
from mat.store.vocabulary import AgencyKind, ServiceKind, UserRole
from mat.wording import code_in_words

Word = TypeVar("Word", bound=StrEnum)

#: What comes next, where nobody sees anything yet.
_THEN = {
    "user": ". They see nothing yet: let them work somewhere with `mat access add-member`.",
    "member": ". They see nothing yet: propose their role with `mat access propose-role`.",
}
#: With fewer who may grant roles, one who leaves would leave nobody to confirm what the other proposes.
ENOUGH = 3
#: What can be ended by its name; how many may then grant roles, where that may have changed.
ENDED: Mapping[str, Callable[[Desk, UUID], int | None]] = {
    "agency": people_at_work.end_agency,
    "service": people_at_work.end_service,
    "panel": people_at_work.end_panel,
    "user": people_at_work.end_user,
}

_USERS = Page(
    command="access users",
    name="users",
    columns={"name": "user", "agency": "agency", "service": "service", "kind": "service_kind", "account": "account"}
    | {"id": "user_id"},
    empty="Nobody is at work.",
)
_ROLES = Page(
    command="access roles",
    name="roles",
    columns={"name": "user", "role": "role", "panel area": "panel", "service": "service"}
    | {"proposed by": "proposer", "on": "proposed_at", "confirmed by": "confirmer", "founding": "is_founding"}
    | {"id": "grant_id"},
    empty="Nobody holds a role.",
)
_SESSIONS = Page(
    command="access sessions",
    name="sessions",
    columns={"name": "user", "service": "service", "by": "channel", "since": "began_at", "until": "expires_at"}
    | {"id": "session_id"},
    empty="Nobody is signed in.",
)


def table() -> None:
    """Print the page of the policy."""
    print(documentation(load_policy()), end="")


def who(answering: Answering) -> None:
    """Print who is acting, for which service, in which roles."""
    with acting_desk(read_settings(answering.config)) as desk:
        found, scope = acting_as(desk), desk.scope
    held = [(each.role.value, each.panel) for each in found.roles]
    summary = {
        "command": "access who",
        "user": str(scope.user_id),
        "name": found.user,
        "service": str(scope.service_id),
        "service_name": found.service,
        "agency": str(scope.agency_id),
        "agency_name": found.agency,
        "purpose": scope.purpose.value,
        "roles": [{"role": role, "panel": panel} for role, panel in held],
    }
    roles = [f"{code_in_words(role)} {f'of {panel!r}' if panel else 'everywhere'}" for role, panel in held]
    sentences = [
        f"You are {found.user}, at work for '{found.service}' of {found.agency}.",
        f"Your roles: {', '.join(roles)}." if roles else "You hold no role here: ask an administrator for one.",
        f"Your id: {scope.user_id}.",
    ]
    tell(summary, sentences, as_json=answering.as_json)


def users(answering: Answering) -> None:
    """Print who works where."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = people_at_work.workers(desk)
    show_rows(_USERS, rows, answering)


def places(answering: Answering) -> None:
    """Print agencies with their services, and panel areas."""
    with acting_desk(read_settings(answering.config)) as desk:
        found, areas = people_at_work.places(desk)
    services = lines(
        ["agency", "kind", "service", "kind of service", "id"],
        [
            {
                "agency": each.agency,
                "kind": each.agency_kind,
                "service": each.service,
                "kind of service": each.service_kind,
                "id": each.service_id or each.agency_id,
            }
            for each in found
        ],
    )
    panels = lines(
        ["panel area", "seats", "id"],
        [{"panel area": each.panel, "seats": each.seats, "id": each.panel_id} for each in areas],
    )
    summary = {
        "command": "access places",
        "services": as_plain([asdict(each) for each in found]),
        "panels": as_plain([asdict(each) for each in areas]),
    }
    none = "No panel area yet: `mat access add-panel` adds one."
    tell(summary, [*services, "", *(panels or [none])], as_json=answering.as_json)


def roles(answering: Answering) -> None:
    """Print roles that run or wait for a second person."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = role_grants.grants(desk)
    waiting = [each for each in rows if each.confirmed_by is None]
    after = ["", "Waiting for a second person, who confirms with `mat access confirm-role ID`:"] if waiting else []
    after += [f"  {each.user}, {said(each.role)}: {each.reason}" for each in waiting]
    show_rows(_ROLES, rows, answering, further=after)


def sessions(answering: Answering) -> None:
    """Print who is signed in."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = people_at_work.running_sessions(desk)
    show_rows(_SESSIONS, rows, answering)


def add_agency(name: str, kind: str, answering: Answering) -> None:
    """Add an agency."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = people_at_work.add_agency(desk, name, read_word(kind, AgencyKind, "--kind"))
    _added("agency", new, answering)


def add_service(name: str, agency: str, kind: str, answering: Answering) -> None:
    """Add a service to an agency."""
    with acting_desk(read_settings(answering.config)) as desk:
        of_agency = named(desk, "agency", agency)
        new = people_at_work.add_service(desk, of_agency, name, read_word(kind, ServiceKind, "--kind"))
    _added("service", new, answering)


def add_panel(name: str, seats: int, answering: Answering) -> None:
    """Add a panel area."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = people_at_work.add_panel(desk, name, seats)
    _added("panel", new, answering)


def add_user(name: str, account: str | None, issuer: str | None, identity: str | None, answering: Answering) -> None:
    """Add a person and how they sign in."""
    new_user = NewUser(name=name, os_name=account, issuer=issuer, external_id=identity)
    with acting_desk(read_settings(answering.config)) as desk:
        new = people_at_work.add_user(desk, new_user)
    _added("user", new, answering)


def add_member(user: str, service: str, answering: Answering) -> None:
    """Let a person work in a service."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = people_at_work.add_member(desk, named(desk, "user", user), named(desk, "service", service))
    _added("member", new, answering)


def end(kind: str, what: str, answering: Answering) -> None:
    """End an agency, service, panel or user."""
    with acting_desk(read_settings(answering.config)) as desk:
        ended = named(desk, kind, what)
        left = ENDED[kind](desk, ended)
    done(f"access end-{kind}", {kind: ended}, f"The {kind} has ended, at once.{_too_few(left)}", answering)


def end_member(user: str, service: str, answering: Answering) -> None:
    """End a person's work in a service."""
    with acting_desk(read_settings(answering.config)) as desk:
        left = people_at_work.end_member(desk, named(desk, "user", user), named(desk, "service", service))
    sentence = f"They no longer work there; their roles and sessions there have ended.{_too_few(left)}"
    done("access end-member", {}, sentence, answering)


def end_session(session: str, answering: Answering) -> None:
    """End somebody's session."""
    with acting_desk(read_settings(answering.config)) as desk:
        people_at_work.end_session(desk, read_id(session, Id("SESSION", "access sessions")))
    done("access end-session", {"session": session}, "The session has ended.", answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A role as it was typed. `panel`: None = every panel area."""

    user: str
    role: str
    service: str
    panel: str | None
    reason: str


def propose_role(typed: Proposal, answering: Answering) -> None:
    """Propose a role for somebody else."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewRole(
            user_id=named(desk, "user", typed.user),
            service_id=named(desk, "service", typed.service),
            role=read_word(typed.role, UserRole, "ROLE"),
            panel_id=None if typed.panel is None else named(desk, "panel", typed.panel),
            reason=typed.reason,
        )
        grant = role_grants.propose_role(desk, new)
        waits = next(each.confirmed_by is None for each in role_grants.grants(desk) if each.grant_id == grant)
    sentence = (
        f"Proposed; whoever may confirm it has been told, and does so with `mat access confirm-role {grant}`."
        if waits
        else "Granted, by you alone: that is how a store begins, and it is marked so for ever."
    )
    done("access propose-role", {"grant": grant, "waits": waits}, sentence, answering)


def confirm_role(grant: str, answering: Answering) -> None:
    """Confirm a role that somebody else proposed."""
    with acting_desk(read_settings(answering.config)) as desk:
        role_grants.confirm_role(desk, read_id(grant, Id("GRANT", "access roles")))
    done("access confirm-role", {"grant": grant}, "Confirmed: the role runs from now.", answering)


def end_role(grant: str, answering: Answering) -> None:
    """End a role, or take back a proposal."""
    with acting_desk(read_settings(answering.config)) as desk:
        left = role_grants.end_role(desk, read_id(grant, Id("GRANT", "access roles")))
    sentence = f"The role has ended, in running sessions too.{_too_few(left)}"
    done("access end-role", {"grant": grant}, sentence, answering)


def _too_few(left: int | None) -> str:
    """A warning where the next granter who leaves would leave nobody to confirm; None = nothing to warn of."""
    if left is None or left >= ENOUGH:
        return ""
    return (
        f" {'One person is' if left == 1 else f'{left} people are'} left who may grant roles for every panel area, and "
        "a role takes two of them besides the one who gets it: let a third have such a role now."
    )


def named(desk: Desk, kind: str, what: str) -> UUID:
    """The id of what was typed by name or id.

    Raises:
        StoreError: there is none, or there are several.
    """
    with desk.store.transaction(desk.scope) as connection:
        return find(connection, kind, what)


def _added(kind: str, new: UUID, answering: Answering) -> None:
    then = _THEN.get(kind, "")
    done(f"access add-{kind}", {kind: new}, f"Added{then}  ({new})", answering)
