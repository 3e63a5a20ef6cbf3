"""Whole processes, started, bounded and measured from outside: wall time, processor time and peak memory.

This process stays small, because on Linux a child is charged with the memory of whoever started it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.02
#: `ru_maxrss` is in kilobytes on Linux and in bytes on macOS.
_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """When a process is stopped: after `seconds`, or once it holds more than `memory_bytes`."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one process took. `failure` is a sentence where it did not end well, and the rest then says how far it got.

    `peak_bytes`: largest resident memory at any time. `output`: what it wrote to stdout.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int
    output: str
    failure: str | None


def run(command: Sequence[str | Path], bounds: Bounds) -> Spent:
    """Run one command to its end, or to its bounds."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        failure = None
        try:
            while True:
                pid, status, usage = os.wait4(child.pid, os.WNOHANG)
                seconds = time.perf_counter() - began
                if pid:
                    break
                if failure is None and (failure := _beyond(child.pid, seconds, bounds)):
                    child.send_signal(signal.SIGKILL)
                time.sleep(_POLL_SECONDS)
        except BaseException:
            child.kill()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        if failure is None and child.returncode != 0:
            failure = f"ended with code {child.returncode}: {_last_line(_text(errors))}"
        return Spent(
            seconds=seconds,
            processor_seconds=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * _BYTES_PER_UNIT,
            output=_text(output),
            failure=failure,
        )


def _beyond(pid: int, seconds: float, bounds: Bounds) -> str | None:
    if seconds > bounds.seconds:
        return f"ran out of time: stopped after {bounds.seconds:.0f} s"
    if _resident_bytes(pid) > bounds.memory_bytes:
        return f"ran out of memory: stopped at {bounds.memory_bytes / 1e9:.1f} GB"
    return None


def _resident_bytes(pid: int) -> int:
    """Memory held now; 0 where the system does not say (macOS), so that time alone bounds the process."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", errors="replace")


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
