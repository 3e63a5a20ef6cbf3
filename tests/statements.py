"""What a deed sends to the database, so that a test can count it or look for a table in it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements() -> Generator[list[str]]:
    """The statements that the database is given meanwhile, by whatever engine."""
    heard: list[str] = []

    def hear(*given: Any) -> None:
        heard.append(given[2])

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def queries_of(deed: Callable[[], object]) -> int:
    """How many statements a deed sends to the database."""
    with statements() as heard:
        deed()
    return len(heard)
