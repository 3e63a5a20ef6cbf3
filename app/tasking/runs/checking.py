"""Whether the list of a RUN holds together: places without gaps, reasons that add up, evidence of people on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from mat.schemas.extract import TABLES
from mat.schemas.ranked import RankedList
from models.reasons import TOLERANCE

if TYPE_CHECKING:
    from app.tasking.runs.reading import ReadRun

_SAID_OF_EVERYBODY = ("model", "model_version", "definitions_version", "scale")
#: More scales than anybody ships.
_MOST_COMPARED = 50
_NAME = r"^[A-Za-z0-9._+-]{1,80}$"


def refuse_other_list(run: ReadRun) -> None:
    """Let a run pass whose list is one that mat makes.

    Raises:
        ValueError: what does not hold, without naming anybody.
    """
    ranked = run.ranked
    _refuse_other_records(run)
    _refuse_doubles(ranked)
    _refuse_other_places(ranked, run.seats)
    _refuse_other_scores(ranked)
    if not RankedList.is_valid(ranked):
        raise ValueError("ranked.parquet breaks a rule of the list: a hold, flag, gap or standing of no list of words")
    for name in _SAID_OF_EVERYBODY:
        if ranked.height and ranked[name].unique().to_list() != [getattr(run, name)]:
            raise ValueError(f"ranked.parquet and the manifest do not say the same {name}")
    _refuse_other_comparison(run)
    _refuse_strangers(run)
    _refuse_small_numbers(run)


def _refuse_small_numbers(run: ReadRun) -> None:
    from governance.small_numbers import SMALLEST_SHOWN  # noqa: PLC0415 - brings scipy, which nothing else here needs

    if (run.area["n"].is_between(1, SMALLEST_SHOWN - 1) | (run.area["n"] < 0)).any():
        raise ValueError(f"area.parquet shows numbers below {SMALLEST_SHOWN}, from which people could be worked out")


def _refuse_other_records(run: ReadRun) -> None:
    """Whatever `mat ingest` sets aside stands in no snapshot: a key twice or empty, a word of no list, a circle."""
    from mat.ingest.references import cycle_faults  # noqa: PLC0415 - brings scipy, which nothing else here needs

    for name, frame in run.snapshot.frames.items():
        if name in TABLES and not TABLES[name].schema.is_valid(frame):
            raise ValueError(f"snapshot/{name}.parquet has a key twice, an empty cell or a word that ingest refuses")
    merges = run.snapshot.frames.get("person_merges")
    if merges is not None and cycle_faults(merges).found:
        raise ValueError("snapshot/person_merges.parquet leads in a circle")


def _refuse_doubles(ranked: pl.DataFrame) -> None:
    if ranked["person_id"].is_duplicated().any():
        raise ValueError("ranked.parquet has a person twice")


def _refuse_other_places(ranked: pl.DataFrame, seats: int) -> None:
    ranks = ranked["rank"].drop_nulls()
    if ranks.n_unique() != len(ranks) or (len(ranks) and (ranks.min(), ranks.max()) != (1, len(ranks))):
        raise ValueError("the ranks of ranked.parquet have gaps or doubles")
    held = ranked["held_rank"].drop_nulls()
    if held.n_unique() != len(held):
        raise ValueError("the places of those held in ranked.parquet have doubles")
    if ranked.filter(
        pl.col("rank").is_not_null() & (pl.col("held_rank").is_not_null() | pl.col("hold").is_not_null())
    ).height:
        raise ValueError("somebody in ranked.parquet is held and ranked at once")
    if ranked.filter(pl.max_horizontal("held_rank", "rank_low", "rank_high") > ranked.height).height:
        raise ValueError("a place in ranked.parquet is beyond the number of people")
    if ranked.filter(pl.col("is_listed") != (pl.col("rank") <= seats).fill_null(value=False)).height:
        raise ValueError("who is listed in ranked.parquet does not follow from the ranks and the seats")


def _refuse_other_comparison(run: ReadRun) -> None:
    """Whoever has a rank has one place on each list compared, without gaps, or none because a scale is not usable."""
    if run.places is None:
        return
    ranks = run.ranked.drop_nulls("rank").select("person_id", "rank").sort("person_id")
    of_list = run.places.group_by("model", "scale").agg(
        people=pl.len(),
        different=pl.col("person_id").n_unique(),
        places=pl.col("rank").count(),
        distinct=pl.col("rank").drop_nulls().n_unique(),
        first=pl.col("rank").min(),
        last=pl.col("rank").max(),
    )
    is_whole = (pl.col("distinct") == ranks.height) & (pl.col("first") == 1) & (pl.col("last") == ranks.height)
    is_of_all = (pl.col("people") == ranks.height) & (pl.col("different") == ranks.height)
    own = run.places.filter(model=run.model, scale=run.scale).select("person_id", "rank").sort("person_id")
    if (
        of_list.height > _MOST_COMPARED
        or not of_list.select((is_of_all & (is_whole | (pl.col("places") == 0))).all()).item()
        or not own.equals(ranks)
        or run.places.join(ranks, on="person_id", how="anti").height
        or not run.places["model"].is_in([run.model, "rfgv"]).all()
        or not run.places["scale"].str.contains(_NAME).all()
    ):
        raise ValueError("places.parquet does not have everybody with a rank once on each list it compares")


def _refuse_other_scores(ranked: pl.DataFrame) -> None:
    if not ranked["score"].is_finite().fill_null(value=False).all():
        raise ValueError("ranked.parquet has a score that is no number")
    points = pl.col("reasons").list.eval(pl.element().struct.field("points")).list.sum()
    off = (points.fill_null(0.0) - pl.col("score")).abs()
    limit = TOLERANCE * pl.max_horizontal(pl.lit(1.0), pl.col("score").abs())
    if ranked.filter(off > limit).height:
        raise ValueError("the reasons of somebody in ranked.parquet do not add up to the score")


def _refuse_strangers(run: ReadRun) -> None:
    behind = run.ranked.filter(pl.col("is_listed") | pl.col("held_rank").is_not_null())
    if run.evidence.join(behind, on="person_id", how="anti").height:
        raise ValueError("evidence.parquet is about people who are neither listed nor held")
    incidents = run.snapshot.table("incidents").select("incident_id").collect()
    if run.evidence.join(incidents, on="incident_id", how="anti").height:
        raise ValueError("evidence.parquet names incidents that are not in the snapshot")
    if run.evidence.is_duplicated().any():
        raise ValueError("evidence.parquet has a row twice")
    persons = run.snapshot.table("persons").select("person_id").collect()["person_id"]
    named = (run.ranked["person_id"], run.relationships["suspect_id"], run.relationships["victim_id"])
    if not all(column.is_in(persons.implode()).all() for column in named):
        raise ValueError("the list names people who are not in the snapshot")
    _refuse_other_pairs(run.relationships)


def _refuse_other_pairs(pairs: pl.DataFrame) -> None:
    if pairs.select("suspect_id", "victim_id").is_duplicated().any():
        raise ValueError("relationships.parquet has two people twice")
    if (pairs["suspect_id"] == pairs["victim_id"]).any():
        raise ValueError("relationships.parquet has somebody as their own counterpart")
    if pairs.filter(pl.min_horizontal("incident_count", "crime_count", "harm") < 0).height:
        raise ValueError("relationships.parquet has less than nothing in a count or in harm")
