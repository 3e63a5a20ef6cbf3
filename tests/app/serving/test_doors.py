from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.serving.house import COOKIE
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.board_clients import ORIGIN, Clock, client_of
from tests.identity_provider import IdentityProvider, back_from, provider_of
from tests.staff import FOUNDER, Staff

pytestmark = pytest.mark.slow
OWN = {"origin": ORIGIN}


def test_in_a_demonstration_one_is_whom_one_chooses_and_goes_on_where_one_wanted(
    staff: Staff, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.serving.doors.account", lambda: FOUNDER)
    with client_of(staff.store, clock) as (client, _):
        door = client.get("/sign-in?to=/assurance%3Fpart%3Dverify")
        form = {"person": str(staff.founder_id), "service": "Police", "to": "/assurance?part=verify"}

        refused = client.post("/sign-in/as", data=form, headers={"origin": "https://attacker.example"})
        stranger = client.post("/sign-in/as", data=form | {"person": str(staff.services["police"])}, headers=OWN)
        let_in = client.post("/sign-in/as", data=form | {"service": service_of(door.text)}, headers=OWN)

    assert "You, who made this store" in door.text
    assert (refused.status_code, stranger.status_code) == (403, 403)
    assert let_in.headers["location"] == "/assurance?part=verify"
    cookie = let_in.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))


def service_of(page: str) -> str:
    return page.split('name="service" value="')[1].split('"', maxsplit=1)[0]


@pytest.mark.parametrize(
    "wanted", ["https://attacker.example/", "//attacker.example", "/nowhere", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    staff: Staff, clock: Clock, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr("app.serving.doors.account", lambda: FOUNDER)
    with client_of(staff.store, clock) as (client, _):
        service = service_of(client.get("/sign-in").text)
        form = {"person": str(staff.founder_id), "service": service, "to": wanted}

        let_in = client.post("/sign-in/as", data=form, headers=OWN)

    assert let_in.headers["location"] == "/"


def test_a_provider_says_who_somebody_is_and_the_store_what_they_may(staff: Staff, clock: Clock) -> None:
    with IdentityProvider() as issuer:
        user = staff.user(UserRole.PANEL_MEMBER)
        staff.row(people.user_login, user_id=user, issuer=issuer.url, external_id="hanna")
        with client_of(staff.store, clock, provider_of(issuer)) as (client, house):
            answer = signed_in_as("hanna", client, issuer)

            token = answer.cookies[COOKIE]
            found = house.sessions.find(token)
            assert found.who.service == "housing"  # type: ignore[union-attr]
            assert answer.headers["location"] == "/assurance"
            assert issuer.asked["prompt"] == ["login"]
            assert issuer.asked["code_challenge_method"] == ["S256"]


def test_whoever_the_store_does_not_know_or_the_provider_does_not_prove_stays_out(staff: Staff, clock: Clock) -> None:
    with IdentityProvider() as issuer:
        user = staff.user(UserRole.PANEL_MEMBER)
        staff.row(people.user_login, user_id=user, issuer=issuer.url, external_id="hanna")
        with client_of(staff.store, clock, provider_of(issuer)) as (client, _):
            unknown = signed_in_as("mallory", client, issuer)
            forged = {wrong: signed_in_as("hanna", client, issuer, wrong=wrong) for wrong in WRONG}
            no_state = client.get("/sign-in/back?code=hanna&state=made-up")
            choosing = client.post("/sign-in/as", data={"person": str(user)}, headers=OWN)

    assert "knows nobody" in unknown.text
    assert {wrong: (each.status_code, COOKIE in each.cookies) for wrong, each in forged.items()} == dict.fromkeys(
        WRONG, (403, False)
    )
    assert no_state.status_code == 403
    assert choosing.status_code in {404, 405}


WRONG = ("signature", "audience", "issuer", "nonce", "expired")


def test_who_works_in_several_services_says_for_which(staff: Staff, clock: Clock) -> None:
    with IdentityProvider() as issuer:
        user = staff.user(UserRole.PANEL_MEMBER)
        staff.row(
            people.membership,
            user_id=user,
            service_id=staff.services["children"],
            from_at=datetime.now(UTC),
            added_by=user,
        )
        staff.row(people.user_login, user_id=user, issuer=issuer.url, external_id="hanna")
        with client_of(staff.store, clock, provider_of(issuer)) as (client, house):
            asked = signed_in_as("hanna", client, issuer)
            chosen = client.post("/sign-in/for", data={"service": "children", "to": "/"}, headers=OWN)
            again = client.post("/sign-in/for", data={"service": "children", "to": "/"}, headers=OWN)

            assert "Work for children" in asked.text
            assert house.sessions.find(chosen.cookies[COOKIE]).who.service == "children"  # type: ignore[union-attr]
            assert again.status_code == 403


def signed_in_as(name: str, client: TestClient, issuer: IdentityProvider, *, wrong: str = "") -> object:
    """The answer to somebody who went to the provider and came back from it."""
    away = client.post("/sign-in/go", data={"to": "/assurance"}, headers=OWN)
    issuer.wrong = wrong
    return back_from(away, name, client, issuer)
