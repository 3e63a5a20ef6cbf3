"""The city between simulation and tables: incidents, roles and people as frames that still carry what is latent.

Columns that begin with `latent_` never leave this package: every table is cut to the contract's columns on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import polars as pl

from mat.synthetic.people import Ints

MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What every table is made from.

    `people`: one row per person: `person` (place), `person_id`, `sex`, `age_at_reference`, `latent_propensity`,
    `latent_severity`, `home`, `home_ward`, `is_outside`.
    `incidents`: one row per record: `incident` (place), `incident_id`, `occurred_at`, `recorded_at`, `relationship`
    (place, -1 for none) and what is recorded.
    `roles`: one row per incident, person and role that is written, with `recorded_at`, `status`, `status_at`.
    `dyads`: one row per incident, suspect and victim (places) of a domestic record, with the `relation` word.
    `merges`: one row per second id of somebody, as in the contract.
    """

    begins: date
    extracted_at: datetime
    people: pl.DataFrame
    incidents: pl.DataFrame
    roles: pl.DataFrame
    dyads: pl.DataFrame
    merges: pl.DataFrame

    @property
    def person_ids(self) -> pl.Series:
        """Person ids by place."""
        return self.people["person_id"]

    def as_dates(self, minutes: Ints) -> pl.Series:
        """Moments from whole minutes after the first day covered."""
        return moments(self.begins, minutes)


def moments(begins: date, minutes: Ints) -> pl.Series:
    """Moments from whole minutes after the start of `begins`."""
    start = np.datetime64(datetime.combine(begins, time()), "us")
    return pl.Series("at", start + (minutes * 60_000_000).astype("timedelta64[us]"))


def minutes_until(begins: date, end: date) -> int:
    """Whole minutes from the start of one day to the start of another."""
    return (end - begins).days * MINUTES_PER_DAY


def numbered(prefix: str, places: Ints | pl.Series, digits: int = 6) -> pl.Series:
    """Ids such as `P000042` from places."""
    numbers = pl.Series("id", places).cast(pl.String).str.zfill(digits)
    return (pl.Series("prefix", [prefix]) + numbers).rename("id")
