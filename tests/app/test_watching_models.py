from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.watching import TRAINING, told, watch_run
from mat.harm import load_scale
from models.watch_config import load_thresholds
from tests.app.learnt import learnt, list_of, ranked_by


def test_a_learnt_model_is_held_against_what_it_learnt_from(tmp_path: Path) -> None:
    quiet = list_of(tmp_path / "quiet")
    busy = list_of(tmp_path / "busy", busy=0)
    artefact = learnt(quiet)

    at_home = watch_run(ranked_by(artefact, quiet), None, load_thresholds())
    elsewhere = watch_run(ranked_by(artefact, busy), None, load_thresholds())

    assert [each.against for each in at_home.comparisons] == [TRAINING]
    assert at_home.for_review == ()
    assert {"base_rate", "feature_shift"} <= {each.code.value for each in elsewhere.for_review}
    assert "the training data of 2024-04-01" in next(told(elsewhere))


def test_only_people_as_the_model_learnt_from_are_compared(tmp_path: Path) -> None:
    tasking = list_of(tmp_path / "crowd", 600)
    artefact = learnt(tasking, population_days=730)

    watching = watch_run(ranked_by(artefact, tasking), None, load_thresholds())

    assert watching.for_review == ()


def test_a_model_of_another_scale_is_said(tmp_path: Path) -> None:
    tasking = list_of(tmp_path / "crowd")
    artefact = learnt(tasking)
    ranked = ranked_by(artefact, tasking)
    other = replace(ranked, choices=replace(ranked.choices, scale=load_scale("statutory_max_days", high_harm=None)))

    watching = watch_run(other, None, load_thresholds())

    assert [each.subject for each in watching.for_review] == ["harm scale"]


def test_a_model_without_a_profile_is_said(tmp_path: Path) -> None:
    tasking = list_of(tmp_path / "crowd")
    ranked = ranked_by(replace(learnt(tasking), profile={}), tasking)

    watching = watch_run(ranked, None, load_thresholds())

    assert watching.comparisons == ()
    assert "holds no profile of its training data" in next(told(watching))
