"""Finds rows that say the same twice, and rows that share a key but disagree.

Cells are compared as read (a bad cell by its text), before empty cells take their fall-back: rows equal everywhere
keep one; rows with one key that differ anywhere are all set aside, since nobody can say which is right.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from mat.ingest.faults import Faults
from mat.ingest.parse import bad_mark, date_mark
from mat.schemas.extract import Kind, TableContract
from mat.vocabulary import QuarantineReason


def undirected(frame: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """The frame with the two ends of every tie in ascending order; other tables as they are."""
    if contract.name != "ties":
        return frame
    low, high = pl.col("person_id_a"), pl.col("person_id_b")
    is_turned = (low > high).fill_null(value=False)
    return frame.with_columns(
        person_id_a=pl.when(is_turned).then(high).otherwise(low),
        person_id_b=pl.when(is_turned).then(low).otherwise(high),
    )


def self_ties(frame: pl.DataFrame, contract: TableContract) -> Faults:
    """The ties of a person with themselves."""
    faults = Faults()
    if contract.name == "ties":
        is_self = pl.col("person_id_a") == pl.col("person_id_b")
        faults.add(frame, is_self, column=None, reason=QuarantineReason.SELF_TIE, is_row=True)
    return faults


def key_faults(
    frame: pl.DataFrame,
    contract: TableContract,
    at_fault: pl.Series,
    texts_of: Callable[[pl.Series], pl.DataFrame],
) -> Faults:
    """The rows that are duplicates or conflict, over all rows, at fault or not.

    `at_fault`: places of rows set aside for other reasons; of equal rows the first without such a fault is kept, else
    the first. `texts_of` gives the text of source rows, to compare bad cells by.
    """
    faults = Faults()
    candidates = _sharing_a_key(frame, contract)
    if candidates.height == 0:
        return faults
    cells = [column.name for column in contract.columns if column.name in frame.columns]
    years = [date_mark(c.name) for c in contract.columns if c.kind is Kind.DAY and date_mark(c.name) in frame.columns]
    compared = _with_bad_texts(candidates, cells, texts_of).with_columns(
        is_at_fault=pl.col("place").is_in(at_fault.implode())
    )
    content = [*cells, *years, *(f"text:{name}" for name in cells if f"text:{name}" in compared.columns)]
    ranked = compared.sort("is_at_fault", "place").with_columns(
        copy=pl.int_range(pl.len()).over(content), version=pl.struct(content).rank("dense")
    )
    duplicates = ranked.filter(pl.col("copy") > 0).get_column("place")
    faults.note(duplicates, column=None, reason=QuarantineReason.DUPLICATE, is_row=True)
    keyed = ranked.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in contract.key))
    disagreeing = keyed.filter(pl.col("version").n_unique().over(contract.key) > 1).get_column("place")
    faults.note(disagreeing, column=None, reason=QuarantineReason.CONFLICTING_KEY, is_row=True)
    return faults


def _sharing_a_key(frame: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    fingerprint = frame.select(contract.key).hash_rows()
    in_order = fingerprint.sort()  # needs a third of the memory that counting them would
    repeated = in_order.filter(in_order == in_order.shift(1)).unique()
    if repeated.len() == 0:
        return frame.clear().with_row_index("place")
    return frame.with_row_index("place").filter(fingerprint.is_in(repeated.implode()))


def _with_bad_texts(
    candidates: pl.DataFrame, cells: list[str], texts_of: Callable[[pl.Series], pl.DataFrame]
) -> pl.DataFrame:
    marked = [name for name in cells if bad_mark(name) in candidates.columns and candidates[bad_mark(name)].any()]
    if not marked:
        return candidates
    texts = texts_of(candidates.get_column("row").unique()).select(
        "row", *(pl.col(c).alias(f"given:{c}") for c in marked)
    )
    return candidates.join(texts, on="row", how="left", maintain_order="left").with_columns(
        pl.when(bad_mark(name)).then(pl.col(f"given:{name}").str.strip_chars()).alias(f"text:{name}") for name in marked
    )
