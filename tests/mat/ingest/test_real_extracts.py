"""The two real datasets go in through their shipped mappings, with the counts that were published with them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from mat.ingest import ingest_extract
from mat.snapshot import Snapshot

pytestmark = pytest.mark.real_data

MAPPINGS = Path(__file__).resolve().parents[3] / "mat" / "config" / "mappings"


@pytest.mark.parametrize("name", ["cpd", "cpd_any"])
def test_chicago_loses_only_complaints_dated_before_the_incident(name: str, shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "snapshot"

    report = ingest_extract(shared / "data" / "cpd_to_2012", out, mapping=MAPPINGS / f"{name}.toml")

    rows_in = {table: counts.rows_in for table, counts in report.counts.items()}
    assert rows_in == {"persons": 17_238, "incidents": 60_330, "involvements": 134_235}
    assert report.counts["persons"].accepted == 17_238
    assert dict(report.counts["incidents"].reasons) == {"recorded_before_occurred": 6}
    assert dict(report.counts["involvements"].reasons) == {"child_of_quarantined": 6}
    assert sum(counts.values_set_aside for counts in report.counts.values()) == 0
    assert any("No victim is recorded" in warning for warning in report.warnings)
    incidents = Snapshot.open(out).table("incidents")
    domestic = incidents.filter("is_domestic")
    begins_05 = pl.col("offence_code").str.starts_with("05").fill_null(value=False)
    if name == "cpd":
        assert domestic.filter(~begins_05).collect().height == 0
        assert domestic.collect().height == incidents.filter(begins_05).collect().height > 16_000
    else:
        assert domestic.collect().height == 60_324


def test_st_louis_goes_in_whole_and_dual_roles_become_two(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "snapshot"

    report = ingest_extract(shared / "data" / "stlouis", out, mapping=MAPPINGS / "stlouis.toml", max_quarantine=0.0)

    counts = {table: (each.rows_in, each.accepted, each.written) for table, each in report.counts.items()}
    assert counts == {"persons": (870, 870, 870), "incidents": (557, 557, 557), "involvements": (1487, 1487, 1528)}
    snapshot = Snapshot.open(out)
    assert snapshot.quarantine().collect().height == 0
    incidents = snapshot.table("incidents").collect()
    assert incidents["is_domestic"].all()
    assert incidents["is_crime"].all()
    assert incidents["occurred_at"].min() == datetime(1992, 1, 1)
    assert not snapshot.has_column("incidents", "offence_code")
