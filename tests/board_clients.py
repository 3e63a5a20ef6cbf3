"""A board in this process: behind Starlette's test client, or served on a port; and a clock to end sessions with."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from unittest.mock import patch

import uvicorn
from starlette.testclient import TestClient
from streamlit.runtime import Runtime

from app.serving import house as houses
from app.serving.application import application, configuration
from app.serving.house import House
from app.serving.identity import Provider
from app.serving.sessions import Sessions
from mat.store.engine import Store

ORIGIN = "http://127.0.0.1:8501"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def client_of(store: Store, clock: Clock, provider: Provider | None = None) -> Generator[tuple[TestClient, House]]:
    """A browser without scripts, at a board of the store."""
    house = House(store=store, sessions=Sessions(store, now=clock), provider=provider, origins=frozenset({ORIGIN}))
    with _alone(), TestClient(application(house), base_url=ORIGIN, follow_redirects=False) as client:
        yield client, house


@contextmanager
def served(store: Store, clock: Clock) -> Generator[tuple[str, House]]:
    """The address of a board of the store that is served until the block ends."""
    with socket.socket() as listening, _alone():
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        house = House(store=store, sessions=Sessions(store, now=clock), provider=None, origins=frozenset({address}))
        server = uvicorn.Server(configuration(house))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the board did not start"
            time.sleep(0.05)
        yield address, house
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def _alone() -> Generator[None]:
    """One process serves one board; tests serve one after the other, or one for a moment beside another."""
    with patch.object(Runtime, "_instance", None), patch.object(houses, "_open", houses.Open()):
        yield
