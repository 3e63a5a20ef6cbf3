"""What lies behind the people of a list, by the ids of the run: events, dyads, orders, standing, nominations.

As known at the as-of date, under the ids used then; nobody in `unnamed` is a counterpart of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

import polars as pl

from app.restricted import sensitive_ids
from app.tasking.runs.reading import ReadRun
from features.dyads import dyad_incidents
from features.events import collect_events
from mat.asof import History, known_by
from mat.errors import ScaleError
from mat.harm import Scale, in_points, load_scale, shipped_scales
from mat.vocabulary import Role

#: Of an event, by counterpart, in one order: who it is, which injury is recorded, and who called.
_BETWEEN_TWO = ("counterparts", "injuries", "callers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom a run is about: `listed_or_held` and `nominated` have their histories loaded.

    `people`: everybody with a place, and everybody nominated, once. `sensitive`: whoever is, in any role.
    `merges`: `old_id`, `new_id`, as the run follows them.
    """

    history: History
    people: pl.Series
    with_history: pl.Series
    nominated: pl.Series
    sensitive: pl.Series
    merges: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Frames whose `person_id` is one of the people asked for; counterparts stand under their own ids.

    `events`: per person, incident and role, `counterparts` a list of ids, and in the same order `injuries` and
    `callers`, null where not recorded. `dyads`: per person, counterpart and direction. `orders`: per person and order,
    `counterpart_id` null where nobody is protected, `breaches` a list of times. `counterparts`: `person_id`,
    `counterpart_id`, in the order in which they became counterparts.
    """

    events: pl.DataFrame
    dyads: pl.DataFrame
    orders: pl.DataFrame
    standing: pl.DataFrame
    nominations: pl.DataFrame
    counterparts: pl.DataFrame


def known_of(run: ReadRun) -> Known:
    """Whom a run is about."""
    history = known_by(run.snapshot, run.as_of)
    is_held = pl.col("held_rank").is_not_null() | pl.col("hold").is_not_null()
    worked_on = run.ranked.filter(pl.col("is_listed") | is_held)["person_id"]
    nominated = history.nominations.select("person_id").unique().collect().to_series()
    return Known(
        history=history,
        people=pl.concat([run.ranked["person_id"], nominated]).unique(maintain_order=True),
        with_history=pl.concat([worked_on, nominated]).unique(maintain_order=True),
        nominated=nominated,
        sensitive=sensitive_ids(history),
        merges=history.merges,
    )


def counterparts_of(run: ReadRun, known: Known, people: pl.Series) -> pl.Series:
    """The ids of everybody who is a counterpart of one of `people`."""
    dyads = _both_ways(run, people)
    protected = _orders(known.history, people)["counterpart_id"]
    return pl.concat([dyads["counterpart_id"], protected.drop_nulls()]).unique()


def histories_of(run: ReadRun, known: Known, people: pl.Series, unnamed: pl.Series) -> Histories:
    """The histories of `people`, without naming any of `unnamed` as a counterpart."""
    history = known.history
    dyads = _both_ways(run, people).filter(~pl.col("counterpart_id").is_in(unnamed.implode()))
    orders = _orders(history, people).with_columns(_named("counterpart_id", unnamed))
    return Histories(
        events=_events(run, history, people, unnamed),
        dyads=dyads.join(_relationships(history), on=["suspect_id", "victim_id"], how="left").drop(
            "suspect_id", "victim_id"
        ),
        orders=orders,
        standing=_of(history.standing, people)
        .select("person_id", "kind", "from_at", "to_at", "level", "source")
        .collect(),
        nominations=_of(history.nominations, people)
        .select("person_id", "nomination_id", "agency", "nominated_at", "reason")
        .collect(),
        counterparts=_in_order(dyads, orders),
    )


def _of(rows: pl.LazyFrame, people: pl.Series, column: str = "person_id") -> pl.LazyFrame:
    return rows.join(people.to_frame("_person").lazy(), left_on=column, right_on="_person", how="semi")


def _named(column: str, unnamed: pl.Series) -> pl.Expr:
    return pl.when(~pl.col(column).is_in(unnamed.implode())).then(column).alias(column)


def _both_ways(run: ReadRun, people: pl.Series) -> pl.DataFrame:
    """One row per person, counterpart and direction: the columns of the relationship table, and who is who."""
    ways = [
        _of(run.relationships.lazy(), people, own).with_columns(
            pl.col(own).alias("person_id"),
            pl.col(other).alias("counterpart_id"),
            pl.lit(role.value).alias("subject_is"),
        )
        for own, other, role in (("suspect_id", "victim_id", Role.SUSPECT), ("victim_id", "suspect_id", Role.VICTIM))
    ]
    return pl.concat(ways).collect()


def _relationships(history: History) -> pl.DataFrame:
    """One row per pair that the force described: what the suspect is to the victim, as last recorded."""
    return (
        history.pairs.drop_nulls("relationship")
        .join(history.incidents.select("incident_id", "occurred_at"), on="incident_id")
        .sort("occurred_at", "incident_id")
        .group_by("suspect_id", "victim_id")
        .agg(pl.col("relationship").last())
        .collect()
    )


def _events(run: ReadRun, history: History, people: pl.Series, unnamed: pl.Series) -> pl.DataFrame:
    midnight = datetime.combine(run.as_of, time.min)
    is_known_status = pl.col("status_at").is_null() | (pl.col("status_at") < midnight)
    rows = _of(history.involvements, people).select(
        "person_id",
        "incident_id",
        "occurred_at",
        pl.col("known_at").alias("recorded_at"),
        "role",
        pl.when(is_known_status).then("status").alias("status"),
        "offence_code",
        "is_crime",
        "is_domestic",
        pl.col("cancelled_at").is_not_null().alias("is_cancelled"),
        "ward",
        "children_present",
        "risk_grade",
        "outcome_code",
    )
    weighed = _weighed(run, rows)
    return (
        weighed.join(_counterparts(history, people, unnamed), on=["person_id", "incident_id", "role"], how="left")
        .with_columns(pl.col(*_BETWEEN_TWO).fill_null(pl.lit([], pl.List(pl.String))))
        .collect()
    )


def _weighed(run: ReadRun, rows: pl.LazyFrame) -> pl.LazyFrame:
    """With `weight` in scale points: null where the run's scale is not one that comes with this mat, or has none."""
    scale = _scale_of(run)
    if scale is None:
        return rows.with_columns(pl.lit(None, pl.Float64).alias("weight"))
    weighed = scale.weigh(rows)
    return weighed.with_columns(in_points(pl.col("weight_units")).alias("weight")).drop("weight_units", "is_high_risk")


