"""Scoring everyone against explaining the top 1 %: `python -m experiments.benchmarks.explaining SNAPSHOT`.

Fits every learner on one earlier period, then scores everyone of a later date and explains the first 1 % of that list,
in turns. Prints, as JSON, the median seconds of each.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from app.periods import Periods
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.snapshot import Snapshot
from models.labelled import Target
from models.learning import LEARNERS, fit
from models.trained import FitSettings

_LEARNT_AT, _RANKED_AT = date(2022, 1, 1), date(2024, 1, 1)
_ROUNDS = 7


def main(snapshot: Path) -> None:
    """Measure every learner and print what was found."""
    periods = Periods(Snapshot.open(snapshot), scale=load_scale("statutory_max_days"), definitions=load_definitions())
    learnt = [periods.labelled_at(_LEARNT_AT, known=_LEARNT_AT + timedelta(days=425), days=365)]
    everyone = periods.matrix_at(_RANKED_AT)
    found: dict[str, dict[str, float]] = {}
    for name in LEARNERS:
        ranker = fit(name, learnt, FitSettings(target=Target.SERIOUS))
        top = (
            ranker.scores(everyone)
            .sort("score", "person_id", descending=[True, False])
            .head(everyone.frame.height // 100)
        )
        first = replace(everyone, frame=everyone.frame.join(top, on="person_id", how="semi", maintain_order="left"))
        works: dict[str, Callable[[], object]] = {
            "scores": partial(ranker.scores, everyone),
            "explained": partial(ranker.score, everyone),
            "top": partial(ranker.score, first),
        }
        rounds = [{what: _seconds(work) for what, work in works.items()} for _ in range(_ROUNDS)]
        found[name] = {what: statistics.median(took[what] for took in rounds) for what in works}
    print(json.dumps(found))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
