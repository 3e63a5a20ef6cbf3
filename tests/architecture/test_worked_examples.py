"""Every worked example of the pages is what the program computes from the records shown beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from features.gaps import data_gaps
from features.holds import circumstances
from features.matrix import Population, matrix, read_population
from features.relationships import relationships_of
from features.resolutions import first_unresolved
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.schemas.matrix import FeatureMatrix
from mat.snapshot import Snapshot
from models.ordering import order_by_score
from tests.architecture.pages import Table, tables
from tests.reference.snapshots import Row, row, write_snapshot

AS_OF = date(2026, 3, 1)
_PERSON = re.compile(r"(\w+)(?: \(linked ([\d-]+)\))?")

EXAMPLES = list(dict.fromkeys(table.example for table in tables("definitions.md") if table.example))
#: Examples whose tables are no records.
OF_CODES, OF_DECISIONS = "codes", "decisions"


def parts_of(example: str) -> list[Table]:
    return [table for table in tables("definitions.md") if table.example == example]


def moment(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell) if cell else None


def records(table: Table) -> Iterator[Row]:
    """The rows that one input table stands for; nothing for a table of expected values."""
    for line in table.rows:
        cells = dict(zip(table.head, line, strict=True))
        match table.head[:2]:
            case ("record", _):
                yield from incident(cells)
            case ("person", "born"):
                yield person(cells)
            case ("tie of", _):
                ends = sorted([cells["tie of"], cells["and"]])
                yield row(
                    "ties", person_id_a=ends[0], person_id_b=ends[1], kind="family", known_at=moment(cells["known"])
                )
            case ("restricted" | "inside" as what, _):
                yield row(
                    "restrictions" if what == "restricted" else "custody",
                    person_id=cells[what],
                    from_at=moment(cells["from"]),
                    to_at=moment(cells["to"]),
                    **({"reason": "asked for"} if what == "restricted" else {}),
                )


def incident(cells: dict[str, str]) -> Iterator[Row]:
    occurred = moment(cells["date"])
    recorded = moment(cells.get("recorded", "")) or occurred
    name = cells["record"]
    yield row(
        "incidents",
        incident_id=name,
        occurred_at=occurred,
        recorded_at=recorded,
        is_crime=True,
        is_domestic=True,
        offence_code="strangulation",
        cancelled_at=moment(cells.get("cancelled", "")),
    )
    for role in ("suspect", "victim"):
        for person_id, linked in _PERSON.findall(cells[role]):
            yield row(
                "involvements",
                incident_id=name,
                person_id=person_id,
                role=role,
                recorded_at=moment(linked) or recorded,
            )
    if cells.get("pairs"):
        suspect, victim = cells["pairs"].split(" > ")
        yield row("pairs", incident_id=name, suspect_id=suspect, victim_id=victim)


def person(cells: dict[str, str]) -> Row:
    born = cells["born"]
    known = {} if not born else {"birth_date": date.fromisoformat(born if "-" in born else f"{born}-01-01")}
    precision = {} if not born else {"birth_date_precision": "day" if "-" in born else "year"}
    return row("persons", person_id=cells["person"], sex="U", ethnicity="U", **known, **precision)


def counted(folder: Path, example: str) -> tuple[Population, pl.DataFrame]:
    """Features, flags, holds and gaps of one example, one row per person of its population."""
    snapshot = write_snapshot(folder / "snapshot", [list(records(table)) for table in parts_of(example)])
    population = read_population(known_by(Snapshot.open(snapshot), AS_OF))
    definitions = load_definitions()
    frame = matrix(population, load_scale("statutory_max_days"), definitions).frame
    sufficient = frame.select("person_id", pl.lit(value=False).alias("is_insufficient"))
    holds = circumstances(population, frame, sufficient, definitions)
    return population, frame.join(holds, on="person_id").join(data_gaps(population, frame), on="person_id")


def written(value: object) -> str:
    """A value as the pages write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("example", [name for name in EXAMPLES if name not in {OF_CODES, OF_DECISIONS}])
def test_example_of_records_comes_out_as_written(example: str, tmp_path: Path) -> None:
    population, people = counted(tmp_path, example)
    expected = [table for table in parts_of(example) if not list(records(table))]

    assert expected, "the example shows no result"
    for table in expected:
        columns = [head.strip("`") for head in table.head]
        if columns[0] == "person":
            computed = people.rename({"person_id": "person"}).select(columns)
        else:
            computed = relationships_of(population, load_scale("count")).select(columns)
        assert [tuple(written(value) for value in line) for line in computed.rows()] == list(table.rows)


def test_example_of_restriction_leaves_no_relationship_rows(tmp_path: Path) -> None:
    population, _ = counted(tmp_path, "restricted")

    assert relationships_of(population, load_scale("count")).is_empty()


def test_relationships_have_the_columns_of_the_page(tmp_path: Path) -> None:
    population, _ = counted(tmp_path, "dyads and pairs")
    described = next(table for table in tables("definitions.md") if table.heading == "Relationships")

    columns = relationships_of(population, load_scale("count")).columns

    assert [cell.strip("`") for cell in described.column("column")] == columns


