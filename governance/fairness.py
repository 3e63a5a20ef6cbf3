"""Whether lists treat groups of people alike: who is selected and how often wrongly, with what small groups leave open.

A group too small to say anything of is shown and said to be so; nothing here ever concludes that all is well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl
from fairlearn.metrics import MetricFrame  # type: ignore[import-untyped]

from mat.proportions import wilson

#: What stands for a group value that is null.
NOT_KNOWN = "not known"
#: Each rate, and whom it is a share of.
RATES = {
    "selection_rate": "people",
    "fpr": "people without the outcome",
    "fnr": "people with the outcome",
    "precision": "selected people",
    "observed": "people",
}
#: Columns and their types.
EQUALITY: dict[str, type[pl.DataType]] = {
    "attribute": pl.Utf8,
    "group": pl.Utf8,
    "n": pl.Int64,
    "n_rows": pl.Int64,
    "selected": pl.Int64,
    **{f"{rate}{part}": pl.Float64 for rate in RATES for part in ("", "_low", "_high")},
    "expected": pl.Float64,
    "is_assessed": pl.Boolean,
    "note": pl.Utf8,
}

_Flags = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.uint32]

_WHOLE = {
    "selection_rate": pl.lit(value=True),
    "fpr": ~pl.col("outcome"),
    "fnr": pl.col("outcome"),
    "precision": pl.col("selected"),
    "observed": pl.lit(value=True),
}


def equality(frame: pl.DataFrame, groups: Sequence[str], *, minimum: int = 10) -> pl.DataFrame:
    """Selection and errors by group: one row per attribute (in the order of `groups`) and group value (in its order).

    `frame`: one row per person and as-of date: `person_id`, `as_of`, `selected`, `outcome` (never null), `probability`
    of the outcome (0..1, null = none), and the columns named in `groups` (null is shown as "not known"; U stays U).

    Returned: `n` different people in `n_rows` rows, of which `selected` were; `selection_rate`; `fpr`: share selected
    of those without the outcome; `fnr`: share not selected of those with it; `precision`: share with the outcome of
    those selected; `observed`: share with the outcome; `expected`: mean probability (null where anyone has none). All
    are 0..1. `_low` and `_high` are Wilson's 95 % bounds for as many different people as the rate is a share of:
    someone judged at several dates counts once. A rate of fewer than `minimum` different people is null and `note` says
    so; where the group itself is so small, everything but `n` and `n_rows` is, and `is_assessed` is false.

    Raises:
        ValueError: a column is missing, or `selected` or `outcome` is null: a defect of the caller.
    """
    if missing := {"person_id", "as_of", "selected", "outcome", "probability", *groups} - set(frame.columns):
        raise ValueError(f"the audit needs the columns {', '.join(sorted(missing))}")
    if any(frame.select("selected", "outcome").null_count().row(0)):
        raise ValueError("whether someone was selected, or had the outcome, is null")
    tables = [_of_attribute(frame, attribute, minimum) for attribute in groups]
    return pl.concat([pl.DataFrame(schema=EQUALITY), *tables])


def _of_attribute(frame: pl.DataFrame, attribute: str, minimum: int) -> pl.DataFrame:
    rows = frame.select(
        pl.col(attribute).cast(pl.Utf8).fill_null(NOT_KNOWN).alias("group"),
        *("person_id", "selected", "outcome", "probability"),
    )
    counts = rows.group_by("group").agg(
        pl.col("person_id").n_unique().cast(pl.Int64).alias("n"),
        pl.len().cast(pl.Int64).alias("n_rows"),
        pl.col("selected").sum().cast(pl.Int64),
        pl.when(pl.col("probability").null_count() == 0).then(pl.col("probability").mean()).alias("expected"),
        *(pl.col("person_id").filter(whole).n_unique().alias(f"{rate}_people") for rate, whole in _WHOLE.items()),
    )
    is_assessed = pl.col("n") >= minimum
    large_enough = counts.filter(is_assessed).select("group")
    rates = _rates(rows.join(large_enough, on="group", how="semi"))
    return (
        counts.join(rates, on="group", how="left")
        .with_columns(
            pl.lit(attribute).alias("attribute"),
            is_assessed.alias("is_assessed"),
            *(pl.when(is_assessed).then(pl.col(name)).alias(name) for name in ("selected", "expected")),
            *(pl.when(pl.col(f"{rate}_people") >= minimum).then(pl.col(rate)).alias(rate) for rate in RATES),
            _note(minimum).alias("note"),
        )
        .with_columns(*(bound for rate in RATES for bound in _bounds(rate)))
        .select(pl.col(name).cast(dtype) for name, dtype in EQUALITY.items())
        .sort("group")
    )


def _rates(rows: pl.DataFrame) -> pl.DataFrame:
    """`group` and every rate, from how many rows of each group were selected or not, with the outcome or not."""
    cells = rows.group_by("group", "selected", "outcome").len("rows").sort("group", "selected", "outcome")
    if cells.is_empty():
        return pl.DataFrame(schema={"group": pl.Utf8} | dict.fromkeys(RATES, pl.Float64))
    weights = {"sample_weight": cells["rows"].to_numpy()}
    found = MetricFrame(
        metrics=_METRICS,
        y_true=cells["outcome"].to_numpy(),
        y_pred=cells["selected"].to_numpy(),
        sensitive_features=cells["group"].to_list(),
        sample_params=dict.fromkeys(_METRICS, weights),
    )
    by_rate = cast("Mapping[str, Mapping[str, float]]", found.by_group.to_dict())
    names = cells["group"].unique(maintain_order=True).to_list()
    return pl.DataFrame({"group": names} | {rate: [values[name] for name in names] for rate, values in by_rate.items()})


def _selection_rate(outcome: _Flags, selected: _Flags, *, sample_weight: _Rows) -> float:
    return _share(selected, np.ones_like(outcome), sample_weight)


def _false_positive_rate(outcome: _Flags, selected: _Flags, *, sample_weight: _Rows) -> float:
    return _share(selected, ~outcome, sample_weight)


def _false_negative_rate(outcome: _Flags, selected: _Flags, *, sample_weight: _Rows) -> float:
    return _share(~selected, outcome, sample_weight)


def _precision(outcome: _Flags, selected: _Flags, *, sample_weight: _Rows) -> float:
    return _share(outcome, selected, sample_weight)


def _observed(outcome: _Flags, selected: _Flags, *, sample_weight: _Rows) -> float:
    return _share(outcome, np.ones_like(selected), sample_weight)


def _share(part: _Flags, whole: _Flags, rows: _Rows) -> float:
    among = int(rows[whole].sum())
    return int(rows[whole & part].sum()) / among if among else float("nan")


_METRICS = {
    "selection_rate": _selection_rate,
    "fpr": _false_positive_rate,
    "fnr": _false_negative_rate,
    "precision": _precision,
    "observed": _observed,
}


def _bounds(rate: str) -> tuple[pl.Expr, pl.Expr]:
    low, high = wilson(pl.col(rate), pl.col(f"{rate}_people"))
    return low.alias(f"{rate}_low"), high.alias(f"{rate}_high")


def _note(minimum: int) -> pl.Expr:
    """Why the group, or which of its rates, cannot be assessed; null where everything can."""
    of_rates = pl.concat_str(
        *(
            pl.when(pl.col(f"{rate}_people") < minimum).then(
                pl.lit(f"{rate} cannot be assessed: fewer than {minimum} {whom}")
            )
            for rate, whom in RATES.items()
        ),
        separator="; ",
        ignore_nulls=True,
    )
    return (
        pl.when(pl.col("n") < minimum)
        .then(pl.lit(f"cannot be assessed: fewer than {minimum} people"))
        .when(of_rates != "")
        .then(of_rates)
    )
