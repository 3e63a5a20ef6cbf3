"""The figures a list is judged by, worked out once for the summary, the workbook and `--json` alike.

A figure that these records cannot give is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from app.pipeline import TaskingList
from app.ranked_list import places
from app.restricted import ids_of_unread_restrictions, restricted_ids, restrictions_at, sensitive_ids
from mat.harm import why_not_usable
from mat.snapshot import Snapshot, cell_set_aside
from mat.vocabulary import Hold, QuarantineKind, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """Rows of one source table: read, accepted, set aside."""

    rows_in: int
    accepted: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The figures of one list. People under restriction are in `restricted` and in no other figure.

    `domestic_records` and `domestic_crimes`: those that count at the as-of date. `values_set_aside`: "table.column:
    reason" and how many cells. `unweighted_codes`: codes of DA crimes without a weight, "" = empty, most
    first. `decisions_lifting`: people of whom a decision lifts at least one hold.
    `people_set_aside`: ids whose own row was set aside or is missing, in three or more DA incidents, with that number.
    `reasons_set_aside`: rows set aside per reason. `unread_restrictions`: restriction
    rows set aside, whose people may be on the list; `unread_standing` likewise of `sensitive` and `deceased`.
    `restrictions_read`: those of the reviews directory; `restrictions_counting`: of them, those that run at the as-of
    date. `restrictions_later`: of these and of the extract's, those that begin on that date or later, whose people the
    list may name.
    `serial_unconnected` None = no `ties`; `serial_distinct`, `repeat`
    and the two holds that need victims say little where `has_victims` is false. `held_of_top`: of the would-be top K,
    how many are held, by first unresolved hold. `unseen_share`: share of the last 365 days' harm by suspects whose
    first DA record lies within them, None where the scale is not usable or there was no harm;
    `unseen_share_of_records` likewise of records. `why_without_gravity`: one sentence where the scale is not usable.
    """

    extracted_on: str | None
    tables: Mapping[str, TableCounts]
    reasons_set_aside: Mapping[str, int]
    people_set_aside: Mapping[str, int]
    absent: frozenset[str]
    warnings: tuple[str, ...]
    is_synthetic: bool
    domestic_records: int
    domestic_crimes: int
    values_set_aside: Mapping[str, int]
    unweighted_codes: Mapping[str, int]
    decisions_read: int
    decisions_lifting: int
    has_victims: bool
    suspects: int
    serial_distinct: int
    serial_unconnected: int | None
    repeat: int
    high_harm: int
    priority: int
    both_roles: int
    first_timers: int
    deceased: int
    restricted: int
    unread_restrictions: int
    restrictions_read: int
    restrictions_counting: int
    restrictions_later: int
    unread_standing: int
    held: int
    top: int
    held_of_top: Mapping[str, int]
    unseen_share: float | None
    unseen_share_of_records: float | None
    why_without_gravity: str | None


def gather(tasking: TaskingList, snapshot: Snapshot) -> Facts:
    """Work out the figures of one list made from `snapshot`."""
    features, ranked = tasking.matrix.frame, tasking.ranked
    known = tasking.population.history
    unread = ids_of_unread_restrictions(snapshot)
    hidden = pl.concat([restricted_ids(known), unread.drop_nulls(), sensitive_ids(known)])
    from_the_store, as_of = tasking.choices.reviews.restrictions, tasking.choices.as_of
    counting, later = restrictions_at(from_the_store.lazy(), as_of)
    _, later_in_the_extract = restrictions_at(snapshot.table("restrictions"), as_of)
    events = tasking.population.events
    has_ties = snapshot.has_table("ties")
    would_be = places(ranked).filter(pl.col("place") <= tasking.choices.panel_size)
    holds = ranked.join(would_be, on="person_id", how="semi").filter(pl.col("held_rank").is_not_null())["hold"]
    by_hold = dict(holds.value_counts().iter_rows())
    return Facts(
        extracted_on=_day_of(snapshot.manifest.get("extracted_at")),
        tables=_tables(snapshot),
        reasons_set_aside=_reasons(snapshot),
        people_set_aside=_people_set_aside(snapshot, frozenset(hidden)),
        absent=snapshot.absent_tables | snapshot.absent_columns,
        warnings=tuple(snapshot.manifest.get("warnings", [])),
        is_synthetic=snapshot.is_synthetic,
        domestic_records=int(events.incidents["is_domestic"].sum()),
        domestic_crimes=int((events.incidents["is_domestic"] & events.incidents["is_crime"]).sum()),
        values_set_aside=_values(snapshot),
        unweighted_codes=_unweighted_codes(tasking),
        decisions_read=tasking.choices.reviews.resolved.height,
        decisions_lifting=_lifted(ranked),
        has_victims=not tasking.population.events.victims.is_empty(),
        suspects=features.height,
        serial_distinct=_count(features, pl.col("is_serial_distinct")),
        serial_unconnected=_count(features, pl.col("is_serial_unconnected")) if has_ties else None,
        repeat=_count(features, pl.col("is_repeat")),
        high_harm=_count(features, pl.col("is_high_harm")),
        priority=_count(features, pl.col("is_priority")),
        both_roles=_count(features, pl.col("da_victim_count_all") > 0),
        first_timers=_count(features, pl.col("da_suspect_count_all") == 1),
        deceased=_count(ranked, pl.col("standing").list.contains("deceased")),
        restricted=known.restricted.collect().height,
        unread_restrictions=len(unread),
        restrictions_read=from_the_store.height,
        restrictions_counting=counting,
        restrictions_later=later + later_in_the_extract,
        unread_standing=_unread_standing(snapshot),
        held=_count(ranked, pl.col("held_rank").is_not_null()),
        top=would_be.height,
        held_of_top={hold.value: by_hold[hold.value] for hold in Hold if hold.value in by_hold},
        unseen_share=_unseen_share(tasking, "harm_365d") if tasking.matrix.scale_is_usable else None,
        unseen_share_of_records=_unseen_share(tasking, "da_suspect_count_365d"),
        why_without_gravity=_why_without_gravity(tasking),
    )


