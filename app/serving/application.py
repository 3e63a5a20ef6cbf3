"""The whole board as one ASGI application, and Streamlit's options: whatever could tell or fetch something is off."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from app.look.theme import streamlit_theme
from app.screens.catalogue import page_names
from app.screens.shell import say_defect
from app.serving.doors import Doors
from app.serving.gate import Gate
from app.serving.house import House, open_house
from app.tasking.handing_out import empty_what_nobody_fetched
from mat.errors import StoreError

if TYPE_CHECKING:
    import uvicorn

_SWEEP_SECONDS = 30
_CLOSING_SECONDS = 8.0
#: Nothing of the board is near this: pages are paged.
_MOST_MEGABYTES = 20


def options() -> Mapping[str, Any]:
    """Streamlit's options."""
    return {
        "browser.gatherUsageStats": False,
        "client.allowedOrigins": [],
        "client.disableDataExport": True,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.level": "error",
        "logger.hideWelcomeMessage": True,
        "runner.magicEnabled": False,
        "secrets.files": [],
        "server.allowRunOnSave": False,
        "server.corsAllowedOrigins": [],
        "server.enableAgentApi": False,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxMessageSize": _MOST_MEGABYTES,
        "server.maxUploadSize": 1,
        "server.runOnSave": False,
        "server.scriptHealthCheckEnabled": False,
        "server.showEmailPrompt": False,
        **streamlit_theme(),
    }


def application(house: House) -> Any:
    """The board of a house."""
    import streamlit as st  # noqa: PLC0415 - late: more than a second
    from streamlit.web.bootstrap import load_config_options  # noqa: PLC0415

    load_config_options(dict(options()))
    open_house(house)
    pages = page_names()

    @asynccontextmanager
    async def open_to_close(_app: Any) -> AsyncGenerator[None]:
        sweeping = asyncio.create_task(_sweep(house))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await run_in_threadpool(house.sessions.end_all)
            await run_in_threadpool(_tidy, house)

    return st.App(
        Path(str(files("app") / "board.py")),
        lifespan=open_to_close,
        routes=list(Doors(house, pages).routes()),
        middleware=[Middleware(Gate, house=house, pages=pages)],
        on_script_error=say_defect,
    )


def serve(house: House, listening: socket.socket) -> None:
    """Serve the board until it is stopped; then it is stopped, whatever is still being drawn."""
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Ends within seconds of being told to."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Begin to close the board, and see to it that it ends."""
            end_in(_CLOSING_SECONDS)
            super().handle_exit(sig, frame)

    server = Server(configuration(house))
    keep_what_is_loaded()
    server.run(sockets=[listening])


def end_in(seconds: float) -> None:
    """End this process then, should it still be there; the secrets of its sessions go with it."""

    def end() -> None:
        print(f"mat: the board did not close within {seconds:g} seconds and was ended", file=sys.stderr, flush=True)
        os._exit(1)

    ending = threading.Timer(seconds, end)
    ending.daemon = True
    ending.start()


def keep_what_is_loaded() -> None:
    """Leave everything that is loaded by now out of the search for garbage, for as long as this process lives.

    Streamlit searches everything after each drawing of a page, while nobody else's page can be drawn: among some
    200,000 objects of libraries, none of which is ever garbage, that took longer than the page.
    """
    gc.collect()
    gc.freeze()


def configuration(house: House) -> uvicorn.Config:
    """How the board of a house is served."""
    import uvicorn  # noqa: PLC0415

    return uvicorn.Config(
        application(house),
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=_MOST_MEGABYTES * 1_000_000,
        use_colors=False,
        timeout_graceful_shutdown=3,
    )


async def _sweep(house: House) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        await run_in_threadpool(_tidy, house)


def _tidy(house: House) -> None:
    house.sessions.sweep()
    with suppress(StoreError):
        empty_what_nobody_fetched(house.store)
