"""Intervals of shares: how far a share of so many people may be from the one behind it.

The interval stays within 0 to 1 and is honest for few people and for shares of 0 and 1.
"""

from __future__ import annotations

import polars as pl

#: Standard normal quantile of a two-sided 95 % interval.
_Z = 1.959963984540054


def wilson(share: pl.Expr, people: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper bound of Wilson's 95 % interval of a share (0..1) of so many people; null for nobody."""
    n = pl.when(people > 0).then(people.cast(pl.Float64))
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * (share * (1 - share) / n + _Z**2 / (4 * n**2)).sqrt()
    return (centre - half).clip(0.0, share), (centre + half).clip(share, 1.0)


def share_range(part: int | None, whole: int | None) -> tuple[float | None, float | None]:
    """The interval of one share of counted people, as `wilson` has it; None where a count is not known or nobody is."""
    if part is None or not whole:
        return None, None
    low, high = wilson(pl.lit(part / whole), pl.lit(whole))
    found = pl.select(low.alias("low"), high.alias("high")).row(0)
    return float(found[0]), float(found[1])
