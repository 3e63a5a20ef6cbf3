"""A process that gives logged commands until it is killed: `... log_writer SETTINGS ACKNOWLEDGED COMMANDS`.

Each command leaves one row and one event under the same mark. A mark is written to the file ACKNOWLEDGED once the
command has come back, and never before: what stands there must outlive everything.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from app.commands.acting import account
from app.tasking.desk import Desk
from app.tasking.signing_in import sign_in_as_os_user
from governance.audit import Event
from mat.errors import StoreError
from mat.settings import load_settings
from mat.store.engine import Store
from mat.store.tables.audit import consultation
from mat.store.vocabulary import Operation

EVENT = "mark_left"


def main(settings: Path, acknowledged: Path, commands: int) -> None:
    """Give that many commands; whatever the store does meanwhile, the next one is tried."""
    store = Store.open(load_settings(settings, {}))
    desk = Desk(store, sign_in_as_os_user(store, account()))
    with acknowledged.open("ab", buffering=0) as file:
        for number in range(commands):
            mark = hashlib.sha256(f"{os.getpid()} {number}".encode()).digest()
            try:
                leave(desk, mark)
            except StoreError:
                continue
            file.write(mark.hex().encode() + b"\n")
    store.close()


def leave(desk: Desk, mark: bytes) -> None:
    """Leave a mark: a row, and the event that says so."""
    with desk.working("search_log") as work:
        row = {"session_id": desk.scope.session_id, "digest": mark, "logged_at": datetime.now(UTC)}
        work.connection.execute(insert(consultation).values(row))
        work.record(Event(operation=Operation.ALTERATION, event=EVENT, details={"mark": mark.hex()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
