"""The simulation keeps its own rules: custody interrupts, time bends without shuffling, lags stay in bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mat.errors import BadInput, SettingsError
from mat.synthetic import profiles
from mat.synthetic.calendar import bend_to_months, minutes_of, month_quotas, month_starts
from mat.synthetic.incidents import simulate_incidents
from mat.synthetic.lag import linked_minutes, recorded_minutes
from mat.synthetic.offences import draw_offences
from mat.synthetic.people import draw_primaries
from mat.synthetic.profiles import PROFILES, load_profile
from mat.synthetic.relationships import draw_community
from mat.synthetic.roles import draw_roles
from mat.synthetic.targets import load_shape, load_targets


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_nobody_acts_while_in_custody() -> None:
    behaviour = replace(load_profile("city").behaviour, custody_share=0.5, custody_median=200.0)
    rng = generator()
    community = draw_community(rng, behaviour, draw_primaries(rng, behaviour, 1500, 1000))

    incidents, stays = simulate_incidents(rng, behaviour, community, 1000)

    actor = community.relationships.actor[incidents.relationship]
    same_person = actor[:, None] == stays.person[None, :]
    inside = (stays.begins[None, :] <= incidents.at[:, None]) & (incidents.at[:, None] < stays.ends[None, :])
    assert len(stays.person) > 100
    assert not (same_person & inside).any()


def test_without_custody_more_happens() -> None:
    behaviour = load_profile("city").behaviour
    many = replace(behaviour, custody_share=0.6, custody_median=300.0)
    none = replace(behaviour, custody_share=0.0)

    counts = []
    for chosen in (many, none):
        rng = generator(4)
        community = draw_community(rng, chosen, draw_primaries(rng, chosen, 4000, 1500))
        counts.append(len(simulate_incidents(rng, chosen, community, 1500)[0]))

    assert counts[0] < 0.9 * counts[1]


def test_an_act_makes_another_soon_after_likelier() -> None:
    behaviour = load_profile("city").behaviour
    rng = generator()
    community = draw_community(rng, behaviour, draw_primaries(rng, behaviour, 20_000, 2000))

    incidents, _ = simulate_incidents(rng, behaviour, community, 2000)

    _, first = np.unique(incidents.occurrence, return_index=True)
    order = np.lexsort((incidents.at[first], incidents.relationship[first]))
    relationship, at = incidents.relationship[first][order], incidents.at[first][order]
    gaps = np.diff(at)[relationship[1:] == relationship[:-1]]
    assert (gaps < 60).sum() > 1.4 * ((gaps >= 60) & (gaps < 120)).sum()


def test_no_record_names_a_person_twice_in_one_role() -> None:
    behaviour = replace(load_profile("city").behaviour, second_victim_share=0.5, co_suspect_share=0.5, dual_share=0.5)
    rng = generator()
    community = draw_community(rng, behaviour, draw_primaries(rng, behaviour, 3000, 1500))
    incidents, _ = simulate_incidents(rng, behaviour, community, 1500)

    roles = draw_roles(rng, behaviour, community, incidents)

    keys = set(zip(roles.incident.tolist(), roles.person.tolist(), roles.role.tolist(), strict=True))
    assert len(keys) == len(roles)


@given(seed=st.integers(0, 1000))
def test_bent_time_fills_every_month_and_keeps_the_order(seed: int) -> None:
    rng = generator(seed)
    crimes_at = np.sort(100.0 + rng.random(500) * 90.0)
    quotas = np.array([50, 300, 150])
    starts = np.array([100.0, 131.0, 159.0, 190.0])

    bent = bend_to_months(crimes_at, starts, quotas)(crimes_at)

    assert np.histogram(bent, starts)[0].tolist() == quotas.tolist()
    assert (np.diff(bent) >= 0).all()


def test_time_before_the_window_is_kept() -> None:
    bend = bend_to_months(np.array([10.0, 11.0, 12.0, 13.0]), np.array([10.0, 40.0, 71.0]), np.array([1, 3]))

    assert bend(np.array([-5.0, 0.0, 9.5])).tolist() == pytest.approx([-5.0, 0.0, 9.5])


def test_the_published_peak_is_the_busiest_month_and_all_crimes_are_dealt() -> None:
    targets = load_targets()

    quotas = month_quotas(generator(), targets, load_shape())

    names = [start.strftime("%Y-%m") for start in month_starts(targets.first_day, targets.months)[:-1]]
    assert quotas.sum() == targets.crimes == 20675
    assert names[int(np.argmax(quotas))] == targets.peak_month
    assert {names[place] for place in np.argsort(-quotas)[:5]} == {f"2022-0{month}" for month in range(4, 9)}


def test_months_run_over_the_turn_of_the_year() -> None:
    starts = month_starts(date(2021, 11, 1), 3)

    assert starts == [date(2021, 11, 1), date(2021, 12, 1), date(2022, 1, 1), date(2022, 2, 1)]


@given(st.lists(st.floats(0, 2191.999), min_size=1, max_size=50))
def test_the_time_of_day_never_changes_the_date(days: list[float]) -> None:
    moments = np.array(days)

    minutes = minutes_of(moments)

    assert (minutes // 1440).tolist() == np.floor(moments).astype(int).tolist()


@given(seed=st.integers(0, 1000), end=st.integers(500, 5_000_000))
def test_recording_follows_the_act_and_precedes_the_extract(seed: int, end: int) -> None:
    rng = generator(seed)
    occurred = rng.integers(0, end, 200)

    recorded = recorded_minutes(rng, occurred, end)
    linked, is_later = linked_minutes(rng, recorded, end)

    assert ((recorded >= occurred) & (recorded < end)).all()
    assert ((linked >= recorded) & (linked < end)).all()
    assert (linked[~is_later] == recorded[~is_later]).all()


def test_strangulation_is_no_offence_of_its_own_before_its_day() -> None:
    size = 20_000
    domestic, old = np.ones(size, dtype=np.bool_), np.arange(size) < size // 2

    codes = draw_offences(generator(), np.zeros(size), domestic, old).to_numpy()

    assert "strangulation" not in set(codes[old])
    assert "strangulation" in set(codes[~old])


def test_people_who_act_badly_are_recorded_for_worse() -> None:
    size = 20_000
    domestic, never = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)

    mild = draw_offences(generator(), np.full(size, -1.5), domestic, never)
    grave = draw_offences(generator(), np.full(size, 1.5), domestic, never)

    worst = ["rape", "strangulation", "wounding_with_intent", "threats_to_kill"]
    assert grave.is_in(worst).sum() > 3 * mild.is_in(worst).sum()


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_loads(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert profile.days >= 6 * 365


def test_an_unknown_profile_names_the_valid_ones() -> None:
    with pytest.raises(BadInput, match="'hamlet': choose one of city, force, national"):
        load_profile("hamlet")


def test_a_profile_without_a_number_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content = profiles.read_config("force")
    content["behaviour"].pop("echo_delay")
    monkeypatch.setattr(profiles, "read_config", lambda _: content)

    with pytest.raises(SettingsError, match="look at echo_delay"):
        load_profile("force")
