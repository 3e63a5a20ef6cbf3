"""What the city extract holds: the contract's columns, the seed's bytes, nothing latent, nothing impossible."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mat.errors import BadInput, OutputError
from mat.ingest import ingest_extract
from mat.schemas.extract import TABLES
from mat.synthetic import DEFAULT_SEED, PROFILES, synthesise
from mat.synthetic.city import City, simulate_city
from mat.synthetic.profiles import load_profile

EXTRACTED = datetime(2024, 4, 30)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def table(extract: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(extract / f"{name}.csv", infer_schema=False)


def moments(frame: pl.DataFrame, name: str) -> pl.Series:
    return frame[name].str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)


@pytest.fixture(scope="session")
def city() -> City:
    return simulate_city(load_profile("city"), DEFAULT_SEED)


def test_every_table_of_the_contract_is_written_with_exactly_its_columns(city_extract: Path) -> None:
    written = {path.stem: path.read_text(encoding="utf-8").splitlines()[0] for path in city_extract.glob("*.csv")}

    assert written == {name: ",".join(column.name for column in TABLES[name].columns) for name in TABLES}


def test_the_same_seed_gives_the_same_bytes(city_extract: Path, tmp_path: Path) -> None:
    again = synthesise("city", DEFAULT_SEED, tmp_path / "again").path

    assert digests(again) == digests(city_extract)


def test_another_seed_gives_other_people(city_extract: Path, tmp_path: Path) -> None:
    other = synthesise("city", DEFAULT_SEED + 1, tmp_path / "other").path

    assert all(digests(other)[name] != digest for name, digest in digests(city_extract).items())


def test_the_report_counts_the_rows_that_are_in_the_files(tmp_path: Path) -> None:
    report = synthesise("city", 5, tmp_path / "city")

    assert report.rows == {name: table(report.path, name).height for name in TABLES}
    assert (report.profile, report.seed) == ("city", 5)


def test_files_are_owner_only(city_extract: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in city_extract.rglob("*") if path.is_file()}

    assert modes == {0o600}


def test_an_unknown_profile_is_refused_naming_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="city, force, national"):
        synthesise("village", 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("profile", PROFILES)
def test_an_existing_directory_is_never_overwritten(profile: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    with pytest.raises(OutputError, match="exists already"):
        synthesise(profile, 1, tmp_path / "out")


def test_nothing_is_recorded_after_the_extract_was_taken(city_extract: Path) -> None:
    for name, contract in TABLES.items():
        frame = table(city_extract, name)
        recorded = [c.name for c in contract.columns if c.name in {"recorded_at", "known_at", "assessed_at", "from_at"}]
        for column in recorded:
            latest = moments(frame, column).max()
            assert isinstance(latest, datetime)
            assert latest < EXTRACTED, (name, column)


def test_incidents_cover_six_years(city_extract: Path) -> None:
    occurred = moments(table(city_extract, "incidents"), "occurred_at").drop_nulls()

    assert occurred.min().date().isoformat() == "2018-04-01"  # type: ignore[union-attr]
    assert occurred.max().date().isoformat() == "2024-03-31"  # type: ignore[union-attr]


def test_some_records_and_some_names_come_to_notice_late(city_extract: Path) -> None:
    incidents = table(city_extract, "incidents")
    lag = (moments(incidents, "recorded_at") - moments(incidents, "occurred_at")).dt.total_days()
    involvements = table(city_extract, "involvements").join(
        incidents.select("incident_id", known="recorded_at").unique("incident_id"), on="incident_id"
    )

    late = involvements.filter(pl.col("recorded_at") > pl.col("known")).height / involvements.height

    assert 0.15 < (lag > 1).mean() < 0.35  # type: ignore[operator]
    assert 0.01 < (lag > 90).mean() < 0.08  # type: ignore[operator]
    assert 0.04 < late < 0.12


def test_the_words_of_the_closed_lists_all_appear_where_they_may(city_extract: Path) -> None:
    used = {
        ("involvements", "role"): {"suspect", "victim", "witness", "involved", "child"},
        ("involvements", "status"): {"named", "arrested", "charged", "convicted", "eliminated"},
        ("ties", "kind"): {"intimate", "family", "household"},
        ("pairs", "relationship"): {
            "intimate",
            "ex_intimate",
            "parent",
            "child",
            "sibling",
            "other_family",
            "other",
        },
        ("standing", "kind"): {word.value for word in words_of("standing", "kind")},
        ("programme_events", "event"): {word.value for word in words_of("programme_events", "event")} - {"re_referred"},
        ("assessments", "form"): {"safelives_dash", "police_dash", "dara"},
    }

    for (name, column), words in used.items():
        assert words <= set(table(city_extract, name)[column]), (name, column)


def words_of(name: str, column: str) -> list[str]:
    vocabulary = next(c.vocabulary for c in TABLES[name].columns if c.name == column)
    assert vocabulary is not None
    return list(vocabulary)


def test_there_are_children_year_only_and_missing_birth_dates(city_extract: Path) -> None:
    persons = table(city_extract, "persons")
    suspects = table(city_extract, "involvements").filter(pl.col("role") == "suspect")["person_id"].implode()
    born = persons.filter(pl.col("person_id").is_in(suspects))["birth_date"]

    assert born.is_null().sum() > 20
    assert (born.str.len_chars() == 4).sum() > 20
    assert (born > "2006-04-30").sum() > 20
    assert (born > "2008-04-30").sum() >= 3


def test_counter_allegations_gather_in_couples(city_extract: Path) -> None:
    pairs = table(city_extract, "pairs").select("suspect_id", "victim_id", "relationship").unique()
    turned = pairs.select(suspect_id="victim_id", victim_id="suspect_id").unique()
    both_ways = pairs.join(turned, on=["suspect_id", "victim_id"], how="semi")
    couple = pl.col("relationship").is_in(["intimate", "ex_intimate"])

    share_of_couples = both_ways.filter(couple).height / pairs.filter(couple).height
    share_of_others = both_ways.filter(~couple).height / pairs.filter(~couple).height

    assert share_of_couples > 1.5 * share_of_others
    assert both_ways.filter(couple).height > 0.75 * both_ways.height


def test_ingest_sets_aside_the_deliberate_flaws_and_nothing_else(city_extract: Path, tmp_path: Path) -> None:
    ingest_extract(city_extract, tmp_path / "snapshot")

    found = pl.read_parquet(tmp_path / "snapshot" / "quarantine.parquet")
    by_reason = {
        (name, reason): count
        for name, reason, count in found.explode("reasons").group_by("table", "reasons").len().iter_rows()
    }
    assert by_reason == {
        ("persons", "missing_value"): 1,
        ("persons", "unknown_value"): 1,
        ("persons", "unparseable"): 1,
        ("incidents", "conflicting_key"): 4,
        ("incidents", "recorded_before_occurred"): 4,
        ("incidents", "unparseable"): 2,
        ("incidents", "duplicate"): 3,
        ("involvements", "duplicate"): 6,
        ("involvements", "orphan"): 3,
        ("involvements", "unknown_value"): 2,
        ("involvements", "child_of_quarantined"): 1,
        ("ties", "self_tie"): 2,
        ("custody", "end_before_start"): 2,
        ("orders", "unknown_value"): 1,
        ("person_merges", "cycle"): 2,
    }


def test_identities_are_invented_and_only_partly_linked(city_extract: Path) -> None:
    identities = table(city_extract, "identities")
    persons = set(table(city_extract, "persons")["person_id"].drop_nulls())

    assert set(identities["person_id"].drop_nulls()) <= persons
    assert identities["agency"].n_unique() >= 4
    assert 0.1 < identities["person_id"].is_null().mean() < 0.4  # type: ignore[operator]
    assert identities["postcode"].is_null().sum() > 1000
    assert identities["postcode"].drop_nulls().str.starts_with("Q").all()


def test_some_nominations_name_people_without_any_incident(city_extract: Path) -> None:
    nominated = set(table(city_extract, "nominations")["person_id"])
    recorded = set(table(city_extract, "involvements")["person_id"])

    assert 5 <= len(nominated - recorded) <= 15
    assert nominated <= set(table(city_extract, "persons")["person_id"])


def values_per_person(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """For every column of every table that names a person: one value per person (mean of the ranks of the cells)."""
    incidents = tables["incidents"].unique("incident_id")
    orders = tables["orders"].select("order_id", "person_id")
    joined = {
        **tables,
        "incidents": tables["involvements"]
        .filter(pl.col("role") == "suspect")
        .select("incident_id", "person_id")
        .join(incidents, on="incident_id"),
        "order_breaches": tables["order_breaches"].join(orders, on="order_id"),
        "programme_events": tables["programme_events"].join(
            tables["programme_referrals"].select("referral_id", "person_id"), on="referral_id"
        ),
    }
    found: dict[str, pl.DataFrame] = {}
    for name, frame in joined.items():
        numbered = frame.with_row_index("row_order")
        for owner in [c for c in ("person_id", "suspect_id", "person_id_a", "new_id") if c in frame.columns]:
            for column in numbered.columns:
                number = pl.col(column).cast(pl.Float64, strict=False)
                ranked = number if column == "row_order" else pl.coalesce(number, pl.col(column).rank("dense"))
                found[f"{name}.{column} by {owner}"] = (
                    numbered.select(pl.col(owner).alias("person_id"), ranked.cast(pl.Float64).alias("value"))
                    .drop_nulls()
                    .group_by("person_id")
                    .agg(pl.col("value").mean(), pl.len().alias("rows"))
                )
    return found


def carriers(tables: Mapping[str, pl.DataFrame], latent: pl.DataFrame) -> set[str]:
    """Columns whose value per person follows a latent quantity nearly without error (rank correlation over 0.8)."""
    caught: set[str] = set()
    for name, values in values_per_person(tables).items():
        both = values.join(latent.filter(pl.col("latent_propensity") > 0), on="person_id")
        if both.height < 20:
            continue
        for hidden in ("latent_propensity", "latent_severity"):
            for shown in ("value", "rows"):
                if both[shown].n_unique() < 3:
                    continue
                ranks = both.select(pl.col(hidden).rank(), pl.col(shown).rank())
                correlation = np.corrcoef(ranks[hidden].to_numpy(), ranks[shown].to_numpy())[0, 1]
                if abs(correlation) > 0.8:
                    caught.add(name)
    return caught


def test_no_column_carries_what_is_latent(city: City) -> None:
    assert carriers(city.tables, city.latent) == set()


@pytest.mark.parametrize("hidden", ["latent_propensity", "latent_severity"])
def test_a_column_that_did_carry_it_would_be_caught(hidden: str, city: City) -> None:
    monotone = city.latent.select("person_id", leak=pl.col(hidden).exp().round(6))
    leaky = {**city.tables, "persons": city.tables["persons"].join(monotone, on="person_id", how="left")}

    assert carriers(leaky, city.latent) == {"persons.leak by person_id"}


def test_no_cell_spells_out_a_latent_value(city: City) -> None:
    hidden = city.latent.filter(pl.col("latent_propensity") > 0)
    spelled = {f"{value:.6f}" for column in hidden.columns[1:] for value in hidden[column]}

    for name, frame in city.tables.items():
        for column in frame.columns:
            assert not spelled & set(frame[column].drop_nulls()), (name, column)


def test_history_says_something_about_the_next_year_but_not_everything(city_extract: Path) -> None:
    as_of, year = datetime(2023, 3, 31), pl.duration(days=365)
    incidents = table(city_extract, "incidents").filter(pl.col("cancelled_at").is_null()).unique("incident_id")
    records = (
        table(city_extract, "involvements")
        .filter((pl.col("role") == "suspect") & (pl.col("status").fill_null("") != "eliminated"))
        .select("incident_id", "person_id")
        .join(incidents.filter(pl.col("is_domestic") == "true"), on="incident_id")
        .with_columns(pl.col("occurred_at", "recorded_at").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False))
    )
    known = records.filter((pl.col("occurred_at") < as_of) & (pl.col("recorded_at") < as_of))
    future = records.filter(
        (pl.col("occurred_at") >= as_of) & (pl.col("occurred_at") < as_of + year) & (pl.col("is_crime") == "true")
    )

    people = known.group_by("person_id").agg((pl.col("occurred_at") >= as_of - year).sum().alias("count"))
    people = people.with_columns(
        again=pl.col("person_id").is_in(future["person_id"].implode()), place=pl.col("count").rank()
    )
    again = int(people["again"].sum())
    auc = (float(people.filter("again")["place"].sum()) - again * (again + 1) / 2) / (again * (people.height - again))

    assert 0.68 <= auc <= 0.75
