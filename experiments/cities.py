"""The synthetic city as an experiment needs it: simulated, written as an extract, and the harm that was latent in it.

Nobody in it exists: it proves machinery, never accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from mat.harm import UNITS_PER_WEIGHT, Scale
from mat.ingest import ingest_extract
from mat.snapshot import SYNTHETIC_MARK
from mat.synthetic import DEFAULT_SEED
from mat.synthetic.city import City, simulate_city
from mat.synthetic.offences import draw_offences
from mat.synthetic.profiles import load_profile
from mat.synthetic.write import write_csv_tables

CAUTION = (
    "Everything here is synthetic: nobody in the city exists. It proves that the machinery works, never how accurate a "
    "list of real people would be."
)

Tables = Mapping[str, pl.DataFrame]

_MARK = "Synthetic records written by an experiment: nobody in them exists.\n"
_DRAWS = 20_000


def demonstration_city() -> City:
    """The city of `mat synth` with its own seed: the same tables, and what they hide."""
    return simulate_city(load_profile("city"), DEFAULT_SEED)


def ingested(tables: Tables, folder: Path) -> Path:
    """The snapshot of these tables, written as an extract into the new `folder` first."""
    extract = folder / "extract"
    extract.mkdir(parents=True)
    write_csv_tables(tables, extract)
    (extract / SYNTHETIC_MARK).write_text(_MARK, encoding="utf-8")
    ingest_extract(extract, folder / "snapshot")
    return folder / "snapshot"


def latent_harm(city: City, scale: Scale, seed: int) -> pl.DataFrame:
    """What the extract hides, one row per id in use at any time: `person_id`, `propensity`, `expected_harm`.

    `propensity`: acts per year in which the person is active (0 = only ever recorded because of somebody else's acts).
    `expected_harm`: propensity x the mean weight of an offence at the person's severity. The simulation's spells,
    echoes, custody and reporting are not in it. An id that was merged away has what the person it belongs to has.
    """
    latent = city.latent.select(
        "person_id",
        pl.col("latent_propensity").alias("propensity"),
        expected_harm=pl.col("latent_propensity") * _weight_at(city.latent["latent_severity"], scale, seed),
    )
    merges = city.tables["person_merges"].select(pl.col("old_id").alias("person_id"), "new_id")
    merged = merges.join(latent, left_on="new_id", right_on="person_id").select(latent.columns)
    return pl.concat([latent.join(merged, on="person_id", how="anti"), merged.unique("person_id")]).sort("person_id")


def _weight_at(severity: pl.Series, scale: Scale, seed: int) -> pl.Series:
    """Mean weight of a domestic offence by how badly a person acts, from the city's own mix of offences."""
    rng = np.random.Generator(np.random.PCG64(seed))
    grid = np.linspace(-3.0, 3.0, 25)
    drawn = np.repeat(grid, _DRAWS)
    codes = draw_offences(rng, drawn, np.ones(len(drawn), dtype=np.bool_), np.zeros(len(drawn), dtype=np.bool_))
    frame = pl.DataFrame({"severity": drawn, "offence_code": codes, "is_crime": True})
    means = (
        scale.weigh(frame.lazy())
        .group_by("severity")
        .agg(pl.col("weight_units").fill_null(0).mean() / UNITS_PER_WEIGHT)
        .sort("severity")
        .collect()
    )
    return pl.Series(np.interp(severity.to_numpy(), grid, means["weight_units"].to_numpy()))
