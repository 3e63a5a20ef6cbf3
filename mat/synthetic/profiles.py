"""The profiles a synthetic extract can be made to, each one commented TOML file beside the toolkit.

A profile holds every number of the simulation that a reader might want to question; the code holds none of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from importlib import resources
from typing import Any, Literal, TypeVar, cast

from mat.errors import BadInput, SettingsError

FileFormat = Literal["csv", "parquet"]
_Section = TypeVar("_Section")

#: Names of the profiles, each a file under `mat/config/synthetic`.
PROFILES = ("city", "force", "national")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How people come to be recorded; days unless said otherwise. See the profile files for what each number means."""

    mean_spell: float
    rate_log_mean: float
    rate_log_spread: float
    severity_correlation: float
    echo_share: float
    echo_delay: float
    mean_partners: float
    intimate_share: float
    male_share_intimate: float
    male_share_family: float
    same_sex_share: float
    reused_victim_share: float
    entangled_victim_share: float
    counter_share_intimate: float
    counter_share_family: float
    counter_weight: float
    dual_share: float
    reported_share: float
    crime_share: float
    second_crime_share: float
    suspect_known_share: float
    victim_known_share: float
    second_victim_share: float
    co_suspect_share: float
    custody_share: float
    custody_median: float
    cohabiting_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile: where its files go, which days they cover and how large they are.

    `begins` and `ends` bound the dates of incidents, both inclusive; nothing is recorded after `extracted_on`.
    `primaries` is the number of people who may ever use abuse in one community; `communities` are independent of each
    other and are simulated one after another, which bounds memory. `incidents` is their number in all, 0 where
    published totals decide. `tables` are those written.
    """

    name: str
    file_format: FileFormat
    begins: date
    ends: date
    extracted_on: date
    communities: int
    primaries: int
    incidents: int
    tables: list[str]
    behaviour: Behaviour

    @property
    def days(self) -> int:
        """Number of days covered."""
        return (self.ends - self.begins).days + 1


def load_profile(name: str) -> Profile:
    """Read one profile.

    Raises:
        BadInput: no profile has this name.
        SettingsError: the file lacks a number or has one too many.
    """
    if name not in PROFILES:
        raise BadInput(f"There is no synthetic profile {name!r}: choose one of {', '.join(PROFILES)}.")
    content = read_config(name)
    content.pop("shape", None)  # read by mat.synthetic.targets
    content.pop("wards", None)  # read by mat.synthetic.wards
    behaviour = _section(Behaviour, content.pop("behaviour", {}), name)
    return _section(Profile, {**content, "name": name, "behaviour": behaviour}, name)


def read_config(name: str) -> dict[str, Any]:
    """The content of one TOML file of the synthetic configuration, by its name without suffix."""
    text = (resources.files("mat") / "config" / "synthetic" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _section(kind: type[_Section], values: dict[str, Any], name: str) -> _Section:
    wanted = {field.name for field in fields(cast("Any", kind))}
    if wrong := sorted(wanted ^ values.keys()):
        raise SettingsError(f"The synthetic profile {name!r} has a wrong set of numbers: look at {', '.join(wrong)}.")
    return kind(**values)
