"""Compare a written city with what is published: read from the files alone, as any reader would.

Counted are domestic crimes by the date they occurred; suspects and victims whose home ward is in the city or not
recorded; people by the ids in the files, merges not followed. Not counted are cancelled records, eliminated suspects,
repeated rows and keys that contradict themselves. Other people and records are on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import polars as pl

from mat.errors import ExtractError
from mat.schemas.extract import TABLES
from mat.synthetic.targets import RoleTargets, Targets, load_targets

_EXACT, _CLOSE, _LEAST = 0.02, 0.05, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Published against generated. `rows`: one row per published quantity: `quantity`, `published`, `generated`,
    `tolerance` (largest difference allowed either way, inclusive), `holds`.
    """

    rows: pl.DataFrame

    @property
    def holds(self) -> bool:
        """Whether every quantity is within its tolerance."""
        return bool(self.rows["holds"].all())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    name: str
    published: float
    generated: float
    tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """The rows that count: `incidents` of the window, `crimes` among them, and records of residents by role."""

    incidents: pl.DataFrame
    crimes: pl.DataFrame
    suspects: pl.DataFrame
    victims: pl.DataFrame


def calibrate(extract: Path) -> Calibration:
    """Compare the city extract in a directory (CSV or Parquet) with the published quantities.

    Raises:
        ExtractError: a table that is needed is not there.
    """
    targets = load_targets()
    counted = _counted(extract, targets)
    quantities = [
        *_totals(counted, targets),
        *_people(counted, targets),
        *_months(counted, targets),
        *_wards(counted, targets),
        *_orders(extract, targets),
        *_waits(extract, targets),
    ]
    frame = pl.DataFrame(
        {
            "quantity": [quantity.name for quantity in quantities],
            "published": [float(quantity.published) for quantity in quantities],
            "generated": [float(quantity.generated) for quantity in quantities],
            "tolerance": [float(quantity.tolerance) for quantity in quantities],
        }
    )
    holds = (pl.col("generated") - pl.col("published")).abs() <= pl.col("tolerance") + 1e-9
    return Calibration(rows=frame.with_columns(holds.alias("holds")))


def _read(extract: Path, table: str) -> pl.DataFrame:
    """A table as text, each row once, keys that contradict themselves left out."""
    contract = TABLES[table]
    names = [column.name for column in contract.columns]
    if (path := extract / f"{table}.csv").is_file():
        frame = pl.read_csv(path, infer_schema=False)
    elif (path := extract / f"{table}.parquet").is_file():
        frame = pl.read_parquet(path).select(pl.all().cast(pl.String))
    else:
        raise ExtractError(f"{extract} has no {table}.csv or {table}.parquet: expected a synthetic city extract.")
    key = list(contract.key)
    return frame.select(names).unique(maintain_order=True).filter(pl.struct(key).is_unique())


def _moment(name: str) -> pl.Expr:
    return pl.col(name).str.replace("T", " ").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False)


