"""Expected beside observed, bin by bin of probability and at the top of the list.

People of equal probability are never parted, and an empty bin is shown as empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from mat.proportions import wilson
from models.calibration import BINS, bins
from models.scored import JudgeSettings, ScoredFold, top_share_name

#: Columns and their types.
CALIBRATION: dict[str, type[pl.DataType]] = {
    "as_of": pl.Date,
    "model": pl.Utf8,
    "bin": pl.Utf8,
    "n": pl.Int64,
    "expected": pl.Float64,
    "observed": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def calibration_table(folds: Sequence[ScoredFold], settings: JudgeSettings) -> pl.DataFrame:
    """One row per fold (null = all together), model that gives a probability and bin, in this order.

    `n` rows; `low` and `high` bound `observed` for as many different people: someone judged at several dates is one.
    """
    summaries = [pl.DataFrame(schema=CALIBRATION)]
    for name in sorted({name for fold in folds for name in fold.models}):
        judged = [fold for fold in folds if name in fold.models and _has_probability(fold.models[name])]
        binned = [_binned(fold, fold.models[name], settings) for fold in judged]
        dates: list[date | None] = [fold.as_of for fold in judged]
        if binned:
            dates, binned = [*dates, None], [*binned, pl.concat(binned)]
        summaries += [_summary(*each, name, settings) for each in zip(dates, binned, strict=True)]
    return pl.concat(summaries).sort("as_of", nulls_last=True, maintain_order=True)


def _has_probability(frame: pl.DataFrame) -> bool:
    return not frame.is_empty() and frame["probability"].null_count() == 0


def _binned(fold: ScoredFold, frame: pl.DataFrame, settings: JudgeSettings) -> pl.DataFrame:
    """One row per person and bin: `bin`, `person_id`, `expected`, `happened`."""
    top = top_share_name(settings.top_share)
    rows = frame.select(
        pl.Series("bin", bins(frame["probability"].cast(pl.Float64).to_numpy())).cast(pl.Utf8),
        "person_id",
        pl.col("probability").cast(pl.Float64).alias("expected"),
        fold.people[fold.target].alias("happened"),
    )
    return pl.concat(
        [rows, rows.filter(frame["place"] <= settings.seats(rows.height)[top]).with_columns(bin=pl.lit(top))]
    )


def _summary(as_of: date | None, binned: pl.DataFrame, model: str, settings: JudgeSettings) -> pl.DataFrame:
    """One row per bin."""
    names = [*(str(number) for number in range(1, BINS + 1)), top_share_name(settings.top_share)]
    low, high = wilson(pl.col("observed"), pl.col("people"))
    counted = binned.group_by("bin").agg(
        n=pl.len().cast(pl.Int64),
        people=pl.col("person_id").n_unique(),
        expected=pl.col("expected").mean(),
        observed=pl.col("happened").mean(),
    )
    return (
        pl.DataFrame({"bin": names})
        .join(counted, on="bin", how="left", maintain_order="left")
        .with_columns(
            pl.lit(as_of, pl.Date).alias("as_of"),
            pl.lit(model).alias("model"),
            pl.col("n").fill_null(0),
            low=low,
            high=high,
        )
        .select(*CALIBRATION)
    )
