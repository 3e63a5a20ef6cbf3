"""How long things are kept and by when people are answered: `retention.toml`, read strictly, and its calendar.

No date deletes anything: a date that has passed opens a review or stands in a list until a person decides.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from mat.errors import SettingsError
from mat.store.vocabulary import FileKind
from mat.toml_files import keys_of, parse_toml, whole_number

#: A day begins and ends where the people live whom the clocks are for.
ZONE = ZoneInfo("Europe/London")
_LONGEST = 36500


class CaseKind(StrEnum):
    """What a case has been; the first of these that fits decides how long it is kept before it is looked at."""

    TASKED = "tasked"
    REFERRED = "referred"
    LISTED = "listed"
    HELD = "held"
    NOMINATED = "nominated"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRule:
    """When a case of one kind is reviewed: `months` after it was last so, and put off by at most `longest_months`.

    `is_placeholder`: the figure has no source and is the controller's to set.
    """

    about: str
    months: int
    longest_months: int
    source: str
    is_placeholder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClock:
    """`months` and `days` from receipt, whichever is earlier; `extension_months` more with a reason, 0 = never."""

    months: int
    days: int
    extension_months: int

    def due_on(self, received_on: date) -> date:
        """The last day on which a request received on that day is answered in time."""
        return min(months_after(received_on, self.months), received_on + timedelta(days=self.days))

    def extended_to(self, received_on: date) -> date:
        """The last day once the time was extended: counted in months from receipt."""
        return months_after(received_on, self.months + self.extension_months)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Every period, with the hash of the file it was read from. `form_days`: in which a nomination form is answered."""

    version: str
    hash: str
    requests: RequestClock
    cases: Mapping[CaseKind, CaseRule]
    file_days: Mapping[FileKind, int]
    form_days: int
    placeholders: tuple[str, ...]

    def file_expires_at(self, kind: FileKind, made_at: datetime) -> datetime:
        """When a file of this kind should be gone."""
        return made_at + timedelta(days=self.file_days[kind])


def months_after(day: date, months: int) -> date:
    """The corresponding date so many months on; the last day of the month where there is no such date.

    Raises:
        SettingsError: that lies beyond the calendar.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not date.min.year <= year <= date.max.year:
        raise SettingsError(f"{months} months from {day.isoformat()} lie beyond the calendar: name an earlier date.")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def local_day(moment: datetime) -> date:
    """The day it is in England and Wales at a moment that knows its zone."""
    return moment.astimezone(ZONE).date()


def not_a_working_day(day: date) -> str | None:
    """Why nobody is at work on that day in England and Wales; None = it is a working day."""
    holiday = _bank_holidays(day.year).get(day)
    if holiday is not None:
        return holiday
    return day.strftime("%A") if day.weekday() >= 5 else None


@cache
def _bank_holidays(year: int) -> Mapping[date, str]:
    # the library has its own type, which is a dict of dates
    return MappingProxyType(dict(holidays.country_holidays("GB", subdiv="ENG", years=year).items()))


def load_retention(path: Path | None = None) -> Retention:
    """The periods from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, lacks an entry, has one too many, or a period is no whole number.
    """
    source = files("mat.config") / "retention.toml" if path is None else path
    name = "retention.toml" if path is None else str(path)
    try:
        content = source.read_bytes()
        entries = parse_toml(content)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The retention periods in {name} cannot be read: name a TOML file like the shipped one."
        ) from error
    top = keys_of(entries, ("version", "requests", "cases", "forms", "files"), name)
    cases = keys_of(top["cases"], tuple(kind.value for kind in CaseKind), f"{name} [cases]")
    rules = {CaseKind(kind): _rule(rule, f"{name} [cases.{kind}]") for kind, rule in cases.items()}
    of_forms = keys_of(top["forms"], ("days", "source", "is_placeholder"), f"{name} [forms]")
    kinds = tuple(kind.value for kind in FileKind)
    of_files = keys_of(top["files"], (*kinds, "source", "is_placeholder"), f"{name} [files]")
    waiting = tuple(f"cases.{kind}" for kind, rule in rules.items() if rule.is_placeholder)
    return Retention(
        version=str(top["version"]),
        hash=hashlib.sha256(content).hexdigest(),
        requests=_clock(top["requests"], f"{name} [requests]"),
        cases=MappingProxyType(rules),
        file_days=MappingProxyType(
            {FileKind(kind): _number(of_files, kind, f"{name} [files]", least=1) for kind in kinds}
        ),
        form_days=_number(of_forms, "days", f"{name} [forms]", least=1),
        placeholders=(
            *waiting,
            *(part for part, of in (("forms", of_forms), ("files", of_files)) if of["is_placeholder"] is True),
        ),
    )


def _clock(entry: object, where: str) -> RequestClock:
    found = keys_of(entry, ("months", "days", "extension_months"), where)
    return RequestClock(
        months=_number(found, "months", where, least=1),
        days=_number(found, "days", where, least=1),
        extension_months=_number(found, "extension_months", where, least=0),
    )


def _rule(entry: object, where: str) -> CaseRule:
    found = keys_of(entry, ("about", "months", "longest_months", "source", "is_placeholder"), where)
    rule = CaseRule(
        about=str(found["about"]),
        months=_number(found, "months", where, least=1),
        longest_months=_number(found, "longest_months", where, least=1),
        source=str(found["source"]),
        is_placeholder=found["is_placeholder"] is True,
    )
    if rule.longest_months < rule.months:
        raise SettingsError(f"{where}: longest_months should be at least months, {rule.months}.")
    return rule


def _number(entries: Mapping[str, object], key: str, where: str, *, least: int) -> int:
    return whole_number(entries, key, where, least=least, most=_LONGEST)
