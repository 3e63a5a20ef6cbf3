"""What a population looked like, as figures that tell of nobody: how many, what is missing, how values are spread.

No person is in a profile, and no group of fewer than ten people: such a group counts with the one beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from mat.errors import ArtefactError
from mat.schemas.matrix import FeatureMatrix, FeatureSpec, WhenMissing
from models.documents import Entries
from models.trained import Json

FORMAT = 1

#: The smallest group that is told of.
SMALLEST = 10

_TENTHS = tuple(place / 10 for place in range(1, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How known values are spread over groups.

    `edges`: rising bounds between groups, each belonging to the group below it; the outermost groups are open.
    `shares`: of the `known` people per group, one more than there are edges; they add up to 1.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProfile:
    """`missing`: share of people (0 to 1) without a value.

    `is_nothing_to_count`: they are without because no record qualifies, which is known; else it is not known.
    `is_of_scale`: in points of the harm scale. `spread` None = too few people with a value.
    """

    missing: float
    is_nothing_to_count: bool
    is_of_scale: bool
    spread: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One population at one as-of date.

    `new_suspects`: share whose first DA record as suspect lies within 365 days. `base_rate`: share with a DA record as
    suspect within 365 days. `features`: those a model may use. `scores` None = not scored.
    """

    as_of: date
    scale: str
    people: int
    new_suspects: float
    base_rate: float
    features: Mapping[str, FeatureProfile]
    scores: Spread | None


def profile(matrix: FeatureMatrix, scores: pl.DataFrame | None = None) -> Mapping[str, Json]:
    """The profile of a matrix as JSON can hold it; `scores`: one row per person of it, `person_id` and `score`."""
    return as_json(measured(matrix.frame, matrix.specs, as_of=matrix.as_of, scale=matrix.scale, scores=scores))


def measured(
    frame: pl.DataFrame,
    specs: tuple[FeatureSpec, ...],
    *,
    as_of: date,
    scale: str,
    scores: pl.DataFrame | None = None,
    like: Profile | None = None,
) -> Profile:
    """The profile of a population.

    Args:
        frame: a feature matrix's frame, one row per suspect; features it lacks are left out.
        specs: of the features.
        as_of: the date of the matrix.
        scale: the harm scale of the matrix.
        scores: as for `profile`.
        like: a profile whose groups are counted again here, however small; such a profile is for comparing, never kept.
    """
    people = frame.height
    usable = [spec for spec in specs if spec.model_use and spec.name in frame.columns]
    earlier: Mapping[str, FeatureProfile] = {} if like is None else like.features
    features: dict[str, FeatureProfile] = {}
    for spec in usable:
        then = earlier.get(spec.name)
        features[spec.name] = FeatureProfile(
            missing=_share(frame[spec.name].null_count(), people),
            is_nothing_to_count=spec.when_missing is WhenMissing.NOTHING_QUALIFIES,
            is_of_scale=spec.unit == "scale points",
            spread=_spread(frame[spec.name], then.spread if then else None),
        )
    return Profile(
        as_of=as_of,
        scale=scale,
        people=people,
        new_suspects=_share(int((frame["days_since_first_da"] <= 365).sum()), people),
        base_rate=_share(int((frame["da_suspect_count_365d"] > 0).sum()), people),
        features=features,
        scores=None if scores is None else _spread(scores["score"], like.scores if like is not None else None),
    )


def _share(count: int, people: int) -> float:
    """The share, a group under ten counted with the rest."""
    if count < SMALLEST:
        return 0.0
    return 1.0 if people - count < SMALLEST else count / people


