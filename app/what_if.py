"""What a score would be on the same records at a later date, or with one record more; nothing else is made up.

Only what is known at the as-of date is read, and it is counted again by the same code as every list: no feature is
changed by hand. Holds, and everybody else, stay as they stand at the as-of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import polars as pl

from app.pipeline import TaskingList
from features.matrix import Population, matrix, read_population
from mat.asof import History
from mat.definitions import Definitions
from mat.harm import Scale
from mat.schemas.matrix import FeatureMatrix
from mat.vocabulary import Role
from models.ordering import order_by_score
from models.ranker import Ranker
from models.rfgv import Rfgv
from models.rfgv_config import Combine

#: Id of the record that is added; no extract can hold it, since ids of extracts are printable.
_ADDED = "\0one more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The list as it stands, which every "what if" is held against.

    `people`: one row per person of the matrix, in its order: `person_id`, `is_held`, `is_deceased`.
    """

    population: Population
    matrix: FeatureMatrix
    ranker: Ranker
    scale: Scale
    definitions: Definitions
    people: pl.DataFrame


def today(tasking: TaskingList) -> Today:
    """What a finished list stands on."""
    stands = tasking.ranked.select(
        "person_id",
        pl.col("hold").is_not_null().alias("is_held"),
        pl.col("standing").list.contains("deceased").alias("is_deceased"),
    )
    return Today(
        population=tasking.population,
        matrix=tasking.matrix,
        ranker=tasking.choices.ranker(),
        scale=tasking.choices.scale,
        definitions=tasking.choices.definitions,
        people=tasking.matrix.frame.select("person_id").join(
            stands, on="person_id", how="left", maintain_order="left", validate="1:1"
        ),
    )


def aged(known: History, days: int) -> History:
    """The same knowledge looked at `days` later, with nothing new recorded.

    Every window counts by age, so records grow older and leave windows. A stay in custody that is open is taken to end
    at the as-of date: nobody knows when it ends, and a stay left open would invent time inside.
    """
    midnight = datetime.combine(known.as_of, time.min)
    return replace(
        known,
        as_of=known.as_of + timedelta(days=days),
        custody=known.custody.with_columns(pl.col("to_at").fill_null(midnight)),
    )


def aged_matrix(now: Today, days: int) -> FeatureMatrix:
    """Everyone's features `days` later with nothing new recorded: the same people, in the same order."""
    return matrix(read_population(aged(now.population.history, days)), now.scale, now.definitions)


def no_new_events(now: Today, days: Sequence[int]) -> pl.DataFrame:
    """Everyone's score at later dates if nothing new is recorded: one row per person and number of days.

    `person_id`, `days` (as given, from 0), `on` (the later date), `score`, `rank` (place among those neither held nor
    deceased; null for those), `place` (place in the order of everyone not deceased; null for the deceased); both among
    the others as they stand today. Sorted by `person_id` and `days`. Under a rank sum, whose points are places, the
    score is that of a list on which everyone grew older alike.
    """
    base = _with_keys(now.ranker.scores(now.matrix), now)
    rows = [_placed(base, now, count) for count in dict.fromkeys(days)]
    return pl.concat(rows or [_placed(base, now, 0).clear()]).sort("person_id", "days")


def _placed(base: pl.DataFrame, now: Today, days: int) -> pl.DataFrame:
    """Everyone's later row put into today's order: before it stand those who come first today, oneself left out."""
    later = aged_matrix(now, days)
    then = _with_keys(now.ranker.scores(later), replace(now, matrix=later))
    own = base.select("person_id", *(pl.col(key).alias(f"{key}_today") for key in _KEYS))
    alive = pl.concat([base.with_columns(is_later=False), then.with_columns(is_later=True)]).filter(
        ~pl.col("is_deceased")
    )
    stands = ~pl.col("is_later")
    placed = (
        alive.sort(*_KEYS, "person_id", "is_later", descending=[True, True, True, False, False])
        .with_columns(
            before=stands.cast(pl.Int64).cum_sum(),
            before_unheld=(stands & ~pl.col("is_held")).cast(pl.Int64).cum_sum(),
        )
        .filter("is_later")
        .join(own, on="person_id", how="left")
        .with_columns(oneself=_stands_first().cast(pl.Int64))
        .select(
            "person_id",
            pl.when(~pl.col("is_held")).then(pl.col("before_unheld") - pl.col("oneself") + 1).alias("rank"),
            (pl.col("before") - pl.col("oneself") + 1).alias("place"),
        )
    )
    return then.select(
        "person_id",
        pl.lit(days, pl.Int32).alias("days"),
        pl.lit(later.as_of).alias("on"),
        "score",
    ).join(placed, on="person_id", how="left", maintain_order="left")


#: What settles the order, most first, before the id; as in `models.ordering`.
_KEYS = ("score", "harm", "count")


def _stands_first() -> pl.Expr:
    """Whether a person's own row of today comes before the later one; equal rows: today's first."""
    first = pl.lit(value=True)
    for key in reversed(_KEYS):
        own, then = pl.col(f"{key}_today"), pl.col(key)
        first = (own > then) | ((own == then) & first)
    return first


