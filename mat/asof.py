"""The only door to history: what the force knew on one date, under the ids it used on that date.

Invariant: deleting every row not known at the as-of date, with its children, changes nothing that comes out of here.
Known means recorded before 00:00 of the as-of date; ids are replaced by the merges known then, before anything is
counted; cancelled incidents and eliminated suspects are gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl

from mat.schemas.extract import TABLES
from mat.snapshot import Snapshot
from mat.vocabulary import Role, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything known at `as_of`, as lazy frames; contract columns unless said otherwise.

    `incidents`: one row per counting incident dated before `as_of`, with `day` (date) and `incident` (a number that
    stands for `incident_id` within this history only).
    `involvements`: one row per incident, person and role, with the incident's columns and `known_at` (the later of the
    two recording times).
    `pairs`: one row per incident, suspect and victim as the force paired them; `unread_pairs`: one
    `incident_id` per row of pairs in quarantine. An incident in either never falls back to all pairs.
    `custody`: `to_at` null = still inside. `standing`: rows in force at `as_of`.
    `restricted`: one `person_id` per person whose processing is restricted at `as_of`.
    `merges`: one row per id replaced, `old_id` -> `new_id` (the last of its chain).
    """

    as_of: date
    snapshot: Snapshot
    persons: pl.LazyFrame
    incidents: pl.LazyFrame
    involvements: pl.LazyFrame
    pairs: pl.LazyFrame
    unread_pairs: pl.LazyFrame
    ties: pl.LazyFrame
    orders: pl.LazyFrame
    order_breaches: pl.LazyFrame
    custody: pl.LazyFrame
    standing: pl.LazyFrame
    nominations: pl.LazyFrame
    restricted: pl.LazyFrame
    merges: pl.DataFrame


def known_by(snapshot: Snapshot, as_of: date, restrictions: pl.DataFrame | None = None) -> History:
    """What was known at 00:00 of `as_of`.

    Args:
        snapshot: the accepted records.
        as_of: exclusive: nothing dated or recorded on this day counts.
        restrictions: further restrictions from the case store, with the columns of the contract table.
    """
    midnight = datetime.combine(as_of, time.min)
    merges = _merges(snapshot, midnight)
    identify = _Identify(merges)
    incidents = _incidents(snapshot, midnight)
    recorded = _involvements_of_known_incidents(snapshot, incidents, identify)
    pairs, unread_pairs = _pairs(snapshot, identify, recorded, midnight)
    orders = snapshot.table("orders").filter(pl.col("recorded_at") < midnight)
    breaches = snapshot.table("order_breaches").filter(pl.col("recorded_at") < midnight)
    return History(
        as_of=as_of,
        snapshot=snapshot,
        persons=_persons(snapshot, merges),
        incidents=incidents,
        involvements=_counting_involvements(recorded, midnight, has_merges=identify.has_merges),
        pairs=pairs,
        unread_pairs=unread_pairs,
        ties=_ties(snapshot, identify, midnight),
        orders=identify(orders, "person_id", "protected_person_id"),
        order_breaches=breaches.join(orders.select("order_id"), on="order_id", how="semi"),
        custody=_running(identify(snapshot.table("custody"), "person_id"), midnight),
        standing=_in_force(identify(snapshot.table("standing"), "person_id"), midnight),
        nominations=identify(snapshot.table("nominations").filter(pl.col("nominated_at") < midnight), "person_id"),
        restricted=_restricted(snapshot, identify, restrictions, midnight),
        merges=merges,
    )