def _spread(values: pl.Series, like: Spread | None) -> Spread | None:
    known = values.cast(pl.Float64).drop_nulls().drop_nans()
    if len(known) < SMALLEST:
        return None
    if like is not None:
        edges, counts = like.edges, _counted(known, like.edges)
    else:
        tenths = _tenths(known)
        edges, counts = _merged(tenths, _counted(known, tenths))
        if not edges:
            edges, counts = _around(float(known.sort()[len(known) // 2])), [0, len(known), 0]
    return Spread(edges=edges, shares=tuple(count / len(known) for count in counts), known=len(known))


def _tenths(known: pl.Series) -> tuple[float, ...]:
    ordered = known.sort()
    bounds = {float(ordered[int(tenth * (len(ordered) - 1))]) for tenth in _TENTHS}
    return tuple(sorted(bound for bound in bounds if bound < float(ordered[-1])))


def _around(value: float) -> tuple[float, ...]:
    """Where all but a few have the same value: room below and above it, for others later."""
    return (math.nextafter(value, -math.inf), value)


def _counted(known: pl.Series, edges: tuple[float, ...]) -> list[int]:
    groups = pl.Series(edges, dtype=pl.Float64).search_sorted(known, side="left").cast(pl.Int64)
    found = dict(groups.value_counts().iter_rows())
    return [int(found.get(group, 0)) for group in range(len(edges) + 1)]


def _merged(edges: tuple[float, ...], counts: list[int]) -> tuple[tuple[float, ...], list[int]]:
    """From the lowest group up, each is joined with the next until it is large enough, the last with the one below."""
    kept: list[float] = []
    sizes = [0]
    for edge, count in zip((*edges, None), counts, strict=True):
        sizes[-1] += count
        if edge is not None and sizes[-1] >= SMALLEST:
            kept.append(edge)
            sizes.append(0)
    if sizes[-1] < SMALLEST and kept:
        kept.pop()
        rest = sizes.pop()
        sizes[-1] += rest
    return tuple(kept), sizes


def as_json(one: Profile) -> Mapping[str, Json]:
    """A profile as JSON can hold it; `from_json` takes it up again unchanged."""
    return {
        "format": FORMAT,
        "as_of": one.as_of.isoformat(),
        "scale": one.scale,
        "people": one.people,
        "new_suspects": one.new_suspects,
        "base_rate": one.base_rate,
        "features": {
            name: {
                "missing": feature.missing,
                "is_nothing_to_count": feature.is_nothing_to_count,
                "is_of_scale": feature.is_of_scale,
                "spread": _spread_as_json(feature.spread),
            }
            for name, feature in one.features.items()
        },
        "scores": _spread_as_json(one.scores),
    }


def _spread_as_json(spread: Spread | None) -> Json:
    if spread is None:
        return None
    return {"edges": list(spread.edges), "shares": list(spread.shares), "known": spread.known}


def from_json(document: Mapping[str, Json]) -> Profile:
    """Take a profile up again.

    Raises:
        ArtefactError: it is not one, or of another format.
    """
    entries = Entries(values=document, name="the profile of the training data", mend=_MEND)
    if entries.whole("format") != FORMAT:
        raise ArtefactError(f"{entries.name} is of format {entries.whole('format')}, this is {FORMAT}: {_MEND}.")
    features = entries.inner("features")
    return Profile(
        as_of=entries.day("as_of"),
        scale=entries.text("scale"),
        people=entries.whole("people"),
        new_suspects=_number(entries, "new_suspects"),
        base_rate=_number(entries, "base_rate"),
        features={name: _feature_from_json(features.inner(name)) for name in features.values},
        scores=_spread_from_json(entries, "scores"),
    )


_MEND = "train the model again with `mat train`"


def _feature_from_json(entries: Entries) -> FeatureProfile:
    return FeatureProfile(
        missing=_number(entries, "missing"),
        is_nothing_to_count=entries.flag("is_nothing_to_count"),
        is_of_scale=entries.flag("is_of_scale"),
        spread=_spread_from_json(entries, "spread"),
    )


def _spread_from_json(entries: Entries, key: str) -> Spread | None:
    if key in entries.values and entries.values[key] is None:
        return None
    spread = entries.inner(key)
    edges, shares = (_numbers(spread, name) for name in ("edges", "shares"))
    if len(shares) != len(edges) + 1 or list(edges) != sorted(set(edges)):
        raise ArtefactError(f"{spread.name} is not a spread over groups: {_MEND}.")
    return Spread(edges=edges, shares=shares, known=spread.whole("known"))


def _numbers(entries: Entries, key: str) -> tuple[float, ...]:
    values = entries.values.get(key)
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ArtefactError(f"{entries.name}: {key} should be a list of numbers: {_MEND}.")
    places = Entries(values={str(place): value for place, value in enumerate(values)}, name=entries.name, mend=_MEND)
    return tuple(_number(places, place) for place in places.values)


def _number(entries: Entries, key: str) -> float:
    number = entries.number_or_none(key)
    if number is None:
        raise ArtefactError(f"{entries.name}: {key} should be a number: {_MEND}.")
    return number
