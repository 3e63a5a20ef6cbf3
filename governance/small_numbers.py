"""Small numbers hidden in tables that hang together, so that no sum and no difference of what is shown gives one away.

A count of 1 to 4 is never shown. Whoever knows which numbers are hidden for being small, and which to protect them,
still finds at least two whole numbers that a hidden small one could be; unless nothing at all is shown beside it.
Nor can hidden parts be added up: whoever works out what several of them come to together finds that it could be 5 or
more, since four people in two hidden groups are as few as four in one.
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
#: `goes_first` of a count that is hidden only where no other that hangs together with it would do.
LAST_RESORT = 9

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


#: One cell that could be worked out, or several whose sum could.
_Leak = tuple[int, ...]


def _is_small(n: _Ints) -> _Flags:
    return (n >= 1) & (n < SMALLEST_SHOWN)


@dataclass(slots=True, kw_only=True)
class _Search:
    """`safe`: small cells, and sums of cells, for which nothing more can or need be done; they stay hidden."""

    cells: Cells
    bonds: Sequence[Bond]
    is_hidden: _Flags
    safe: set[_Leak] = field(default_factory=set[_Leak])

    def given_away(self) -> _Leak | None:
        """A small cell that could be worked out, or hidden parts that come to little together; None = there is none."""
        unknown = self.is_hidden | ~self.cells.is_shown
        part_of = self._parts(unknown)
        for place in np.flatnonzero(unknown & _is_small(self.cells.n)):
            leak: _Leak = (int(place),)
            if leak in self.safe:
                continue
            if not self._could_be_another(leak[0], part_of):
                return leak
            self.safe.add(leak)
        for leak in self._small_sums(unknown):
            if leak in self.safe:
                continue
            if not self._could_be_many(leak, part_of):
                return leak
            self.safe.add(leak)
        return None

    def _small_sums(self, unknown: _Flags) -> list[_Leak]:
        """Of each bond that adds up, the hidden parts together, where they come to fewer than may be shown."""
        found: list[_Leak] = []
        for bond in self.bonds:
            parts = tuple(at for at, factor in bond.factors.items() if factor == 1.0 and unknown[at])
            is_sum = bond.low == bond.high and len(parts) > 1
            if is_sum and 1 <= int(self.cells.n[list(parts)].sum()) < SMALLEST_SHOWN:
                found.append(parts)
        return found

    def to_hide(self, given_away: _Leak) -> int | None:
        """The shown cell to hide next to it: of its own bonds, else of those that hang together; None = all are.

        A last resort gives way to a cell of a bond that gives away the one number hidden in it.
        """
        unknown = self.is_hidden | ~self.cells.is_shown
        part_of = self._parts(unknown)
        near = [bond for bond in self.bonds if any(at in bond.factors for at in given_away)]
        further = [bond for bond in self.bonds if any(part_of[at] == part_of[given_away[0]] for at in bond.factors)]
        telling = [bond for bond in further if sum(bool(unknown[at]) for at in bond.factors) == 1]
        chosen = self._first_to_go(near, unknown)
        if chosen is None:
            return self._first_to_go(further, unknown)
        instead = self._first_to_go(telling, unknown) if self._is_last_resort(chosen) else None
        return chosen if instead is None else instead

    def _first_to_go(self, bonds: Sequence[Bond], unknown: _Flags) -> int | None:
        shown = {at for bond in bonds for at in bond.factors if not unknown[at]}
        return min(shown, key=lambda at: self._order(at, bonds), default=None)

    def _is_last_resort(self, at: int) -> bool:
        return int(self.cells.goes_first[at]) >= LAST_RESORT

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
        known = self._known(cell, part_of)
        bounds = [self._bounds(int(at)) for at in known.together]
        n = int(self.cells.n[cell])
        for change in (-1, 1):
            bounds[known.column_of[cell]] = (n + change, n + change)
            if self._allows(cell, n + change) and known.has_solution(bounds):
                return True
        return False

    def _could_be_many(self, leak: _Leak, part_of: _Ints) -> bool:
        """Whether these cells could come to what may be shown, for somebody who does not know why they are hidden."""
        known = self._known(leak[0], part_of)
        row = [0.0] * len(known.together)
        for at in leak:
            row[known.column_of[at]] = -1.0
        known.upper.append(row)
        known.limits.append(-float(SMALLEST_SHOWN))
        return known.has_solution([(0, None)] * len(known.together))

    def _known(self, cell: int, part_of: _Ints) -> _Known:
        """What all that is shown says of the cells that hang together with this one."""
        together = np.flatnonzero(part_of == part_of[cell])
        known = _Known(together=together, column_of={int(at): column for column, at in enumerate(together)})
        for bond in self.bonds:
            inside = {known.column_of[at]: factor for at, factor in bond.factors.items() if at in known.column_of}
            if not inside:
                continue
            row = [inside.get(column, 0.0) for column in range(len(together))]
            shown = sum(
                factor * int(self.cells.n[at]) for at, factor in bond.factors.items() if at not in known.column_of
            )
            for sign, limit in ((1.0, bond.high), (-1.0, -bond.low)):
                if math.isfinite(limit):
                    known.upper.append([sign * value for value in row])
                    known.limits.append(limit - sign * shown)
        return known

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Unknown cells that hang together, a column for each; `upper` times them is at most `limits`."""

    together: _Ints
    column_of: Mapping[int, int]
    upper: list[list[float]] = field(default_factory=list[list[float]])
    limits: list[float] = field(default_factory=list[float])

    def has_solution(self, bounds: Sequence[tuple[int, int | None]]) -> bool:
        """Whether there are numbers within these bounds that agree with it."""
        found = linprog(
            np.zeros(len(bounds)),
            A_ub=np.array(self.upper) if self.upper else None,
            b_ub=np.array(self.limits) + _NEARLY if self.limits else None,
            bounds=list(bounds),
            method="highs",
        )
        return bool(found.status == 0)
