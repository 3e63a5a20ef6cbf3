"""The log of a case store as the reader wants it: its rows in parts, its checkpoints and the texts kept beside it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import TIMESTAMP, Connection, Uuid, and_, cast, func, not_, or_, select
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

from governance.verify import Log
from governance.verify_findings import Findings, Kind
from governance.verify_reading import StorePart
from governance.verify_texts import Text
from mat.store.engine import Store, who
from mat.store.place import Role
from mat.store.scope import Scope
from mat.store.tables.audit import audit_checkpoint, audit_event, audit_index, audit_payload

#: Rows of one part.
PART = 40_000


def log_of(store: Store, scope: Scope, connection: Connection, *, sees_texts: bool) -> Log:
    """The log as it is now, for somebody who has an event of their own in it; `connection` stays open meanwhile.

    `sees_texts`: whether the acting person may see every text, without which texts are not looked at.
    """
    last = connection.scalar(select(func.max(audit_event.c.seq))) or 0
    address = store.gate.address(Role.APP)
    acting = who(scope)
    checkpoints = connection.execute(
        select(audit_checkpoint.c.size, audit_checkpoint.c.note).order_by(audit_checkpoint.c.size)
    )
    return Log(
        parts=[
            StorePart(address=address, acting=acting, place=place, last=min(place + PART, last))
            for place in range(0, max(last, 1), PART)
        ],
        kept=[(f"the checkpoint kept for event {row.size}", row.note) for row in checkpoints],
        texts=_texts(connection, last) if sees_texts else None,
        origin=connection.scalar(select(func.acting.store().table_valued("origin").c.origin)),
    )


def check_index(connection: Connection, findings: Findings) -> None:
    """Hold the index that searches go by against the events; a finding for each that differs, the first in front.

    For somebody who may see every event. It reads every body once more, in the database: some seconds for a million.
    """
    body = cast(audit_event.c.body, JSONB)
    people = select(func.jsonb_array_elements_text(body["people"])).correlate(audit_event).scalar_subquery()
    said = {
        audit_index.c.event_id: cast(body["id"].astext, Uuid),
        audit_index.c.at: cast(body["at"].astext, TIMESTAMP(timezone=True)),
        audit_index.c.actor: cast(body["actor"].astext, Uuid),
        audit_index.c.service: cast(body["service"].astext, Uuid),
        audit_index.c.operation: body["operation"].astext,
        audit_index.c.event: body["event"].astext,
        audit_index.c.people: func.array(people),
    }
    differs = or_(
        audit_index.c.seq.is_(None),
        audit_event.c.seq.is_(None),
        *(column.is_distinct_from(value) for column, value in said.items()),
    )
    seq = func.coalesce(audit_event.c.seq, audit_index.c.seq).label("seq")
    both = audit_event.join(audit_index, audit_index.c.seq == audit_event.c.seq, full=True)
    found = connection.scalars(select(seq).select_from(both).where(differs).order_by(seq).limit(1000))
    for number in found:
        findings.add(Kind.INDEX_DIFFERS, number, f"The index says something else of event {number} than the event does")
    _check_beside(connection, findings)


def _check_beside(connection: Connection, findings: Findings) -> None:
    """Hold the columns of texts and checkpoints against the events and the notes they belong to."""
    own = audit_index.c.event_id == audit_payload.c.event_id, audit_index.c.actor != audit_payload.c.actor
    of_another = select(audit_index.c.seq).join(audit_payload, and_(*own)).distinct().order_by(audit_index.c.seq)
    for number in connection.scalars(of_another.limit(1000)):
        findings.add(Kind.TEXT_CHANGED, number, f"A text of event {number} names another person than the event does")
    kept = audit_checkpoint.c
    head = func.concat(kept.origin, "\n", cast(kept.size, Words), "\n")
    for number in connection.scalars(select(kept.size).where(not_(func.starts_with(kept.note, head))).limit(1000)):
        findings.add(
            Kind.CHECKPOINT_UNREADABLE, None, f"The checkpoint kept for event {number} stands beside a note of another"
        )


def _texts(connection: Connection, last: int) -> Iterator[Text]:
    """Every text, but those of events that came later; one without any event is among them."""
    of_event = audit_index.c.event_id == audit_payload.c.event_id
    rows = connection.execution_options(yield_per=1000).execute(
        select(audit_payload.c.event_id, audit_payload.c.name, audit_payload.c.key, audit_payload.c.content)
        .join(audit_index, of_event, isouter=True)
        .where(func.coalesce(audit_index.c.seq, 0) <= last)
    )
    for row in rows:
        yield (str(row.event_id), row.name, bytes(row.key), row.content)
