"""From arrays to records: people, incidents and roles with ids, dates, places and what else is written about them."""

from __future__ import annotations

import numpy as np
import polars as pl

from mat.synthetic.attributes import Words
from mat.synthetic.calendar import minutes_of
from mat.synthetic.draft import Draft, minutes_until, moments, numbered
from mat.synthetic.extras import Cast
from mat.synthetic.lag import linked_minutes, recorded_minutes, within
from mat.synthetic.offences import STRANGULATION_IN_FORCE, draw_offences
from mat.synthetic.people import Bools, Floats, Ints
from mat.synthetic.places import NO_WARD, OUTSIDE
from mat.synthetic.profiles import Profile
from mat.synthetic.relationships import Community
from mat.synthetic.roles import ROLE_WORDS, SUSPECT, VICTIM

_NO_BIRTH_DATE, _BIRTH_YEAR_ONLY = 0.012, 0.01
_OUTCOMES = ("evidential_difficulties", "victim_does_not_support", "charged", "caution", "no_suspect_identified", None)
_OUTCOME_SHARES = (0.24, 0.44, 0.1, 0.02, 0.08, 0.12)


def draft_people(
    rng: np.random.Generator,
    profile: Profile,
    community: Community,
    cast: Cast,
    *,
    sex: Words,
    ethnicity: Words,
    age: Floats,
    home: Ints,
    home_ward: Ints,
    wards: list[str],
    label: str = "",
) -> pl.DataFrame:
    """One row per person, in order of place; `is_written` says who appears in the extract at all.

    `label` keeps the ids of several communities apart.
    """
    size, primaries = len(sex), community.primaries
    at, rows = cast.incidents.at[cast.roles.incident], cast.roles.person
    seen = np.bincount(rows, minlength=size)
    middle = np.where(seen > 0, np.bincount(rows, weights=at, minlength=size) / np.maximum(seen, 1), profile.days / 2)
    age = np.where(cast.is_child, rng.random(size) * 15.5, age)
    born = ((middle - age * 365.25) * 1440).astype(np.int64)
    acting = len(primaries.is_male)
    propensity, severity = np.zeros(size), rng.standard_normal(size)
    propensity[:acting], severity[:acting] = primaries.propensity, primaries.severity
    number = rng.permutation(size) + 100_000
    return pl.DataFrame(
        {
            "person": np.arange(size),
            "person_number": number,
            "person_id": numbered(f"P{label}", number),
            "birth_date": _birth_dates(rng, moments(profile.begins, born)),
            "born_on": moments(profile.begins, born).dt.date(),
            "sex": sex,
            "ethnicity": ethnicity,
            "home_ward": pl.Series([*wards, *OUTSIDE, None]).gather(np.where(home_ward == NO_WARD, -1, home_ward)),
            "home": home,
            "ward": home_ward,
            "is_written": (seen > 0) | cast.is_quiet,
            "is_quiet": cast.is_quiet,
            "latent_propensity": propensity,
            "latent_severity": severity,
        }
    )


def _birth_dates(rng: np.random.Generator, born: pl.Series) -> pl.Series:
    draw = rng.random(len(born))
    return (
        pl.DataFrame({"born": born, "draw": draw})
        .select(
            pl.when(pl.col("draw") < _NO_BIRTH_DATE)
            .then(None)
            .when(pl.col("draw") < _NO_BIRTH_DATE + _BIRTH_YEAR_ONLY)
            .then(pl.col("born").dt.strftime("%Y"))
            .otherwise(pl.col("born").dt.strftime("%Y-%m-%d"))
            .alias("birth_date")
        )
        .to_series()
    )