def _with_keys(scores: pl.DataFrame, now: Today) -> pl.DataFrame:
    harm = pl.col("harm_365d") if now.matrix.scale_is_usable else pl.lit(0.0)
    keys = now.matrix.frame.select("person_id", harm.alias("harm"), pl.col("da_suspect_count_365d").alias("count"))
    return scores.join(keys, on="person_id", maintain_order="left").join(
        now.people, on="person_id", maintain_order="left"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """One person as they would stand among the others of today.

    `rank` is None for the held and the deceased, `place` (in the order of everyone, held or not) for the deceased.
    `features`: the person's own row of the matrix. `points`: what each feature gives; they add up to the score.
    """

    score: float
    rank: int | None
    place: int | None
    features: pl.DataFrame
    points: Mapping[str, float]


def supposed(now: Today, person_id: str, features: FeatureMatrix) -> Supposed:
    """Put one person's row of another matrix among the others as they stand today, and rank them all."""
    own = features.frame.filter(pl.col("person_id") == person_id)
    others = now.matrix.frame.filter(pl.col("person_id") != person_id)
    mixed = replace(now.matrix, frame=pl.concat([others, own]).sort("person_id"))
    scores = now.ranker.scores(mixed)
    is_me = pl.col("person_id") == person_id
    ranks = order_by_score(scores, mixed, now.people, top=1).filter(is_me)
    everyone = now.people.with_columns(is_held=pl.lit(value=False))
    places = order_by_score(scores, mixed, everyone, top=1).filter(is_me)
    return Supposed(
        score=float(scores.filter(is_me)["score"].item()),
        rank=ranks["rank"].item(),
        place=places["rank"].item(),
        features=own,
        points=_points(now, person_id, mixed, own),
    )


def _points(now: Today, person_id: str, mixed: FeatureMatrix, own: pl.DataFrame) -> Mapping[str, float]:
    """The points of one person; alone, except where points are places among all, since reasons take long for many."""
    is_by_place = isinstance(now.ranker, Rfgv) and now.ranker.table.combine is Combine.RANK_SUM
    scored = now.ranker.score(mixed if is_by_place else replace(mixed, frame=own)).frame
    reasons = scored.filter(pl.col("person_id") == person_id)["reasons"].item()
    return dict(zip(reasons.struct.field("feature"), reasons.struct.field("points"), strict=True))


def one_more_record(now: Today, person_id: str, incident: int, *, is_crime: bool) -> FeatureMatrix:
    """Everyone's features if the person had one more domestic abuse record, dated and known the day before.

    It is a copy of `incident`, a number of this history, with its victims and its pairs and no other suspect: a
    crime with the same code, or a record of no crime.
    """
    known = _with_a_copy(now.population.history, person_id, incident, is_crime=is_crime)
    return matrix(read_population(known), now.scale, now.definitions)


def latest_record(now: Today, person_id: str) -> int | None:
    """The number of the person's latest domestic abuse incident as suspect."""
    records = _records(now, person_id).sort("age", "incident")
    return None if records.is_empty() else int(records["incident"][0])


def heaviest_crime(now: Today, person_id: str, *, days: int = 365) -> int | None:
    """The number of the person's heaviest DA crime of the last `days`, the latest of equals; None without one."""
    weights = now.population.events.incidents.select("incident").hstack(now.population.events.weigh(now.scale))
    crimes = (
        _records(now, person_id)
        .filter("is_crime", pl.col("age") <= days)
        .join(weights, on="incident")
        .drop_nulls("weight_units")
        .sort("weight_units", "age", "incident", descending=[True, False, False])
    )
    return None if crimes.is_empty() else int(crimes["incident"][0])


def _records(now: Today, person_id: str) -> pl.DataFrame:
    events = now.population.events
    own = events.people.filter(pl.col("person_id") == person_id)
    return events.suspects.filter("is_domestic").join(own, on="person", how="semi")


def _with_a_copy(known: History, person_id: str, incident: int, *, is_crime: bool) -> History:
    day = known.as_of - timedelta(days=1)
    moment = datetime.combine(day, time.min)
    number = known.incidents.select(pl.len()).collect().item()
    is_copied = pl.col("incident") == incident
    facts = {
        "incident": pl.lit(number, pl.UInt32),
        "incident_id": pl.lit(_ADDED),
        "day": pl.lit(day),
        "occurred_at": pl.lit(moment),
        "recorded_at": pl.lit(moment),
        "is_crime": pl.lit(is_crime),
    }
    if not is_crime:
        facts |= {"offence_code": pl.lit(None, pl.String), "children_present": pl.lit(None, pl.Boolean)}
    roles = (pl.col("role") == Role.VICTIM) | ((pl.col("role") == Role.SUSPECT) & (pl.col("person_id") == person_id))
    copied_id = known.incidents.filter(is_copied).select("incident_id")
    pairs = known.pairs.join(copied_id, on="incident_id", how="semi")
    paired = pl.concat([pairs.select("incident_id"), known.unread_pairs.join(copied_id, on="incident_id", how="semi")])
    added = pl.lit(_ADDED).alias("incident_id")
    return replace(
        known,
        incidents=_and(known.incidents, known.incidents.filter(is_copied).with_columns(**facts)),
        involvements=_and(
            known.involvements,
            known.involvements.filter(is_copied, roles).with_columns(
                **facts, linked_at=pl.lit(moment), known_at=pl.lit(moment)
            ),
        ),
        pairs=_and(known.pairs, pairs.filter(pl.col("suspect_id") == person_id).with_columns(added)),
        unread_pairs=_and(known.unread_pairs, paired.with_columns(added)),
    )


def _and(rows: pl.LazyFrame, further: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([rows, further.select(rows.collect_schema().names())])


def later_by(day: date, months: int) -> date:
    """The same day so many calendar months later; the last of the month where there is no such day."""
    later: date = pl.select(pl.lit(day).dt.offset_by(f"{months}mo")).item()
    return later
