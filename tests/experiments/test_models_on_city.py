"""What the city hides is read for every id, and lists are set beside it as they should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from experiments.cities import latent_harm
from experiments.judged import auc, figure, with_list
from experiments.lessons import CONFIGS
from experiments.models_on_city import KNOWN, KNOWN_AND_SEEN, Found, correlations, main, with_known
from mat.harm import load_scale
from mat.synthetic.city import City
from models.labelled import Target
from models.scored import ScoredFold


def _fold(scores: dict[str, float]) -> ScoredFold:
    people = pl.DataFrame(
        {
            "person_id": list(scores),
            "harm": [1.0] * len(scores),
            "any": [True] * len(scores),
            "serious": [False] * len(scores),
            "days_at_risk": pl.Series([None] * len(scores), dtype=pl.Int32),
            "is_new": [False] * len(scores),
        }
    )
    fold = ScoredFold(
        as_of=date(2023, 1, 1), people=people, models={}, target=Target.SERIOUS, harm_of_others=0.0, others=0
    )
    return with_list(fold, "model", pl.DataFrame({"person_id": list(scores), "score": list(scores.values())}))


def test_a_list_is_placed_by_score_and_then_by_id() -> None:
    fold = _fold({"C": 1.0, "A": 1.0, "B": 2.0})

    assert fold.models["model"].select("person_id", "place").rows() == [("C", 3), ("A", 2), ("B", 1)]


def test_an_id_that_was_merged_away_has_what_its_person_hides() -> None:
    city = City(
        tables={"person_merges": pl.DataFrame({"old_id": ["B"], "new_id": ["A"]})},
        latent=pl.DataFrame(
            {"person_id": ["A", "B", "C"], "latent_propensity": [2.0, 0.0, 2.0], "latent_severity": [0.0, 0.0, 2.5]}
        ),
    )

    hidden = latent_harm(city, load_scale("statutory_max_days"), seed=1)

    by_id = {person: (propensity, harm) for person, propensity, harm in hidden.iter_rows()}
    assert by_id["B"] == by_id["A"]
    assert by_id["C"][0] == 2.0
    assert by_id["C"][1] > by_id["A"][1] > 0


def test_the_list_that_sees_when_people_were_last_recorded_halves_what_it_expects() -> None:
    latent = pl.DataFrame({"person_id": ["A", "B"], "propensity": [4.0, 3.0], "expected_harm": [4.0, 3.0]})
    frame = pl.DataFrame({"person_id": ["A", "B"], "days_since_last_da": [100, 0]})

    fold = with_known(_fold({"A": 1.0, "B": 2.0}), latent, frame, half_life=100)

    assert fold.models[KNOWN]["place"].to_list() == [1, 2]
    assert fold.models[KNOWN_AND_SEEN]["score"].to_list() == [2.0, 3.0]
    assert fold.models[KNOWN_AND_SEEN]["place"].to_list() == [2, 1]


def test_correlations_leave_out_the_lists_that_know() -> None:
    latent = pl.DataFrame(
        {"person_id": ["A", "B", "C"], "propensity": [1.0, 2.0, 0.0], "expected_harm": [1.0, 1.0, 1.0]}
    )
    frame = pl.DataFrame({"person_id": ["A", "B", "C"], "days_since_last_da": [1, 1, 1]})
    fold = with_known(_fold({"A": 5.0, "B": 6.0, "C": 1.0}), latent, frame, half_life=100)

    assert correlations(fold, latent) == [["model", "1.000", "-", "1.000"]]


def test_the_distance_covered_is_a_share_of_the_gain_of_the_list_that_knows_most() -> None:
    gains = {"rfgv": 0.0, "scorecard": 0.01, "random": -0.02, KNOWN: 0.0, KNOWN_AND_SEEN: 0.04}
    metrics = pl.DataFrame(
        [
            (None, model, metric, "harm", "20", value, None, None)
            for model, value in gains.items()
            for metric in ("gain", "captured")
        ],
        schema={
            "as_of": pl.Date,
            "model": pl.Utf8,
            "metric": pl.Utf8,
            "label": pl.Utf8,
            "capacity": pl.Utf8,
            "value": pl.Float64,
            "low": pl.Float64,
            "high": pl.Float64,
        },
        orient="row",
    )
    found = Found(metrics=metrics, names=("random", "rfgv", "scorecard"), seats=("20", "50"))

    assert found.covered() == [["random", "-50 %", "-"], ["scorecard", "25 %", "-"]]
    assert [row[0] for row in found.captured()][-3:] == [KNOWN, KNOWN_AND_SEEN, "oracle (hindsight)"]
    assert figure(metrics, "scorecard", "captured", capacity="20").value == 0.01
    assert figure(metrics, "nobody", "captured", capacity="20").value is None


def test_the_area_under_the_curve_is_counted_by_hand() -> None:
    score, label = pl.Series([3.0, 2.0, 2.0, 1.0]), pl.Series([True, True, False, False])

    assert auc(score, label) == pytest.approx(3.5 / 4)


@pytest.mark.slow
def test_the_whole_experiment_runs_on_one_fold(tmp_path: Path) -> None:
    text = (CONFIGS / "models_on_city.toml").read_text(encoding="utf-8")
    small = text.replace('"scorecard", "ebm", "boosted", "hurdle"]', '"scorecard"]\nas_of = ["2023-01-01"]')
    (tmp_path / "small.toml").write_text(small.replace("rounds = 200", "rounds = 100"), encoding="utf-8")
    out = tmp_path / "report.md"

    assert main(["--config", str(tmp_path / "small.toml"), "--out", str(out)]) == 0

    report = out.read_text(encoding="utf-8")
    assert "nobody in the city exists" in report
    rows = {row.split(" | ")[0].removeprefix("| "): row.split(" | ")[1:] for row in report.splitlines()}
    assert KNOWN_AND_SEEN in rows
    found = report.split("Spearman")[1].split("## ")[0]
    by_model = {line.split(" | ")[0].removeprefix("| "): line.split(" | ") for line in found.splitlines()}
    assert float(by_model["scorecard"][1]) > float(by_model["rfgv"][1]) > float(by_model["random"][1])
