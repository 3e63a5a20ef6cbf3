"""Between the board and every browser: who may reach what, and the headers of every answer.

Everything not named here is not there. Pages, and the connection that fills them, are for a running session alone, so
that no line of a page runs before somebody has signed in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from enum import StrEnum
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from app.serving.connections import Lines
from app.serving.defects import tell_defect
from app.serving.headers import HEADERS, NOT_KEPT, STRICT_TRANSPORT
from app.serving.house import COOKIE, House
from app.serving.sessions import Present

SIGN_IN = "/sign-in"
_FOR_ANYBODY = frozenset(
    {"/board.css", "/board.js", "/staying.js", "/ending.js", "/favicon.png", "/_stcore/health", "/_stcore/host-config"}
)
_BY_CHOICE = frozenset({f"{SIGN_IN}/as"})
_BY_PROVIDER = frozenset({f"{SIGN_IN}/{name}" for name in ("go", "back", "for")})
_ASSETS = "/static/"
_COMPONENTS = "/_stcore/bidi-components/"
_STREAM = "/_stcore/stream"
#: Asked by every page now and then: whether its session goes on, and whether one more tab may be opened.
_STILL = "/session/still"
_STAY = "/session/stay"
_PROVE = "/prove"
#: The token of one file, and nothing more.
_OUT = re.compile(r"/out/[\w-]{1,100}", re.ASCII)
_PARTS = frozenset({f"{_PROVE}/go", "/session", _STAY, _STILL})
#: Something is sent there and nothing is to be seen.
_SENT_TO = frozenset({f"{SIGN_IN}/as", f"{SIGN_IN}/go", f"{SIGN_IN}/for", f"{_PROVE}/go", _STAY})
_NOTHING_TO_SEE = "There is nothing to see here: go back to the page that you came from."
#: A form of the board's is far smaller.
_LONGEST_FORM = 16_000
_FORM = "application/x-www-form-urlencoded"
#: Reads its own body, which is no form, and no more of it than may be.
_NO_FORM = frozenset({_STAY})
#: The codes by which a websocket is refused before it is opened, and closed by a mistake of the board's.
_REFUSED, _BROKEN = 1008, 1011


class Kind(StrEnum):
    """What an address is."""

    OPEN = "open"
    ASSET = "asset"
    PAGE = "page"
    PART = "part"
    NOTHING = "nothing"


def kind_of(path: str, pages: Collection[str]) -> Kind:
    """What the address `path` is; `pages`: the names of the board's pages, the first page having none."""
    if path in _FOR_ANYBODY or path == SIGN_IN or path in _BY_CHOICE | _BY_PROVIDER:
        return Kind.OPEN
    if path.startswith(_ASSETS):
        return Kind.ASSET if path in assets() else Kind.NOTHING
    if path.removeprefix("/") in pages or path in {"/", _PROVE}:
        return Kind.PAGE
    is_part = path in _PARTS or path.startswith(_COMPONENTS) or _OUT.fullmatch(path) is not None
    return Kind.PART if is_part else Kind.NOTHING


@cache
def assets() -> Collection[str]:
    """The address of every file that Streamlit ships for its pages."""
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        return frozenset()
    shipped = Path(found.origin).parent / "static" / "static"
    return frozenset(_ASSETS + each.relative_to(shipped).as_posix() for each in shipped.rglob("*") if each.is_file())


