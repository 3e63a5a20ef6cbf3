"""Small feature matrices made by hand, and people who may be held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl
import pytest

from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing

WINDOWS = ("90d", "365d", "730d", "1095d", "all")

#: Columns of a hand-made matrix: name -> (what a person is given, whether a model may use it).
COLUMNS: dict[str, tuple[str, bool]] = {
    "days_since_last_da": ("days", True),
    **{f"da_suspect_count_{window}": ("records", True) for window in WINDOWS},
    **{f"harm_{window}": ("harm", True) for window in WINDOWS},
    **{f"distinct_victims_{window}": ("victims", True) for window in WINDOWS[1:]},
    "da_victim_count_all": ("as_victim", False),
    "reciprocal_counterparties_all": ("as_victim", False),
}

DEFAULTS: dict[str, float | None] = {"days": 100, "records": 1, "harm": 0.0, "victims": 1, "as_victim": 0}

Person = Mapping[str, float | str | None]
MakeMatrix = Callable[..., FeatureMatrix]
MakePeople = Callable[..., pl.DataFrame]


def _spec(name: str, *, model_use: bool) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        sentence=f"The {name} is {{value}} here",
        unit="",
        window="",
        family="",
        direction=Direction.UP,
        when_missing=WhenMissing.NEVER,
        model_use=model_use,
        about="",
    )


@pytest.fixture(scope="session")
def make_matrix() -> MakeMatrix:
    """`make_matrix([{"person_id": "A", "days": 40, "harm_365d": 10.0}, ...], scale=...)`.

    `days`, `records`, `harm`, `victims` and `as_victim` fill every window; a column's own name overrides them.
    """

    def make(
        people: Sequence[Person],
        *,
        scale: str = "statutory_max_days",
        usable: bool = True,
        typical: float = 100.0,
    ) -> FeatureMatrix:
        def column(name: str, fact: str) -> pl.Series:
            values = [person.get(name, person.get(fact, DEFAULTS[fact])) for person in people]
            return pl.Series(name, values, dtype=pl.Float64 if fact == "harm" else pl.Int64)

        ids = pl.Series("person_id", [person["person_id"] for person in people], dtype=pl.Utf8)
        frame = pl.DataFrame([ids, *(column(name, fact) for name, (fact, _) in COLUMNS.items())])
        return FeatureMatrix(
            frame=frame.sort("person_id"),
            specs=tuple(_spec(name, model_use=model_use) for name, (_, model_use) in COLUMNS.items()),
            as_of=date(2025, 1, 1),
            scale=scale,
            scale_is_usable=usable,
            typical_weight=typical,
        )

    return make


@pytest.fixture(scope="session")
def make_people() -> MakePeople:
    """`make_people(matrix, held="BC", deceased="D")`: one-letter ids, or any collection of ids."""

    def make(matrix: FeatureMatrix, *, held: Sequence[str] = (), deceased: Sequence[str] = ()) -> pl.DataFrame:
        return matrix.frame.select(
            "person_id",
            is_held=pl.col("person_id").is_in(list(held)),
            is_deceased=pl.col("person_id").is_in(list(deceased)),
        )

    return make
