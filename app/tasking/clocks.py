"""By when the panel's work must be done: `clocks.toml`, read strictly, and the arithmetic of hours, days and months.

A clock does nothing by itself. Hours are elapsed hours, so a clock change neither gives nor takes one; days and months
are those of the calendar of England and Wales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import cast

from governance.retention import months_after, not_a_working_day
from mat.errors import BadInput, SettingsError
from mat.toml_files import keys_of, read_toml, whole_number, written

_SHIPPED = "clocks.toml"
_LONGEST = 3660
_FIGURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "due_soon": ("days",),
        "notice_to_court": ("hours",),
        "protection_order": ("least_days", "most_days"),
        "disclosure_scheme": ("days",),
        "notification": ("days",),
        "cycle": ("days",),
        "marac_repeat": ("months",),
        "share_review": ("days",),
        "hold": ("working_days",),
        "safety_check": ("days",),
        "research": ("working_days",),
    }
)


class Due(StrEnum):
    """How a day that something is due on lies to today."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Every clock. `waits`: mean days of waiting by tier. `sources`: where each clock's figures come from.

    `placeholders`: the clocks whose figures the panel has still to set.
    """

    version: str
    due_soon_days: int
    notice_hours: int
    order_least_days: int
    order_most_days: int
    disclosure_days: int
    notification_days: int
    cycle_days: int
    marac_repeat_months: int
    share_review_days: int
    hold_working_days: int
    safety_check_days: int
    research_working_days: int
    waits: Mapping[str, int]
    sources: Mapping[str, str]
    placeholders: tuple[str, ...]

    def notice_ends_at(self, served_at: datetime) -> datetime:
        """By when a protection notice must be before a court, in UTC: elapsed hours after it was served."""
        return served_at.astimezone(UTC) + timedelta(hours=self.notice_hours)

    def refuse_order_length(self, made_on: date, last_on: date) -> None:
        """Refuse a domestic violence protection order that is shorter or longer than one may be.

        Both days count: an order made and ending on the same day lasts one day.

        Raises:
            BadInput: it is.
        """
        days = (last_on - made_on).days + 1
        if not self.order_least_days <= days <= self.order_most_days:
            raise BadInput(
                f"The order would last {days} days, and one lasts {self.order_least_days} to {self.order_most_days}: "
                "check both dates."
            )

    def disclosure_due_on(self, applied_on: date) -> date:
        """The last day for a decision under the disclosure scheme (Clare's Law)."""
        return applied_on + timedelta(days=self.disclosure_days)

    def notification_due_on(self, bound_on: date) -> date:
        """The last day on which who is bound by an order tells the police where they live."""
        return bound_on + timedelta(days=self.notification_days)

    def is_marac_repeat(self, heard_on: date, abuse_on: date) -> bool:
        """Whether abuse between the same two people makes a repeat of a MARAC: within the months after it, on its day
        and on the corresponding last day too; never before it.
        """
        return heard_on <= abuse_on <= months_after(heard_on, self.marac_repeat_months)

    def share_review_due_on(self, shared_on: date) -> date:
        """When a share with a provider is looked at again."""
        return shared_on + timedelta(days=self.share_review_days)

    def safety_check_ends_on(self, checked_on: date) -> date:
        """The last day a safety check counts for."""
        return checked_on + timedelta(days=self.safety_check_days)

    def hold_due_on(self, held_on: date) -> date:
        """The last day to decide a hold."""
        return working_days_after(held_on, self.hold_working_days)

    def research_due_on(self, asked_on: date) -> date:
        """The last day to answer a research request, if no other is named."""
        return working_days_after(asked_on, self.research_working_days)

    def next_meeting_on(self, met_on: date) -> date:
        """The day of the next meeting of the cycle."""
        return met_on + timedelta(days=self.cycle_days)

    def due(self, due_on: date, today: date) -> Due:
        """Whether something is overdue (its day has passed), due today, soon, or later."""
        if due_on <= today:
            return Due.OVERDUE if due_on < today else Due.TODAY
        return Due.SOON if due_on <= today + timedelta(days=self.due_soon_days) else Due.LATER


def working_days_after(day: date, count: int) -> date:
    """The day that is so many working days of England and Wales after a day, which itself does not count.

    Raises:
        ValueError: the count is negative.
    """
    if count < 0:
        raise ValueError("working days are counted forwards")
    found = day
    for _ in range(count):
        found += timedelta(days=1)
        while not_a_working_day(found) is not None:
            found += timedelta(days=1)
    return found


def load_clocks(path: Path | None = None) -> Clocks:
    """The clocks from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, lacks an entry, has one too many, or a figure is no whole number.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="a file of clocks like the shipped one")
    entries = keys_of(content, ("version", "waits", *_FIGURES), name)
    figures: dict[str, int] = {}
    sources: dict[str, str] = {}
    for clock, wanted in _FIGURES.items():
        where = f"{name} [{clock}]"
        table = keys_of(entries[clock], (*wanted, "source"), where)
        sources[clock] = written(table, "source", where)
        figures |= {f"{clock}.{figure}": _figure(table, figure, where) for figure in wanted}
    waits, sources["waits"] = _waits(entries["waits"], f"{name} [waits]")
    if figures["protection_order.least_days"] > figures["protection_order.most_days"]:
        raise SettingsError(f"{name} [protection_order]: least_days should be at most most_days.")
    return Clocks(
        version=written(entries, "version", name),
        due_soon_days=figures["due_soon.days"],
        notice_hours=figures["notice_to_court.hours"],
        order_least_days=figures["protection_order.least_days"],
        order_most_days=figures["protection_order.most_days"],
        disclosure_days=figures["disclosure_scheme.days"],
        notification_days=figures["notification.days"],
        cycle_days=figures["cycle.days"],
        marac_repeat_months=figures["marac_repeat.months"],
        share_review_days=figures["share_review.days"],
        hold_working_days=figures["hold.working_days"],
        safety_check_days=figures["safety_check.days"],
        research_working_days=figures["research.working_days"],
        waits=waits,
        sources=MappingProxyType(sources),
        placeholders=tuple(clock for clock, source in sources.items() if source.startswith("PLACEHOLDER")),
    )


def _waits(entry: object, where: str) -> tuple[Mapping[str, int], str]:
    table = keys_of(entry, tuple(cast("dict[str, object]", entry)) if isinstance(entry, dict) else ("source",), where)
    if "source" not in table:
        raise SettingsError(f"{where} lacks source: say where the figures come from.")
    tiers = {tier: _figure(table, tier, where) for tier in table if tier != "source"}
    return MappingProxyType(tiers), written(table, "source", where)


def _figure(table: Mapping[str, object], figure: str, where: str) -> int:
    return whole_number(table, figure, where, least=0, most=_LONGEST)
