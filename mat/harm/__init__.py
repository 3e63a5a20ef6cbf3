"""Harm scales: what one crime weighs, and which crimes are high risk whatever they weigh.

Weights are whole ten-thousandths, so that a sum does not depend on the order of its rows. A code a scale does not
know has no weight; it never weighs zero.
"""

from mat.harm.load import load_scale, scales_beside
from mat.harm.scale import UNITS_PER_WEIGHT, Scale, in_points, is_usable, why_not_usable
from mat.harm.shipped import offence_labels, shipped_scales

__all__ = [
    "UNITS_PER_WEIGHT",
    "Scale",
    "in_points",
    "is_usable",
    "load_scale",
    "offence_labels",
    "scales_beside",
    "shipped_scales",
    "why_not_usable",
]