def test_example_of_codes_is_what_the_scales_say() -> None:
    (table,) = parts_of(OF_CODES)
    codes = pl.LazyFrame({"offence_code": table.column("code"), "is_crime": [True] * len(table.rows)})

    for head in table.head[1:-1]:
        weighed = load_scale(head.strip("`")).weigh(codes).collect()
        weights = ["no weight" if units is None else f"{units / 10_000:g}" for units in weighed["weight_units"]]
        assert weights == [cell.replace(",", "") for cell in table.column(head)], head
        assert ["yes" if mark else "no" for mark in weighed["is_high_risk"]] == table.column("high risk")


def decided(line: tuple[str, ...]) -> pl.DataFrame:
    """One row per decision of a line about `ann`, as the reviews directory would hold it."""
    decisions = re.findall(r"`(\w+)` on ([\d-]+)", line[0])
    return pl.DataFrame(
        {
            "person_id": "ann",
            "hold": "counter_allegation",
            "counterparty_id": "bob",
            "outcome": [outcome for outcome, _ in decisions],
            "resolved_at": [moment(day) for _, day in decisions],
            "review_by": pl.Series([moment(line[1])] * len(decisions), dtype=pl.Datetime("us")),
        }
    )


BESIDES = {
    "": [],
    "a record between the two became known on 2026-02-15": [("R3", "2026-01-15", "2026-02-15", "ann", "bob")],
    "a record of `ann` against `cat` became known on 2026-02-15": [("R3", "2026-01-15", "2026-02-15", "ann", "cat")],
    "`ann` and `cat` accuse each other too": [
        ("R3", "2025-07-01", "2025-07-01", "ann", "cat"),
        ("R4", "2025-08-01", "2025-08-01", "cat", "ann"),
    ],
}


@pytest.mark.parametrize("line", parts_of(OF_DECISIONS)[0].rows, ids=" ".join)
def test_example_of_decisions_comes_out_as_written(line: tuple[str, ...], tmp_path: Path) -> None:
    told = [
        ("R1", "2025-05-01", "2025-05-01", "ann", "bob"),
        ("R2", "2025-06-01", "2025-06-01", "bob", "ann"),
        *BESIDES[line[2]],
    ]
    heads = ("record", "date", "recorded", "suspect", "victim")
    story = [list(incident(dict(zip(heads, each, strict=True)))) for each in told]
    population = read_population(known_by(Snapshot.open(write_snapshot(tmp_path / "snapshot", story)), AS_OF))
    definitions = load_definitions()
    frame = matrix(population, load_scale("count"), definitions).frame
    holds = circumstances(
        population, frame, frame.select("person_id", pl.lit(value=False).alias("is_insufficient")), definitions
    )

    left = first_unresolved(population, holds, decided(line), definitions)

    is_lifted = dict(left.iter_rows())["ann"] is None
    assert line[3].startswith("yes" if is_lifted else "no:")


def test_example_of_ties_in_the_order_comes_out_as_written() -> None:
    table = next(each for each in tables("contract.md") if each.head[:2] == ("person", "score"))
    given = pl.DataFrame(
        {
            "person_id": table.column("person"),
            "score": [float(cell) for cell in table.column("score")],
            "harm_365d": [float(cell) for cell in table.column("`harm_365d`")],
            "da_suspect_count_365d": [int(cell) for cell in table.column("`da_suspect_count_365d`")],
            "is_held": [False] * len(table.rows),
            "is_deceased": [False] * len(table.rows),
        }
    )
    features = FeatureMatrix(
        frame=given, specs=(), as_of=AS_OF, scale="count", scale_is_usable=True, typical_weight=1.0
    )

    ranks = order_by_score(given.select("person_id", "score"), features, given, top=2)

    assert [written(value) for value in ranks["rank"]] == table.column("`rank`")
    assert [written(value) for value in ranks["tied"]] == table.column("`tied`")


def test_example_of_chronology_comes_out_as_written(tmp_path: Path) -> None:
    table = next(each for each in tables("contract.md") if each.head == ("earlier", "later", "verdict"))
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "persons.csv").write_text("person_id\nann\n", encoding="utf-8")
    (extract / "involvements.csv").write_text("incident_id,person_id,role\n0,ann,suspect\n", encoding="utf-8")
    times = [[cell.split("`")[1] for cell in line[:2]] for line in table.rows]
    lines = [f"{number},{occurred},{recorded},1,1\n" for number, (occurred, recorded) in enumerate(times)]
    (extract / "incidents.csv").write_text(
        "incident_id,occurred_at,recorded_at,is_crime,is_domestic\n" + "".join(lines), encoding="utf-8"
    )

    report = ingest_extract(extract, tmp_path / "snapshot", max_quarantine=1.0)

    accepted = pl.read_parquet(tmp_path / "snapshot" / "incidents.parquet")["incident_id"].to_list()
    verdicts = ["accepted" if str(number) in accepted else "set aside" for number in range(len(times))]
    assert len(verdicts) == 4
    assert all(cell.startswith(verdict) for cell, verdict in zip(table.column("verdict"), verdicts, strict=True))
    assert sum("autumn" in warning for warning in report.warnings) == 1
