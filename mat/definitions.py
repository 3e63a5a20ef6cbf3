"""The flag and hold rules as data, read from a versioned TOML file.

A rule is a list of conditions on features; a null feature makes a condition false. The file's hash pins the rules of
every output.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from mat.errors import SettingsError
from mat.toml_files import parse_toml
from mat.vocabulary import Hold

_FLAG_KEYS = {"about", "source", "all", "any_flag", "not_assessable_without"}
_HOLD_KEYS = {"about", "all", "age_under", "standing", "by_model", "per_dyad", "can_be_lifted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`feature` is at least `at_least`, or exceeds the feature `exceeds`; exactly one of the two is set."""

    feature: str
    at_least: float | None = None
    exceeds: str | None = None

    def expression(self) -> pl.Expr:
        """Boolean per row; never null."""
        feature = pl.col(self.feature)
        holds = feature > pl.col(self.exceeds) if self.exceeds is not None else feature >= self.at_least
        return holds.fill_null(value=False)

    def features(self) -> tuple[str, ...]:
        """The features the condition reads."""
        return (self.feature,) if self.exceeds is None else (self.feature, self.exceeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRule:
    """One flag: every condition of `conditions`, or any flag of `any_flag`."""

    name: str
    about: str
    source: str
    conditions: tuple[Condition, ...]
    any_flag: tuple[str, ...]
    #: Table without which the flag is null.
    not_assessable_without: str | None

    def expression(self) -> pl.Expr:
        """Boolean per row; a null flag in `any_flag` counts as false."""
        if self.any_flag:
            return pl.any_horizontal(pl.col(flag).fill_null(value=False) for flag in self.any_flag)
        return pl.all_horizontal(condition.expression() for condition in self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRule:
    """One hold: conditions on features, an age, a standing, or the model's own statement."""

    hold: Hold
    about: str
    conditions: tuple[Condition, ...]
    age_under: int | None
    standing: str | None
    by_model: bool
    #: Resolved for each counterparty separately.
    per_dyad: bool
    can_be_lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Every flag, in the order in which they may refer to each other, and every hold, in the order they apply."""

    version: str
    hash: str
    flags: tuple[FlagRule, ...]
    holds: tuple[HoldRule, ...]


def load_definitions(path: Path | None = None) -> Definitions:
    """Read the rules from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or missing, or a rule says nothing.
    """
    name = str(path) if path else "the shipped definitions.toml"
    try:
        content = path.read_bytes() if path else files("mat").joinpath("config/definitions.toml").read_bytes()
        document = parse_toml(content)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name} cannot be read as definitions ({error}).") from error
    try:
        flags = tuple(_flag(flag, entry) for flag, entry in document["flags"].items())
        holds = tuple(_hold(Hold(hold), entry) for hold, entry in document["holds"].items())
        version = str(document["version"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{name} does not hold the rules it should ({error}): compare it with the shipped one."
        ) from error
    _check_order(flags, name)
    return Definitions(version=version, hash=hashlib.sha256(content).hexdigest(), flags=flags, holds=holds)


def _check_order(flags: tuple[FlagRule, ...], name: str) -> None:
    earlier: set[str] = set()
    for flag in flags:
        unknown = set(flag.any_flag) - earlier
        if unknown:
            raise SettingsError(f"{name}: flag {flag.name} names {min(unknown)}, which no earlier flag defines.")
        earlier.add(flag.name)


def _flag(name: str, entry: Mapping[str, Any]) -> FlagRule:
    _refuse_unknown(name, entry, _FLAG_KEYS)
    rule = FlagRule(
        name=name,
        about=str(entry["about"]),
        source=str(entry["source"]),
        conditions=tuple(_condition(condition) for condition in entry.get("all", [])),
        any_flag=tuple(entry.get("any_flag", [])),
        not_assessable_without=entry.get("not_assessable_without"),
    )
    if bool(rule.conditions) == bool(rule.any_flag):
        raise ValueError(f"flag {name} needs either `all` or `any_flag`")
    return rule


def _hold(hold: Hold, entry: Mapping[str, Any]) -> HoldRule:
    _refuse_unknown(hold, entry, _HOLD_KEYS)
    rule = HoldRule(
        hold=hold,
        about=str(entry["about"]),
        conditions=tuple(_condition(condition) for condition in entry.get("all", [])),
        age_under=entry.get("age_under"),
        standing=entry.get("standing"),
        by_model=bool(entry.get("by_model", False)),
        per_dyad=bool(entry.get("per_dyad", False)),
        can_be_lifted=bool(entry.get("can_be_lifted", True)),
    )
    ways = [bool(rule.conditions), rule.age_under is not None, rule.standing is not None, rule.by_model]
    if sum(ways) != 1:
        raise ValueError(f"hold {hold} needs exactly one of `all`, `age_under`, `standing`, `by_model`")
    return rule


def _condition(entry: Mapping[str, Any]) -> Condition:
    _refuse_unknown("condition", entry, {"feature", "at_least", "exceeds"})
    if ("at_least" in entry) == ("exceeds" in entry):
        raise ValueError(f"the condition on {entry.get('feature')} needs either `at_least` or `exceeds`")
    return Condition(feature=entry["feature"], at_least=entry.get("at_least"), exceeds=entry.get("exceeds"))


def _refuse_unknown(name: str, entry: Mapping[str, Any], known: set[str]) -> None:
    unknown = set(entry) - known
    if unknown:
        raise ValueError(f"{name} has the unknown key {min(unknown)!r}; known: {', '.join(sorted(known))}")
