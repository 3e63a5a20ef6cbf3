"""When things happen: simulated days become dates and times of day, month by month as many as wanted.

Time is bent, never shuffled: what came first still comes first, and stays in custody bend with what
happens around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from mat.synthetic.people import Floats, Ints
from mat.synthetic.targets import Shape, Targets

#: Relative number of incidents in each hour of the day: evenings and the hours after midnight.
_HOURS = np.array(
    [5, 4, 3, 2, 1.5, 1.2, 1.2, 1.8, 2.6, 3.2, 3.6, 3.8, 4.2, 4.2, 4.2, 4.6, 5, 5.4, 6, 6.4, 6.6, 6.8, 6.6, 6]
)
MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A monotone map from simulated days to days of the calendar; both in days from the first day covered."""

    simulated: Floats
    actual: Floats

    def __call__(self, days: Floats) -> Floats:
        """Bend moments; beyond the last knot time runs as simulated."""
        inside = np.interp(days, self.simulated, self.actual)
        return np.where(days > self.simulated[-1], self.actual[-1] + days - self.simulated[-1], inside)


def month_starts(first_day: date, months: int) -> list[date]:
    """First days of `months` calendar months and of the one after them."""
    places = [first_day.month - 1 + step for step in range(months + 1)]
    return [date(first_day.year + place // 12, place % 12 + 1, 1) for place in places]


def month_quotas(rng: np.random.Generator, targets: Targets, shape: Shape) -> Ints:
    """Crimes wanted in each month of the window: published and assumed peaks, the rest along a gentle decline."""
    names = [start.strftime("%Y-%m") for start in month_starts(targets.first_day, targets.months)[:-1]]
    fixed = {**shape.peak_months, targets.peak_month: targets.peak_month_crimes}
    is_fixed = np.array([name in fixed for name in names])
    trend = 1 - shape.decline_per_year * np.arange(len(names)) / 12
    trend *= 1 + shape.month_noise * np.clip(rng.standard_normal(len(names)), -2.5, 2.5)
    rest = targets.crimes - sum(fixed.values())
    quotas = np.array([float(fixed.get(name, 0)) for name in names])
    quotas[~is_fixed] = trend[~is_fixed] / trend[~is_fixed].sum() * rest
    bounds = np.floor(np.cumsum(quotas) + 0.5).astype(np.int64)
    return np.diff(bounds, prepend=0)


def bend_to_months(crimes_at: Floats, starts: Floats, quotas: Ints) -> Bend:
    """The bend under which the sorted `crimes_at` fall into months as `quotas` say; earlier time is kept.

    `starts` holds the first day of every month and of the one after the last, in days from the first day covered.
    """
    places = np.cumsum(quotas)[:-1]
    inner = (crimes_at[places - 1] + crimes_at[places]) / 2
    knots = np.concatenate([[starts[0]], inner, [starts[-1]]])
    return Bend(simulated=np.concatenate([[-1e5], knots]), actual=np.concatenate([[-1e5], starts]))


def minutes_of(days: Floats) -> Ints:
    """Whole minutes from the first day covered, the time of day as people are awake; dates are kept."""
    day = np.floor(days)
    bounds = np.concatenate([[0.0], np.cumsum(_HOURS) / _HOURS.sum()])
    minute = np.interp(days - day, bounds, np.arange(25) * 60.0)
    minutes = (day * MINUTES_PER_DAY).astype(np.int64) + np.minimum(minute.astype(np.int64), MINUTES_PER_DAY - 1)
    return np.asarray(minutes, dtype=np.int64)
