"""What can be wrong with an extract, done on purpose: people split or merged, a short history, records never made.

Every function takes tables and gives new ones; the same seed and tables give the same disturbance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from mat.schemas.extract import TABLES

Tables = Mapping[str, pl.DataFrame]

#: The date by which an event of each table counts as history; tables without one are kept whole.
_DATED = {
    "incidents": "occurred_at",
    "orders": "issued_at",
    "order_breaches": "occurred_at",
    "assessments": "assessed_at",
    "marac": "heard_at",
    "programme_referrals": "referred_at",
    "programme_events": "at",
    "custody": "from_at",
    "standing": "from_at",
    "nominations": "nominated_at",
}
_SECOND = "+2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """Tables with something wrong. `ids`: one row per id that changed, `person_id` as it is now and `true_id`.

    A split person's second id has that person as `true_id`. A merged id has two rows: each of the two people it hides.
    """

    tables: Tables
    ids: pl.DataFrame


def undisturbed(tables: Tables) -> Disturbed:
    """Nothing wrong."""
    return Disturbed(tables=tables, ids=_ids([], []))


def split_people(tables: Tables, share: float, seed: int) -> Disturbed:
    """A share (0 to 1) of the people with several incidents known under two ids, about half of their incidents each.

    No incident and no role is lost: roles and pairs of the chosen incidents go to the second id, all else stays.
    """
    roles = tables["involvements"]
    several = (
        roles.group_by("person_id")
        .agg(pl.col("incident_id").n_unique().alias("incidents"))
        .filter(pl.col("incidents") > 1)
    )
    chosen = several.sort("person_id").sample(fraction=share, seed=seed, shuffle=True)["person_id"].sort()
    moves = (
        roles.filter(pl.col("person_id").is_in(chosen.implode()))
        .select("person_id", "incident_id")
        .unique()
        .sort("person_id", "incident_id")
        .sample(fraction=1.0, seed=seed, shuffle=True)
        .with_columns(place=pl.int_range(pl.len()).over("person_id"), size=pl.len().over("person_id"))
        .filter(pl.col("place") < pl.col("size") // 2)
        .select("person_id", "incident_id", moved=pl.col("person_id") + _SECOND)
    )
    second = chosen + _SECOND
    persons = tables["persons"]
    added = persons.filter(pl.col("person_id").is_in(chosen.implode())).with_columns(pl.col("person_id") + _SECOND)
    changed = {
        "persons": pl.concat([persons, added]),
        "involvements": _moved(roles, moves, "person_id"),
        "pairs": _moved(_moved(tables["pairs"], moves, "suspect_id"), moves, "victim_id"),
    }
    return Disturbed(tables={**tables, **changed}, ids=_ids(second.to_list(), chosen.to_list()))


def _moved(table: pl.DataFrame, moves: pl.DataFrame, column: str) -> pl.DataFrame:
    """The table with people renamed in the incidents that were moved."""
    return (
        table.join(moves, left_on=[column, "incident_id"], right_on=["person_id", "incident_id"], how="left",
                   maintain_order="left")
        .with_columns(pl.coalesce("moved", column).alias(column))
        .drop("moved")
    )  # fmt: skip


def merge_people(tables: Tables, share: float, seed: int) -> Disturbed:
    """A share (0 to 1) of the people with a role taken for somebody else of the same recorded sex.

    Nobody is in two merges, and nobody is merged with a person of the same incident. The other person's id is kept, and
    every table uses it; rows that became the same row twice are kept once.
    """
    roles = tables["involvements"]
    known = tables["persons"].unique("person_id", keep="none").select("person_id", "sex")
    people = known.join(roles.select("person_id").unique(), on="person_id", how="semi").sort("person_id")
    drawn = people.sample(fraction=1.0, seed=seed, shuffle=True).filter(
        pl.int_range(pl.len()) < round(2 * share * people.height)
    )
    place = drawn.with_columns(place=pl.int_range(pl.len()).over("sex"))
    halves = place.with_columns(couple=pl.col("place") // 2, is_kept=pl.col("place") % 2 == 0)
    couples = halves.filter("is_kept").join(halves.filter(~pl.col("is_kept")), on=["sex", "couple"], suffix="_lost")
    couples = couples.filter(~_share_an_incident(roles, couples)).sort("person_id")
    names = couples.select(old="person_id_lost", new="person_id")
    changed = {name: _renamed(table, name, names) for name, table in tables.items() if name != "persons"}
    changed["persons"] = tables["persons"].filter(~pl.col("person_id").is_in(names["old"].implode()))
    kept = names["new"].to_list()
    return Disturbed(tables=changed, ids=_ids([*kept, *kept], [*kept, *names["old"].to_list()]))


def _share_an_incident(roles: pl.DataFrame, couples: pl.DataFrame) -> pl.Series:
    """Whether the two of each couple have a role in one incident."""
    of = roles.select("person_id", "incident_id").unique()
    both = (
        couples.select("person_id", "person_id_lost")
        .join(of, on="person_id")
        .join(of, left_on=["person_id_lost", "incident_id"], right_on=["person_id", "incident_id"])
    )
    return couples["person_id"].is_in(both["person_id"].implode())


def _renamed(table: pl.DataFrame, name: str, names: pl.DataFrame) -> pl.DataFrame:
    """The table with every old id replaced; a renamed row that repeats the key of an earlier row is left out."""
    contract = TABLES[name]
    holders = [column.name for column in contract.columns if column.names == "persons"]
    replaced = table.with_columns(
        pl.col(column).replace(names["old"], names["new"]).alias(column) for column in holders
    )
    is_renamed = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(each).is_in(names["new"].implode()) for each in holders)
    )
    is_first = pl.struct(contract.key).is_first_distinct()
    return replaced.filter(~is_renamed | is_first)


def short_history(tables: Tables, begins: date) -> Disturbed:
    """Only what happened on `begins` or later; people stay. What cannot be read as a date stays too."""
    first = begins.isoformat()
    changed = {
        name: table.filter(pl.col(_DATED[name]).is_null() | (pl.col(_DATED[name]) >= first))
        if name in _DATED
        else table
        for name, table in tables.items()
    }
    return Disturbed(tables=_without_orphans(changed), ids=_ids([], []))


def under_recorded(tables: Tables, *, attribute: str, group: str, share: float, seed: int) -> Disturbed:
    """A share (0 to 1) of the incidents whose every suspect is of one group (`attribute` of persons) never recorded."""
    of_group = (
        tables["persons"].filter(pl.col(attribute) == group).select("person_id", pl.lit(value=True).alias("is_of"))
    )
    theirs = (
        tables["involvements"]
        .filter(pl.col("role") == "suspect")
        .join(of_group.unique("person_id"), on="person_id", how="left")
        .group_by("incident_id")
        .agg(pl.col("is_of").fill_null(value=False).all().alias("is_theirs"))
        .filter("is_theirs")
        .sort("incident_id")
    )
    lost = theirs.sample(fraction=share, seed=seed, shuffle=True)["incident_id"]
    incidents = tables["incidents"].filter(~pl.col("incident_id").is_in(lost.implode()))
    return Disturbed(tables=_without_orphans({**tables, "incidents": incidents}), ids=_ids([], []))


def _without_orphans(tables: Tables) -> Tables:
    """The tables without rows that hang on an incident, order or referral that is no longer there."""
    kept: dict[str, pl.DataFrame] = {}
    for name, contract in TABLES.items():
        if name not in tables:
            continue
        table = tables[name]
        for column in contract.columns:
            parent = column.names
            if parent is None or parent == "persons" or parent not in kept:
                continue
            key = TABLES[parent].key[0]
            table = table.filter(pl.col(column.name).is_in(kept[parent][key].implode()))
        kept[name] = table
    return kept


def _ids(now: list[str], true: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"person_id": now, "true_id": true}, schema={"person_id": pl.Utf8, "true_id": pl.Utf8})
