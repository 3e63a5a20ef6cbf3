"""What reviewers decided about holds, and whether the decision still stands.

Only the outcome `list` lifts a hold, only the hold it names, and a hold between two people only for that pair. The
decision falls when its review date has passed or anything between the two, or about the person, became known since.
A resolution is tied to the id it was made for: a merge never carries it over.
"""

from __future__ import annotations

from datetime import datetime, time

import polars as pl

from features.matrix import Population
from mat.definitions import Definitions
from mat.vocabulary import ResolutionOutcome, Role

_MOST_CAUTIOUS_LAST = {ResolutionOutcome.LIST: 0, ResolutionOutcome.KEEP_HELD: 1, ResolutionOutcome.DO_NOT_LIST: 2}


def first_unresolved(
    population: Population, holds: pl.DataFrame, resolved: pl.DataFrame, definitions: Definitions
) -> pl.DataFrame:
    """One row per row of `holds`, in order: `person_id`, `hold`, the first hold not lifted; null where none is left.

    Args:
        population: who is known.
        holds: one row per suspect, `person_id` and `holds` (list, in order).
        resolved: one row per decision: `person_id`, `hold`, `counterparty_id`, `outcome`, `resolved_at`, `review_by`
            (both naive datetimes, `review_by` may be null).
        definitions: which holds exist, go by dyad, or can never be lifted.
    """
    midnight = datetime.combine(population.history.as_of, time.min)
    per_dyad = [rule.hold.value for rule in definitions.holds if rule.per_dyad and rule.can_be_lifted]
    of_whom = pl.when(pl.col("hold").is_in(per_dyad)).then("counterparty_id").alias("counterparty_id")
    standing = _standing_decisions(resolved.with_columns(of_whom), midnight)
    personal = [rule.hold.value for rule in definitions.holds if not rule.per_dyad and rule.can_be_lifted]
    lifted = pl.concat(
        [
            _lifted_dyads(population, standing.filter(pl.col("hold").is_in(per_dyad))),
            _lifted_people(population, standing.filter(pl.col("hold").is_in(personal))),
        ]
    )
    remaining = (
        holds.select("person_id", pl.col("holds").alias("hold"))
        .explode("hold")
        .drop_nulls("hold")
        .join(lifted, on=["person_id", "hold"], how="anti", maintain_order="left")
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("hold").first())
    )
    return holds.select("person_id").join(remaining, on="person_id", how="left", maintain_order="left")


def _standing_decisions(resolved: pl.DataFrame, midnight: datetime) -> pl.DataFrame:
    """The latest decision per person, hold and counterparty, where it says `list` and its review is not overdue."""
    return (
        resolved.filter(pl.col("resolved_at") < midnight)
        .with_columns(pl.col("outcome").replace_strict(_MOST_CAUTIOUS_LAST, return_dtype=pl.Int8).alias("caution"))
        .sort("resolved_at", "caution")
        .unique(["person_id", "hold", "counterparty_id"], keep="last", maintain_order=True)
        .filter(
            pl.col("outcome") == ResolutionOutcome.LIST,
            pl.col("review_by").is_null() | (pl.col("review_by") >= midnight),
        )
        .select("person_id", "hold", "counterparty_id", "resolved_at")
    )


def _lifted_people(population: Population, decisions: pl.DataFrame) -> pl.DataFrame:
    latest = (
        population.history.involvements.filter("is_domestic", pl.col("role").is_in([Role.SUSPECT, Role.VICTIM]))
        .join(decisions.lazy().select("person_id").unique(), on="person_id", how="semi")
        .group_by("person_id")
        .agg(pl.col("known_at").max().alias("latest"))
        .collect()
    )
    return _still_stands(decisions, latest, ["person_id"]).select("person_id", "hold").unique()


def _lifted_dyads(population: Population, decisions: pl.DataFrame) -> pl.DataFrame:
    people = population.events.people.lazy()
    reciprocal = (
        population.dyads.lazy()
        .filter("is_reciprocal")
        .join(people.rename({"person": "suspect", "person_id": "person_id"}), on="suspect")
        .join(people.rename({"person": "victim", "person_id": "counterparty_id"}), on="victim")
        .join(decisions.lazy().select("person_id"), on="person_id", how="semi")
        .select("person_id", "counterparty_id", "suspect", "victim")
        .collect()
    )
    latest = _latest_between(population, reciprocal)
    cleared = _still_stands(decisions, latest, ["person_id", "counterparty_id"])
    pending = (
        reciprocal.join(decisions.select("hold").unique(), how="cross")
        .join(cleared, on=["person_id", "counterparty_id", "hold"], how="anti")
        .select("person_id", "hold")
    )
    return cleared.select("person_id", "hold").unique().join(pending, on=["person_id", "hold"], how="anti")


def _latest_between(population: Population, reciprocal: pl.DataFrame) -> pl.DataFrame:
    """One row per pair: `latest`, when the last incident between the two, in either direction, became known."""
    roles = population.history.involvements.filter("is_domestic").select("incident", "person_id", "role", "known_at")
    people = population.events.people.lazy()
    one_way = reciprocal.select("person_id", "counterparty_id", "suspect", "victim")
    other_way = reciprocal.select(
        "person_id", "counterparty_id", pl.col("victim").alias("suspect"), pl.col("suspect").alias("victim")
    )
    between = pl.concat([one_way, other_way]).lazy().join(population.dyad_incidents.lazy(), on=["suspect", "victim"])
    for column, role in (("suspect", Role.SUSPECT), ("victim", Role.VICTIM)):
        known = (
            roles.filter(pl.col("role") == role)
            .join(people, on="person_id")
            .select("incident", pl.col("person").alias(column), pl.col("known_at").alias(f"{column}_known_at"))
        )
        between = between.join(known, on=["incident", column])
    return (
        between.group_by("person_id", "counterparty_id")
        .agg(pl.max_horizontal("suspect_known_at", "victim_known_at").max().alias("latest"))
        .collect()
    )


def _still_stands(decisions: pl.DataFrame, latest: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return decisions.join(latest, on=key, how="inner").filter(pl.col("latest") < pl.col("resolved_at"))
