"""Why a person stands where they stand: reasons with the records behind each, and points that add up to the score.

What is shown of points adds up exactly as shown: what rounding leaves over is given out among them, and what the
reasons do not explain stands as a part of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from app.tasking.case_access import Row
from app.tasking.subject.timelines import Event, Timelines
from features.catalogue import CATALOGUE
from mat.schemas.matrix import NOT_KNOWN, Direction, FeatureSpec

_SPECS: Mapping[str, FeatureSpec] = {spec.name: spec for spec in CATALOGUE}
_WINDOW = re.compile(r"_(\d+)d$")
#: Counts that lose a record once it has been known for so long, however long ago it happened.
_BY_KNOWLEDGE = ("newly_recorded_count_90d", "newly_recorded_harm_90d")
#: Counts of a window that does not end on the day of the list.
_SHIFTED = {"harm_previous_365d": 730}
#: Sums over the records behind them, and numbers of these.
_ADDED_UP = re.compile(r"(harm|harm_previous|newly_recorded_harm)_(\d+d|all)$")
_COUNTED = re.compile(
    r"(da_suspect|da_crime|high_risk_crime|harm_unweighted|newly_recorded|non_da_crime|children_present)_count_(\d+d|all)$"
)
#: Models whose score is the value of one reason, and the one whose points never fall as a value rises.
_SCORE_IS: Mapping[str, str] = {"count_365d": "da_suspect_count_365d", "harm_365d": "harm_365d"}
_POINTS_TABLE = "rfgv"
#: Points this close to the score, for its size, are the score: what adding floating numbers leaves.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A record behind a reason. `event` None = single records are not shown. `leaves_on`: the first list it is too old
    for, by its as-of date; None = it never is, or when is not known.
    """

    incident_id: str
    event: Event | None
    leaves_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason. `points` None = not shown. `is_known` False = the extract cannot say, and so gave no points.

    `behind` empty: no records are counted by it, or the run brought none for this person.
    """

    feature: str
    label: str
    value: str
    about: str
    points: float | None
    is_known: bool
    more_is_higher: bool
    behind: tuple[Behind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The reasons, most points first where points are shown. `score` None = not shown."""

    reasons: tuple[Reason, ...]
    sentences: tuple[str, ...]
    score: float | None

    @property
    def unexplained(self) -> float:
        """The part of the score that the reasons do not add up to; 0 = they do."""
        if self.score is None:
            return 0.0
        rest = self.score - math.fsum(each.points or 0.0 for each in self.reasons)
        return 0.0 if abs(rest) <= _CLOSE * max(1.0, abs(self.score)) else rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the score as it is shown. `start`, `end`: where it begins and ends when parts are laid end to end."""

    label: str
    value: str
    points: Decimal
    start: Decimal
    end: Decimal


def why_of(shown: Mapping[str, Mapping[str, Sequence[Row]]], run_id: UUID, timelines: Timelines) -> Why | None:
    """The reasons on one list, from the field groups shown of a case; None = that list gives none, or none is shown."""
    rows = _of_run(shown, "rank_reasons", "list_reason", run_id)
    if not rows:
        return None
    behind: dict[str, list[str]] = {}
    for row in _of_run(shown, "rank_reasons", "list_evidence", run_id):
        behind.setdefault(row["feature"], []).append(row["incident_id"])
    scores = _of_run(shown, "raw_score", "list_score", run_id)
    points = {each["feature"]: float(each["points"]) for each in scores[0]["points"]} if scores else {}
    reasons = [_reason(each, points, behind.get(each["feature"], ()), timelines) for each in rows[0]["reasons"]]
    return Why(
        reasons=tuple(sorted(reasons, key=lambda each: (-(each.points or 0.0), each.feature))),
        sentences=tuple(row for row in (rows[0][f"reason_{place}"] for place in (1, 2, 3)) if row),
        score=scores[0]["score"] if scores else None,
    )


def parts_of(why: Why) -> tuple[Part, ...]:
    """The score in parts, in whole numbers where all are, else in hundredths; as shown they add up to it as shown.

    Empty where the score is not shown.
    """
    if why.score is None:
        return ()
    given = [(each.label, each.value, each.points or 0.0) for each in why.reasons]
    if why.unexplained:
        given.append(("Not explained by the reasons", "", why.unexplained))
    exact = [Decimal(points) for _, _, points in given]
    step = Decimal(1) if all(each == each.to_integral_value() for each in exact) else Decimal("0.01")
    start, parts = Decimal(0), list[Part]()
    for (label, value, _), points in zip(given, _adding_up(exact, shown_score(why.score, step), step), strict=True):
        parts.append(Part(label=label, value=value, points=points, start=start, end=start + points))
        start += points
    return tuple(parts)


def shown_score(score: float, step: Decimal = Decimal("0.01")) -> Decimal:
    """A score as it is shown."""
    return Decimal(score).quantize(step)


def what_would_change(why: Why, as_of: date) -> tuple[str, ...]:
    """What would change the place, in sentences, from the reasons and the records behind them alone.

    `as_of`: of the list. Nothing is supposed but time, further records and corrections.
    """
    return (*_ageing(why, as_of), *_adding(why), *_not_known(why), _CORRECTED)


def without_a_record(why: Why, model: str) -> tuple[str, ...]:
    """What the same list would have said without one record, with everybody else unchanged; only what is exact.

    A reason is left out whose value is not the sum, or the number, of the records behind it as they are shown. What
    becomes of the score is said where it is that value, and in which direction it goes where points follow bands.
    """
    said = (_without(each, why, model) for each in why.reasons)
    return tuple(each for each in said if each is not None)


def _without(reason: Reason, why: Why, model: str) -> str | None:
    events = [each.event for each in reason.behind if each.event is not None]
    value = _as_number(reason.value)
    if value is None or not events or len(events) < len(reason.behind):
        return None
    if _ADDED_UP.match(reason.feature):
        heaviest = max(events, key=lambda each: (each.harm or 0.0, each.on))
        harm, behind = heaviest.harm or 0.0, math.fsum(each.harm or 0.0 for each in events)
        named = f"the record of {_day(heaviest.on)} ({heaviest.offence}, {_figure(harm)} of harm)"
    elif _COUNTED.match(reason.feature):
        harm, behind = 1.0, float(len(events))
        named = "its one record" if len(events) == 1 else f"any one of its {len(events)} records"
    else:
        return None
    if not math.isclose(behind, value, rel_tol=_CLOSE, abs_tol=_CLOSE):
        return None
    left = _figure(max(0.0, value - harm))
    then = ""
    if model == _POINTS_TABLE:
        then = ", and its points fewer or the same"
    elif _SCORE_IS.get(model) == reason.feature and why.score is not None:
        then = f", and so the score {left} instead of {_figure(why.score)}"
    return f"{reason.label}: without {named} it would be {left} instead of {_figure(value)}{then}."


def _as_number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _figure(number: float) -> str:
    return f"{round(number, 1):,}".removesuffix(".0")


_CORRECTED = (
    "A record that is cancelled at its source, or from which this person is eliminated, is gone from the reasons with "
    "the next list."
)


def _of_run(shown: Mapping[str, Mapping[str, Sequence[Row]]], group: str, table: str, run_id: UUID) -> list[Row]:
    return [row for row in shown.get(group, {}).get(table, ()) if row["run_id"] == run_id]


def _reason(
    each: Mapping[str, Any], points: Mapping[str, float], incidents: Sequence[str], timelines: Timelines
) -> Reason:
    feature = str(each["feature"])
    spec = _SPECS.get(feature)
    behind = [_behind(feature, incident, timelines.of(incident)) for incident in incidents]
    return Reason(
        feature=feature,
        label=feature.replace("_", " ") if spec is None else spec.sentence.replace(": {value}", ""),
        value=str(each["value"]),
        about="" if spec is None else spec.about,
        points=points.get(feature),
        is_known=each["value"] != NOT_KNOWN,
        more_is_higher=spec is not None and spec.direction is Direction.UP,
        behind=tuple(sorted(behind, key=_newest_first)),
    )


def _behind(feature: str, incident_id: str, event: Event | None) -> Behind:
    window = _WINDOW.search(feature)
    if event is None or window is None:
        return Behind(incident_id=incident_id, event=event, leaves_on=None)
    days = _SHIFTED.get(feature, int(window[1]))
    since = event.recorded_on if feature in _BY_KNOWLEDGE else event.on
    return Behind(incident_id=incident_id, event=event, leaves_on=since + timedelta(days=days + 1))


def _newest_first(behind: Behind) -> tuple[object, ...]:
    return (0 if behind.event is None else -behind.event.on.toordinal(), behind.incident_id)


def _adding_up(exact: Sequence[Decimal], total: Decimal, step: Decimal) -> list[Decimal]:
    """Each rounded to a step so that they sum to the total: what is over goes to the largest remainders."""
    floors = [(each / step).to_integral_value(rounding=ROUND_FLOOR) for each in exact]
    over = int(total / step - sum(floors))
    by_rest = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place] / step, place))
    rounded = list(floors)
    for nth in range(abs(over)):
        rounded[by_rest[nth % len(by_rest)]] += 1 if over > 0 else -1
    return [each * step for each in rounded]


def _ageing(why: Why, as_of: date) -> list[str]:
    said: list[str] = []
    for reason in why.reasons:
        leaving = sorted(each.leaves_on for each in reason.behind if each.leaves_on is not None)
        soon = [each for each in leaving if each <= as_of + timedelta(days=91)]
        if soon:
            many = f"{len(soon)} of the {len(reason.behind)} records" if len(reason.behind) > 1 else "The record"
            verb = "grow" if len(soon) > 1 else "grows"
            said.append(
                f"{reason.label}: {many} behind it {verb} too old within 91 days of the list, the first on "
                f"{_day(soon[0])}."
            )
        elif leaving:
            said.append(f"{reason.label}: no record behind it grows too old before {_day(leaving[0])}.")
    return said


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def _adding(why: Why) -> list[str]:
    rising = [each.label for each in why.reasons if each.more_is_higher]
    falling = [each.label for each in why.reasons if each.feature == "days_since_last_da"]
    said = [f"A further record as suspect can raise: {'; '.join(rising)}."] if rising else []
    if falling:
        said.append(f"{falling[0]}: every day without a new record adds one; a new record begins again from its day.")
    return said


def _not_known(why: Why) -> list[str]:
    missing = [each.label for each in why.reasons if not each.is_known]
    return [f"Not known to the extract, and so without points: {'; '.join(missing)}."] if missing else []
