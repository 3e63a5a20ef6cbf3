"""The clocks at their edges: clock changes, month ends, leap days, bank holidays; and files that are not clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.clocks import Clocks, Due, load_clocks, working_days_after
from governance.retention import not_a_working_day
from mat.errors import BadInput, SettingsError

LONDON = ZoneInfo("Europe/London")
DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2090, 1, 1))


@pytest.fixture(scope="module")
def clocks() -> Clocks:
    return load_clocks()


@pytest.mark.parametrize(
    ("served", "ends"),
    [
        # the last Sunday of March loses an hour, that of October gains one: 48 elapsed hours all the same
        (datetime(2026, 3, 28, 14, 0, tzinfo=LONDON), datetime(2026, 3, 30, 15, 0, tzinfo=LONDON)),
        (datetime(2026, 10, 24, 14, 0, tzinfo=LONDON), datetime(2026, 10, 26, 13, 0, tzinfo=LONDON)),
        (datetime(2026, 6, 1, 14, 0, tzinfo=LONDON), datetime(2026, 6, 3, 14, 0, tzinfo=LONDON)),
        (datetime(2026, 12, 30, 23, 30, tzinfo=UTC), datetime(2027, 1, 1, 23, 30, tzinfo=UTC)),
        (datetime(2028, 2, 28, 9, 0, tzinfo=UTC), datetime(2028, 3, 1, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_notice_is_before_a_court_within_48_elapsed_hours(clocks: Clocks, served: datetime, ends: datetime) -> None:
    found = clocks.notice_ends_at(served)

    assert found == ends
    assert found - served.astimezone(UTC) == timedelta(hours=48)


def test_the_hour_that_happens_twice_is_told_apart(clocks: Clocks) -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=0)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)

    assert clocks.notice_ends_at(second) - clocks.notice_ends_at(first) == timedelta(hours=1)


@pytest.mark.parametrize(("days", "is_taken"), [(13, False), (14, True), (28, True), (29, False)])
def test_an_order_lasts_14_to_28_days_both_days_counted(clocks: Clocks, days: int, is_taken: bool) -> None:
    made_on = date(2026, 2, 20)
    last_on = made_on + timedelta(days=days - 1)

    if is_taken:
        clocks.refuse_order_length(made_on, last_on)
    else:
        with pytest.raises(BadInput, match=f"would last {days} days, and one lasts 14 to 28"):
            clocks.refuse_order_length(made_on, last_on)


@pytest.mark.parametrize(
    ("heard", "abuse", "is_repeat"),
    [
        (date(2025, 3, 31), date(2026, 3, 31), True),
        (date(2025, 3, 31), date(2026, 4, 1), False),
        (date(2025, 3, 31), date(2025, 3, 31), True),
        (date(2025, 3, 31), date(2025, 3, 30), False),
        (date(2028, 2, 29), date(2029, 2, 28), True),
        (date(2028, 2, 29), date(2029, 3, 1), False),
        (date(2027, 2, 28), date(2028, 2, 28), True),
        (date(2027, 2, 28), date(2028, 2, 29), False),
    ],
)
def test_a_marac_repeat_is_within_twelve_months_of_the_calendar(
    clocks: Clocks, heard: date, abuse: date, is_repeat: bool
) -> None:
    assert clocks.is_marac_repeat(heard, abuse) is is_repeat


@pytest.mark.parametrize(
    ("day", "count", "after"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        # Christmas on a Friday, Boxing Day on a Saturday: the Monday stands in for it
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 11, 23), 10, date(2026, 12, 7)),
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(day: date, count: int, after: date) -> None:
    assert working_days_after(day, count) == after


@given(day=DAYS, count=st.integers(min_value=1, max_value=40))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    found = working_days_after(day, count)

    between = [day + timedelta(days=each) for each in range(1, (found - day).days + 1)]
    assert sum(not_a_working_day(each) is None for each in between) == count
    assert not_a_working_day(found) is None


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        (date(2026, 11, 22), Due.OVERDUE),
        (date(2026, 11, 23), Due.TODAY),
        (date(2026, 11, 24), Due.SOON),
        (date(2026, 11, 30), Due.SOON),
        (date(2026, 12, 1), Due.LATER),
    ],
)
def test_a_day_is_overdue_once_it_has_passed_and_due_soon_for_a_week(clocks: Clocks, due_on: date, said: Due) -> None:
    assert clocks.due(due_on, date(2026, 11, 23)) is said


def test_each_clock_counts_from_its_own_day(clocks: Clocks) -> None:
    day = date(2028, 2, 15)

    assert clocks.disclosure_due_on(day) == date(2028, 3, 14)
    assert clocks.notification_due_on(date(2028, 2, 28)) == date(2028, 3, 2)
    assert clocks.share_review_due_on(day) == clocks.next_meeting_on(day) == clocks.safety_check_ends_on(day)
    assert clocks.hold_due_on(date(2026, 11, 23)) == date(2026, 12, 7)
    assert clocks.research_due_on(date(2026, 11, 23)) == date(2026, 11, 30)
    assert dict(clocks.waits) == {"tier_2": 28, "tier_3": 70, "tier_4": 30}


def test_every_figure_without_a_source_is_named(clocks: Clocks) -> None:
    assert clocks.placeholders == ("due_soon", "share_review", "hold", "safety_check", "research")
    assert all(clocks.sources.values())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("hours = 48", "hours = 48.5", "hours should be a whole number from 0 to 3660, not 48.5"),
        ("hours = 48", "hours = true", "hours should be a whole number"),
        ("hours = 48", "hours = -1", "hours should be a whole number"),
        ("hours = 48", "minutes = 48", r"\[notice_to_court\] lacks hours"),
        ("[cycle]", "[circle]", "lacks cycle"),
        ('version = "1"', 'version = "1"\ncolour = 3', "'colour' is not a setting"),
        ("least_days = 14", "least_days = 29", "least_days should be at most most_days"),
        ("tier_2 = 28", 'tier_2 = "long"', "tier_2 should be a whole number"),
        (
            'source = "Crime and Security Act 2010 s.28(10)."',
            'source = " "',
            r"\[protection_order\]: source should be words",
        ),
        ("[hold]\nworking_days = 10", "hold = 10\n[hole]", "lacks hold"),
    ],
)
def test_a_file_that_is_not_clocks_is_refused_in_a_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    shipped = files("mat").joinpath("config", "clocks.toml").read_text(encoding="utf-8")
    assert old in shipped
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace(old, new), encoding="utf-8")

    with pytest.raises(SettingsError, match=sentence):
        load_clocks(own)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        load_clocks(tmp_path / "none.toml")
