"""A mapping turns a foreign extract into the contract's; a slip in it is refused with the nearest valid name."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from mat.errors import BadInput, ExtractError, MappingError
from mat.ingest.mapping import load_mapping
from mat.snapshot import Snapshot
from tests.mat.ingest.extract_builder import ingest, set_aside, write_extract

FOREIGN = {
    "nominals": "REF;DOB;SEX;ETHNIC 16+1;RELIGION\nN1;3/2/1980;Male;W1;none\nN2;1985;Female;A2;none\nN3;;;;none\n",
    "crimes": """no,when,class,desc,grade,hidden
C1,01/02/2023 10:00,008/06,Assault: domestic,HIGH,x
C2,05/02/2023,105,Criminal damage,,x
C3,06/02/2023,999,,MED,x
""",
    "links": "no,ref,part,status\nC1,N1,SUSP,1\nC1,N2,AGG,2\nC2,N1,DUAL,3\nC3,N3,SUSP,\n",
}

MAPPING = """
timezone = "Europe/London"
extracted_at = 2023-03-01T06:00:00

[tables.persons]
file = "nominals.csv"
separator = ";"
[tables.persons.columns]
person_id = "REF"
birth_date = { from = "DOB", format = ["%d/%m/%Y", "%Y"] }
sex = { from = "SEX", values = { Male = "M", Female = "F", "" = "U" } }
ethnicity = { from = "ETHNIC 16+1", values = { W1 = "W", A2 = "A" } }

[tables.incidents]
file = "crimes.csv"
format = "csv"
[tables.incidents.columns]
incident_id = "no"
occurred_at = { from = "when", format = ["%d/%m/%Y %H:%M", "%d/%m/%Y"] }
offence_code = { from = "class", values = "codes.csv" }
is_crime = { constant = true }
is_domestic = { from = "desc", starts_with = ["Assault", "Harass"] }
children_present = { from = "class", equals = "105" }
risk_grade = { from = "grade", values = { HIGH = "high", MED = "medium" } }
outcome_code = { from = "class", in = ["008/06", "105"], then = "known", otherwise = "other" }

[tables.involvements]
file = "links.csv"
ignore = ["status"]
[tables.involvements.columns]
incident_id = "no"
person_id = "ref"
role = { from = "part", values = { SUSP = "suspect", AGG = "victim", DUAL = ["suspect", "victim"] } }
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    (tmp_path / "codes.csv").write_text("local,contract\n008/06,8N\n105,149\n")
    (tmp_path / "map.toml").write_text(MAPPING)
    return write_extract(tmp_path / "extract", tables=FOREIGN)


def ingest_foreign(extract: Path) -> Snapshot:
    return ingest(extract, mapping=extract.parent / "map.toml")[1]


def test_a_foreign_extract_becomes_the_contracts(foreign: Path) -> None:
    snapshot = ingest_foreign(foreign)

    persons = snapshot.table("persons").drop("home_ward").collect().rows()
    incidents = snapshot.table("incidents").collect()
    assert set_aside(snapshot) == {}
    assert persons == [
        ("N1", date(1980, 2, 3), "day", "M", "W"),
        ("N2", date(1985, 1, 1), "year", "F", "A"),
        ("N3", None, None, "U", "U"),
    ]
    assert incidents["occurred_at"].to_list() == [datetime(2023, 2, 1, 10), datetime(2023, 2, 5), datetime(2023, 2, 6)]
    assert incidents["offence_code"].to_list() == ["8N", "149", "999"]
    assert incidents["is_crime"].to_list() == [True, True, True]
    assert incidents["is_domestic"].to_list() == [True, False, False]
    assert incidents["children_present"].to_list() == [False, True, False]
    assert incidents["risk_grade"].to_list() == ["high", None, "medium"]
    assert incidents["outcome_code"].to_list() == ["known", "known", "other"]


MARKED = [
    ("DA", True),
    ("CSE; DA, HBA", True),
    ("cse/DA", True),
    ("(DA)", True),
    ("Domestic Abuse", True),
    ("DAMAGE", False),
    ("DA2; DA\u00c9", False),
    ("da", False),
    ("D.A", False),
    ("", False),
    (" ", False),
]


def test_a_marker_is_found_among_others_in_its_cell_and_in_no_other_word(foreign: Path) -> None:
    rows = "".join(f'C{n},01/02/2023 10:00,105,"{cell}",HIGH\n' for n, (cell, _) in enumerate(MARKED))
    (foreign / "crimes.csv").write_text("no,when,class,desc,grade\n" + rows)
    mapping = MAPPING.replace('starts_with = ["Assault", "Harass"]', 'contains = ["DA", "Abuse"]')
    (foreign.parent / "map.toml").write_text(mapping)
    (foreign / "links.csv").write_text("no,ref,part,status\nC0,N1,SUSP,1\n")

    marked = ingest_foreign(foreign).table("incidents").sort("incident_id").collect()

    found = dict(zip(marked["incident_id"], marked["is_domestic"], strict=True))
    assert found == {f"C{n}": is_marked for n, (_, is_marked) in enumerate(MARKED)}


