"""How a scorecard is fitted: bands, a penalised likelihood with bounds, then whole points and a line through them.

The same rows in any order, and the same settings, give the same card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from mat.errors import TrainingError
from mat.schemas.matrix import Direction, FeatureSpec, WhenMissing
from models.card import Bands, band_of
from models.design import HARM_UNIT, Bools, Design, Floats, Ints
from models.labelled import Target
from models.likelihood import Line, Penalty, fit_logistic, row_losses
from models.scorecard import Scorecard
from models.trained import FitSettings

#: Penalties tried, the simplest card first.
STRENGTHS = (0.1, 0.03, 0.01, 0.003, 0.001)

#: How much of the penalty takes whole bands off the card instead of making steps small.
L1_SHARE = 0.7

#: Cut points that read well, smallest first: typical offences, days, and everything that is counted.
_CUTS_OF_HARM = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100)
_CUTS_OF_DAYS = (1, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1460, 1825, 2555, 3650)
_CUTS_OF_COUNTS = (1, 2, 3, 4, 6, 10, 15, 20, 30, 50, 100, 200, 500, 1000)

#: A band holds at least this share of the rows with a known value, and at least this many of them.
_LEAST_SHARE = 0.001
_LEAST_ROWS = 20

#: Points that all but one in a thousand of those learnt from stay under, and the most points for one unit of log-odds.
_TOP = 100.0
_MOST_PER_LOG_ODDS = 50.0

#: The penalty is chosen by about this many rows: more would not change the choice.
_MOST_TO_CHOOSE_BY = 40_000

#: When to stop, as the last step's relative gain: points are whole, so that more digits change none.
_ROUGHLY = 1e-7
_CLOSELY = 1e-8

_NO_CUT = "no cut point with enough people on both sides"
_NO_POINTS = "no points"


def fit_scorecard(rows: Design, settings: FitSettings) -> Scorecard:
    """The card of the rows' target.

    The penalty is chosen by how well cards of earlier periods say what happened to other people in the last one
    (`Design.set_aside`): the strongest whose loss is within one standard error of the best's, of the paired difference.

    Raises:
        TrainingError: no feature differs enough to have bands.
    """
    banded = _band(rows)
    patterns = _Patterns.of(banded)
    strength, start = _choose(patterns, banded.rows)
    everyone = np.ones(len(rows.events))
    penalty = Penalty(strength=strength, l1_share=L1_SHARE)
    cards: list[Scorecard] = []
    for weights in (everyone, *(rows.drawn(settings.seed, draw) for draw in range(1, settings.refits + 1))):
        count, events = patterns.weigh_events(weights, rows.events)
        line = fit_logistic(patterns.columns, count, events, patterns.is_free, penalty, start=start, precision=_CLOSELY)
        cards.append(_card(banded, _tables(banded, patterns, line), weights, settings.target, strength))
    return replace(cards[0], refits=tuple(cards[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Banded:
    """The design's features that can be cut, their cuts, and the band of every row and feature."""

    rows: Design
    cuts: tuple[tuple[float, ...], ...]
    bands: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    """Rows with the same bands throughout are one pattern; `of_row` says which, `columns` has one row per pattern.

    The columns are the steps, each divided by its `spreads` (its standard deviation over the rows), so that a rare step
    is not held back for being rare.
    """

    of_row: Ints
    columns: csr_array
    spreads: Floats
    steps: tuple[_Step, ...]
    is_free: Bools

    @staticmethod
    def of(banded: _Banded) -> _Patterns:
        """The patterns of the rows, in an order that depends on the bands alone."""
        keys = np.ascontiguousarray(banded.bands).view(np.dtype((np.void, banded.bands.shape[1]))).ravel()
        _, first, of_row, rows = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        bands = banded.bands[first]
        steps = _steps(banded)
        active = np.empty((len(bands), len(steps)), dtype=np.bool_, order="F")
        for place, step in enumerate(steps):
            active[:, place] = step.reached(bands[:, step.feature])
        shares = (rows[:, None] * active).sum(axis=0) / rows.sum()
        spreads = np.sqrt(shares * (1 - shares))
        return _Patterns(
            of_row=of_row.astype(np.int64).ravel(),
            columns=csr_array(active / spreads),
            spreads=spreads,
            steps=steps,
            is_free=np.array([step.is_free for step in steps], dtype=np.bool_),
        )

    def weigh_events(self, weights: Floats | Bools, events: Bools) -> tuple[Floats, Floats]:
        """The weights of the rows, and of those with the event, added up per pattern."""
        count = self.columns.shape[0]
        with_event = np.bincount(self.of_row, weights=weights * events.astype(np.float64), minlength=count)
        of_all = np.bincount(self.of_row, weights=weights, minlength=count)
        return of_all.astype(np.float64), with_event.astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One coefficient: counts in the bands `low` <= band < `high` of a feature; `is_free`: it may go either way."""

    feature: int
    low: int
    high: int
    is_free: bool

    def reached(self, bands: npt.NDArray[np.uint8]) -> Bools:
        return (bands >= self.low) & (bands < self.high)


def _band(rows: Design) -> _Banded:
    cuts = [_cuts(rows.values[:, place], spec) for place, spec in enumerate(rows.specs)]
    keep = [place for place, of_feature in enumerate(cuts) if of_feature]
    left_out = {rows.names[place]: _NO_CUT for place, of_feature in enumerate(cuts) if not of_feature}
    if not keep:
        raise TrainingError(
            f"no feature differs enough to be cut into bands of at least {_LEAST_ROWS} people, so no scorecard can "
            "be trained: check the extract's columns, or use --model rfgv."
        )
    kept = rows.with_columns(keep, left_out)
    chosen = tuple(cuts[place] for place in keep)
    bands = np.zeros(kept.values.shape, dtype=np.uint8)
    for place, of_feature in enumerate(chosen):
        bands[:, place] = band_of(kept.values[:, place], of_feature)
    return _Banded(rows=kept, cuts=chosen, bands=bands)


def _cuts(values: Floats, spec: FeatureSpec) -> tuple[float, ...]:
    """Cut points that read well, with enough rows in every band."""
    known = np.sort(values[~np.isnan(values)])
    least = max(_LEAST_ROWS, _LEAST_SHARE * len(known))
    cuts: list[float] = []
    below = 0
    for cut in _ladder(spec):
        count = int(np.searchsorted(known, cut, side="left"))
        if count - below >= least and len(known) - count >= least:
            cuts.append(float(cut))
            below = count
    return tuple(cuts)


def _ladder(spec: FeatureSpec) -> Sequence[float]:
    if spec.unit == HARM_UNIT:
        return _CUTS_OF_HARM
    return _CUTS_OF_DAYS if spec.unit == "days" else _CUTS_OF_COUNTS


def _steps(banded: _Banded) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    for place, (spec, cuts) in enumerate(zip(banded.rows.specs, banded.cuts, strict=True)):
        bands = len(cuts) + 1
        is_free = spec.direction is Direction.NONE
        for cut in range(1, bands):
            low, high = (0, cut) if spec.direction is Direction.DOWN else (cut, bands)
            steps.append(_Step(feature=place, low=low, high=high, is_free=is_free))
        if (banded.bands[:, place] == bands).any():
            steps.append(_Step(feature=place, low=bands, high=bands + 1, is_free=True))
    return tuple(steps)


def _choose(patterns: _Patterns, rows: Design) -> tuple[float, Line | None]:
    """The strength of the penalty, and the coefficients found with it, to begin from."""
    is_fitted, is_aside = rows.set_aside()
    is_looked_at = (np.modf(rows.marks * 4)[0] < _MOST_TO_CHOOSE_BY / len(rows.events))[rows.people]
    fitted, fitted_events = patterns.weigh_events(is_fitted & is_looked_at, rows.events)
    aside, aside_events = patterns.weigh_events(is_aside & is_looked_at, rows.events)
    if not 0 < fitted_events.sum() < fitted.sum() or not aside_events.sum():
        return STRENGTHS[0], None
    fitted_columns, aside_columns = patterns.columns[fitted > 0], patterns.columns[aside > 0]
    lines: list[Line] = []
    for strength in STRENGTHS:
        line = fit_logistic(
            fitted_columns,
            fitted[fitted > 0],
            fitted_events[fitted > 0],
            patterns.is_free,
            Penalty(strength=strength, l1_share=L1_SHARE),
            start=lines[-1] if lines else None,
            precision=_ROUGHLY,
        )
        lines.append(line)
    losses = [row_losses(aside_columns, line) for line in lines]
    chosen = _simplest_good(losses, aside[aside > 0], aside_events[aside > 0])
    return STRENGTHS[chosen], lines[chosen]


def _simplest_good(losses: Sequence[tuple[Floats, Floats]], weights: Floats, events: Floats) -> int:
    """The first of `losses` whose mean is at most one standard error (of the difference) above the best's."""
    quiet = weights - events
    means = [float(np.sum(with_event * events + without * quiet)) / weights.sum() for with_event, without in losses]
    best = int(np.argmin(means))
    for place, (with_event, without) in enumerate(losses):
        more = (with_event - losses[best][0], without - losses[best][1])
        gap = means[place] - means[best]
        squares = float(np.sum(more[0] ** 2 * events + more[1] ** 2 * quiet)) / weights.sum()
        error = np.sqrt(max(squares - gap**2, 0.0) / weights.sum())
        if gap <= error:
            return place
    return best


