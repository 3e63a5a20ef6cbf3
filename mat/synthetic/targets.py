"""What is published about the city, and how its silences are filled: configuration, read and typed.

The published counts are facts and stay as published; every assumption sits in the profile's `shape` section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from mat.synthetic.people import Floats
from mat.synthetic.profiles import read_config


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTargets:
    """Published totals of one role; `by_sex` holds records of F, M and unknown."""

    records: int
    people: int
    repeaters: int
    largest: int
    by_sex: Mapping[str, int]
    records_without_ward: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WardTargets:
    """Published counts of one ward: crimes there, records of victims and of suspects who live there."""

    name: str
    crimes: int
    victims: int
    suspects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Every published quantity of the city. `orders` maps kind and first calendar year to issued and breached."""

    first_day: date
    last_day: date
    non_crimes_per_crime: float
    children_present_per_month: int
    peak_month: str
    peak_month_crimes: int
    both_roles: int
    suspects: RoleTargets
    victims: RoleTargets
    suspect_peak_age: int
    suspect_male_shares: Mapping[str, float]
    victim_peak_ages: Mapping[str, int]
    victim_share_25_39: float
    victim_women_16_49: int
    victim_female_shares: Mapping[str, float]
    ethnicity_not_stated: int
    ethnicity_of_stated: Mapping[str, float]
    orders: Mapping[tuple[str, int], tuple[int, int]]
    programme_wait_days: Mapping[str, int]
    wards: tuple[WardTargets, ...]

    @property
    def crimes(self) -> int:
        """DA crimes in the window, all wards."""
        return sum(ward.crimes for ward in self.wards)

    @property
    def non_crimes(self) -> int:
        """DA non-crimes in the window."""
        return round(self.crimes * self.non_crimes_per_crime)

    @property
    def months(self) -> int:
        """Calendar months of the window."""
        return (self.last_day.year - self.first_day.year) * 12 + self.last_day.month - self.first_day.month + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Own assumptions where the source is silent; see the profile file."""

    male_suspect_people: int
    male_suspect_repeaters: int
    female_victim_people: int
    female_victim_repeaters: int
    peak_months: Mapping[str, int]
    decline_per_year: float
    month_noise: float
    age_begins: Floats
    ages: Mapping[tuple[str, bool], Floats]


def load_targets() -> Targets:
    """The published quantities that come with the toolkit."""
    raw = read_config("published")
    suspects, victims = raw["suspects"], raw["victims"]
    return Targets(
        first_day=raw["first_day"],
        last_day=raw["last_day"],
        non_crimes_per_crime=raw["non_crimes_per_crime"],
        children_present_per_month=raw["children_present_per_month"],
        peak_month=raw["peak_month"],
        peak_month_crimes=raw["peak_month_crimes"],
        both_roles=raw["both_roles"],
        suspects=_role(suspects),
        victims=_role(victims),
        suspect_peak_age=suspects["peak_age"],
        suspect_male_shares={"15-19": suspects["male_share_15_19"], "35-39": suspects["male_share_35_39"]},
        victim_peak_ages={"F": victims["peak_age_female"], "M": victims["peak_age_male"]},
        victim_share_25_39=victims["share_25_39"],
        victim_women_16_49=victims["women_16_49"],
        victim_female_shares={"30-34": victims["female_share_30_34"], "65+": victims["female_share_65_plus"]},
        ethnicity_not_stated=victims["ethnicity_not_stated_records"],
        ethnicity_of_stated=victims["ethnicity_of_stated"],
        orders={
            (kind, int(year)): (issued, breached)
            for kind, years in raw["orders"].items()
            for year, (issued, breached) in years.items()
        },
        programme_wait_days=raw["programme_wait_days"],
        wards=tuple(WardTargets(name=name, **counts) for name, counts in raw["wards"].items()),
    )


def load_shape() -> Shape:
    """The assumptions of the city profile."""
    raw = read_config("city")["shape"]
    ages = raw.pop("ages")
    suspects, victims = np.array(ages["suspects"]), np.array(ages["victims"])
    male, female = np.array(ages["suspects_male"]), np.array(ages["victims_female"])
    by_role_and_sex = {
        ("suspect", True): suspects * male,
        ("suspect", False): suspects * (1 - male),
        ("victim", True): victims * (1 - female),
        ("victim", False): victims * female,
    }
    return Shape(
        **raw,
        age_begins=np.array(ages["begins"], dtype=np.float64),
        ages={key: shares / shares.sum() for key, shares in by_role_and_sex.items()},
    )


def _role(raw: Mapping[str, Any]) -> RoleTargets:
    return RoleTargets(
        records=raw["records"],
        people=raw["people"],
        repeaters=raw["repeaters"],
        largest=raw["largest"],
        by_sex={"F": raw["female_records"], "M": raw["male_records"], "unknown": raw["unknown_sex_records"]},
        records_without_ward=raw["records_without_ward"],
    )
