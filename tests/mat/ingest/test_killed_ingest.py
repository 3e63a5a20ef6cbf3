"""A killed ingest leaves nothing that looks like a snapshot, and the next attempt succeeds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mat.errors import SnapshotError
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot
from tests.mat.ingest.extract_builder import write_extract

INGEST = """
import sys, time
from pathlib import Path
from mat.ingest import ingest_extract

class Slow:
    def step(self, label):
        print(label, flush=True)
        if label == sys.argv[3]:
            time.sleep(60)

ingest_extract(Path(sys.argv[1]), Path(sys.argv[2]), progress=Slow())
"""


@pytest.mark.parametrize("step", ["Reading persons", "Reading involvements", "Writing the manifest"])
def test_a_killed_ingest_leaves_no_snapshot_and_can_be_repeated(step: str, tmp_path: Path) -> None:
    extract, out = write_extract(tmp_path / "extract"), tmp_path / "snapshot"
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, str(extract), str(out), step],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert process.stdout is not None
    with process.stdout:
        while step not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    left = sorted(path.name for path in tmp_path.iterdir())
    assert all(name == "extract" or name.startswith(".snapshot.partial-") for name in left)
    for path in tmp_path.iterdir():
        with pytest.raises(SnapshotError):
            Snapshot.open(path)

    ingest_extract(extract, out)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["extract", "snapshot"]
    assert Snapshot.open(out).has_table("persons")
