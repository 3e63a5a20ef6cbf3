"""The commands that make a list: `rank` from a snapshot, `run` from an extract."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.commands.choices import Given, choose
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import StepTimer, progress
from app.earlier_runs import earlier_runs, last_run
from app.facts import Facts, gather
from app.pipeline import make_list
from app.run_directory import SUMMARY, Making, content_hashes, summary_json, write_manifest, write_run
from app.summary import restrictions_told
from app.watching import watch_run
from mat.ingest import ingest_extract
from mat.outputs import refuse_existing, whole_directory, whole_file
from mat.schemas.extract import TABLES
from mat.snapshot import Snapshot
from models.watch_config import load_thresholds

_STEPS_OF_A_LIST = 7


def rank(snapshot: Path, given: Given, *, out: Path, as_json: bool) -> None:
    """Write the ranked list of a snapshot as one file."""
    refuse_existing(out)
    choices = choose(given, read_settings(given.config))
    opened = Snapshot.open(snapshot)
    with progress(expected_steps=_STEPS_OF_A_LIST) as listener:
        tasking = make_list(opened, choices, listener)
        facts = gather(tasking, opened)
    with whole_file(out) as staging:
        tasking.ranked.write_parquet(staging)
    made = f"model {choices.model_words}, scale {choices.scale.name}, as known before {choices.as_of}"
    sentences = [
        *choices.marks,
        *([f"ranked without gravity: {facts.why_without_gravity}"] if facts.why_without_gravity else []),
        *restrictions_told(facts, choices.as_of),
        f"{out}: {facts.suspects:,} suspects, {facts.held:,} of them held; {made}.",
        *_if_empty(facts),
    ]
    tell({"command": "rank", "out": str(out), **summary_json(tasking, facts)}, sentences, as_json=as_json)


def run(
    extract: Path,
    given: Given,
    *,
    out: Path,
    mapping: Path | None,
    max_quarantine: float | None,
    previous: str | None,
    as_json: bool,
) -> None:
    """Write a run directory and print its summary."""
    refuse_existing(out)
    settings = read_settings(given.config)
    choices = choose(given, settings)
    thresholds = load_thresholds(settings.watch)
    earlier = earlier_runs(out, choices.as_of, previous)
    limit = settings.max_quarantine if max_quarantine is None else max_quarantine
    with progress(expected_steps=len(TABLES) + _STEPS_OF_A_LIST) as listener, whole_directory(out) as staging:
        timer = StepTimer(listener)
        records = staging / "records"
        ingest_extract(extract, records, mapping=mapping, max_quarantine=limit, progress=timer)
        snapshot = Snapshot.open(records)
        tasking = make_list(snapshot, choices, timer)
        timer.step("Writing the run")
        facts = gather(tasking, snapshot)
        last, remark = last_run(earlier, previous, is_synthetic=snapshot.is_synthetic)
        watching = watch_run(tasking, last, thresholds, remark)
        write_run(tasking, facts, watching, snapshot, staging)
        shutil.rmtree(records)
        timer.step("Hashing the contents")
        hashes = content_hashes(staging)
        timer.end()
        made = Making(settings=settings, watching=watching, content_hashes=hashes, seconds=timer.seconds)
        write_manifest(tasking, facts, snapshot, made, staging)
        text = (staging / SUMMARY).read_text(encoding="utf-8")
    watched = {"watch": watching.as_json()}
    summary = {"command": "run", "out": str(out), **summary_json(tasking, facts), **watched}
    tell(summary, [text.rstrip()], as_json=as_json)


def _if_empty(facts: Facts) -> list[str]:
    return (
        [] if facts.suspects else ["Nobody is a suspect in a domestic abuse record known by then: the list is empty."]
    )
