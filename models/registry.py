"""Rankers by the names people give them on the command line.

Nothing is read or drawn before a ranker is asked for by name.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from mat.errors import SettingsError
from models.baselines import RandomRanker, count_365d, harm_365d
from models.ranker import Ranker
from models.rfgv import load_rfgv

#: Every name `get_ranker` knows.
NAMES = ("random", "count_365d", "harm_365d", "rfgv")


def get_ranker(name: str, *, rfgv_config: Path | None = None, seed: int = 0) -> Ranker:
    """The ranker of that name; `rfgv_config` None = the shipped points table, `seed` is for `random` alone.

    Raises:
        SettingsError: no such ranker, or a points table that cannot be used.
    """
    match name:
        case "random":
            return RandomRanker(seed=seed)
        case "count_365d":
            return count_365d()
        case "harm_365d":
            return harm_365d()
        case "rfgv":
            return load_rfgv(rfgv_config)
        case _:
            close = get_close_matches(name, NAMES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(NAMES)}."
            raise SettingsError(f"there is no model called {name!r}: {hint}")
