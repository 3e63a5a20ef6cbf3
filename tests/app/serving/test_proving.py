"""Proving again who one is: the same person, just now, or nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.serving.house import COOKIE, House
from app.serving.sessions import IDLE_SECONDS, Present
from app.tasking.desk import Desk
from app.tasking.stepping_up import is_proven
from mat.store.tables import people
from mat.store.tables.audit import audit_event
from mat.store.vocabulary import UserRole
from tests.board_clients import ORIGIN, Clock, client_of
from tests.identity_provider import IdentityProvider, back_from, provider_of
from tests.staff import Staff

pytestmark = pytest.mark.slow
OWN = {"origin": ORIGIN}


def begun(house: House, staff: Staff) -> tuple[dict[str, str], Desk]:
    token = house.sessions.begin(staff.user(UserRole.DPO))
    found = house.sessions.find(token)
    assert isinstance(found, Present)
    return {"cookie": f"{COOKIE}={token}"}, Desk(staff.store, found.scope)


def test_in_a_demonstration_a_button_stands_for_it_and_one_comes_back(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        cookie, desk = begun(house, staff)
        stranger = client.get("/prove?to=/admin")
        page = client.get("/prove?to=/admin%3Fpart%3Droles", headers=cookie)
        elsewhere = client.post(
            "/prove/go", data={"to": "/admin"}, headers=cookie | {"origin": "https://attacker.example"}
        )
        assert not is_proven(desk)

        done = client.post("/prove/go", data={"to": "/admin?part=roles"}, headers=cookie | OWN)
        beside = client.post("/prove/go", data={"to": "beside"}, headers=cookie | OWN)

        assert (stranger.status_code, stranger.headers["location"][:8]) == (303, "/sign-in")
        assert "Prove again that it is you" in page.text
        assert 'value="/admin?part=roles"' in page.text
        assert elsewhere.status_code == 403
        assert (done.status_code, done.headers["location"]) == (303, "/admin?part=roles")
        assert "Close this tab" in beside.text
        assert is_proven(desk)


def proving(client: TestClient, house: House, staff: Staff, issuer: IdentityProvider, name: str) -> tuple[Any, Desk]:
    """Somebody signed in as Hanna whom the provider, asked again, says is `name`."""
    user = staff.user(UserRole.DPO)
    staff.row(people.user_login, user_id=user, issuer=issuer.url, external_id="hanna")
    other = staff.user(UserRole.DPO)
    staff.row(people.user_login, user_id=other, issuer=issuer.url, external_id="sam")
    token = house.sessions.begin(user)
    found = house.sessions.find(token)
    assert isinstance(found, Present)
    client.cookies.set(COOKIE, token)
    asked = client.post("/prove/go", data={"to": "/admin"}, headers=OWN)
    return back_from(asked, name, client, issuer), Desk(staff.store, found.scope)


def test_the_provider_is_asked_for_a_fresh_proof_and_says_when_it_had_it(staff: Staff, clock: Clock) -> None:
    with IdentityProvider() as issuer, client_of(staff.store, clock, provider_of(issuer)) as (client, house):
        answer, desk = proving(client, house, staff, issuer, "hanna")

        assert issuer.asked["prompt"] == ["login"]
        assert issuer.asked["max_age"] == ["0"]
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
        assert is_proven(desk)


def _before(issuer: IdentityProvider) -> str:
    issuer.wrong = "proven before"
    return "hanna"


def _unsaid(issuer: IdentityProvider) -> str:
    issuer.wrong = "no time"
    return "hanna"


def _forged(issuer: IdentityProvider) -> str:
    issuer.wrong = "signature"
    return "hanna"


def _another(_: IdentityProvider) -> str:
    return "sam"


def _nobody(_: IdentityProvider) -> str:
    return "a stranger"


@pytest.mark.parametrize("how", [_before, _unsaid, _forged, _another, _nobody])
def test_what_was_proven_before_or_by_somebody_else_does_not_count(
    staff: Staff, clock: Clock, how: Callable[[IdentityProvider], str]
) -> None:
    with IdentityProvider() as issuer, client_of(staff.store, clock, provider_of(issuer)) as (client, house):
        name = how(issuer)

        answer, desk = proving(client, house, staff, issuer, name)

        assert answer.status_code == 403
        assert "did not confirm, just now, that it is you" in answer.text
        assert not is_proven(desk)
        assert COOKIE not in answer.cookies
        last = max(staff.all_of(audit_event), key=lambda row: row["seq"])
        assert '"command_refused"' in last["body"]
        assert '"prove_again"' in last["body"]


def test_a_session_that_ended_meanwhile_is_not_proven(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        cookie, _ = begun(house, staff)
        clock.seconds = float(IDLE_SECONDS)

        answer = client.post("/prove/go", data={"to": "/admin"}, headers=cookie | OWN)

    assert answer.status_code == 401
