"""The log of a case store as the reader wants it: its rows in parts, its checkpoints and the texts kept beside it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from governance.verify import Log, Text
from governance.verify_reading import StorePart
from mat.store.engine import Store
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
    acting = (str(scope.user_id), str(scope.service_id), str(scope.session_id))
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
