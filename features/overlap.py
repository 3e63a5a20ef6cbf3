"""The same person as suspect and as victim. Audited and shown, never scored: see `model_use` in the catalogue."""

from __future__ import annotations

import polars as pl

from features.events import Events
from features.history import WINDOWS, suffix, within
from features.runs import Runs


def victim_counts(events: Events) -> pl.DataFrame:
    """One row per victim of a DA incident, sorted by `person`: `da_victim_count_*`."""
    runs = Runs(events.victims["person"])
    marks = {f"da_victim_count_{suffix(days)}": within(days) for days in (*WINDOWS, None)}
    return pl.DataFrame([runs.keys, *(runs.count(marked) for marked in events.victims.select(**marks))])


def both_roles(events: Events) -> pl.LazyFrame:
    """One row per person who is suspect and victim of one DA incident: `both_role_incidents_all`."""
    return (
        events.victims.lazy()
        .join(events.suspects.lazy(), on=["person", "incident"], how="semi")
        .group_by("person")
        .agg(pl.len().alias("both_role_incidents_all"))
    )