class _TooLong(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """More was sent than a form of the board's can hold."""


class Gate:
    """ASGI middleware around the whole board."""

    def __init__(self, app: ASGIApp, *, house: House, pages: Collection[str]) -> None:
        self._app = app
        self._house = house
        self._pages = frozenset(pages)
        self._hosts = frozenset(urlsplit(each).netloc for each in house.origins)
        self._shut = _BY_PROVIDER if house.provider is None else _BY_CHOICE
        self._lines = Lines(house.sessions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = kind_of(scope["path"], self._pages)
        is_begun = False

        async def noting(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        answer = self._sending(noting, is_kept=kind is Kind.ASSET)
        try:
            refusal = await self._refusal(scope, kind)
            body = receive if scope["path"] in _NO_FORM else _at_most(receive)
            await (self._app if refusal is None else refusal)(scope, body, answer)
        except _TooLong:
            if not is_begun:
                await _refused("This form is too long.", 413)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - whatever broke, a browser is told no more than that
            tell_defect(error)
            if not is_begun:
                await _refused("This is a mistake in the board itself.", 500)(scope, receive, answer)

    async def _refusal(self, scope: Scope, kind: Kind) -> Response | None:
        """What is answered in place of what was asked for; None = it may be had."""
        headers = Headers(scope=scope)
        if headers.getlist("host") not in [[each] for each in self._hosts]:
            return _refused("The board is not reached under this address.", 421)
        if kind is Kind.NOTHING or scope["path"] in self._shut:
            return _refused("There is no such page.", 404)
        if found := self._refusal_of_method(scope["method"], scope["path"], headers):
            return found
        if kind in {Kind.OPEN, Kind.ASSET} or await self._is_present(scope):
            return self._still(scope) if scope["path"] == _STILL else None
        if kind is Kind.PAGE:
            return RedirectResponse(_to_sign_in(scope), status_code=303)
        return PlainTextResponse("Sign in first.", status_code=401)

    def _refusal_of_method(self, method: str, path: str, headers: Headers) -> Response | None:
        if method not in {"GET", "HEAD"}:
            return self._refusal_of_form(path, headers)
        if path in _SENT_TO:
            return PlainTextResponse(_NOTHING_TO_SEE, status_code=405, headers={"allow": "POST"})
        return None

    def _refusal_of_form(self, path: str, headers: Headers) -> Response | None:
        """Why what somebody sends is not read at all; None = it may be."""
        if headers.get("origin") not in self._house.origins:
            return _refused("This form was not sent from the board itself: go back to signing in.", 403)
        if path in _NO_FORM:
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _refused("The board takes its own forms alone.", 415)
        length = headers.get("content-length", "0")
        is_short = length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= _LONGEST_FORM
        return None if is_short else _refused("This form is too long.", 413)

    def _still(self, scope: Scope) -> Response:
        """The session goes on; and why no further tab may be opened, if so."""
        line = self._lines.of(token_of(Headers(scope=scope).get("cookie")) or "")
        if line.refusal is None:
            return Response(status_code=204)
        return PlainTextResponse(line.refusal, status_code=429)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        token = token_of(headers.get("cookie"))
        is_ours = headers.getlist("host") in [[each] for each in self._hosts]
        is_ours = is_ours and headers.get("origin") in self._house.origins and scope["path"] == _STREAM
        if not (is_ours and token is not None and await self._is_present(scope)):
            await _turn_away(receive, send, "Sign in first.")
            return
        line = self._lines.of(token)
        if line.refusal is not None:
            await _turn_away(receive, send, line.refusal)
            return
        try:
            with line.connection() as connection:
                await connection.carry(self._app, scope, receive, send)
        except WebSocketDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - as for a page
            tell_defect(error)
            with suppress(Exception):
                await send({"type": "websocket.close", "code": _BROKEN})

    async def _is_present(self, scope: Scope) -> bool:
        token = token_of(Headers(scope=scope).get("cookie"))
        if token is None:
            return False
        found = await run_in_threadpool(self._house.sessions.find, token, is_doing=False)
        return isinstance(found, Present)

    def _sending(self, send: Send, *, is_kept: bool) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if self._house.is_secure:
                    headers[STRICT_TRANSPORT[0]] = STRICT_TRANSPORT[1]
                if not is_kept:
                    headers[NOT_KEPT[0]] = NOT_KEPT[1]
            await send(message)

        return answer


def _refused(sentence: str, status: int) -> Response:
    """An answer after which nothing more is read."""
    return PlainTextResponse(sentence, status_code=status, headers={"connection": "close"})


async def _turn_away(receive: Receive, send: Send, reason: str) -> None:
    """Refuse a websocket before it is opened."""
    await receive()
    await send({"type": "websocket.close", "code": _REFUSED, "reason": reason})


def _at_most(receive: Receive) -> Receive:
    """What is sent, as long as it is no longer than a form."""
    length = 0

    async def ask() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > _LONGEST_FORM:
            raise _TooLong
        return message

    return ask


def token_of(cookies: str | None) -> str | None:
    """The token of a session in a Cookie header; None = there is none."""
    try:
        found = SimpleCookie(cookies or "").get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _to_sign_in(scope: Scope) -> str:
    wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    return SIGN_IN if wanted == "/" else f"{SIGN_IN}?to={quote(wanted)}"
