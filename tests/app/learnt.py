"""Lists of a crowd, and models that learnt from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from app.pipeline import Choices, TaskingList, make_list
from app.provenance import scale_hash
from features.catalogue import CATALOGUE
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.reviews import no_reviews
from mat.snapshot import Snapshot
from models.artefact import Artefact, Hashes, Training, features_hash, known_features
from models.labelled import Labelled, Target
from models.learning import fit
from models.profile import profile
from models.trained import FitSettings
from tests.app.crowd import PEOPLE, crowd_tables, write_crowd


def list_of(folder: Path, people: int = PEOPLE, *, busy: int | None = None) -> TaskingList:
    extract = write_crowd(crowd_tables(people, busy=busy), folder.with_name(f"{folder.name}-extract"))
    ingest_extract(extract, folder)
    choices = Choices(
        as_of=date(2024, 4, 1),
        scale=load_scale("count", high_harm=None),
        model="rfgv",
        panel_size=20,
        definitions=load_definitions(None),
        rfgv=None,
        seed=1,
        reviews=no_reviews(),
        high_harm=None,
    )
    return make_list(Snapshot.open(folder), choices)


def learnt(tasking: TaskingList, model: str = "scorecard", *, population_days: int | None = None) -> Artefact:
    """A model that learnt from this list's people that those with several records come again."""
    matrix = tasking.matrix
    if population_days is not None:
        matrix = replace(matrix, frame=matrix.frame.filter(pl.col("days_since_last_da") <= population_days))
    comes_again = matrix.frame["da_suspect_count_all"] >= 3
    labels = matrix.frame.select(
        "person_id",
        comes_again.cast(pl.Float64).alias("harm"),
        comes_again.alias("any"),
        comes_again.alias("serious"),
        pl.lit(365, pl.Int32).alias("days_at_risk"),
    )
    period = Labelled(matrix=matrix, labels=labels, days=365, known_by=date(2025, 5, 1), harm_of_others=0.0, others=0)
    ranker = fit(model, [period], FitSettings(target=Target.ANY))
    hashes = {name: name[0] * 64 for name in ("data", "config")}
    return Artefact(
        ranker=ranker,
        training=Training(
            as_of=date(2025, 5, 1),
            periods=(matrix.as_of,),
            people=labels.height,
            rows=labels.height,
            events=int(comes_again.sum()),
            target=Target.ANY,
            label_days=365,
            look_back_days=None,
            population_days=population_days,
            embargo_days=30,
            scale="count",
            high_harm=None,
            refits=0,
            seed=1,
        ),
        hashes=Hashes(
            **hashes,
            definitions=tasking.choices.definitions.hash,
            scale=scale_hash(tasking.choices.scale),
            features=features_hash(CATALOGUE),
        ),
        features=known_features(CATALOGUE),
        evidence={},
        profile=profile(matrix, ranker.scores(matrix)),
        is_synthetic=False,
    )


def ranked_by(artefact: Artefact, tasking: TaskingList) -> TaskingList:
    choices = replace(tasking.choices, model=artefact.model, artefact=artefact)
    return make_list(tasking.population.history.snapshot, choices)
