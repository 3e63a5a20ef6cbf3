from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pipeline import Choices, TaskingList, make_list
from app.ranked_list import places
from app.what_if import (
    Today,
    aged,
    heaviest_crime,
    later_by,
    latest_record,
    no_new_events,
    one_more_record,
    supposed,
    today,
)
from features.matrix import build_matrix, matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.reviews import no_reviews
from mat.snapshot import Snapshot
from tests.reference.compare import different_cells
from tests.reference.knowledge import only_known_snapshot, without_the_future_of_known_rows
from tests.reference.snapshots import AS_OF as STORY_AS_OF
from tests.reference.snapshots import Row, ago, incident, row, write_snapshot
from tests.strategies import AS_OF, FILES, Extract, extracts, write_extract

pytestmark = pytest.mark.slow

COUNT = load_scale("count", high_harm=None)
DEFINITIONS = load_definitions(None)
HORIZONS = (91, 365, 730)


def list_of(snapshot: Path) -> TaskingList:
    choices = Choices(
        as_of=STORY_AS_OF,
        scale=COUNT,
        model="rfgv",
        panel_size=3,
        definitions=DEFINITIONS,
        rfgv=None,
        seed=1,
        reviews=no_reviews(),
        high_harm=None,
    )
    return make_list(Snapshot.open(snapshot), choices)


def stand_of(snapshot: Path) -> Today:
    return today(list_of(snapshot))


def cut_at(snapshot: Path, folder: Path, as_of: date) -> Snapshot:
    """A snapshot that holds only what was known, with nothing of what became of it; open stays end at the date."""
    known = only_known_snapshot(snapshot, folder, as_of)
    tables = {path.stem: pl.read_parquet(path) for path in known.glob("*.parquet")}
    cut = without_the_future_of_known_rows(tables, as_of)
    if "custody" in cut:
        cut["custody"] = cut["custody"].with_columns(pl.col("to_at").fill_null(pl.lit(as_of).cast(pl.Datetime("us"))))
    for name, table in cut.items():
        table.write_parquet(known / f"{name}.parquet")
    return Snapshot.open(known)


def later_matrices(extract: Extract, days: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_extract(folder / "extract", extract)
        ingest_extract(folder / "extract", folder / "snapshot", max_quarantine=1.0)
        cut = cut_at(folder / "snapshot", folder / "known", AS_OF)
        known = known_by(Snapshot.open(folder / "snapshot"), AS_OF)
        supposed_later = matrix(read_population(aged(known, days)), COUNT, DEFINITIONS).frame
        rebuilt = build_matrix(cut, AS_OF + timedelta(days=days), COUNT).frame
    return supposed_later, rebuilt


@given(extract=extracts(worlds=6), days=st.sampled_from(HORIZONS))
@settings(FILES, max_examples=8)
def test_time_without_records_is_a_matrix_built_later_from_what_was_known(extract: Extract, days: int) -> None:
    supposed_later, rebuilt = later_matrices(extract, days)

    assert different_cells(rebuilt, supposed_later, keys=["person_id"]) == []


@given(extract=extracts(worlds=6), days=st.sampled_from(HORIZONS))
@settings(FILES, max_examples=150)
def test_time_without_records_is_a_matrix_built_later_in_many_extracts(extract: Extract, days: int) -> None:
    supposed_later, rebuilt = later_matrices(extract, days)

    assert different_cells(rebuilt, supposed_later, keys=["person_id"]) == []


@pytest.fixture
def story() -> list[Row | list[Row]]:
    """ANN leads, BEN and CAT follow, DOT is held for a counter-allegation of EVE, FAY has died."""
    return [
        *(incident(f"A{n}", 10 + 200 * n, "ANN", f"V{n}") for n in range(3)),
        incident("B1", 20, "BEN", "V1"),
        incident("B2", 300, "BEN", "V2"),
        incident("C1", 500, "CAT", "V1"),
        incident("D1", 5, "DOT", "EVE"),
        incident("D2", 6, "EVE", "DOT"),
        incident("F1", 7, "FAY", "V1"),
        row("standing", person_id="FAY", kind="deceased", from_at=ago(2)),
        row("custody", person_id="ANN", from_at=ago(10, seconds=-1), to_at=None),
    ]


def test_an_open_stay_ends_at_the_date_of_the_list(tmp_path: Path, story) -> None:
    snapshot = write_snapshot(tmp_path / "s", story)
    known = known_by(Snapshot.open(snapshot), STORY_AS_OF)

    later = matrix(read_population(aged(known, 100)), COUNT, DEFINITIONS).frame

    assert dict(later.select("person_id", "custody_days_365d").iter_rows())["ANN"] == 11


def test_after_no_days_everyone_stands_where_they_stand(tmp_path: Path, story) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))
    ranked = list_of(tmp_path / "s").ranked

    series = no_new_events(now, [0])

    expected = ranked.select("person_id", "score", "rank").join(places(ranked), on="person_id", how="left")
    assert series.select("person_id", "score", "rank", "place").equals(expected.sort("person_id"))
    assert series["days"].to_list() == [0] * series.height


