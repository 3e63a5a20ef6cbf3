"""Who does what to whom: both directions apart, and the same whatever the order of the rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.subject.timelines import Timelines, timelines_of

RUN = UUID(int=1)
OTHER_RUN = UUID(int=2)
VICTIMS = {f"V{number}": UUID(int=100 + number) for number in (1, 2, 10)}
Shown = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def event(incident: str, role: str = "suspect", *others: str, **given: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "run_id": RUN, "incident_id": incident, "occurred_at": datetime(2024, 1, 2, 3), "recorded_at":
        datetime(2024, 1, 3), "role": role, "status": "charged", "offence_code": "stalking", "offence_label": None,
        "weight": 10.0, "is_crime": True, "is_domestic": True, "is_cancelled": False, "children_present": None,
        "risk_grade": None, "outcome_code": None, "counterparts": [VICTIMS[each] for each in others],
        "injuries": [f"injury {each}" for each in others], "callers": [None for _ in others],
    }  # fmt: skip
    return {**values, **given}


def pair(token: str, subject_is: str, records: int, last_on: date = date(2024, 1, 2), **given: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "run_id": RUN, "victim_id": VICTIMS[token], "subject_is": subject_is, "relationship": None, "incident_count":
        records, "crime_count": records, "harm": 10.0 * records, "first_on": date(2020, 1, 1), "last_on": last_on,
    }  # fmt: skip
    return {**values, **given}


def shown(events: Sequence[Mapping[str, Any]], pairs: Sequence[Mapping[str, Any]]) -> Shown:
    tokens = [{"victim_id": victim, "token": token} for token, victim in VICTIMS.items()]
    return {"narrative": {"history_event": events}, "links_graph": {"dyad": pairs, "victim": tokens}}


def test_what_each_did_to_the_other_stands_apart_and_is_never_netted() -> None:
    events = [event("I1", "suspect", "V1"), event("I2", "victim", "V1"), event("I3", "suspect", "V2")]
    pairs = [pair("V1", "suspect", 3), pair("V1", "victim", 2), pair("V2", "suspect", 1)]

    found = timelines_of(shown(events, pairs), RUN)

    first, second = found.pairs
    assert first.is_mutual
    assert first.against is not None
    assert first.by is not None
    assert (first.against.records, first.by.records) == (3, 2)
    assert [each.incident_id for each in first.against.events] == ["I1"]
    assert [each.incident_id for each in first.by.events] == ["I2"]
    assert (second.token, second.by) == ("V2", None)


def test_injury_and_caller_go_with_the_person_they_are_recorded_of() -> None:
    found = timelines_of(shown([event("I1", "suspect", "V10", "V2")], []), RUN)

    assert [(each.token, each.injury) for each in found.events[0].between] == [
        ("V2", "injury V2"),
        ("V10", "injury V10"),
    ]


def test_rows_that_came_with_another_run_are_left_out() -> None:
    events = [event("I1"), event("I2", run_id=OTHER_RUN)]
    pairs = [pair("V1", "suspect", 1, run_id=OTHER_RUN)]

    found = timelines_of(shown(events, pairs), RUN)

    assert [each.incident_id for each in found.events] == ["I1"]
    assert found.pairs == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"offence_code": "stalking"}, "Stalking"),
        ({"offence_code": "local 7"}, "local 7"),
        ({"offence_code": None}, "Crime without a code"),
        ({"offence_code": None, "is_crime": False}, "Incident, no crime"),
        ({"offence_label": "As the force says"}, "As the force says"),
    ],
)
def test_an_offence_is_said_as_far_as_its_code_is_known(given: dict[str, Any], said: str) -> None:
    assert timelines_of(shown([event("I1", **given)], []), RUN).events[0].offence == said


def test_harm_is_of_domestic_crimes_alone() -> None:
    events = [event("I1"), event("I2", is_domestic=False), event("I3", is_crime=False)]

    found = timelines_of(shown(events, []), RUN)

    assert {each.incident_id: each.harm for each in found.events} == {"I1": 10.0, "I2": None, "I3": None}


def test_what_is_not_shown_is_told_apart_from_what_is_not_recorded() -> None:
    hidden, empty = timelines_of({}, RUN), timelines_of(shown([], []), RUN)

    assert (hidden.shows_events, hidden.shows_pairs) == (False, False)
    assert (empty.shows_events, empty.shows_pairs) == (True, True)


@given(
    st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["suspect", "victim"])), max_size=9)
)
def test_the_same_records_give_the_same_timelines_in_any_order(seed: int, told: list[tuple[int, str]]) -> None:
    events = [
        event(f"I{number}", role, "V1", "V2", occurred_at=datetime(2024, 1, 1) + timedelta(days=day))
        for number, (day, role) in enumerate(told)
    ]
    pairs = [pair(token, way, 1) for token in VICTIMS for way in ("suspect", "victim")]
    shuffler = random.Random(seed)
    mixed: Timelines = timelines_of(shown(events, pairs), RUN)
    shuffler.shuffle(events)
    shuffler.shuffle(pairs)

    assert timelines_of(shown(events, pairs), RUN) == mixed
