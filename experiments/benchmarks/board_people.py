"""Who is at work at the board on a working day, and where they go: on, by a link of the page that they look at."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

#: Sessions of 25, by whom of the demonstration they are signed in as: most prepare the panel or answer it.
ROSTER: Mapping[str, int] = MappingProxyType(
    {
        "Anna Analyst": 5,
        "Kim Coordinator": 4,
        "Chris Chair": 2,
        "Hanna Housing": 2,
        "Sam Socialwork": 2,
        "Pat Probation": 2,
        "Ivy Idva": 3,
        "Rashid Reviewer": 1,
        "Dana Dataprotection": 1,
        "Moira Modelowner": 1,
        "Aubrey Auditor": 1,
        "Ada Administrator": 1,
    }
)
#: A click comes so long after the one before, drawn anew each time: people are no clocks, and do not take turns.
SECONDS_BETWEEN = (5.0, 15.0)
#: What of an address says which kind of page it is; the rest says of whom or from where on.
_TELLING = ("chosen", "after")


def people(sessions: int) -> Sequence[str]:
    """Who signs in: the roster's mix, for so many sessions."""
    names = [name for name, count in ROSTER.items() for _ in range(count)]
    spread = random.Random(25).sample(names, len(names))  # noqa: S311 - the same mix every time
    return [spread[number % len(spread)] for number in range(sessions)]


def kind_of(address: str) -> str:
    """The kind of page that an address is, such as `subject, why` or `candidates, chosen`."""
    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    kinds = [parts.path.removeprefix("/") or "my work", *asked.get("part", [])]
    return ", ".join([*kinds, *(each for each in _TELLING if each in asked)])


def next_step(links: Sequence[str], chance: random.Random) -> str:
    """One of the links of a page: every kind of page that it leads to is as likely as the others."""
    by_kind: dict[str, list[str]] = {}
    for each in links:
        by_kind.setdefault(kind_of(each), []).append(each)
    return chance.choice(by_kind[chance.choice(sorted(by_kind))]) if by_kind else "/"
