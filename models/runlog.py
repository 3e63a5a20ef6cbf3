"""The run log: what was trained and judged, with which figures, in a local MLflow file that nothing ever loads from.

It stays on this machine: no server, no telemetry. It is a convenience for people; no list depends on it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mat.errors import OutputError
from models.artefact import Artefact
from models.trained import Json

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

DATABASE = "runlog.db"
FILES = "runlog"

_NO_TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "_MLFLOW_TESTING_TELEMETRY": "false"}

#: MLflow refuses longer values of parameters and tags.
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What one run leaves: `files` are copied into the log, numbers in `metrics` must be finite."""

    experiment: str
    name: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    files: Sequence[Path]


def log_training(
    data_dir: Path,
    artefact: Artefact,
    file: Path,
    *,
    figures: Sequence[Path] = (),
    metrics: Mapping[str, float] = MappingProxyType({}),
) -> str:
    """Log one training with the artefact's file; returns the run's id in the log.

    `figures` and `metrics`: pictures and figures of the backtest it rests on.
    """
    training = artefact.training
    parameters = {
        "model": artefact.model,
        "content_hash": artefact.content_hash,
        "is_synthetic": str(artefact.is_synthetic),
        "tool_version": artefact.tool_version,
        "as_of": training.as_of.isoformat(),
        "periods": " ".join(period.isoformat() for period in training.periods),
        "target": training.target.value if training.target else "harm",
        "label_days": str(training.label_days),
        "look_back_days": str(training.look_back_days),
        "population_days": str(training.population_days),
        "embargo_days": str(training.embargo_days),
        "scale": training.scale,
        "high_harm": str(training.high_harm),
        "refits": str(training.refits),
        "seed": str(training.seed),
        "left_out": " ".join(artefact.ranker.left_out),
        **{f"hash_{name}": str(value) for name, value in artefact.hashes.as_json().items()},
    }
    counts = {"people": training.people, "rows": training.rows, "events": training.events}
    return _log(
        data_dir,
        Logged(
            experiment="train",
            name=f"{artefact.model} {artefact.content_hash[:12]}",
            parameters=parameters,
            metrics={**metrics, **{name: float(count) for name, count in counts.items()}},
            files=[file, *figures],
        ),
    )


def log_backtest(data_dir: Path, directory: Path, parameters: Mapping[str, Json], metrics: Mapping[str, float]) -> str:
    """Log one backtest with every file of its output directory but those holding rows about people.

    `metrics`: name -> value; values that are not finite are left out. Returns the run's id in the log.
    """
    files = [path for path in sorted(directory.iterdir()) if path.is_file() and path.name not in _ABOUT_PEOPLE]
    said = {key: str(value) for key, value in parameters.items()}
    return _log(
        data_dir,
        Logged(experiment="backtest", name=directory.name, parameters=said, metrics=metrics, files=files),
    )


#: Files of a backtest that name people stay where they are.
_ABOUT_PEOPLE = frozenset({"scores.parquet"})


def _log(data_dir: Path, logged: Logged) -> str:
    # Read when MLflow is imported, which therefore happens here and nowhere earlier; it also takes seconds.
    os.environ.update(_NO_TELEMETRY)
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - as MLflow

    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _owner_only(data_dir), _quiet_mlflow():
            _check(data_dir / DATABASE)
            return _write(_client(data_dir), data_dir, logged)
    except (OSError, sqlite3.Error, MlflowException, SQLAlchemyError) as error:
        raise OutputError(
            f"the run log under {data_dir} cannot be written ({type(error).__name__}): set data_dir to a folder of "
            "yours; the result itself was written."
        ) from error


def _check(database: Path) -> None:
    """Fail at once where the file cannot be used: MLflow would try for minutes.

    Raises:
        sqlite3.Error: it is no database, or cannot be opened.
    """
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("select count(*) from sqlite_master")


def _write(client: MlflowClient, data_dir: Path, logged: Logged) -> str:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - see _log

    known = client.get_experiment_by_name(logged.experiment)
    place = (data_dir / FILES / logged.experiment).resolve().as_uri()
    experiment = known.experiment_id if known else client.create_experiment(logged.experiment, artifact_location=place)
    run_id = str(client.create_run(experiment, run_name=logged.name).info.run_id)
    finite = {name: value for name, value in logged.metrics.items() if value - value == 0}
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, timestamp=0, step=0) for name, value in finite.items()],
        params=[Param(name, value[:_LONGEST]) for name, value in logged.parameters.items()],
    )
    for path in logged.files:
        client.log_artifact(run_id, str(path))
    client.set_terminated(run_id)
    return run_id


def _client(data_dir: Path) -> MlflowClient:
    """MLflow on the local file."""
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - see _log

    place = f"sqlite:///{(data_dir / DATABASE).resolve()}"
    return MlflowClient(tracking_uri=place, registry_uri=place)


@contextmanager
def _quiet_mlflow() -> Generator[None]:
    """Without the lines about tables being made, and without two warnings of libraries about each other."""
    loggers = [logging.getLogger(name) for name in ("mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The ``noload`` loader strategy", category=DeprecationWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _owner_only(data_dir: Path) -> Generator[None]:
    """Whatever is written meanwhile is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
        for path in (data_dir / FILES).rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