def draft_incidents(
    rng: np.random.Generator,
    profile: Profile,
    community: Community,
    cast: Cast,
    *,
    severity: Floats,
    ward: pl.Series,
    label: str = "",
) -> pl.DataFrame:
    """One row per domestic record, in order of place. `severity` goes with people, `ward` with records."""
    incidents, size = cast.incidents, len(cast.incidents)
    occurred = minutes_of(incidents.at)
    extracted = minutes_until(profile.begins, profile.extracted_on)
    recorded = recorded_minutes(rng, occurred, extracted)
    severity = severity[community.relationships.actor[incidents.relationship]]
    codes = draw_offences(
        rng, severity, np.ones(size, dtype=np.bool_), occurred < _minute_of(profile, STRANGULATION_IN_FORCE)
    )
    cancelled = within(rng, recorded, (rng.random(size) * 40 * 1440).astype(np.int64), extracted)
    number = np.empty(size, dtype=np.int64)
    number[np.argsort(recorded, kind="stable")] = np.arange(1, size + 1)
    frame = pl.DataFrame(
        {
            "incident": np.arange(size),
            "incident_number": number,
            "incident_id": numbered(f"I{label}", number),
            "occurrence_id": numbered(f"E{label}", incidents.occurrence + 1),
            "occurred_at": moments(profile.begins, occurred),
            "recorded_at": moments(profile.begins, recorded),
            "offence_code": codes,
            "is_crime": incidents.is_crime,
            "is_domestic": True,
            "ward": ward,
            "children_present": cast.children_present,
            "risk_grade": _grades(rng, severity),
            "cancelled_at": moments(profile.begins, cancelled),
            "outcome_code": pl.Series(_OUTCOMES).gather(rng.choice(len(_OUTCOMES), size=size, p=_OUTCOME_SHARES)),
            "is_cancelled": cast.is_cancelled,
            "relationship": incidents.relationship,
            "at": incidents.at,
            "latent_act_severity": severity + 0.8 * rng.standard_normal(size),
            "unasked": rng.random(size) < 0.02,
        }
    )
    crimes_only = [
        pl.when(pl.col("is_crime")).then(pl.col(name)).alias(name) for name in ("offence_code", "outcome_code")
    ]
    return frame.with_columns(
        *crimes_only,
        pl.when(pl.col("is_cancelled")).then(pl.col("cancelled_at")).alias("cancelled_at"),
        pl.when(pl.col("unasked") & ~pl.col("children_present"))
        .then(None)
        .otherwise(pl.col("children_present"))
        .alias("children_present"),
    )


def _minute_of(profile: Profile, day: str) -> int:
    return int((np.datetime64(day) - np.datetime64(profile.begins)).astype(np.int64)) * 1440


def preferred_wards(rng: np.random.Generator, cast: Cast, home_ward: Ints) -> Ints:
    """The ward of the first victim's home, else often of the first suspect's."""
    preferred = np.full(len(cast.incidents), NO_WARD)
    usable = rng.random(len(cast.incidents)) < 0.6
    for role, applies in ((SUSPECT, usable), (VICTIM, np.ones(len(usable), dtype=np.bool_))):
        rows = np.flatnonzero((cast.roles.role == role) & ~cast.is_eliminated)
        rows = rows[home_ward[cast.roles.person[rows]] != NO_WARD][::-1]
        rows = rows[applies[cast.roles.incident[rows]]]
        preferred[cast.roles.incident[rows]] = home_ward[cast.roles.person[rows]]
    return preferred


def _grades(rng: np.random.Generator, severity: Floats) -> pl.Series:
    """The officer's grade: mostly standard and only faintly related to what the person does."""
    score = 0.25 * severity + rng.standard_normal(len(severity))
    place = np.digitize(score, [0.45, 1.45])
    missing = rng.random(len(severity)) < 0.06
    return pl.Series(["standard", "medium", "high", None]).gather(np.where(missing, 3, place))


