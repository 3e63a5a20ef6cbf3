"""How long a session goes on, staying in it, and what was typed and not sent: for the same person alone, an hour."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from app.serving.drafts import KEPT_SECONDS, LONGEST_TEXT
from app.serving.house import COOKIE, House
from app.serving.sessions import IDLE_SECONDS, LONGEST_SECONDS, Over
from mat.store.vocabulary import UserRole
from tests.board_clients import ORIGIN, Clock, client_of
from tests.staff import Staff

pytestmark = pytest.mark.slow
PAGE = "/meeting?item=1"
TYPED = {"What was said": "A long minute, not sent yet."}


class Browser:
    """Somebody's browser, without scripts."""

    def __init__(self, client: TestClient, house: House, user: UUID) -> None:
        self.client, self.house, self.user = client, house, user
        self.token = house.sessions.begin(user)

    def again(self) -> Browser:
        """The same person, signed in anew."""
        return Browser(self.client, self.house, self.user)

    def asks(self, page: str = PAGE) -> Any:
        answer = self.client.get("/session", params={"page": page}, headers=self._own())
        return answer.json() if answer.status_code == 200 else answer.status_code

    def stays(self, *, is_doing: bool = True, page: str = PAGE, **texts: Any) -> Any:
        said = {"page": page, "is_doing": is_doing, **texts}
        return self.client.post("/session/stay", json=said, headers=self._own()).status_code

    def _own(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self.token}", "origin": ORIGIN}


def test_asking_how_long_there_is_does_not_make_it_longer_and_staying_does(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.ANALYST))
        clock.seconds = IDLE_SECONDS - 100.0
        assert at.asks() == {"ends_in": 100.0, "can_stay": True, "kept": {}}
        clock.seconds += 10
        assert at.asks()["ends_in"] == 90.0
        assert at.stays(is_doing=False) == 200
        assert at.asks()["ends_in"] == 90.0

        assert at.stays() == 200

        assert at.asks()["ends_in"] == float(IDLE_SECONDS)
        clock.seconds += IDLE_SECONDS
        assert at.asks() == 401
        assert house.sessions.find(at.token) is Over.IDLE


def test_nobody_stays_beyond_ten_hours(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.ANALYST))
        while clock.seconds < LONGEST_SECONDS - IDLE_SECONDS:
            clock.seconds += IDLE_SECONDS - 1
            at.stays()

        found = at.asks()

    assert found["can_stay"] is False
    assert found["ends_in"] == LONGEST_SECONDS - clock.seconds


def test_what_was_typed_waits_for_the_same_person_at_the_same_page_for_an_hour(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.COORDINATOR))
        other = staff.user(UserRole.COORDINATOR)
        at.stays(texts=TYPED)
        assert at.asks()["kept"] == {}
        clock.seconds += IDLE_SECONDS
        house.sessions.sweep()

        assert Browser(client, house, other).asks()["kept"] == {}
        again = at.again()
        assert again.asks("/actions")["kept"] == {}
        assert again.asks()["kept"] == TYPED
        clock.seconds += KEPT_SECONDS - IDLE_SECONDS
        house.sessions.sweep()

        assert at.again().asks()["kept"] == {}


@pytest.mark.parametrize("why", [Over.LEFT, Over.ENDED])
def test_who_signs_out_or_is_signed_out_leaves_nothing(staff: Staff, clock: Clock, why: Over) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.COORDINATOR))
        at.stays(texts=TYPED)

        house.sessions.end(at.token, why)

        assert at.again().asks()["kept"] == {}


def test_what_was_sent_or_thrown_away_is_not_offered(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.COORDINATOR))
        at.stays(texts=TYPED)
        at.stays(is_doing=False, texts={"What was said": "  "})
        clock.seconds += IDLE_SECONDS
        house.sessions.sweep()

        assert at.again().asks()["kept"] == {}


def test_what_does_not_come_from_the_board_or_is_too_much_is_refused(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        at = Browser(client, house, staff.user(UserRole.COORDINATOR))
        headers = {"cookie": f"{COOKIE}={at.token}"}

        assert client.post("/session/stay", json={}, headers=headers).status_code == 403
        elsewhere = client.post("/session/stay", json={}, headers=headers | {"origin": "https://attacker.example"})
        assert elsewhere.status_code == 403
        assert client.post("/session/stay", content=b"[", headers=headers | {"origin": ORIGIN}).status_code == 400
        deep = client.post("/session/stay", content=b"[" * 200_000, headers=headers | {"origin": ORIGIN})
        assert (deep.status_code, deep.text) == (400, "This cannot be read.")
        much = {f"field {number}": "x" * 100_000 for number in range(30)}
        assert at.stays(texts=much) == 400
        assert at.stays(texts={"one": "x" * (LONGEST_TEXT + 1)}) == 200
        clock.seconds += IDLE_SECONDS
        house.sessions.sweep()
        assert len(at.again().asks()["kept"]["one"]) == LONGEST_TEXT
