"""Looks events up in the log. What a person finds is decided by the database: their own, their team's, or all.

Searching is itself a consultation: whoever calls this records it in the same transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import ColumnElement, Connection, any_, select

from governance.audit import known_pseudonyms
from mat.store.tables.audit import audit_event, audit_index
from mat.store.tables.people import app_user, service
from mat.store.vocabulary import Operation

#: Columns of what is found, in their order; `details` as JSON, `people` as a number, `seq` the event's number. `texts`:
#: which are kept beside it, never what they say.
SCHEMA = pl.Schema(
    {
        "seq": pl.Int64(),
        "at": pl.String(),
        "user": pl.String(),
        "service": pl.String(),
        "operation": pl.String(),
        "event": pl.String(),
        "people": pl.Int64(),
        "fields": pl.List(pl.String()),
        "recipients": pl.List(pl.String()),
        "details": pl.String(),
        "texts": pl.List(pl.String()),
        "channel": pl.String(),
        "purpose": pl.String(),
        "id": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; None = any. `since` inclusive, `until` exclusive. `before`: only events of lower number.

    `most`: rows of one page.
    """

    subject: UUID | None = None
    user: UUID | None = None
    service: UUID | None = None
    operation: Operation | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    most: int = 50


def search(connection: Connection, wanted: Wanted) -> pl.DataFrame:
    """One row per event that fits and that the acting person may see, the newest first; columns of `SCHEMA`.

    A subject whose key was destroyed is in no event that anybody could still tell. For the next page, ask for those
    `before` the last number of this one.
    """
    conditions = _conditions(wanted)
    if wanted.subject is not None:
        name = known_pseudonyms(connection, [wanted.subject]).get(wanted.subject)
        if name is None:
            return pl.DataFrame(schema=SCHEMA)
        conditions.append(any_(audit_index.c.people) == name)
    found = (
        select(audit_index.c.seq, audit_event.c.body, app_user.c.name.label("user"), service.c.name.label("service"))
        .join(audit_event, audit_event.c.seq == audit_index.c.seq)
        .join(app_user, app_user.c.user_id == audit_index.c.actor, isouter=True)
        .join(service, service.c.service_id == audit_index.c.service, isouter=True)
        .where(*conditions)
        .order_by(audit_index.c.seq.desc())
        .limit(wanted.most)
    )
    rows = [_row(row.seq, json.loads(row.body), row.user, row.service) for row in connection.execute(found)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    index = audit_index.c
    asked = {
        index.actor: wanted.user,
        index.service: wanted.service,
        index.operation: None if wanted.operation is None else wanted.operation.value,
        index.event: wanted.event,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in asked.items() if value is not None]
    if wanted.since is not None:
        conditions.append(index.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(index.at < wanted.until)
    if wanted.before is not None:
        conditions.append(index.seq < wanted.before)
    return conditions


def _row(seq: int, body: dict[str, Any], user: str | None, service_name: str | None) -> dict[str, object]:
    return {
        "seq": seq,
        "at": body["at"],
        "user": user or body["actor"],
        "service": service_name or body["service"],
        "operation": body["operation"],
        "event": body["event"],
        "people": len(body["people"]),
        "fields": body["fields"],
        "recipients": body["recipients"],
        "details": json.dumps(body["details"], sort_keys=True, ensure_ascii=False),
        "texts": sorted(body["texts"]),
        "channel": body["channel"],
        "purpose": body["purpose"],
        "id": body["id"],
    }
