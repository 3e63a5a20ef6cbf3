"""The complaint records give the reference's figures back, and a leak on purpose is seen by the detectors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from experiments.complaints import moved, write_scales
from experiments.lessons import CONFIGS, Lesson, read_lesson
from experiments.models_on_complaints import CAUTION, OWN, main, read_reference
from mat.errors import SettingsError
from mat.harm import load_scale
from mat.schemas.matrix import FeatureMatrix
from models.labelled import Labelled, Target

_SHIPPED = CONFIGS / "models_on_complaints.toml"


def _lesson() -> Lesson:
    return read_lesson(_SHIPPED, OWN)


def test_the_reference_is_read_as_shares_with_what_it_does_not_give() -> None:
    reference = read_reference(_lesson())

    assert reference["count"].auc == {Target.ANY: 0.7, Target.SERIOUS: 0.71}
    assert reference["oracle"].captured[Target.SERIOUS] == pytest.approx(0.105)
    assert reference["oracle"].auc == {Target.ANY: None, Target.SERIOUS: None}


def test_a_reference_without_a_row_is_refused() -> None:
    lesson = replace(_lesson(), own={**_lesson().own, "reference": {"count": [1, 1, 1, 1]}})

    with pytest.raises(SettingsError, match="lacks the row boosted"):
        read_reference(lesson)


def test_absent_records_are_one_sentence_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shared", str(tmp_path)]) == 2

    assert "no real data at" in capsys.readouterr().err


def test_one_scale_weighs_every_complaint_and_the_other_severe_ones_alone(tmp_path: Path) -> None:
    pl.DataFrame({"category": ["05A", "10B", None, "10B"]}).write_csv(tmp_path / "incidents.csv")

    paths = write_scales(tmp_path, tmp_path)

    weighed = {
        target: load_scale(str(path))
        .weigh(pl.LazyFrame({"offence_code": ["05A", "10B"], "is_crime": [True, True]}))
        .select("weight_units", "is_high_risk")
        .collect()
        .rows()
        for target, path in paths.items()
    }
    assert weighed[Target.ANY] == [(10_000, True), (10_000, False)]
    assert weighed[Target.SERIOUS] == [(10_000, True), (0, False)]


def test_moved_features_are_those_of_the_same_people_later() -> None:
    labels = pl.DataFrame(
        {"person_id": ["A", "B"], "harm": [0.0, 1.0], "any": [False, True], "serious": [False, False],
         "days_at_risk": pl.Series([None, None], dtype=pl.Int32)}
    )  # fmt: skip
    honest = _matrix({"A": 1, "B": 2}, date(2011, 1, 1))
    year = Labelled(matrix=honest, labels=labels, days=365, known_by=date(2012, 1, 1), harm_of_others=0.0, others=0)

    leaky = moved(year, _matrix({"B": 7, "C": 9}, date(2011, 7, 2)))

    assert leaky.matrix.frame.rows() == [("A", None), ("B", 7)]
    assert leaky.as_of == date(2011, 1, 1)


def _matrix(counts: dict[str, int], as_of: date) -> FeatureMatrix:
    frame = pl.DataFrame({"person_id": list(counts), "da_suspect_count_365d": list(counts.values())})
    return FeatureMatrix(frame=frame, specs=(), as_of=as_of, scale="count", scale_is_usable=True, typical_weight=1.0)


@pytest.mark.slow
@pytest.mark.real_data
def test_the_records_give_the_reference_back_and_the_leak_is_flagged(shared: Path, tmp_path: Path) -> None:
    text = _SHIPPED.read_text(encoding="utf-8")
    small = text.replace('"scorecard", "ebm", "boosted", "hurdle"]', '"scorecard"]').replace(
        "rounds = 200", "rounds = 0"
    )
    small = small.replace('["scorecard", "boosted"]', '["scorecard"]')
    (tmp_path / "small.toml").write_text(small, encoding="utf-8")
    out = tmp_path / "report.md"

    assert main(["--shared", str(shared), "--config", str(tmp_path / "small.toml"), "--out", str(out)]) == 0

    report = out.read_text(encoding="utf-8")
    assert f"**{CAUTION}**" in report
    assert "| complaint in 1,095 days | when recorded | .640 | .798 | +.158 |" in report
    assert "moved features, single feature: **flagged**" in report
    assert "moved features, jump: **flagged**" in report
    assert report.count("**passed**") == 2
    left = [row for row in report.splitlines() if row.startswith("| scorecard | ") and " | at once | " in row]
    assert len(left) == 2
    assert all(abs(float(row.split(" | ")[7])) <= 0.015 for row in left)
