"""The addresses of the board that are not Streamlit's: signing in, the empty page, and the style sheet.

A session begins here and nowhere else, so that no script of a page runs for somebody who is not signed in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.commands.acting import account
from app.look.theme import style_sheet
from app.serving import door_pages
from app.serving.admitting import demonstration_people, known_by_identity
from app.serving.gate import SIGN_IN
from app.serving.handing import Handing
from app.serving.house import COOKIE, House
from app.serving.identity import IdentityRefused
from app.serving.proving import Proving
from app.serving.sessions import KEEPS_DRAFTS, WHY_OVER, Over, Present
from app.serving.staying import Staying
from mat.errors import MatError

BACK = f"{SIGN_IN}/back"
_SAVED = " What you had saved is kept."
_KEPT = " What you had saved is kept, and what you had typed in long fields waits for you for an hour."
_SCRIPTS = ("board.js", "staying.js", "ending.js")
_CHOOSING_SECONDS = 300
_UNKNOWN = "The case store knows nobody under this identity: ask an administrator to add you."
_NOT_PROVEN = "Your organisation did not confirm who you are. Try again, or ask its service desk."
_ELSEWHERE = "This form was not sent from the board itself: go back to signing in."
_SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_AGENT = re.compile(r'<link rel="service-desc"[^>]*>')


class Doors:
    """The routes of one board. `pages`: the names of its pages."""

    def __init__(self, house: House, pages: Collection[str]) -> None:
        self._house = house
        self._pages = frozenset(pages)
        self._proving = Proving(house, self._wanted, BACK)

    def routes(self) -> Sequence[Route]:
        """Every route that is the board's own."""
        empty = [Route("/" + name, _empty_page, methods=["GET"]) for name in sorted(self._pages | {""})]
        own = [
            Route("/board.css", _style, methods=["GET"]),
            *(Route(f"/{name}", _script, methods=["GET"]) for name in _SCRIPTS),
            Route(SIGN_IN, self._sign_in, methods=["GET"]),
            *self._proving.routes(),
            *Handing(self._house).routes(),
            *Staying(self._house).routes(),
        ]
        return [*empty, *own, *(self._by_choice() if self._house.provider is None else self._by_provider())]

    def _by_choice(self) -> Sequence[Route]:
        return [Route(f"{SIGN_IN}/as", self._be, methods=["POST"])]

    def _by_provider(self) -> Sequence[Route]:
        return [
            Route(f"{SIGN_IN}/go", self._go, methods=["POST"]),
            Route(BACK, self._back, methods=["GET"]),
            Route(f"{SIGN_IN}/for", self._for, methods=["POST"]),
        ]

    async def _sign_in(self, request: Request) -> Response:
        house = self._house
        found = house.sessions.find(request.cookies.get(COOKIE), is_doing=False)
        over = _why_over(found)
        to = "/" if found is Over.LEFT else self._wanted(request.query_params.get("to"))
        if house.provider is None:
            people = await run_in_threadpool(demonstration_people, house.store, account())
            return HTMLResponse(door_pages.choose_person(people, to, over))
        return HTMLResponse(door_pages.sign_in(to, over=over, is_demonstration=house.is_demonstration))

    async def _be(self, request: Request) -> Response:
        """Somebody of the demonstration, chosen from those it offers."""
        if not self._is_own(request):
            return HTMLResponse(door_pages.refused(_ELSEWHERE), status_code=403)
        form = await request.form()
        people = await run_in_threadpool(demonstration_people, self._house.store, account())
        chosen = next((each for each in people if str(each.user_id) == form.get("person")), None)
        if chosen is None:
            return HTMLResponse(door_pages.refused("There is nobody like that in this store."), status_code=403)
        return await self._admit(request, chosen.user_id, str(form.get("service")), form.get("to"))

    async def _go(self, request: Request) -> Response:
        if not self._is_own(request) or self._house.provider is None:
            return HTMLResponse(door_pages.refused(_ELSEWHERE), status_code=403)
        form = await request.form()
        request.session.clear()
        request.session["to"] = self._wanted(form.get("to"))
        try:
            answer = await self._house.provider.ask(request, f"{self._origin(request)}{BACK}")
        except Exception:  # noqa: BLE001 - whatever keeps the provider from answering, nobody comes in
            return HTMLResponse(door_pages.refused(_NOT_PROVEN), status_code=502)
        answer.status_code = 303
        return answer

    async def _back(self, request: Request) -> Response:
        if self._proving.is_asked(request):
            return await self._proving.came_back(request)
        provider, store = self._house.provider, self._house.store
        to = self._wanted(request.session.get("to"))
        try:
            identity = await provider.identity(request) if provider is not None else None
        except IdentityRefused:
            identity = None
        request.session.clear()
        if identity is None:
            return HTMLResponse(door_pages.refused(_NOT_PROVEN), status_code=403)
        known = await run_in_threadpool(known_by_identity, store, identity.issuer, identity.external_id)
        if known is None:
            return HTMLResponse(door_pages.refused(_UNKNOWN), status_code=403)
        if len(known.places) > 1:
            request.session.update(user=str(known.user_id), at=time.time())
            return HTMLResponse(door_pages.choose_service(known, to))
        return await self._admit(request, known.user_id, None, to)

    async def _for(self, request: Request) -> Response:
        """The service that somebody chose whom the provider has just named."""
        form = await request.form()
        user, at = request.session.pop("user", None), request.session.pop("at", 0.0)
        if not self._is_own(request) or user is None or time.time() - at > _CHOOSING_SECONDS:
            return HTMLResponse(door_pages.refused(_NOT_PROVEN), status_code=403)
        return await self._admit(request, UUID(user), str(form.get("service")), form.get("to"))

    async def _admit(self, request: Request, user: UUID, service: str | None, to: object) -> Response:
        sessions = self._house.sessions
        try:
            token = await run_in_threadpool(sessions.begin, user, service)
        except MatError as refusal:
            return HTMLResponse(door_pages.refused(str(refusal)), status_code=403)
        await run_in_threadpool(sessions.end, request.cookies.get(COOKIE))
        answer = RedirectResponse(self._wanted(to), status_code=303)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=self._house.is_secure, path="/")
        return answer

    def _wanted(self, to: object) -> str:
        """A page of the board to go on to; the first, where something else was asked for."""
        if not isinstance(to, str):
            return "/"
        try:
            parts = urlsplit(to)
        except ValueError:
            return "/"
        is_page = not (parts.scheme or parts.netloc) and parts.path.removeprefix("/") in self._pages
        return f"/{parts.path.removeprefix('/')}" + (f"?{parts.query}" if parts.query else "") if is_page else "/"

    def _is_own(self, request: Request) -> bool:
        return request.headers.get("origin") in self._house.origins

    def _origin(self, request: Request) -> str:
        return str(request.headers["origin"])


