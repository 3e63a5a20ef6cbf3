"""Why a rank: points that add up exactly as shown, and the day from which a record is too old for a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.subject.reasons import (
    Behind,
    Reason,
    Why,
    parts_of,
    what_would_change,
    why_of,
    without_a_record,
)
from app.tasking.subject.timelines import Event, timelines_of
from mat.vocabulary import Role

RUN = UUID(int=1)
NUMBERS = st.floats(-1e4, 1e4, allow_nan=False, allow_infinity=False)


def reason(points: float | None, feature: str = "harm_365d", **given: Any) -> Reason:
    values: dict[str, Any] = {
        "feature": feature, "label": feature, "value": "3", "about": "", "points": points, "is_known": True,
        "more_is_higher": True, "behind": (),
    }  # fmt: skip
    return Reason(**{**values, **given})


def why(points: Sequence[float], score: float) -> Why:
    return Why(reasons=tuple(reason(each) for each in points), sentences=(), score=score)


@given(st.lists(NUMBERS, min_size=1, max_size=12))
def test_the_parts_add_up_to_the_score_exactly_as_shown(points: list[float]) -> None:
    score = math.fsum(points)

    parts = parts_of(why(points, score))

    total = sum((each.points for each in parts), Decimal(0))
    assert len(parts) == len(points)
    assert parts[-1].end == total
    assert abs(float(total) - score) <= 0.5
    assert all(abs(float(each.points) - given) <= 1 for each, given in zip(parts, points, strict=True))
    assert all(before.end == after.start for before, after in pairwise(parts))


def test_rounding_gives_what_is_over_to_the_largest_remainders() -> None:
    parts = parts_of(why([1 / 3, 1 / 3, 1 / 3], 1.0))

    assert sorted(each.points for each in parts) == [Decimal("0.33"), Decimal("0.33"), Decimal("0.34")]


def test_whole_points_stay_whole() -> None:
    assert [str(each.points) for each in parts_of(why([30.0, 25.0], 55.0))] == ["30", "25"]


def test_what_the_reasons_do_not_explain_is_a_part_of_its_own() -> None:
    parts = parts_of(why([30.0], 32.5))

    assert [(each.label, each.points) for each in parts] == [
        ("harm_365d", Decimal("30.00")),
        ("Not explained by the reasons", Decimal("2.50")),
    ]


def test_without_a_score_there_are_no_parts() -> None:
    assert parts_of(Why(reasons=(reason(None),), sentences=(), score=None)) == ()


def shown_of(
    features: Mapping[str, Sequence[str]], events: Mapping[str, tuple[datetime, datetime]], *, with_scores: bool = True
) -> Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]:
    """Reasons by feature with the incidents behind each, and when each happened and became known."""
    row = {"run_id": RUN}
    told = [
        {
            **row, "incident_id": name, "occurred_at": at, "recorded_at": known, "role": "suspect", "status": None,
            "offence_code": None, "offence_label": None, "weight": None, "is_crime": False, "is_domestic": True,
            "is_cancelled": False, "children_present": None, "risk_grade": None, "outcome_code": None,
            "counterparts": [], "injuries": [], "callers": [],
        }
        for name, (at, known) in events.items()
    ]  # fmt: skip
    reasons = {
        **row, "reason_1": "one", "reason_2": None, "reason_3": None,
        "reasons": [{"feature": each, "value": "2"} for each in features],
    }  # fmt: skip
    evidence = [{**row, "feature": each, "incident_id": name} for each, names in features.items() for name in names]
    points = {**row, "score": 1.0 * len(features), "points": [{"feature": each, "points": 1.0} for each in features]}
    return {
        "narrative": {"history_event": told},
        "rank_reasons": {"list_reason": [reasons], "list_evidence": evidence},
        **({"raw_score": {"list_score": [points]}} if with_scores else {}),
    }


@pytest.mark.parametrize(
    ("feature", "leaves_on"),
    [
        ("da_suspect_count_365d", date(2024, 12, 31)),
        ("harm_730d", date(2025, 12, 31)),
        ("harm_previous_365d", date(2025, 12, 31)),
        ("newly_recorded_count_90d", date(2024, 5, 31)),
        ("da_suspect_count_all", None),
        ("days_since_last_da", None),
    ],
)
def test_a_record_is_too_old_from_the_day_after_the_last_that_its_window_reaches(
    feature: str, leaves_on: date | None
) -> None:
    happened, known = datetime(2023, 12, 31, 23), datetime(2024, 3, 1)
    shown = shown_of({feature: ["I1"]}, {"I1": (happened, known)})

    found = why_of(shown, RUN, timelines_of(shown, RUN))

    assert found is not None
    assert [each.leaves_on for each in found.reasons[0].behind] == [leaves_on]
    if leaves_on is not None and feature == "da_suspect_count_365d":
        assert date(2024, 12, 30).toordinal() - 365 <= happened.date().toordinal() < leaves_on.toordinal() - 365 + 1


def test_what_would_change_says_which_records_grow_too_old_soon() -> None:
    shown = shown_of(
        {"da_suspect_count_365d": ["I1", "I2"]},
        {"I1": (datetime(2023, 4, 6), datetime(2023, 4, 6)), "I2": (datetime(2024, 3, 1), datetime(2024, 3, 1))},
    )
    found = why_of(shown, RUN, timelines_of(shown, RUN))
    assert found is not None

    said = " ".join(what_would_change(found, date(2024, 4, 1)))

    assert "1 of the 2 records behind it grows too old within 91 days of the list, the first on 6 Apr 2024" in said
    assert "A further record as suspect can raise" in said


def a_record(number: int, harm: float | None = None, **given: Any) -> Behind:
    on = date(2024, 1, number)
    event = Event(
        incident_id=f"I{number}", on=on, recorded_on=on, role=Role.SUSPECT, offence="Stalking", is_crime=True,
        is_domestic=True, is_cancelled=False, harm=harm, children_present=None, risk_grade=None, status=None,
        outcome=None, between=(),
    )  # fmt: skip
    return Behind(incident_id=f"I{number}", event=event, leaves_on=None, **given)


THREE = (a_record(1, 1_460.0), a_record(2, 182.625), a_record(3, None))
HARM = reason(1_642.625, "harm_365d", value="1642.625", behind=THREE)
COUNT = reason(3.0, "da_suspect_count_365d", value="3", behind=THREE)


@pytest.mark.parametrize(
    ("given", "model", "expected"),
    [
        (
            HARM,
            "harm_365d",
            (
                "harm_365d: without the record of 1 Jan 2024 (Stalking, 1,460 of harm) it would be 182.6 instead of "
                "1,642.6, and so the score 182.6 instead of 1,642.6."
            ),
        ),
        (
            HARM,
            "rfgv",
            (
                "harm_365d: without the record of 1 Jan 2024 (Stalking, 1,460 of harm) it would be 182.6 instead of "
                "1,642.6, and its points fewer or the same."
            ),
        ),
        (
            COUNT,
            "hurdle",
            "da_suspect_count_365d: without any one of its 3 records it would be 2 instead of 3.",
        ),
    ],
)
def test_one_record_less_is_said_in_numbers_as_the_same_list_would_have_said_it(
    given: Reason, model: str, expected: str
) -> None:
    found = Why(reasons=(given,), sentences=(), score=given.points)

    assert without_a_record(found, model) == (expected,)


@pytest.mark.parametrize(
    "given",
    [
        replace(HARM, value="2000.0"),
        replace(COUNT, value="2"),
        replace(COUNT, value="not known"),
        replace(HARM, feature="harm_max_365d"),
        replace(HARM, behind=()),
        replace(HARM, behind=(*THREE, Behind(incident_id="I4", event=None, leaves_on=None))),
        reason(20.0, "days_since_last_da", value="1", behind=THREE[:1]),
    ],
)
def test_nothing_is_said_of_one_record_less_where_it_would_not_be_exact(given: Reason) -> None:
    assert without_a_record(Why(reasons=(given,), sentences=(), score=1.0), "rfgv") == ()


def test_the_score_of_one_record_less_is_kept_from_who_may_not_see_scores() -> None:
    found = Why(reasons=(replace(HARM, points=None),), sentences=(), score=None)

    (said,) = without_a_record(found, "harm_365d")

    assert "score" not in said


def test_reasons_are_told_without_points_to_who_may_not_see_the_score() -> None:
    shown = shown_of({"harm_730d": []}, {}, with_scores=False)

    found = why_of(shown, RUN, timelines_of(shown, RUN))

    assert found is not None
    assert (found.score, [each.points for each in found.reasons]) == (None, [None])


def test_another_list_gives_no_reasons() -> None:
    shown = shown_of({"harm_730d": []}, {})

    assert why_of(shown, UUID(int=9), timelines_of(shown, RUN)) is None
