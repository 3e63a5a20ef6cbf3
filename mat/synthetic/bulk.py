"""Large extracts from independent communities, one after another: memory is that of one community, whatever the size.

Nothing here is calibrated; the same behaviour as in the city, without published totals. Every community draws from
its own stream of the seed, so their number does not change what the first ones hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from mat.errors import SettingsError
from mat.progress import SILENT, Progress
from mat.schemas.extract import TABLES, Kind
from mat.synthetic.assessments import assessments, marac
from mat.synthetic.attributes import draw_ages
from mat.synthetic.custody import custody
from mat.synthetic.draft import Draft
from mat.synthetic.dyads import draft_dyads, pairs, ties
from mat.synthetic.extras import Cast, add_extras
from mat.synthetic.incidents import Incidents, Stays, simulate_incidents
from mat.synthetic.orders import orders_and_breaches
from mat.synthetic.people import draw_primaries
from mat.synthetic.places import Counts, households
from mat.synthetic.profiles import Profile
from mat.synthetic.records import draft_incidents, draft_people, draft_roles, extract_incidents, preferred_wards
from mat.synthetic.relationships import Community, draw_community
from mat.synthetic.roles import SUSPECT, VICTIM, Roles, draw_roles
from mat.synthetic.standing import standing
from mat.synthetic.targets import load_shape, load_targets

_WARDS = 40
#: Communities simulated side by side; each holds about 400 MB.
_AT_ONCE = 2
#: Incidents of the city in a year, against which orders are scaled.
_CITY_PER_YEAR = 10_900
#: Share of incidents that are crimes of other kinds.
_OTHER_CRIMES = 0.1
_ETHNICITIES = ("W", "A", "B", "M", "O", "U")
_ETHNICITY_SHARES = (0.57, 0.06, 0.03, 0.02, 0.02, 0.30)


def write_bulk(profile: Profile, seed: int, folder: Path, *, progress: Progress = SILENT) -> dict[str, int]:
    """Write a large profile into an empty folder, as Parquet with typed columns; rows per table.

    Raises:
        SettingsError: the profile's behaviour makes fewer incidents than it asks for.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        parts = folder / "parts"
        parts.mkdir()
        communities = range(profile.communities)
        written = [pool.submit(_write_community, profile, seed, place, parts) for place in communities]
        try:
            for place in communities:
                progress.step(f"Simulating community {place + 1} of {profile.communities}")
                written[place].result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        progress.step("Joining the communities")
        rows = {name: _join(parts, folder, name, profile.communities) for name in TABLES if name in profile.tables}
        parts.rmdir()
        return rows


def _write_community(profile: Profile, seed: int, place: int, parts: Path) -> None:
    for name, table in _community_tables(profile, seed, place).items():
        _typed(table, name).write_parquet(parts / f"{name}-{place:03d}.parquet", compression="lz4")


def _join(parts: Path, folder: Path, name: str, communities: int) -> int:
    files = [parts / f"{name}-{place:03d}.parquet" for place in range(communities)]
    whole = folder / f"{name}.parquet"
    pl.scan_parquet(files).sink_parquet(whole, compression="lz4", row_group_size=500_000, maintain_order=True)
    for file in files:
        file.unlink()
    return int(pl.scan_parquet(whole).select(pl.len()).collect().item())


def _community_tables(profile: Profile, seed: int, place: int) -> Mapping[str, pl.DataFrame]:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, place])))
    label = f"{place:02d}" if profile.communities > 1 else ""
    share = profile.incidents * (place + 1) // profile.communities - profile.incidents * place // profile.communities
    community, cast, stays = _simulate(rng, profile, round(share * (1 - _OTHER_CRIMES)))
    draft = _draft(rng, profile, community, cast, label)
    incidents, involvements = extract_incidents(rng, draft, label, wanted=share - draft.incidents.height)
    scale = share / (profile.days / 365.25) / _CITY_PER_YEAR
    orders, breaches = orders_and_breaches(rng, draft, load_targets(), scale=scale, label=label)
    in_custody = custody(draft, stays)
    tables = {
        "persons": draft.people.filter("is_written").with_columns(birth_date="born_on").sort("person_id"),
        "incidents": incidents,
        "involvements": involvements,
        "pairs": pairs(rng, draft),
        "ties": ties(rng, draft, community.relationships),
        "orders": orders,
        "order_breaches": breaches,
        "custody": in_custody,
    }
    if "assessments" in profile.tables:
        assessed = assessments(rng, draft)
        tables |= {"assessments": assessed, "marac": marac(rng, draft, assessed, scale=scale)}
    if "standing" in profile.tables:
        tables["standing"] = standing(rng, draft, in_custody, scale=scale)
    return tables


