"""People known under two ids until somebody noticed: a few early records go under the second id."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

_MERGES = 14


def split_people(
    rng: np.random.Generator, people: pl.DataFrame, incidents: pl.DataFrame, roles: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Move one early suspect record of a few people to a second id; return the roles and the merges known since.

    Among the merges are one chain of two, one undone later, and one whose old id is not in `persons`.
    """
    early = (
        roles.with_row_index("row")
        .join(incidents.select("incident", "at", "recorded_at", "is_cancelled"), on="incident", suffix="_of_incident")
        .filter(
            (pl.col("role") == "suspect") & (pl.col("at") < 900) & ~pl.col("is_cancelled")
            & pl.col("person").is_duplicated()
        )
        .unique("person", keep="first", maintain_order=True)
        .sort("row")
    )  # fmt: skip
    chosen = early[np.sort(rng.permutation(early.height)[:_MERGES])]
    quiet = people.filter("is_quiet")["person"].to_numpy()[:_MERGES]
    person = roles["person"].to_numpy().copy()
    person[chosen["row"].to_numpy()] = quiet
    ids = people["person_id"]
    merged_at = [
        moment + timedelta(days=int(days))
        for moment, days in zip(chosen["recorded_at_of_incident"], rng.integers(200, 900, _MERGES), strict=True)
    ]
    undone_at = [None] * (_MERGES - 1) + [merged_at[-1] + timedelta(days=90)]
    merges = pl.DataFrame(
        {
            "old_id": ids.gather(quiet),
            "new_id": ids.gather(chosen["person"]),
            "merged_at": merged_at,
            "undone_at": pl.Series(undone_at, dtype=pl.Datetime("us")),
        }
    )
    chain = merges[0].with_columns(old_id=pl.lit("P000017"), new_id=pl.lit(merges["old_id"][0]))
    return roles.with_columns(person=person), pl.concat([merges, chain])
