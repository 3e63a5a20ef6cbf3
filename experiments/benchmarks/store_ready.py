"""How soon a case store answers: `... store_ready STORE ask` asks it once, `... store_ready STORE hold` stays in it.

A process that holds the store keeps its server running, and says the number of the server's process, until its input
ends. Every round is a whole process, the start of Python included.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from experiments.benchmarks.children import Spent
from experiments.benchmarks.records import CannotMeasureError, Records, start
from experiments.benchmarks.results import Figure, summarise

_ROUNDS = 5
_MODULE = "experiments.benchmarks.store_ready"


def store_ready(records: Records) -> Figure:
    """The first answer of a store: of one that runs, that was killed, and that nobody had started."""
    store = records.store(1_000)
    running: list[Spent] = []
    killed: list[Spent] = []
    stopped: list[Spent] = []
    floor: list[Spent] = []
    for _ in range(_ROUNDS):
        with _held(store) as server:
            running.append(_ask(store))
            os.kill(server, signal.SIGKILL)
            killed.append(_ask(store))
        stopped.append(_ask(store))
        floor.append(start([sys.executable, "-c", "import mat.store.engine"]))
    return Figure(
        name="store_ready",
        title="The first answer of the embedded store to a new process",
        target="under 5 s after its server was killed",
        measurements=(
            summarise("second process joins", running),
            summarise("ready after kill -9 of the server", killed),
            summarise("started by the first process, and stopped by it", stopped),
            summarise("floor: the same imports, no store", floor),
        ),
    )


@contextmanager
def _held(store: Path) -> Generator[int]:
    """The number of the server's process, while another process keeps it running."""
    command = [sys.executable, "-m", _MODULE, str(store), "hold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        if holder.stdin is None or holder.stdout is None:
            raise AssertionError("unreachable: both are pipes")
        said = holder.stdout.readline().strip()
        if not said.isdecimal():
            raise CannotMeasureError("the store was not held open")
        yield int(said)
        holder.stdin.close()


def _ask(store: Path) -> Spent:
    return start([sys.executable, "-m", _MODULE, store, "ask"])


def main(folder: Path, *, holds: bool) -> None:
    """Open the store and ask it once; with `holds`, stay in it until the input ends."""
    from mat.settings import load_settings  # noqa: PLC0415 - whoever measures does without it
    from mat.store.engine import Store  # noqa: PLC0415
    from mat.store.server_files import read_process  # noqa: PLC0415

    store = Store.open(load_settings(folder / "mat.toml", {}))
    found = read_process(folder / "data" / "store" / "postgres")
    print(0 if found is None else found.number, flush=True)
    if holds:
        sys.stdin.read()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), holds=sys.argv[2] == "hold")
