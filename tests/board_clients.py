"""A board without a browser: its application behind Starlette's test client, and a clock to end sessions with."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from starlette.testclient import TestClient
from streamlit.runtime import Runtime

from app.serving.application import application
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
    with TestClient(application(house), base_url=ORIGIN, follow_redirects=False) as client:
        yield client, house
    Runtime._instance = None  # one process serves one board, and tests one after the other
