"""Makes a case store with a long log: `python -m experiments.benchmarks.log_store FOLDER EVENTS`.

The events are written straight into the table, hashed and chained as they should be, because a million commands would
take an hour. FOLDER then holds `mat.toml`, which names the store.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from app.commands.acting import account
from app.tasking.founding import Founding, found
from governance.signing import make_keys
from mat.settings import Settings
from mat.store.creating import create_store
from mat.store.place import Role

Line = tuple[int, str, bytes, bytes, bytes]


def main(folder: Path, events: int) -> None:
    """Make the store and fill its log up to this number of events, or one more."""
    folder.mkdir(parents=True)
    (folder / "mat.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    settings = Settings(data_dir=folder / "data")
    store = create_store(settings)
    founding = Founding(os_name=account(), person="Nobody", seats=20, is_demonstration=True)
    make_keys(settings.key_dir, name=f"mat/{found(store, founding)}", data_dir=settings.data_dir)
    with store.gate.connect(Role.ADMINISTRATOR) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT seq, body, chain FROM audit_event ORDER BY seq DESC LIMIT 1")
        last = cursor.fetchone()
        if last is None:
            raise RuntimeError("a founded store has no event")
        with cursor.copy("COPY audit_event (seq, body, leaf, prev, chain) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "text", "bytea", "bytea", "bytea"])
            for line in _lines(last[0], json.loads(last[1]), last[2], events):
                copy.write_row(line)
        cursor.execute(
            "INSERT INTO audit_index SELECT seq, (body::jsonb ->> 'id')::uuid, (body::jsonb ->> 'at')::timestamptz,"
            " (body::jsonb ->> 'actor')::uuid, (body::jsonb ->> 'service')::uuid, body::jsonb ->> 'operation',"
            " body::jsonb ->> 'event', ARRAY(SELECT jsonb_array_elements_text(body::jsonb -> 'people'))"
            " FROM audit_event WHERE seq > %s",
            (last[0],),
        )
    with store.gate.connect(Role.ADMINISTRATOR) as connection:
        connection.autocommit = True
        connection.execute("VACUUM (FREEZE, ANALYZE) audit_event")
    store.close()


def _lines(seq: int, content: dict[str, Any], chain: bytes, events: int) -> Iterator[Line]:
    for number in range(seq + 1, events + 1):
        content.update(
            id=str(uuid7()),
            event="case_read",
            operation="consultation",
            people=[f"{number % 9999:032x}", "f" * 32],
            fields=["case", "subject_identity"],
            details={"page": "case", "rows": number % 50, "run": str(uuid7())},
        )
        body = json.dumps(content, sort_keys=True, separators=(",", ":"))
        leaf = hashlib.sha256(b"\x00" + body.encode()).digest()
        before, chain = chain, hashlib.sha256(b"\x02" + chain + leaf).digest()
        yield (number, body, leaf, before, chain)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
