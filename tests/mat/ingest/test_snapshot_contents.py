"""What a snapshot and its report hold when all goes well, and what they say when it does not."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from mat import CONTRACT_VERSION
from mat.errors import ExtractError, OutputError
from mat.ingest import ingest_extract
from mat.schemas.extract import TABLES
from tests.mat.ingest.extract_builder import (
    VALID,
    Break,
    add,
    as_parquet,
    both,
    change,
    ingest,
    remove,
    set_aside,
    write_extract,
)

REQUIRED = {name: VALID[name] for name in ("persons", "incidents", "involvements")}

NO_VICTIMS = both(
    change("involvements", "I1,P2,victim", "I1,P2,witness"),
    change("involvements", "I2,P3,victim", "I2,P3,witness"),
    change("involvements", "I4,P2,victim", "I4,P2,witness"),
)


def test_a_valid_extract_is_accepted_whole_and_keeps_to_its_schemas(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")

    report, snapshot = ingest(extract, max_quarantine=0.0)

    assert set_aside(snapshot) == {}
    assert set(report.counts) == set(TABLES)
    for name, contract in TABLES.items():
        frame = snapshot.table(name).collect()
        contract.schema.validate(frame)
        assert frame.height == len(VALID[name].splitlines()) - 1 == report.counts[name].accepted


def test_persons_are_typed_and_say_how_exactly_the_birth_date_is_known(tmp_path: Path) -> None:
    _, snapshot = ingest(write_extract(tmp_path / "extract"))

    rows = (
        snapshot.table("persons")
        .select("person_id", "birth_date", "birth_date_precision", "sex", "ethnicity")
        .collect()
    )

    assert rows.rows()[:3] == [
        ("P1", date(1980, 2, 3), "day", "M", "W"),
        ("P2", date(1985, 1, 1), "year", "F", "A"),
        ("P3", None, None, "F", "U"),
    ]


def test_empty_recorded_at_takes_its_fall_back(tmp_path: Path) -> None:
    _, snapshot = ingest(write_extract(tmp_path / "extract"))

    incidents = dict(snapshot.table("incidents").select("incident_id", "recorded_at").collect().iter_rows())
    involvements = snapshot.table("involvements").select("recorded_at").collect().to_series()
    orders = dict(snapshot.table("orders").select("order_id", "recorded_at").collect().iter_rows())
    breaches = snapshot.table("order_breaches").select("recorded_at").collect().to_series()

    assert incidents["I3"] == datetime(2023, 3, 1)
    assert involvements[0] == datetime(2023, 1, 3, 10)
    assert involvements[1] == datetime(2023, 1, 2, 9)
    assert orders["O1"] == datetime(2023, 1, 5)
    assert breaches[1] == datetime(2023, 1, 12)


def test_ties_are_stored_with_the_smaller_id_first(tmp_path: Path) -> None:
    _, snapshot = ingest(write_extract(tmp_path / "extract"))

    ties = snapshot.table("ties").select("person_id_a", "person_id_b").collect().rows()

    assert ties == [("P1", "P2"), ("P2", "P3")]


def test_the_manifest_names_what_went_in_and_what_came_out(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)

    report, snapshot = ingest(extract)

    manifest = snapshot.manifest
    assert manifest["contract_version"] == CONTRACT_VERSION
    assert manifest["counts"]["incidents"] | {"reasons": None, "values": None} == {
        "in": 5, "accepted": 5, "quarantined": 0, "written": 5, "values_set_aside": 0, "reasons": None, "values": None,
    }  # fmt: skip
    assert manifest["source"][0] == {
        "table": "persons",
        "name": "persons.csv",
        "size": len(VALID["persons"]),
        "sha256": hashlib.sha256(VALID["persons"].encode()).hexdigest(),
    }
    assert manifest["mapping_hash"] is None
    assert manifest["timezone"] == "Europe/London"
    assert manifest["extracted_at"] == "2023-05-02T10:00:00"
    assert set(manifest["absent_tables"]) == set(TABLES) - set(REQUIRED)
    assert json.loads(json.dumps(report.as_json()))["counts"] == manifest["counts"]
    assert not snapshot.has_table("ties")
    assert snapshot.has_column("incidents", "ward")


def test_the_latest_recorded_at_after_the_file_itself_is_not_the_time_of_extraction(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    add("incidents", "I6,,2098-01-01,2099-01-01,,1,1,,,,,")(extract)

    report, _ = ingest(extract)

    assert report.extracted_at == "2023-05-02T10:00:00"


def test_every_file_of_a_snapshot_is_its_owners_alone(tmp_path: Path) -> None:
    _, snapshot = ingest(write_extract(tmp_path / "extract"))

    modes = {stat.S_IMODE(path.stat().st_mode) for path in snapshot.path.iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o700


def test_an_existing_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    ingest(extract)

    with pytest.raises(OutputError, match="exists already"):
        ingest(extract)


def test_columns_outside_the_contract_are_listed_and_not_read(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    change("persons", "home_ward\n", "home_ward,shoe_size\n")(extract)
    (extract / "notes.csv").write_text("a\n1\n")
    text = (extract / "persons.csv").read_text()
    (extract / "persons.csv").write_text(
        "\n".join(f"{line},44" if i else line for i, line in enumerate(text.splitlines()))
    )

    report, snapshot = ingest(extract)

    assert report.columns_not_read == ("persons.shoe_size",)
    assert report.files_not_read == ("notes.csv",)
    assert "shoe_size" not in snapshot.table("persons").collect_schema().names()
    assert any("shoe_size" in line for line in report.lines())


def test_a_column_without_values_is_not_absent(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    change("incidents", ",outcome_code\n", ",extra\n")(extract)
    change("incidents", "2023-05-01,\n", ",\n")(extract)

    _, snapshot = ingest(extract)

    assert not snapshot.has_column("incidents", "outcome_code")
    assert snapshot.has_column("incidents", "cancelled_at")


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (change("incidents", "occurred_at,recorded_at", "occurred_at,known"), "every backtest may flatter"),
        (change("incidents", "occurrence_id", "event"), "crimes, not events"),
        (change("incidents", "cancelled_at", "gone"), "cancelled records still count"),
        (change("involvements", "status,", "state,"), "eliminated suspects still count"),
        (NO_VICTIMS, "No victim is recorded"),
        (add("incidents", "I6,,2023-10-29T01:50,2023-10-29T01:10,,1,1,,,,,"), "1 rows run backwards"),
        (add("incidents", "I6"), "1 rows cannot be read"),
        (add("incidents", "", ""), "2 blank lines"),
    ],
)  # fmt: skip
def test_the_report_warns(broken: Break, expected: str, tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    before, _ = ingest(extract)
    (tmp_path / "snapshot").rename(tmp_path / "before")
    broken(extract)

    report, snapshot = ingest(extract)

    assert not any(expected in warning for warning in before.warnings)
    assert sum(expected in warning for warning in report.warnings) == 1
    assert snapshot.manifest["warnings"] == list(report.warnings)


def test_the_report_leads_with_people_set_aside_who_are_in_three_domestic_incidents(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    add("persons", "P1,1981-02-03,M,W,Hanley", "P4,1991-12-31,M,B,Tunstall")(extract)
    add("involvements", "I1,X9,suspect,,,", "I2,X9,suspect,,,", "I3,X9,victim,,,", "I3,X9,suspect,,,")(extract)
    add("involvements", "I1,X8,suspect,,,", "I2,X8,suspect,,,", "I5,X8,suspect,,,", "I1,X8,witness,,,")(extract)

    report, _ = ingest(extract)

    assert len(report.lead) == 2
    assert report.lead[0].startswith("P1 was set aside (conflicting_key) but is named in 3 domestic incidents")
    assert report.lead[1].startswith("X9 is not in persons but is named in 3 domestic incidents")
    assert report.lines()[:2] == list(report.lead)


def test_raw_holds_the_contract_columns_as_they_were_given(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    add("incidents", ' I6 ,,  01/02/2023,,=1+1,1,maybe,"Ward, ""old""",,,,')(extract)

    _, snapshot = ingest(extract)

    raw = json.loads(snapshot.quarantine().select("raw").collect().item())
    assert raw == {
        "incident_id": "I6", "occurrence_id": None, "occurred_at": "  01/02/2023", "recorded_at": None,
        "offence_code": "=1+1", "is_crime": "1", "is_domestic": "maybe", "ward": 'Ward, "old"',
        "children_present": None, "risk_grade": None, "cancelled_at": None, "outcome_code": None,
    }  # fmt: skip


