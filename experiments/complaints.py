"""The Chicago complaint records as an experiment needs them: ingested, weighed, and labelled year by year.

Officers complained about, not suspects of domestic abuse: nothing here says how well a panel's list would do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from app.periods import Periods
from experiments.lessons import CONFIGS, Lesson
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from mat.snapshot import Snapshot
from models.labelled import Labelled, Target

#: How records become known -> the mapping that says so.
KNOWN = {"when recorded": "complaints_recorded.toml", "at once": "complaints_at_once.toml"}

#: Codes of severe complaints begin so.
SEVERE = "05"


def ingested(extract: Path, folder: Path) -> dict[str, Path]:
    """Both snapshots, by how records become known."""
    paths = {known: folder / f"snapshot {known}" for known in KNOWN}
    for known, path in paths.items():
        ingest_extract(extract, path, mapping=CONFIGS / KNOWN[known])
    return paths


def write_scales(extract: Path, folder: Path) -> dict[Target, Path]:
    """A scale per target: every complaint weighs 1, or severe ones alone do. Severe codes are marked high risk."""
    codes = (
        pl.read_csv(extract / "incidents.csv", infer_schema=False, columns=["category"])
        .drop_nulls()
        .unique()
        .sort("category")
        .select(pl.col("category").alias("code"), pl.col("category").str.starts_with(SEVERE).alias("is_severe"))
    )
    paths = {Target.ANY: folder / "any complaint.csv", Target.SERIOUS: folder / "severe complaints.csv"}
    for target, path in paths.items():
        weight = pl.lit(1) if target is Target.ANY else pl.col("is_severe").cast(pl.Int64)
        codes.select(
            "code",
            weight.alias("weight"),
            pl.lit("complaint").alias("label"),
            pl.lit("written by experiments.models_on_complaints").alias("source"),
            pl.col("is_severe").cast(pl.Int64).alias("high_risk"),
        ).write_csv(path)
    return paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """Labelled years of one snapshot: `judged` as asked, `learnt` every earlier one that may be learnt from."""

    source: Periods
    embargo: int
    judged: tuple[Labelled, ...]
    learnt: tuple[Labelled, ...]

    def before(self, year: Labelled) -> list[Labelled]:
        """What may be learnt before a judged year: label windows ended, and their recording lag over."""
        return [each for each in self.learnt if each.known_by <= year.as_of]


def labelled_years(snapshot: Path, scale: Path, lesson: Lesson) -> Years:
    """Every first of January with a year's history before it, to the last one judged."""
    source = Periods(
        Snapshot.open(snapshot),
        scale=load_scale(str(scale)),
        definitions=load_definitions(),
        population_days=lesson.settings.population_days,
    )
    times = lesson.settings.times
    embargo = source.lag or 0
    first = source.records.first_incident + timedelta(days=times.look_back_days)
    dates = [date(year, 1, 1) for year in range(first.year + 1, lesson.settings.as_of[-1].year + 1)]
    length = times.label_days
    years = tuple(source.labelled_at(day, known=day + timedelta(days=length + embargo), days=length) for day in dates)
    return Years(
        source=source,
        embargo=embargo,
        judged=tuple(year for year in years if year.as_of in lesson.settings.as_of),
        learnt=years,
    )


def with_age(year: Labelled, source: Periods) -> Labelled:
    """The year with age among what models may read: whole years at the as-of date by the year of birth alone."""
    born = source.snapshot.table("persons").select("person_id", pl.col("birth_date").dt.year().alias("year")).collect()
    return _with_feature(year, born, "age_years", "Age in years: {value}")


def with_service(year: Labelled, extract: Path) -> Labelled:
    """The year with years of service among what models may read; they are in the source, not in the contract."""
    appointed = pl.read_csv(extract / "persons.csv", infer_schema=False).select(
        "person_id", pl.col("appointed_year").cast(pl.Int32, strict=False).alias("year")
    )
    return _with_feature(year, appointed, "service_years", "Years of service: {value}")


def _with_feature(year: Labelled, since: pl.DataFrame, name: str, sentence: str) -> Labelled:
    spec = FeatureSpec(
        name=name,
        sentence=sentence,
        unit="years",
        window="",
        family="person",
        direction=Direction.NONE,
        when_missing=WhenMissing.NOTHING_QUALIFIES,
        model_use=True,
        about="Only in this experiment.",
    )
    matrix = year.matrix
    frame = matrix.frame.join(
        since.select("person_id", (year.as_of.year - pl.col("year")).cast(pl.Float64).alias(name)),
        on="person_id",
        how="left",
        maintain_order="left",
    )
    return replace(year, matrix=replace(matrix, frame=frame, specs=(*matrix.specs, spec)))


def records_in(year: Labelled, source: Periods, days: int) -> pl.Series:
    """Records as suspect in the `days` before the as-of date, known by then: one number per person of the year."""
    known = (
        source.snapshot.table("incidents")
        .filter(
            pl.col("occurred_at").dt.date() < year.as_of,
            pl.col("occurred_at").dt.date() >= year.as_of - timedelta(days=days),
            pl.col("recorded_at").dt.date() < year.as_of,
        )
        .select("incident_id")
    )
    counts = (
        source.snapshot.table("involvements")
        .filter(pl.col("role") == "suspect")
        .join(known, on="incident_id")
        .group_by("person_id")
        .agg(pl.len().alias("records"))
    )
    return (
        year.labels.lazy()
        .select("person_id")
        .join(counts, on="person_id", how="left", maintain_order="left")
        .select(pl.col("records").fill_null(0))
        .collect()
        .to_series()
    )


def moved(year: Labelled, later: FeatureMatrix) -> Labelled:
    """The same people and labels with the features of a later date: a leak, made on purpose."""
    people = year.labels.select("person_id")
    frame = people.join(later.frame, on="person_id", how="left", maintain_order="left")
    return replace(year, matrix=replace(later, frame=frame, as_of=year.as_of))
