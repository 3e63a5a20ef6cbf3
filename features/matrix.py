"""The feature matrix: one row per suspect at one as-of date, every column of the catalogue and every flag.

What does not depend on the harm scale is made once per as-of date and shared by the matrices of all scales.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from features import components, history, overlap, patterns
from features.catalogue import CATALOGUE, absent_features, sources_needed
from features.dyads import dyad_incidents, dyads
from features.events import Events, collect_events
from features.flags import with_flags
from mat.asof import History, known_by
from mat.definitions import Definitions, load_definitions
from mat.harm import Scale, is_usable
from mat.schemas.matrix import FeatureMatrix
from mat.snapshot import Snapshot

_SPECS = {spec.name: spec for spec in CATALOGUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everyone who is a suspect in a known DA incident, and what is counted about them whatever the scale.

    `dyad_incidents`: one row per dyad and incident; `dyads`: one row per dyad; `features`: one row per suspect, keyed
    by `person`, without those under restriction.
    """

    history: History
    events: Events
    dyad_incidents: pl.DataFrame
    dyads: pl.DataFrame
    features: pl.DataFrame


def read_population(known: History) -> Population:
    """Count everything that does not depend on the harm scale, once."""
    events = collect_events(known)
    incidents = dyad_incidents(known, events)
    pairs = dyads(incidents)
    return Population(
        history=known,
        events=events,
        dyad_incidents=incidents,
        dyads=pairs,
        features=_unscaled(known, events, pairs),
    )


def matrix(population: Population, scale: Scale, definitions: Definitions) -> FeatureMatrix:
    """The feature matrix under one scale: one row per suspect, sorted by `person_id`.

    Columns: `person_id`, `as_of`, every feature of the catalogue, every flag. People under restriction have no row;
    deceased people have one.
    """
    events = population.events
    weights = events.weigh(scale)
    people = population.features["person"]
    harm = _in_order(people, history.suspect_harm(events, weights).lazy(), events)
    features = pl.concat([population.features, harm], how="horizontal").select(
        events.people["person_id"].gather(people),
        pl.lit(population.history.as_of).alias("as_of"),
        *(pl.col(spec.name).cast(_type(spec.name)) for spec in CATALOGUE),
    )
    domestic_crimes = events.incidents["is_domestic"] & events.incidents["is_crime"]
    weighted = int((domestic_crimes & weights["weight_units"].is_not_null()).sum())
    return FeatureMatrix(
        frame=with_flags(features, definitions, population.history.snapshot),
        specs=CATALOGUE,
        as_of=population.history.as_of,
        scale=scale.name,
        scale_is_usable=scale.every_crime_weighs_one or is_usable(weighted, int(domestic_crimes.sum())),
        typical_weight=scale.typical_weight,
    )


def build_matrix(
    snapshot: Snapshot,
    as_of: date,
    scale: Scale,
    definitions: Definitions | None = None,
    restrictions: pl.DataFrame | None = None,
) -> FeatureMatrix:
    """The feature matrix of a snapshot at one as-of date; see `matrix` for its grain."""
    population = read_population(known_by(snapshot, as_of, restrictions))
    return matrix(population, scale, definitions or load_definitions())


def _unscaled(known: History, events: Events, pairs: pl.DataFrame) -> pl.DataFrame:
    restricted = events.number_of(known.restricted, "person_id").collect()["person_id"]
    counts = history.suspect_counts(events).filter(~pl.col("person").is_in(restricted.implode()))
    people = counts["person"]
    families = [
        counts.lazy(),
        history.non_da_crimes(events),
        history.median_gaps(events),
        history.order_breaches(known, events),
        history.custody_days(known, events),
        overlap.victim_counts(events).lazy(),
        overlap.both_roles(events),
        patterns.victims_per_suspect(pairs),
        patterns.unconnected_victims(known, events, pairs),
        components.component_sizes(events, pairs).lazy(),
        patterns.co_suspects(events),
    ]
    zeroes = pl.all().exclude("median_gap_days").fill_null(0)
    frame = pl.concat(
        [people.to_frame(), *(_in_order(people, family, events).with_columns(zeroes) for family in families)],
        how="horizontal",
    )
    absent = [source for source in sources_needed() if not _has(known.snapshot, source)]
    return frame.with_columns(pl.lit(None, _type(name)).alias(name) for name in absent_features(absent))


def _in_order(people: pl.Series, family: pl.LazyFrame, events: Events) -> pl.DataFrame:
    """The family's columns, one row per person of `people`, in that order; null where the family has no row.

    A person is a small number, so rows are found by place: joining the families one by one costs several times more.
    """
    rows = family.collect(engine="streaming")
    row_of = pl.Series([None], dtype=pl.UInt32).new_from_index(0, events.people.height)
    row_of = row_of.scatter(rows["person"], pl.int_range(rows.height, dtype=pl.UInt32, eager=True))
    return rows.drop("person").select(
        pl.col(name).gather(row_of.gather(people)).cast(_type(name)) for name in rows.columns if name != "person"
    )


def _has(snapshot: Snapshot, source: str) -> bool:
    table, _, column = source.partition(".")
    return snapshot.has_column(table, column) if column else snapshot.has_table(table)


def _type(name: str) -> type[pl.DataType]:
    return pl.Float64 if _SPECS[name].unit == "scale points" or name == "median_gap_days" else pl.Int32
