"""The run log is written in a process of its own, outside pytest, where MLflow's telemetry would be on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.artefact import Artefact, write
from tests.models.small_models import period, small_artefact

REPOSITORY = Path(__file__).resolve().parents[2]

#: Every way out is closed and every attempt is written down.
BLOCKED = """
import socket, sys

def refuse(*arguments, **options):
    with open(sys.argv[1], "a", encoding="utf-8") as file:
        print(arguments, file=file)
    raise OSError("no way out")

socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
"""

LOGS = """
from pathlib import Path
from models import runlog
from models.artefact import read

artefact = read(Path(sys.argv[3]))
runlog.log_training(Path(sys.argv[2]), artefact, Path(sys.argv[3]), figures=[Path(sys.argv[4])])
runlog.log_backtest(
    Path(sys.argv[2]), Path(sys.argv[5]), {"folds": 2, "scale": "count"}, {"auc": 0.7, "unknown": float("nan")}
)
"""

#: What MLflow does when nobody stops it; without this the test below could not fail.
LEFT_ALONE = """
import time, warnings
warnings.simplefilter("ignore")
from mlflow.tracking import MlflowClient

client = MlflowClient(tracking_uri=f"sqlite:///{sys.argv[2]}/runlog.db", registry_uri=f"sqlite:///{sys.argv[2]}/runlog.db")
run = client.create_run(client.create_experiment("x"))
time.sleep(3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    data_dir: Path
    attempts: str
    finished: subprocess.CompletedProcess[str]


def play(program: str, folder: Path, *arguments: str) -> Played:
    """Run a program with the network closed and nothing in the environment that quietens MLflow."""
    quietening = ("PYTEST", "CI", "MLFLOW", "DO_NOT_TRACK", "GITHUB", "GITLAB", "JENKINS", "BUILD", "RUNBOT")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(quietening)}
    data_dir, attempts = folder / "data", folder / "attempts"
    data_dir.mkdir(mode=0o700)
    attempts.touch()
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED + program, str(attempts), str(data_dir), *arguments],
        cwd=REPOSITORY,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )
    return Played(data_dir=data_dir, attempts=attempts.read_text(encoding="utf-8"), finished=finished)


@pytest.fixture(scope="module")
def artefact(make_matrix) -> Artefact:
    return small_artefact([period(make_matrix)])


@pytest.fixture(scope="module")
def played(artefact: Artefact, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("runlog")
    write(artefact, folder / "model.json")
    (folder / "figure.png").write_bytes(b"a figure")
    (folder / "backtest").mkdir()
    for name in ("verdict.json", "scores.parquet"):
        (folder / "backtest" / name).write_text("{}", encoding="utf-8")
    given = ("model.json", "figure.png", "backtest")
    return play(LOGS, folder, *(str(folder / name) for name in given))


def test_logging_reaches_for_no_network_and_says_nothing(played: Played) -> None:
    assert played.finished.returncode == 0, played.finished.stderr
    assert played.attempts == ""
    assert played.finished.stdout == ""
    assert played.finished.stderr == ""


def test_parameters_metrics_and_files_are_there(played: Played, artefact: Artefact) -> None:
    with sqlite3.connect(played.data_dir / "runlog.db") as log:
        experiments = dict(log.execute("select name, experiment_id from experiments"))
        runs = dict(log.execute("select experiment_id, run_uuid from runs where status = 'FINISHED'"))
        params = {(run, key): value for run, key, value in log.execute("select run_uuid, key, value from params")}
        metrics = {(run, key): value for run, key, value in log.execute("select run_uuid, key, value from metrics")}
    log.close()
    train, backtest = runs[experiments["train"]], runs[experiments["backtest"]]

    assert params[train, "content_hash"] == artefact.content_hash
    assert params[train, "periods"] == "2023-01-01"
    assert params[train, "hash_data"] == "d" * 64
    assert metrics[train, "people"] == 300
    assert params[backtest, "folds"] == "2"
    assert {key: value for (run, key), value in metrics.items() if run == backtest} == {"auc": 0.7}
    kept = sorted(path.name for path in (played.data_dir / "runlog").rglob("*") if path.is_file())
    assert kept == ["figure.png", "model.json", "verdict.json"]


def test_the_log_is_its_owners_alone(played: Played) -> None:
    entries = [played.data_dir / "runlog.db", played.data_dir / "runlog", *(played.data_dir / "runlog").rglob("*")]

    assert len(entries) > 5
    assert {path.stat().st_mode & 0o077 for path in entries} == {0}


@pytest.mark.slow
def test_left_alone_mlflow_would_have_reached_for_the_network(tmp_path: Path) -> None:
    left_alone = play(LEFT_ALONE, tmp_path)

    assert left_alone.finished.returncode == 0, left_alone.finished.stderr
    assert "mlflow" in left_alone.attempts
