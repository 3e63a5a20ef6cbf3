"""Small numbers hidden in tables that hang together, so that no sum and no difference of what is shown gives one away.

A count of 1 to 4 is never shown. Whoever knows which numbers are hidden for being small, and which to protect them,
still finds at least two whole numbers that a hidden small one could be; unless nothing at all is shown beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SMALLEST_SHOWN = 5

_Ints = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_NEARLY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Counts that are shown unless hidden, and counts that nobody shows but which follow from others.

    `n`: never negative. `is_shown`: false = it appears nowhere. `goes_first`: of two counts that would do, the one with
    the lower number is hidden.
    """

    n: _Ints
    is_shown: _Flags
    goes_first: _Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """What everybody knows of some counts: low <= the sum of factor times count <= high; `factors` by place."""

    factors: Mapping[int, float]
    low: float = 0.0
    high: float = 0.0


def whole_and_parts(whole: int, parts: Sequence[int]) -> Bond:
    """The parts add up to the whole."""
    return Bond(factors={whole: -1.0, **dict.fromkeys(parts, 1.0)})


def hidden(cells: Cells, bonds: Sequence[Bond]) -> _Flags:
    """Which of the cells may not be shown: those from 1 to 4, and as few others as the greedy way finds.

    What goes first: a cell that shares a bond with one that would be given away, by `goes_first`, then one that is not
    nought, then a part before a whole, then the smallest.
    """
    search = _Search(cells=cells, bonds=bonds, is_hidden=cells.is_shown & _is_small(cells.n))
    while (given_away := search.given_away()) is not None:
        further = search.to_hide(given_away)
        if further is None:
            search.safe.add(given_away)
        else:
            search.is_hidden[further] = True
    return search.is_hidden


def _is_small(n: _Ints) -> _Flags:
    return (n >= 1) & (n < SMALLEST_SHOWN)


@dataclass(slots=True, kw_only=True)
class _Search:
    """`safe`: small cells for which nothing more can or need be done; whatever else is hidden, they stay so."""

    cells: Cells
    bonds: Sequence[Bond]
    is_hidden: _Flags
    safe: set[int] = field(default_factory=set[int])

    def given_away(self) -> int | None:
        """A small cell that could be worked out; None = there is none."""
        unknown = self.is_hidden | ~self.cells.is_shown
        part_of = self._parts(unknown)
        for place in np.flatnonzero(unknown & _is_small(self.cells.n)):
            cell = int(place)
            if cell in self.safe:
                continue
            if self._could_be_another(cell, part_of):
                self.safe.add(cell)
            else:
                return cell
        return None

    def to_hide(self, given_away: int) -> int | None:
        """The shown cell to hide next to it: of its own bonds, else of those that hang together; None = all are."""
        unknown = self.is_hidden | ~self.cells.is_shown
        part_of = self._parts(unknown)
        near = [bond for bond in self.bonds if given_away in bond.factors]
        further = [bond for bond in self.bonds if any(part_of[at] == part_of[given_away] for at in bond.factors)]
        for bonds in (near, further):
            shown = {at for bond in bonds for at in bond.factors if not unknown[at]}
            if shown:
                return min(shown, key=lambda at: self._order(at, bonds))
        return None

    def _order(self, at: int, bonds: Sequence[Bond]) -> tuple[int, bool, bool, int, int]:
        is_whole = any(bond.factors.get(at, 0.0) < 0 for bond in bonds)
        n = int(self.cells.n[at])
        return int(self.cells.goes_first[at]), n == 0, is_whole, n, at

    def _parts(self, unknown: _Flags) -> _Ints:
        """Which unknown cells hang together through bonds: one number for each; -1 for what is known."""
        size = len(self.cells.n)
        pairs = [(at, size + row) for row, bond in enumerate(self.bonds) for at in bond.factors if unknown[at]]
        if not pairs:
            return np.where(unknown, np.arange(size), -1)
        rows, columns = np.array(pairs).T
        nodes = size + len(self.bonds)
        graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(nodes, nodes))
        _, label = connected_components(graph, directed=False)
        return np.where(unknown, label[:size], -1)

    def _could_be_another(self, cell: int, part_of: _Ints) -> bool:
        """Whether one less or one more agrees with everything that is shown."""
        together = np.flatnonzero(part_of == part_of[cell])
        column_of = {int(at): column for column, at in enumerate(together)}
        upper: list[list[float]] = []
        limits: list[float] = []
        for bond in self.bonds:
            inside = {column_of[at]: factor for at, factor in bond.factors.items() if at in column_of}
            if not inside:
                continue
            row = [inside.get(column, 0.0) for column in range(len(together))]
            known = sum(factor * int(self.cells.n[at]) for at, factor in bond.factors.items() if at not in column_of)
            for sign, limit in ((1.0, bond.high), (-1.0, -bond.low)):
                if math.isfinite(limit):
                    upper.append([sign * value for value in row])
                    limits.append(limit - sign * known)
        bounds = [self._bounds(int(at)) for at in together]
        n = int(self.cells.n[cell])
        for change in (-1, 1):
            bounds[column_of[cell]] = (n + change, n + change)
            if self._allows(cell, n + change) and _has_solution(upper, limits, bounds):
                return True
        return False

    def _allows(self, cell: int, value: int) -> bool:
        low, high = self._bounds(cell)
        return low <= value and (high is None or value <= high)

    def _bounds(self, at: int) -> tuple[int, int | None]:
        """What somebody who knows why each cell is hidden knows of it."""
        if not self.cells.is_shown[at]:
            return 0, None
        n = int(self.cells.n[at])
        if n == 0:
            return 0, None
        return (1, SMALLEST_SHOWN - 1) if n < SMALLEST_SHOWN else (SMALLEST_SHOWN, None)


def _has_solution(
    upper: Sequence[Sequence[float]], limits: Sequence[float], bounds: Sequence[tuple[int, int | None]]
) -> bool:
    found = linprog(
        np.zeros(len(bounds)),
        A_ub=np.array(upper) if upper else None,
        b_ub=np.array(limits) + _NEARLY if limits else None,
        bounds=list(bounds),
        method="highs",
    )
    return bool(found.status == 0)
