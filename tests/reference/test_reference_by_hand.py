"""The reference itself is checked by hand: small stories, and the cells one can count on one's fingers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.reference.compute import (
    component_sizes,
    reference_features,
    reference_holds,
    reference_relationships,
)
from tests.reference.snapshots import AS_OF, MIDNIGHT, Row, ago, incident, row, write_snapshot

SCALE = pl.DataFrame(
    {
        "code": ["ABH", "8N", "8N/06", "NIL", "STALKING", "ODD", "THIRD"],
        "weight": [1826.25, 10.0, 20.0, 0.0, 182.625, 0.1001, 1965.34],
        "high_risk": [False, False, True, False, True, False, False],
    }
)

Story = Iterable[Row | list[Row]]
Cells = dict[str, dict[str, Any]]

SECOND = timedelta(seconds=1)


def pair(name: str, suspect: str, victim: str) -> Row:
    return row("pairs", incident_id=name, suspect_id=suspect, victim_id=victim)


def tie(one: str, other: str, known_at: datetime) -> Row:
    return row("ties", person_id_a=one, person_id_b=other, kind="family", known_at=known_at)


def merge(old: str, new: str, merged_at: datetime, undone_at: datetime | None = None) -> Row:
    return row("person_merges", old_id=old, new_id=new, merged_at=merged_at, undone_at=undone_at)


def restriction(person: str, from_at: datetime, to_at: datetime | None = None) -> Row:
    return row("restrictions", person_id=person, from_at=from_at, to_at=to_at, reason="r")


def stay(person: str, from_at: datetime, to_at: datetime | None = None) -> Row:
    return row("custody", person_id=person, from_at=from_at, to_at=to_at)


def order(name: str, person: str, recorded_at: datetime) -> Row:
    return row("orders", order_id=name, person_id=person, kind="bail", issued_at=recorded_at, recorded_at=recorded_at)


def breach(name: str, occurred_at: datetime, recorded_at: datetime | None = None) -> Row:
    return row("order_breaches", order_id=name, occurred_at=occurred_at, recorded_at=recorded_at or occurred_at)


def eliminated(name: str, person: str, status_at: datetime | None, *, role: str = "suspect") -> Row:
    return row(
        "involvements",
        incident_id=name,
        person_id=person,
        role=role,
        recorded_at=ago(50),
        status="eliminated",
        status_at=status_at,
    )


#: what it shows, the story, what is expected of whom (nobody = not in the population)
STORIES: list[tuple[str, Story, Cells]] = [
    (
        "windows hold their first day and not the one before",
        [incident(f"i{days}", days, "s", "v") for days in (1, 90, 91, 365, 366, 730, 731, 1095, 1096)],
        {
            "s": {
                "da_suspect_count_90d": 2,
                "da_suspect_count_365d": 4,
                "da_suspect_count_730d": 6,
                "da_suspect_count_1095d": 8,
                "da_suspect_count_all": 9,
                "max_same_victim_365d": 4,
                "max_same_victim_1095d": 8,
                "max_same_victim_all": 9,
                "days_since_last_da": 1,
                "days_since_first_da": 1096,
                "is_repeat": True,
                "is_serial_distinct": False,
                "is_priority": True,
            }
        },
    ),
    (
        "an incident is known when it was recorded before midnight of the as-of date",
        [
            incident("a", 5, "s", "v", recorded=MIDNIGHT - SECOND),
            incident("b", 5, "s", "v", recorded=MIDNIGHT),
            incident("c", 5, "t", "v", recorded=MIDNIGHT + SECOND),
        ],
        {"s": {"da_suspect_count_all": 1}, "t": {}},
    ),
    (
        "an involvement is known when both it and its incident are",
        [incident("a", 5, "s", "v", linked=MIDNIGHT), incident("b", 5, "t", "v", linked=MIDNIGHT - SECOND)],
        {"s": {}, "t": {"da_suspect_count_all": 1, "distinct_victims_all": 1}},
    ),
    (
        "what happens on the as-of date itself is not yet history",
        [incident("a", 0, "s", "v", recorded=ago(1)), incident("b", 3, "t", "v")],
        {"s": {}, "t": {"da_suspect_count_all": 1}},
    ),
    (
        "cancelled before the as-of date does not count, cancelled at its midnight still does",
        [
            incident("a", 5, "s", "v", cancelled_at=MIDNIGHT - SECOND),
            incident("b", 5, "t", "v", cancelled_at=MIDNIGHT),
        ],
        {"s": {}, "t": {"da_suspect_count_all": 1}},
    ),
    (
        "eliminated suspects do not count from the moment of elimination, nor where it has no moment",
        [
            incident("a", 60, victims="v"),
            eliminated("a", "p", MIDNIGHT - SECOND),
            eliminated("a", "q", MIDNIGHT),
            eliminated("a", "r", None),
        ],
        {"p": {}, "q": {"da_suspect_count_all": 1, "co_suspects_all": 0}, "r": {}},
    ),
    (
        "only suspects are eliminated: a victim row with that status counts",
        [incident("a", 60, "s"), eliminated("a", "v", ago(20), role="victim")],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a non-crime counts in frequency and never in harm",
        [incident("a", 5, "s", "v", crime=False, offence_code="ABH")],
        {
            "s": {
                "da_suspect_count_90d": 1,
                "da_crime_count_90d": 0,
                "harm_90d": 0.0,
                "harm_max_all": None,
                "harm_unweighted_count_all": 0,
                "is_high_harm": False,
            }
        },
    ),
    (
        "codes are trimmed, upper-cased, matched whole, else by their stem; zero is a weight, unknown is none",
        [
            incident(f"i{place}", place + 1, "s", "v", offence_code=code)
            for place, code in enumerate([" abh ", "8n/06", "8n/07", "8n", "nil", "nil/1", "unknown", None, ""])
        ],
        {
            "s": {
                "harm_all": 1866.25,
                "harm_max_all": 1826.25,
                "harm_unweighted_count_all": 3,
                "is_high_harm": True,
            }
        },
    ),
    (
        "harm is added as whole ten-thousandths",
        [incident(f"i{place}", 5, "s", "v", offence_code="ODD") for place in range(3)],
        {"s": {"harm_all": 0.3003, "harm_max_365d": 0.1001}},
    ),
    (
        "harm of zero is a largest weight of zero",
        [incident("a", 500, "s", "v", offence_code="NIL")],
        {"s": {"harm_all": 0.0, "harm_max_365d": None, "harm_max_1095d": 0.0, "harm_max_all": 0.0}},
    ),
    (
        "the previous year ends where the last one begins",
        [
            incident(f"i{days}", days, "s", offence_code=code)
            for days, code in ((365, "ABH"), (366, "8N"), (730, "8N/06"), (731, "ABH"))
        ],
        {"s": {"harm_365d": 1826.25, "harm_previous_365d": 30.0, "harm_730d": 1856.25}},
    ),
    (
        "full harm goes to each suspect",
        [incident("a", 5, "s t", "v", offence_code="ABH")],
        {"s": {"harm_all": 1826.25, "co_suspects_all": 1}, "t": {"harm_all": 1826.25, "co_suspects_all": 1}},
    ),
    (
        "high risk is a code the scale marks, within a year",
        [
            incident("a", 365, "s", offence_code="stalking"),
            incident("b", 366, "t", offence_code="stalking"),
            incident("c", 5, "u", offence_code="stalking", crime=False),
            incident("d", 5, "w", offence_code="stalking", domestic=False),
            incident("e", 5, "w"),
        ],
        {
            "s": {"is_high_harm": True, "is_priority": True},
            "t": {"is_high_harm": False},
            "u": {"is_high_harm": False},
            "w": {"is_high_harm": False, "non_da_crime_count_all": 1},
        },
    ),
    (
        "newly recorded looks at when it became known: the later of the two records, whatever the date",
        [
            incident("a", 2000, "s", recorded=ago(90), offence_code="8N"),
            incident("b", 2000, "s", recorded=ago(90, seconds=-1), offence_code="ABH"),
            incident("c", 2000, "s", recorded=ago(2000), linked=ago(1), offence_code="NIL"),
            incident("d", 2000, "s", recorded=ago(5), linked=ago(1500), crime=False, offence_code="ABH"),
        ],
        {"s": {"newly_recorded_count_90d": 3, "newly_recorded_harm_90d": 10.0, "harm_90d": 0.0}},
    ),
    (
        "every suspect is paired with every victim but themselves",
        [incident("a", 5, "s t", "s v w")],
        {
            "s": {"distinct_victims_all": 2, "both_role_incidents_all": 1, "da_victim_count_all": 1},
            "t": {"distinct_victims_all": 3, "both_role_incidents_all": 0, "reciprocal_counterparties_all": 0},
        },
    ),
    (
        "incidents that are not domestic form no dyad and count apart",
        [incident("a", 5, "s", "v", domestic=False), incident("b", 400, "s", domestic=False), incident("c", 9, "s")],
        {
            "s": {
                "distinct_victims_all": 0,
                "component_size": 1,
                "non_da_crime_count_365d": 1,
                "non_da_crime_count_1095d": 2,
                "non_da_crime_count_all": 2,
                "da_suspect_count_all": 1,
                "is_serial_unconnected": False,
            }
        },
    ),
    (
        "rows of pairs replace all pairs",
        [incident("a", 5, "s t", "v w"), pair("a", "s", "v"), pair("a", "t", "w")],
        {"s": {"distinct_victims_all": 1, "component_size": 2}, "t": {"distinct_victims_all": 1}},
    ),
    (
        "a pair without the roles forms no dyad and still keeps all pairs away",
        [incident("a", 5, "s", "v"), pair("a", "v", "s")],
        {"s": {"distinct_victims_all": 0, "max_same_victim_all": 0}},
    ),
    (
        "a pair with an eliminated suspect forms no dyad and still keeps all pairs away",
        [incident("a", 60, "s", "v"), eliminated("a", "t", ago(3)), pair("a", "t", "v")],
        {"s": {"distinct_victims_all": 0}, "t": {}},
    ),
    (
        "a pair that is not known yet neither forms a dyad nor keeps all pairs away",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="x", role="victim", recorded_at=MIDNIGHT),
            pair("a", "s", "x"),
        ],
        {"s": {"distinct_victims_all": 2}},
    ),
    (
        "a known pair beside one that is not known yet is all there is",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="x", role="victim", recorded_at=MIDNIGHT),
            pair("a", "s", "x"),
            pair("a", "s", "v"),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a quarantined pair keeps all pairs away",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            row("quarantine", table="pairs", row=1, kind="row", raw='{"incident_id": " a ", "suspect_id": ""}'),
            row("quarantine", table="orders", row=1, kind="row", raw='{"incident_id": "b"}'),
            row("quarantine", table="pairs", row=2, kind="row", raw="not json"),
        ],
        {"s": {"distinct_victims_all": 0}, "t": {"distinct_victims_all": 1}},
    ),
    (
        "a quarantined pair that is not known yet, as far as one can read it, keeps nothing away",
        [
            incident("a", 5, "s", "v"),
            row("involvements", incident_id="a", person_id="t", role="suspect", recorded_at=MIDNIGHT),
            row("quarantine", table="pairs", row=1, kind="row", raw='{"incident_id": "a", "suspect_id": "t"}'),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a person with one known and one later row of a role is known",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="old", role="suspect", recorded_at=MIDNIGHT),
            merge("old", "s", ago(3)),
            pair("a", "old", "v"),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "harm is divided once, and correctly rounded",
        [incident("a", 5, "s", "v", offence_code="THIRD"), incident("b", 5, "s", "v", offence_code="ODD")],
        {"s": {"harm_90d": 1965.4401, "harm_max_365d": 1965.34}},
    ),
    (
        "victims who were victims together are connected, through others of this suspect only",
        [
            incident("a", 5, "s", "u v"),
            incident("b", 2000, "", "v w"),
            incident("c", 4, "s", "w"),
            incident("d", 3, "s", "x"),
            incident("e", 2, "", "x y"),
            incident("f", 2, "", "y w"),
            incident("g", 2, "", "x w", domestic=False),
        ],
        {"s": {"distinct_victims_all": 4, "unconnected_victims_all": 2, "is_serial_unconnected": True}},
    ),
    (
        "connections close within the victims of the window only",
        [
            incident("a", 5, "s", "u"),
            incident("b", 2000, "s", "v"),
            incident("c", 5, "s", "w"),
            tie("u", "v", ago(3)),
            tie("w", "v", ago(3)),
        ],
        {
            "s": {
                "unconnected_victims_1095d": 2,
                "unconnected_victims_all": 1,
                "is_serial_unconnected": False,
                "is_serial_distinct": True,
            }
        },
    ),
    (
        "a tie counts once it is known",
        [
            incident("a", 5, "s t", "u v"),
            pair("a", "s", "u"),
            incident("b", 5, "s", "w"),
            incident("c", 5, "r", "x"),
            incident("d", 5, "r", "y"),
            tie("u", "w", MIDNIGHT),
            tie("x", "y", MIDNIGHT - SECOND),
        ],
        {"s": {"unconnected_victims_all": 2}, "r": {"unconnected_victims_all": 1}},
    ),
    (
        "victims two incidents show each other in turn are counter-allegations, also from one incident",
        [incident("a", 5, "s", "t"), incident("b", 900, "t", "s"), incident("c", 5, "p q", "p q")],
        {
            "s": {"reciprocal_counterparties_all": 1, "da_victim_count_all": 1, "da_victim_count_730d": 0},
            "t": {"reciprocal_counterparties_all": 1, "da_victim_count_90d": 1},
            "p": {"reciprocal_counterparties_all": 1, "both_role_incidents_all": 1, "component_size": 2},
        },
    ),
    (
        "a restricted person has no row and goes on counting for others",
        [
            incident("a", 5, "s", "r"),
            incident("b", 5, "r s", "s"),
            restriction("r", MIDNIGHT - SECOND, MIDNIGHT),
            incident("c", 5, "t"),
            restriction("t", MIDNIGHT),
            incident("d", 5, "u"),
            restriction("u", ago(9), MIDNIGHT - SECOND),
        ],
        {
            "s": {"distinct_victims_all": 1, "reciprocal_counterparties_all": 1, "co_suspects_all": 1},
            "r": {},
            "t": {"da_suspect_count_all": 1},
            "u": {"da_suspect_count_all": 1},
        },
    ),
    (
        "merges known at the date replace ids along their chain, in every table",
        [
            incident("a", 5, "s1", "v"),
            incident("b", 5, "s2 s3", "v"),
            merge("s1", "s2", MIDNIGHT - SECOND),
            merge("s2", "s3", ago(1000), MIDNIGHT),
            order("o", "s1", ago(30)),
            breach("o", ago(20)),
            stay("s2", ago(10), ago(8)),
            restriction("s1", ago(50), ago(40)),
        ],
        {
            "s1": {},
            "s2": {},
            "s3": {
                "da_suspect_count_all": 2,
                "max_same_victim_all": 2,
                "co_suspects_all": 0,
                "order_breach_count_all": 1,
                "custody_days_365d": 2,
            },
        },
    ),
    (
        "merges made later or undone before are not followed",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "v"),
            merge("s", "t", MIDNIGHT),
            merge("u", "t", ago(10), MIDNIGHT - SECOND),
        ],
        {key: {"da_suspect_count_all": 1} for key in ("s", "t", "u")},
    ),
    (
        "merging the two ends of a tie or of a dyad leaves nothing of it",
        [
            incident("a", 5, "s", "s1"),
            incident("b", 5, "t", "v1 v2 w"),
            tie("v1", "v2", ago(9)),
            merge("s1", "s", ago(3)),
            merge("v1", "v2", ago(3)),
        ],
        {
            "s": {"distinct_victims_all": 0, "both_role_incidents_all": 1, "component_size": 1},
            "t": {"distinct_victims_all": 2, "unconnected_victims_all": 1},
        },
    ),
    (
        "a merge restricts the id that remains",
        [incident("a", 5, "s", "v"), restriction("old", ago(9)), merge("old", "s", ago(3))],
        {"s": {}},
    ),
    (
        "of two rows that merge into one the elimination of one leaves the other, and the earlier is when it was known",
        [
            incident("a", 60, "s", "v", linked=ago(58)),
            row("involvements", incident_id="a", person_id="s1", role="suspect", recorded_at=ago(2)),
            eliminated("a", "s2", ago(5)),
            merge("s1", "s", ago(3)),
            merge("s2", "s", ago(3)),
            incident("b", 200, "s", recorded=ago(195), linked=ago(100)),
            row("involvements", incident_id="b", person_id="s1", role="suspect", recorded_at=ago(2)),
        ],
        {"s": {"da_suspect_count_all": 2, "newly_recorded_count_90d": 1}},
    ),
    (
        "breaches count on the order of the person, both known, windowed by when they happened",
        [
            incident("a", 5, "s", "v"),
            order("o", "s", MIDNIGHT - SECOND),
            order("p", "s", MIDNIGHT),
            order("q", "v", ago(100)),
            breach("o", ago(365)),
            breach("o", ago(365, seconds=-1)),
            breach("o", ago(1096)),
            breach("o", ago(7), MIDNIGHT),
            breach("p", ago(7)),
            breach("q", ago(7)),
        ],
        {"s": {"order_breach_count_365d": 1, "order_breach_count_1095d": 2, "order_breach_count_all": 3}},
    ),
    (
        "days inside: from the first day, not the last, overlaps once, still inside up to the as-of date",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "v"),
            stay("s", ago(10, seconds=86399), ago(7, seconds=1)),
            stay("s", ago(9), ago(6)),
            stay("s", ago(3), ago(3, seconds=50)),
            stay("t", ago(400), ago(364)),
            stay("t", ago(2), MIDNIGHT),
            stay("u", ago(2000), MIDNIGHT + timedelta(days=40)),
            stay("u", MIDNIGHT),
            stay("v", ago(10)),
        ],
        {"s": {"custody_days_365d": 4}, "t": {"custody_days_365d": 3}, "u": {"custody_days_365d": 365}},
    ),
    (
        "the median gap is between different dates; of an even number it is the mean of the middle two",
        [
            *(incident(f"s{days}", days, "s") for days in (100, 90, 85)),
            incident("again", 85, "s"),
            *(incident(f"t{days}", days, "t") for days in (100, 90, 85, 84)),
            incident("other", 30, "t", domestic=False),
            incident("u1", 30, "u"),
            incident("u2", 30, "u"),
        ],
        {"s": {"median_gap_days": 7.5}, "t": {"median_gap_days": 5.0}, "u": {"median_gap_days": None}},
    ),
    (
        "a component holds everyone who can be reached over dyads in either direction",
        [
            incident("a", 2000, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "t"),
            incident("d", 5, "u", recorded=ago(4)),
            incident("e", 5, "u", "x", recorded=MIDNIGHT),
        ],
        {"s": {"component_size": 4}, "u": {"component_size": 4}},
    ),
    (
        "children are present where the record says so",
        [
            incident("a", 5, "s", children_present=True),
            incident("b", 5, "s", children_present=False),
            incident("c", 5, "s", children_present=None),
            incident("d", 400, "s", children_present=True),
        ],
        {"s": {"children_present_count_365d": 1, "children_present_count_all": 2}},
    ),
    (
        "witnesses, children and the merely involved are neither suspects nor victims",
        [
            incident("a", 5, "s"),
            *(
                row("involvements", incident_id="a", person_id="x", role=role, recorded_at=ago(4))
                for role in ("witness", "involved", "child")
            ),
        ],
        {"s": {"distinct_victims_all": 0, "component_size": 1}, "x": {}},
    ),
    (
        "serial needs two victims and two records within three years",
        [
            incident("a", 1095, "s", "v"),
            incident("b", 5, "s", "w", crime=False),
            incident("c", 5, "t", "v w"),
            incident("d", 1096, "u", "v"),
            incident("e", 5, "u", "w"),
        ],
        {
            "s": {"is_serial_distinct": True, "is_serial_unconnected": False, "is_priority": True},
            "t": {"is_serial_distinct": False, "is_priority": False},
            "u": {"is_serial_distinct": False, "unconnected_victims_1095d": 1},
        },
    ),
]


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
        ("s", ["sensitive", "counter_allegation", "mostly_victim"]),
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