def _card(banded: _Banded, tables: Sequence[Floats], row_weights: Floats, target: Target, strength: float) -> Scorecard:
    """Whole points, and the line from their sum to log-odds."""
    rows = banded.rows
    raw = np.zeros(len(rows.events))
    for place, table in enumerate(tables):
        raw += table[banded.bands[:, place]]
    high = float(np.quantile(raw[row_weights > 0], 0.999))
    per_log_odds = min(_TOP / high if high > 0 else np.inf, _MOST_PER_LOG_ODDS)
    points = [np.round(table * per_log_odds).astype(np.int64) for table in tables]
    score = np.zeros(len(rows.events))
    for place, of_feature in enumerate(points):
        score += of_feature[banded.bands[:, place]]
    calibrated = _calibrate(score, row_weights, rows.events)
    with_points = [place for place, of_feature in enumerate(points) if of_feature.any()]
    without = {rows.names[place]: _NO_POINTS for place in range(len(points)) if place not in with_points}
    return Scorecard(
        bands=tuple(_bands(rows, place, banded.cuts[place], points[place]) for place in with_points),
        base=0,
        intercept=calibrated.intercept,
        slope=float(calibrated.coefficients[0]) / _TOP,
        target=target,
        left_out=rows.left_out | without,
        strength=strength,
        rows_used=len(rows.events),
        rows_given=rows.rows_given,
    )


