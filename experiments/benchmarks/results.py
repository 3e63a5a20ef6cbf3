"""What a benchmark found, as plain data: the table on the screen, the JSON and the README all come from it.

A measurement that failed, or whose result differs from ours, has no times.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.benchmarks.children import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One thing measured in one or more rounds.

    `seconds` and `processor_seconds` are medians of the rounds, `peak_bytes` the largest; null where there is no
    figure, and `note` then says why. `rounds`: wall seconds of each round.
    """

    what: str
    seconds: float | None
    processor_seconds: float | None
    peak_bytes: int | None
    rounds: tuple[float, ...]
    note: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether there is a figure."""
        return self.seconds is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, its floor and its alternatives, measured in turns in the same minutes.

    `target` is what the project set itself, a sentence and never a check. `details`: what else was found, a sentence
    each.
    """

    name: str
    title: str
    target: str
    measurements: tuple[Measurement, ...]
    details: tuple[str, ...] = ()


def summarise(what: str, rounds: Sequence[Spent], note: str = "") -> Measurement:
    """The figure of some rounds, or why there is none."""
    failure = next((spent.failure for spent in rounds if spent.failure), None)
    if failure is not None:
        return unmeasured(what, failure)
    return Measurement(
        what=what,
        seconds=statistics.median(spent.seconds for spent in rounds),
        processor_seconds=statistics.median(spent.processor_seconds for spent in rounds),
        peak_bytes=max(spent.peak_bytes for spent in rounds),
        rounds=tuple(round(spent.seconds, 3) for spent in rounds),
        note=note,
    )


def unmeasured(what: str, why: str) -> Measurement:
    """No figure, and the reason."""
    return Measurement(what=what, seconds=None, processor_seconds=None, peak_bytes=None, rounds=(), note=why)
