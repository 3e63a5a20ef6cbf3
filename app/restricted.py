"""Whose name must not leave the records: people under restriction, and those whom only the named reviewer sees."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl

from features.holds import sensitive_people
from mat.asof import History
from mat.snapshot import Snapshot, cell_set_aside
from mat.vocabulary import QuarantineKind, Standing


def restricted_ids(history: History) -> pl.Series:
    """Every id of a person under restriction at the as-of date, former ids included; distinct and sorted."""
    restricted = history.restricted.collect()
    former = history.merges.join(restricted, left_on="new_id", right_on="person_id", how="semi")["old_id"]
    return pl.concat([restricted["person_id"], former]).unique().sort()


def restrictions_at(restrictions: pl.LazyFrame, as_of: date) -> tuple[int, int]:
    """How many restrictions run at 00:00 of `as_of`, and how many begin then or later; the rest have ended."""
    midnight = datetime.combine(as_of, time.min)
    is_later = pl.col("from_at") >= midnight
    runs = ~is_later & (pl.col("to_at").is_null() | (pl.col("to_at") >= midnight))
    counted = restrictions.select(runs.sum().alias("runs"), is_later.sum().alias("later")).collect()
    return int(counted["runs"].item()), int(counted["later"].item())


def ids_of_unread_restrictions(snapshot: Snapshot) -> pl.Series:
    """The ids that restriction rows name which were set aside; a null id counts too, once per row."""
    return _set_aside(snapshot, "restrictions").select(cell_set_aside("person_id")).collect().to_series()


def sensitive_ids(history: History) -> pl.Series:
    """Every id said to be `sensitive` at the as-of date, also by rows that were set aside; distinct and sorted."""
    said = _set_aside(history.snapshot, "standing").filter(cell_set_aside("kind") == Standing.SENSITIVE)
    unread = said.select(cell_set_aside("person_id")).collect().to_series().drop_nulls()
    return pl.concat([sensitive_people(history), unread]).unique().sort()


def _set_aside(snapshot: Snapshot, table: str) -> pl.LazyFrame:
    return snapshot.quarantine().filter(
        pl.col("table") == table,
        pl.col("kind") == QuarantineKind.ROW,
        pl.col("reasons") != pl.lit(["duplicate"]),
    )
