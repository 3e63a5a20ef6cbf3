"""The output of the main job: one owner-only directory with the list, what it stands on and how it was made.

Nobody under restriction is named in any file of it, and no `identities` are; it appears whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from app.area import area
from app.contents import content_hash
from app.evidence import evidence
from app.facts import Facts
from app.pipeline import Choices, TaskingList
from app.provenance import rfgv_hash
from app.ranked_list import shown
from app.restricted import ids_of_unread_restrictions, restricted_ids
from app.summary import summarise
from app.watching import Watching
from app.workbook import write_workbook
from features.relationships import relationships_of
from mat import CONTRACT_VERSION, __version__
from mat.errors import BadInput
from mat.schemas.extract import TABLES
from mat.settings import Settings
from mat.snapshot import MANIFEST, QUARANTINE, Snapshot

SUMMARY = "summary.txt"
LEFT_OUT = ("identities",)

#: Which tables hang on a table whose rows may be left out: child -> (parent, the id they share).
_FREE_TEXT = ("conditions", "reason", "source", "injury", "reported_by")
_CHILDREN = {"order_breaches": ("orders", "order_id"), "programme_events": ("programme_referrals", "referral_id")}


def write_run(tasking: TaskingList, facts: Facts, watching: Watching, snapshot: Snapshot, run: Path) -> None:
    """Write everything but the manifest into the existing, empty directory `run`."""
    write_snapshot(tasking, snapshot, run / "snapshot")
    tasking.matrix.frame.write_parquet(run / "features.parquet")
    relationships_of(tasking.population, tasking.choices.scale).write_parquet(run / "relationships.parquet")
    tasking.ranked.write_parquet(run / "ranked.parquet")
    tasking.scales.places.write_parquet(run / "places.parquet")
    behind = evidence(tasking.population, tasking.ranked, tasking.choices.scale)
    behind.write_parquet(run / "evidence.parquet")
    area(tasking.population, tasking.matrix.frame).write_parquet(run / "area.parquet")
    write_workbook(tasking, facts, behind, run / "ranked.xlsx")
    (run / SUMMARY).write_text(summarise(tasking, facts, watching), encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a run was made, beside its choices: `content_hashes` by path in the run, `seconds` by step."""

    settings: Settings
    watching: Watching
    content_hashes: Mapping[str, str]
    seconds: Mapping[str, float]


def content_hashes(run: Path) -> dict[str, str]:
    """The content hash of every Parquet file of a run, by its path there."""
    return {str(path.relative_to(run)): content_hash(path) for path in sorted(run.rglob("*.parquet"))}


def write_manifest(tasking: TaskingList, facts: Facts, snapshot: Snapshot, made: Making, run: Path) -> None:
    """Write how the list was made; `seconds` and `created_at` are the only entries that differ between equal runs."""
    choices = tasking.choices
    manifest = {
        "kind": "run",
        "contract_version": CONTRACT_VERSION,
        "tool_version": __version__,
        "polars_version": pl.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "as_of": choices.as_of.isoformat(),
        "inputs": snapshot.manifest.get("source", []),
        "mapping_hash": snapshot.manifest.get("mapping_hash"),
        "reviews_hash": choices.reviews.hash,
        "config_hash": made.settings.hash,
        "definitions": {"version": choices.definitions.version, "hash": choices.definitions.hash},
        "scale": {
            "name": choices.scale.name,
            "hash": choices.scale.hash,
            "high_harm": choices.high_harm,
            "is_usable": tasking.matrix.scale_is_usable,
        },
        "model": _model(choices),
        "rfgv_hash": rfgv_hash(choices.rfgv),
        "seeds": {"model": choices.seed},
        "panel_size": choices.panel_size,
        "note": tasking.scored.note,
        "counts": _counts(facts),
        "scales": tasking.scales.scales.to_dicts(),
        "watch": made.watching.as_json(),
        "content_hashes": dict(made.content_hashes),
        "seconds": dict(made.seconds),
    }
    (run / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(run: Path) -> Mapping[str, Any]:
    """The manifest of a RUN directory.

    Raises:
        BadInput: the directory is not the output of `mat run`, or of another contract version.
    """
    path = run / MANIFEST
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{run} is not a run directory: make one with `mat run DIR --as-of DATE --out {run}`."
        ) from error
    manifest = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if manifest.get("kind") != "run":
        raise BadInput(f"{run} is not a run directory: make one with `mat run DIR --as-of DATE --out {run}`.")
    if manifest.get("contract_version") != CONTRACT_VERSION:
        raise BadInput(
            f"{run} was written under contract version {manifest.get('contract_version')}, this is version "
            f"{CONTRACT_VERSION}: run the extract again."
        )
    return manifest


