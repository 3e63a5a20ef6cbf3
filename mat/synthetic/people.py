"""Who may use abuse, how often and how badly: the latent side of the simulation.

What is drawn here (`propensity`, `severity`, spells) never reaches an extract.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mat.synthetic.profiles import Behaviour

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Primaries:
    """One entry per person who may use abuse.

    `propensity` is the number of acts per active year, `severity` a standard normal score, `begins` and `ends` bound
    the active spell in days from the first day covered.
    """

    is_male: Bools
    is_intimate: Bools
    propensity: Floats
    severity: Floats
    begins: Floats
    ends: Floats
    partners: Ints

    def take(self, chosen: Bools) -> Primaries:
        """Only these people, in their order."""
        return Primaries(
            is_male=self.is_male[chosen],
            is_intimate=self.is_intimate[chosen],
            propensity=self.propensity[chosen],
            severity=self.severity[chosen],
            begins=self.begins[chosen],
            ends=self.ends[chosen],
            partners=self.partners[chosen],
        )


def draw_primaries(rng: np.random.Generator, behaviour: Behaviour, size: int, days: int) -> Primaries:
    """Draw people whose active spells overlap the days covered evenly, as if the past had been like the present."""
    spell = rng.exponential(behaviour.mean_spell, size) + 20.0
    begins = rng.uniform(-2.5 * behaviour.mean_spell, days, size)
    common = rng.standard_normal(size)
    own = rng.standard_normal(size)
    weight = behaviour.severity_correlation
    is_intimate = rng.random(size) < behaviour.intimate_share
    male_share = np.where(is_intimate, behaviour.male_share_intimate, behaviour.male_share_family)
    return Primaries(
        is_male=rng.random(size) < male_share,
        is_intimate=is_intimate,
        propensity=np.exp(behaviour.rate_log_mean + behaviour.rate_log_spread * common),
        severity=weight * common + np.sqrt(1 - weight**2) * own,
        begins=begins,
        ends=begins + spell,
        partners=1 + np.minimum(rng.poisson(_further_partners(behaviour, common)), 5),
    )


def _further_partners(behaviour: Behaviour, common: Floats) -> Floats:
    lift = np.exp(0.4 * common - 0.08)
    return np.asarray((behaviour.mean_partners - 1.0) * lift, dtype=np.float64)
