"""When the police knew: most records are made within a day, some years later, some names later than the record.

Nothing is recorded before it happened or after the extract was taken.
"""

from __future__ import annotations

import numpy as np

from mat.synthetic.people import Bools, Ints

#: Share and median minutes of each way of coming to notice: at once, within days, within weeks, long after.
_WAYS = ((0.74, 90.0, 1.0), (0.15, 2.5 * 1440, 0.7), (0.08, 25.0 * 1440, 0.7), (0.03, 200.0 * 1440, 0.9))


def recorded_minutes(rng: np.random.Generator, occurred: Ints, extracted: int) -> Ints:
    """When each record was made, in the same minutes as `occurred`; at or after it and before `extracted`."""
    way = rng.choice(len(_WAYS), size=len(occurred), p=[share for share, _, _ in _WAYS])
    median = np.array([median for _, median, _ in _WAYS])[way]
    spread = np.array([spread for _, _, spread in _WAYS])[way]
    lag = median * np.exp(spread * rng.standard_normal(len(occurred)))
    return within(rng, occurred, lag.astype(np.int64), extracted)


def linked_minutes(rng: np.random.Generator, recorded: Ints, extracted: int) -> tuple[Ints, Bools]:
    """When a person was linked to a record, and whether that was later than the record itself."""
    is_later = rng.random(len(recorded)) < 0.08
    lag = np.where(is_later, 12.0 * 1440 * np.exp(1.2 * rng.standard_normal(len(recorded))), 0.0)
    return within(rng, recorded, lag.astype(np.int64), extracted), is_later


def within(rng: np.random.Generator, start: Ints, lag: Ints, end: int) -> Ints:
    """`start` + `lag`, or where that is `end` or later a moment in between; `start` must be before `end`."""
    late = start + lag
    room = (rng.random(len(start)) * (end - start)).astype(np.int64)
    return np.where(late < end, late, start + room)
