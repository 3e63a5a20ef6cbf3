"""Risk forms and MARAC hearings: what the officer ticked is mostly noise, as research finds."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, numbered

_DARA_BEGINS = datetime(2023, 4, 25)  # noqa: DTZ001 - times of an extract have no zone
_MARAC_PER_YEAR = 370


def assessments(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """One form for about half of the records that name a suspect and a victim."""
    dyads = draft.dyads.filter(pl.Series(rng.random(draft.dyads.height) < 0.5))
    size = dyads.height
    score = np.clip(
        np.round(7 + 1.3 * dyads["latent_act_severity"].to_numpy() + 3.6 * rng.standard_normal(size)), 0, 27
    )
    is_agency = rng.random(size) < 0.1
    asked = dyads["recorded_at"] + pl.Series(rng.exponential(900.0, size)).cast(pl.Int64) * timedelta(minutes=1)
    ids = draft.person_ids
    is_dara = pl.col("assessed_at") >= _DARA_BEGINS
    frame = dyads.select("incident").with_columns(
        suspect_id=ids.gather(dyads["suspect"]),
        victim_id=ids.gather(dyads["victim"]),
        assessed_at=pl.min_horizontal(asked, pl.lit(draft.extracted_at - timedelta(minutes=1))),
        ticks=pl.Series(score).cast(pl.Int64),
        is_agency=pl.Series(is_agency),
    )
    return (
        frame.with_columns(
            pl.when("is_agency")
            .then(pl.lit("safelives_dash"))
            .when(is_dara)
            .then(pl.lit("dara"))
            .otherwise(pl.lit("police_dash"))
            .alias("form")
        )
        .with_columns(
            pl.when(pl.col("form") == "dara")
            .then(None)
            .when(pl.col("form") == "safelives_dash")
            .then(pl.min_horizontal("ticks", pl.lit(24)))
            .otherwise(pl.col("ticks"))
            .alias("score"),
            pl.when(pl.col("ticks") >= 14)
            .then(pl.lit("high"))
            .when(pl.col("ticks") >= 9)
            .then(pl.lit("medium"))
            .otherwise(pl.lit("standard"))
            .alias("grade"),
        )
        .sort("assessed_at", "suspect_id", "victim_id", "incident")
        .with_columns(numbered("A", np.arange(size) + 1).alias("assessment_id"))
    )


def marac(rng: np.random.Generator, draft: Draft, assessed: pl.DataFrame, *, scale: float = 1.0) -> pl.DataFrame:
    """Hearings some weeks after the forms with most ticks."""
    years = (draft.extracted_at.date() - draft.begins).days / 365.25
    due = assessed.filter(pl.col("assessed_at") < draft.extracted_at - timedelta(days=60))
    key = due["ticks"].to_numpy() + 2.5 * rng.gumbel(size=due.height)
    chosen = due[np.sort(np.argsort(-key, kind="stable")[: round(_MARAC_PER_YEAR * years * scale)])]
    weeks = pl.Series(rng.integers(2, 7, chosen.height)) * timedelta(weeks=1)
    return (
        chosen.select("suspect_id", "victim_id", (pl.col("assessed_at").dt.truncate("1d")).alias("day"))
        .with_columns((pl.col("day") + weeks + timedelta(hours=10)).alias("heard_at"))
        .sort("heard_at", "victim_id", "suspect_id")
        .with_columns(numbered("M", np.arange(chosen.height) + 1, 5).alias("marac_id"))
    )
