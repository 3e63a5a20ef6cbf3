"""One board for all browser tests of this process: every role, and a case for every way somebody may stand to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text

from governance import signing
from mat.store.engine import Store
from tests.access_situations import Situations
from tests.board_browser import Board, chromium
from tests.board_clients import Clock, served
from tests.staff import Staff
from tests.store_servers import TestServer


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Chromium, once for all tests."""
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def situations_of_board(server: TestServer) -> Generator[Situations]:
    """A demonstration store in which everybody stands to each case as its name says, each text of it a canary."""
    home = Path(tempfile.mkdtemp(prefix="mat-board-"))
    name = server.make_migrated()
    settings = server.settings(name, home)
    store = Store.open(settings, for_founding=True)
    superuser = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    staff = Staff(store=store, superuser=superuser, is_demonstration=True)
    with superuser.begin() as connection:
        origin = str(connection.scalar(text("SELECT origin FROM store")))
    signing.keys_of(origin, settings.key_dir, data_dir=settings.data_dir)
    yield Situations(staff=staff)
    superuser.dispose()
    store.close()
    server.drop(name)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def opened(situations_of_board: Situations, browser: Browser) -> Generator[Board]:
    """The board of that store."""
    clock = Clock()
    with served(situations_of_board.staff.store, clock) as (address, house):
        yield Board(address=address, house=house, clock=clock, browser=browser)


@pytest.fixture
def board(opened: Board) -> Board:
    """The board, at the beginning of time again."""
    opened.clock.seconds = 0.0
    return opened
