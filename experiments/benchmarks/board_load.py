"""The load of a working day: `python -m experiments.benchmarks.board_load MAT.TOML MINUTES PEOPLE` prints JSON.

The same people click through a floor afterwards, for a tenth of the time: pages of Streamlit that show the markup they
saw on the board, and ask nobody for it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.benchmarks.board_browser import Beside, beside
from experiments.benchmarks.board_crowd import Crowd, Load
from experiments.benchmarks.board_people import people
from experiments.benchmarks.board_served import board_of, floor_of

#: Pages that Chromium clicks through too, by address, with the title that each shows.
_BESIDE = {"/candidates": "Candidates", "/area": "Area picture", "/": "My work", "/model": "Model and equality"}
_FLOOR_SHARE = 0.1


def main(arguments: Sequence[str]) -> None:
    """Measure, and print what was found."""
    found = measure(Path(arguments[0]), minutes=float(arguments[1]), sessions=int(arguments[2]))
    print(json.dumps(found))


def measure(config: Path, *, minutes: float, sessions: int) -> dict[str, Any]:
    """The load at the board of a store, beside Chromium and the floor; for programs."""
    names = people(sessions)
    with board_of(config) as served:
        crowd = Crowd(served)
        load = asyncio.run(crowd.work(names, minutes * 60))
        chromium: Beside | None = asyncio.run(beside(served.address, "Kim Coordinator", _BESIDE))
    with tempfile.TemporaryDirectory(prefix="mat-floor-") as folder:
        shapes = Path(folder) / "shapes.json"
        shapes.write_text(json.dumps(crowd.seen), encoding="utf-8")
        with floor_of(shapes) as served:
            floor: Load = asyncio.run(Crowd(served, crowd.seen).work(names, minutes * 60 * _FLOOR_SHARE))
    return {
        "board": asdict(load),
        "floor": asdict(floor),
        "chromium": None if chromium is None else asdict(chromium),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
