"""Checkpoints without a file: that of the day, made on the way by whoever works first, and one that is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from governance.audit import Event
from governance.checkpoints import is_due, make_checkpoint, may_sign
from governance.signing import PRIVATE_NAME
from mat.errors import AccessRefused, MatError
from mat.store.tables.audit import audit_index
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk

_COMMAND = "make_checkpoint"
#: A longer log takes seconds to sign, which nobody waits for who came to do something else.
MOST_EVENTS = 100_000


def make_if_due(desk: Desk) -> str | None:
    """Make the first checkpoint of this day (UTC), where the person may and the signing key is at hand.

    Returns what went wrong, in one sentence; None = it was made, or it is not for this person, machine or day.
    """
    settings = desk.store.settings
    if not (settings.key_dir / PRIVATE_NAME).exists():
        return None
    try:
        desk.policy.refuse_unless(desk.scope.roles, _COMMAND)
        if not _is_due(desk):
            return None
        with desk.working(_COMMAND) as work:
            made = make_checkpoint(work.connection, work.scope, settings)
            details = {"size": made.checkpoint.size}
            work.record(Event(operation=Operation.CHECKPOINT, event="daily_checkpoint_made", details=details))
    except (AccessRefused, DBAPIError):
        return None
    except MatError as error:
        return f"What you asked for is done; the checkpoint of the day was not made: {error}"
    return None


def sign_now(desk: Desk) -> int:
    """Sign the log as it is now, and keep the checkpoint in the store; how many events it covers.

    Raises:
        AccessRefused: the person may not, or answers for one panel area alone; the refusal is logged.
        CheckFailed: the log no longer agrees with its last checkpoint.
        StoreError: the signing key is not there or not safe.
    """
    with desk.working(_COMMAND) as work:
        size = make_checkpoint(work.connection, work.scope, desk.store.settings).checkpoint.size
        work.record(Event(operation=Operation.CHECKPOINT, event="checkpoint_kept", details={"size": size}))
    return size


def _is_due(desk: Desk) -> bool:
    with desk.store.transaction(desk.scope) as connection:
        if not may_sign(connection) or not is_due(connection, datetime.now(UTC)):
            return False
        return (connection.scalar(select(func.max(audit_index.c.seq))) or 0) <= MOST_EVENTS
