"""A spreadsheet's ranks against a run's: every difference with its explanation.

People under restriction are in no run, so they are counted with whoever is not in the extract, unless the snapshot the
run was made from is given; people held as `sensitive` are counted, never named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from app.restricted import restricted_ids
from app.run_reader import Run
from app.spreadsheet import OldList
from app.wording import HOLD_WORDS
from features.catalogue import CATALOGUE
from mat.asof import known_by
from mat.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person in either list. `name` is empty unless identities were given; `difference` empty = the same rank."""

    person_id: str
    name: str
    old_rank: int | None
    rank: int | None
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Everyone of the spreadsheet and of our top K, by old rank, then ours.

    `shared` of the `compared` first of the spreadsheet are in our top K. `not_in_run`: people of the spreadsheet who
    are not in the extract or are under restriction, where the two cannot be told apart. `restricted` and `sensitive`:
    people of the spreadsheet who must not be named here.
    """

    lines: tuple[Line, ...]
    panel_size: int
    compared: int
    shared: int
    not_in_run: int
    restricted: int
    sensitive: int
    doubled: int
    unranked: int


def reconcile_lists(old: OldList, run: Run, identities: Path | None) -> Reconciliation:
    """Explain every difference between a spreadsheet and a run.

    Raises:
        SnapshotError: `identities` is not a snapshot.
    """
    source = Snapshot.open(identities) if identities else None
    restricted = _restricted(source, run)
    known = frozenset(run.history.snapshot.table("persons").select("person_id").collect()["person_id"])
    merges = dict(run.history.merges.iter_rows())
    may_name_absent = source is not None or not run.manifest["counts"]["restricted"]
    names = _names(source)
    ours = {row["person_id"]: row for row in run.ranked.to_dicts()}
    counts = {"not_in_run": 0, "restricted": 0, "sensitive": 0}
    lines: list[Line] = []
    seen: set[str] = set()
    for person, old_rank in old.rows.select("person_id", "old_rank").iter_rows():
        now = merges.get(person, person)
        seen.add(now)
        if person in restricted or now in restricted:
            counts["restricted"] += 1
        elif now in run.unnamed:
            counts["sensitive"] += 1
        elif person not in known and now not in known and not may_name_absent:
            counts["not_in_run"] += 1
        else:
            row = ours.get(now)
            said = _difference(old_rank, row, is_known=person in known or now in known)
            if now != person:
                said = f"identity changed: now {now}" + (f"; {said}" if said else "")
            lines.append(_line(person, names.get(now, ""), old_rank, row, said))
    lines += [
        _line(row["person_id"], names.get(row["person_id"], ""), None, row, f"not in the spreadsheet; {_why(row)}")
        for row in ours.values()
        if row["is_listed"] and row["person_id"] not in seen
    ]
    top = old.rows.filter(pl.col("old_rank") <= run.panel_size)["person_id"].to_list()
    listed = {person for person, row in ours.items() if row["is_listed"]}
    return Reconciliation(
        lines=tuple(lines),
        panel_size=run.panel_size,
        compared=len(top),
        shared=len({merges.get(person, person) for person in top} & listed),
        doubled=old.doubled,
        unranked=old.unranked,
        **counts,
    )


def _restricted(source: Snapshot | None, run: Run) -> frozenset[str]:
    """Every id of a person under restriction, as far as the snapshot given can say."""
    if source is None:
        return frozenset()
    return frozenset(restricted_ids(known_by(source, run.as_of)))


def _names(source: Snapshot | None) -> Mapping[str, str]:
    if source is None:
        return {}
    named = (
        source.table("identities")
        .drop_nulls("person_id")
        .sort("record_id")
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", pl.concat_str("forename", "surname", separator=" ", ignore_nulls=True))
        .collect()
    )
    return dict(named.iter_rows())


def _line(person: str, name: str, old_rank: int | None, row: Mapping[str, Any] | None, said: str) -> Line:
    return Line(person_id=person, name=name, old_rank=old_rank, rank=row["rank"] if row else None, difference=said)


def _difference(old_rank: int, row: Mapping[str, Any] | None, *, is_known: bool) -> str:
    if not is_known:
        return "not in the extract"
    if row is None:
        return "no domestic abuse record as suspect known by then"
    if "deceased" in row["standing"]:
        return "recorded as deceased, not ranked"
    if row["hold"] is not None:
        return f"held, would be {row['held_rank']}: {HOLD_WORDS[row['hold']].partition(':')[0]}"
    if row["rank"] == old_rank:
        return ""
    tie = "; the same score as others, so the place among them means little" if row["tied"] else ""
    return f"ranked {row['rank']} (range {row['rank_low']}-{row['rank_high']}): {_why(row)}{tie}"


def _why(row: Mapping[str, Any]) -> str:
    """The points of the reasons, largest first."""
    reasons = sorted(row["reasons"], key=lambda reason: -reason["points"])
    return "; ".join(f"{_said(reason['feature'], reason['value'])} ({reason['points']:+.4g})" for reason in reasons)


def _said(feature: str, value: str) -> str:
    return next((spec.say(value) for spec in CATALOGUE if spec.name == feature), f"{feature}: {value}")
