"""The log: JSON lines on stderr, UTC, one run_id per process, only when asked for.

Ids, counts and names of steps may be logged; values from records never are, and tracebacks carry no locals.
"""

from __future__ import annotations

import json
import logging
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime


class _JsonLines(logging.Formatter):
    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "run_id": self._run_id,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(entry)


def start_log(environ: Mapping[str, str], *, is_verbose: bool) -> None:
    """Write the log to stderr where `is_verbose`, or MAT_LOG is anything but 0; else nowhere."""
    log = logging.getLogger("mat")
    for handler in list(log.handlers):
        log.removeHandler(handler)
    log.propagate = False
    if is_verbose or environ.get("MAT_LOG", "0") not in {"", "0"}:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_JsonLines(uuid.uuid4().hex))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
    else:
        log.addHandler(logging.NullHandler())
