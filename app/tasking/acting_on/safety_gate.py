"""The safety gate: what a suspect would notice waits until it is known, for every current victim, that it is safe.

The database decides, and refuses past every command; here its answer is said in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select

from mat.errors import AccessRefused
from mat.store.panel_vocabulary import Wishes

if TYPE_CHECKING:
    from app.tasking.desk import Work

#: What the database answers of a gate.
GATE_COLUMNS = (
    "needs_gate", "victims", "unchecked", "against", "overridden", "is_stated_that_none", "undecided_holds", "is_open",
    "seen",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheGate:
    """One current victim, as those see her who may read her checks. `wishes` None = no check of her counts now."""

    token: str
    wishes: Wishes | None
    valid_until: date | None
    is_overridden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate of one action. `victims`: current ones; `unchecked`, `against`, `overridden`: of them.

    `undecided_holds`: doubts whether the suspect is the victim, not yet decided. `seen`: the victims whose checks the
    person may read, which may be none of them.
    """

    needs_gate: bool
    is_open: bool
    victims: int
    unchecked: int
    against: int
    overridden: int
    is_stated_that_none: bool
    undecided_holds: int
    seen: Sequence[AtTheGate]

    @property
    def missing(self) -> Sequence[str]:
        """What is missing, a sentence for each; none where it is open."""
        if self.is_open:
            return []
        sentences: list[str] = []
        if self.undecided_holds:
            sentences.append(
                f"{_count(self.undecided_holds, 'hold')} in doubt of who the victim is {_is(self.undecided_holds)} not "
                "decided: coordinator or analyst decide it in the hold queue."
            )
        if self.victims == 0 and not self.is_stated_that_none:
            sentences.append(
                "No current victim or partner is known, and nobody has said how one looked: the coordinator does with "
                "`mat safety nobody-known`."
            )
        if self.unchecked:
            sentences.append(
                f"{self.unchecked} of {_count(self.victims, 'current victim')} {_has(self.unchecked)} no running "
                "safety check: her victim service, or the coordinator where she has none, records one with `mat safety "
                "check`."
            )
        refused = self.against - self.overridden
        if refused > 0:
            sentences.append(
                f"{_count(refused, 'current victim')} {_is(refused)} against it or could not be reached: leave it, or "
                "the chair gives a reason for this action with `mat safety override`."
            )
        return sentences


def gate_of(work: Work, action_id: UUID) -> Gate | None:
    """The gate of an action as it stands now; None = no such action is open to the person."""
    asked = func.acting.gate_of(action_id).table_valued(*GATE_COLUMNS)
    row = work.connection.execute(select(asked)).mappings().first()
    return None if row is None else gate_from(dict(row))


def gate_from(row: Mapping[str, Any]) -> Gate:
    """A gate, from a row with the columns that the database answers."""
    told: dict[str, Any] = dict(row)
    told["seen"] = [
        AtTheGate(
            token=each["token"],
            wishes=None if each["wishes"] is None else Wishes(each["wishes"]),
            valid_until=None if each["valid_until"] is None else date.fromisoformat(each["valid_until"]),
            is_overridden=each["is_overridden"],
        )
        for each in row["seen"]
    ]
    return Gate(**told)


def refuse_while_shut(work: Work, action_id: UUID) -> None:
    """Refuse to go on with an action whose gate is shut, and say what is missing.

    Raises:
        AccessRefused: it is shut.
    """
    gate = gate_of(work, action_id)
    if gate is None or not gate.is_open:
        missing = () if gate is None else gate.missing
        raise AccessRefused(" ".join(("The safety gate of this action is shut.", *missing)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _has(number: int) -> str:
    return "has" if number == 1 else "have"
