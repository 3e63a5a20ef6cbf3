"""The address under which a file leaves the building, and everybody who finds it shut."""

from __future__ import annotations

import pytest

from app.serving.house import COOKIE, House
from app.serving.sessions import IDLE_SECONDS, Present
from app.tasking.desk import Desk
from app.tasking.handing_out import Given, Handed, Outgoing, hand_out
from app.tasking.stepping_up import step_up
from mat.store.tables.privacy import outgoing_file
from mat.store.vocabulary import FileKind, UserRole
from tests.board_clients import Clock, client_of
from tests.staff import Staff

pytestmark = pytest.mark.slow
CONTENT = b"%PDF- who did what to whom"


def signed_in(house: House, staff: Staff) -> tuple[dict[str, str], Desk]:
    token = house.sessions.begin(staff.user(UserRole.COORDINATOR))
    found = house.sessions.find(token)
    assert isinstance(found, Present)
    return {"cookie": f"{COOKIE}={token}"}, Desk(staff.store, found.scope)


def handed(desk: Desk) -> Handed:
    outgoing = Outgoing(
        name="Zoë pack.pdf",
        media_type="application/pdf",
        content=CONTENT,
        kind=FileKind.PACK,
        subjects=(),
        given=Given(purpose="For Tuesday.", recipients=("housing",)),
        command="read_meeting",
    )
    return hand_out(step_up(desk), outgoing)


def test_a_file_is_fetched_once_and_looking_ahead_does_not_use_it_up(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        cookie, desk = signed_in(house, staff)
        address = f"/out/{handed(desk).token}"

        for ahead in ({"sec-purpose": "prefetch"}, {"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}):
            assert client.get(address, headers=cookie | ahead).status_code == 503
        assert client.head(address, headers=cookie).status_code == 204
        answer = client.get(address, headers=cookie)
        again = client.get(address, headers=cookie)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    named = "attachment; filename=\"Zo_ pack.pdf\"; filename*=UTF-8''Zo%C3%AB%20pack.pdf"
    assert answer.headers["content-disposition"] == named
    assert again.status_code == 403
    assert "fetched before" in again.text


def test_another_person_a_stranger_and_a_session_that_ended_get_nothing(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        cookie, desk = signed_in(house, staff)
        other, _ = signed_in(house, staff)
        address = f"/out/{handed(desk).token}"

        assert client.get(address).status_code == 401
        refused = client.get(address, headers=other)
        assert (refused.status_code, "no such file" in refused.text) == (403, True)
        clock.seconds = float(IDLE_SECONDS)
        ended = client.get(address, headers=cookie)

    assert ended.status_code == 401
    assert all(CONTENT not in each.content for each in (refused, ended))


def test_when_the_board_is_stopped_nothing_waits_any_more(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (_, house):
        _, desk = signed_in(house, staff)
        handed(desk)
        assert [row["content"] for row in staff.all_of(outgoing_file)] == [CONTENT]

    assert [row["content"] for row in staff.all_of(outgoing_file)] == [None]


def test_an_address_that_never_was_is_refused_alike(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        cookie, _ = signed_in(house, staff)
        answer = client.get("/out/nothing", headers=cookie)

    assert (answer.status_code, "no such file" in answer.text) == (403, True)
