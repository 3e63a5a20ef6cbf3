"""What the extract cannot tell is said, per person, in a closed vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from features.gaps import data_gaps
from features.matrix import matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.snapshot import Snapshot
from mat.vocabulary import DataGap
from tests.reference.snapshots import AS_OF, Row, ago, incident, row, write_snapshot


def gaps(snapshot: Path) -> dict[str, list[str]]:
    population = read_population(known_by(Snapshot.open(snapshot), AS_OF))
    features = matrix(population, load_scale("statutory_max_days"), load_definitions()).frame
    return dict(data_gaps(population, features).iter_rows())


def person(name: str, year_only: bool = False) -> Row:
    return row(
        "persons",
        person_id=name,
        birth_date=ago(365 * 30).date(),
        birth_date_precision="year" if year_only else "day",
        sex="F",
        ethnicity="W",
    )


def set_aside(table: str, **raw: str) -> Row:
    return row("quarantine", table=table, row=1, kind="value", raw=json.dumps(raw))


def test_nothing_missing_is_an_empty_list(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s", [person("s"), incident("i", 9, "s", "v", offence_code="stalking")])

    assert gaps(snapshot)["s"] == []


def test_birth_dates_codes_and_victims_that_are_missing_are_said(tmp_path: Path) -> None:
    snapshot = write_snapshot(
        tmp_path / "s", [person("y", year_only=True), incident("i", 9, "y n", offence_code="no such code")]
    )

    found = gaps(snapshot)

    assert found["y"] == ["birth_year_only", "no_victim_recorded", "unweighted_crimes"]
    assert found["n"] == ["birth_date_unknown", "no_victim_recorded", "unweighted_crimes"]


def test_an_absent_table_or_column_is_everybodys_gap(tmp_path: Path) -> None:
    snapshot = write_snapshot(
        tmp_path / "s",
        [person("s"), incident("i", 9, "s", "v", offence_code="stalking")],
        absent=["ties", "custody", "order_breaches"],
        absent_columns=["incidents.children_present", "incidents.cancelled_at", "involvements.status"],
    )

    assert gaps(snapshot)["s"] == [
        "no_cancellations",
        "no_children_present",
        "no_custody",
        "no_eliminations",
        "no_orders",
        "no_ties",
    ]


def test_a_value_set_aside_is_a_gap_of_the_person_or_of_the_suspects_of_the_known_record(tmp_path: Path) -> None:
    snapshot = write_snapshot(
        tmp_path / "s",
        [
            *(person(name) for name in ("s", "t", "u")),
            incident("i", 9, "s", "v", offence_code="stalking"),
            incident("j", 9, "t", "v", offence_code="stalking"),
            incident("k", 9, "u", "v", offence_code="stalking"),
            incident("later", -9, "u", "v"),
            set_aside("incidents", incident_id=" i "),
            set_aside("persons", person_id="t"),
            set_aside("incidents", incident_id="later"),
        ],
    )

    found = gaps(snapshot)

    assert found == {"s": ["value_set_aside"], "t": ["value_set_aside"], "u": []}


def test_every_code_is_of_the_closed_vocabulary(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s", [incident("i", 9, "s")], absent=["ties"])

    codes = {code for found in gaps(snapshot).values() for code in found}

    assert codes <= {gap.value for gap in DataGap}
    assert pl.Series(sorted(codes)).len() > 0
