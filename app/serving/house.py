"""The board that this process serves: its store, its sessions, and how people come in. There is one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.serving.sessions import Sessions

if TYPE_CHECKING:
    from app.serving.identity import Provider
    from mat.store.engine import Store

#: The cookie that holds the token of a session.
COOKIE = "mat_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`provider`: who says who people are; None = a demonstration, where anybody is whom they choose to be.

    `origins`: the addresses under which browsers reach the board, such as http://127.0.0.1:8501.
    `classification`: the words that every page and print carries.
    """

    store: Store
    sessions: Sessions
    provider: Provider | None
    origins: frozenset[str]
    classification: str = "OFFICIAL-SENSITIVE"

    @property
    def is_demonstration(self) -> bool:
        """Whether the store holds synthetic records alone."""
        return self.store.is_demonstration

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the board by https alone, so that its cookies may insist on it."""
        return all(each.startswith("https://") for each in self.origins)


@dataclass(slots=True)
class Open:
    """Which board is open in this process."""

    house: House | None = None


_open = Open()


def open_house(house: House) -> None:
    """Make `house` the one that this process serves."""
    _open.house = house


def the_house() -> House:
    """The board that this process serves.

    Raises:
        RuntimeError: it serves none; the board is opened by `mat board` alone.
    """
    if _open.house is None:
        raise RuntimeError("The board is opened by `mat board`.")
    return _open.house
