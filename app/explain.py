"""Why one person stands where they stand, what could change it, and why they stand above somebody else.

The points shown add up to the score shown. Only time and further records are supposed otherwise, never what nobody can
change. Whoever is under restriction, held as `sensitive` or unknown is refused in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from app.pipeline import TaskingList
from app.ranked_list import places, shown
from app.what_if import (
    Supposed,
    Today,
    aged_matrix,
    heaviest_crime,
    later_by,
    latest_record,
    one_more_record,
    supposed,
    today,
)
from app.wording import printable
from mat.errors import BadInput
from mat.schemas.matrix import NOT_KNOWN, FeatureMatrix, FeatureSpec
from models.rfgv import Rfgv
from models.rfgv_config import Combine

#: After so many months without a new record the score is worked out.
MONTHS = (3, 6, 12, 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a person stands. `rank` None = held or deceased; `place`, in the order of everyone, None = deceased."""

    person_id: str
    score: float
    rank: int | None
    place: int | None
    is_listed: bool
    hold: str | None
    is_deceased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of a score; `sentence` is the catalogue's. `is_known` false = the extract cannot say."""

    feature: str
    value: str
    points: float
    sentence: str
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A feature the model reads, today and supposed; None = not known. `points`: how many more it gives then."""

    feature: str
    label: str
    before: float | None
    after: float | None
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """One supposition: `what` says which. `on`: the later date, None where only a record is added.

    `rank` and `place` are among the others as they stand today, as in `Stand`. `moved`: most points either way first.
    """

    what: str
    on: date | None
    score: float
    rank: int | None
    place: int | None
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One feature of two people; `points` is this person's minus the other's."""

    feature: str
    value: str
    other_value: str
    points: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """This person held against another: `differences`, largest first, add up to `points`, the gap of the scores.

    `settled_by`: where the scores are equal, what put one before the other, in a sentence; else None.
    `factor`: where points are logarithms, this person's `factor_of` over the other's; else both None.
    """

    other: Stand
    points: float
    differences: tuple[Difference, ...]
    settled_by: str | None
    factor: float | None
    factor_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything said about one place. `beside` None = nobody comes after, or the person is deceased.

    `people`: how many stand in the order of everyone; `ranked`: how many have a rank; `seats`: above the
    capacity line. `reading`: how the points of this
    model are to be read, None where they simply add up. `data_gaps`: codes. `former_id`: an id that was asked for and
    has been merged into `stand.person_id`.
    """

    as_of: date
    model: str
    model_version: str
    scale: str
    people: int
    ranked: int
    seats: int
    stand: Stand
    former_id: str | None
    reasons: tuple[Reason, ...]
    reading: str | None
    note: str | None
    data_gaps: tuple[str, ...]
    what_ifs: tuple[WhatIf, ...]
    beside: Beside | None


def explain(tasking: TaskingList, person_id: str, above: str | None = None) -> Explanation:
    """Explain one person's place; `above` names whom they are held against, None = whoever comes next.

    Raises:
        BadInput: the person, or the other one, is not known as a suspect at the as-of date or must not be shown.
    """
    found = _Shown(tasking)
    person = found.current_id(person_id)
    row = found.row(person, asked_for=person_id)
    stand = found.stand(row)
    now = today(tasking)
    reading = _reading(now)
    other = found.row(found.current_id(above), asked_for=above) if above is not None else found.next_after(stand)
    if other is not None and other["person_id"] == person:
        raise BadInput(f"{printable(above or person)} is the person to be explained: name another with --above.")
    return Explanation(
        as_of=tasking.choices.as_of,
        model=row["model"],
        model_version=row["model_version"],
        scale=row["scale"],
        people=found.places.height,
        ranked=tasking.ranked["rank"].count(),
        seats=tasking.choices.panel_size,
        stand=stand,
        former_id=person_id if person_id != person else None,
        reasons=_reasons(row, found.specs),
        reading=None if reading is None else reading.sentence,
        note=tasking.scored.note,
        data_gaps=tuple(row["data_gaps"]),
        what_ifs=() if stand.is_deceased else _what_ifs(now, row, found.specs),
        beside=None if other is None else _beside(now, row, other, found),
    )


class _Shown:
    """The rows of the list that may be shown, by person."""

    def __init__(self, tasking: TaskingList) -> None:
        self._tasking = tasking
        self._merges: dict[str, str] = dict(tasking.population.history.merges.select("old_id", "new_id").iter_rows())
        self.places = places(tasking.ranked)
        self._rows = shown(tasking.ranked).join(self.places, on="person_id", how="left")
        self.specs: Mapping[str, FeatureSpec] = {spec.name: spec for spec in tasking.scored.specs}

    def current_id(self, person_id: str) -> str:
        """The id that stands for this one at the as-of date."""
        return self._merges.get(person_id, person_id)

    def row(self, person_id: str, *, asked_for: str) -> dict[str, Any]:
        """The row of one person.

        Raises:
            BadInput: there is none to show; the words do not tell why.
        """
        rows = self._rows.filter(pl.col("person_id") == person_id).to_dicts()
        if not rows:
            raise BadInput(
                f"{printable(asked_for)} is not known as a suspect before {self._tasking.choices.as_of}, or may not be "
                "shown: check the id and the as-of date."
            )
        return rows[0]

    def next_after(self, stand: Stand) -> dict[str, Any] | None:
        """Who comes next: by rank for those with a rank, in the order of everyone for the held; None = nobody."""
        by, own = ("place", stand.place) if stand.rank is None else ("rank", stand.rank)
        if own is None:
            return None
        after = self._rows.filter(pl.col(by) > own).sort(by).head(1).to_dicts()
        return after[0] if after else None

    def stand(self, row: Mapping[str, Any]) -> Stand:
        """Where the person of a row stands."""
        return Stand(
            person_id=row["person_id"],
            score=row["score"],
            rank=row["rank"],
            place=row["place"],
            is_listed=row["is_listed"],
            hold=row["hold"],
            is_deceased=row["place"] is None,
        )


def _reasons(row: Mapping[str, Any], specs: Mapping[str, FeatureSpec]) -> tuple[Reason, ...]:
    """Most points first, equal points in the model's own order."""
    reasons = [
        Reason(
            feature=each["feature"],
            value=each["value"],
            points=each["points"],
            sentence=_say(specs.get(each["feature"]), each["feature"], each["value"]),
            is_known=each["value"] != NOT_KNOWN,
        )
        for each in row["reasons"]
    ]
    return tuple(sorted(reasons, key=lambda each: -each.points))


