"""Between the board and every browser: who may reach what, and the headers of every answer.

Everything not named here is not there. Pages, and the connection that fills them, are for a running session alone, so
that no line of a page runs before somebody has signed in.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.headers import HEADERS, NOT_KEPT, STRICT_TRANSPORT
from app.serving.house import COOKIE, House
from app.serving.sessions import Present

SIGN_IN = "/sign-in"
_FOR_ANYBODY = frozenset({"/board.css", "/board.js", "/favicon.png", "/_stcore/health", "/_stcore/host-config"})
_ASSETS = "/static/"
_COMPONENTS = "/_stcore/bidi-components/"
_STREAM = "/_stcore/stream"
#: The code by which a websocket is refused before it is opened.
_REFUSED = 1008


class Kind(StrEnum):
    """What an address is."""

    OPEN = "open"
    ASSET = "asset"
    PAGE = "page"
    PART = "part"
    NOTHING = "nothing"


def kind_of(path: str, pages: Collection[str]) -> Kind:
    """What the address `path` is; `pages`: the names of the board's pages, the first page having none."""
    if path in _FOR_ANYBODY or path == SIGN_IN or path.startswith(f"{SIGN_IN}/"):
        return Kind.OPEN
    if path.startswith(_ASSETS):
        return Kind.ASSET
    if path.removeprefix("/") in pages or path == "/":
        return Kind.PAGE
    return Kind.PART if path.startswith(_COMPONENTS) else Kind.NOTHING


class Gate:
    """ASGI middleware around the whole board."""

    def __init__(self, app: ASGIApp, *, house: House, pages: Collection[str]) -> None:
        self._app = app
        self._house = house
        self._pages = frozenset(pages)
        self._hosts = frozenset(urlsplit(each).netloc for each in house.origins)

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
        answer = self._sending(send, is_kept=kind is Kind.ASSET)
        if Headers(scope=scope).get("host") not in self._hosts:
            refusal = PlainTextResponse("The board is not reached under this address.", status_code=421)
            await refusal(scope, receive, answer)
        elif kind is Kind.NOTHING:
            await PlainTextResponse("There is no such page.", status_code=404)(scope, receive, answer)
        elif kind in {Kind.OPEN, Kind.ASSET} or await self._is_present(scope):
            await self._app(scope, receive, answer)
        elif kind is Kind.PAGE:
            await RedirectResponse(_to_sign_in(scope), status_code=303)(scope, receive, answer)
        else:
            await PlainTextResponse("Sign in first.", status_code=401)(scope, receive, answer)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_ours = headers.get("host") in self._hosts and headers.get("origin") in self._house.origins
        if scope["path"] == _STREAM and is_ours and await self._is_present(scope):
            await self._app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": _REFUSED, "reason": "Sign in first."})

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
