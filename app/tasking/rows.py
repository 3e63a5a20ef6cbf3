"""Changing one row that was read before: only if nobody else has changed it since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, update

from mat.errors import StaleRow


def change(connection: Connection, table: Table, key: UUID, version: int, values: Mapping[str, Any]) -> None:
    """Change the row of `table` whose id is `key`, as it was read at `version`; the database counts the next one.

    Raises:
        StaleRow: somebody changed the row since, or it is gone or out of the acting person's sight.
    """
    identity = next(iter(table.primary_key.columns))
    changed = connection.execute(
        update(table).where(identity == key, table.c.version == version).values(dict(values)).returning(identity)
    ).first()
    if changed is None:
        what = table.name.replace("_", " ")
        raise StaleRow(f"The {what} was changed by somebody else since you read it: read it again, then decide.")