class _Identify:
    """Replaces ids by the merges known; leaves the plan untouched where there are none."""

    def __init__(self, merges: pl.DataFrame) -> None:
        self._merges = merges.lazy()
        self.has_merges = not merges.is_empty()

    def __call__(self, frame: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
        if not self.has_merges:
            return frame
        for column in columns:
            frame = frame.join(
                self._merges.rename({"old_id": column, "new_id": "_new_id"}),
                on=column,
                how="left",
                maintain_order="left",
            ).with_columns(pl.coalesce("_new_id", column).alias(column))
            frame = frame.drop("_new_id")
        return frame


def _merges(snapshot: Snapshot, midnight: datetime) -> pl.DataFrame:
    ends = (
        snapshot.table("person_merges")
        .filter(
            pl.col("merged_at") < midnight,
            pl.col("undone_at").is_null() | (pl.col("undone_at") >= midnight),
        )
        .select("old_id", "new_id")
        .collect()
    )
    while True:
        further = (
            ends.join(
                ends.rename({"old_id": "new_id", "new_id": "end"}), on="new_id", how="left", maintain_order="left"
            )
            .with_columns(pl.coalesce("end", "new_id").alias("new_id"))
            .drop("end")
        )
        if further.equals(ends):
            return ends
        ends = further


def _persons(snapshot: Snapshot, merges: pl.DataFrame) -> pl.LazyFrame:
    persons = snapshot.table("persons")
    if merges.is_empty():
        return persons
    former = (
        persons.join(merges.lazy(), left_on="person_id", right_on="old_id")
        .drop_nulls("birth_date")
        .sort("birth_date", "birth_date_precision")
        .group_by(pl.col("new_id").alias("person_id"))
        .agg(pl.col("birth_date", "birth_date_precision").last().name.prefix("former_"))
    )
    return (
        persons.join(merges.lazy(), left_on="person_id", right_on="old_id", how="anti")
        .join(former, on="person_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("birth_date").is_null()).then(f"former_{name}").otherwise(name).alias(name)
            for name in ("birth_date", "birth_date_precision")
        )
        .drop("former_birth_date", "former_birth_date_precision")
    )


def _incidents(snapshot: Snapshot, midnight: datetime) -> pl.LazyFrame:
    return (
        snapshot.table("incidents")
        .filter(
            pl.col("recorded_at") < midnight,
            pl.col("occurred_at") < midnight,
            pl.col("cancelled_at").is_null() | (pl.col("cancelled_at") >= midnight),
        )
        .with_columns(pl.col("occurred_at").dt.date().alias("day"))
        .with_row_index("incident")
    )


def _involvements_of_known_incidents(snapshot: Snapshot, incidents: pl.LazyFrame, identify: _Identify) -> pl.LazyFrame:
    rows = snapshot.table("involvements").rename({"recorded_at": "linked_at"})
    return identify(
        rows.join(incidents, on="incident_id").with_columns(
            pl.max_horizontal("linked_at", "recorded_at").alias("known_at")
        ),
        "person_id",
    )


def _counting_involvements(recorded: pl.LazyFrame, midnight: datetime, *, has_merges: bool) -> pl.LazyFrame:
    is_eliminated = (
        (pl.col("role") == Role.SUSPECT)
        & (pl.col("status") == Status.ELIMINATED).fill_null(value=False)
        & (pl.col("status_at").is_null() | (pl.col("status_at") < midnight))
    )
    counting = recorded.filter(pl.col("known_at") < midnight, ~is_eliminated)
    if not has_merges:
        return counting
    return counting.sort("known_at", "linked_at", "status", "status_at").unique(
        ["incident_id", "person_id", "role"], keep="first", maintain_order=True
    )


def _pairs(
    snapshot: Snapshot, identify: _Identify, recorded: pl.LazyFrame, midnight: datetime
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    late = identify(snapshot.table("involvements").filter(pl.col("recorded_at") >= midnight), "person_id")
    if identify.has_merges:
        known = recorded.filter(pl.col("known_at") < midnight)
        late = late.join(known, on=["incident_id", "person_id", "role"], how="anti")
    pairs = _without(late, identify(snapshot.table("pairs"), "suspect_id", "victim_id"))
    if identify.has_merges:
        pairs = pairs.unique(["incident_id", "suspect_id", "victim_id"], keep="any")
    unread = _without(late, identify(snapshot.pairs_set_aside(), "suspect_id", "victim_id"))
    return pairs, unread.select("incident_id")


def _without(late: pl.LazyFrame, pairs: pl.LazyFrame) -> pl.LazyFrame:
    """The pairs both of whose people hold their role by now, or never will."""
    for column, role in (("suspect_id", Role.SUSPECT), ("victim_id", Role.VICTIM)):
        not_yet = late.filter(pl.col("role") == role).select("incident_id", pl.col("person_id").alias(column))
        pairs = pairs.join(not_yet, on=["incident_id", column], how="anti")
    return pairs


def _ties(snapshot: Snapshot, identify: _Identify, midnight: datetime) -> pl.LazyFrame:
    ties = identify(snapshot.table("ties").filter(pl.col("known_at") < midnight), "person_id_a", "person_id_b")
    return ties.filter(pl.col("person_id_a") != pl.col("person_id_b"))


def _running(stays: pl.LazyFrame, midnight: datetime) -> pl.LazyFrame:
    ended = pl.when(pl.col("to_at") < midnight).then(pl.col("to_at"))
    return stays.filter(pl.col("from_at") < midnight).with_columns(ended.alias("to_at"))


def _in_force(rows: pl.LazyFrame, midnight: datetime) -> pl.LazyFrame:
    return rows.filter(pl.col("from_at") < midnight, pl.col("to_at").is_null() | (pl.col("to_at") >= midnight))


def _restricted(
    snapshot: Snapshot, identify: _Identify, restrictions: pl.DataFrame | None, midnight: datetime
) -> pl.LazyFrame:
    columns = [column.name for column in TABLES["restrictions"].columns]
    rows = snapshot.table("restrictions").select(columns)
    if restrictions is not None:
        rows = pl.concat([rows, restrictions.lazy().select(columns)])
    return _in_force(identify(rows, "person_id"), midnight).select("person_id").unique()
