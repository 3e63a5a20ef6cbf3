"""Clocks of requests and reviews: month ends, leap days, changes of the clock, and periods read strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.retention import (
    CaseKind,
    RequestClock,
    load_retention,
    local_day,
    months_after,
    not_a_working_day,
)
from mat.errors import SettingsError
from mat.store.vocabulary import FileKind

CLOCK = load_retention().requests
SHIPPED = (files("mat.config") / "retention.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2024, 1, 31), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2024, 3, 29)),
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2026, 12, 31), date(2027, 1, 30)),
        (date(2026, 4, 15), date(2026, 5, 15)),
    ],
)
def test_a_request_is_due_after_a_month_or_thirty_days_whichever_is_earlier(received: date, due: date) -> None:
    assert CLOCK.due_on(received) == due


@given(received=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_nobody_is_given_more_than_thirty_days_or_less_than_four_weeks(received: date) -> None:
    waited = CLOCK.due_on(received) - received

    assert timedelta(days=28) <= waited <= timedelta(days=30)


@given(received=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(0, 120))
def test_the_corresponding_day_is_in_the_month_counted_to(received: date, months: int) -> None:
    found = months_after(received, months)

    assert (found.year * 12 + found.month) - (received.year * 12 + received.month) == months
    assert found.day == received.day or (found + timedelta(days=1)).day == 1


def test_an_extension_is_two_further_months_from_receipt() -> None:
    assert CLOCK.extended_to(date(2026, 11, 30)) == date(2027, 2, 28)


def test_a_month_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(SettingsError, match="beyond the calendar"):
        months_after(date(9999, 12, 1), 1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
    ids=["winter", "the evening of the spring change", "the repeated hour", "the last night of summer time"],
)
def test_a_day_is_the_day_in_england_and_wales(moment: datetime, day: date) -> None:
    assert local_day(moment) == day


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 28), "Boxing Day (observed)"),
        (date(2026, 11, 28), "Saturday"),
        (date(2026, 11, 23), None),
    ],
)
def test_a_due_day_says_when_nobody_is_at_work(day: date, why: str | None) -> None:
    assert not_a_working_day(day) == why


def test_the_shipped_periods_say_which_are_placeholders() -> None:
    retention = load_retention()

    assert retention.placeholders == (
        "cases.referred", "cases.listed", "cases.held", "cases.nominated", "cases.known", "forms",
        "files",
    )  # fmt: skip
    assert all(rule.source.startswith("PLACEHOLDER") for rule in retention.cases.values() if rule.is_placeholder)
    assert retention.cases[CaseKind.TASKED].months == 72


def test_a_file_expires_as_its_kind_says() -> None:
    made = datetime(2026, 4, 1, tzinfo=UTC)

    assert load_retention().file_expires_at(FileKind.PACK, made) == made + timedelta(days=28)


def test_another_file_has_another_hash(tmp_path: Path) -> None:
    own = tmp_path / "retention.toml"
    own.write_text(SHIPPED.replace("days = 30", "days = 20"), encoding="utf-8")

    found = load_retention(own)

    assert found.requests == RequestClock(months=1, days=20, extension_months=2)
    assert found.hash != load_retention().hash


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("days = 30", "days = 0", "days should be a whole number from 1 to"),
        ("days = 30", "days = true", "days should be a whole number"),
        ("days = 30", "", "lacks days"),
        ("days = 30", "days = 30\nweeks = 4", "'weeks' is not a setting"),
        ("longest_months = 72", "longest_months = 2", "longest_months should be at least months"),
        ("[files]", "[filing]", "lacks files"),
        ("[requests]", "[requests", "cannot be read"),
    ],
)
def test_periods_that_cannot_be_used_are_refused_by_name(tmp_path: Path, before: str, after: str, said: str) -> None:
    own = tmp_path / "retention.toml"
    own.write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(SettingsError, match=said):
        load_retention(own)
