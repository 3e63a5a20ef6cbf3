"""The synthetic city, from a seed to tables: simulated, brought to the published totals, dressed as an extract.

Nobody in it exists. It proves machinery, never accuracy. What is latent stays in `City.latent` and reaches no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from mat.progress import SILENT, Progress
from mat.synthetic.assessments import assessments, marac
from mat.synthetic.attributes import draw_ages, recorded_ethnicity, recorded_sex
from mat.synthetic.calendar import bend_to_months, month_quotas, month_starts
from mat.synthetic.custody import custody
from mat.synthetic.draft import Draft
from mat.synthetic.dyads import draft_dyads, pairs, ties
from mat.synthetic.extras import Cast, add_extras, choose_children_present
from mat.synthetic.flaws import CityTables, add_flaws
from mat.synthetic.identities import identities
from mat.synthetic.incidents import Incidents, Stays, simulate_incidents
from mat.synthetic.merges import split_people
from mat.synthetic.orders import orders_and_breaches
from mat.synthetic.people import Ints, draw_primaries
from mat.synthetic.places import Counts, households, settle_home_wards, settle_incident_wards
from mat.synthetic.profiles import Profile
from mat.synthetic.programme import programme
from mat.synthetic.records import draft_incidents, draft_people, draft_roles, extract_incidents, preferred_wards
from mat.synthetic.relationships import Community, draw_community
from mat.synthetic.roles import SUSPECT, VICTIM, draw_roles
from mat.synthetic.standing import nominations, restrictions, standing
from mat.synthetic.targets import Shape, Targets, load_shape, load_targets
from mat.synthetic.totals import concentrate, settle_totals, trim


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """One simulated city: `tables` by contract name; `latent`, one row per person, is what no extract may carry."""

    tables: Mapping[str, pl.DataFrame]
    latent: pl.DataFrame


def simulate_city(profile: Profile, seed: int, *, progress: Progress = SILENT) -> City:
    """Simulate the city; the same profile and seed give the same tables, row for row."""
    rng = np.random.Generator(np.random.PCG64(seed))
    targets, shape = load_targets(), load_shape()
    progress.step("Simulating people, relationships and reports")
    community, cast, stays = _simulate(rng, profile, targets, shape)
    progress.step("Settling homes, ages and places")
    draft = _draft(rng, profile, community, cast, targets=targets, shape=shape)
    progress.step("Dressing the records as an extract")
    tables = _tables(rng, draft, community, stays, targets)
    latent = draft.people.select("person_id", "latent_propensity", "latent_severity")
    return City(tables=add_flaws(rng, tables, draft.extracted_at), latent=latent)


def _simulate(
    rng: np.random.Generator, profile: Profile, targets: Targets, shape: Shape
) -> tuple[Community, Cast, Stays]:
    behaviour = profile.behaviour
    first = (targets.first_day - profile.begins).days
    community = draw_community(rng, behaviour, draw_primaries(rng, behaviour, profile.primaries, profile.days))
    relations = community.relationships
    incidents, stays = simulate_incidents(rng, behaviour, community, profile.days)
    incidents = trim(rng, incidents, incidents.at >= first, targets)
    incidents = concentrate(
        rng, relations, community.is_male, incidents, in_window=incidents.at >= first, targets=targets
    )
    in_window = incidents.at >= first
    roles = draw_roles(rng, behaviour, community, incidents)
    roles, is_male = settle_totals(
        rng, community.is_male, roles, in_window & incidents.is_crime, targets=targets, shape=shape
    )
    incidents, stays = _bend(rng, profile, incidents, stays, targets=targets, shape=shape)
    wanted = targets.children_present_per_month * targets.months
    children = choose_children_present(rng, relations, incidents, in_window, wanted)
    return community, add_extras(rng, relations, is_male, incidents, children_present=children, roles=roles), stays


def _bend(
    rng: np.random.Generator, profile: Profile, incidents: Incidents, stays: Stays, *, targets: Targets, shape: Shape
) -> tuple[Incidents, Stays]:
    starts = np.array(
        [(start - profile.begins).days for start in month_starts(targets.first_day, targets.months)], dtype=np.float64
    )
    crimes_at = np.sort(incidents.at[incidents.is_crime & (incidents.at >= starts[0])])
    bend = bend_to_months(crimes_at, starts, month_quotas(rng, targets, shape))
    return (
        replace(incidents, at=bend(incidents.at)),
        replace(stays, begins=bend(stays.begins), ends=bend(stays.ends)),
    )


def _draft(
    rng: np.random.Generator, profile: Profile, community: Community, cast: Cast, *, targets: Targets, shape: Shape
) -> Draft:
    counts = _window_counts(cast, (targets.first_day - profile.begins).days)
    home = households(rng, community.relationships, len(cast.is_male))
    home = np.where(cast.is_child, home[cast.lives_with], home)
    home_ward = settle_home_wards(rng, targets, counts, home, cast.is_outside)
    people = draft_people(
        rng,
        profile,
        community,
        cast,
        sex=recorded_sex(rng, cast.is_male, counts, targets),
        ethnicity=recorded_ethnicity(rng, counts, targets),
        age=draw_ages(rng, community, cast.is_male, counts, shape),
        home=home,
        home_ward=home_ward,
        wards=[ward.name for ward in targets.wards],
    )
    severity = people["latent_severity"].to_numpy()
    ward = _incident_wards(rng, profile, cast, targets, home_ward)
    incidents = draft_incidents(rng, profile, community, cast, severity=severity, ward=ward)
    roles, merges = split_people(rng, people, incidents, draft_roles(rng, profile, cast, incidents))
    return Draft(
        begins=profile.begins,
        extracted_at=pl.Series([profile.extracted_on]).cast(pl.Datetime("us"))[0],
        people=people,
        incidents=incidents,
        roles=roles,
        dyads=draft_dyads(community.relationships, incidents, roles),
        merges=merges,
    )


def _incident_wards(
    rng: np.random.Generator, profile: Profile, cast: Cast, targets: Targets, home_ward: Ints
) -> pl.Series:
    in_window = cast.incidents.at >= (targets.first_day - profile.begins).days
    is_counted = in_window & cast.incidents.is_crime & ~cast.is_cancelled
    place = settle_incident_wards(rng, targets, preferred_wards(rng, cast, home_ward), is_counted)
    return pl.Series([ward.name for ward in targets.wards]).gather(place)


def _window_counts(cast: Cast, first: int) -> Counts:
    """Records of the window that the published figures count, by person."""
    crimes = cast.incidents.is_crime & (cast.incidents.at >= first) & ~cast.is_cancelled
    counted = crimes[cast.roles.incident] & ~cast.is_eliminated & ~cast.is_outside[cast.roles.person]
    size = len(cast.is_male)
    return Counts(
        suspect=np.bincount(cast.roles.person[counted & (cast.roles.role == SUSPECT)], minlength=size),
        victim=np.bincount(cast.roles.person[counted & (cast.roles.role == VICTIM)], minlength=size),
    )


def _tables(rng: np.random.Generator, draft: Draft, community: Community, stays: Stays, targets: Targets) -> CityTables:
    other_incidents, other_roles = extract_incidents(rng, draft)
    orders, breaches = orders_and_breaches(rng, draft, targets)
    assessed = assessments(rng, draft)
    referrals, events = programme(rng, draft, targets)
    stays_in_custody = custody(draft, stays)
    return {
        "persons": draft.people,
        "incidents": other_incidents,
        "involvements": other_roles,
        "pairs": pairs(rng, draft),
        "ties": ties(rng, draft, community.relationships),
        "orders": orders,
        "order_breaches": breaches,
        "assessments": assessed,
        "marac": marac(rng, draft, assessed),
        "programme_referrals": referrals,
        "programme_events": events,
        "custody": stays_in_custody,
        "standing": standing(rng, draft, stays_in_custody),
        "restrictions": restrictions(rng, draft),
        "nominations": nominations(rng, draft),
        "person_merges": draft.merges,
        "identities": identities(rng, draft),
    }