def test_a_marker_is_text_and_no_pattern(foreign: Path) -> None:
    mapping = MAPPING.replace('starts_with = ["Assault", "Harass"]', 'contains = ".*"')
    (foreign.parent / "map.toml").write_text(mapping)

    assert not ingest_foreign(foreign).table("incidents").collect()["is_domestic"].any()


def test_one_value_may_become_several_rows_that_count_once(foreign: Path) -> None:
    report, snapshot = ingest(foreign, mapping=foreign.parent / "map.toml")

    roles = snapshot.table("involvements").select("incident_id", "person_id", "role").collect().rows()

    assert roles[2:4] == [("C2", "N1", "suspect"), ("C2", "N1", "victim")]
    counts = report.counts["involvements"]
    assert (counts.rows_in, counts.accepted, counts.quarantined, counts.written) == (4, 4, 0, 5)


def test_a_split_row_is_accepted_if_either_part_is(foreign: Path) -> None:
    with (foreign / "links.csv").open("a") as stream:
        stream.write("C2,N1,SUSP,3\nC9,N1,DUAL,3\n")

    report, snapshot = ingest(foreign, mapping=foreign.parent / "map.toml")

    assert set_aside(snapshot) == {
        ("involvements", 5): ("row", {"duplicate"}),
        ("involvements", 6): ("row", {"orphan"}),
    }
    raw = snapshot.quarantine().filter(pl.col("row") == 6).select("raw").collect().item()
    assert json.loads(raw)["role"] == "DUAL"
    assert report.counts["involvements"].reasons == {"orphan": 1, "duplicate": 1}


def test_a_part_that_repeats_an_earlier_row_is_kept_as_a_value(foreign: Path) -> None:
    lines = (foreign / "links.csv").read_text().splitlines()
    (foreign / "links.csv").write_text("\n".join([lines[0], "C2,N1,SUSP,3", *lines[1:]]) + "\n")

    report, snapshot = ingest(foreign, mapping=foreign.parent / "map.toml")

    assert set_aside(snapshot) == {("involvements", 4): ("value", {"duplicate"})}
    counts = report.counts["involvements"]
    assert (counts.rows_in, counts.accepted, counts.written) == (5, 5, 5)


def test_the_manifest_knows_the_mapping_and_its_value_maps(foreign: Path) -> None:
    first = load_mapping(foreign.parent / "map.toml").digest
    (foreign.parent / "codes.csv").write_text("local,contract\n008/06,8N\n")

    second = load_mapping(foreign.parent / "map.toml").digest

    manifest = ingest_foreign(foreign).manifest
    assert first != second == manifest["mapping_hash"]
    assert manifest["extracted_at"] == "2023-03-01T06:00:00"
    assert "persons.RELIGION" in manifest["columns_not_read"]
    assert "incidents.hidden" in manifest["columns_not_read"]
    assert "involvements.status" in manifest["absent_columns"]


def test_a_mapping_leaves_unmentioned_columns_and_tables_under_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[tables.ties]\nskip = true\n[tables.persons]\nignore = ["home_ward"]\n')
    extract = write_extract(tmp_path / "extract")

    report, snapshot = ingest(extract, mapping=tmp_path / "map.toml")

    assert report.absent_tables == ("ties",)
    assert report.files_not_read == ("ties.csv",)
    assert "persons.home_ward" in report.absent_columns
    assert snapshot.table("custody").collect().height == 2


