"""A place on a list in words, as every page says it: the place, the flags beside it, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from app.components.text import Html
from app.components.words import Tone, tag
from app.wording import FLAG_WORDS, GAP_WORDS


def place_between(rank: int, *, tied: bool, low: int | None, high: int | None, among: int | None = None) -> str:
    """Such as: 14 of 9,012 with a rank, tied; between 9 and 21 under other choices. `among` None = not said."""
    of = "" if among is None else f" of {among:,} with a rank"
    return f"{rank:,}{of}{', tied' if tied else ''}; between {low or rank:,} and {high or rank:,} under other choices"


def flags(found: Sequence[str]) -> Html:
    """A tag for each flag that has words; empty where none has."""
    return Html(" ").join(tag(FLAG_WORDS[each], Tone.INFO) for each in found if each in FLAG_WORDS)


def missing(gaps: Sequence[str]) -> str:
    """What the records of a person lack."""
    return "; ".join(GAP_WORDS.get(each, each) for each in gaps) or "nothing that mat knows of"
