from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from app.pipeline import Choices, TaskingList, make_list
from app.provenance import scale_hash
from app.watching import TRAINING, told, watch_run
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
from models.watch_config import load_thresholds
from tests.app.crowd import PEOPLE, crowd_tables, write_crowd


def _list_of(folder: Path, people: int = PEOPLE, *, busy: int | None = None) -> TaskingList:
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


def _learnt(tasking: TaskingList, *, population_days: int | None = None) -> Artefact:
    """A scorecard that learnt from this list's people that those with several records come again."""
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
    learnt = Labelled(matrix=matrix, labels=labels, days=365, known_by=date(2025, 5, 1), harm_of_others=0.0, others=0)
    ranker = fit("scorecard", [learnt], FitSettings(target=Target.ANY))
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


def _ranked_by(artefact: Artefact, tasking: TaskingList) -> TaskingList:
    choices = replace(tasking.choices, model=artefact.model, artefact=artefact)
    return make_list(tasking.population.history.snapshot, choices)


def test_a_learnt_model_is_held_against_what_it_learnt_from(tmp_path: Path) -> None:
    quiet = _list_of(tmp_path / "quiet")
    busy = _list_of(tmp_path / "busy", busy=0)
    artefact = _learnt(quiet)

    at_home = watch_run(_ranked_by(artefact, quiet), None, load_thresholds())
    elsewhere = watch_run(_ranked_by(artefact, busy), None, load_thresholds())

    assert [each.against for each in at_home.comparisons] == [TRAINING]
    assert at_home.for_review == ()
    assert {"base_rate", "feature_shift"} <= {each.code.value for each in elsewhere.for_review}
    assert "the training data of 2024-04-01" in next(told(elsewhere))


def test_only_people_as_the_model_learnt_from_are_compared(tmp_path: Path) -> None:
    tasking = _list_of(tmp_path / "crowd", 600)
    artefact = _learnt(tasking, population_days=730)

    watching = watch_run(_ranked_by(artefact, tasking), None, load_thresholds())

    assert watching.for_review == ()


def test_a_model_of_another_scale_is_said(tmp_path: Path) -> None:
    tasking = _list_of(tmp_path / "crowd")
    artefact = _learnt(tasking)
    ranked = _ranked_by(artefact, tasking)
    other = replace(ranked, choices=replace(ranked.choices, scale=load_scale("statutory_max_days", high_harm=None)))

    watching = watch_run(other, None, load_thresholds())

    assert [each.subject for each in watching.for_review] == ["harm scale"]


def test_a_model_without_a_profile_is_said(tmp_path: Path) -> None:
    tasking = _list_of(tmp_path / "crowd")
    ranked = _ranked_by(replace(_learnt(tasking), profile={}), tasking)

    watching = watch_run(ranked, None, load_thresholds())

    assert watching.comparisons == ()
    assert "holds no profile of its training data" in next(told(watching))