def _scale_of(run: ReadRun) -> Scale | None:
    if run.scale not in shipped_scales():
        return None
    try:
        scale = load_scale(run.scale)
    except ScaleError:
        return None
    return scale if scale.hash == run.scale_hash else None


def _counterparts(history: History, people: pl.Series, unnamed: pl.Series) -> pl.LazyFrame:
    """One row per person, incident and role: `_BETWEEN_TWO`, of the dyads of that incident, in one order."""
    events = collect_events(history)
    ids = events.people.lazy()
    numbers = history.incidents.select("incident", "incident_id")
    told = history.pairs.select("incident_id", "suspect_id", "victim_id", "injury", "reported_by")
    named = (
        dyad_incidents(history, events)
        .lazy()
        .select("suspect", "victim", "incident")
        .join(ids.rename({"person": "suspect", "person_id": "suspect_id"}), on="suspect")
        .join(ids.rename({"person": "victim", "person_id": "victim_id"}), on="victim")
        .join(numbers, on="incident")
        .join(told, on=["incident_id", "suspect_id", "victim_id"], how="left")
    )
    ways = [
        _of(named, people, own)
        .filter(~pl.col(other).is_in(unnamed.implode()))
        .select(
            pl.col(own).alias("person_id"),
            "incident_id",
            pl.lit(role.value).alias("role"),
            pl.col(other).alias("counterpart_id"),
            "injury",
            "reported_by",
        )
        for own, other, role in (("suspect_id", "victim_id", Role.SUSPECT), ("victim_id", "suspect_id", Role.VICTIM))
    ]
    return (
        pl.concat(ways)
        .unique(["person_id", "incident_id", "role", "counterpart_id"], keep="any")
        .sort("person_id", "incident_id", "role", "counterpart_id")
        .group_by("person_id", "incident_id", "role", maintain_order=True)
        .agg(
            pl.col("counterpart_id").alias("counterparts"),
            pl.col("injury").alias("injuries"),
            pl.col("reported_by").alias("callers"),
        )
    )


def _orders(history: History, people: pl.Series) -> pl.DataFrame:
    breaches = history.order_breaches.group_by("order_id").agg(pl.col("occurred_at").sort().alias("breaches"))
    return (
        _of(history.orders, people)
        .join(breaches, on="order_id", how="left")
        .select(
            "person_id",
            "order_id",
            "kind",
            pl.when(pl.col("protected_person_id") != pl.col("person_id"))
            .then("protected_person_id")
            .alias("counterpart_id"),
            "issued_at",
            "expires_at",
            "conditions",
            pl.col("breaches").fill_null(pl.lit([], pl.List(pl.Datetime("us")))),
        )
        .collect()
    )


def _in_order(dyads: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Every counterpart of every person once: those of dyads by first date, then those whom an order protects."""
    first = [
        dyads.select("person_id", "counterpart_id", pl.col("first_on").alias("since")),
        orders.select("person_id", "counterpart_id", pl.lit(None, pl.Date).alias("since")),
    ]
    return (
        pl.concat(first)
        .drop_nulls("counterpart_id")
        .group_by("person_id", "counterpart_id")
        .agg(pl.col("since").min())
        .sort("person_id", "since", "counterpart_id", nulls_last=True)
        .select("person_id", "counterpart_id")
    )
