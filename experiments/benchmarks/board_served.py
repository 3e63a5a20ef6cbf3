"""A board in a process of its own, and what that process and its database take."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from experiments.benchmarks.records import MAT, CannotMeasureError
from mat.store.server_files import read_process


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Processor seconds since the process began, and resident bytes now."""

    board_seconds: float
    database_seconds: float
    board_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A board that is being served. `database`: the process of its database; None = it has none."""

    address: str
    board: psutil.Process
    database: psutil.Process | None

    def taken(self) -> Taken:
        """What board and database have taken so far."""
        spent = self.board.cpu_times()
        return Taken(
            board_seconds=spent.user + spent.system,
            database_seconds=0.0 if self.database is None else _of_all(self.database),
            board_bytes=self.board.memory_info().rss,
        )


@contextmanager
def board_of(config: Path) -> Generator[Served]:
    """The demonstration board of the store that a `mat.toml` names, until the block ends.

    Raises:
        CannotMeasureError: it did not open.
    """
    with _process([str(MAT), "board", "--demo", "--port", "0", "--json", "--config", str(config)]) as (process, said):
        server = read_process(config.parent / "data" / "store" / "postgres")
        yield Served(
            address=said,
            board=psutil.Process(process.pid),
            database=None if server is None else psutil.Process(server.number),
        )


@contextmanager
def floor_of(shapes: Path) -> Generator[Served]:
    """Streamlit alone, which shows the markup in the file `shapes` without asking anybody for it."""
    with _process([sys.executable, "-m", "experiments.benchmarks.board_floor", str(shapes)]) as (process, said):
        yield Served(address=said, board=psutil.Process(process.pid), database=None)


@contextmanager
def _process(command: Sequence[str]) -> Generator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, _address(process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    """What it says of itself once it is open: an object of JSON, over several lines or on one."""
    said = ""
    for line in process.stdout or ():
        said += line
        with suppress(ValueError):
            return str(json.loads(said)["address"])
    raise CannotMeasureError(f"it ended before it was open, with code {process.wait()}")


def _of_all(first: psutil.Process) -> float:
    """Processor seconds of a server and of all that it started, also of what has ended."""
    spent = first.cpu_times()
    seconds = spent.user + spent.system + spent.children_user + spent.children_system
    for each in first.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            one = each.cpu_times()
            seconds += one.user + one.system
    return float(seconds)
