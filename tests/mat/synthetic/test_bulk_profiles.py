"""Large profiles: typed tables of the contract, ids that never collide, the same bytes for the same seed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from mat import synthetic
from mat.errors import SettingsError
from mat.schemas.extract import TABLES, Kind
from mat.synthetic import synthesise
from mat.synthetic.bulk import write_bulk
from mat.synthetic.profiles import Profile, load_profile

TYPES = {Kind.FLAG: pl.Boolean(), Kind.NUMBER: pl.Int64(), Kind.MOMENT: pl.Datetime("us"), Kind.DAY: pl.Date()}


def small(name: str, communities: int) -> Profile:
    """A profile a hundred times smaller, with the same behaviour and tables."""
    profile = load_profile(name)
    return replace(profile, communities=communities, primaries=4600, incidents=2800 * communities)


def written(profile: Profile, seed: int, out: Path) -> Path:
    out.mkdir()
    write_bulk(profile, seed, out)
    return out


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(small("national", 3), 9, tmp_path_factory.mktemp("bulk") / "nation")


@pytest.mark.parametrize("name", ["force", "national"])
def test_files_are_the_profiles_tables_with_the_contracts_columns_and_types(name: str, tmp_path: Path) -> None:
    rows = write_bulk(small(name, 1), 2, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{table}.parquet" for table in load_profile(name).tables
    )
    for table, count in rows.items():
        frame = pl.read_parquet(tmp_path / f"{table}.parquet")
        assert frame.height == count > 0
        assert dict(frame.schema) == {c.name: TYPES.get(c.kind, pl.String()) for c in TABLES[table].columns}


def test_keys_are_unique_and_references_are_whole_across_communities(nation: Path) -> None:
    known: dict[str, set[object]] = {}
    for name, contract in TABLES.items():
        if not (nation / f"{name}.parquet").exists():
            continue
        frame = pl.read_parquet(nation / f"{name}.parquet")
        key = list(contract.key)
        assert not frame.select(pl.struct(key).is_duplicated().any()).item(), name
        assert not frame.select(pl.any_horizontal(pl.col(key).is_null()).any()).item(), name
        for column in contract.columns:
            if column.names is not None:
                assert set(frame[column.name].drop_nulls()) <= known[column.names], (name, column.name)
        known[name] = set(frame[key[0]])


def test_the_profile_decides_how_many_incidents(nation: Path) -> None:
    incidents = pl.read_parquet(nation / "incidents.parquet")

    # The few cancelled copies come out of the crimes of other kinds.
    assert incidents.height == 3 * 2800
    assert 0.88 < incidents["is_domestic"].mean() < 0.92  # type: ignore[operator]


def test_chronology_holds(nation: Path) -> None:
    incidents = pl.read_parquet(nation / "incidents.parquet")
    involvements = pl.read_parquet(nation / "involvements.parquet").join(
        incidents.select("incident_id", "occurred_at"), on="incident_id"
    )
    custody = pl.read_parquet(nation / "custody.parquet")
    orders = pl.read_parquet(nation / "orders.parquet")

    assert not (incidents["recorded_at"] < incidents["occurred_at"]).any()
    assert not (involvements["recorded_at"] < involvements["occurred_at"]).any()
    assert not (custody["to_at"] < custody["from_at"]).any()
    assert not (orders["expires_at"] < orders["issued_at"]).any()


def test_the_same_seed_gives_the_same_bytes(nation: Path, tmp_path: Path) -> None:
    again = written(small("national", 3), 9, tmp_path / "again")
    other = written(small("national", 3), 10, tmp_path / "other")

    assert digests(again) == digests(nation)
    assert digests(other) != digests(nation)


def test_a_behaviour_that_makes_too_little_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "load_profile", lambda _: replace(small("national", 2), primaries=50))

    with pytest.raises(SettingsError, match="too few incidents"):
        synthesise("national", 1, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_force_has_its_size_and_a_plausible_tail(tmp_path: Path) -> None:
    report = synthesise("force", 3, tmp_path / "force")

    involvements = pl.read_parquet(tmp_path / "force" / "involvements.parquet")
    per_suspect = involvements.filter(pl.col("role") == "suspect").group_by("person_id").len()["len"]
    by_year = (
        pl.read_parquet(tmp_path / "force" / "incidents.parquet")["occurred_at"]
        .dt.offset_by("-3mo")
        .dt.year()
        .value_counts()
    )
    assert report.rows["incidents"] == 300_000
    assert 90_000 < len(per_suspect) < 115_000
    assert 0.4 < (per_suspect == 1).mean() < 0.65  # type: ignore[operator]
    assert 25 < float(str(per_suspect.max())) < 150
    assert by_year["count"].min() > 25_000  # type: ignore[operator]
