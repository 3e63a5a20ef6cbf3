"""What a model or its evidence was made from, as hashes: two things made from the same have the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from mat.definitions import Definitions
from mat.harm import Scale
from mat.schemas.matrix import FeatureSpec
from mat.snapshot import Snapshot
from models.artefact import Hashes, features_hash


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


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
