"""The city holds what is published, and the comparison notices when it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mat.errors import ExtractError
from mat.synthetic import calibrate, synthesise


def out_of_tolerance(extract: Path) -> list[str]:
    return calibrate(extract).rows.filter(~pl.col("holds"))["quantity"].to_list()


def damaged_copy(extract: Path, to: Path, table: str, change: pl.Expr | None = None, **columns: pl.Expr) -> Path:
    to.mkdir()
    for path in extract.glob("*.csv"):
        (to / path.name).write_bytes(path.read_bytes())
    frame = pl.read_csv(to / f"{table}.csv", infer_schema=False).with_columns(**columns)
    (frame if change is None else frame.filter(change)).write_csv(to / f"{table}.csv")
    return to


def test_every_published_quantity_holds_for_the_default_seed(city_extract: Path) -> None:
    calibration = calibrate(city_extract)

    assert out_of_tolerance(city_extract) == []
    assert calibration.holds
    assert calibration.rows.height > 150


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_every_published_quantity_holds_for_other_seeds(seed: int, tmp_path: Path) -> None:
    extract = synthesise("city", seed, tmp_path / "city").path

    assert out_of_tolerance(extract) == []


@pytest.mark.parametrize(
    ("quantity", "published"),
    [
        ("suspect records", 14338),
        ("suspects", 6686),
        ("suspects recorded more than once", 2890),
        ("victim records", 18024),
        ("victims", 8508),
        ("victims recorded more than once", 3643),
        ("people who are suspect and victim", 2353),
        ("crimes in 2022-05", 855),
        ("victim records, ethnicity not stated", 6212),
        ("crimes in Bentilee, Ubberley and Townsend", 1560),
        ("victims in Meir Park", 97),
        ("suspects in Tunstall", 586),
    ],
)
def test_published_counts_are_the_published_ones(quantity: str, published: float, city_extract: Path) -> None:
    rows = calibrate(city_extract).rows

    assert rows.filter(pl.col("quantity") == quantity)["published"].to_list() == [published]


@pytest.mark.real_data
def test_published_counts_are_those_of_the_source(shared: Path, city_extract: Path) -> None:
    rows = dict(calibrate(city_extract).rows.select("quantity", "published").iter_rows())
    wards = pl.read_csv(shared / "data" / "stoke" / "wards.csv")

    for ward, crimes, victims, suspects in wards.select("ward", "crimes", "victims", "suspects").iter_rows():
        assert rows[f"crimes in {ward}"] == crimes
        assert rows[f"victims in {ward}"] == victims
        assert rows[f"suspects in {ward}"] == suspects


def test_the_busiest_suspect_stays_in_the_published_range(city_extract: Path) -> None:
    rows = calibrate(city_extract).rows

    most = rows.filter(pl.col("quantity") == "most records of one suspect")["generated"].item()

    assert 36 <= most <= 46


def test_people_who_move_out_of_the_city_are_missed(city_extract: Path, tmp_path: Path) -> None:
    moved = pl.when(pl.col("person_id").str.ends_with("7")).then(pl.lit("Elsewhere")).otherwise("home_ward")

    missing = out_of_tolerance(damaged_copy(city_extract, tmp_path / "x", "persons", home_ward=moved))

    assert {"suspects", "victims", "victim records", "suspect records"} <= set(missing)


def test_lost_crimes_are_missed_in_their_month(city_extract: Path, tmp_path: Path) -> None:
    kept = ~(pl.col("occurred_at").str.starts_with("2022-05") & pl.col("incident_id").str.ends_with("3"))

    missing = out_of_tolerance(damaged_copy(city_extract, tmp_path / "x", "incidents", kept))

    assert "crimes in 2022-05" in missing


def test_cancelled_and_eliminated_records_are_not_counted(city_extract: Path, tmp_path: Path) -> None:
    eliminated = pl.when(pl.col("incident_id").str.ends_with("5")).then(pl.lit("eliminated")).otherwise("status")

    missing = out_of_tolerance(damaged_copy(city_extract, tmp_path / "x", "involvements", status=eliminated))

    assert "suspect records" in missing


def test_a_directory_without_tables_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match=r"has no incidents\.csv"):
        calibrate(tmp_path)


@pytest.mark.slow
def test_the_experiment_prints_published_against_generated_and_exits_zero() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "experiments.calibrate_city", "--seed", "11"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "published" in done.stdout.splitlines()[2]
    assert "quantities are within tolerance" in done.stdout


def test_the_experiment_exits_one_where_a_quantity_is_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], city_extract: Path, tmp_path: Path
) -> None:
    from experiments import calibrate_city

    damaged = damaged_copy(city_extract, tmp_path / "x", "involvements", pl.col("role") != "victim")
    monkeypatch.setattr(calibrate_city, "calibrate_seed", lambda _: calibrate(damaged))
    monkeypatch.setattr(sys, "argv", ["calibrate_city"])

    code = calibrate_city.main()

    assert code == 1
    assert "OUT" in capsys.readouterr().out
