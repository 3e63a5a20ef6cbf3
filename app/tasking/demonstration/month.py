"""What the scenes of the month hand on to each other, and how they say what happened.

Nothing is written but through the commands that everybody else uses, so nothing in it is dated before today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID

from app.tasking.case_access import read_case
from governance.retention import local_day
from mat.errors import MatError, StoreError

if TYPE_CHECKING:
    from app.tasking.case_access import Row
    from app.tasking.demonstration.cast import Cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One scene as it was played: what happened in it, a sentence each."""

    title: str
    lines: Sequence[str]


@dataclass(kw_only=True)
class Month:
    """The month so far. `cases`: by what the story calls the person; `actions`: by that and their code.

    `victims`: whom of a case the story means where it says V1, by id and by their token; `clients`: those whom the
    victim service supports, by token. `refusals`: how many were part of the story.
    """

    cast: Cast
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    cases: dict[str, UUID] = field(default_factory=dict[str, UUID])
    names: dict[UUID, str] = field(default_factory=dict[UUID, str])
    meetings: dict[str, UUID] = field(default_factory=dict[str, UUID])
    items: dict[str, UUID] = field(default_factory=dict[str, UUID])
    actions: dict[tuple[str, str], UUID] = field(default_factory=dict[tuple[str, str], UUID])
    victims: dict[str, tuple[UUID, str]] = field(default_factory=dict[str, tuple[UUID, str]])
    clients: dict[str, str] = field(default_factory=dict[str, str])
    orders: dict[str, UUID] = field(default_factory=dict[str, UUID])
    referrals: dict[str, UUID] = field(default_factory=dict[str, UUID])
    scenes: list[Scene] = field(default_factory=list[Scene])
    refusals: int = 0
    _lines: list[str] = field(default_factory=list[str])

    @property
    def today(self) -> date:
        """The day it is played on."""
        return local_day(self.began)

    def day(self, days: int) -> date:
        """So many days from today; below 0 = before it."""
        return self.today + timedelta(days=days)

    def ago(self, **length: int) -> datetime:
        """A moment so long before the month began to be played."""
        return self.began - timedelta(**length)

    def name(self, key: str) -> str:
        """What the person's case is called."""
        case = self.cases[key]
        return self.names.get(case, str(case))

    def victim(self, key: str) -> tuple[UUID, str]:
        """The victim of a case who was recorded last, with the token they stand under.

        Raises:
            StoreError: the case has none.
        """
        if key not in self.victims:
            rows = self.recorded(key, "links_graph")
            tokens = {row["victim_id"]: str(row["token"]) for row in rows["victim"]}
            of_suspect = [row for row in rows["dyad"] if row["subject_is"] == "suspect" and row["victim_id"] in tokens]
            if not of_suspect:
                raise StoreError(f"{self.name(key)} has no victim on the list: import the list of the practice city.")
            newest = max(of_suspect, key=lambda row: cast("date", row["last_on"]))
            self.victims[key] = newest["victim_id"], tokens[newest["victim_id"]]
        return self.victims[key]

    def said(self, key: str, words: str) -> str:
        """What the story says of somebody, with the token of their case for the V1 of the story."""
        return words.replace("V1", self.victim(key)[1]) if "V1" in words else words

    def tell(self, line: str) -> None:
        """Say what happened."""
        self._lines.append(line)

    def refused(self, who: str, command: Callable[[], object]) -> None:
        """Let somebody do what a rule forbids, and say what they are told.

        Raises:
            RuntimeError: the rule let it pass, which is a defect.
        """
        try:
            command()
        except MatError as refusal:
            self.refusals += 1
            self.tell(f"{who}, and is refused: {refusal}")
        else:
            raise RuntimeError(f"the month goes on although a rule should have stopped it: {who}")

    def end_scene(self, title: str) -> None:
        """Put what was said since the last scene under a title."""
        self.scenes.append(Scene(title=title, lines=tuple(self._lines)))
        self._lines.clear()

    def recorded(self, key: str, group: str) -> Mapping[str, Sequence[Row]]:
        """The rows of a field group of a case, by table, as the coordinator reads them."""
        return read_case(self.cast.coordinator, self.cases[key], groups={group}).shown.get(group, {})
