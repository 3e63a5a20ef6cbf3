"""A list made from invented records says so wherever it is read, and one made from real records never does."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from app.cli import execute
from app.wording import SYNTHETIC


def test_a_list_of_invented_people_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city, run = tmp_path / "city", tmp_path / "run"
    assert execute(["synth", "--out", str(city)]) == 0

    assert execute(["run", str(city), "--as-of", "2024-04-01", "--out", str(run)]) == 0

    assert SYNTHETIC in capsys.readouterr().out.splitlines()
    notes = [row[0] for row in openpyxl.load_workbook(run / "ranked.xlsx")["Read me"].iter_rows(values_only=True)]
    assert SYNTHETIC in notes
    assert json.loads((run / "snapshot" / "manifest.json").read_text(encoding="utf-8"))["is_synthetic"] is True


def test_a_list_of_other_records_does_not(story_run: Path) -> None:
    assert SYNTHETIC not in (story_run / "summary.txt").read_text(encoding="utf-8")
