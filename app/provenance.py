"""What a model or its evidence was made from, as hashes: two things made from the same have the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from mat.definitions import Definitions
from mat.harm import Scale
from mat.schemas.matrix import FeatureSpec
from mat.snapshot import Snapshot
from models.artefact import Hashes, features_hash
from models.backtest_settings import BacktestSettings


def hashes_of(
    snapshot: Snapshot,
    *,
    definitions: Definitions,
    scale: Scale,
    specs: tuple[FeatureSpec, ...],
    config: Mapping[str, object],
) -> Hashes:
    """The hashes of the records, the rules, the scale, the features models may read, and the settings in `config`.

    The records are told apart by the content of the files and of the mapping they were ingested from.
    """
    manifest = snapshot.manifest
    sources = sorted((entry["table"], entry["sha256"]) for entry in manifest["source"])
    return Hashes(
        data=_hash({"sources": sources, "mapping": manifest["mapping_hash"], "extracted_at": manifest["extracted_at"]}),
        definitions=definitions.hash,
        scale=scale_hash(scale),
        features=features_hash(specs),
        config=_hash(config),
    )


def scale_hash(scale: Scale) -> str:
    """The hash of a scale's weights and of the threshold for high harm."""
    return _hash({"table": scale.hash, "high_harm_units": scale.high_harm_units})


def judged_under(method: BacktestSettings, *, panel_size: int, rfgv: Path | None, seed: int) -> dict[str, object]:
    """Every setting that a verdict hangs on, the points table that models are measured against included."""
    return {**method.as_json(), "panel_size": panel_size, "rfgv": rfgv_hash(rfgv), "seed": seed}


def rfgv_hash(path: Path | None) -> str:
    """The hash of a points table; None = the shipped one."""
    content = path.read_bytes() if path else files("mat").joinpath("config", "rfgv.toml").read_bytes()
    return hashlib.sha256(content).hexdigest()


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
