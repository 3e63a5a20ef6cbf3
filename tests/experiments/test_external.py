"""The main job on the real records: what is known of them comes out, and the caution is said first."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.external import CAUTION, DATASETS, main, run

pytestmark = pytest.mark.real_data


def test_the_report_says_first_that_neither_is_domestic_abuse(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shared", str(shared)]) == 0

    printed = capsys.readouterr().out
    assert printed.splitlines()[2] == f"**{CAUTION}**"
    assert "60,330 incidents and 134,235 roles read" in printed
    assert "557 incidents and 1,487 roles read" in printed


def test_without_victims_nothing_that_needs_them_is_claimed(shared: Path) -> None:
    tasking, facts, _ = run(DATASETS[0], shared)

    assert not facts.has_victims
    assert facts.suspects == 9_227
    assert tasking.matrix.scale_is_usable
    assert facts.high_harm > 0


def test_without_offence_codes_the_list_is_ranked_without_gravity(shared: Path) -> None:
    tasking, facts, _ = run(DATASETS[1], shared)

    assert facts.suspects == 442
    assert facts.why_without_gravity is not None
    features = {reason["feature"] for reasons in tasking.ranked["reasons"].to_list() for reason in reasons}
    assert features == {"days_since_last_da", "da_suspect_count_730d", "distinct_victims_730d"}


def test_a_missing_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shared", str(tmp_path)]) == 2

    assert "no real data under" in capsys.readouterr().err
