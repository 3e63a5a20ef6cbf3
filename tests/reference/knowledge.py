"""Taking away what is not known at a date, by the definitions' own words, from an extract or from a snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path

import polars as pl

#: Tables whose rows are known by one column of their own, or by the other where that is empty or absent.
KNOWN_BY = {
    "incidents": ("recorded_at", "occurred_at"),
    "person_merges": ("merged_at",),
    "ties": ("known_at",),
    "orders": ("recorded_at", "issued_at"),
    "order_breaches": ("recorded_at", "occurred_at"),
    "custody": ("from_at",),
    "standing": ("from_at",),
    "restrictions": ("from_at",),
    "assessments": ("assessed_at",),
    "marac": ("heard_at",),
    "programme_referrals": ("referred_at",),
    "programme_events": ("at",),
    "nominations": ("nominated_at",),
    "involvements": ("recorded_at",),
}

#: Child table -> the table whose missing rows take it along, and the column that names them.
CHILDREN = {
    "involvements": ("incidents", "incident_id"),
    "pairs": ("incidents", "incident_id"),
    "order_breaches": ("orders", "order_id"),
    "programme_events": ("programme_referrals", "referral_id"),
}

Tables = Mapping[str, pl.DataFrame]


def only_known(tables: Tables, as_of: date) -> dict[str, pl.DataFrame]:
    """The tables without every row that is not known at `as_of`, and without the children of such rows."""
    known = {
        name: table.filter(_is_known(table, KNOWN_BY[name], as_of)) if name in KNOWN_BY else table
        for name, table in tables.items()
    }
    for child, (parent, key) in CHILDREN.items():
        if child in known and parent in known:
            gone = tables[parent].join(known[parent], on=key, how="anti")
            known[child] = known[child].join(gone, on=key, how="anti")
    if "pairs" in known:
        merges = known.get("person_merges")
        present = {} if merges is None else _present_ids(merges, as_of)
        known["pairs"] = known["pairs"].filter(
            _pairs_known(known["pairs"], tables["involvements"], known["involvements"], present)
        )
    return known


def without_the_future_of_known_rows(tables: Tables, as_of: date) -> dict[str, pl.DataFrame]:
    """The tables with every end, cancellation, undoing and elimination at or after `as_of` made empty."""
    changed = dict(tables)
    for name, columns in {
        "incidents": ("cancelled_at",),
        "custody": ("to_at",),
        "standing": ("to_at",),
        "restrictions": ("to_at",),
        "person_merges": ("undone_at",),
    }.items():
        for column in columns:
            if name in changed and column in changed[name].columns:
                table = changed[name]
                changed[name] = table.with_columns(pl.when(_is_before(table[column], as_of)).then(pl.col(column)))
    involvements = changed["involvements"]
    if {"status", "status_at"} <= set(involvements.columns):
        is_later = pl.col("status_at").is_not_null() & ~_is_before(involvements["status_at"], as_of)
        changed["involvements"] = involvements.with_columns(
            pl.when(is_later).then(None).otherwise(pl.col(column)).alias(column) for column in ("status", "status_at")
        )
    return changed


def only_known_snapshot(source: Path, target: Path, as_of: date) -> Path:
    """A copy of a snapshot without the rows that are not known, set-aside rows of pairs among them."""
    target.mkdir(parents=True)
    (target / "manifest.json").write_bytes((source / "manifest.json").read_bytes())
    tables = {path.stem: pl.read_parquet(path) for path in sorted(source.glob("*.parquet"))}
    quarantine = tables.pop("quarantine")
    known = only_known(tables, as_of)
    raw = quarantine.filter(pl.col("table") == "pairs")
    cells = [json.loads(text) for text in raw["raw"]]
    named = pl.DataFrame(
        {key: [one.get(key) for one in cells] for key in ("incident_id", "suspect_id", "victim_id")},
        schema=dict.fromkeys(("incident_id", "suspect_id", "victim_id"), pl.String),
    )
    present = _present_ids(known["person_merges"], as_of) if "person_merges" in known else {}
    is_known = _pairs_known(named, tables["involvements"], known["involvements"], present)
    kept = pl.concat([quarantine.filter(pl.col("table") != "pairs"), raw.filter(is_known)])
    for name, table in (known | {"quarantine": kept}).items():
        table.write_parquet(target / f"{name}.parquet")
    return target


def _is_before(moments: pl.Series, as_of: date) -> pl.Series:
    if moments.dtype == pl.String:
        return moments.str.slice(0, 10) < as_of.isoformat()
    return moments < datetime.combine(as_of, time())


def _is_known(table: pl.DataFrame, columns: tuple[str, ...], as_of: date) -> pl.Series:
    given = [pl.col(column) for column in columns if column in table.columns]
    if not given:
        return pl.repeat(value=True, n=table.height, eager=True)
    return _is_before(table.select(pl.coalesce(given).alias("known"))["known"], as_of).fill_null(value=True)


def _present_ids(merges: pl.DataFrame, as_of: date) -> dict[str, str]:
    if "undone_at" in merges.columns:
        merges = merges.filter(~_is_before(merges["undone_at"], as_of).fill_null(value=False))
    following = dict(merges.select("old_id", "new_id").iter_rows())

    def last(person: str) -> str:
        for _ in following:
            person = following.get(person, person)
        return person

    return {old: last(old) for old in following}


def _pairs_known(
    pairs: pl.DataFrame, involvements: pl.DataFrame, known: pl.DataFrame, present: dict[str, str]
) -> pl.Series:
    """Whether nobody of a pair holds the role it needs in rows that are all not known yet."""

    def roles(table: pl.DataFrame) -> set[tuple[str, str, str]]:
        rows = table.select("incident_id", "person_id", "role").iter_rows()
        return {(incident, present.get(person, person), role) for incident, person, role in rows}

    later = roles(involvements) - roles(known)
    return pl.Series(
        [
            (incident, present.get(suspect, suspect), "suspect") not in later
            and (incident, present.get(victim, victim), "victim") not in later
            for incident, suspect, victim in pairs.select("incident_id", "suspect_id", "victim_id").iter_rows()
        ],
        dtype=pl.Boolean,
    )
