"""Checks that nothing was recorded before it happened, and nothing ended before it began.

Where either side is a date alone, dates are compared. An inversion within the hour that the clocks repeat in autumn is
no fault: local time without zone cannot tell the two passes apart.
"""

from __future__ import annotations

import polars as pl

from mat.ingest.faults import Faults
from mat.ingest.parse import date_mark
from mat.vocabulary import QuarantineReason

#: Per table: the earlier column, the later column, and the reason when they are the other way round.
ORDERED: dict[str, tuple[tuple[str, str, QuarantineReason], ...]] = {
    "incidents": (("occurred_at", "recorded_at", QuarantineReason.RECORDED_BEFORE_OCCURRED),),
    "order_breaches": (("occurred_at", "recorded_at", QuarantineReason.RECORDED_BEFORE_OCCURRED),),
    "orders": (("issued_at", "expires_at", QuarantineReason.END_BEFORE_START),),
    "custody": (("from_at", "to_at", QuarantineReason.END_BEFORE_START),),
    "standing": (("from_at", "to_at", QuarantineReason.END_BEFORE_START),),
    "restrictions": (("from_at", "to_at", QuarantineReason.END_BEFORE_START),),
    "person_merges": (("merged_at", "undone_at", QuarantineReason.END_BEFORE_START),),
}


def chronology_faults(frame: pl.DataFrame, table: str, timezone: str) -> tuple[Faults, int]:
    """The rows whose own times are the wrong way round, and how many the repeated hour excuses."""
    faults, excused = Faults(), 0
    for earlier, later, reason in ORDERED.get(table, ()):
        if earlier in frame.columns and later in frame.columns:
            sides = frame.select(
                at=pl.int_range(pl.len(), dtype=pl.UInt32),
                earlier=earlier,
                later=later,
                is_date=pl.col(date_mark(earlier)) | pl.col(date_mark(later)),
            )
            places, spared = _inverted(sides, timezone)
            faults.note(places, column=later, reason=reason, is_row=True)
            excused += spared
    return faults, excused


def involvement_faults(frame: pl.DataFrame, incidents: pl.DataFrame, timezone: str) -> tuple[Faults, int]:
    """The involvements recorded before their incident occurred, and how many the repeated hour excuses.

    `incidents`: one row per incident id that names one occurrence, with `occurred_at` and `is_date`, accepted or not.
    """
    faults = Faults()
    if "recorded_at" not in frame.columns or frame["recorded_at"].null_count() == frame.height:
        return faults, 0
    sides = (
        frame.lazy()
        .select(
            "incident_id",
            at=pl.int_range(pl.len(), dtype=pl.UInt32),
            later="recorded_at",
            is_date_alone=pl.col(date_mark("recorded_at")),
        )
        .filter(pl.col("later").is_not_null() & pl.col("incident_id").is_not_null())
        .join(incidents.lazy(), on="incident_id", how="inner")
        .filter(pl.col("later") < pl.col("occurred_at"))
        .select("at", "later", earlier="occurred_at", is_date=pl.col("is_date") | pl.col("is_date_alone"))
        .collect()
    )
    places, spared = _inverted(sides, timezone)
    faults.note(places, column="recorded_at", reason=QuarantineReason.RECORDED_BEFORE_OCCURRED, is_row=True)
    return faults, spared


def _inverted(sides: pl.DataFrame, timezone: str) -> tuple[pl.Series, int]:
    suspicious = sides.filter(pl.col("later") < pl.col("earlier")).filter(
        ~pl.col("is_date") | (pl.col("later").dt.date() < pl.col("earlier").dt.date())
    )
    is_repeated = _is_repeated("earlier", timezone) & _is_repeated("later", timezone)
    is_within_hour = pl.col("earlier") - pl.col("later") <= pl.duration(minutes=60)
    is_excused = suspicious.select((is_repeated & is_within_hour & ~pl.col("is_date")).alias("is_excused")).to_series()
    return suspicious.filter(~is_excused).get_column("at"), int(is_excused.sum())


def _is_repeated(column: str, timezone: str) -> pl.Expr:
    """Whether a local time falls into an hour that the clocks pass twice."""
    moment = pl.col(column)
    first = moment.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    second = moment.dt.replace_time_zone(timezone, ambiguous="latest", non_existent="null")
    return (first != second).fill_null(value=False)
