"""How the hurdle is fitted: a logistic regression of any harm, and a ridge regression of its logarithm.

Both keep to the catalogue's directions; the penalties are fixed and light, there only to share out what nested windows
say alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from mat.schemas.matrix import Direction
from models.design import Bools, Design, Floats
from models.hurdle import Effect, Factor, Hurdle, effects_of
from models.likelihood import Line, Penalty, fit_least_squares, fit_logistic
from models.trained import FitSettings

_OF_CHANCE = Penalty(strength=0.001, l1_share=0.0)
_OF_SEVERITY = Penalty(strength=0.01, l1_share=0.0)

_NO_EFFECT = "no effect"


def fit_hurdle(rows: Design, settings: FitSettings) -> Hurdle:
    """The expected harm of the rows; `settings.target` is not read. Some rows have harm and some have none."""
    columns = _Columns.of(rows)
    everyone = np.ones(len(rows.events))
    draws = (rows.drawn(settings.seed, draw) for draw in range(1, settings.refits + 1))
    fitted = [_fit(rows, columns, weights) for weights in (everyone, *draws)]
    return replace(fitted[0], refits=tuple(fitted[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """log(1 + value) per feature, 0 where not known, then one column per feature that is not always known.

    Each is divided by its `spreads`. `signs`: 1 or -1, so that a coefficient of zero or above keeps to the direction;
    `missing`: per feature the place of its column for not known, None where it is always known.
    """

    values: csr_array
    spreads: Floats
    signs: Floats
    is_free: Bools
    missing: tuple[int | None, ...]

    @staticmethod
    def of(rows: Design) -> _Columns:
        is_missing = np.isnan(rows.values)
        sometimes = np.flatnonzero(is_missing.any(axis=0)).tolist()
        known = np.where(is_missing, 0.0, np.log1p(np.maximum(rows.values, 0.0)))
        values = np.concatenate([known, is_missing[:, sometimes]], axis=1)
        spreads = values.std(axis=0)
        spreads[spreads == 0] = 1.0
        directions = [spec.direction for spec in rows.specs]
        beyond = [1.0] * len(sometimes)
        signs = np.array([*(-1.0 if each is Direction.DOWN else 1.0 for each in directions), *beyond])
        is_free = np.array([*(each is Direction.NONE for each in directions), *(True for _ in sometimes)])
        places = {feature: len(directions) + place for place, feature in enumerate(sometimes)}
        return _Columns(
            values=csr_array(values * (signs / spreads)),
            spreads=spreads,
            signs=signs,
            is_free=is_free.astype(np.bool_),
            missing=tuple(places.get(feature) for feature in range(len(directions))),
        )

    def effects(self, line: Line, values: Floats, weights: Floats) -> tuple[float, list[Effect]]:
        """The average person's prediction, and the effects around it."""
        coefficients = line.coefficients * self.signs / self.spreads
        effects: list[Effect] = []
        begin = line.intercept
        for place, missing in enumerate(self.missing):
            not_known = 0.0 if missing is None else float(coefficients[missing])
            raw = Effect(slope=float(coefficients[place]), not_known=not_known, centre=0.0)
            centre = float(np.average(raw.give(values[:, place]), weights=weights))
            begin += centre
            effects.append(replace(raw, centre=centre, not_known=centre if missing is None else not_known))
        return begin, effects


def _fit(rows: Design, columns: _Columns, weights: Floats) -> Hurdle:
    is_harmed = rows.harm > 0
    chance = fit_logistic(columns.values, weights, weights * is_harmed, columns.is_free, _OF_CHANCE, precision=1e-10)
    log_harm = np.log(rows.harm[is_harmed])
    severity = fit_least_squares(
        columns.values[is_harmed], weights[is_harmed], log_harm, columns.is_free, _OF_SEVERITY, precision=1e-10
    )
    log_odds, chances = columns.effects(chance, rows.values, weights)
    begin, severities = columns.effects(severity, rows.values, weights)
    missed = log_harm - begin - effects_of(severities, rows.values[is_harmed]).sum(axis=1)
    factors = _factors(rows.names, chances, severities)
    read = {factor.feature for factor in factors}
    return Hurdle(
        factors=factors,
        log_odds=log_odds,
        log_harm=begin,
        smearing=float(np.average(np.exp(missed), weights=weights[is_harmed])),
        left_out=rows.left_out | {name: _NO_EFFECT for name in rows.names if name not in read},
        rows_used=len(rows.events),
        rows_given=rows.rows_given,
    )


def _factors(names: Sequence[str], chances: Sequence[Effect], severities: Sequence[Effect]) -> tuple[Factor, ...]:
    return tuple(
        Factor(feature=name, chance=chance, severity=severity)
        for name, chance, severity in zip(names, chances, severities, strict=True)
        if any(effect.slope or effect.not_known != effect.centre for effect in (chance, severity))
    )
