"""Searches of the log by people at work, each itself in the log before anything found is handed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from governance.audit import Detail, Event
from governance.audit_search import Wanted, search
from mat.errors import BadInput
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk


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
