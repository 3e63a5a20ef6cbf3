from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook


@pytest.fixture(scope="module")
def book(story_run: Path) -> Workbook:
    return openpyxl.load_workbook(story_run / "ranked.xlsx")


def _column(book: Workbook, sheet: str, head: str) -> list[object]:
    rows = list(book[sheet].iter_rows(values_only=True))
    place = rows[0].index(head)
    return [row[place] for row in rows[1:]]


def test_the_workbook_has_its_sheets(book: Workbook) -> None:
    assert book.sheetnames == [
        "List",
        "Held",
        "Both directions",
        "Next 200",
        "Evidence",
        "Set aside",
        "Scales side by side",
        "Read me",
    ]


def test_the_list_is_the_top_in_order(book: Workbook) -> None:
    assert _column(book, "List", "Rank") == [1, 2, 3]
    assert _column(book, "List", "Person")[0] == "LEAD"


def test_the_held_stand_in_the_order_of_their_place_with_the_reason(book: Workbook) -> None:
    places = _column(book, "Held", "Place if not held")

    assert places == sorted(places, key=lambda place: int(str(place)))
    assert set(_column(book, "Held", "Person")) == {"AGAINST", "COUNTER", "CHILD"}
    assert all(_column(book, "Held", "Held because"))


def test_text_that_looks_like_a_formula_or_a_link_stays_text(book: Workbook) -> None:
    people = _column(book, "List", "Person")

    assert "=1+1" in people
    assert "http://example.org" in people


def test_there_is_no_formula_and_no_link_anywhere(book: Workbook, story_run: Path) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    with zipfile.ZipFile(story_run / "ranked.xlsx") as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"<f>" not in content
            assert b"hyperlink" not in content


def test_the_sensitive_and_the_restricted_are_in_no_sheet(story_run: Path) -> None:
    with zipfile.ZipFile(story_run / "ranked.xlsx") as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"SECRET" not in content
            assert b"GONE" not in content


def test_headers_stay_in_sight(book: Workbook) -> None:
    assert all(book[sheet].freeze_panes == "A2" for sheet in book.sheetnames[:7])


def test_the_document_says_nothing_about_who_made_it(book: Workbook) -> None:
    assert book.properties.creator == "mat"
    assert not book.properties.lastModifiedBy or book.properties.lastModifiedBy == "mat"


def test_the_same_list_gives_the_same_file(write_story, make_run) -> None:
    extract = write_story()

    first, second = ((make_run(extract) / "ranked.xlsx").read_bytes() for _ in range(2))

    assert first == second


def test_the_scales_stand_side_by_side(book: Workbook) -> None:
    assert _column(book, "Scales side by side", "Rank under statutory_max_days")[:3] == [1, 2, 3]
    assert _column(book, "Scales side by side", "Rank under count")[:3]


def test_those_after_the_line_are_in_their_own_sheet(write_story, make_run) -> None:
    run = make_run(write_story(), "--top", "1")

    book = openpyxl.load_workbook(run / "ranked.xlsx")

    assert _column(book, "List", "Rank") == [1]
    assert _column(book, "Next 200", "Rank") == [2, 3]


def test_characters_that_excel_cannot_hold_do_no_harm(write_story, make_run, story_tables) -> None:
    bad = "=1+1\x0b\x01"
    replaced = {
        name: [tuple(bad if cell == "=1+1" else cell for cell in row) for row in story_tables[name]]
        for name in ("persons", "involvements")
    }

    run = make_run(write_story(**replaced))

    assert "=1+1\ufffd\ufffd" in _column(openpyxl.load_workbook(run / "ranked.xlsx"), "List", "Person")


def test_both_directions_of_the_held_stand_side_by_side(book: Workbook) -> None:
    pairs = list(
        zip(_column(book, "Both directions", "Person"), _column(book, "Both directions", "Other person"), strict=True)
    )

    assert ("AGAINST", "COUNTER") in pairs
    assert ("COUNTER", "AGAINST") in pairs
    each_way = _column(book, "Both directions", "Records, person as suspect")
    other_way = _column(book, "Both directions", "Records, other as suspect")
    at, back = pairs.index(("AGAINST", "COUNTER")), pairs.index(("COUNTER", "AGAINST"))
    assert (each_way[at], other_way[at]) == (other_way[back], each_way[back])
