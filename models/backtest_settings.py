"""How a backtest is made: the shipped method, and what a force chose to do differently.

The shipped file has every key, so that nothing about the method is written in code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from importlib.resources import files
from types import MappingProxyType
from typing import cast

from mat.errors import SettingsError
from models.folds import Times
from models.labelled import Target
from models.learning import LEARNERS

#: Every model a backtest can compare.
COMPETITORS = ("random", "count_365d", "harm_365d", "rfgv", *LEARNERS)

BASELINE = "rfgv"

#: Fewer rounds of drawing people again make no interval.
FEWEST_ROUNDS = 100

#: A century: no time in a backtest is longer.
_LONGEST_DAYS = 36_525


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorThresholds:
    """When a backtest is called suspicious; see mat/config/backtest.toml for what each means."""

    auc_ceiling: float
    auc_jump: float
    base_rate_change: float
    recent_volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSettings:
    """One backtest's method; see mat/config/backtest.toml for what each means.

    `times.embargo_days` 0 = measured from the extract. `population_days` None = everyone with any record.
    """

    models: tuple[str, ...]
    target: Target
    times: Times
    as_of: tuple[date, ...]
    population_days: int | None
    capacities: tuple[int, ...]
    bootstrap_rounds: int
    refits: int
    ablation: bool
    equality_capacity: int
    detectors: DetectorThresholds

    def as_json(self) -> dict[str, object]:
        """Every setting by the name it has in the file."""
        return {
            "models": list(self.models),
            "target": self.target.value,
            **{name: getattr(self.times, name) for name in _TIMES},
            "as_of": [day.isoformat() for day in self.as_of],
            "population_days": self.population_days or 0,
            "capacities": list(self.capacities),
            "bootstrap_rounds": self.bootstrap_rounds,
            "refits": self.refits,
            "ablation": self.ablation,
            "equality_capacity": self.equality_capacity,
            "detectors": {name: getattr(self.detectors, name) for name in _DETECTORS},
        }


def read_backtest_settings(chosen: Mapping[str, object], source: str = "[backtest]") -> BacktestSettings:
    """The shipped method with `chosen` in place of its own values; `source` names the place in messages.

    Raises:
        SettingsError: an unknown key, or a value of the wrong type or range.
    """
    shipped = tomllib.loads(files("mat").joinpath("config", "backtest.toml").read_text(encoding="utf-8"))
    detectors = _table(source, chosen.get("detectors", {}))
    _refuse_unknown(chosen, shipped, source)
    _refuse_unknown(detectors, shipped["detectors"], f"{source}.detectors")
    values = {**shipped, **chosen}
    read = {name: reader(f"{source}: {name}", values[name]) for name, reader in _READERS.items()}
    limits = {**shipped["detectors"], **detectors}
    return BacktestSettings(
        **{name: value for name, value in read.items() if name not in _TIMES},  # type: ignore[arg-type]
        times=Times(**{name: read[name] for name in _TIMES}),  # type: ignore[arg-type]
        detectors=DetectorThresholds(
            **{name: _share(f"{source}.detectors: {name}", limits[name]) for name in _DETECTORS}
        ),
    )


def _refuse_unknown(chosen: Mapping[str, object], known: Mapping[str, object], source: str) -> None:
    for key in chosen:
        if key not in known:
            close = get_close_matches(key, known, n=1, cutoff=0.0)
            raise SettingsError(f"{source}: '{key}' is not a setting of a backtest; the nearest is '{close[0]}'.")


def _table(source: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{source}: detectors should be a table such as [backtest.detectors], not {value!r}.")
    return cast("dict[str, object]", value)


def _entries(name: str, value: object, such_as: str) -> list[object]:
    if not isinstance(value, list):
        raise SettingsError(f"{name} should be {such_as}, not {value!r}.")
    return cast("list[object]", value)


def _whole(least: int, most: int) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SettingsError(f"{name} should be a whole number from {least} to {most:,}, not {value!r}.")
        return value

    return read


def _rounds(name: str, value: object) -> int:
    rounds = _whole(0, 10_000)(name, value)
    if 0 < rounds < FEWEST_ROUNDS:
        raise SettingsError(
            f"{name} should be 0 (no intervals, and no model can be promoted) or at least {FEWEST_ROUNDS}, not "
            f"{rounds}: an interval of few rounds is luck."
        )
    return rounds


def _share(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise SettingsError(f"{name} should be a number above 0 and up to 1, not {value!r}.")
    return float(value)


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{name} should be true or false, not {value!r}.")
    return value


def _models(name: str, value: object) -> tuple[str, ...]:
    such_as = f"a list of models among {', '.join(COMPETITORS)}"
    models = _entries(name, value, such_as)
    if any(model not in COMPETITORS for model in models):
        raise SettingsError(f"{name} should be {such_as}, not {value!r}.")
    if BASELINE not in models:
        raise SettingsError(f"{name} leaves out {BASELINE}, which every other model is measured against: add it.")
    return tuple(model for model in COMPETITORS if model in models)


def _target(name: str, value: object) -> Target:
    if value not in list(Target):
        raise SettingsError(f'{name} should be "any" or "serious", not {value!r}.')
    return Target(str(value))


def _dates(name: str, value: object) -> tuple[date, ...]:
    such_as = 'a list of dates such as ["2023-01-01"]'
    try:
        return tuple(sorted({_date(entry) for entry in _entries(name, value, such_as)}))
    except ValueError:
        raise SettingsError(f"{name} should be {such_as}, not {value!r}.") from None


def _date(entry: object) -> date:
    day = entry if type(entry) is date else date.fromisoformat(str(entry))
    if not 1900 <= day.year <= 2200:
        raise ValueError
    return day


def _numbers(name: str, value: object) -> tuple[int, ...]:
    entries = _entries(name, value, "a list of whole numbers of at least 1")
    return tuple(sorted({_whole(1, 1_000_000)(name, entry) for entry in entries}))


def _days_or_all(name: str, value: object) -> int | None:
    return _whole(0, _LONGEST_DAYS)(name, value) or None


_READERS: Mapping[str, Callable[[str, object], object]] = MappingProxyType(
    {
        "models": _models,
        "target": _target,
        "label_days": _whole(1, _LONGEST_DAYS),
        "embargo_days": _whole(0, _LONGEST_DAYS),
        "look_back_days": _whole(0, _LONGEST_DAYS),
        "step_months": _whole(1, 120),
        "folds": _whole(1, 100),
        "training_periods": _whole(1, 100),
        "as_of": _dates,
        "population_days": _days_or_all,
        "capacities": _numbers,
        "bootstrap_rounds": _rounds,
        "refits": _whole(0, 100),
        "ablation": _yes_or_no,
        "equality_capacity": _whole(1, 1_000_000),
    }
)
_TIMES = ("label_days", "embargo_days", "look_back_days", "step_months", "folds", "training_periods")
_DETECTORS = ("auc_ceiling", "auc_jump", "base_rate_change", "recent_volume")
