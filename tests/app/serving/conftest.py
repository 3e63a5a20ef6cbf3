"""Fixtures of a board without a browser."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from starlette.testclient import TestClient

from mat.store.vocabulary import UserRole
from tests.board_clients import Clock, client_of
from tests.staff import Staff


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def board(staff: Staff, clock: Clock) -> Generator[tuple[TestClient, str]]:
    """A browser at a board, and the token of an analyst's session that it does not send by itself."""
    with client_of(staff.store, clock) as (client, house):
        yield client, house.sessions.begin(staff.user(UserRole.ANALYST))
