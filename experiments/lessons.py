"""What an experiment asks and holds fixed, read from a TOML file that a person can read from top to bottom.

A key that is not asked for is refused, and so is one that is missing: nothing about an experiment is guessed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import cast

from app.console import StepTimer, progress
from mat.errors import BadInput, MatError, OutputError, SettingsError
from mat.toml_files import parse_toml
from models.backtest_settings import BacktestSettings, read_backtest_settings

#: Lessons that come with the experiments.
CONFIGS = Path(__file__).resolve().parent / "configs"

_COMMON = ("question", "panel_size", "seed", "backtest", "experiment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One experiment: `question` in a sentence, the seats it is about, its backtest, and the entries of its own."""

    question: str
    panel_size: int
    seed: int
    settings: BacktestSettings
    own: Mapping[str, object]
    path: Path

    def whole(self, name: str) -> int:
        """An own entry that is a whole number of at least 0."""
        value = self.own[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._wrong(name, "a whole number of at least 0")
        return value

    def share(self, name: str) -> float:
        """An own entry that is a number from 0 to 1."""
        value = self.own[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self._wrong(name, "a number from 0 to 1")
        return float(value)

    def text(self, name: str) -> str:
        """An own entry that is text."""
        value = self.own[name]
        if not isinstance(value, str) or not value:
            raise self._wrong(name, "text in quotes")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """An own entry that is a list of texts."""
        found = [entry for entry in _entries(self.own[name]) if isinstance(entry, str)]
        if not found or len(found) != len(_entries(self.own[name])):
            raise self._wrong(name, "a list of texts in quotes")
        return tuple(found)

    def wholes(self, name: str) -> tuple[int, ...]:
        """An own entry that is a list of whole numbers of at least 1."""
        found = [entry for entry in _entries(self.own[name]) if isinstance(entry, int) and entry >= 1]
        if not found or len(found) != len(_entries(self.own[name])):
            raise self._wrong(name, "a list of whole numbers of at least 1")
        return tuple(found)

    def rows(self, name: str, length: int) -> dict[str, tuple[float, ...]]:
        """An own entry that is a table of rows of so many numbers."""
        found: dict[str, tuple[float, ...]] = {}
        for row, entry in _table(self.own[name]).items():
            numbers = [float(each) for each in _entries(entry) if isinstance(each, int | float)]
            if len(numbers) != length or len(_entries(entry)) != length:
                raise SettingsError(
                    f"{self.path}: experiment.{name}.{row} should be a list of {length} numbers, not {entry!r}."
                )
            found[row] = tuple(numbers)
        return found

    def day(self, name: str) -> date:
        """An own entry that is a date."""
        value = self.own[name]
        if not isinstance(value, date):
            raise self._wrong(name, "a date such as 2021-04-01")
        return value

    def with_settings(self, **changes: object) -> BacktestSettings:
        """Its backtest with some settings changed."""
        return replace(self.settings, **changes)  # type: ignore[arg-type]

    def _wrong(self, name: str, wanted: str) -> SettingsError:
        return SettingsError(f"{self.path}: experiment.{name} should be {wanted}, not {self.own[name]!r}.")


def read_lesson(path: Path, own: Collection[str]) -> Lesson:
    """The lesson in a file whose [experiment] table has exactly the entries `own`.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or missing, or a value has the wrong type or range.
    """
    try:
        entries = parse_toml(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"The experiment {path} cannot be read ({error.strerror}): name one with --config."
        ) from error
    except ValueError as error:
        raise SettingsError(f"The experiment {path} is not TOML ({error}): mend it.") from error
    _exactly(entries, _COMMON, f"{path}")
    experiment, backtest = _table(entries["experiment"]), _table(entries["backtest"])
    _exactly(experiment, own, f"{path}: experiment")
    read = Lesson(
        question=str(entries["question"]),
        panel_size=0,
        seed=0,
        settings=read_backtest_settings(backtest, f"{path}: [backtest]"),
        own={**experiment, **{name: entries[name] for name in ("panel_size", "seed")}},
        path=path,
    )
    seats = read.whole("panel_size")
    if not seats:
        raise SettingsError(f"{path}: panel_size should be at least 1.")
    return replace(read, panel_size=seats, seed=read.whole("seed"), own=experiment)


def _table(value: object) -> dict[str, object]:
    """The entries of a table; none where it is no table."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _entries(value: object) -> list[object]:
    """The entries of a list; none where it is no list."""
    return cast("list[object]", value) if isinstance(value, list) else []


def _exactly(found: Mapping[str, object], wanted: Collection[str], where: str) -> None:
    if unknown := sorted(set(found) - set(wanted)):
        raise SettingsError(f"{where}: '{unknown[0]}' is not asked for; known are {', '.join(sorted(wanted))}.")
    if missing := sorted(set(wanted) - set(found)):
        raise SettingsError(f"{where}: '{missing[0]}' is missing: write it down.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where an experiment works: a folder of its own, the folder with the real data, and who hears of its progress."""

    folder: Path
    shared: Path
    timer: StepTimer


def command(
    name: str,
    about: str,
    own: Collection[str],
    report: Callable[[Lesson, Bench], str],
    arguments: list[str] | None,
) -> int:
    """Run one experiment as a command: its report is printed, or written to `--out`; the exit code.

    0 = it ran, 1 = a check did not hold, 2 = a setting or the data are wrong or absent (one sentence on stderr).
    """
    parser = argparse.ArgumentParser(prog=f"python -m experiments.{name}", description=about)
    parser.add_argument("--config", type=Path, default=CONFIGS / f"{name}.toml", help="what is asked (TOML)")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MAT_SHARED", "../shared")),
                        help="the folder that holds data/ (default: MAT_SHARED, else ../shared)")  # fmt: skip
    parser.add_argument("--out", type=Path, help="write the tables here instead of printing them")
    parser.add_argument("--keep", type=Path, help="a new folder for the extracts and snapshots, kept afterwards")
    given = parser.parse_args(arguments)
    try:
        lesson = read_lesson(given.config, own)
        with _folder(given.keep) as folder, progress(expected_steps=60) as listener:
            timer = StepTimer(listener)
            text = report(lesson, Bench(folder=folder, shared=given.shared, timer=timer))
            timer.end()
    except MatError as error:
        print(f"experiments.{name}: {error}", file=sys.stderr)
        return error.exit_code
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


@contextmanager
def _folder(keep: Path | None) -> Generator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    try:
        keep.mkdir(parents=True)
    except FileExistsError:
        raise OutputError(f"{keep} exists already: name a new folder.") from None
    yield keep


def real_data(shared: Path, name: str) -> Path:
    """The folder of one real dataset.

    Raises:
        BadInput: it is not there.
    """
    folder = shared / "data" / name
    if not folder.is_dir():
        raise BadInput(f"no real data at {folder}: name the folder that holds data/ with --shared.")
    return folder
