"""What a connection may carry from one transaction into the next: nothing that anybody left on it.

Settings, open cursors, temporary tables and channels are gone before another takes the connection up; one on which
somebody prepared statements of their own, which the driver could take for its own, is closed.
"""

from __future__ import annotations

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

_CLEAN = (
    b"CLOSE ALL; UNLISTEN *; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES;"
    b" SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE from_sql)"
)


def clean_between_transactions(engine: Engine) -> None:
    """Clean every connection of the engine when it goes back to the pool."""
    event.listen(engine, "reset", _clean)


def _clean(driver: psycopg.Connection, entry: ConnectionPoolEntry, state: PoolResetState) -> None:
    if state.terminate_only:
        return
    try:
        if driver.info.transaction_status is not TransactionStatus.IDLE:
            driver.rollback()
        is_clean = _is_clean(driver)
    except psycopg.Error:
        is_clean = False
    if not is_clean:
        entry.invalidate()


def _is_clean(driver: psycopg.Connection) -> bool:
    """In one round trip, past the driver's own transactions."""
    answer = driver.pgconn.exec_(_CLEAN)
    return answer.status == ExecStatus.TUPLES_OK and answer.get_value(0, 0) == b"f"
