"""Each detector has a case that it must catch and a case that it must pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from mat.schemas.matrix import FeatureMatrix
from models import detectors
from models.detectors import Detection, Status
from models.labelled import Labelled

AS_OF, PEOPLE = date(2023, 1, 1), 2_000
MakeMatrix = Callable[..., FeatureMatrix]


@pytest.fixture
def honest(make_matrix: MakeMatrix) -> Labelled:
    """Records of a past year tell a little of the next: AUC about .7."""
    rng = np.random.default_rng(7)
    bent = rng.gamma(1.0, size=PEOPLE)
    return labelled(make_matrix, records=rng.poisson(bent) + 1, happens=rng.random(PEOPLE) < 0.25 * bent / (1 + bent))


def labelled(make_matrix: MakeMatrix, *, records: np.ndarray, happens: np.ndarray, as_of: date = AS_OF) -> Labelled:
    rows = [{"person_id": f"P{n:04}", "records": int(count)} for n, count in enumerate(records)]
    matrix = replace(make_matrix(rows), as_of=as_of)
    labels = pl.DataFrame(
        {
            "person_id": matrix.frame["person_id"],
            "harm": happens * 100.0,
            "any": happens,
            "serious": happens,
            "days_at_risk": pl.Series([365] * len(happens), dtype=pl.Int32),
        }
    )
    return Labelled(matrix=matrix, labels=labels, days=365, known_by=as_of, harm_of_others=0.0, others=0)


def with_records(period: Labelled, extra: np.ndarray, as_of: date) -> FeatureMatrix:
    """The matrix of another date: some records more or fewer."""
    counts = [name for name in period.matrix.frame.columns if name.startswith("da_suspect_count")]
    moved = period.matrix.frame.with_columns(pl.col(name) + pl.Series(extra) for name in counts)
    return replace(period.matrix, frame=moved, as_of=as_of)


def test_an_honest_feature_passes(honest: Labelled) -> None:
    found = detectors.single_feature(honest, 0.8)

    assert found.status is Status.PASSED
    assert found.is_as_it_should_be
    assert found.value is not None
    assert 0.55 < found.value < 0.8


def test_a_feature_that_knows_the_label_is_caught(make_matrix: MakeMatrix, honest: Labelled) -> None:
    happens = honest.labels["any"].to_numpy()
    leaking = labelled(make_matrix, records=1 + 3 * happens, happens=happens)

    found = detectors.single_feature(leaking, 0.8)

    assert found.status is Status.FLAGGED
    assert not found.is_as_it_should_be
    assert "look for a leak" in found.sentence


@pytest.mark.parametrize("label", ["any", "serious"])
def test_a_feature_that_knows_either_label_is_caught(make_matrix: MakeMatrix, label: str) -> None:
    rng = np.random.default_rng(5)
    known, other = rng.random(PEOPLE) < 0.2, rng.random(PEOPLE) < 0.2
    leaking = labelled(make_matrix, records=1 + 3 * known, happens=other)
    leaking = replace(leaking, labels=leaking.labels.with_columns(pl.Series(label, known)))

    found = detectors.single_feature(leaking, 0.8)

    assert found.status is Status.FLAGGED


def test_the_planted_leak_is_caught_and_called_planted(honest: Labelled) -> None:
    found = detectors.planted_leak(honest, 0.8, seed=1)

    assert found.status is Status.FLAGGED
    assert found.is_planted
    assert found.is_as_it_should_be


def test_a_planted_leak_that_is_not_seen_is_not_as_it_should_be(honest: Labelled) -> None:
    found = detectors.planted_leak(honest, 0.999, seed=1)

    assert found.status is Status.PASSED
    assert not found.is_as_it_should_be


def test_features_of_a_date_after_the_label_window_are_caught(honest: Labelled) -> None:
    seen = with_records(honest, 5 * honest.labels["any"].to_numpy().astype(int), date(2024, 1, 1))

    found = detectors.permuted_dates(honest, seen, 0.8)

    assert found.status is Status.FLAGGED
    assert "Features of 2024-01-01 with the labels of 2023-01-01" in found.sentence


def test_a_feature_that_grows_with_the_past_alone_does_not_jump(honest: Labelled) -> None:
    fewer = with_records(honest, -np.random.default_rng(3).integers(0, 2, PEOPLE), date(2022, 7, 1))

    found = detectors.jump(honest, fewer, 0.1)

    assert found.status is Status.PASSED


def test_a_feature_that_sees_half_of_the_window_jumps(honest: Labelled) -> None:
    half = honest.labels["any"].to_numpy() & (np.arange(PEOPLE) % 2 == 0)
    inside = with_records(honest, 4 * half.astype(int), date(2023, 7, 1))

    found = detectors.moved_window(honest, inside, 0.1)

    assert found.status is Status.FLAGGED
    assert found.is_planted


def test_people_at_one_date_alone_are_not_compared(honest: Labelled) -> None:
    nobody = replace(honest.matrix, frame=honest.matrix.frame.head(0))

    found = detectors.jump(honest, nobody, 0.1)

    assert found.status is Status.NOT_ASSESSED
    assert found.value is None


@pytest.mark.parametrize(("auc", "status"), [(0.51, Status.PASSED), (0.62, Status.FLAGGED), (0.38, Status.FLAGGED)])
def test_shuffled_labels_must_come_to_guessing(auc: float, status: Status) -> None:
    found = detectors.shuffled_labels(auc, positives=300, negatives=1_700)

    assert found.status is status


@pytest.mark.parametrize(("auc", "positives"), [(None, 300), (0.5, 0)])
def test_labels_too_few_to_shuffle_are_not_assessed(auc: float | None, positives: int) -> None:
    assert detectors.shuffled_labels(auc, positives, 1_700).status is Status.NOT_ASSESSED


@pytest.mark.parametrize(
    ("shares", "statuses"),
    [((0.20, 0.22, 0.19), ["passed", "passed"]), ((0.20, 0.20, 0.10), ["passed", "flagged"])],
    ids=["a drift", "a jump"],
)
def test_the_base_rate_may_drift_but_not_jump(
    make_matrix: MakeMatrix, shares: tuple[float, ...], statuses: list[str]
) -> None:
    folds = [
        labelled(
            make_matrix,
            records=np.ones(1000),
            happens=np.arange(1000) < 1000 * share,
            as_of=date(2022, 1 + 3 * number, 1),
        )
        for number, share in enumerate(shares)
    ]

    found = detectors.base_rate(folds, 0.25)

    assert [each.status for each in found] == statuses


def months(last: int) -> pl.DataFrame:
    starts = pl.date_range(date(2022, 1, 1), date(2023, 12, 1), interval="1mo", eager=True)
    counts = [100] * 21 + [last] * 3
    return pl.DataFrame({"month": starts, "incidents": counts})


@pytest.mark.parametrize(("last", "status"), [(95, Status.PASSED), (70, Status.PASSED), (69, Status.FLAGGED)])
def test_records_that_run_dry_at_the_end_are_caught(last: int, status: Status) -> None:
    found = detectors.recent_volume(months(last), date(2024, 1, 1), 0.7)

    assert found.status is status


def test_months_that_are_not_ripe_do_not_count() -> None:
    found = detectors.recent_volume(months(0), date(2023, 10, 1), 0.7)

    assert found.status is Status.PASSED


def test_too_few_months_are_not_assessed() -> None:
    assert detectors.recent_volume(months(0).tail(14), date(2024, 1, 1), 0.7).status is Status.NOT_ASSESSED


def test_an_extract_cut_short_on_purpose_is_caught() -> None:
    found = detectors.cut_short(months(100), date(2024, 1, 1), 0.7)

    assert found.status is Status.FLAGGED
    assert found.is_planted


def test_the_area_of_one_feature_is_that_of_scikit_learn(honest: Labelled) -> None:
    column = "da_suspect_count_365d"
    label = honest.labels["any"]

    (found,) = detectors.feature_aucs(honest.matrix.frame, [column], label)["auc"]

    expected = roc_auc_score(label.to_numpy(), honest.matrix.frame[column].to_numpy())
    assert found == pytest.approx(max(expected, 1 - expected), abs=1e-12)


def test_the_table_has_a_row_per_detection() -> None:
    detection = Detection(
        name="jump", subject="x", status=Status.PASSED, value=0.01, threshold=0.1, sentence="Nothing.", is_planted=False
    )

    found = detectors.table([detection])

    assert found.rows(named=True) == [
        {
            "name": "jump",
            "subject": "x",
            "status": "passed",
            "is_planted": False,
            "is_as_it_should_be": True,
            "value": 0.01,
            "threshold": 0.1,
            "sentence": "Nothing.",
        }
    ]
