"""Keeps every row and value that was set aside, with all reasons and the text it came with.

One entry per source row at most: kind `row` where nothing of it was accepted, else kind `value`.
"""

from __future__ import annotations

import polars as pl

from mat.schemas.extract import TableContract
from mat.vocabulary import QuarantineKind, QuarantineReason

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "row": pl.UInt32,
    "kind": pl.String,
    "reasons": pl.List(pl.String),
    "raw": pl.String,
}

_ORDER = pl.Enum([reason.value for reason in QuarantineReason])


def entries(
    contract: TableContract, faults: pl.DataFrame, lost_rows: pl.Series, malformed: pl.Series, texts: pl.DataFrame
) -> pl.DataFrame:
    """One row per source row with something set aside, sorted by row.

    `faults` has `row` and `reason`; `lost_rows` are the rows of which nothing was accepted; `texts` holds the text of
    every row named, malformed ones included.
    """
    unreadable = pl.DataFrame({"row": malformed}).with_columns(reason=pl.lit(QuarantineReason.MALFORMED_ROW.value))
    named = pl.concat([faults.select("row", "reason"), unreadable])
    is_lost = pl.col("row").is_in(pl.concat([lost_rows, malformed]).implode())
    reasons = named.group_by("row").agg(
        reasons=pl.col("reason").cast(_ORDER).unique().sort().cast(pl.String),
    )
    return (
        reasons.join(texts.select("row", raw=_raw(contract, texts)), on="row", how="left")
        .select(
            table=pl.lit(contract.name),
            row="row",
            kind=pl.when(is_lost).then(pl.lit(QuarantineKind.ROW.value)).otherwise(pl.lit(QuarantineKind.VALUE.value)),
            reasons="reasons",
            raw="raw",
        )
        .sort("row")
    )


def _raw(contract: TableContract, texts: pl.DataFrame) -> pl.Expr:
    """The contract columns as JSON; of identities, which name people, nothing but the row."""
    if contract.name == "identities":
        return pl.struct("row").struct.json_encode()
    return pl.struct(pl.col(column).cast(pl.String) for column in texts.columns if column != "row").struct.json_encode()


def counts_per_reason(entries_of_kind: pl.DataFrame) -> dict[str, int]:
    """How many entries name each reason; an entry with two reasons counts under both."""
    counted = entries_of_kind.select(pl.col("reasons").explode().alias("reason")).drop_nulls()
    found = dict(counted.group_by("reason").len().iter_rows())
    return {reason.value: int(found[reason.value]) for reason in QuarantineReason if reason.value in found}


def beyond_duplicates(rows: pl.DataFrame) -> int:
    """How many rows are set aside for more than being a duplicate: those that count towards the limit."""
    only_duplicate = pl.col("reasons") == pl.lit([QuarantineReason.DUPLICATE.value])
    return rows.filter(~only_duplicate).height
