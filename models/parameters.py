"""Reading the numbers of a trained ranker back from JSON: every part is checked, nothing is executed.

A complaint is one sentence that names the part that is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mat.errors import ArtefactError
from models.labelled import Target
from models.trained import Json

#: No points of a card come near it.
MOST_POINTS = 1_000_000
#: No log-odds come near it; sums of larger ones could not be shared out to within 1e-9.
MOST_LOG_ODDS = 1_000

_FINITE = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Part:
    """A JSON object; `place` says where it stands, for people. `most`: how far from 0 a number may be, inclusive."""

    content: Mapping[str, Json]
    place: str

    def part(self, key: str) -> Part:
        """The JSON object under `key`."""
        return _part(self._value(key), f"{key} of {self.place}")

    def parts(self, key: str) -> list[Part]:
        """The list of JSON objects under `key`."""
        items = self._list(key)
        return [_part(item, f"{key} {place} of {self.place}") for place, item in enumerate(items, start=1)]

    def text(self, key: str) -> str:
        """Text."""
        value = self._value(key)
        if not isinstance(value, str):
            raise self.wrong(key, "text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """A text, or null."""
        return None if self._value(key) is None else self.text(key)

    def texts(self, key: str) -> dict[str, str]:
        """A JSON object of texts."""
        content = self.part(key).content
        if not all(isinstance(value, str) for value in content.values()):
            raise self.wrong(key, "texts")
        return {name: str(value) for name, value in content.items()}

    def list_of_texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts."""
        items = self._list(key)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(set(texts)) != len(items):
            raise self.wrong(key, "different texts")
        return texts

    def truth(self, key: str) -> bool:
        """True or false."""
        value = self._value(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, *, most: float = _FINITE) -> float:
        """A finite number."""
        return self._finite(key, self._value(key), most)

    def whole(self, key: str, *, most: float = _FINITE) -> int:
        """A whole number."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "a whole number")
        self._finite(key, value, most)
        return value

    def numbers(self, key: str, length: int | None = None, *, most: float = _FINITE) -> tuple[float, ...]:
        """Finite numbers, as many as `length` where that is given."""
        numbers = tuple(self._finite(key, item, most) for item in self._list(key))
        if length is not None and len(numbers) != length:
            raise self.wrong(key, f"{length} numbers")
        return numbers

    def wholes(self, key: str, length: int | None = None, *, most: float = _FINITE) -> tuple[int, ...]:
        """Whole numbers, as many as `length` where that is given."""
        items = self._list(key)
        wholes = tuple(item for item in items if isinstance(item, int) and not isinstance(item, bool))
        if len(wholes) != len(items) or (length is not None and len(items) != length):
            raise self.wrong(key, "whole numbers" if length is None else f"{length} whole numbers")
        for item in wholes:
            self._finite(key, item, most)
        return wholes

    def rising(self, key: str) -> tuple[float, ...]:
        """Finite numbers, each larger than the one before it."""
        numbers = self.numbers(key)
        if any(after <= before for before, after in pairwise(numbers)):
            raise self.wrong(key, "numbers that rise")
        return numbers

    def target(self, key: str) -> Target:
        """A label that a classifier learns."""
        value = self.text(key)
        if value not in tuple(Target):
            raise self.wrong(key, " or ".join(Target))
        return Target(value)

    def wrong(self, key: str, expected: str) -> ArtefactError:
        """The complaint about one value."""
        return ArtefactError(f"{key} of {self.place} must be {expected}: train the model again, or restore its file.")

    def _value(self, key: str) -> Json:
        if key not in self.content:
            raise ArtefactError(f"{key} of {self.place} is missing: train the model again, or restore its file.")
        return self.content[key]

    def _list(self, key: str) -> Sequence[Json]:
        value = self._value(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.wrong(key, "a list")
        return value

    def _finite(self, key: str, value: Json, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _FINITE:
            raise self.wrong(key, "a finite number")
        if abs(value) > most:
            raise self.wrong(key, f"at most {most:,} from 0")
        return float(value)


def _part(value: Json, place: str) -> Part:
    if not isinstance(value, Mapping):
        raise ArtefactError(f"{place} must be a JSON object: train the model again, or restore its file.")
    return Part(value, place)
