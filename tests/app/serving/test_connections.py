"""The connections of a session: how many, how fast, and none that outlives it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack, suppress

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive
from starlette.websockets import WebSocketDisconnect

from app.serving.connections import BURST, MOST, PER_SECOND, Connection, Pace
from app.serving.house import COOKIE
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.board_clients import ORIGIN, Clock, client_of, served
from tests.board_frames import connection, drawn
from tests.staff import Staff

STREAM = ORIGIN.replace("http", "ws") + "/_stcore/stream"


def test_a_session_may_ask_much_at_once_and_then_waits_its_turn(clock: Clock) -> None:
    pace = Pace(clock)

    at_once = [pace.take() for _ in range(int(BURST))]
    then = [pace.take() for _ in range(3)]

    assert set(at_once) == {0.0}
    assert then == [1 / PER_SECOND, 2 / PER_SECOND, 3 / PER_SECOND]
    clock.seconds = 4 / PER_SECOND
    assert pace.take() == 0.0


def test_who_goes_on_is_cut_off_until_they_have_rested(clock: Clock) -> None:
    pace = Pace(clock)
    for _ in range(400):
        clock.seconds += pace.take()
        if pace.is_flood:
            break

    assert pace.is_flood
    assert clock.seconds > 20
    clock.seconds += BURST / PER_SECOND + 1
    assert not pace.is_flood


def test_a_person_who_clicks_now_and_then_for_a_day_is_never_cut_off(clock: Clock) -> None:
    pace = Pace(clock)
    for _ in range(5000):
        clock.seconds += 1.0
        assert pace.take() == 0.0

    assert not pace.is_flood


def test_a_connection_hands_on_no_more_than_its_session_may_ask() -> None:
    async def endless() -> dict[str, object]:
        return {"type": "websocket.receive", "bytes": b""}

    async def nothing(_message: object) -> None:
        return

    async def handed_on() -> int:
        taken = 0

        async def app(_scope: object, ask: Receive, _answer: object) -> None:
            nonlocal taken
            while True:
                await ask()
                taken += 1

        with suppress(TimeoutError):
            await asyncio.wait_for(Connection(Pace()).carry(app, {}, endless, nothing), 0.5)
        return taken

    assert BURST <= asyncio.run(handed_on()) <= BURST + 5


@pytest.mark.slow
def test_more_tabs_than_may_be_are_refused_and_told_why_and_all_close_with_the_session(
    staff: Staff, clock: Clock
) -> None:
    with client_of(staff.store, clock) as (client, house):
        token = house.sessions.begin(staff.user(UserRole.ANALYST))
        headers = {"origin": ORIGIN, "cookie": f"{COOKIE}={token}"}
        with ExitStack() as stack:
            tabs = [
                stack.enter_context(client.websocket_connect(STREAM, headers=headers, subprotocols=["streamlit"]))
                for _ in range(MOST - 1)
            ]
            assert client.get("/session/still", headers=headers).status_code == 204
            tabs.append(stack.enter_context(client.websocket_connect(STREAM, headers=headers)))
            full = client.get("/session/still", headers=headers)
            assert (full.status_code, "8 tabs" in full.text) == (429, True)
            with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM, headers=headers):
                pass

            house.sessions.end(token)

            assert [closed(tab) for tab in tabs] == [1008] * MOST
        assert client.get("/session/still", headers=headers).status_code == 401


def closed(tab: object) -> int:
    while True:
        message = tab.receive()  # type: ignore[attr-defined]
        if message["type"] == "websocket.close":
            return int(message["code"])


@pytest.mark.slow
def test_words_where_a_page_would_send_bytes_close_the_connection_and_say_nothing(
    board: tuple[TestClient, str], capfd: pytest.CaptureFixture[str]
) -> None:
    client, token = board
    headers = {"origin": ORIGIN, "cookie": f"{COOKIE}={token}"}
    with client.websocket_connect(STREAM, headers=headers) as tab:
        tab.send_text("hello")
        assert closed(tab) == 1003
    with client.websocket_connect(STREAM, headers=headers) as tab:
        tab.send_bytes(b"\xff\xff\xff")
        assert closed(tab) == 1002

    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.slow
def test_a_role_that_ends_while_a_page_is_open_is_gone_with_the_next_click(staff: Staff, clock: Clock) -> None:
    user = staff.user(UserRole.AUDITOR)
    with served(staff.store, clock) as (address, house), connection(address, house.sessions.begin(user)) as opened:
        assert "Search the log" in drawn(opened, "assurance")
        with staff.tampering() as changing:
            changing.execute(
                people.role_grant.update()
                .where(people.role_grant.c.user_id == user)
                .values(ended_at=people.role_grant.c.confirmed_at, ended_by=staff.founder_id)
            )

        said = drawn(opened, "assurance")

    assert "Search the log" not in said


@pytest.mark.slow
def test_a_board_that_does_not_close_is_ended() -> None:
    script = "from app.serving.application import end_in\nend_in(0.2)\nwhile True: pass\n"

    ended = subprocess.run([sys.executable, "-c", script], timeout=30, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr == "mat: the board did not close within 0.2 seconds and was ended\n"
