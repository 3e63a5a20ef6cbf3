"""Searches of the log by people at work, each itself in the log before anything found is handed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl

from app.tasking.finding import case_named, find
from app.tasking.handing_out import Given, Outgoing
from governance.audit import Detail, Event, known_pseudonyms
from governance.audit_search import Wanted, search
from mat.errors import BadInput
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is looked for, as people name it; None = any. `case`: by its id; `person`: by an id of theirs or a case's.

    `user`, `service`: by name or id. The rest as `Wanted` has it.
    """

    case: UUID | None = None
    person: str | None = None
    user: str | None = None
    service: str | None = None
    operation: Operation | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    most: int = 50


def wanted_by_name(desk: Desk, asked: Named) -> Wanted:
    """What to look for, of people, services and cases named as they are typed.

    Raises:
        AccessRefused: the person may not, or nobody is open to them under that person's id.
        BadInput: nobody at work and no service has that name, or the id stands for several people.
    """
    with desk.store.transaction(desk.scope) as connection:
        user = None if asked.user is None else find(connection, "user", asked.user)
        service = None if asked.service is None else find(connection, "service", asked.service)
    return Wanted(
        subject=asked.case if asked.person is None else case_named(desk, asked.person),
        user=user,
        service=service,
        operation=asked.operation,
        since=asked.since,
        until=asked.until,
        before=asked.before,
        most=asked.most,
    )


def search_log(desk: Desk, wanted: Wanted) -> pl.DataFrame:
    """One row per event that fits and that the person may see, the newest first, columns of `audit_search.SCHEMA`.

    None about a case that is out of their sight, whether or not there is one: the search is logged all the same.

    Raises:
        AccessRefused: the person may not; the refusal is logged.
        BadInput: what is looked for as an event is no name of one, and must not reach the log.
    """
    if wanted.event is not None and re.fullmatch("[a-z_]{1,60}", wanted.event) is None:
        raise BadInput("An event is named in small letters and underscores, such as case_read: name one of those.")
    asked: dict[str, Detail] = {
        "is_by_subject": wanted.subject is not None,
        "user": None if wanted.user is None else str(wanted.user),
        "service": None if wanted.service is None else str(wanted.service),
        "operation": None if wanted.operation is None else wanted.operation.value,
        "event": wanted.event,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
        "before": wanted.before,
    }
    with desk.working("search_log") as work:
        found = search(work.connection, wanted)
        asked_of = [] if wanted.subject is None else [wanted.subject]
        known = known_pseudonyms(work.connection, asked_of, makes_missing=True) if asked_of else {}
        work.record(
            Event(
                operation=Operation.CONSULTATION,
                event="log_searched",
                subjects=tuple(known),
                details={**asked, "found": found.height},
            )
        )
    return found


def events_to_take(found: pl.DataFrame, wanted: Wanted, given: Given) -> Outgoing:
    """What a search found, as a table to take away: no cell of it is taken for a formula."""
    words = [column for column, kind in found.schema.items() if kind == pl.String]
    plain = found.with_columns(pl.col(pl.List(pl.String)).list.join(" "), pl.col(words).str.replace("^([=+@-])", "'$1"))
    return Outgoing(
        name="events of the log.csv",
        media_type="text/csv; charset=utf-8",
        content=plain.write_csv().encode(),
        kind=FileKind.EXPORT,
        subjects=() if wanted.subject is None else (wanted.subject,),
        given=given,
        command="search_log",
        may_name_closed=True,
    )
