"""When a session ends, staying in it, and what stands typed in a page and unsent: what the board's script asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.serving.drafts import LONGEST_TEXT, MOST_TEXTS, Owner
from app.serving.house import COOKIE, House
from app.serving.sessions import Over, Present

if TYPE_CHECKING:
    from starlette.requests import Request

SESSION = "/session"
_LARGEST = MOST_TEXTS * LONGEST_TEXT * 4
_LONGEST_PAGE = 2_000


class Staying:
    """The routes of one board."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> Sequence[Route]:
        """How long there is, and that somebody is still there."""
        return [
            Route(SESSION, self._how_long, methods=["GET"]),
            Route(f"{SESSION}/stay", self._stay, methods=["POST"]),
        ]

    async def _how_long(self, request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        present = await run_in_threadpool(self._house.sessions.find, token, is_doing=False)
        return self._answer(token, present, request.query_params.get("page", ""))

    async def _stay(self, request: Request) -> Response:
        """`is_doing`: somebody typed, or asked to stay. `texts`: what stands unsent in the page, by field; None = as
        it was noted before.
        """
        if request.headers.get("origin") not in self._house.origins:
            return PlainTextResponse("This was not sent from the board itself.", status_code=403)
        said = _read(await _body(request))
        if said is None:
            return PlainTextResponse("This cannot be read.", status_code=400)
        token = request.cookies.get(COOKIE)
        is_doing = said.get("is_doing") is True
        present = await run_in_threadpool(self._house.sessions.find, token, is_doing=is_doing)
        page, texts = str(said.get("page", ""))[:_LONGEST_PAGE], said.get("texts")
        if isinstance(present, Present) and isinstance(texts, dict):
            named = {str(name): str(words) for name, words in cast("dict[object, object]", texts).items()}
            self._house.sessions.drafts.keep(_owner(present), present.scope.session_id, page, named)
        return self._answer(token, present, page)

    def _answer(self, token: str | None, present: Present | Over, page: str) -> Response:
        left = self._house.sessions.left(token)
        if isinstance(present, Over) or left is None:
            return PlainTextResponse("Sign in first.", status_code=401)
        kept = self._house.sessions.drafts.of_before(_owner(present), present.scope.session_id, page[:_LONGEST_PAGE])
        return JSONResponse({"ends_in": left.seconds, "can_stay": left.can_stay, "kept": dict(kept)})


async def _body(request: Request) -> bytes | None:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > _LARGEST:
            return None
    return found


def _read(body: bytes | None) -> Mapping[str, Any] | None:
    try:
        found: object = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _owner(present: Present) -> Owner:
    return Owner(user_id=present.scope.user_id, service_id=present.scope.service_id)
