"""Importing a force's run into a case store that is made anew for each round, and deleting it again.

The embedded server is a process of its own: its memory is not in these figures, its time is in the wall time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from experiments.benchmarks.children import Spent
from experiments.benchmarks.records import MAT, CannotMeasureError, Records, start
from experiments.benchmarks.results import Figure, summarise

_ROUNDS = 3
_CHECKING = "import sys; from datetime import date; from pathlib import Path; from app.tasking.runs.reading import "
_CHECK = f"{_CHECKING}read_run; read_run(Path(sys.argv[1]), date.max)"


def import_of_a_force(records: Records) -> Figure:
    """A force's run into an empty store, beside reading and checking it alone."""
    run = records.run("force")
    checked: list[Spent] = []
    imported: list[Spent] = []
    deleted: list[Spent] = []
    for _ in range(_ROUNDS):
        config = _store(records)
        checked.append(start([sys.executable, "-c", _CHECK, run]))
        imported.append(start([MAT, "runs", "import", run, "--config", config, "--json"]))
        deleted.append(_delete(config))
    return Figure(
        name="import_force",
        title="mat runs import of a force's run (100,000 suspects), and mat runs delete",
        target="import under 60 s and 1.5 GB",
        measurements=(
            summarise("mat runs import", imported),
            summarise("floor: reading and checking the run alone", checked),
            summarise("mat runs delete", deleted),
        ),
        details=(_sizes(imported[-1]),),
    )


def _store(records: Records) -> Path:
    """Settings of a new, empty store."""
    config, data = records.free("store.toml"), records.free("store-data")
    records.free("store-data-keys")
    config.write_text(f"data_dir = {str(data)!r}\n", encoding="utf-8")
    made = start([MAT, "db", "init", "--config", config])
    if made.failure:
        raise CannotMeasureError(made.failure)
    return config


def _delete(config: Path) -> Spent:
    listed = start([MAT, "runs", "list", "--config", config, "--json"])
    if listed.failure:
        raise CannotMeasureError(listed.failure)
    run_id = json.loads(listed.output)["runs"][0]["run_id"]
    return start([MAT, "runs", "delete", run_id, "--reason", "measured", "--config", config])


def _sizes(imported: Spent) -> str:
    said = json.loads(imported.output or "{}")
    return (
        f"{said.get('people', 0):,} people with a place, {said.get('held', 0):,} of them held; histories of "
        f"{said.get('with_history', 0):,}."
    )
