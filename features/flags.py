"""The flags of the definitions, added to a frame of features."""

from __future__ import annotations

import polars as pl

from mat.definitions import Definitions
from mat.snapshot import Snapshot


def with_flags(features: pl.DataFrame, definitions: Definitions, snapshot: Snapshot) -> pl.DataFrame:
    """The same rows with one Boolean column per flag; null where the extract cannot tell ("not assessable")."""
    for flag in definitions.flags:
        is_assessable = flag.not_assessable_without is None or snapshot.has_table(flag.not_assessable_without)
        expression = flag.expression() if is_assessable else pl.lit(None, pl.Boolean)
        features = features.with_columns(expression.alias(flag.name))
    return features
