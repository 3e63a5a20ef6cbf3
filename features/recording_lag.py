"""How long the force takes to know: the lag between what happened and when it was recorded.

Records younger than the lag are incomplete, so nobody may be judged by them.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import polars as pl

from mat.snapshot import Snapshot
from mat.vocabulary import Role

#: The share of records of which the embargo lets the recording be complete.
SHARE_RECORDED = 0.95

#: Records younger than this at the end of the extract are left out of the measure: their slow ones are still missing.
SETTLED_DAYS = 365


def last_known(snapshot: Snapshot) -> date:
    """The day on which the extract was made; nothing recorded on it or later counts as complete."""
    return datetime.fromisoformat(snapshot.manifest["extracted_at"]).date()


def recording_lag(snapshot: Snapshot, known_by: date | None = None) -> int | None:
    """Days within which 95 % of DA suspect records became known, counted from the day of the incident.

    Measured on what was known before `known_by`; None = on the whole extract. Records of the last year before are left
    out where there are older ones. None where the extract does not say when anything was recorded (the lag cannot be
    measured), or holds no DA suspect record by then.
    """
    if not snapshot.has_column("incidents", "recorded_at"):
        return None
    end = last_known(snapshot) if known_by is None else known_by
    linked = snapshot.table("involvements").filter(pl.col("role") == Role.SUSPECT)
    known = pl.max_horizontal("linked_at", "recorded_at").dt.date()
    lags = (
        linked.select("incident_id", pl.col("recorded_at").alias("linked_at"))
        .join(snapshot.table("incidents").filter("is_domestic"), on="incident_id")
        .filter(pl.lit(known_by is None) | (known < end))
        .select(
            (known - pl.col("occurred_at").dt.date()).dt.total_days().alias("lag"),
            (pl.col("occurred_at").dt.date() < end - timedelta(days=SETTLED_DAYS)).alias("is_settled"),
        )
        .collect(engine="streaming")
    )
    settled = lags.filter("is_settled")
    measured = (settled if settled.height else lags)["lag"].sort()
    return int(measured[math.ceil(SHARE_RECORDED * measured.len()) - 1]) if measured.len() else None
