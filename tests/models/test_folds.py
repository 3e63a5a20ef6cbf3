"""Folds: nothing learnt from had an open label window, and immature folds are refused by name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.folds import Records, Times, plan_folds, training_dates

SIX_YEARS = Records(first_incident=date(2018, 4, 1), last_known=date(2024, 4, 29))
TIMES = Times(embargo_days=55)


def test_every_fold_learns_only_from_windows_that_had_ended_and_been_recorded() -> None:
    folds = [fold for fold in plan_folds(SIX_YEARS, TIMES) if fold.refusal is None]

    assert [fold.as_of for fold in folds][-1] == date(2023, 1, 1)
    assert all(max(fold.trains_on) + timedelta(days=365 + 55) <= fold.as_of for fold in folds)
    assert all(min(fold.trains_on) >= date(2020, 3, 31) for fold in folds)


def test_outcomes_are_known_once_the_window_has_ended_and_the_lag_has_passed() -> None:
    (fold,) = plan_folds(SIX_YEARS, TIMES, asked=(date(2022, 1, 1),))

    assert (fold.label_until, fold.known_by) == (date(2023, 1, 1), date(2023, 2, 25))


def test_immature_folds_are_refused_by_name() -> None:
    refused = [fold for fold in plan_folds(SIX_YEARS, TIMES) if fold.refusal is not None]

    assert [fold.as_of for fold in refused] == [date(2023, month, 1) for month in (4, 7, 10)] + [
        date(2024, 1, 1),
        date(2024, 4, 1),
    ]
    assert refused[0].refusal is not None
    assert "as of 2023-04-01" in refused[0].refusal
    assert "complete only to 2024-03-05" in refused[0].refusal


@pytest.mark.parametrize(
    ("embargo", "is_judged"),
    [(28, True), (29, False)],
    ids=["the window ends on the last complete day", "one day too late"],
)
def test_the_last_complete_day_is_exclusive(embargo: int, *, is_judged: bool) -> None:
    records = Records(first_incident=date(2015, 1, 1), last_known=date(2024, 1, 29))

    (fold,) = plan_folds(records, Times(embargo_days=embargo), asked=(date(2023, 1, 1),))

    assert fold.label_until == date(2024, 1, 1)
    assert (fold.refusal is None) is is_judged


def test_a_date_asked_for_before_the_look_back_is_refused() -> None:
    (fold,) = plan_folds(SIX_YEARS, TIMES, asked=(date(2019, 1, 1),))

    assert fold.refusal is not None
    assert "730 days of look-back" in fold.refusal


def test_a_date_with_nothing_to_learn_from_is_refused() -> None:
    (fold,) = plan_folds(SIX_YEARS, TIMES, asked=(date(2020, 7, 1),))

    assert fold.refusal is not None
    assert "nothing to learn from" in fold.refusal


def test_thirty_six_months_leave_no_fold_with_two_years_of_look_back() -> None:
    records = Records(first_incident=date(2021, 4, 1), last_known=date(2024, 4, 1))

    folds = plan_folds(records, Times(embargo_days=40))

    assert not [fold for fold in folds if fold.refusal is None]


def test_only_the_latest_folds_and_periods_are_kept() -> None:
    times = Times(embargo_days=55, folds=2, training_periods=1)

    folds = [fold for fold in plan_folds(SIX_YEARS, times) if fold.refusal is None]

    assert [fold.as_of for fold in folds] == [date(2022, 10, 1), date(2023, 1, 1)]
    assert [fold.trains_on for fold in folds] == [(date(2021, 7, 1),), (date(2021, 10, 1),)]


@given(
    as_of=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    embargo=st.integers(0, 400),
    step=st.integers(1, 12),
    look_back=st.integers(0, 1500),
)
def test_no_training_window_ever_reaches_the_as_of_date(as_of: date, embargo: int, step: int, look_back: int) -> None:
    records = Records(first_incident=date(2014, 6, 15), last_known=date(2031, 1, 1))
    times = Times(embargo_days=embargo, step_months=step, look_back_days=look_back, training_periods=5)

    dates = training_dates(as_of, records, times)

    assert len(dates) <= 5
    assert list(dates) == sorted(set(dates))
    assert all(times.complete_from(earlier) <= as_of for earlier in dates)
    assert all(earlier - records.first_incident >= timedelta(days=look_back) for earlier in dates)