def _say(spec: FeatureSpec | None, feature: str, value: str) -> str:
    return f"{feature}: {value}" if spec is None else spec.say(value)


def _label(spec: FeatureSpec | None, feature: str) -> str:
    return feature if spec is None else spec.sentence.replace(": {value}", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How points are read where they are not simply added; `factor_of`: what a difference of points multiplies."""

    sentence: str
    factor_of: str | None = None


_LOG_ODDS = "Points are log-odds of what the model learnt to expect: 0.69 points more is twice the odds."
_READINGS: Mapping[str, _Reading] = MappingProxyType(
    {
        Combine.MULTIPLICATIVE: _Reading(
            sentence="Points are natural logarithms of numbers that are multiplied: 0.69 points more is twice as much.",
            factor_of="the product",
        ),
        Combine.RANK_SUM: _Reading(
            sentence="Points are minus the place among the people of this list: they depend on the others, and a score "
            "can move without a new record of this person."
        ),
        "ebm": _Reading(sentence=_LOG_ODDS, factor_of="the odds"),
        "boosted": _Reading(
            sentence=f"{_LOG_ODDS} What one feature gives depends on the others: no table says it once and for all.",
            factor_of="the odds",
        ),
        "hurdle": _Reading(
            sentence="The score is the natural logarithm of expected harm: 0.69 points more is twice as much.",
            factor_of="expected harm",
        ),
    }
)


def _reading(now: Today) -> _Reading | None:
    return _READINGS.get(now.ranker.table.combine if isinstance(now.ranker, Rfgv) else now.ranker.name)


def _what_ifs(now: Today, row: Mapping[str, Any], specs: Mapping[str, FeatureSpec]) -> tuple[WhatIf, ...]:
    person_id = row["person_id"]
    points = {each["feature"]: each["points"] for each in row["reasons"]}
    before = now.matrix.frame.filter(pl.col("person_id") == person_id)

    def say(what: str, features: FeatureMatrix, on: date | None = None) -> WhatIf:
        result = supposed(now, person_id, features)
        return WhatIf(
            what=what,
            on=on,
            score=result.score,
            rank=result.rank,
            place=result.place,
            moved=_moved(before, points, result, specs),
        )

    as_of = now.matrix.as_of
    later = [(months, later_by(as_of, months)) for months in MONTHS]
    found = [
        say(f"{months} months without a new record", aged_matrix(now, (on - as_of).days), on) for months, on in later
    ]
    latest, heaviest = latest_record(now, person_id), heaviest_crime(now, person_id)
    if latest is not None:
        more = one_more_record(now, person_id, latest, is_crime=False)
        found.append(say("one more record the day before, of no crime, with the same people as the latest", more))
    if heaviest is not None:
        more = one_more_record(now, person_id, heaviest, is_crime=True)
        found.append(say("one more crime the day before, like the heaviest of the last 12 months", more))
    return tuple(found)


def _moved(
    before: pl.DataFrame, points: Mapping[str, float], then: Supposed, specs: Mapping[str, FeatureSpec]
) -> tuple[Moved, ...]:
    all_read = [
        Moved(
            feature=name,
            label=_label(specs[name], name),
            before=before[name].item(),
            after=then.features[name].item(),
            points=then.points[name] - points[name],
        )
        for name in points
        if name in specs and name in before.columns
    ]
    moved = [each for each in all_read if each.before != each.after or each.points]
    return tuple(sorted(moved, key=lambda each: -abs(each.points)))


def _beside(now: Today, row: Mapping[str, Any], other: Mapping[str, Any], found: _Shown) -> Beside:
    own = {each["feature"]: each for each in row["reasons"]}
    others = {each["feature"]: each for each in other["reasons"]}
    nothing = {"value": NOT_KNOWN, "points": 0.0}
    reading = _reading(now)
    factor_of = None if reading is None else reading.factor_of
    gap = row["score"] - other["score"]
    differences = [
        Difference(
            feature=feature,
            value=own.get(feature, nothing)["value"],
            other_value=others.get(feature, nothing)["value"],
            points=own.get(feature, nothing)["points"] - others.get(feature, nothing)["points"],
            label=_label(found.specs.get(feature), feature),
        )
        for feature in dict.fromkeys([*own, *others])
    ]
    return Beside(
        other=found.stand(other),
        points=gap,
        differences=tuple(sorted(differences, key=lambda each: -abs(each.points))),
        settled_by=_settled_by(now, row, other),
        factor=None if factor_of is None else math.exp(gap),
        factor_of=factor_of,
    )


def _settled_by(now: Today, row: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    if row["score"] != other["score"]:
        return None
    facts = [now.matrix.frame.filter(pl.col("person_id") == each["person_id"]).to_dicts()[0] for each in (row, other)]
    measures = {
        "harm_365d": "the harm of the last 12 months",
        "da_suspect_count_365d": "the records of the last 12 months",
    }
    if not now.matrix.scale_is_usable:
        measures.pop("harm_365d")
    for measure, words in measures.items():
        own, theirs = (each[measure] for each in facts)
        if own != theirs:
            return f"The scores are equal; {words} settled the order ({_number(own)} against {_number(theirs)})."
    return (
        "The scores are equal and no record tells the two apart: the order of their ids settled it and means nothing."
    )


def _number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
