"""An experiment's TOML is read whole or refused in one sentence; figures are written one way everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import models_on_city, models_on_complaints, sensitivity
from experiments.lessons import CONFIGS, Bench, Lesson, command, read_lesson, real_data
from experiments.tables import change, decimals, markdown, percent, points
from mat.errors import BadInput, CheckFailed, SettingsError

_LESSON = """
question = "Is it so?"
panel_size = 20
seed = 1
[backtest]
models = ["rfgv", "scorecard"]
[experiment]
share = 0.5
names = ["a", "b"]
rows = { one = [1, 2] }
"""
_OWN = ("share", "names", "rows")


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lesson.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("models_on_city", models_on_city.OWN),
        ("models_on_complaints", models_on_complaints.OWN),
        ("sensitivity", sensitivity.OWN),
    ],
)
def test_every_lesson_that_comes_with_the_experiments_can_be_read(name: str, own: tuple[str, ...]) -> None:
    lesson = read_lesson(CONFIGS / f"{name}.toml", own)

    assert lesson.question.endswith("?")
    assert "rfgv" in lesson.settings.models


def test_a_lesson_gives_its_entries_by_type(tmp_path: Path) -> None:
    lesson = read_lesson(_write(tmp_path, _LESSON), _OWN)

    assert lesson.share("share") == 0.5
    assert lesson.texts("names") == ("a", "b")
    assert lesson.rows("rows", 2) == {"one": (1.0, 2.0)}
    assert lesson.settings.models == ("rfgv", "scorecard")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share = 0.5", "shares = 0.5", "'shares' is not asked for"),
        ("share = 0.5\n", "", "'share' is missing"),
        ("seed = 1\n", "", "'seed' is missing"),
        ("panel_size = 20", "panel_size = 0", "panel_size should be at least 1"),
        ('models = ["rfgv", "scorecard"]', 'models = ["scorecard"]', "leaves out rfgv"),
        ("[experiment]", "[experiment", "is not TOML"),
    ],
)
def test_a_lesson_that_is_not_what_is_asked_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = _write(tmp_path, _LESSON.replace(old, new))

    with pytest.raises(SettingsError, match=said):
        read_lesson(path, _OWN)


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        ("share = 1.5", lambda lesson: lesson.share("share")),
        ('names = ["a", 1]', lambda lesson: lesson.texts("names")),
        ("names = []", lambda lesson: lesson.wholes("names")),
        ("rows = { one = [1] }", lambda lesson: lesson.rows("rows", 2)),
        ('share = "x"', lambda lesson: lesson.whole("share")),
        ("share = 1", lambda lesson: lesson.text("share")),
        ("share = 1", lambda lesson: lesson.day("share")),
    ],
)
def test_an_entry_of_the_wrong_type_is_refused_by_name(tmp_path: Path, entry: str, read: object) -> None:
    assert callable(read)
    name = entry.split(" = ", maxsplit=1)[0]
    lines = [entry if line.startswith(f"{name} =") else line for line in _LESSON.splitlines()]
    lesson = read_lesson(_write(tmp_path, "\n".join(lines)), _OWN)

    with pytest.raises(SettingsError, match=f"experiment.{name}"):
        read(lesson)


def test_a_command_writes_its_report_or_says_in_one_sentence_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = _write(tmp_path, _LESSON), tmp_path / "found" / "report.md"

    def report(lesson: Lesson, bench: Bench) -> str:
        bench.timer.step("Thinking")
        (bench.folder / "kept").touch()
        return lesson.question

    def failing(_lesson: Lesson, _bench: Bench) -> str:
        raise CheckFailed("it is not so.")

    given = ["--config", str(config), "--out", str(out), "--keep", str(tmp_path / "kept")]
    assert command("trial", "A trial.", _OWN, report, given) == 0
    assert out.read_text(encoding="utf-8") == "Is it so?"
    assert (tmp_path / "kept" / "kept").exists()
    assert "Thinking" in capsys.readouterr().err

    assert command("trial", "A trial.", _OWN, report, given) == 2
    assert "exists already" in capsys.readouterr().err
    assert command("trial", "A trial.", _OWN, failing, ["--config", str(config)]) == 1
    assert "experiments.trial: it is not so." in capsys.readouterr().err


def test_absent_real_data_are_refused_by_the_folder_looked_in(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"no real data at {tmp_path}"):
        real_data(tmp_path, "cpd_to_2012")


def test_figures_are_written_one_way() -> None:
    assert percent(0.0314) == "3.1 %"
    assert percent(0.0314, 0.028, 0.034) == "3.1 % (2.8 to 3.4)"
    assert points(-0.004, -0.01, 0.002) == "-0.4 (-1.0 to +0.2)"
    assert decimals(0.7149) == ".715"
    assert decimals(1.02, 2) == "1.02"
    assert change(-0.0214) == "-.021"
    assert percent(None) == points(None) == decimals(None) == change(None) == "-"
    assert markdown(["a", "b"], [["1", "2"]]) == ["| a | b |", "| --- | ---: |", "| 1 | 2 |"]