async def _empty_page(_request: Request) -> Response:
    return HTMLResponse(empty_page())


async def _style(_request: Request) -> Response:
    return Response(style_sheet(), media_type="text/css")


async def _script(request: Request) -> Response:
    return Response(_script_named(request.url.path.removeprefix("/")), media_type="text/javascript")


@cache
def empty_page() -> str:
    """The document that Streamlit fills: its own, less what it says of itself, with the board's title and style."""
    import streamlit  # noqa: PLC0415 - late: more than a second

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    for unwanted in (_SCRIPT, _COMMENT, _AGENT):
        page = unwanted.sub("", page)
    page = page.replace('="./', '="/').replace("<title>Streamlit</title>", "<title>MATAC board</title>")
    scripts = "".join(f'<script src="/{name}"></script>' for name in _SCRIPTS)
    own = f'<head>{scripts}<link rel="stylesheet" href="/board.css">'
    return page.replace("<head>", own, 1)


@cache
def _script_named(name: str) -> str:
    return (files("app.look") / name).read_text(encoding="utf-8")


def _why_over(found: Present | Over) -> str | None:
    """Why a session ended, and that one comes back, but who signed out; None = there was none, or it runs."""
    if isinstance(found, Present) or found is Over.NONE:
        return None
    back = "" if found is Over.LEFT else " Sign in, and you come back to where you were."
    return WHY_OVER[found] + (_KEPT if found in KEEPS_DRAFTS else _SAVED) + back
