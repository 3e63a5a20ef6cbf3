"""Whose name must not leave the records: people under restriction, by every id they go or went by."""

from __future__ import annotations

import polars as pl

from mat.asof import History
from mat.snapshot import Snapshot
from mat.vocabulary import QuarantineKind


def restricted_ids(history: History) -> pl.Series:
    """Every id of a person under restriction at the as-of date, former ids included; distinct and sorted."""
    restricted = history.restricted.collect()
    former = history.merges.join(restricted, left_on="new_id", right_on="person_id", how="semi")["old_id"]
    return pl.concat([restricted["person_id"], former]).unique().sort()


def ids_of_unread_restrictions(snapshot: Snapshot) -> pl.Series:
    """The ids that restriction rows name which were set aside; a null id counts too, once per row."""
    return (
        snapshot.quarantine()
        .filter(pl.col("table") == "restrictions", pl.col("kind") == QuarantineKind.ROW)
        .filter(~(pl.col("reasons") == pl.lit(["duplicate"])))
        .select(pl.col("raw").str.json_path_match("$.person_id").str.strip_chars().alias("person_id"))
        .collect()
        .to_series()
    )
