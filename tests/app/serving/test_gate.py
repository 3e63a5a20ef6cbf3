from __future__ import annotations

from collections.abc import Generator

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.screens.catalogue import page_names
from app.serving.gate import Kind, assets, kind_of, token_of
from app.serving.headers import HEADERS
from app.serving.house import COOKIE
from app.serving.sessions import IDLE_SECONDS
from mat.store.vocabulary import UserRole
from tests.board_clients import ORIGIN, Clock, client_of
from tests.staff import Staff

STREAM = ORIGIN.replace("http", "ws") + "/_stcore/stream"
SHUT = [
    "/media/x.png", "/_stcore/metrics", "/_stcore/upload_file/a/b", "/component/x/index.html",
    "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/app/static/x", "/_stcore/script-health-check", "/auth/login",
    "/auth/logout", "/oauth2callback",
    "/manifest.json", "/index.html", "/nowhere", "//elsewhere.example", "/static/../board.py", "/assurance/",
    "/assurance/_stcore/health",
]  # fmt: skip


@pytest.mark.slow
def test_what_is_not_named_is_not_there_not_even_for_somebody_signed_in(board: tuple[TestClient, str]) -> None:
    client, token = board
    headers = {"cookie": f"{COOKIE}={token}", "origin": ORIGIN}

    answers = {
        (method, path): client.request(method, f"{ORIGIN}{path}", headers=headers)
        for path in SHUT
        for method in ("GET", "POST", "PUT", "DELETE")
    }

    assert {asked: each.status_code for asked, each in answers.items() if each.status_code not in {400, 404}} == {}
    assert not any("<script" in each.text for each in answers.values())


@pytest.mark.slow
def test_every_page_opened_first_asks_for_a_session(board: tuple[TestClient, str]) -> None:
    client, token = board

    for page in sorted(page_names()):
        stranger = client.get(f"/{page}?case=1")
        somebody = client.get(f"/{page}", headers={"cookie": f"{COOKIE}={token}"})

        assert (page, stranger.status_code) == (page, 303)
        assert stranger.headers["location"].startswith("/sign-in")
        assert (page, somebody.status_code) == (page, 200)
        assert "board.js" in somebody.text


@pytest.mark.slow
def test_every_answer_carries_the_headers(board: tuple[TestClient, str]) -> None:
    for path in ("/", "/sign-in", "/nowhere", "/board.css", "/_stcore/health", "/static/nothing.js"):
        answer = board[0].get(path)

        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert path.startswith("/static/") or answer.headers["cache-control"] == "no-store"


@pytest.mark.slow
def test_another_name_of_this_machine_is_not_answered(board: tuple[TestClient, str]) -> None:
    answer = board[0].get("/", headers={"host": "board.attacker.example", "cookie": f"{COOKIE}={board[1]}"})

    assert answer.status_code == 421


@pytest.mark.slow
def test_the_connection_of_a_page_is_for_the_board_itself_and_a_running_session(staff: Staff, clock: Clock) -> None:
    with client_of(staff.store, clock) as (client, house):
        token = house.sessions.begin(staff.user(UserRole.ANALYST))
        cookie = {"cookie": f"{COOKIE}={token}"}
        ours = {"origin": ORIGIN, **cookie}

        assert connects(client, ours)
        for others in (
            {**cookie, "origin": "https://attacker.example"},
            {**cookie, "origin": "null"},
            cookie,
            {"origin": ORIGIN},
            {**ours, "host": "attacker.example"},
            {"origin": ORIGIN, "cookie": f"{COOKIE}={token[:-1]}"},
        ):
            assert not connects(client, others)
        clock.seconds = float(IDLE_SECONDS)
        assert not connects(client, ours)
        assert client.get("/", headers=cookie).headers["location"] == "/sign-in"


