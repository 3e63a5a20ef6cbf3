"""The worked example of the page for analysts does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mat.errors import ExtractError, MappingError
from mat.schemas.extract import TABLES
from tests.mat.ingest.extract_builder import ingest, set_aside

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "your-extract.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example's files, written as the page shows them."""
    (tmp_path / "export").mkdir()
    for name, text in re.findall(r"`export/(\w+\.csv)`\n\n```csv\n(.*?)```", PAGE, flags=re.DOTALL):
        (tmp_path / "export" / name).write_text(text, encoding="utf-8")
    (mapping,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "ours.toml").write_text(mapping, encoding="utf-8")
    return tmp_path / "export"


def test_the_worked_example_sets_aside_what_the_page_says(example: Path) -> None:
    report, snapshot = ingest(example, mapping=example.parent / "ours.toml", max_quarantine=0.3)

    shown = re.findall(r"(?m)^\| (\w+) \| (\d+) \| (\w+) \| (\w+) \|", PAGE)
    assert shown
    assert {(table, int(row)): (kind, {reason}) for table, row, kind, reason in shown} == set_aside(snapshot)
    assert report.columns_not_read == ("persons.Religion",)
    assert report.counts["involvements"].written == 7
    assert snapshot.table("persons").collect()["birth_date_precision"].to_list() == ["day", "year", None]
    assert snapshot.table("incidents").collect()["offence_code"].to_list() == ["105A", "8N", None]
    assert snapshot.table("incidents").collect()["is_domestic"].to_list() == [True, True, False]


def test_the_worked_example_needs_the_higher_limit(example: Path) -> None:
    with pytest.raises(ExtractError, match=r"25\.0% of the rows of incidents"):
        ingest(example, mapping=example.parent / "ours.toml", max_quarantine=0.05)


def test_naming_religion_would_have_stopped_ingest(example: Path) -> None:
    mapping = example.parent / "ours.toml"
    mapping.write_text(mapping.read_text().replace('person_id = "URN"', 'person_id = "URN"\nhome_ward = "Religion"', 1))

    with pytest.raises(MappingError, match="refuse-list"):
        ingest(example, mapping=mapping)


def test_the_required_columns_named_on_the_page_are_those_of_the_contract() -> None:
    (sentence,) = re.findall(r"eight are required: (.*?)\. Send", PAGE, flags=re.DOTALL)

    required = {
        f"{name}.{column.name}"
        for name, table in TABLES.items()
        if table.is_required
        for column in table.columns
        if not column.is_optional
    }
    assert set(re.findall(r"`([\w.]+)`", sentence)) == required