def _tables(banded: _Banded, patterns: _Patterns, line: Line) -> list[Floats]:
    """Log-odds per feature and band, not known last; the least of each feature is 0.

    Where nobody's value was missing nothing was learnt about missing: it gives the least, never more.
    """
    tables = [np.zeros(len(cuts) + 2) for cuts in banded.cuts]
    learnt = [len(cuts) + 1 for cuts in banded.cuts]
    for step, coefficient in zip(patterns.steps, line.coefficients / patterns.spreads, strict=True):
        tables[step.feature][step.low : step.high] += coefficient
        learnt[step.feature] = max(learnt[step.feature], step.high)
    lifted: list[Floats] = []
    for table, count in zip(tables, learnt, strict=True):
        least = table[:count].min()
        lifted.append(np.concatenate([table[:count] - least, np.zeros(len(table) - count)]))
    return lifted


def _calibrate(score: Floats, weights: Floats, events: Bools) -> Line:
    """The line from points (in hundreds) to log-odds; never downwards."""
    values, of_row = np.unique(score, return_inverse=True)
    each = np.bincount(of_row.ravel(), weights=weights).astype(np.float64)
    with_event = np.bincount(of_row.ravel(), weights=weights * events).astype(np.float64)
    hundreds = csr_array((values / _TOP)[:, None])
    nearly_none = Penalty(strength=1e-6, l1_share=0.0)
    return fit_logistic(hundreds, each, with_event, np.array([False]), nearly_none, precision=1e-13)


def _bands(rows: Design, place: int, cuts: tuple[float, ...], points: Ints) -> Bands:
    """The bands of one feature, equal neighbours made one."""
    spec = rows.specs[place]
    steps: Mapping[float, int] = {
        cut: int(points[band]) for band, cut in enumerate(cuts, start=1) if points[band] != points[band - 1]
    }
    return Bands(
        feature=spec.name,
        sentence=spec.sentence,
        cuts=tuple(steps),
        points=(int(points[0]), *steps.values()),
        not_known=int(points[-1]),
        is_whole=rows.whole[place],
        is_harm=spec.unit == HARM_UNIT,
        without_value=None if spec.when_missing is WhenMissing.NEVER else spec.without_value,
    )
