"""Known incidents as compact columns of numbers, made once and shared by every feature family.

People and incidents are replaced by small integers; a person's number follows the order of `person_id`, so whatever is
sorted by number is sorted by id. Numbers mean nothing outside the `Events` they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mat.asof import History
from mat.harm import Scale
from mat.numbered import NumberedSnapshot
from mat.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What every feature is counted from. `age` is as-of date minus incident date in days, at least 1.

    `incidents`: one row per counting incident, in order of `incident`, which runs from 0: `age`, `is_domestic`,
    `is_crime`, `offence_code`.
    `suspects`: one row per counting suspect and incident, sorted by person and age: `person`, `incident`, `age`,
    `known_age` (as-of date minus the date it became known, at least 1), `is_domestic`, `is_crime`, `has_children`.
    `victims`: one row per victim and DA incident, sorted by person: `person`, `incident`, `age`.
    `people`: at least one row per person in either: `person`, `person_id`, sorted.
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
    as_of = pl.lit(history.as_of)
    age = (as_of - pl.col("day")).dt.total_days().cast(pl.Int32).alias("age")
    facts = history.incidents.select("incident", age, "is_domestic", "is_crime", "offence_code")
    is_suspect = pl.col("role") == Role.SUSPECT
    is_victim = (pl.col("role") == Role.VICTIM) & pl.col("is_domestic")
    roles = history.involvements.filter(is_suspect | is_victim).select(
        "person_id",
        "incident",
        age,
        (as_of - pl.col("known_at").dt.date()).dt.total_days().cast(pl.Int32).alias("known_age"),
        is_suspect.alias("is_suspect"),
        "is_domestic",
        "is_crime",
        pl.col("children_present").fill_null(value=False).alias("has_children"),
    )
    incidents, named = pl.collect_all([facts, roles], engine="streaming")
    if isinstance(history.snapshot, NumberedSnapshot):
        people = history.snapshot.numbers()
        numbered = named.rename({"person_id": "person"})
    else:
        people = named.lazy().select("person_id").unique().collect(engine="streaming").sort("person_id")
        people = people.with_row_index("person")
        numbered = named.lazy().join(people.lazy(), on="person_id").drop("person_id").collect(engine="streaming")
    return Events(
        as_of=history.as_of,
        incidents=incidents.sort("incident"),
        suspects=numbered.filter("is_suspect").drop("is_suspect").sort("person", "age", "incident"),
        victims=numbered.filter(~pl.col("is_suspect")).select("person", "incident", "age").sort("person"),
        people=people,
    )
