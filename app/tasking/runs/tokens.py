"""Counterparts under tokens such as V1: the same person of a case keeps their token in every later run.

An id that was merged into another is another id, so its person gets a further token: a decision about a dyad is tied
to the id it was made for.
"""

from __future__ import annotations

from uuid import UUID

import polars as pl
from sqlalchemy import ARRAY, Connection, Text, Uuid, func, literal, select
from uuid_utils.compat import uuid7

from app.tasking.runs.bulk import read_frame

_COLUMNS = {"subject_id": pl.String(), "victim_id": pl.String(), "token": pl.String(), "person_id": pl.String()}


def known_counterparts(connection: Connection, wanted: pl.DataFrame) -> pl.DataFrame:
    """One row per counterpart of `wanted` that the cases have: `subject_id`, `victim_id`, `token`, `counterpart_id`.

    And one per case with its last token, in which `victim_id` and `counterpart_id` are null.
    """
    ids = [UUID(each) for each in wanted["subject_id"]]
    people = literal(wanted["counterpart_id"].to_list(), ARRAY(Text))
    found = func.acting.counterparts_of(literal(ids, ARRAY(Uuid)), people).table_valued(*_COLUMNS)
    rows = read_frame(connection, select(*(found.c[name] for name in _COLUMNS)), _COLUMNS)
    return rows.rename({"person_id": "counterpart_id"})


def tokens_for(wanted: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows of `wanted` (`subject_id`, `counterpart_id`, in order) that are not in `known`, each with what it gets.

    Columns: `subject_id`, `counterpart_id`, `victim_id`, `token`, counted on from the last token of the case.
    """
    number = pl.col("token").str.extract(r"^V(\d+)$", 1).str.to_integer(strict=False)
    last = known.group_by("subject_id").agg(number.max().alias("last"))
    fresh = wanted.join(known, on=["subject_id", "counterpart_id"], how="anti", maintain_order="left")
    return (
        fresh.join(last, on="subject_id", how="left", maintain_order="left")
        .with_columns(
            pl.concat_str(
                pl.lit("V"), pl.col("last").fill_null(0) + pl.int_range(1, pl.len() + 1).over("subject_id")
            ).alias("token"),
            pl.Series("victim_id", [str(uuid7()) for _ in range(fresh.height)], dtype=pl.String),
        )
        .select("subject_id", "counterpart_id", "victim_id", "token")
    )
