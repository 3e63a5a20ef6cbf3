"""Where a person stands under each harm scale, and by the points table: side by side, never averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The points table that every model stands beside; docs/rfgv.md.
POINTS_TABLE = "rfgv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The place on one list. `rank` None = the scale weighs too few of the crimes to be used."""

    model: str
    scale: str
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The places of one person with a rank. `own`: on the list itself.

    `scales`: by the same model under the other scales. `points_table`: by rfgv under the list's own scale; None = the
    list is by rfgv. `seats`: above the capacity line of the list.
    """

    own: Stand
    scales: Sequence[Stand]
    points_table: Stand | None
    seats: int

    @property
    def under_scales(self) -> Sequence[Stand]:
        """The places by the list's model, its own scale first, of the scales that can be used."""
        return [each for each in (self.own, *self.scales) if each.rank is not None]

    @property
    def everywhere(self) -> Sequence[Stand]:
        """Every list compared, the own first."""
        return [self.own, *self.scales, *([] if self.points_table is None else [self.points_table])]

    @property
    def apart(self) -> int:
        """How many places lie between the best and the worst under the scales."""
        ranks = [each.rank for each in self.under_scales if each.rank is not None]
        return max(ranks) - min(ranks)

    @property
    def above(self) -> int:
        """Under how many of the scales that can be used the person is above the line."""
        return sum(self.is_above(each) for each in self.under_scales)

    def is_above(self, stand: Stand) -> bool:
        """Whether the person is above the line there."""
        return stand.rank is not None and stand.rank <= self.seats


def compared_of(rows: Sequence[Mapping[str, Any]] | None, *, model: str, scale: str, seats: int) -> Compared | None:
    """What a place on a list of this model and scale keeps of the lists compared; None = it keeps nothing of them."""
    stands = [Stand(model=row["model"], scale=row["scale"], rank=row["rank"]) for row in rows or ()]
    own = next((each for each in stands if (each.model, each.scale) == (model, scale) and each.rank is not None), None)
    if own is None:
        return None
    return Compared(
        own=own,
        scales=[each for each in stands if each.model == model and each.scale != scale],
        points_table=next((each for each in stands if each.model != model and each.model == POINTS_TABLE), None),
        seats=seats,
    )
