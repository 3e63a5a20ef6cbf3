"""Verifying a log the obvious way, row by row: `python -m experiments.benchmarks.log_naive STORE|EXPORT`.

Checks no more than hashes, links, the root, and that each body is canonical: less than `mat audit verify` does.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import rfc8785
from sqlalchemy import BigInteger, func, literal, select

from app.commands.acting import acting_desk
from governance.merkle import GrowingRoot, hash_leaf
from mat.settings import load_settings

_STEP = 10_000


def main(place: Path) -> None:
    """Verify the log and print how long it is."""
    growing, before = GrowingRoot(), bytes(32)
    for seq, body, leaf, prev, chain in _exported(place) if (place / "log.jsonl").exists() else _stored(place):
        canonical = rfc8785.dumps(json.loads(body))
        is_right = canonical == body.encode() and hash_leaf(canonical) == leaf and prev == before
        if not is_right or hashlib.sha256(b"\x02" + prev + leaf).digest() != chain or seq != growing.size + 1:
            raise RuntimeError(f"event {seq} does not hold")
        growing.extend([leaf])
        before = chain
    print(growing.size, growing.root().hex())


def _exported(folder: Path) -> Iterator[tuple[int, str, bytes, bytes, bytes]]:
    with (folder / "log.jsonl").open(encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            leaf, prev, chain = (bytes.fromhex(entry[name]) for name in ("leaf", "prev", "chain"))
            yield (entry["seq"], entry["body"], leaf, prev, chain)


def _stored(folder: Path) -> Iterator[tuple[int, str, bytes, bytes, bytes]]:
    with acting_desk(load_settings(folder / "mat.toml", {})) as desk:
        first = 1
        with desk.store.transaction(desk.scope) as connection:
            while True:
                last = first + _STEP - 1
                log = func.audit_log(literal(first, BigInteger), literal(last, BigInteger)).table_valued(
                    "seq", "body", "leaf", "prev", "chain"
                )
                rows = connection.execute(select(log).order_by(log.c.seq)).all()
                if not rows:
                    return
                for row in rows:
                    yield (row.seq, row.body, row.leaf, row.prev, row.chain)
                first = last + 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