def _simulate(rng: np.random.Generator, profile: Profile, wanted: int) -> tuple[Community, Cast, Stays]:
    behaviour = profile.behaviour
    community = draw_community(rng, behaviour, draw_primaries(rng, behaviour, profile.primaries, profile.days))
    incidents, stays = simulate_incidents(rng, behaviour, community, profile.days)
    if len(incidents) < wanted:
        raise SettingsError(f"The profile {profile.name!r} makes too few incidents: raise `primaries`.")
    incidents = incidents.take(np.sort(rng.permutation(len(incidents))[:wanted]))
    roles = draw_roles(rng, behaviour, community, incidents)
    community, incidents, roles, stays = _only_seen(community, incidents, roles, stays)
    relations = community.relationships
    has_children = rng.random(len(relations.actor)) < 0.5
    children = has_children[incidents.relationship] & (rng.random(len(incidents)) < 0.7)
    return (
        community,
        add_extras(rng, relations, community.is_male, incidents, children_present=children, roles=roles),
        stays,
    )


def _only_seen(
    community: Community, incidents: Incidents, roles: Roles, stays: Stays
) -> tuple[Community, Incidents, Roles, Stays]:
    """The same community without people and relationships that no record could show: most of it."""
    relations, primaries = community.relationships, community.primaries
    shown = np.zeros(len(relations.actor), dtype=np.bool_)
    shown[incidents.relationship] = True
    seen = np.zeros(community.size, dtype=np.bool_)
    seen[roles.person] = True
    seen[relations.actor[shown]] = True
    seen[relations.other[shown]] = True
    person = np.cumsum(seen) - 1
    acting = seen[: len(primaries.is_male)]
    return (
        Community(
            primaries=primaries.take(acting),
            relationships=relations.take(shown, person),
            is_male=community.is_male[seen],
        ),
        replace(incidents, relationship=(np.cumsum(shown) - 1)[incidents.relationship]),
        replace(roles, person=person[roles.person]),
        stays.take(seen[stays.person], person),
    )


def _draft(rng: np.random.Generator, profile: Profile, community: Community, cast: Cast, label: str) -> Draft:
    size = len(cast.is_male)
    home = households(rng, community.relationships, size)
    home_ward = rng.integers(0, _WARDS, size)[home]
    wards = [f"Ward {label}{number:02d}" for number in range(1, _WARDS + 1)]
    people = draft_people(
        rng,
        profile,
        community,
        cast,
        sex=np.where(rng.random(size) < 0.004, "U", np.where(cast.is_male, "M", "F")),
        ethnicity=np.array(_ETHNICITIES)[rng.choice(len(_ETHNICITIES), size=size, p=_ETHNICITY_SHARES)],
        age=draw_ages(rng, community, cast.is_male, _counts(cast), load_shape()),
        home=home,
        home_ward=home_ward,
        wards=wards,
        label=label,
    )
    preferred = preferred_wards(rng, cast, home_ward)
    ward = pl.Series(wards).gather(np.where(preferred < 0, rng.integers(0, _WARDS, len(preferred)), preferred))
    severity = people["latent_severity"].to_numpy()
    incidents = draft_incidents(rng, profile, community, cast, severity=severity, ward=ward, label=label)
    roles = draft_roles(rng, profile, cast, incidents)
    return Draft(
        begins=profile.begins,
        extracted_at=pl.Series([profile.extracted_on]).cast(pl.Datetime("us"))[0],
        people=people,
        incidents=incidents,
        roles=roles,
        dyads=draft_dyads(community.relationships, incidents, roles),
        merges=pl.DataFrame(),
    )


def _counts(cast: Cast) -> Counts:
    size, roles = len(cast.is_male), cast.roles
    return Counts(
        suspect=np.bincount(roles.person[roles.role == SUSPECT], minlength=size),
        victim=np.bincount(roles.person[roles.role == VICTIM], minlength=size),
    )


def _typed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    types = {Kind.FLAG: pl.Boolean(), Kind.NUMBER: pl.Int64(), Kind.MOMENT: pl.Datetime("us"), Kind.DAY: pl.Date()}
    return table.select(
        pl.col(column.name).cast(types.get(column.kind, pl.String())) for column in TABLES[name].columns
    )
