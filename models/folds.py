"""Which dates a model is judged on and which it learns from: rolling origin, with nothing of the future in between.

A model judged as of D has learnt only from label windows that had ended, and been recorded, before D.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The lengths of time that every fold keeps to.

    `label_days`: length of the label window. `embargo_days`: how long after a window's end its records count as
    complete. `look_back_days`: the least history before any as-of date. `step_months`: from one as-of date to the next;
    dates are firsts of months, counted from January. `folds` and `training_periods`: at most so many, the latest.
    """

    label_days: int = 365
    embargo_days: int = 0
    look_back_days: int = 730
    step_months: int = 3
    folds: int = 8
    training_periods: int = 8

    def complete_from(self, as_of: date) -> date:
        """The first date at which the outcomes of `as_of` may be read."""
        return as_of + timedelta(days=self.label_days + self.embargo_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """How far the records reach: the date of the first DA incident, and the day the extract was made."""

    first_incident: date
    last_known: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One as-of date to be judged on.

    The label window is [as_of, label_until); outcomes are read as known by `known_by`. `trains_on`: the as-of dates
    learnt from, oldest first. `refusal`: one sentence why the fold cannot be judged, or None.
    """

    as_of: date
    label_until: date
    known_by: date
    trains_on: tuple[date, ...]
    refusal: str | None


def plan_folds(records: Records, times: Times, asked: tuple[date, ...] = ()) -> tuple[Fold, ...]:
    """Every as-of date asked for, or on the grid while the records last; oldest first.

    Those judged come to `times.folds` at most, the latest; those that cannot be are there with the reason. Without
    `asked`, dates before any model could have learnt are left out.
    """
    dates = asked or _grid(records.first_incident, records.last_known, times.step_months)
    folds = [_fold(as_of, records, times) for as_of in sorted(dates)]
    if not asked:
        folds = [fold for fold in folds if fold.trains_on]
    judged = [fold.as_of for fold in folds if fold.refusal is None][-times.folds :]
    return tuple(fold for fold in folds if fold.refusal is not None or fold.as_of in judged)


def training_dates(as_of: date, records: Records, times: Times) -> tuple[date, ...]:
    """The as-of dates whose outcomes were complete before `as_of`, oldest first; empty where there are none."""
    earliest = records.first_incident + timedelta(days=times.look_back_days)
    complete = [
        earlier for earlier in _grid(earliest, as_of, times.step_months) if times.complete_from(earlier) <= as_of
    ]
    return tuple(complete[-times.training_periods :])


def _fold(as_of: date, records: Records, times: Times) -> Fold:
    trains_on = training_dates(as_of, records, times)
    return Fold(
        as_of=as_of,
        label_until=as_of + timedelta(days=times.label_days),
        known_by=times.complete_from(as_of),
        trains_on=trains_on,
        refusal=_refusal(as_of, trains_on, records, times),
    )


def _refusal(as_of: date, trains_on: tuple[date, ...], records: Records, times: Times) -> str | None:
    until = as_of + timedelta(days=times.label_days)
    complete = records.last_known - timedelta(days=times.embargo_days)
    if until > complete:
        return (
            f"as of {as_of}: its label window ends on {until}, but the records are complete only to {complete} "
            f"(extract of {records.last_known} less {times.embargo_days} days of recording lag)."
        )
    if as_of < records.first_incident + timedelta(days=times.look_back_days):
        return (
            f"as of {as_of}: the records begin on {records.first_incident}, which leaves less than the "
            f"{times.look_back_days} days of look-back asked for."
        )
    if not trains_on:
        return f"as of {as_of}: no earlier label window had ended, so there was nothing to learn from."
    return None


def _grid(first: date, last: date, step_months: int) -> tuple[date, ...]:
    """Firsts of months in [first, last], every `step_months` counted from January of the first year."""
    months = range(first.year * 12, last.year * 12 + last.month, step_months)
    dates = (date(month // 12, month % 12 + 1, 1) for month in months)
    return tuple(day for day in dates if first <= day <= last)
