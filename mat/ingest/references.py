"""Follows every id to the row it names: orphans, children of rows set aside, and merges that run in a circle.

Tables are checked parents first, so that a row set aside takes its children with it; a duplicate does not, since its
first copy stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mat.ingest.faults import Faults, marked
from mat.schemas.extract import TableContract
from mat.vocabulary import QuarantineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """The ids a table offers to others, one column `id` each: accepted ones, and ones that were set aside."""

    accepted: pl.DataFrame
    set_aside: pl.DataFrame


def ids(values: pl.Series | pl.DataFrame) -> pl.DataFrame:
    """Distinct ids as a frame with one column `id`."""
    series = values if isinstance(values, pl.Series) else values.to_series()
    return pl.DataFrame({"id": series.cast(pl.String)}).drop_nulls().unique()


def no_parents() -> Parents:
    """What an absent table offers."""
    return Parents(accepted=pl.DataFrame(schema={"id": pl.String}), set_aside=pl.DataFrame(schema={"id": pl.String}))


def with_merged(persons: Parents, merges: Parents) -> Parents:
    """Persons together with the ids that merges lead away from, which need not be in the persons table."""
    extra = merges.accepted.join(persons.set_aside, on="id", how="anti")
    accepted = pl.concat([persons.accepted, extra]).unique()
    set_aside = pl.concat([persons.set_aside, merges.set_aside]).unique().join(accepted, on="id", how="anti")
    return Parents(accepted=accepted, set_aside=set_aside)


def reference_faults(frame: pl.DataFrame, contract: TableContract, parents: dict[str, Parents]) -> Faults:
    """The ids that name no accepted row. A required one sets its row aside, an optional one becomes null."""
    faults = Faults()
    for column in contract.columns:
        if column.names is None or column.name not in frame.columns:
            continue
        named = parents.get(column.names, no_parents())
        orphans, children = _unmatched(frame, column.name, named)
        is_row = not column.is_optional
        faults.note(orphans, column=column.name, reason=QuarantineReason.ORPHAN, is_row=is_row)
        faults.note(children, column=column.name, reason=QuarantineReason.CHILD_OF_QUARANTINED, is_row=is_row)
    return faults


def _unmatched(frame: pl.DataFrame, column: str, named: Parents) -> tuple[pl.Series, pl.Series]:
    lost = (
        frame.lazy()
        .select(at=pl.int_range(pl.len(), dtype=pl.UInt32), id=pl.col(column))
        .filter(pl.col("id").is_not_null())
        .join(named.accepted.lazy(), on="id", how="anti")
        .collect()
    )
    children = lost.join(named.set_aside, on="id", how="semi").get_column("at")
    orphans = lost.join(named.set_aside, on="id", how="anti").get_column("at")
    return orphans, children


def cycle_faults(merges: pl.DataFrame) -> Faults:
    """The merges that lie on a directed cycle of old and new ids, whatever their times; a self-merge is one."""
    faults = Faults()
    edges = merges.with_row_index("at").drop_nulls(["old_id", "new_id"]).select("at", "old_id", "new_id")
    if edges.height == 0:
        return faults
    codes = pl.concat([edges["old_id"], edges["new_id"]]).rank("dense").to_numpy() - 1
    old, new = codes[: edges.height], codes[edges.height :]
    people = int(codes.max()) + 1
    graph = coo_matrix((np.ones(edges.height), (old, new)), shape=(people, people))
    _, component = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(component)
    is_on_cycle = (old == new) | ((component[old] == component[new]) & (size[component[old]] > 1))
    places = edges.get_column("at").filter(pl.Series(is_on_cycle))
    faults.note(places, column=None, reason=QuarantineReason.CYCLE, is_row=True)
    return faults


def merge_reference_faults(
    merges: pl.DataFrame, contract: TableContract, persons: Parents, at_fault: pl.Series
) -> Faults:
    """The merges whose new id names nobody: neither a person nor the old id of an accepted merge.

    `at_fault`: places of merges set aside for other reasons. A merge set aside here takes along those that lead to it,
    so the check repeats until nothing changes. Merges on a cycle do not count as each other's children.
    """
    on_cycle = cycle_faults(merges).row_places()
    old_ids_on_cycle = ids(merges[on_cycle.to_list()].get_column("old_id"))
    lost = at_fault
    while True:
        offered = merge_parents(merges, lost)
        faults = Faults()
        for is_cycle in (False, True):
            known = with_merged(persons, offered)
            if is_cycle:
                known = Parents(accepted=pl.concat([known.accepted, old_ids_on_cycle]), set_aside=known.set_aside)
            is_checked = marked(merges.height, on_cycle) == is_cycle
            checked = merges.with_columns(new_id=pl.when(is_checked).then("new_id"))
            faults.extend(reference_faults(checked, contract, {"persons": known}))
        grown = pl.concat([at_fault, faults.row_places()]).unique().sort()
        if grown.len() == lost.len():
            return faults
        lost = grown


def merge_parents(merges: pl.DataFrame, at_fault: pl.Series) -> Parents:
    """The old ids of accepted merges, and of merges set aside."""
    is_lost = marked(merges.height, at_fault)
    accepted = ids(merges.filter(~is_lost).get_column("old_id"))
    set_aside = ids(merges.filter(is_lost).get_column("old_id")).join(accepted, on="id", how="anti")
    return Parents(accepted=accepted, set_aside=set_aside)
