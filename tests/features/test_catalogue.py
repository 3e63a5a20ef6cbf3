"""The catalogue is complete, says each thing once, and keeps what may never be scored away from models."""

from __future__ import annotations

from pathlib import Path

from features.catalogue import CATALOGUE, documentation, sources_needed
from features.matrix import build_matrix
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.schemas.extract import TABLES
from mat.snapshot import Snapshot
from tests.reference.snapshots import AS_OF, incident, write_snapshot

BARRED = {
    *(f"da_victim_count_{window}" for window in ("90d", "365d", "730d", "1095d", "all")),
    "both_role_incidents_all",
    "reciprocal_counterparties_all",
    "component_size",
}


def test_a_matrix_has_the_columns_of_the_catalogue_and_the_flags_and_no_others(tmp_path: Path) -> None:
    snapshot = Snapshot.open(write_snapshot(tmp_path / "s", [incident("i", 10, "s", "v")]))

    matrix = build_matrix(snapshot, AS_OF, load_scale("count"))

    flags = [flag.name for flag in load_definitions().flags]
    assert matrix.frame.columns == ["person_id", "as_of", *(spec.name for spec in CATALOGUE), *flags]


def test_names_sentences_and_explanations_are_unique() -> None:
    names = [spec.name for spec in CATALOGUE]
    sentences = [spec.sentence for spec in CATALOGUE]

    assert len(set(names)) == len(names)
    assert len(set(sentences)) == len(sentences)


def test_a_sentence_says_the_value_once_and_a_missing_value_is_said_to_be_missing() -> None:
    assert all(spec.sentence.count("{value}") == 1 for spec in CATALOGUE)
    assert CATALOGUE[0].say(None).endswith("not known")


def test_what_a_person_suffered_is_never_scored() -> None:
    assert {spec.name for spec in CATALOGUE if not spec.model_use} == BARRED


def test_no_feature_is_made_of_sex_ethnicity_ward_or_health() -> None:
    words = ("sex", "ethnic", "ward", "health", "postcode")

    assert [spec.name for spec in CATALOGUE if any(word in spec.name for word in words)] == []


def test_features_that_depend_on_a_table_name_one_of_the_contract() -> None:
    for source in sources_needed():
        table, _, column = source.partition(".")
        assert column == "" or column in {known.name for known in TABLES[table].columns}


def test_the_documentation_has_one_line_per_feature() -> None:
    page = documentation()

    assert all(f"| `{spec.name}` |" in page for spec in CATALOGUE)
