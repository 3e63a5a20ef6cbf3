"""The address under which a file leaves the building: once, by the person and in the session that asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.serving import door_pages
from app.serving.house import COOKIE, House
from app.serving.sessions import Over
from app.tasking.desk import Desk
from app.tasking.handing_out import Fetched, fetch_once
from mat.errors import MatError

OUT = "/out"
_OVER = "Your session has ended: sign in, and make the file again."
#: What a browser says that fetches before anybody asked it to.
_AHEAD = ("sec-purpose", "purpose", "x-moz", "x-purpose")


class Handing:
    """The route of one board."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> Sequence[Route]:
        """The one address."""
        return [Route(f"{OUT}/{{token}}", self._out, methods=["GET"])]

    async def _out(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=204)
        if any(name in request.headers for name in _AHEAD):
            return Response(status_code=503)
        found = self._house.sessions.find(request.cookies.get(COOKIE))
        if isinstance(found, Over):
            return HTMLResponse(door_pages.not_fetched(_OVER), status_code=401)
        try:
            desk = Desk(self._house.store, found.scope)
            fetched = await run_in_threadpool(fetch_once, desk, request.path_params["token"])
        except MatError as refusal:
            return HTMLResponse(door_pages.not_fetched(str(refusal)), status_code=403)
        return Response(fetched.content, media_type=fetched.media_type, headers=_as_attachment(fetched))


def _as_attachment(fetched: Fetched) -> dict[str, str]:
    """RFC 6266: the name in plain letters, and as it is."""
    plain = fetched.name.encode("ascii", "replace").decode().replace("?", "_")
    named = quote(fetched.name, safe="")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}"}
