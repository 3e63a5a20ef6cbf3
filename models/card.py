"""A scorecard as it is published: a few bands per feature with whole points, and a line for what is not known.

The score of a person is the sum of one band's points per feature, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from mat.schemas.matrix import NOT_KNOWN
from models.design import Floats, Ints
from models.parameters import MOST_POINTS, Part
from models.trained import Json

_OFFENCES = "times a typical offence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """One feature of a card.

    `cuts` rise; band b holds cuts[b - 1] <= value < cuts[b] and gives `points[b]`; there is one band more than cuts.
    Without cuts it only matters whether the value is known.
    `not_known`: the points where the value is null. `is_whole`: only whole numbers occur. `is_harm`: the value is
    counted in typical offences. `without_value`: what is read where the value is null; None = the catalogue promises a
    value.
    """

    feature: str
    sentence: str
    cuts: tuple[float, ...]
    points: tuple[int, ...]
    not_known: int
    is_whole: bool
    is_harm: bool
    without_value: str | None

    def give(self, values: Floats) -> Floats:
        """The points of each value."""
        points = np.array([*self.points, self.not_known], dtype=np.float64)
        return points[band_of(values, self.cuts)]

    def lines(self) -> list[tuple[str, str, int, str]]:
        """Feature, band, points and sentence, from the lowest band to the highest, then without a value."""
        texts = [(text, points) for text, points in zip(self._texts(), self.points, strict=True)]
        if self.without_value is not None or self.not_known != 0:
            texts.append((self.without_value or NOT_KNOWN, self.not_known))
        return [(self.feature, text, points, self.sentence.format(value=text)) for text, points in texts]

    def parameters(self) -> Mapping[str, Json]:
        """As JSON."""
        return {
            "feature": self.feature,
            "sentence": self.sentence,
            "cuts": list(self.cuts),
            "points": list(self.points),
            "not_known": self.not_known,
            "is_whole": self.is_whole,
            "is_harm": self.is_harm,
            "without_value": self.without_value,
        }

    def _texts(self) -> list[str]:
        if not self.cuts:
            return ["known"]
        if self.is_whole:
            between = [_either(low, high - 1) for low, high in pairwise(self.cuts)]
            first = "0" if self.cuts[0] == 1 else f"{_number(self.cuts[0] - 1)} or less"
            texts = [first, *between, f"{_number(self.cuts[-1])} or more"]
        else:
            between = [f"{_number(low)} to under {_number(high)}" for low, high in pairwise(self.cuts)]
            texts = [f"under {_number(self.cuts[0])}", *between, f"{_number(self.cuts[-1])} or more"]
        return [f"{text} {_OFFENCES}" for text in texts] if self.is_harm else texts


def bands_from(part: Part) -> Bands:
    """The bands put down by `Bands.parameters`.

    Raises:
        ArtefactError: they are not.
    """
    cuts = part.rising("cuts")
    sentence = part.text("sentence")
    if sentence.count("{value}") != 1 or sentence.count("{") != 1 or sentence.count("}") != 1:
        raise part.wrong("sentence", "a sentence that holds {value} once")
    return Bands(
        feature=part.text("feature"),
        sentence=sentence,
        cuts=cuts,
        points=part.wholes("points", len(cuts) + 1, most=MOST_POINTS),
        not_known=part.whole("not_known", most=MOST_POINTS),
        is_whole=part.truth("is_whole"),
        is_harm=part.truth("is_harm"),
        without_value=part.text_or_none("without_value"),
    )


def band_of(values: Floats, cuts: tuple[float, ...]) -> Ints:
    """The band of each value, from 0; one beyond the last band where the value is not known."""
    band = np.searchsorted(np.array(cuts), values, side="right").astype(np.int64)
    band[np.isnan(values)] = len(cuts) + 1
    return band


def card_frame(base: int, features: tuple[Bands, ...]) -> pl.DataFrame:
    """`feature`, `band`, `points`, `sentence`: one row per band, what a person adds up on paper; the base first."""
    start = ("base", "everyone", base, f"Where everyone starts: {base}")
    rows = [start, *(line for bands in features for line in bands.lines())]
    schema = {"feature": pl.Utf8, "band": pl.Utf8, "points": pl.Int64, "sentence": pl.Utf8}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _either(low: float, high: float) -> str:
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
