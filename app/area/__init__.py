"""Counts for the whole area and its parts, with small numbers hidden so that nobody can be worked out from them."""

from app.area.figures import area, suppressed
from governance.small_numbers import SMALLEST_SHOWN

__all__ = ["SMALLEST_SHOWN", "area", "suppressed"]
