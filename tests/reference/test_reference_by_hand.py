"""The reference itself is checked by hand: small stories, and the cells one can count on one's fingers."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.reference.compute import (
    component_sizes,
    reference_features,
    reference_holds,
    reference_relationships,
)
from tests.reference.snapshots import AS_OF, MIDNIGHT, Row, ago, incident, row, write_snapshot
from tests.reference.stories_of_people import PEOPLE
from tests.reference.stories_of_records import RECORDS
from tests.reference.story_rows import SECOND, Cells, Story, merge, restriction

SCALE = pl.DataFrame(
    {
        "code": ["ABH", "8N", "8N/06", "NIL", "STALKING", "ODD", "THIRD"],
        "weight": [1826.25, 10.0, 20.0, 0.0, 182.625, 0.1001, 1965.34],
        "high_risk": [False, False, True, False, True, False, False],
    }
)


STORIES = [*RECORDS, *PEOPLE]


@pytest.mark.parametrize(("story", "expected"), [case[1:] for case in STORIES], ids=[case[0] for case in STORIES])
def test_reference_features_of(tmp_path: Path, story: Story, expected: Cells) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot", story)

    features = reference_features(snapshot, AS_OF, scale_table=SCALE)

    rows = {one["person_id"]: one for one in features.iter_rows(named=True)}
    found = {
        person: {column: rows[person][column] for column in cells} if person in rows else {}
        for person, cells in expected.items()
    }
    assert found == expected
    assert {person for person, cells in expected.items() if not cells}.isdisjoint(rows)


@pytest.mark.parametrize(
    ("absent", "absent_columns", "nulls"),
    [
        (["ties"], [], {"is_serial_unconnected"}),
        (["orders"], [], {"order_breach_count_365d", "order_breach_count_1095d", "order_breach_count_all"}),
        (["order_breaches"], [], {"order_breach_count_365d", "order_breach_count_1095d", "order_breach_count_all"}),
        (["custody"], [], {"custody_days_365d"}),
        ([], ["incidents.children_present"], {"children_present_count_365d", "children_present_count_all"}),
        (["pairs", "restrictions", "person_merges", "standing"], ["involvements.status"], set()),
    ],
)
def test_absent_tables_and_columns_give_nulls_and_no_zeros(
    tmp_path: Path, absent: list[str], absent_columns: list[str], nulls: set[str]
) -> None:
    story = [incident("a", 5, "s", "v"), incident("b", 2, "s", "w", offence_code="ABH")]
    snapshot = write_snapshot(tmp_path / "snapshot", story, absent=absent, absent_columns=absent_columns)

    features = reference_features(snapshot, AS_OF, scale_table=SCALE)

    empty = {column for column, value in features.row(0, named=True).items() if value is None}
    assert empty == nulls
    assert features["unconnected_victims_all"].to_list() == [2]
    assert features["is_priority"].to_list() == [True]


def test_count_weighs_every_crime_one_and_leaves_no_crime_unweighted(tmp_path: Path) -> None:
    story = [
        incident("a", 5, "s", "v", offence_code="8N"),
        incident("b", 5, "s", "v"),
        incident("c", 5, "s", "v", crime=False),
    ]
    snapshot = write_snapshot(tmp_path / "snapshot", story)

    features = reference_features(snapshot, AS_OF, scale_table=SCALE, every_crime_weighs_one=True)

    columns = ["harm_all", "harm_max_all", "harm_unweighted_count_all", "is_high_harm"]
    assert features.select(columns).rows() == [(2.0, 1.0, 0, False)]


@pytest.mark.parametrize(("threshold", "is_high"), [(10.0, True), (10.0001, False), (None, False)])
def test_a_weight_at_the_threshold_is_high_harm(tmp_path: Path, threshold: float | None, is_high: bool) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot", [incident("a", 5, "s", "v", offence_code="8N")])

    features = reference_features(snapshot, AS_OF, scale_table=SCALE, high_harm=threshold)

    assert features["is_high_harm"].to_list() == [is_high]


def test_relationships_are_the_dyads_without_those_who_are_restricted(tmp_path: Path) -> None:
    story = [
        incident("a", 9, "s", "v", offence_code="ABH"),
        incident("b", 700, "s", "v", crime=False, offence_code="ABH"),
        incident("c", 5, "s r", "t s"),
        incident("d", 5, "t", "r s"),
        restriction("r", ago(9)),
    ]
    snapshot = write_snapshot(tmp_path / "snapshot", story)

    relationships = reference_relationships(snapshot, AS_OF, scale_table=SCALE)

    day = {days: ago(days).date() for days in (5, 9, 700)}
    assert relationships.rows() == [
        ("s", "t", 1, 1, 0.0, day[5], day[5], True),
        ("s", "v", 2, 1, 1826.25, day[700], day[9], False),
        ("t", "s", 1, 1, 0.0, day[5], day[5], True),
    ]


@pytest.mark.parametrize(
    ("born", "precision", "as_of", "expected"),
    [
        (date(2009, 3, 1), "day", date(2025, 3, 1), ["under_18"]),
        (date(2009, 3, 2), "day", date(2025, 3, 1), ["under_16", "under_18"]),
        (date(2007, 3, 1), "day", date(2025, 3, 1), []),
        (date(2007, 3, 2), "day", date(2025, 3, 1), ["under_18"]),
        (date(2008, 2, 29), "day", date(2026, 2, 28), ["under_18"]),
        (date(2008, 2, 29), "day", date(2026, 3, 1), []),
        (date(2009, 1, 1), "year", date(2025, 3, 1), ["under_16", "under_18"]),
        (date(2008, 1, 1), "year", date(2025, 3, 1), ["under_18"]),
        (date(2007, 1, 1), "year", date(2025, 12, 31), ["under_18"]),
        (date(2006, 1, 1), "year", date(2025, 3, 1), []),
        (None, None, date(2025, 3, 1), []),
    ],
)
def test_age_holds(tmp_path: Path, born: date | None, precision: str | None, as_of: date, expected: list[str]) -> None:
    story = [
        row("persons", person_id="s", sex="U", ethnicity="U", birth_date=born, birth_date_precision=precision),
        incident("a", 90, "s", "v"),
    ]
    snapshot = write_snapshot(tmp_path / "snapshot", story)

    holds = reference_holds(snapshot, as_of)

    assert holds.rows() == [("s", expected)]


def test_holds_stand_in_the_order_of_the_definitions(tmp_path: Path) -> None:
    def sensitive(person: str, from_at: datetime, to_at: datetime | None = None) -> Row:
        return row("standing", person_id=person, kind="sensitive", from_at=from_at, to_at=to_at)

    story = [
        row(
            "persons", person_id="old", sex="U", ethnicity="U", birth_date=date(2015, 1, 1), birth_date_precision="day"
        ),
        incident("a", 9, "s", "t"),
        incident("b", 9, "t", "s"),
        incident("c", 9, "", "s"),
        incident("d", 9, "p", "v"),
        incident("e", 9, "q", "v"),
        sensitive("old", MIDNIGHT - SECOND, MIDNIGHT),
        sensitive("p", ago(9), MIDNIGHT - SECOND),
        sensitive("q", MIDNIGHT),
        merge("old", "s", ago(5)),
        row("standing", person_id="t", kind="mappa", from_at=ago(5)),
    ]
    snapshot = write_snapshot(tmp_path / "snapshot", story)

    holds = reference_holds(snapshot, AS_OF)

    assert holds.rows() == [
        ("p", []),
        ("q", []),
        ("s", ["under_16", "under_18", "sensitive", "counter_allegation", "mostly_victim"]),
        ("t", ["counter_allegation"]),
    ]


def test_nobody_is_an_empty_frame_with_every_column(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot", [incident("a", 5, "", "v")])

    features = reference_features(snapshot, AS_OF, scale_table=SCALE)

    assert features.height == 0
    assert features.width == 59


def test_components_join_in_any_order() -> None:
    links = [("a", "b"), ("c", "d"), ("e", "f"), ("d", "b")]

    sizes = [component_sizes(links), component_sizes(reversed(links))]

    assert sizes == [dict.fromkeys("abcd", 4) | dict.fromkeys("ef", 2)] * 2
