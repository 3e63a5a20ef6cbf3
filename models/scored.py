"""What is judged: the people of one as-of date, what the next year recorded of them, and every model's list of them.

Every list is of the same people, so that models are compared person by person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.labelled import Target

_PEOPLE = {"person_id", "harm", "any", "serious", "days_at_risk", "is_new"}
_LIST = {"person_id", "place", "score", "probability", "expected_harm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFold:
    """One as-of date.

    `people`: one row per person judged: `person_id`; `harm` in points of the label window, never negative; `any`,
    `serious` (never null); `days_at_risk` (null = the extract has no custody); `is_new` (exactly one DA record as
    suspect before the as-of date). `models`: name -> one row per person in the order of `people`: `person_id`, `place`
    (1..n, the whole order of the list), `score` (finite), `probability` of `target` (0..1) and `expected_harm` in
    points, each null for everyone or for nobody. `harm_of_others`, `others`: harm of the window by suspects who were
    not judged, and how many of them have any.
    """

    as_of: date
    people: pl.DataFrame
    models: Mapping[str, pl.DataFrame]
    target: Target
    harm_of_others: float
    others: int

    def __post_init__(self) -> None:
        """Refuse lists that are not of these people, and figures that cannot be.

        Raises:
            ValueError: a defect of the caller.
        """
        if missing := _PEOPLE - set(self.people.columns):
            raise ValueError(f"the people judged lack {', '.join(sorted(missing))}")
        if self.people["person_id"].n_unique() != self.people.height:
            raise ValueError("a person is judged twice at one as-of date")
        never_null = self.people.select("harm", "any", "serious", "is_new").null_count().row(0)
        if any(never_null) or not (self.people["harm"].is_finite() & (self.people["harm"] >= 0)).all():
            raise ValueError("harm is negative or not a number, or a label is null")
        for name, frame in self.models.items():
            self._check(name, frame)

    def _check(self, name: str, frame: pl.DataFrame) -> None:
        if missing := _LIST - set(frame.columns):
            raise ValueError(f"the list of {name} lacks {', '.join(sorted(missing))}")
        if not frame["person_id"].equals(self.people["person_id"]):
            raise ValueError(f"the list of {name} is not one row per person judged, in their order")
        if sorted(frame["place"].to_list()) != list(range(1, frame.height + 1)):
            raise ValueError(f"the places of {name} are not 1 to {frame.height}")
        if not frame["score"].is_finite().fill_null(value=False).all():
            raise ValueError(f"a score of {name} is null or not a finite number")
        if any(frame[column].null_count() not in (0, frame.height) for column in ("probability", "expected_harm")):
            raise ValueError(f"{name} expects something of some people and nothing of others")
        if not frame["probability"].drop_nulls().cast(pl.Float64).is_between(0, 1).all():
            raise ValueError(f"a probability of {name} is not between 0 and 1")

    def sorted_by_person(self) -> ScoredFold:
        """The same fold with its people in the order of their ids, so that no figure depends on the order of rows."""
        return ScoredFold(
            as_of=self.as_of,
            people=self.people.sort("person_id"),
            models={name: frame.sort("person_id") for name, frame in self.models.items()},
            target=self.target,
            harm_of_others=self.harm_of_others,
            others=self.others,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """How lists are judged.

    `capacities`: numbers of seats; `panel_size` joins them. `top_share`: a share of the people judged, rounded up to
    whole people. `rounds`: how often people are drawn again for the intervals; 0 = no intervals. `baseline`: the model
    that gains are measured against.
    """

    panel_size: int
    seed: int
    capacities: tuple[int, ...] = (10, 20, 50, 100)
    top_share: float = 0.01
    rounds: int = 200
    baseline: str = "rfgv"

    def seats(self, people: int) -> dict[str, int]:
        """Every capacity's name ("20", "top 1 %") -> its seats among so many people; they may exceed the people."""
        numbers = sorted({*self.capacities, self.panel_size})
        share = math.ceil(round(self.top_share * people, 9))
        return {str(number): number for number in numbers} | {top_share_name(self.top_share): share}


def top_share_name(share: float) -> str:
    """The capacity's name: "top 1 %"."""
    return f"top {100 * share:g} %"
