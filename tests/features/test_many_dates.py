"""One reading for many dates: numbers in place of ids change nothing, and outcomes are what a later date counts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.matrix import build_matrix, matrix, read_population
from features.outcomes import outcomes
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import Scale, load_scale
from mat.ingest import ingest_extract
from mat.numbered import number_snapshot
from mat.snapshot import Snapshot
from tests.reference.compare import different_cells
from tests.strategies import AS_OF, FILES, SCALE, Extract, extracts, write_extract

WORLDS = 6

#: Before, on and after the date around which everything in an extract happens.
DATES = [AS_OF + timedelta(days=days) for days in (-730, -366, -365, -90, -1, 0, 1, 400)]


def opened(folder: Path, extract: Extract) -> tuple[Snapshot, Scale]:
    write_extract(folder / "extract", extract)
    ingest_extract(folder / "extract", folder / "snapshot", max_quarantine=1.0)
    (folder / "scale.csv").write_text(SCALE, encoding="utf-8")
    return Snapshot.open(folder / "snapshot"), load_scale(str(folder / "scale.csv"))


@given(extract=extracts(worlds=WORLDS), dates=st.lists(st.sampled_from(DATES), min_size=2, max_size=3, unique=True))
@settings(FILES, max_examples=6)
def test_many_dates_from_one_reading_are_what_each_alone_would_be(extract: Extract, dates: list[date]) -> None:
    with TemporaryDirectory() as name:
        snapshot, scale = opened(Path(name), extract)
        numbered = number_snapshot(snapshot)

        found = [
            cell
            for as_of in dates
            for cell in different_cells(
                build_matrix(snapshot, as_of, scale).frame,
                numbered.with_ids(matrix(read_population(known_by(numbered, as_of)), scale, load_definitions()).frame),
                keys=["person_id"],
            )
        ]

    assert found == []


@given(extract=extracts(worlds=WORLDS), as_of=st.sampled_from(DATES))
@settings(FILES, max_examples=8)
def test_outcomes_are_what_the_features_of_the_window_s_end_count(extract: Extract, as_of: date) -> None:
    end = as_of + timedelta(days=365)
    with TemporaryDirectory() as name:
        snapshot, scale = opened(Path(name), extract)
        people = build_matrix(snapshot, as_of, scale).frame["person_id"]
        later = known_by(snapshot, end)

        seen = outcomes(later, people, as_of=as_of, days=365, scale=scale)

        counted = build_matrix(snapshot, end, scale).frame
        restricted = later.restricted.collect()["person_id"]
    now_known_as = dict(later.merges.select("old_id", "new_id").iter_rows())
    by_id = {row["person_id"]: row for row in counted.iter_rows(named=True)}
    for row in seen.frame.iter_rows(named=True):
        survivor = now_known_as.get(row["person_id"], row["person_id"])
        if survivor in restricted:
            continue
        expected = by_id.get(survivor)
        assert row["any"] == bool(expected and expected["da_suspect_count_365d"])
        assert row["harm"] == (expected["harm_365d"] if expected else 0.0)
        assert row["serious"] == bool(expected and expected["high_risk_crime_count_365d"])
        if expected and expected["custody_days_365d"] is not None:
            assert row["days_at_risk"] == 365 - expected["custody_days_365d"]
    everyone = counted.filter(~pl.col("person_id").is_in([now_known_as.get(person, person) for person in people]))
    if not len(restricted):
        assert seen.harm_of_others == everyone["harm_365d"].sum()
        assert seen.others == int((everyone["harm_365d"] > 0).sum())
