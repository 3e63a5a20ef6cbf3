"""The main job on two real public datasets, and what they show: `python -m experiments.external`.

Neither dataset is domestic abuse in the United Kingdom. They show that the machinery works on real people's records,
with their gaps and repetitions; they say nothing about how well anyone could be ranked for a panel.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl

from app.facts import Facts, gather
from app.pipeline import Choices, TaskingList, make_list
from app.summary import summarise
from mat.definitions import load_definitions
from mat.errors import BadInput, MatError
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.reviews import load_reviews
from mat.snapshot import Snapshot

_CONFIG = Path(str(files("mat"))) / "config"

CAUTION = (
    "Neither dataset is domestic abuse in the United Kingdom. They test the machinery on real records; nothing here "
    "says how well a panel's list would do."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One real dataset: where it lies under the shared data folder, how to read it, and what it is."""

    folder: str
    mapping: str
    scale: str
    as_of: date
    about: str


DATASETS = (
    Dataset(
        folder="cpd_to_2012",
        mapping="cpd.toml",
        scale=str(_CONFIG / "scales" / "cpd.csv"),
        as_of=date(2012, 12, 31),
        about="Public complaint records about Chicago police officers (Invisible Institute), names removed. Incidents "
        "filed under use of force or domestic stand in for domestic abuse; no victim is recorded.",
    ),
    Dataset(
        folder="stlouis",
        mapping="stlouis.toml",
        scale="statutory_max_days",
        as_of=date(1998, 1, 1),
        about="The St. Louis crime network (Rosenfeld and White): who was suspect, victim or witness of which "
        "incident, years only, no offence codes. Every incident stands in for domestic abuse.",
    ),
)


def run(dataset: Dataset, shared: Path) -> tuple[TaskingList, Facts, float]:
    """Read one dataset and rank it: the list, its figures and the seconds from extract to list."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        snapshot_path = Path(folder) / "snapshot"
        source = shared / "data" / dataset.folder
        ingest_extract(source, snapshot_path, mapping=_CONFIG / "mappings" / dataset.mapping)
        snapshot = Snapshot.open(snapshot_path)
        choices = Choices(
            as_of=dataset.as_of,
            scale=load_scale(dataset.scale),
            model="rfgv",
            panel_size=20,
            definitions=load_definitions(),
            rfgv=None,
            seed=0,
            reviews=load_reviews(None),
            high_harm=None,
        )
        tasking = make_list(snapshot, choices)
        return tasking, gather(tasking, snapshot), time.perf_counter() - began


def report(shared: Path) -> str:
    """Both datasets as Markdown: what each is, the figures, and the summary a shift manager would read."""
    lines = ["# The main job on real public records", "", f"**{CAUTION}**"]
    for dataset in DATASETS:
        tasking, facts, seconds = run(dataset, shared)
        read, roles = facts.tables["incidents"].rows_in, facts.tables["involvements"].rows_in
        set_aside = sum(table.set_aside for table in facts.tables.values())
        web = tasking.matrix.frame.select(pl.col("component_size").max()).item()
        lines += ["", f"## {dataset.folder}", "", dataset.about, ""]
        lines.append(
            f"- {read:,} incidents and {roles:,} roles read, {set_aside:,} rows set aside, in {seconds:.1f} s."
        )
        lines.append(f"- {facts.suspects:,} suspects, {facts.first_timers:,} of them with one record.")
        lines.append(f"- {facts.both_roles:,} of them also recorded as victims; {facts.held:,} held.")
        lines.append(f"- The largest web of who is recorded against whom joins {web:,} people.")
        lines += ["", "```text", summarise(tasking, facts).rstrip(), "```"]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print the report, or write it to `--out`; exit code 2 where the data are not there."""
    parser = argparse.ArgumentParser(prog="python -m experiments.external", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MAT_SHARED", "../shared")),
                        help="the folder that holds data/ (default: MAT_SHARED, else ../shared)")  # fmt: skip
    parser.add_argument("--out", type=Path, help="write the report here instead of printing it")
    given = parser.parse_args(arguments)
    try:
        if not (given.shared / "data").is_dir():
            raise BadInput(f"no real data under {given.shared}: name the folder that holds data/ with --shared.")
        text = report(given.shared)
    except MatError as error:
        print(f"experiments.external: {error}", file=sys.stderr)
        return error.exit_code
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
