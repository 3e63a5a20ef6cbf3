"""A snapshot held in memory with small numbers for ids, so that many as-of dates cost one reading.

Numbers follow the order of the ids, so that whatever is sorted by number is sorted by id; they mean nothing outside the
`NumberedSnapshot` they belong to. Only what features and labels are counted from is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mat.snapshot import Snapshot
from mat.vocabulary import Role

_PEOPLE = frozenset(
    {"person_id", "suspect_id", "victim_id", "person_id_a", "person_id_b", "protected_person_id", "old_id", "new_id"}
)
_INCIDENTS = frozenset({"incident_id"})

#: Tables and the columns of each that features and labels are counted from.
_READ: Mapping[str, tuple[str, ...]] = {
    "persons": ("person_id", "birth_date", "birth_date_precision"),
    "incidents": (
        "incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic", "children_present",
        "cancelled_at",
    ),
    "involvements": ("incident_id", "person_id", "role", "recorded_at", "status", "status_at"),
    "pairs": ("incident_id", "suspect_id", "victim_id"),
    "ties": ("person_id_a", "person_id_b", "known_at"),
    "orders": ("order_id", "person_id", "protected_person_id", "recorded_at"),
    "order_breaches": ("order_id", "occurred_at", "recorded_at"),
    "custody": ("person_id", "from_at", "to_at"),
    "standing": ("person_id", "kind", "from_at", "to_at"),
    "restrictions": ("person_id", "from_at", "to_at", "reason"),
    "nominations": ("person_id", "nominated_at"),
    "person_merges": ("old_id", "new_id", "merged_at", "undone_at"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedSnapshot(Snapshot):
    """The same records as `source`, ids as numbers; `people` holds the person ids by number.

    Roles other than suspect and victim are left out. Tables not held raise KeyError: a defect of the caller.
    """

    source: Snapshot
    people: pl.Series
    _tables: Mapping[str, pl.DataFrame] = field(repr=False, compare=False)
    _pairs_set_aside: pl.DataFrame = field(repr=False, compare=False)

    def table(self, name: str) -> pl.LazyFrame:
        """As `Snapshot.table`, without columns that no feature needs."""
        return self._tables[name].lazy()

    def pairs_set_aside(self) -> pl.LazyFrame:
        """As `Snapshot.pairs_set_aside`; an id nobody has is null."""
        return self._pairs_set_aside.lazy()

    def numbers(self) -> pl.DataFrame:
        """One row per person: `person` and `person_id`, both the number, in order."""
        number = pl.int_range(self.people.len(), dtype=pl.UInt32, eager=True)
        return pl.DataFrame({"person": number, "person_id": number})

    def number(self, frame: pl.DataFrame, column: str) -> pl.DataFrame:
        """The same rows with the person ids of `column` as numbers; rows naming nobody of the snapshot are dropped."""
        return _numbered(frame, {column}, _by_id(self.people)).drop_nulls(column)

    def with_ids(self, frame: pl.DataFrame, column: str = "person_id") -> pl.DataFrame:
        """The same rows with the numbers of `column` as person ids again."""
        return frame.with_columns(self.people.gather(frame[column]).alias(column))


def number_snapshot(snapshot: Snapshot) -> NumberedSnapshot:
    """Read the records of a snapshot into memory and number their ids."""
    tables = {name: snapshot.table(name).select(columns).collect() for name, columns in _READ.items()}
    tables["involvements"] = tables["involvements"].filter(pl.col("role").is_in([Role.SUSPECT, Role.VICTIM]))
    people = _ids(tables, _PEOPLE)
    incidents = _by_id(tables["incidents"]["incident_id"])
    numbered = {
        name: _numbered(_numbered(table, _PEOPLE, _by_id(people)), _INCIDENTS, incidents)
        for name, table in tables.items()
    }
    set_aside = _numbered(snapshot.pairs_set_aside().collect(), _PEOPLE, _by_id(people))
    return NumberedSnapshot(
        path=snapshot.path,
        absent_tables=snapshot.absent_tables,
        absent_columns=snapshot.absent_columns,
        manifest=snapshot.manifest,
        source=snapshot,
        people=people,
        _tables=numbered,
        _pairs_set_aside=_numbered(set_aside, _INCIDENTS, incidents),
    )


def _ids(tables: Mapping[str, pl.DataFrame], columns: frozenset[str]) -> pl.Series:
    """Every id in any of the columns, once, in order."""
    found = [table[column] for table in tables.values() for column in table.columns if column in columns]
    return pl.concat(found).unique().drop_nulls().sort().rename("person_id")


def _by_id(ids: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"_id": ids}).with_row_index("_number")


def _numbered(table: pl.DataFrame, columns: frozenset[str] | set[str], numbers: pl.DataFrame) -> pl.DataFrame:
    for column in [column for column in table.columns if column in columns]:
        table = (
            table.join(numbers, left_on=column, right_on="_id", how="left", maintain_order="left")
            .drop(column)
            .rename({"_number": column})
        )
    return table
