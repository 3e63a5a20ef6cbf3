"""Pages of a list of a hundred thousand people: `python -m experiments.benchmarks.board_long MAT.TOML` prints JSON.

One person, nobody else: Candidates and whatever opens from it, the queue of the held, the search and the area picture.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.benchmarks.board_crowd import Crowd, entered
from experiments.benchmarks.board_people import kind_of
from experiments.benchmarks.board_served import board_of

_ROUNDS = 7
_STARTS = ("/candidates", "/candidates?part=holds", "/assurance?part=search", "/area")
#: Kinds of page that are opened from those, and which of their links lead to more of them.
_FURTHER = ("candidates", "subject", "area")


def main(config: Path) -> None:
    """Measure, and print what was found."""
    print(json.dumps(asyncio.run(_measure(config))))


async def _measure(config: Path) -> dict[str, Any]:
    with board_of(config) as served:
        crowd = Crowd(served)
        async with entered(served, "Kim Coordinator") as at:
            addresses: list[str] = list(_STARTS)
            for start in _STARTS:
                addresses.extend(_first_of_each(await crowd.click(at, start), addresses))
            subject = next(each for each in addresses if kind_of(each).startswith("subject"))
            addresses.extend(_first_of_each(await crowd.click(at, subject), addresses))
            crowd.clicks.clear()
            before = served.taken()
            for _ in range(_ROUNDS):
                for each in addresses:
                    await crowd.click(at, each)
            after = served.taken()
    count = len(crowd.clicks)
    return {
        "clicks": [asdict(each) for each in crowd.clicks],
        "board_seconds": (after.board_seconds - before.board_seconds) / count,
        "database_seconds": (after.database_seconds - before.database_seconds) / count,
        "peak_bytes": after.board_bytes,
    }


def _first_of_each(links: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """The first link to each kind of page that none is known of yet."""
    found: dict[str, str] = {}
    kinds = {kind_of(each) for each in known}
    for each in links:
        kind = kind_of(each)
        if kind.split(",")[0] in _FURTHER and kind not in kinds:
            found.setdefault(kind, each)
    return list(found.values())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
