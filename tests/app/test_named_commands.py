"""Sentences and pages that tell somebody which command to give: there is one of that name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import app
from app.tasking import moves

COMMAND_LINE = get_command(app)
ROOT = Path(__file__).resolve().parents[2]
PLACES = ("app", "docs", "features", "governance", "mat", "models", "README.md")
#: A sentence may go on in the next line of the source.
_BROKEN = re.compile(r'"\s*\n\s*f?"')
_NAMED = re.compile(r"`mat ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


def named() -> set[tuple[str, str]]:
    """Each command that is named somewhere, of one or two words, with a file that names it."""
    files = [file for place in PLACES for file in ([ROOT / place, *(ROOT / place).rglob("*")])]
    found: dict[str, str] = {}
    for file in files:
        if file.suffix in {".py", ".md", ".toml", ".sql"}:
            for match in _NAMED.finditer(_BROKEN.sub("", file.read_text(encoding="utf-8"))):
                found.setdefault(" ".join(filter(None, match.groups())), str(file.relative_to(ROOT)))
    return set(found.items())


def test_every_command_that_is_named_exists() -> None:
    there = named()

    assert len(there) > 100
    assert [(words, file) for words, file in sorted(there) if not exists(words.split())] == []


@pytest.mark.parametrize(
    "name", ["NOMINATION", "PANEL_CASE", "MEETING", "ITEM", "RESEARCH", "ACTION", "ORDER", "REFERRAL"]
)
def test_every_move_is_made_by_a_command_that_exists(name: str) -> None:
    machine = getattr(moves, name)

    assert machine.commands.keys() == machine.moves.keys()
    assert all(exists(command.split()) for command in machine.commands.values())


@pytest.mark.parametrize(
    ("words", "is_there"), [("referrals refer", True), ("referrals receive", False), ("no", False)]
)
def test_a_command_is_known_by_its_words(words: str, is_there: bool) -> None:
    assert exists(words.split()) is is_there


def exists(words: list[str]) -> bool:
    """Whether there is such a command; words after its name are what it is given."""
    there: Any = COMMAND_LINE
    for word in words:
        below = getattr(there, "commands", None)
        if below is None:
            return True
        if word not in below:
            return False
        there = below[word]
    return True