def test_raw_of_identities_names_nobody(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    add("identities", "D1,police,P1,Other,Person,1980-02-03,ST1 1AA", "D2,,P1,Third,Person,1980,", "D3,police")(extract)

    _, snapshot = ingest(extract)

    raw = snapshot.quarantine().select("raw").collect().to_series().to_list()
    assert [json.loads(text) for text in raw] == [{"row": 1}, {"row": 2}, {"row": 3}, {"row": 4}]


def test_an_incident_whose_pairs_row_cannot_be_read_can_still_be_found(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    add("pairs", "I2,P1,P3,intimate,extra,extra,extra", "I4,P1")(extract)

    _, snapshot = ingest(extract)

    raw = snapshot.quarantine().filter(pl.col("table") == "pairs").select("raw").collect().to_series().to_list()
    assert [json.loads(text)["incident_id"] for text in raw] == ["I2", "I4"]


def test_optional_ids_that_name_nobody_become_null(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    change("orders", "O1,P1,P2", "O1,P1,P77")(extract)

    report, snapshot = ingest(extract)

    assert snapshot.table("orders").select("protected_person_id").collect().to_series().to_list() == [None, "P4"]
    assert report.counts["orders"].values == {"protected_person_id: orphan": 1}


def test_too_many_rows_set_aside_leave_no_snapshot(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,never")(extract)

    with pytest.raises(ExtractError) as refusal:
        ingest(extract, max_quarantine=0.19)

    lines = str(refusal.value).splitlines()
    assert lines[0].startswith(
        "20.0% of the rows of incidents would be set aside, more than the 19.0% allowed (unparseable 1)"
    )
    assert lines[1].startswith("  incidents row 5: unparseable: {")
    assert not (tmp_path / "snapshot").exists()


def test_the_limit_itself_is_allowed_and_duplicates_do_not_count(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    add("persons", *["P6,1975-05-05,F,W,Burslem"] * 30)(extract)

    report, _ = ingest(extract, max_quarantine=0.0)

    assert report.counts["persons"].reasons == {"duplicate": 30}


def test_the_limit_does_not_look_at_optional_tables(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    change("marac", "M1,P2", "M1,P77")(extract)

    report, _ = ingest(extract, max_quarantine=0.0)

    assert report.counts["marac"].accepted == 0


@pytest.mark.parametrize("table", ["persons", "incidents", "involvements"])
def test_a_file_that_vanishes_ends_in_a_sentence(table: str, tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)

    class Vandal:
        def step(self, label: str) -> None:
            if label == f"Reading {table}":
                (extract / f"{table}.csv").unlink()

    with pytest.raises(ExtractError, match=f"{table}.csv is not there any more"):
        ingest_extract(extract, tmp_path / "snapshot", progress=Vandal())

    assert list(tmp_path.iterdir()) == [extract]


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="nowhere is not a directory"):
        ingest(tmp_path / "nowhere")


def test_a_misnamed_table_is_guessed_at_in_the_message_alone(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract", tables=REQUIRED)
    (extract / "persons.csv").rename(extract / "person.csv")

    with pytest.raises(ExtractError, match=r"did you mean 'person\.csv'"):
        ingest(extract)


def test_progress_is_told_of_every_table(tmp_path: Path) -> None:
    steps: list[str] = []

    class Listener:
        def step(self, label: str) -> None:
            steps.append(label)

    ingest_extract(
        write_extract(tmp_path / "extract", tables=REQUIRED),
        tmp_path / "snapshot",
        max_quarantine=1,
        progress=Listener(),
    )

    assert steps == ["Reading persons", "Reading incidents", "Reading involvements", "Writing the manifest"]


def test_csv_and_parquet_give_the_same_snapshot(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "csv" / "extract")
    add("involvements", "I5,P77,victim,,,", "I5,P4,suspect,,named,")(extract)
    (tmp_path / "parquet").mkdir()

    _, from_csv = ingest(extract)
    _, from_parquet = ingest(as_parquet(extract, tmp_path / "parquet" / "extract"))

    for table in TABLES:
        assert from_csv.table(table).collect().equals(from_parquet.table(table).collect())
    assert from_csv.quarantine().collect().equals(from_parquet.quarantine().collect())


def test_breaks_do_not_reach_the_valid_extract(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "extract")
    remove("ties")(extract)

    report, _ = ingest(extract, max_quarantine=0.0)

    assert report.absent_tables == ("ties",)