def write_snapshot(tasking: TaskingList, snapshot: Snapshot, out: Path) -> None:
    """Copy the snapshot without `identities` and without every row that names a person under restriction.

    Rows that hang on a row left out (breaches of an order, events of a referral) are left out with it. Free text and
    rows set aside that hold a restricted person's id stay without what they say.
    """
    out.mkdir(mode=0o700)
    restricted = restricted_ids(tasking.population.history)
    for name in TABLES:
        if name in LEFT_OUT or not (snapshot.path / f"{name}.parquet").is_file():
            continue
        table = snapshot.table(name)
        for column in _person_columns(name):
            table = table.filter(~pl.col(column).is_in(restricted.implode()).fill_null(value=False))
        if name in _CHILDREN and (out / f"{_CHILDREN[name][0]}.parquet").is_file():
            parent, shared_id = _CHILDREN[name]
            kept = pl.scan_parquet(out / f"{parent}.parquet").select(shared_id)
            table = table.join(kept, on=shared_id, how="semi", maintain_order="left")
        table.with_columns(_without_names(name, restricted)).collect().write_parquet(out / f"{name}.parquet")
    _write_quarantine(snapshot, restricted, out)
    hidden = set(restricted) | set(ids_of_unread_restrictions(snapshot))
    people = {person: n for person, n in snapshot.manifest["people_set_aside"].items() if person not in hidden}
    manifest = {**snapshot.manifest, "left_out": list(LEFT_OUT), "people_set_aside": people}
    manifest.pop("lead", None)
    manifest.pop("path", None)
    (out / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _without_names(table: str, restricted: pl.Series) -> list[pl.Expr]:
    """The free text of a table, withheld where it holds the id of a person under restriction."""
    texts = [column.name for column in TABLES[table].columns if column.name in _FREE_TEXT]
    if restricted.is_empty():
        return []
    names_somebody = {name: pl.col(name).str.contains_any(restricted.to_list()) for name in texts}
    return [
        pl.when(names).then(pl.lit("(withheld)")).otherwise(name).alias(name) for name, names in names_somebody.items()
    ]


def _write_quarantine(snapshot: Snapshot, restricted: pl.Series, out: Path) -> None:
    """Copy what was set aside; where it may name or hang on a hidden person, what stood there is left out.

    A row in pieces may hold an id in any cell, so every id of a hidden person, and of their orders and referrals, is
    looked for anywhere in the text; to leave out too much here loses nothing that the analyst's own snapshot has not.
    """
    hidden = pl.concat([restricted, ids_of_unread_restrictions(snapshot).drop_nulls()]).unique()
    hanging = [
        snapshot.table(parent)
        .filter(pl.col("person_id").is_in(hidden.implode()))
        .select(shared_id)
        .collect()
        .to_series()
        for parent, shared_id in _CHILDREN.values()
    ]
    needles = pl.concat([hidden, *hanging]).to_list()
    names_somebody = pl.col("raw").str.contains_any(needles) if needles else pl.lit(value=False)
    quarantine = snapshot.quarantine().filter(pl.col("table").is_in(LEFT_OUT).not_())
    kept = quarantine.with_columns(pl.when(~names_somebody).then("raw").otherwise(pl.lit("{}")).alias("raw"))
    kept.collect().write_parquet(out / QUARANTINE)


def _person_columns(table: str) -> list[str]:
    own = [column.name for column in TABLES[table].columns if column.names == "persons"]
    return [*own, *(["person_id"] if table == "persons" else []), *(["old_id"] if table == "person_merges" else [])]


def _model(choices: Choices) -> Mapping[str, object]:
    """The model; of one that was learnt also its hash and what it learnt from."""
    entry: dict[str, object] = {"name": choices.model, "version": choices.ranker().version}
    if choices.artefact is None:
        return entry
    training = choices.artefact.training
    return {
        **entry,
        "artefact": choices.artefact.content_hash,
        "is_synthetic": choices.artefact.is_synthetic,
        "trained_as_of": training.as_of.isoformat(),
        "training_periods": [period.isoformat() for period in training.periods],
        "training_people": training.people,
        "hashes": choices.artefact.hashes.as_json(),
    }


def _counts(facts: Facts) -> Mapping[str, object]:
    counts = asdict(facts)
    for told_elsewhere in ("absent", "warnings", "people_set_aside", "why_without_gravity"):
        counts.pop(told_elsewhere)
    return counts


def summary_json(tasking: TaskingList, facts: Facts) -> Mapping[str, object]:
    """The summary for programs: what `--json` prints beside the command and the place of its output."""
    choices = tasking.choices
    listed = shown(tasking.ranked).filter("is_listed").sort("rank")
    return {
        "as_of": choices.as_of.isoformat(),
        "model": choices.model,
        "model_version": choices.ranker().version,
        "note": tasking.scored.note,
        "scale": choices.scale.name,
        "scale_is_usable": tasking.matrix.scale_is_usable,
        "without_gravity": facts.why_without_gravity,
        "panel_size": choices.panel_size,
        "is_synthetic": facts.is_synthetic,
        "counts": _counts(facts),
        "absent": sorted(facts.absent),
        "people_set_aside": dict(facts.people_set_aside),
        "listed": listed.select("rank", "person_id", "score", "rank_low", "rank_high").to_dicts(),
        "scales": tasking.scales.scales.to_dicts(),
    }
