"""Proving again who one is, in the middle of a session: at the provider, or, in a demonstration, by saying so.

It is the same person or nobody: what the provider says must be who is signed in, and said just now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.serving import door_pages
from app.serving.admitting import known_by_identity
from app.serving.house import COOKIE, House
from app.serving.identity import IdentityRefused
from app.serving.sessions import Over, Present
from app.tasking.desk import Desk
from app.tasking.stepping_up import refuse_proof, step_up
from mat.errors import MatError

if TYPE_CHECKING:
    from starlette.requests import Request

PROVE = "/prove"
#: What a page asks for that stays open beside it.
BESIDE = "beside"
_ASKED = "proving_at"
_TO = "proving_to"
#: How far the clocks of the board and of the provider may lie apart, in seconds.
_APART = 30
#: How long somebody may take at the provider, in seconds.
_LONGEST = 600
_OVER = "Your session has ended: sign in again."
_ELSEWHERE = "This form was not sent from the board itself: go back to the page that you came from."
_NOT_PROVEN = "Your organisation did not confirm, just now, that it is you. Try again, or ask its service desk."


class Proving:
    """The routes of one board. `wanted`: makes a page of the board of what was asked for; `back`: where answers go."""

    def __init__(self, house: House, wanted: Callable[[object], str], back: str) -> None:
        self._house = house
        self._wanted = wanted
        self._back = back

    def routes(self) -> Sequence[Route]:
        """The page, and what its button does."""
        return [Route(PROVE, self._page, methods=["GET"]), Route(f"{PROVE}/go", self._go, methods=["POST"])]

    async def _page(self, request: Request) -> Response:
        to, house = request.query_params.get("to"), self._house
        asked, by_provider = BESIDE if to == BESIDE else self._wanted(to), house.provider is not None
        return HTMLResponse(door_pages.prove(asked, by_provider=by_provider, is_demo=house.is_demonstration))

    async def _go(self, request: Request) -> Response:
        if request.headers.get("origin") not in self._house.origins:
            return HTMLResponse(door_pages.not_proven(_ELSEWHERE, "/"), status_code=403)
        form = await request.form()
        to = BESIDE if form.get("to") == BESIDE else self._wanted(form.get("to"))
        if self._house.provider is None:
            return await self._proven(self._present(request), to)
        request.session.update({_ASKED: time.time(), _TO: to})
        try:
            origin = str(request.headers["origin"])
            answer = await self._house.provider.ask(request, f"{origin}{self._back}", is_again=True)
        except Exception:  # noqa: BLE001 - whatever keeps the provider from answering, nothing is proven
            return HTMLResponse(door_pages.not_proven(_NOT_PROVEN, to), status_code=502)
        answer.status_code = 303
        return answer

    def is_asked(self, request: Request) -> bool:
        """Whether somebody who comes back from the provider was sent there to prove again who they are."""
        return _ASKED in request.session

    async def came_back(self, request: Request) -> Response:
        """Somebody who comes back: proven where it is they, and they said so just now."""
        provider, to = self._house.provider, str(request.session.get(_TO, "/"))
        asked_at, present = float(request.session[_ASKED]), self._present(request)
        try:
            identity = await provider.identity(request) if provider is not None else None
        except IdentityRefused:
            identity = None
        request.session.clear()
        if isinstance(present, Over):
            return HTMLResponse(door_pages.refused(_OVER), status_code=401)
        now = time.time()
        is_fresh = (
            identity is not None
            and identity.proven_at is not None
            and now - asked_at <= _LONGEST
            and asked_at - _APART <= identity.proven_at <= now + _APART
        )
        known = None
        if identity is not None and is_fresh:
            known = await run_in_threadpool(known_by_identity, self._house.store, identity.issuer, identity.external_id)
        if known is None or known.user_id != present.scope.user_id:
            await run_in_threadpool(self._refuse, present)
            return HTMLResponse(door_pages.not_proven(_NOT_PROVEN, to), status_code=403)
        return await self._proven(present, to)

    def _refuse(self, present: Present) -> None:
        refuse_proof(Desk(self._house.store, present.scope))

    def _present(self, request: Request) -> Present | Over:
        return self._house.sessions.find(request.cookies.get(COOKIE))

    async def _proven(self, present: Present | Over, to: str) -> Response:
        if isinstance(present, Over):
            return HTMLResponse(door_pages.refused(_OVER), status_code=401)
        try:
            await run_in_threadpool(step_up, Desk(self._house.store, present.scope))
        except MatError as refusal:
            return HTMLResponse(door_pages.not_proven(str(refusal), to), status_code=403)
        return HTMLResponse(door_pages.proven()) if to == BESIDE else RedirectResponse(to, status_code=303)
