"""The log as a directory that anybody can check without the store: one line per event, checkpoints, the public key.

A signed manifest lists every file with its hash, so that no byte of any can change unseen. Texts are not in it unless
asked for, because they name people and the log does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import BigInteger, Connection, func, literal, select

from governance.checkpoints import Made
from governance.signing import SigningKey
from mat import __version__
from mat.errors import CheckFailed
from mat.store.tables.audit import audit_checkpoint, audit_index, audit_payload

LOG, KEY, MANIFEST, SIGNATURE, TEXTS = "log.jsonl", "public.key", "manifest.json", "manifest.sig", "texts.jsonl"
_STEP = 20_000
_HOW_TO_CHECK = {
    "everything": "mat audit verify DIR --public-key FILE checks all of it; it needs neither the store nor settings.",
    LOG: "One event a line. leaf = SHA-256 of the byte 00 and the body in UTF-8; prev = chain of the line before, 32 "
    "zero bytes in the first; chain = SHA-256 of the byte 02, prev and leaf.",
    "checkpoints": "Signed notes (C2SP tlog-checkpoint). The root over the first N events is that of RFC 6962 over "
    "their leaves.",
    SIGNATURE: "Signs the SHA-256 of manifest.json.",
    KEY: "It came with the export: compare it with the one you were given before, since whoever could change the log "
    "could put another key beside it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is exported: the log up to a checkpoint just made, by whom, and whether with its texts."""

    store_id: UUID
    made: Made
    exported_by: UUID
    with_texts: bool


def write_export(connection: Connection, folder: Path, export: Export, key: SigningKey) -> None:
    """Write the files of an export into an empty folder.

    Raises:
        CheckFailed: the log does not reach to its checkpoint.
    """
    size = export.made.checkpoint.size
    _write_log(connection, folder / LOG, size)
    _write_checkpoints(connection, folder / "checkpoints", size)
    (folder / KEY).write_text(f"{key.public.line}\n", encoding="utf-8")
    if export.with_texts:
        _write_texts(connection, folder / TEXTS, size)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "format": "mat log export 1",
        "origin": export.made.checkpoint.origin,
        "store": str(export.store_id),
        "tool": f"mat {__version__}",
        "exported_by": str(export.exported_by),
        "exported_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "events": size,
        "root": export.made.checkpoint.root.hex(),
        "last_chain": export.made.checkpoint.chain.hex(),
        "with_texts": export.with_texts,
        "files": {path.relative_to(folder).as_posix(): _described(path) for path in files},
        "how_to_check": _HOW_TO_CHECK,
    }
    content = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(content, encoding="utf-8")
    digest = hashlib.sha256(content.encode()).hexdigest()
    note = key.sign(f"mat export manifest\n{export.made.checkpoint.origin}\nsha256 {digest}\n")
    (folder / SIGNATURE).write_text(note, encoding="utf-8")


def _write_log(connection: Connection, path: Path, size: int) -> None:
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in _lines(connection, size):
            file.write(line)
            written += 1
    if written != size:
        raise CheckFailed(f"The log has {written} of {size} events, so nothing was exported: run `mat audit verify`.")


def _lines(connection: Connection, size: int) -> Iterator[str]:
    for first in range(1, size + 1, _STEP):
        last = min(first + _STEP - 1, size)
        log = func.audit_log(literal(first, BigInteger), literal(last, BigInteger)).table_valued(
            "seq", "body", "leaf", "prev", "chain"
        )
        for row in connection.execute(select(log).order_by(log.c.seq)):
            body = json.dumps(row.body, ensure_ascii=False)
            hashes = f'"chain":"{row.chain.hex()}","leaf":"{row.leaf.hex()}","prev":"{row.prev.hex()}"'
            yield f'{{"body":{body},{hashes},"seq":{row.seq}}}\n'


def _write_checkpoints(connection: Connection, folder: Path, size: int) -> None:
    folder.mkdir()
    kept = select(audit_checkpoint.c.size, audit_checkpoint.c.note).where(audit_checkpoint.c.size <= size)
    for row in connection.execute(kept):
        (folder / f"{row.size:012}.txt").write_text(row.note, encoding="utf-8")


def _write_texts(connection: Connection, path: Path, size: int) -> None:
    of_event = audit_index.c.event_id == audit_payload.c.event_id
    texts = (
        select(audit_payload)
        .join(audit_index, of_event)
        .where(audit_index.c.seq <= size)
        .order_by(audit_payload.c.event_id, audit_payload.c.name)
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in connection.execution_options(yield_per=1000).execute(texts):
            entry = {"event": str(row.event_id), "name": row.name, "key": row.key.hex(), "content": row.content}
            file.write(json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n")


def _described(path: Path) -> dict[str, int | str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}