def draft_roles(rng: np.random.Generator, profile: Profile, cast: Cast, incidents: pl.DataFrame) -> pl.DataFrame:
    """One row per domestic record, person and role."""
    size = len(cast.roles)
    extracted = minutes_until(profile.begins, profile.extracted_on)
    start = np.datetime64(profile.begins, "us")
    recorded = ((incidents["recorded_at"].to_numpy() - start) // np.timedelta64(1, "m")).astype(np.int64)
    linked, is_later = linked_minutes(rng, recorded[cast.roles.incident], extracted)
    status, status_after = _statuses(rng, cast)
    status_at = within(rng, linked, status_after, extracted)
    return (
        pl.DataFrame(
            {
                "incident": cast.roles.incident,
                "person": cast.roles.person,
                "role": pl.Series(ROLE_WORDS).gather(cast.roles.role),
                "recorded_at": moments(profile.begins, linked),
                "is_later": is_later | (rng.random(size) < 0.5),
                "status": status,
                "status_at": moments(profile.begins, status_at),
                "keeps_status_at": rng.random(size) < 0.9,
            }
        )
        .with_columns(
            pl.when("is_later").then(pl.col("recorded_at")).alias("recorded_at"),
            pl.when(pl.col("status").is_not_null() & pl.col("keeps_status_at"))
            .then(pl.col("status_at"))
            .alias("status_at"),
        )
        .drop("is_later", "keeps_status_at")
        .filter(pl.Series(_is_first(cast)))
    )


def _is_first(cast: Cast) -> Bools:
    """Whether a row is the first with its record, person and role."""
    roles = cast.roles
    key = (roles.incident * len(cast.is_male) + roles.person) * len(ROLE_WORDS) + roles.role
    is_first = np.zeros(len(roles), dtype=np.bool_)
    is_first[np.unique(key, return_index=True)[1]] = True
    return is_first


def _statuses(rng: np.random.Generator, cast: Cast) -> tuple[pl.Series, Ints]:
    words = ("named", "arrested", "charged", "convicted", None, "eliminated")
    place = rng.choice(5, size=len(cast.roles), p=[0.5, 0.28, 0.09, 0.05, 0.08])
    place = np.where(cast.roles.role == SUSPECT, place, 4)
    place = np.where(cast.is_eliminated, 5, place)
    days = np.array([0.0, 1.0, 60.0, 240.0, 0.0, 20.0])[place] * np.exp(0.6 * rng.standard_normal(len(place)))
    return pl.Series(words).gather(place), (days * 1440).astype(np.int64)


def extract_incidents(
    rng: np.random.Generator, draft: Draft, label: str = "", *, wanted: int | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Incidents and involvements as the extract has them: the domestic records, and other crimes of their suspects.

    `wanted` fixes the number of other crimes; without it each suspect has as many as befits them.
    """
    suspects = np.unique(draft.roles.filter(pl.col("role") == "suspect")["person"].to_numpy())
    propensity = draft.people["latent_propensity"].to_numpy()[suspects]
    severity = draft.people["latent_severity"].to_numpy()[suspects]
    mean = 0.75 * np.exp(0.35 * np.log(np.maximum(propensity, 0.2)) + 0.4 * severity)
    mean = np.minimum(mean, 15.0)
    if wanted is None:
        person = np.repeat(suspects, rng.poisson(mean))
    else:
        person = np.repeat(suspects, rng.multinomial(wanted, mean / mean.sum()))
    days = draft.incidents["at"].max()
    occurred = minutes_of(rng.random(len(person)) * float(str(days)))
    extracted = minutes_until(draft.begins, draft.extracted_at.date())
    recorded = recorded_minutes(rng, occurred, extracted)
    size, first = len(person), len(draft.incidents) + 1
    severities = draft.people["latent_severity"].to_numpy()[person]
    never = np.zeros(size, dtype=np.bool_)
    names = draft.incidents["ward"].unique(maintain_order=True).sort()
    incident_id = numbered(f"N{label}", first + np.arange(size))
    incidents = pl.DataFrame(
        {
            "incident_id": incident_id,
            "occurrence_id": numbered(f"F{label}", np.arange(size) + 1),
            "occurred_at": draft.as_dates(occurred),
            "recorded_at": draft.as_dates(recorded),
            "offence_code": draw_offences(rng, severities, never, never),
            "is_crime": True,
            "is_domestic": False,
            "ward": names.gather(rng.integers(0, len(names), size)),
        }
    )
    involvements = pl.DataFrame(
        {"incident_id": incident_id, "person_id": draft.person_ids.gather(person), "role": "suspect"}
    )
    # Sorted by shuffled numbers: the order of rows says nothing about who acted.
    domestic_roles = draft.roles.with_columns(
        draft.incidents["incident_id"].gather(draft.roles["incident"]).alias("incident_id"),
        draft.incidents["incident_number"].gather(draft.roles["incident"]).alias("incident_number"),
        draft.person_ids.gather(draft.roles["person"]).alias("person_id"),
        draft.people["person_number"].gather(draft.roles["person"]).alias("person_number"),
    ).sort("incident_number", "person_number", "role")
    return (
        pl.concat([draft.incidents.sort("incident_number"), incidents], how="diagonal"),
        pl.concat([domestic_roles, involvements], how="diagonal"),
    )