def _day_of(moment: object) -> str | None:
    return moment[:10] if isinstance(moment, str) else None


def _count(frame: pl.DataFrame, condition: pl.Expr) -> int:
    return frame.filter(condition.fill_null(value=False)).height


def _unseen_share(tasking: TaskingList, measure: str) -> float | None:
    """Share of a measure of the last 365 days by suspects whose first DA record lies within them."""
    features = tasking.matrix.frame.select(pl.col(measure).cast(pl.Float64), "days_since_first_da")
    total = float(features[measure].sum())
    first = float(features.filter(pl.col("days_since_first_da") <= 365)[measure].sum())
    return first / total if total > 0 else None


def _why_without_gravity(tasking: TaskingList) -> str | None:
    if tasking.matrix.scale_is_usable:
        return None
    events = tasking.population.events
    crimes = events.incidents["is_domestic"] & events.incidents["is_crime"]
    weighted = crimes & events.weigh(tasking.choices.scale)["weight_units"].is_not_null()
    return why_not_usable(tasking.choices.scale.name, int(weighted.sum()), int(crimes.sum()))


def _tables(snapshot: Snapshot) -> Mapping[str, TableCounts]:
    return {
        table: TableCounts(rows_in=counts["in"], accepted=counts["accepted"], set_aside=counts["quarantined"])
        for table, counts in snapshot.manifest["counts"].items()
    }


def _reasons(snapshot: Snapshot) -> Mapping[str, int]:
    """Rows set aside per reason, most first; a row with two reasons counts under both."""
    counted = (
        snapshot.quarantine()
        .filter(pl.col("kind") == QuarantineKind.ROW)
        .select(pl.col("reasons").alias("reason"))
        .explode("reason")
        .group_by("reason")
        .len("n")
        .sort(["n", "reason"], descending=[True, False])
        .collect()
    )
    return dict(counted.iter_rows())


def _unread_standing(snapshot: Snapshot) -> int:
    """Rows that say `sensitive` or `deceased` of somebody and were set aside."""
    kind = cell_set_aside("kind")
    rows = snapshot.quarantine().filter(
        pl.col("table") == "standing",
        pl.col("kind") == QuarantineKind.ROW,
        pl.col("reasons") != pl.lit(["duplicate"]),
        kind.is_in([Standing.SENSITIVE.value, Standing.DECEASED.value]),
    )
    return rows.collect().height


def _values(snapshot: Snapshot) -> Mapping[str, int]:
    """Cells set aside of accepted rows, per "table.column: reason", most first."""
    counts: Mapping[str, Mapping[str, Mapping[str, int]]] = snapshot.manifest["counts"]
    found = {f"{table}.{what}": cells for table, count in counts.items() for what, cells in count["values"].items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _unweighted_codes(tasking: TaskingList) -> Mapping[str, int]:
    events = tasking.population.events
    weights = events.weigh(tasking.choices.scale)["weight_units"]
    counted = (
        events.incidents.filter("is_domestic", "is_crime", weights.is_null())
        .group_by(pl.col("offence_code").fill_null(""))
        .len("n")
        .sort(["n", "offence_code"], descending=[True, False])
    )
    return dict(counted.iter_rows())


def _lifted(ranked: pl.DataFrame) -> int:
    """People with a hold that a decision lifted: none is left, or the first left is not the first that applies."""
    first = pl.col("holds").list.first()
    return ranked.filter(first.is_not_null(), pl.col("hold").is_null() | (pl.col("hold") != first)).height


def _people_set_aside(snapshot: Snapshot, hidden: frozenset[str]) -> Mapping[str, int]:
    people: Mapping[str, int] = snapshot.manifest["people_set_aside"]
    return {person: count for person, count in people.items() if person not in hidden}
