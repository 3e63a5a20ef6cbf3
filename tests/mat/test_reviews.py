from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from mat.errors import ReviewsError
from mat.reviews import load_reviews, no_reviews

RESOLVED_HEADER = "person_id,hold,counterparty_id,outcome,resolved_at,review_by,resolved_by,reason\n"
RESTRICTIONS_HEADER = "person_id,from_at,to_at,reason\n"


def test_both_files_are_read_as_typed_rows(tmp_path: Path) -> None:
    (tmp_path / "resolved.csv").write_text(
        RESOLVED_HEADER + "P1,counter_allegation,P2,list,2026-01-05T10:00,2026-04-01,DS Khan,read both\n"
    )
    (tmp_path / "restrictions.csv").write_text(RESTRICTIONS_HEADER + "P9,2026-01-05,,erasure request\n")

    reviews = load_reviews(tmp_path)

    assert reviews.resolved.rows() == [
        (
            "P1",
            "counter_allegation",
            "P2",
            "list",
            datetime(2026, 1, 5, 10),
            datetime(2026, 4, 1),
            "DS Khan",
            "read both",
        )
    ]
    assert reviews.restrictions.rows() == [("P9", datetime(2026, 1, 5), None, "erasure request")]


def test_a_time_with_a_zone_becomes_local_time(tmp_path: Path) -> None:
    (tmp_path / "restrictions.csv").write_text(
        RESTRICTIONS_HEADER
        + "P1,2026-07-01T10:00:00Z,,x\nP2,2026-07-01 10:00:00+03:00,,x\nP3,2026-01-01T10:00:00.5,,x\n"
    )

    starts = load_reviews(tmp_path).restrictions["from_at"].to_list()

    assert starts == [datetime(2026, 7, 1, 11), datetime(2026, 7, 1, 8), datetime(2026, 1, 1, 10, 0, 0, 500_000)]


def test_no_directory_means_no_decisions() -> None:
    reviews = load_reviews(None)

    assert reviews.resolved.is_empty()
    assert reviews.resolved.schema == no_reviews().resolved.schema
    assert reviews.hash is None


@pytest.mark.parametrize("name", ["resolved.csv", "restrictions.csv"])
def test_either_file_may_be_absent_and_both_may_be_without_rows(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RESOLVED_HEADER if name == "resolved.csv" else RESTRICTIONS_HEADER)

    reviews = load_reviews(tmp_path)

    assert reviews.resolved.schema == no_reviews().resolved.schema
    assert reviews.restrictions.schema == no_reviews().restrictions.schema


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "restrictions.csv"
    path.write_text(RESTRICTIONS_HEADER)
    before = load_reviews(tmp_path).hash

    path.write_text(RESTRICTIONS_HEADER + "P1,2026-01-01,,x\n")

    assert load_reviews(tmp_path).hash != before


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("P1,sleepy,,list,2026-01-05,,DS Khan,x", "hold should be one of under_16"),
        ("P1,under_18,,maybe,2026-01-05,,DS Khan,x", "outcome should be one of list, do_not_list, keep_held"),
        ("P1,under_18,,list,05/01/2026,,DS Khan,x", "resolved_at should be a date or time"),
        ("P1,under_18,,list,,,DS Khan,x", "resolved_at should be a date or time such as .* found an empty cell"),
        ("P1,under_18,,list,2026-01-05,soon,DS Khan,x", "review_by should be a date"),
        (",under_18,,list,2026-01-05,,DS Khan,x", "person_id should be filled"),
        ("P1,under_18,,list,2026-01-05,,,x", "resolved_by should be filled"),
        ("P1,under_18,,list,2026-01-05,,DS Khan,x,too,many", "cannot be read as UTF-8 CSV"),
    ],
)
def test_one_bad_decision_refuses_the_directory_and_names_the_row(tmp_path: Path, row: str, told: str) -> None:
    good = "P0,under_18,,list,2026-01-05,,DS Khan,x\n"
    (tmp_path / "resolved.csv").write_text(RESOLVED_HEADER + good + row + "\n")

    with pytest.raises(ReviewsError, match=told) as refusal:
        load_reviews(tmp_path)

    assert "\n" not in str(refusal.value)
    assert "row 2" in str(refusal.value) or "CSV" in str(refusal.value)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "restrictions.csv").write_text("person_id,to_at,reason\nP1,,x\n")

    with pytest.raises(ReviewsError, match="lacks the column from_at"):
        load_reviews(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "restrictions.csv").write_bytes(content)

    with pytest.raises(ReviewsError, match=r"restrictions\.csv"):
        load_reviews(tmp_path)


@pytest.mark.parametrize("make", [False, True])
def test_a_directory_without_either_file_is_refused(tmp_path: Path, make: bool) -> None:
    directory = tmp_path / "reviews"
    if make:
        directory.mkdir()

    with pytest.raises(ReviewsError, match=r"neither resolved\.csv nor restrictions\.csv"):
        load_reviews(directory)
