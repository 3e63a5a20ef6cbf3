"""Shares and clients: for a reason, with a fitting service, for a time; then closed again without anybody's doing."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import shares
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.refusals import said_plainly
from app.tasking.shares import KINDS, NewShare
from mat.errors import AccessRefused, MatError, StaleRow, StoreError
from mat.store.tables import audit, cases, people
from mat.store.vocabulary import Basis, ServiceKind, UserRole
from tests.staff import SERVICES, Staff

FITTING = {
    Basis.AGENDA: "housing",
    Basis.ACTION: "housing",
    Basis.ACTION_ADDRESS: "housing",
    Basis.NEED_TO_KNOW: "housing",
    Basis.CHILD_SERVICES: "children",
    Basis.INCIDENT: "oversight",
    Basis.OVERLAP: "support",
}
READER = {"housing": UserRole.PANEL_MEMBER, "children": UserRole.PANEL_MEMBER, "change": UserRole.PROVIDER,
          "oversight": UserRole.AUDITOR, "support": UserRole.SERVICE_MANAGER}  # fmt: skip


def share_of(staff: Staff, subject: UUID, basis: Basis, **changed: Any) -> NewShare:
    given: dict[str, Any] = {
        "subject_id": subject,
        "service_id": staff.services[FITTING[basis]],
        "basis": basis,
        "reason": "They own the action.",
    }
    return NewShare(**{**given, **changed})


def is_open(desk: Desk, subject: UUID) -> bool:
    try:
        read_case(desk, subject)
    except AccessRefused:
        return False
    return True


def last_event(staff: Staff) -> dict[str, Any]:
    return json.loads(max(staff.all_of(audit.audit_event), key=lambda row: row["seq"])["body"])


@pytest.mark.parametrize("basis", FITTING)
def test_a_share_opens_a_case_to_the_service_for_28_days_and_is_ended_at_once(staff: Staff, basis: Basis) -> None:
    subject = staff.subject("P1")
    victim = staff.victim(subject)
    coordinator = staff.desk(UserRole.COORDINATOR)
    reader = staff.desk(READER[FITTING[basis]], service=FITTING[basis])
    named = {Basis.OVERLAP: {"user_id": reader.scope.user_id}, Basis.NEED_TO_KNOW: {"victim_id": victim}}
    before = is_open(reader, subject)

    share = shares.open_share(coordinator, share_of(staff, subject, basis, **named.get(basis, {})))
    opened = last_event(staff)
    during = is_open(reader, subject)
    listed = next(each for each in shares.shares_of(coordinator, subject) if each.share_id == share)
    shares.end_share(coordinator, share, "The action is closed.")

    assert (before, during, is_open(reader, subject)) == (False, True, False)
    assert listed.expires_at - listed.from_at == timedelta(days=28)
    assert listed.is_running
    assert (opened["operation"], opened["event"]) == ("disclosure", "case_shared")
    assert str(staff.services[FITTING[basis]]) in opened["recipients"]
    assert "They own the action." not in json.dumps(opened)


def test_a_basis_is_for_the_kind_of_service_it_is_meant_for(staff: Staff) -> None:
    subject = staff.subject("P1")
    victim, coordinator = staff.victim(subject), staff.desk(UserRole.COORDINATOR)
    managers = {service: staff.user(UserRole.SERVICE_MANAGER, service=service) for service in SERVICES}
    taken: set[tuple[Basis, ServiceKind]] = set()

    for basis in KINDS:
        for service, (_, _, kind) in SERVICES.items():
            new = NewShare(
                subject_id=subject,
                service_id=staff.services[service],
                basis=basis,
                reason="They own the action.",
                user_id=managers[service],
                victim_id=victim,
            )
            with suppress(AccessRefused):
                shares.open_share(coordinator, new)
                taken.add((basis, kind))

    assert taken == {(basis, kind) for basis, kinds in KINDS.items() for kind in kinds}


def test_a_provider_gets_nothing_but_referrals_and_a_victim_service_nothing_but_clients() -> None:
    to_provider = {basis for basis, kinds in KINDS.items() if ServiceKind.BEHAVIOUR_CHANGE in kinds}
    to_victim_service = {basis for basis, kinds in KINDS.items() if ServiceKind.VICTIM_SERVICE in kinds}

    assert to_provider == {Basis.OVERLAP}
    assert to_victim_service == {Basis.OVERLAP}


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"reason": "  "}, "Say why"),
    ({"lasts": timedelta(days=366)}, "from a day to 365 days"),
    ({"lasts": timedelta(days=-1)}, "from a day to 365 days"),
    ({"basis": Basis.CLIENT}, "sees its own clients, never a share"),
    ({"basis": Basis.PANEL}, "comes with a role"),
    ({"basis": Basis.BREAK_GLASS}, "opened by the person who has it"),
    ({"basis": Basis.NEED_TO_KNOW}, "which victim they need to know"),
    ({"basis": Basis.OVERLAP}, "by name"),
    ({"service_id": uuid7()}, "no such service"),
)


def test_a_share_that_does_not_fit_is_refused_in_a_sentence(staff: Staff) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    fitting = share_of(staff, staff.subject("P1"), Basis.AGENDA)

    for changed, sentence in UNFIT:
        with pytest.raises(StoreError, match=sentence):
            shares.open_share(coordinator, replace(fitting, **changed))

    assert staff.count(people.share) == 0


def test_an_overlap_goes_to_a_service_manager_and_to_no_other_person(staff: Staff) -> None:
    subject = staff.subject("P1")
    provider = staff.user(UserRole.PROVIDER)
    new = share_of(staff, subject, Basis.OVERLAP, service_id=staff.services["change"], user_id=provider)

    with pytest.raises(AccessRefused, match="service manager of that service"):
        shares.open_share(staff.desk(UserRole.COORDINATOR), new)


def test_a_service_manager_sees_where_the_walled_services_meet_and_no_more(staff: Staff) -> None:
    subject = staff.subject("P1")
    victim = staff.victim(subject, forename="Vera")
    elsewhere = staff.row(
        people.service,
        agency_id=staff.row(people.agency, name="Other", kind="voluntary"),
        name="other support",
        kind="victim_service",
    )
    coordinator, manager = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.SERVICE_MANAGER)
    for service in (staff.services["support"], elsewhere):
        shares.add_client(coordinator, subject, victim, service)
    staff.share(subject, "change", Basis.REFERRAL)
    shares.open_share(coordinator, share_of(staff, subject, Basis.AGENDA))
    new = share_of(staff, subject, Basis.OVERLAP, service_id=staff.services["change"], user_id=manager.scope.user_id)

    shares.open_share(coordinator, new)
    view = read_case(manager, subject)

    assert set(view.shown) == {"case", "subject_identity", "clients", "sharing"}
    assert [row["service_id"] for row in view.shown["clients"]["client"]] == [staff.services["support"]]
    assert {row["basis"] for row in view.shown["sharing"]["share"]} == {"referral", "overlap"}


def test_a_victim_service_sees_its_own_clients_alone(staff: Staff) -> None:
    subject = staff.subject("P1")
    own, other = staff.victim(subject, "V-1", "V1", forename="Vera"), staff.victim(subject, "V-2", "V2", forename="Una")
    coordinator, worker = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.VICTIM_SERVICE)

    client = shares.add_client(coordinator, subject, own, staff.services["support"])
    shown = read_case(worker, subject).shown
    with pytest.raises(StoreError, match="supports them already"):
        shares.add_client(coordinator, subject, own, staff.services["support"])
    shares.end_client(coordinator, client)

    assert [row["victim_id"] for row in shown["victim_identity"]["victim_identity"]] == [own]
    assert {row["token"] for row in shown["links_graph"]["victim"]} == {"V1", "V2"}
    assert not is_open(worker, subject)
    assert other != own
    with pytest.raises(StoreError, match="No such client"):
        shares.end_client(coordinator, client)


def test_only_a_victim_service_has_clients_and_only_of_the_case(staff: Staff) -> None:
    subject, another = staff.subject("P1"), staff.subject("P2")
    victim, stranger = staff.victim(subject), staff.victim(another)
    coordinator = staff.desk(UserRole.COORDINATOR)

    with pytest.raises(AccessRefused, match="Only a victim service"):
        shares.add_client(coordinator, subject, victim, staff.services["change"])
    with pytest.raises(StoreError, match="not of this case"):
        shares.add_client(coordinator, subject, stranger, staff.services["support"])
    with pytest.raises(StoreError, match="not of this case"):
        shares.open_share(coordinator, share_of(staff, subject, Basis.NEED_TO_KNOW, victim_id=stranger))


def test_a_share_is_ended_and_never_rewritten(staff: Staff) -> None:
    subject = staff.subject("P1")
    coordinator = staff.desk(UserRole.COORDINATOR)
    share = shares.open_share(coordinator, share_of(staff, subject, Basis.AGENDA))
    of_share = people.share.c.share_id == share
    changes: tuple[dict[str, Any], ...] = (
        {"expires_at": datetime.now(UTC) + timedelta(days=900)},
        {"basis": "break_glass", "user_id": coordinator.scope.user_id},
        {"service_id": staff.services["change"]},
    )

    for values in changes:
        with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(coordinator.scope) as connection:
            connection.execute(update(people.share).where(of_share).values(values))
    with pytest.raises(StaleRow):
        shares.end_share(coordinator, share, "over", version=7)
    shares.end_share(coordinator, share, "over")
    with (
        pytest.raises(DBAPIError, match=r"stays ended|names whoever does it"),
        staff.store.transaction(coordinator.scope) as connection,
    ):
        connection.execute(text("UPDATE share SET ended_at = NULL, ended_by = NULL"))
    with pytest.raises(StoreError, match="No such share"):
        shares.end_share(coordinator, share, "over")


def test_a_coordinator_shares_cases_of_their_own_panel_alone(staff: Staff) -> None:
    elsewhere = staff.subject("P9", panel="B")
    coordinator = staff.desk(UserRole.COORDINATOR, panel="A")
    row = {
        "share_id": uuid7(), "subject_id": elsewhere, "panel_id": staff.panels["B"], "basis": "agenda", "reason": "x",
        "service_id": staff.services["housing"], "shared_by": coordinator.scope.user_id, "from_at": datetime.now(UTC),
        "expires_at": datetime.now(UTC) + timedelta(days=1),
    }  # fmt: skip

    with pytest.raises(AccessRefused, match="No case under that id is open to you"):
        shares.open_share(coordinator, share_of(staff, elsewhere, Basis.AGENDA))
    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(coordinator.scope) as connection:
        connection.execute(insert(people.share).values(row))


def test_who_was_given_a_case_cannot_pass_it_on(staff: Staff) -> None:
    subject = staff.subject("P1")
    for basis, service in ((Basis.AGENDA, "housing"), (Basis.REFERRAL, "change")):
        staff.share(subject, service, basis)

    for role in (UserRole.PANEL_MEMBER, UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.ANALYST):
        with pytest.raises(MatError, match="You may not open share"):
            shares.open_share(staff.desk(role), share_of(staff, subject, Basis.AGENDA))


def test_the_victim_on_a_row_is_always_one_of_its_case(staff: Staff) -> None:
    """A share that named another case's victim would open that victim's identity."""
    subject, another = staff.subject("P1"), staff.subject("P2")
    stranger = staff.victim(another, forename="Vera")

    with pytest.raises(DBAPIError, match="fk_share_victim_id"):
        staff.share(subject, "housing", Basis.NEED_TO_KNOW, victim=stranger)
    with pytest.raises(DBAPIError, match="fk_client_victim_id"):
        staff.client(stranger, subject)
    assert staff.count(cases.client) == 0


def test_a_case_that_was_removed_meanwhile_is_said_to_be_gone(staff: Staff) -> None:
    gone = {"subject_id": uuid7(), "panel_id": staff.panels["A"], "valid_from": datetime.now(UTC)}
    row = {"alias_id": uuid7(), "namespace": "force", "person_id": "P1", **gone}

    with (
        pytest.raises(StaleRow, match="removed by somebody else"),
        said_plainly(),
        staff.superuser.begin() as connection,
    ):
        connection.execute(insert(cases.subject_alias).values(row))
