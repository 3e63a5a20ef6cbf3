"""Known incidents as compact columns of numbers, made once and shared by every feature family.

People and incidents are replaced by small integers; a person's number follows the order of `person_id`, so whatever is
sorted by number is sorted by id. Numbers mean nothing outside the `Events` they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
from mat.harm import Scale

from mat.asof import History
from mat.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What every feature is counted from. `age` is as-of date minus incident date in days, at least 1.

    `incidents`: one row per counting incident, in order of `incident`: `age`, `is_domestic`, `is_crime`,
    `offence_code`, `children_present`.
    `suspects`: one row per counting suspect and incident: `person`, `incident`, `known_age` (as-of date minus the
    date it became known, at least 1).
    `victims`: one row per victim and DA incident: `person`, `incident`.
    `people`: one row per person in either: `person`, `person_id`, sorted.
    """

    as_of: date
    incidents: pl.DataFrame
    suspects: pl.DataFrame
    victims: pl.DataFrame
    people: pl.DataFrame

    def number_of(self, ids: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
        """Replace person ids in `columns` by numbers; rows that name anybody else are dropped."""
        for column in columns:
            people = self.people.lazy().rename({"person": "_person", "person_id": column})
            ids = ids.join(people, on=column).drop(column).rename({"_person": column})
        return ids

    def weigh(self, scale: Scale) -> pl.DataFrame:
        """One row per incident, in order: `weight_units` (ten-thousandths; null without weight), `is_high_risk`."""
        return scale.weigh(self.incidents.lazy()).select("weight_units", "is_high_risk").collect()


def collect_events(history: History) -> Events:
    """Read the known incidents and roles once and number them."""
    midnight = pl.lit(history.as_of)
    facts = history.incidents.select(
        "incident",
        (midnight - pl.col("day")).dt.total_days().cast(pl.Int32).alias("age"),
        "is_domestic",
        "is_crime",
        "offence_code",
        "children_present",
    )
    known_age = (midnight - pl.col("known_at").dt.date()).dt.total_days().cast(pl.Int32).alias("known_age")
    suspects = history.involvements.filter(pl.col("role") == Role.SUSPECT).select("person_id", "incident", known_age)
    victims = history.involvements.filter(pl.col("role") == Role.VICTIM, pl.col("is_domestic")).select(
        "person_id", "incident"
    )
    incidents, suspects_named, victims_named = pl.collect_all([facts, suspects, victims])
    people = (
        pl.concat([suspects_named.select("person_id"), victims_named.select("person_id")])
        .unique()
        .sort("person_id")
        .with_row_index("person")
    )

    def numbered(roles: pl.DataFrame) -> pl.DataFrame:
        return roles.join(people, on="person_id", maintain_order="left").drop("person_id")

    return Events(
        as_of=history.as_of,
        incidents=incidents,
        suspects=numbered(suspects_named),
        victims=numbered(victims_named),
        people=people,
    )
