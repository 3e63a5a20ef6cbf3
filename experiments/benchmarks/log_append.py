"""Commands that are logged, given by many writers at once: `... log_append STORE MODE WRITERS SECONDS`.

Each writer is a process; each command is a transaction that notes that a page was seen. MODE says what is logged
beside it: `desk` (as every command of mat does it), `append` (the same without the desk), `serializable` (no lock: each
reads the last link under SERIALIZABLE, and tries again until no other was in its way), `nothing` (the floor). Prints,
as JSON, commands a second, tries that were in vain, and milliseconds that half and 99 of 100 commands took.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from app.commands.acting import account
from app.tasking.desk import Desk
from app.tasking.signing_in import sign_in_as_os_user
from governance.audit import Event, append
from mat.errors import StaleRow
from mat.settings import load_settings
from mat.store.engine import Store, say_who
from mat.store.place import Role
from mat.store.tables.audit import consultation
from mat.store.vocabulary import Operation

_SEEN = Event(operation=Operation.ALTERATION, event="session_seen", details={"page": "benchmark"})
_NOTE = (
    insert(consultation)
    .values(session_id=bindparam("session_id"), digest=bindparam("digest"), logged_at=func.now())
    .on_conflict_do_update(index_elements=["session_id", "digest"], set_={"logged_at": func.now()})
)
_BODY = "x" * 650
#: The log once more, without a lock: whoever appends reads the last link, and SERIALIZABLE lets one of two do so.
_WITHOUT_LOCK = """
CREATE TABLE IF NOT EXISTS benchmark_event (LIKE audit_event INCLUDING INDEXES);
CREATE OR REPLACE FUNCTION benchmark_append(body text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  last record;
  leaf bytea := sha256('\\x00'::bytea || convert_to(body, 'UTF8'));
BEGIN
  SELECT seq, chain INTO last FROM benchmark_event ORDER BY seq DESC LIMIT 1;
  last.seq := coalesce(last.seq, 0);
  last.chain := coalesce(last.chain, sha256(''));
  INSERT INTO benchmark_event
  VALUES (last.seq + 1, body, leaf, last.chain, sha256('\\x02'::bytea || last.chain || leaf));
  RETURN last.seq + 1;
END
$$;
GRANT EXECUTE ON FUNCTION benchmark_append(text) TO mat_app;
"""


def main(folder: Path, mode: str, writers: int, seconds: float) -> None:
    """Let the writers loose and print what they did."""
    if mode == "serializable":
        store = Store.open(load_settings(folder / "mat.toml", {}))
        with store.gate.connect(Role.ADMINISTRATOR) as connection:
            connection.execute(_WITHOUT_LOCK)
        store.close()
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(writers), context.SimpleQueue()
    processes = [context.Process(target=_write, args=(folder, mode, seconds, barrier, answers)) for _ in range(writers)]
    for process in processes:
        process.start()
    found: list[tuple[list[float], int]] = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    took = sorted(each for times, _ in found for each in times)
    summary = {
        "per_second": len(took) / seconds,
        "in_vain": sum(vain for _, vain in found),
        "median_ms": statistics.median(took) * 1000,
        "p99_ms": took[len(took) * 99 // 100] * 1000,
    }
    print(json.dumps(summary))


def _write(
    folder: Path, mode: str, seconds: float, barrier: Barrier, answers: multiprocessing.SimpleQueue[object]
) -> None:
    store = Store.open(load_settings(folder / "mat.toml", {}))
    desk = Desk(store, sign_in_as_os_user(store, account()))
    command, vain = _MODES[mode], 0
    times: list[float] = []
    barrier.wait()
    ends = time.perf_counter() + seconds
    while (begins := time.perf_counter()) < ends:
        while True:
            try:
                command(desk)
            except StaleRow:
                vain += 1
            else:
                break
        times.append(time.perf_counter() - begins)
    answers.put((times, vain))
    store.close()


def _change(connection: Connection, desk: Desk) -> None:
    connection.execute(_NOTE, {"session_id": desk.scope.session_id, "digest": b"benchmark"})


def _at_the_desk(desk: Desk) -> None:
    with desk.working("search_log") as work:
        _change(work.connection, desk)
        work.record(_SEEN)


def _appended(desk: Desk) -> None:
    with desk.store.transaction(desk.scope) as connection:
        _change(connection, desk)
        append(connection, desk.scope, [_SEEN])


def _serializable(desk: Desk) -> None:
    scope = desk.scope
    with desk.store.transaction(None) as connection:
        connection.rollback()
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
        say_who(connection, scope)
        _change(connection, desk)
        connection.execute(select(func.benchmark_append(literal(_BODY))))


def _nothing(desk: Desk) -> None:
    with desk.store.transaction(desk.scope) as connection:
        _change(connection, desk)


_MODES: Mapping[str, Callable[[Desk], None]] = MappingProxyType(
    {"desk": _at_the_desk, "append": _appended, "serializable": _serializable, "nothing": _nothing}
)

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
