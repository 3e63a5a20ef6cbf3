"""Which offence a record is coded as: a mix of domestic-abuse codes that tilts with how badly the person acts.

Codes are those of the shipped statutory scale; a few are left empty or local, as in real extracts.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mat.synthetic.people import Bools, Floats, Ints

#: code, share of domestic crimes (relative), tilt: how much more likely per unit of severity.
_DOMESTIC: tuple[tuple[str | None, float, float], ...] = (
    ("common_assault", 270, -0.10),
    ("actual_bodily_harm", 140, 0.20),
    ("harassment", 105, -0.05),
    ("malicious_communications", 75, -0.20),
    ("stalking", 60, 0.15),
    ("criminal_damage", 88, -0.10),
    ("coercive_control", 32, 0.45),
    ("threats_to_kill", 28, 0.45),
    ("strangulation", 26, 0.60),
    ("harassment_fear", 18, 0.25),
    ("breach_non_molestation", 22, 0.20),
    ("breach_restraining", 20, 0.25),
    ("intentional_harassment_alarm", 20, -0.20),
    ("fear_of_violence", 16, -0.10),
    ("theft", 18, -0.15),
    ("rape", 15, 0.70),
    ("sexual_assault", 10, 0.45),
    ("wounding", 8, 0.55),
    ("child_cruelty", 8, 0.20),
    ("wounding_with_intent", 5, 0.85),
    ("stalking_fear", 6, 0.45),
    ("burglary_dwelling", 6, 0.10),
    ("threat_to_damage", 5, 0.0),
    ("false_imprisonment", 4, 0.70),
    ("assault_emergency_worker", 6, 0.05),
    ("threatening_with_weapon", 4, 0.45),
    ("breach_dvpo", 4, 0.20),
    ("witness_intimidation", 3, 0.40),
    ("robbery", 3, 0.30),
    ("vehicle_taking", 3, 0.0),
    ("assault_by_penetration", 2.5, 0.65),
    ("arson", 1.8, 0.40),
    ("kidnap", 1.5, 0.60),
    ("affray", 2, 0.10),
    ("breach_stalking_order", 0.8, 0.40),
    ("arson_endangering_life", 0.7, 0.70),
    ("child_abduction", 0.6, 0.0),
    ("attempted_murder", 0.35, 0.90),
    ("forced_marriage", 0.3, 0.0),
    ("195/94", 4, 0.0),  # a local code no scale knows
    (None, 7, 0.0),
)
_OTHER: tuple[tuple[str | None, float, float], ...] = (
    ("theft", 240, -0.1),
    ("common_assault", 120, 0.0),
    ("criminal_damage", 110, 0.0),
    ("drug_possession_class_b", 95, -0.1),
    ("fear_of_violence", 70, 0.0),
    ("burglary_dwelling", 55, 0.1),
    ("dangerous_driving", 50, 0.0),
    ("vehicle_taking", 45, 0.0),
    ("assault_emergency_worker", 45, 0.1),
    ("drug_supply_class_a", 40, 0.1),
    ("bladed_article", 35, 0.3),
    ("robbery", 30, 0.4),
    ("making_off", 25, 0.0),
    ("fraud", 20, -0.1),
    ("wounding", 10, 0.6),
    ("offensive_weapon", 10, 0.3),
    ("aggravated_burglary", 2, 0.8),
)
#: The offence of strangulation came into force on this day; before it such acts were recorded as assaults.
STRANGULATION_IN_FORCE = "2022-06-07"
_LEVELS = 12


def draw_offences(rng: np.random.Generator, severity: Floats, is_domestic: Bools, is_old: Bools) -> pl.Series:
    """One code per crime, null where none was recorded. `is_old`: before strangulation was an offence of its own."""
    codes = [code for code, _, _ in (*_DOMESTIC, *_OTHER)]
    chosen = np.empty(len(severity), dtype=np.int64)
    noisy = np.clip(severity + 0.4 * rng.standard_normal(len(severity)), -2.5, 2.5)
    level = np.minimum(((noisy + 2.5) / 5.0 * _LEVELS).astype(np.int64), _LEVELS - 1)
    draw = rng.random(len(severity))
    for is_da, table, offset in ((True, _DOMESTIC, 0), (False, _OTHER, len(_DOMESTIC))):
        for step in range(_LEVELS):
            rows = np.flatnonzero((is_domestic == is_da) & (level == step))
            chosen[rows] = offset + _draw(draw[rows], table, (step + 0.5) / _LEVELS * 5.0 - 2.5)
    chosen[is_old & (chosen == codes.index("strangulation"))] = codes.index("actual_bodily_harm")
    return pl.Series("offence_code", codes, dtype=pl.String).gather(chosen)


def _draw(draw: Floats, table: tuple[tuple[str | None, float, float], ...], severity: float) -> Ints:
    weights = np.array([share * np.exp(tilt * 1.3 * severity) for _, share, tilt in table])
    return np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), draw), len(table) - 1)
