"""Searches of the log by people at work, each itself in the log before anything found is handed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl

from app.tasking.finding import case_named, find
from governance.audit import Detail, Event
from governance.audit_search import Wanted, search
from mat.errors import BadInput
from mat.store.vocabulary import Operation

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


def search_by_name(desk: Desk, asked: Named) -> pl.DataFrame:
    """As `search_log`, with people, services and cases named as they are typed.

    Raises:
        AccessRefused: the person may not, or nobody is open to them under that person's id.
        BadInput: nobody at work and no service has that name, or the id stands for several people.
    """
    with desk.store.transaction(desk.scope) as connection:
        user = None if asked.user is None else find(connection, "user", asked.user)
        service = None if asked.service is None else find(connection, "service", asked.service)
    wanted = Wanted(
        subject=asked.case if asked.person is None else case_named(desk, asked.person),
        user=user,
        service=service,
        operation=asked.operation,
        since=asked.since,
        until=asked.until,
        before=asked.before,
        most=asked.most,
    )
    return search_log(desk, wanted)


def search_log(desk: Desk, wanted: Wanted) -> pl.DataFrame:
    """One row per event that fits and that the person may see, the newest first, columns of `audit_search.SCHEMA`.

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
        work.record(
            Event(
                operation=Operation.CONSULTATION,
                event="log_searched",
                subjects=() if wanted.subject is None else (wanted.subject,),
                details={**asked, "found": found.height},
            )
        )
    return found
