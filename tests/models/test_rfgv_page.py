"""The page for analysts says what the program does: every table on it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mat.harm import load_scale
from mat.schemas.matrix import FeatureMatrix
from models.rfgv import Rfgv
from models.rfgv_config import Combine, Component, load_points_table

MakeMatrix = Callable[..., FeatureMatrix]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rfgv.md"

Table = list[list[str]]


def tables(text: str) -> list[Table]:
    """Every table of a page, as rows of cells, its heading first."""
    found: list[Table] = [[]]
    for line in text.splitlines():
        row = line.strip()
        if not row.startswith("|"):
            found.append([])
        elif set(row) - set("|- "):
            found[-1].append([cell.strip() for cell in row.strip("|").split("|")])
    return [table for table in found if table]


def tables_headed(heading: list[str]) -> list[Table]:
    return [table[1:] for table in tables(PAGE.read_text(encoding="utf-8")) if table[0] == heading]


def test_the_bands_on_the_page_are_the_shipped_ones() -> None:
    [recency] = tables_headed(["at most", "points", ""])
    printed = [recency, *tables_headed(["at least", "points", ""])]

    shipped = load_points_table()

    for component, rows in zip(Component, printed, strict=True):
        bands = [[f"{band.bound:g}", f"{band.points:g}", band.label] for band in shipped.bands[component]]
        assert rows == bands


def test_the_features_on_the_page_are_the_ones_read() -> None:
    [rows] = tables_headed(["", "question", "what is read"])

    read = Rfgv(table=load_points_table()).features

    assert [row[2].strip("`") for row in rows] == list(read[:4])


@pytest.mark.parametrize(("place", "combine"), list(enumerate(Combine)))
def test_the_three_people_get_the_scores_on_the_page(place: int, combine: Combine, make_matrix: MakeMatrix) -> None:
    [facts] = tables_headed(["person", "days since the latest", "records", "harm", "victims"])
    printed = tables_headed(["person", "R", "F", "G", "V", "score"])[place]
    people = [
        {"person_id": name, "days": int(days), "records": int(records), "harm": float(harm), "victims": int(victims)}
        for name, days, records, harm, victims in facts
    ]
    matrix = make_matrix(people, typical=load_scale("statutory_max_days").typical_weight)

    scored = Rfgv(table=replace(load_points_table(), combine=combine)).score(matrix).frame

    digits = ".4f" if combine is Combine.MULTIPLICATIVE else "g"
    worked = [
        [name, *(format(reason["points"], digits) for reason in reasons), format(score, digits)]
        for name, score, reasons in scored.select("person_id", "score", "reasons").iter_rows()
    ]
    assert worked == printed


def test_a_score_falls_by_itself_as_the_page_says(make_matrix: MakeMatrix) -> None:
    [rows] = tables_headed(["", "R", "F", "G", "V", "score"])
    assert rows[1][0] == "a year later (405 days, 3 records, harm 2008.875, 1 victim)"
    people = [
        {"person_id": "A", "days": 40, "records": 6, "harm": 4017.75, "victims": 2},
        {"person_id": "B", "days": 405, "records": 3, "harm": 2008.875, "victims": 1},
    ]
    matrix = make_matrix(people, typical=load_scale("statutory_max_days").typical_weight)

    scored = Rfgv(table=load_points_table()).score(matrix).frame

    for row, score, reasons in zip(rows, scored["score"], scored["reasons"], strict=True):
        assert row[1:] == [*(f"{reason['points']:g}" for reason in reasons), f"{score:g}"]


def test_a_typical_offence_weighs_what_the_page_says() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert f"{load_scale('statutory_max_days').typical_weight:,} days under `statutory_max_days`" in page
    assert f"{load_scale('count').typical_weight:g} under `count`" in page


def test_the_page_says_that_the_bands_are_a_starter() -> None:
    assert "**The shipped bands are a starter. They are no force's formula.**" in PAGE.read_text(encoding="utf-8")
