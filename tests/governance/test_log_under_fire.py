"""Many processes write the log at once, and are killed at it: nothing acknowledged is lost, all has its event."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.commands.acting import account
from app.tasking.desk import Desk
from app.tasking.founding import Founding, found
from app.tasking.log_reading import verify_log
from app.tasking.signing_in import sign_in_as_os_user
from governance.signing import make_keys
from mat.settings import Settings, load_settings
from mat.store.creating import create_store
from mat.store.engine import Store
from mat.store.place import Role
from tests.governance.log_writer import EVENT

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
WRITERS = 8


@dataclass(kw_only=True)
class Front:
    """A case store of its own, and the processes that write to it."""

    folder: Path
    writers: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / "mat.toml", {})

    @property
    def server(self) -> int:
        """The process of the server."""
        return int((self.folder / "d" / "store" / "postgres" / "postmaster.pid").read_text().split()[0])

    def start_writers(self, count: int, commands: int) -> None:
        for number in range(len(self.writers), len(self.writers) + count):
            program = [sys.executable, "-m", "tests.governance.log_writer", self.folder / "mat.toml"]
            self.writers.append(
                subprocess.Popen(
                    [*program, self.folder / f"acknowledged-{number}", str(commands)],
                    cwd=REPOSITORY,
                    stderr=subprocess.DEVNULL,
                )
            )

    def acknowledged(self) -> set[str]:
        """The marks of commands that came back; a line cut short by a kill is none."""
        lines = b"".join(path.read_bytes() for path in self.folder.glob("acknowledged-*")).splitlines()
        return {line.decode() for line in lines if len(line) == 64}

    def wait_for(self, acknowledged: int) -> None:
        deadline = time.monotonic() + 120
        while len(self.acknowledged()) < acknowledged and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.acknowledged()) >= acknowledged

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        for writer in self.writers:
            writer.kill()
            writer.wait()

    def found(self) -> tuple[set[str], list[str]]:
        """The marks in the table, and those in the log in their order; the log is verified first."""
        store = Store.open(self.settings)
        try:
            desk = Desk(store, sign_in_as_os_user(store, account()))
            report = verify_log(desk, given=(), public_key=None)
            assert report.findings == ()
            with store.gate.connect(Role.ADMINISTRATOR) as connection:
                rows = connection.execute("SELECT encode(digest, 'hex') FROM consultation").fetchall()
                log = connection.execute("SELECT seq, body FROM audit_event ORDER BY seq").fetchall()
        finally:
            store.close()
        assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
        bodies = [json.loads(body) for _, body in log]
        return {mark for (mark,) in rows}, [each["details"]["mark"] for each in bodies if each["event"] == EVENT]


@pytest.fixture
def front() -> Generator[Front]:
    folder = Path(tempfile.mkdtemp(prefix="mat-front-"))
    (folder / "mat.toml").write_text('data_dir = "d"\n', encoding="utf-8")
    front = Front(folder=folder)
    store = create_store(front.settings)
    found(store, Founding(os_name=account(), person="Nobody", seats=20, is_demonstration=True))
    make_keys(front.settings.key_dir, name="mat.test/log", data_dir=front.settings.data_dir)
    store.close()
    yield front
    front.end()
    shutil.rmtree(folder, ignore_errors=True)


def test_eight_processes_write_one_log_without_a_gap_and_each_finds_its_own_in_it(front: Front) -> None:
    front.start_writers(WRITERS, 40)
    codes = [writer.wait(timeout=180) for writer in front.writers]

    acknowledged = front.acknowledged()
    rows, logged = front.found()

    assert codes == [0] * WRITERS
    assert len(acknowledged) == WRITERS * 40
    assert len(logged) == len(set(logged)) == WRITERS * 40
    assert acknowledged == rows == set(logged)


def test_killed_writers_and_a_killed_server_lose_nothing_that_was_acknowledged(front: Front) -> None:
    chance = random.Random(20261123)
    total = 0

    for _ in range(5):
        front.start_writers(4, 100_000)
        front.wait_for(total + chance.randrange(20, 120))
        victims = chance.sample(front.writers[-4:], chance.randrange(1, 4))
        for victim in victims:
            front.kill(victim.pid)
        time.sleep(chance.random() / 10)
        front.kill(front.server)
        front.wait_for(len(front.acknowledged()) + 20)
        front.end()

        acknowledged = front.acknowledged()
        rows, logged = front.found()

        assert acknowledged <= rows
        assert rows == set(logged)
        assert len(logged) == len(set(logged))
        total = len(acknowledged)

    assert total >= 200
