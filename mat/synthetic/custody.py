"""Stays in custody as recorded: one row per stay, open where it had not ended when the extract was taken."""

from __future__ import annotations

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft
from mat.synthetic.incidents import Stays


def custody(draft: Draft, stays: Stays) -> pl.DataFrame:
    """Stays of people who are in the extract, by person and start; some overlap, as records do."""
    written = draft.people["is_written"].to_numpy()[stays.person]
    days = (draft.extracted_at.date() - draft.begins).days
    chosen = np.flatnonzero(written & (stays.begins < days - 1) & (stays.begins >= 0))
    begins = (stays.begins[chosen] * 1440).astype(np.int64)
    ends = (stays.ends[chosen] * 1440).astype(np.int64)
    return (
        pl.DataFrame(
            {
                "person_id": draft.person_ids.gather(stays.person[chosen]),
                "person": stays.person[chosen],
                "from_at": draft.as_dates(begins),
                "to_at": draft.as_dates(ends),
                "is_over": stays.ends[chosen] < days,
            }
        )
        .with_columns(pl.when("is_over").then(pl.col("to_at")).alias("to_at"))
        .sort("person_id", "from_at")
        .unique(["person_id", "from_at"], keep="first", maintain_order=True)
    )