def test_times_with_a_zone_become_local_times_of_the_mappings_zone(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('timezone = "America/Chicago"\n')
    extract = write_extract(tmp_path / "extract")

    _, snapshot = ingest(extract, mapping=tmp_path / "map.toml")

    occurred = snapshot.table("incidents").filter(pl.col("incident_id") == "I4").select("occurred_at").collect().item()
    assert occurred == datetime(2023, 4, 1, 5)


def test_the_time_of_extraction_may_have_a_zone(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text("extracted_at = 2023-07-01T06:00:00Z\n")

    assert load_mapping(tmp_path / "map.toml").extracted_at == datetime(2023, 7, 1, 7)


def test_typed_columns_go_through_value_maps_as_text(foreign: Path) -> None:
    (foreign.parent / "map.toml").write_text(
        MAPPING.replace('file = "links.csv"', 'file = "links.parquet"').replace("SUSP =", "1 =").replace("AGG =", "2 =")
    )
    links = {
        "no": ["C1", "C1", "C2"],
        "ref": ["N1", "N2", "N3"],
        "part": [1.0, 2.0, None],
        "status": [None, None, None],
    }
    pl.DataFrame(links).write_parquet(foreign / "links.parquet")

    snapshot = ingest_foreign(foreign)

    assert snapshot.table("involvements").select("role").collect().to_series().to_list() == ["suspect", "victim"]
    assert set_aside(snapshot) == {("involvements", 3): ("row", {"missing_value"})}


@pytest.mark.parametrize("name", ["RELIGION", "religion", " Religion "])
def test_a_column_on_the_refuse_list_is_never_mapped(name: str, foreign: Path) -> None:
    mapping = MAPPING.replace('person_id = "REF"', f'person_id = "REF"\nhome_ward = "{name}"')
    (foreign.parent / "map.toml").write_text(mapping)

    with pytest.raises(MappingError, match="refuse-list"):
        ingest_foreign(foreign)


def test_a_refused_column_found_under_its_contract_name_is_refused_too(foreign: Path) -> None:
    (foreign.parent / "map.toml").write_text(
        MAPPING.replace('ignore = ["status"]', "") + '\n[refuse]\ncolumns = ["Status"]\n'
    )

    with pytest.raises(ExtractError, match="'status', which is on the refuse-list"):
        ingest_foreign(foreign)


def test_a_refused_column_can_be_allowed_knowingly(foreign: Path) -> None:
    mapping = MAPPING.replace('person_id = "REF"', 'person_id = "REF"\nhome_ward = "RELIGION"')
    (foreign.parent / "map.toml").write_text(mapping + '\n[refuse]\nallow = ["religion"]\n')

    assert ingest_foreign(foreign).table("persons").select("home_ward").collect().to_series().to_list() == ["none"] * 3


SLIPS = [
    ("tables.person.columns]", "tables.persons.columns]", "no table 'person'.*did you mean 'persons'"),
    ("birth_dat =", "birth_date =", "no column 'birth_dat'.*did you mean 'birth_date'"),
    ("timzone =", "timezone =", "unknown key 'timzone'.*did you mean 'timezone'"),
    ("formt =", "format = [", "cannot be read as a mapping|unknown key"),
    ("starts_wth =", "starts_with =", "unknown key 'starts_wth'.*did you mean 'starts_with'"),
    ('"Europe/Londn"', '"Europe/London"', "no timezone 'Europe/Londn'"),
    ('extracted_at = "soon"', "extracted_at = 2023-03-01T06:00:00", "extracted_at is 'soon'"),
    ('separator = ";;"', 'separator = ";"', "separator is ';;'"),
    ('format = "xlsx"', 'format = "csv"', "format is 'xlsx'"),
    ("constant = 1.5", "constant = true", "has the value 1.5"),
    ('constant = true, from = "no"', "constant = true", "either `from`"),
    ('equals = "105", in = ["105"]', 'equals = "105"', "one of equals, in, starts_with, contains"),
    ('equals = "105", values = { a = "b" }', 'equals = "105"', "then no values or format"),
    ('from = "class", then = "x"', 'from = "class", equals = "105"', "without equals, in, starts_with or contains"),
    ('format = "%Q"', 'format = ["%d/%m/%Y", "%Y"]', "cannot read a date"),
    ('format = "%H:%M"', 'format = ["%d/%m/%Y", "%Y"]', "cannot read a date"),
    ('format = "%Y", values', "values", "is not a date or time"),
    ('values = "nowhere.csv"', 'values = "codes.csv"', "nowhere.csv, which cannot be read"),
    ('ignore = ["staus"]', 'ignore = ["status"]', "did you mean 'status'"),
    ('ignore = "status"', 'ignore = ["status"]', "expected a list"),
    ('person_id = "REFF"', 'person_id = "REF"', "no column 'REFF'.*did you mean 'REF'"),
    ('file = "nominal.csv"', 'file = "nominals.csv"', "nominal.csv, which the mapping names for persons, is not in"),
    ('file = "../map.toml"', 'file = "nominals.csv"', "leads out of"),
    ('file = ""', 'file = "nominals.csv"', "expected a name"),
    ('skip = true\nfile = "links.csv"', 'file = "links.csv"', "a required table stays"),
    ("person_id = 5", 'person_id = "REF"', "expected a section"),
]


@pytest.mark.parametrize(("slip", "right", "sentence"), SLIPS)
def test_a_slip_in_the_mapping_is_refused_in_a_sentence(slip: str, right: str, sentence: str, foreign: Path) -> None:
    assert MAPPING.count(right) >= 1
    (foreign.parent / "map.toml").write_text(MAPPING.replace(right, slip, 1))

    with pytest.raises(BadInput, match=sentence) as refusal:
        ingest_foreign(foreign)

    assert len(str(refusal.value).splitlines()) == 1
    assert not (foreign.parent / "snapshot").exists()


def test_a_mapping_that_is_not_there_is_named(foreign: Path) -> None:
    with pytest.raises(MappingError, match=r"nowhere\.toml cannot be read as a mapping"):
        ingest(foreign, mapping=foreign / "nowhere.toml")


def test_an_optional_table_the_mapping_describes_must_be_there(foreign: Path) -> None:
    (foreign.parent / "map.toml").write_text(MAPPING + "\n[tables.ties.columns]\nknown_at = 'seen'\n")

    with pytest.raises(ExtractError, match=r"no ties\.csv or ties\.parquet, which the mapping describes"):
        ingest_foreign(foreign)


def test_the_shipped_mappings_can_be_read() -> None:
    folder = Path(__file__).resolve().parents[3] / "mat" / "config" / "mappings"

    names = sorted(path.stem for path in folder.glob("*.toml"))

    assert names == ["cpd", "cpd_any", "stlouis", "template"]
    assert all(load_mapping(folder / f"{name}.toml").digest for name in names)
