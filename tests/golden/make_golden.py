"""Writes the golden files of trained rankers: `python tests/golden/make_golden.py` from the root of the repository.

A file is made once per version of a model and never again: whoever changes how a model scores gives it a new version,
and with it a new file. The tests only read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models.boosted import Boosted
from models.learning import LEARNERS, fit
from models.trained import FitSettings, TrainedRanker
from tests.models.learning_periods import SPECS, TYPICAL, matrix_of, periods

FOLDER = Path(__file__).resolve().parent

#: People made by hand: nothing on record lately, busy, heavy, not known, at the edge of bands, far beyond all.
COLUMNS: dict[str, list[float | None]] = {
    "records_365d": [0, 6, 2, 1, 3, 60],
    "records_all": [1, 9, 2, 1, 4, 90],
    "days_since_last": [1_400, 3, 120, 60, 180, 1],
    "harm_365d": [0.0, 700.0, 3_652.5, 0.0, 20.0, 90_000.0],
    "harm_max": [None, 200.0, 3_652.5, None, 20.0, 36_525.0],
    "breaches": [0, 2, 0, None, 1, 20],
    "custody_days": [0, 35, None, None, 7, 365],
    "times_victim": [4, 0, 0, 1, 0, 0],
}


def content_of(ranker: TrainedRanker) -> dict[str, Any]:
    """Parameters, people, and what the ranker says about them."""
    matrix = matrix_of(COLUMNS)
    scored = ranker.score(matrix).frame
    expected = ranker.expectation(matrix)
    column = "expected_harm" if ranker.name == "hurdle" else "probability"
    return {
        "parameters": ranker.parameters(),
        "typical_weight": TYPICAL,
        "specs": [asdict(spec) for spec in SPECS],
        "columns": COLUMNS,
        "scores": scored["score"].to_list(),
        "reasons": [
            [[reason["feature"], reason["value"], reason["points"]] for reason in reasons]
            for reasons in scored["reasons"].to_list()
        ],
        "expectations": expected[column].to_list(),
    }


def small(ranker: TrainedRanker) -> TrainedRanker:
    """A few trees are enough to pin how trees are read."""
    return replace(ranker, trees=ranker.trees[::15]) if isinstance(ranker, Boosted) else ranker


def main() -> None:
    """Write the files that are not there yet."""
    for name in LEARNERS:
        ranker = small(fit(name, periods(), FitSettings()))
        path = FOLDER / f"{name}_v{ranker.version}.json"
        if not path.exists():
            path.write_text(json.dumps(content_of(ranker), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
