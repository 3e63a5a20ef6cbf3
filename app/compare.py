"""Two runs side by side: who is new on the list, who left, who moved, and what in the records made it so.

A merge or split of ids is shown as "identity changed", never as movement. Whoever is in no population any more is
counted, never named: the person may be under restriction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from app.ranked_list import FLAGS
from app.run_reader import Run
from app.wording import HOLD_WORDS
from mat.asof import History
from mat.errors import BadInput
from mat.vocabulary import Role

_WINDOWS = (365, 730, 1095)


class Change(StrEnum):
    """What became of somebody in the top K of either run."""

    NEW = "new"
    LEFT = "left"
    MOVED = "moved"
    STAYED = "stayed"
    IDENTITY_CHANGED = "identity changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One person in the top K of either run; a rank is None where the person had none. `why` is never empty."""

    person_id: str
    change: Change
    rank_before: int | None
    rank_after: int | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everyone in the top K of either run, ordered by change and rank.

    `gone`: people of the earlier top K in no population any more, a number only. `choices_changed`: what the two runs
    were not made alike in. `flags`: per flag whoever enters and leaves, where definitions or scale differ; else empty.
    """

    as_of_before: date
    as_of_after: date
    movements: tuple[Movement, ...]
    gone: int
    choices_changed: tuple[str, ...]
    flags: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


def compare_runs(before: Run, after: Run) -> Comparison:
    """Compare an earlier with a later run (equal as-of dates are allowed).

    Raises:
        BadInput: the first run is of a later date than the second.
    """
    if before.as_of > after.as_of:
        raise BadInput(
            f"{before.path} is of {before.as_of}, which is later than {after.as_of} of {after.path}: name the "
            "earlier run first."
        )
    choices_changed = _choices_changed(before, after)
    joined = _people(before, after)
    evidence = _what_happened(before, after, joined["person_id"])
    movements = [
        _movement(row, evidence.get(row["person_id"], {}), bool(choices_changed))
        for row in joined.filter(~pl.col("is_gone")).to_dicts()
    ]
    order = list(Change)
    movements.sort(key=lambda each: (order.index(each.change), each.rank_after or 10**9, each.rank_before or 10**9))
    return Comparison(
        as_of_before=before.as_of,
        as_of_after=after.as_of,
        movements=tuple(movements),
        gone=joined.filter("is_gone").height,
        choices_changed=choices_changed,
        flags=_flags(before, after) if choices_changed else {},
    )


def _choices_changed(before: Run, after: Run) -> tuple[str, ...]:
    said: list[str] = []
    for key, name in (("definitions", "definitions"), ("scale", "harm scale"), ("model", "model")):
        first, second = before.manifest[key], after.manifest[key]
        if first != second:
            said.append(f"{name}: {_name(first)} before, {_name(second)} after")
    if before.panel_size != after.panel_size:
        said.append(f"panel size: {before.panel_size} before, {after.panel_size} after")
    return tuple(said)


def _name(choice: Mapping[str, Any]) -> str:
    """Name, version and the beginning of the hash, as far as the manifest has them."""
    parts = (choice.get("name"), choice.get("version"), str(choice.get("hash", ""))[:12])
    return " ".join(str(part) for part in parts if part)


def _people(before: Run, after: Run) -> pl.DataFrame:
    """One row per person in the top K of either run, under the ids of the later: both ranks and both holds."""
    columns = ["person_id", "rank", "is_listed", "hold", "holds", "score", "standing"]
    merged = _new_merges(before, after)
    split = _new_merges(after, before)
    changed = pl.concat([merged["new_id"], merged["old_id"], split["old_id"], split["new_id"]])
    earlier = (
        before.ranked.select(columns)
        .join(merged, left_on="person_id", right_on="old_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("new_id", "person_id").alias("person_id"))
        .drop("new_id")
        .sort("rank", nulls_last=True)
        .unique("person_id", keep="first", maintain_order=True)
    )
    later = after.ranked.select(columns)
    unnamed = list(before.unnamed | after.unnamed)
    return (
        earlier.join(later, on="person_id", how="full", suffix="_after", coalesce=True)
        .filter(pl.col("is_listed").fill_null(value=False) | pl.col("is_listed_after").fill_null(value=False))
        .filter(~pl.col("person_id").is_in(unnamed))
        .with_columns(
            pl.col("score_after").is_null().alias("is_gone"),
            pl.col("person_id").is_in(changed.implode()).alias("has_changed_identity"),
        )
        .sort("person_id")
    )


def _new_merges(before: Run, after: Run) -> pl.DataFrame:
    """Ids that stand for themselves in `before` and for another in `after`."""
    return after.history.merges.join(before.history.merges, on=["old_id", "new_id"], how="anti")


def _what_happened(before: Run, after: Run, people: pl.Series) -> dict[str, dict[str, int]]:
    """Per person the number of records that are new, late, withdrawn, corrected or that left a window."""
    then = _suspect_records(before.history, people)
    now = _suspect_records(after.history, people)
    cut = datetime.combine(before.as_of, time.min)
    in_both = then.join(now, on=["person_id", "incident_id"], how="semi")
    added = now.join(then, on=["person_id", "incident_id"], how="anti")
    is_new, is_late = pl.col("day") >= before.as_of, pl.col("known_at") >= cut
    kinds = {
        "new": added.filter(is_new),
        "late": added.filter(~is_new, is_late),
        "corrected": added.filter(~is_new, ~is_late),
        "withdrawn": then.join(now, on=["person_id", "incident_id"], how="anti"),
        "aged": in_both.filter(pl.any_horizontal(_left(days, before.as_of, after.as_of) for days in _WINDOWS)),
    }
    found: dict[str, dict[str, int]] = {}
    for kind, records in kinds.items():
        for person, count in records.group_by("person_id").len("n").iter_rows():
            found.setdefault(person, {})[kind] = count
    return found


def _left(days: int, before: date, after: date) -> pl.Expr:
    window = timedelta(days=days)
    return pl.col("day").is_between(before - window, after - window, closed="left")


def _suspect_records(history: History, people: pl.Series) -> pl.DataFrame:
    return (
        history.involvements.filter("is_domestic", pl.col("role") == Role.SUSPECT)
        .filter(pl.col("person_id").is_in(people.implode()))
        .select("person_id", "incident_id", "day", "known_at")
        .collect()
    )


def _movement(row: Mapping[str, Any], happened: Mapping[str, int], choices_changed: bool) -> Movement:
    was, now = bool(row["is_listed"]), bool(row["is_listed_after"])
    if row["has_changed_identity"]:
        change, why = Change.IDENTITY_CHANGED, ["ids were merged or a merge was undone; this is no movement"]
    else:
        stayed = Change.STAYED if row["rank"] == row["rank_after"] else Change.MOVED
        change = stayed if was and now else Change.NEW if now else Change.LEFT
        why = [*_records(happened), *_holds(row)]
    if not why and choices_changed and change is not Change.STAYED:
        why = ["the runs were made by different rules"]
    return Movement(
        person_id=row["person_id"],
        change=change,
        rank_before=row["rank"],
        rank_after=row["rank_after"],
        why=tuple(why) or (_otherwise(row, change),),
    )


def _records(happened: Mapping[str, int]) -> list[str]:
    said = {
        "new": "new event",
        "late": "late record of an earlier event",
        "withdrawn": "record withdrawn (cancelled, eliminated or corrected)",
        "corrected": "record added by a corrected extract",
        "aged": "aged out of a window",
    }
    return [f"{words}: {happened[kind]}" for kind, words in said.items() if kind in happened]


def _holds(row: Mapping[str, Any]) -> list[str]:
    hold, hold_after = row["hold"], row["hold_after"]
    said: list[str] = []
    if hold != hold_after:
        if hold is not None:
            ended = "resolution" if hold in row["holds_after"] else "hold no longer applies"
            said.append(f"{ended}: {_short(hold)}")
        if hold_after is not None:
            is_reopened = row["holds"] is not None and hold_after in row["holds"]
            said.append(f"{'hold reopened or next' if is_reopened else 'now held'}: {_short(hold_after)}")
    if "deceased" in row["standing_after"] and row["rank_after"] is None:
        said.append("recorded as deceased")
    return said


def _short(hold: str) -> str:
    return HOLD_WORDS[hold].partition(":")[0]


def _otherwise(row: Mapping[str, Any], change: Change) -> str:
    if change is Change.STAYED:
        return "same rank"
    return "others moved" if row["score"] == row["score_after"] else "time passed: the latest record is older"


def _flags(before: Run, after: Run) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Whoever is in both runs and enters or leaves a flag."""
    columns = ["person_id", *FLAGS]
    both = before.ranked.select(columns).join(after.ranked.select(columns), on="person_id", suffix="_after")
    changes: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for flag in FLAGS:
        was, now = pl.col(flag).fill_null(value=False), pl.col(f"{flag}_after").fill_null(value=False)
        enters = both.filter(~was & now)["person_id"].sort().to_list()
        leaves = both.filter(was & ~now)["person_id"].sort().to_list()
        changes[flag] = (tuple(enters), tuple(leaves))
    return changes