@pytest.mark.parametrize("days", [30, 182, 365, 730])
def test_everyone_at_once_gives_what_one_at_a_time_gives(tmp_path: Path, story, days: int) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))
    later = matrix(read_population(aged(now.population.history, days)), COUNT, DEFINITIONS)

    series = no_new_events(now, [days])

    for person, score, rank, place in series.select("person_id", "score", "rank", "place").iter_rows():
        alone = supposed(now, person, later)
        assert (score, rank, place) == (alone.score, alone.rank, alone.place), person


def test_the_held_have_a_place_and_no_rank_and_the_deceased_have_neither(tmp_path: Path, story) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))

    series = {row["person_id"]: row for row in no_new_events(now, [365]).to_dicts()}

    assert (series["DOT"]["rank"], series["DOT"]["place"]) == (None, 5)
    assert (series["FAY"]["rank"], series["FAY"]["place"]) == (None, None)
    assert series["ANN"]["on"] == STORY_AS_OF + timedelta(days=365)


def test_no_date_asked_for_is_an_empty_series(tmp_path: Path, story) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))

    assert no_new_events(now, []).is_empty()


@pytest.mark.parametrize("is_crime", [True, False])
def test_one_more_record_counts_as_if_it_had_been_recorded(tmp_path: Path, story, is_crime: bool) -> None:
    story = [
        *story,
        incident("B9", 400, "BEN CAT", "V1 V3"),
        row("pairs", incident_id="B9", suspect_id="BEN", victim_id="V3"),
    ]
    now = stand_of(write_snapshot(tmp_path / "before", story))
    ids = dict(now.population.history.incidents.select("incident_id", "incident").collect().iter_rows())

    added = one_more_record(now, "BEN", ids["B9"], is_crime=is_crime).frame

    recorded = [
        incident("NEW", 1, "BEN", "V1 V3", crime=is_crime),
        row("pairs", incident_id="NEW", suspect_id="BEN", victim_id="V3"),
    ]
    rebuilt = build_matrix(Snapshot.open(write_snapshot(tmp_path / "after", [*story, *recorded])), STORY_AS_OF, COUNT)
    assert different_cells(rebuilt.frame, added, keys=["person_id"]) == []


def test_one_more_record_gives_the_points_of_the_table(tmp_path: Path, story) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))
    latest = latest_record(now, "CAT")
    assert latest is not None

    after = supposed(now, "CAT", one_more_record(now, "CAT", latest, is_crime=False))

    before = dict(now.ranker.scores(now.matrix).iter_rows())["CAT"]
    assert before == 2 + 3 + 17 + 5
    assert after.score == 20 + 8 + 17 + 5


def test_the_heaviest_crime_is_of_the_last_year_alone(tmp_path: Path, story) -> None:
    now = stand_of(write_snapshot(tmp_path / "s", story))
    ids = dict(now.population.history.incidents.select("incident_id", "incident").collect().iter_rows())

    assert heaviest_crime(now, "CAT") is None
    assert heaviest_crime(now, "BEN") == ids["B1"]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 4, 1), 12, date(2025, 4, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, expected: date) -> None:
    assert later_by(day, months) == expected
