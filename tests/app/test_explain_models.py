from __future__ import annotations

import math
from pathlib import Path

import pytest

from app.explain import Explanation, explain
from app.pipeline import TaskingList
from app.what_if import no_new_events, today
from models.learning import LEARNERS
from tests.app.learnt import learnt, list_of, ranked_by

pytestmark = pytest.mark.slow

#: Enough people for every learner.
MANY = 1600


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> TaskingList:
    return list_of(tmp_path_factory.mktemp("crowd") / "many", MANY)


@pytest.fixture(scope="module", params=LEARNERS)
def ranked(request: pytest.FixtureRequest, crowd: TaskingList) -> TaskingList:
    """The crowd as ranked by each learner."""
    return ranked_by(learnt(crowd, request.param), crowd)


def first_and_next(tasking: TaskingList) -> tuple[Explanation, Explanation]:
    first, second = tasking.ranked.filter("is_listed").sort("rank")["person_id"].head(2)
    return explain(tasking, first), explain(tasking, second)


def assert_it_adds_up(explanation: Explanation) -> None:
    assert math.fsum(each.points for each in explanation.reasons) == pytest.approx(explanation.stand.score, abs=1e-9)
    beside = explanation.beside
    assert beside is not None
    assert math.fsum(each.points for each in beside.differences) == pytest.approx(beside.points, abs=1e-9)


def test_a_learnt_card_is_explained_as_it_adds_up(tmp_path: Path) -> None:
    tasking = list_of(tmp_path / "crowd")
    ranked = ranked_by(learnt(tasking), tasking)

    for explanation in first_and_next(ranked):
        assert_it_adds_up(explanation)
        assert explanation.model == "scorecard"
        assert explanation.reading is None
        assert all(each.sentence for each in explanation.reasons)


def test_every_learnt_model_is_explained_as_it_adds_up(ranked: TaskingList) -> None:

    for explanation in first_and_next(ranked):
        assert_it_adds_up(explanation)
        assert (explanation.reading is None) == (explanation.model == "scorecard")
        if explanation.beside is not None and explanation.beside.factor is not None:
            assert explanation.beside.factor == pytest.approx(math.exp(explanation.beside.points))


def test_time_without_records_is_the_same_for_one_as_for_all(ranked: TaskingList) -> None:
    explanation, _ = first_and_next(ranked)

    year = next(each for each in explanation.what_ifs if each.what.startswith("12 months"))
    assert year.on is not None
    days = (year.on - explanation.as_of).days
    series = no_new_events(today(ranked), [days]).to_dicts()
    own = next(each for each in series if each["person_id"] == explanation.stand.person_id)
    assert (own["score"], own["rank"], own["place"]) == (pytest.approx(year.score), year.rank, year.place)
