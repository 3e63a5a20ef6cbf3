"""Whether lists treat groups of people alike: who is selected and how often wrongly, with what small groups leave open.

A group too small to say anything of is named and said to be so, and what is withheld follows from no published figure,
of its row or of its attribute, by adding and subtracting; nothing here ever concludes that all is well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl
from fairlearn.metrics import MetricFrame  # type: ignore[import-untyped]

from mat.proportions import wilson
from mat.schemas.matrix import NOT_KNOWN

#: Each rate, and whom it is a share of.
RATES = {
    "selection_rate": "people",
    "fpr": "people without the outcome",
    "fnr": "people with the outcome",
    "precision": "selected people",
    "observed": "people",
}
#: The rates any one of which, beside the counts, gives both others.
_OF_THE_SELECTED_OR_NOT = ("fpr", "fnr", "precision")
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
    someone judged at several dates counts once.

    What rests on fewer than `minimum` different people is withheld (null), and so is what would give it away to someone
    who knows the totals of the lists. `note` says which and why:

    1. A group of fewer than `minimum` people is withheld whole: `is_assessed` is false and no figure is given, `n` and
       `n_rows` neither. So is the next smallest group of the attribute (and the next), until those withheld are
       together at least `minimum` people: what the others leave of a total is then no small group's.
    2. In other groups `fpr`, `fnr` and `precision` are given together or not at all, since `n_rows`, `selected` and
       `observed` with any one of them give the other two. They are withheld where any of them is a share of 1 to
       `minimum` - 1 people. Where that leaves one group of the attribute whose three are not known, those of the next
       smallest group in which they are not fixed by the counts are withheld too. A share of nobody is null and
       withholds nothing.

    An attribute of one group is the total itself. Zeros speak for themselves: where `selected` is 0, or is 0 for all
    withheld groups together, everyone knows that nobody with the outcome was selected either.

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
    counts = counts.join(_withheld(rows, counts, minimum), on="group").with_columns(
        (~pl.col("is_withheld")).alias("is_assessed")
    )
    rates = _rates(rows.join(counts.filter("is_assessed"), on="group", how="semi"))
    found = _with_withheld_rates(counts.join(rates, on="group", how="left"), minimum)
    is_given = {rate: pl.col("is_assessed") & (pl.col(f"{rate}_people") >= minimum) for rate in RATES}
    for rate in _OF_THE_SELECTED_OR_NOT:
        is_given[rate] &= ~pl.col("is_guarded")
    return (
        found.with_columns(
            pl.lit(attribute).alias("attribute"),
            *(
                pl.when("is_assessed").then(pl.col(name)).alias(name)
                for name in ("n", "n_rows", "selected", "expected")
            ),
            *(pl.when(given).then(pl.col(rate)).alias(rate) for rate, given in is_given.items()),
            _note(minimum).alias("note"),
        )
        .with_columns(*(bound for rate in RATES for bound in _bounds(rate)))
        .select(pl.col(name).cast(dtype) for name, dtype in EQUALITY.items())
        .sort("group")
    )


def _withheld(rows: pl.DataFrame, counts: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """One row per group: `group` and `is_withheld`, whether no figure of it is given (rule 1 of `equality`)."""
    by_size = counts.sort("n", "group").select("group", "n").with_row_index("place")
    first_counted = rows.join(by_size, on="group").group_by("person_id").agg(pl.col("place").min())
    people_more = first_counted.group_by("place").agg(pl.len().cast(pl.Int64).alias("more"))
    people_before = pl.col("more").fill_null(0).cum_sum().shift(fill_value=0)
    is_small = pl.col("n") < minimum
    is_needed = is_small | (people_before < minimum)
    return by_size.join(people_more, on="place", how="left", maintain_order="left").select(
        "group", (is_needed & is_small.any()).alias("is_withheld")
    )


def _with_withheld_rates(groups: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """The same rows with `is_guarded`: whether fpr, fnr and precision are withheld (rule 2 of `equality`)."""
    few = (pl.col(f"{rate}_people").is_between(1, minimum - 1) for rate in _OF_THE_SELECTED_OR_NOT)
    is_mixed = (
        (pl.col("selected").is_between(1, pl.col("n_rows") - 1)) & (pl.col("observed") > 0) & (pl.col("observed") < 1)
    )
    is_unknown = pl.col("is_withheld") | (pl.col("is_guarded") & is_mixed)
    can_hide = ~pl.col("is_guarded") & is_mixed.fill_null(value=False)
    return (
        groups.sort("n", "group")
        .with_columns((pl.col("is_withheld") | pl.any_horizontal(few)).alias("is_guarded"))
        .with_columns(is_unknown.sum().alias("unknown"), can_hide.alias("can_hide"))
        .with_columns(
            pl.col("is_guarded") | ((pl.col("unknown") == 1) & pl.col("can_hide") & (pl.col("can_hide").cum_sum() == 1))
        )
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
            pl.when(pl.col(f"{rate}_people") < minimum)
            .then(pl.lit(f"{rate} cannot be assessed: fewer than {minimum} {whom}"))
            .when(pl.col("is_guarded") & pl.lit(rate in _OF_THE_SELECTED_OR_NOT))
            .then(pl.lit(f"{rate} cannot be assessed: it would give away what is withheld"))
            for rate, whom in RATES.items()
        ),
        separator="; ",
        ignore_nulls=True,
    )
    return (
        pl.when(pl.col("n") < minimum)
        .then(pl.lit(f"cannot be assessed: fewer than {minimum} people"))
        .when("is_withheld")
        .then(pl.lit("cannot be assessed: it would give away the figures of a smaller group"))
        .when(of_rates != "")
        .then(of_rates)
    )