def _counted(extract: Path, targets: Targets) -> _Counted:
    wards = [ward.name for ward in targets.wards]
    opens = datetime.combine(targets.first_day, time())
    closes = datetime.combine(targets.last_day, time()) + timedelta(days=1)
    incidents = (
        _read(extract, "incidents")
        .with_columns(_moment("occurred_at"), _moment("recorded_at"))
        .filter(
            (pl.col("occurred_at") >= opens)
            & (pl.col("occurred_at") < closes)
            & (pl.col("recorded_at") >= pl.col("occurred_at"))
            & (pl.col("is_domestic") == "true")
            & pl.col("cancelled_at").is_null()
        )
    )
    crimes = incidents.filter(pl.col("is_crime") == "true")
    born = pl.coalesce(
        pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
        (pl.col("birth_date") + "-01-01").str.to_date("%Y-%m-%d", strict=False),
    )
    residents = (
        _read(extract, "persons")
        .filter(pl.col("home_ward").is_in(wards) | pl.col("home_ward").is_null())
        .with_columns(born.alias("born"))
    )
    records = (
        _read(extract, "involvements")
        .filter(pl.col("status").is_null() | (pl.col("status") != "eliminated"))
        .select("incident_id", "person_id", "role")
        .join(crimes.select("incident_id", "occurred_at"), on="incident_id")
        .join(residents, on="person_id")
        .with_columns(((pl.col("occurred_at").dt.date() - pl.col("born")).dt.total_days() / 365.25).alias("age"))
        .with_columns((pl.col("age") // 5 * 5).cast(pl.Int64).alias("band"))
    )
    return _Counted(
        incidents=incidents,
        crimes=crimes,
        suspects=records.filter(pl.col("role") == "suspect"),
        victims=records.filter(pl.col("role") == "victim"),
    )


def _total(name: str, published: float, generated: float) -> _Quantity:
    return _Quantity(name=name, published=published, generated=generated, tolerance=_EXACT * published)


def _count(name: str, published: float, generated: float) -> _Quantity:
    return _Quantity(name=name, published=published, generated=generated, tolerance=max(_CLOSE * published, _LEAST))


def _share(name: str, published: float, generated: float) -> _Quantity:
    return _Quantity(name=name, published=published, generated=generated, tolerance=_CLOSE * published)


def _same(name: str, published: float, generated: float, *, tolerance: float = 0.0) -> _Quantity:
    return _Quantity(name=name, published=published, generated=generated, tolerance=tolerance)


def _totals(counted: _Counted, targets: Targets) -> list[_Quantity]:
    suspects, victims = set(counted.suspects["person_id"]), set(counted.victims["person_id"])
    non_crimes = counted.incidents.height - counted.crimes.height
    children = counted.incidents.filter(pl.col("children_present") == "true").height
    return [
        *_role_totals("suspect", counted.suspects, targets.suspects, tolerance=4),
        *_role_totals("victim", counted.victims, targets.victims, tolerance=5),
        _total("people who are suspect and victim", targets.both_roles, len(suspects & victims)),
        _total("crimes", targets.crimes, counted.crimes.height),
        _share("non-crimes per crime", targets.non_crimes_per_crime, non_crimes / max(counted.crimes.height, 1)),
        _count(
            "incidents with children present per month",
            targets.children_present_per_month,
            children / targets.months,
        ),
    ]


def _role_totals(role: str, records: pl.DataFrame, totals: RoleTargets, *, tolerance: float) -> list[_Quantity]:
    per_person = records.group_by("person_id").len()["len"]
    by_sex = {
        "F": records.filter(pl.col("sex") == "F").height,
        "M": records.filter(pl.col("sex") == "M").height,
        "unknown": records.filter(pl.col("sex").is_null() | pl.col("sex").is_in(["U", "X"])).height,
    }
    return [
        _total(f"{role} records", totals.records, records.height),
        _total(f"{role}s", totals.people, len(per_person)),
        _total(f"{role}s recorded more than once", totals.repeaters, int((per_person > 1).sum())),
        _same(f"most records of one {role}", totals.largest, float(str(per_person.max() or 0)), tolerance=tolerance),
        *(_count(f"{role} records, sex {sex}", totals.by_sex[sex], count) for sex, count in by_sex.items()),
        _count(
            f"{role} records without a home ward", totals.records_without_ward, int(records["home_ward"].null_count())
        ),
    ]


def _people(counted: _Counted, targets: Targets) -> list[_Quantity]:
    suspects, victims = counted.suspects, counted.victims
    stated = victims.filter(pl.col("ethnicity").is_not_null() & (pl.col("ethnicity") != "U"))
    women = victims.filter(pl.col("sex") == "F").group_by("person_id").agg(pl.col("age").min())
    shares = [
        _share("victim records aged 25-39, share", targets.victim_share_25_39, _between(victims, 25, 40)),
        _count("women aged 16-49 among victims", targets.victim_women_16_49, _aged(women, 16, 50).height),
        _same("most frequent age band of suspects", targets.suspect_peak_age, _peak_band(suspects)),
        *(
            _same(
                f"most frequent age band of victims, sex {sex}", age, _peak_band(victims.filter(pl.col("sex") == sex))
            )
            for sex, age in targets.victim_peak_ages.items()
        ),
        *(
            _share(f"suspect records aged {ages}, male share", share, _sex_share(suspects, ages, "M"))
            for ages, share in targets.suspect_male_shares.items()
        ),
        *(
            _share(f"victim records aged {ages}, female share", share, _sex_share(victims, ages, "F"))
            for ages, share in targets.victim_female_shares.items()
        ),
    ]
    unstated = victims.height - stated.height
    return [
        *shares,
        _count("victim records, ethnicity not stated", targets.ethnicity_not_stated, unstated),
        *(
            _count(
                f"victim records, ethnicity {letter}",
                round(share * (targets.victims.records - targets.ethnicity_not_stated)),
                stated.filter(pl.col("ethnicity") == letter).height,
            )
            for letter, share in targets.ethnicity_of_stated.items()
        ),
    ]


def _aged(records: pl.DataFrame, low: float, high: float) -> pl.DataFrame:
    return records.filter((pl.col("age") >= low) & (pl.col("age") < high))


def _between(records: pl.DataFrame, low: float, high: float) -> float:
    return _aged(records, low, high).height / max(records["age"].count(), 1)


def _peak_band(records: pl.DataFrame) -> float:
    bands = records.drop_nulls("band").group_by("band").len().sort("len", "band", descending=[True, False])
    return float(bands["band"][0]) if bands.height else -1.0


def _sex_share(records: pl.DataFrame, ages: str, sex: str) -> float:
    low, _, high = ages.removesuffix("+").partition("-")
    aged = _aged(records, float(low), float(high) + 1 if high else 200.0)
    return aged.filter(pl.col("sex") == sex).height / max(aged.height, 1)


def _months(counted: _Counted, targets: Targets) -> list[_Quantity]:
    months = counted.crimes.group_by(pl.col("occurred_at").dt.strftime("%Y-%m").alias("month")).len()
    peak = int(months.filter(pl.col("month") == targets.peak_month)["len"].sum())
    return [
        _count(f"crimes in {targets.peak_month}", targets.peak_month_crimes, peak),
        _count("crimes in the busiest month", targets.peak_month_crimes, float(str(months["len"].max() or 0))),
    ]


def _wards(counted: _Counted, targets: Targets) -> list[_Quantity]:
    frames = (
        ("crimes", dict(counted.crimes.group_by("ward").len().iter_rows())),
        ("victims", dict(counted.victims.group_by("home_ward").len().iter_rows())),
        ("suspects", dict(counted.suspects.group_by("home_ward").len().iter_rows())),
    )
    return [
        _count(f"{what} in {ward.name}", getattr(ward, what), found.get(ward.name, 0))
        for what, found in frames
        for ward in targets.wards
    ]


def _orders(extract: Path, targets: Targets) -> list[_Quantity]:
    orders = _read(extract, "orders").with_columns(_moment("issued_at"))
    breached = orders.filter(pl.col("order_id").is_in(_read(extract, "order_breaches")["order_id"].implode()))
    found: list[_Quantity] = []
    for (kind, year), (issued, broken) in targets.orders.items():
        in_year = (
            (pl.col("kind") == kind)
            & (pl.col("issued_at") >= datetime(year, 4, 1))  # noqa: DTZ001 - times of an extract have no zone
            & (pl.col("issued_at") < datetime(year + 1, 4, 1))  # noqa: DTZ001
        )
        found += [
            _count(f"{kind} issued {year}/{year % 100 + 1}", issued, orders.filter(in_year).height),
            _count(f"{kind} breached {year}/{year % 100 + 1}", broken, breached.filter(in_year).height),
        ]
    return found


def _waits(extract: Path, targets: Targets) -> list[_Quantity]:
    referrals = _read(extract, "programme_referrals").with_columns(_moment("referred_at"))
    started = (
        _read(extract, "programme_events")
        .filter(pl.col("event") == "started")
        .with_columns(_moment("at"))
        .join(referrals, on="referral_id")
        .with_columns(((pl.col("at") - pl.col("referred_at")).dt.total_hours() / 24).alias("days"))
    )
    means = dict(started.group_by("tier").agg(pl.col("days").mean()).iter_rows())
    return [
        _same(f"mean days until a tier {tier} programme starts", days, means.get(tier, 0.0), tolerance=0.1 * days)
        for tier, days in targets.programme_wait_days.items()
    ]
