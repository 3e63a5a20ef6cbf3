"""The minutes of a meeting: what is left for cases, and files that leave nothing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from app.tasking.meetings.timing import load_timing
from mat.errors import SettingsError
from mat.store.panel_vocabulary import ItemKind


def test_four_hours_leave_170_minutes_for_11_to_14_cases() -> None:
    timing = load_timing()

    assert timing.for_cases(timing.meeting) == 170
    assert 11 <= timing.for_cases(240) // timing.usual(ItemKind.NEW) <= 14
    assert timing.usual(ItemKind.REVIEW) < timing.usual(ItemKind.NEW)
    assert timing.for_cases(60) == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("break = 15", "break = -1", "break should be a whole number from 0 to 600, not -1"),
        ("break = 15", "pause = 15", "lacks break"),
        ("review = 8", "review = 4", "should lie between shortest, at least 1, and longest"),
        ("shortest = 5", "shortest = 0", "should lie between shortest, at least 1, and longest"),
        ("meeting = 240", "meeting = 80", "should leave time for a case"),
        ("meeting = 240", "meeting = 20", "a meeting lasts 30 to 600 minutes"),
    ],
)
def test_a_file_that_leaves_no_time_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    shipped = files("mat").joinpath("config", "meetings.toml").read_text(encoding="utf-8")
    assert old in shipped
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(SettingsError, match=sentence):
        load_timing(own)
