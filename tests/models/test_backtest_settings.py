"""The method of a backtest: every key has a shipped value, and a wrong one gets a sentence."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from mat.errors import SettingsError
from models.backtest_settings import COMPETITORS, read_backtest_settings
from models.labelled import Target


def test_the_shipped_method_compares_every_model() -> None:
    shipped = read_backtest_settings({})

    assert shipped.models == COMPETITORS
    assert shipped.times.label_days == 365
    assert shipped.times.look_back_days == 730
    assert shipped.population_days is None


def test_what_is_chosen_replaces_the_shipped_value() -> None:
    chosen = read_backtest_settings(
        {
            "target": "any",
            "as_of": ["2023-01-01", date(2022, 1, 1)],
            "detectors": {"auc_jump": 0.2},
            "population_days": 1826,
        }
    )

    assert chosen.target is Target.ANY
    assert chosen.as_of == (date(2022, 1, 1), date(2023, 1, 1))
    assert chosen.detectors.auc_jump == 0.2
    assert chosen.detectors.auc_ceiling == 0.8
    assert chosen.population_days == 1826


def test_what_was_read_can_be_read_again() -> None:
    settings = read_backtest_settings({"target": "any", "as_of": ["2023-01-01"]})

    assert read_backtest_settings(settings.as_json()) == settings


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"folds": 0}, "folds should be a whole number from 1 to 100, not 0"),
        ({"folds": True}, "folds should be a whole number"),
        ({"target": "harm"}, 'target should be "any" or "serious"'),
        ({"models": ["scorecard"]}, "leaves out rfgv"),
        ({"models": ["oracle", "rfgv"]}, "should be a list of models among random"),
        ({"as_of": ["soon"]}, "should be a list of dates"),
        ({"capacities": [0]}, "from 1 to 1,000,000"),
        ({"capacities": 20}, "list of whole numbers"),
        ({"ablation": 1}, "true or false"),
        ({"fold": 3}, "'fold' is not a setting of a backtest; the nearest is 'folds'"),
        ({"detectors": {"auc_cieling": 0.9}}, "the nearest is 'auc_ceiling'"),
        ({"detectors": {"auc_jump": 0}}, "above 0 and up to 1"),
        ({"bootstrap_rounds": 1}, "0 .* or at least 100, not 1"),
        ({"label_days": 10**11}, "from 1 to 36,525"),
        ({"population_days": 10**11}, "from 0 to 36,525"),
        ({"as_of": ["9999-12-31"]}, "should be a list of dates"),
        ({"as_of": [datetime(2023, 1, 1, 10)]}, "should be a list of dates"),
        ({"detectors": 3}, "should be a table"),
    ],
)
def test_a_wrong_value_gets_a_sentence(chosen: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_backtest_settings(chosen)