def connects(client: TestClient, headers: dict[str, str]) -> bool:
    """Whether a page's connection is opened."""
    try:
        with client.websocket_connect(STREAM, headers=headers, subprotocols=["streamlit"]):
            return True
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", Kind.PAGE),
        ("/subject", Kind.PAGE),
        ("/subject/", Kind.NOTHING),
        ("/sign-in/as", Kind.OPEN),
        ("/sign-inside", Kind.NOTHING),
        (next(iter(sorted(assets()))), Kind.ASSET),
        ("/static/js/a.js", Kind.NOTHING),
        ("/static/index.html", Kind.NOTHING),
        ("/static/", Kind.NOTHING),
        ("/sign-in/x", Kind.NOTHING),
        ("/_stcore/bidi-components/x.js", Kind.PART),
        ("/prove", Kind.PAGE),
        ("/prove/go", Kind.PART),
        ("/prove/", Kind.NOTHING),
        ("/out/aZ-_9", Kind.PART),
        ("/out/", Kind.NOTHING),
        ("/out/a/b", Kind.NOTHING),
        ("/_stcore/stream", Kind.NOTHING),
    ],
)
def test_an_address_is_of_one_kind(path: str, kind: Kind) -> None:
    assert kind_of(path, {"subject"}) is kind


@pytest.mark.parametrize("header", [None, "", "a=b", "mat_session", "=;=;", "x" * 5000])
def test_cookies_without_a_session_are_none(header: str | None) -> None:
    assert token_of(header) is None


FORM = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": ORIGIN, "content-type": "multipart/form-data; boundary=X"}, 415),
        ({**FORM, "content-length": "16001"}, 413),
        ({**FORM, "content-length": "\u00b2"}, 413),
    ],
)
def test_what_is_no_form_of_the_boards_is_refused_before_it_is_read(
    board: tuple[TestClient, str], headers: dict[str, str], status: int
) -> None:
    def body() -> Generator[bytes]:
        read.append(1)
        yield b"person=1"

    read: list[int] = []
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}

    answer = board[0].post("/sign-in/as", content=body(), headers=encoded)

    assert (answer.status_code, answer.headers["connection"]) == (status, "close")
    assert "content-security-policy" in answer.headers


@pytest.mark.slow
def test_a_form_that_does_not_say_how_long_it_is_is_read_no_further_than_one_may_be(
    board: tuple[TestClient, str],
) -> None:
    def body() -> Generator[bytes]:
        for _ in range(20):
            yield b"a" * 1000

    answer = board[0].post("/sign-in/as", content=body(), headers=FORM)

    assert answer.status_code == 413


@pytest.mark.slow
def test_a_mistake_of_the_boards_is_answered_with_the_headers_and_without_its_message(
    board: tuple[TestClient, str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_found: object) -> None:
        raise ValueError(" ".join(("V1", "Vera", "Secret")))

    monkeypatch.setattr("app.serving.doors._why_over", broken)
    answer = board[0].get("/sign-in")

    told = capfd.readouterr().err
    assert answer.status_code == 500
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert "mat: the board has a defect (ValueError)" in told
    assert "V1 Vera" not in told + answer.text


@pytest.mark.slow
def test_only_the_doors_that_there_are_open(board: tuple[TestClient, str]) -> None:
    client = board[0]

    assert {client.get(f"/sign-in/{name}").status_code for name in ("x", "go", "back", "for", "_stcore/health")} == {
        404
    }
    assert client.get("/static/index.html").status_code == 404
    assert client.get("/sign-in?to=//[").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/sign-in/as", "/prove/go", "/session/stay"])
def test_where_something_is_sent_there_is_nothing_to_see(board: tuple[TestClient, str], path: str) -> None:
    client, token = board

    for method in ("GET", "HEAD"):
        answer = client.request(method, path, headers={"cookie": f"{COOKIE}={token}"})

        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)


@pytest.mark.slow
def test_what_a_proxy_would_say_changes_nothing(board: tuple[TestClient, str]) -> None:
    client, token = board
    said = {"x-forwarded-host": "attacker.example", "x-forwarded-proto": "https", "forwarded": "host=attacker.example"}

    stranger = client.get("/candidates", headers=said)
    twice = client.get("/", headers=[("host", "127.0.0.1:8501"), ("host", "attacker.example")])

    assert stranger.headers["location"] == "/sign-in?to=/candidates"
    assert twice.status_code == 421
    assert client.get("/", headers=said | {"cookie": f"{COOKIE}={token}"}).status_code == 200
