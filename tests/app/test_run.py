from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest

from app.cli import execute
from app.ranked_list import COLUMNS

CONTRACT_COLUMNS = [
    "rank", "is_listed", "held_rank", "tied", "person_id", "score", "model", "model_version", "definitions_version",
    "scale", "reason_1", "reason_2", "reason_3", "reasons", "is_serial_distinct", "is_serial_unconnected", "is_repeat",
    "is_high_harm", "is_priority", "holds", "hold", "rank_low", "rank_high", "data_gaps", "standing",
]  # fmt: skip


@pytest.fixture(scope="module")
def ranked(story_run: Path) -> pl.DataFrame:
    return pl.read_parquet(story_run / "ranked.parquet")


def _person(ranked: pl.DataFrame, person_id: str) -> dict[str, object]:
    return ranked.row(by_predicate=pl.col("person_id") == person_id, named=True)


def test_the_ranked_list_has_the_columns_of_the_contract_in_order(ranked: pl.DataFrame) -> None:
    assert ranked.columns == CONTRACT_COLUMNS
    assert list(COLUMNS) == CONTRACT_COLUMNS


def test_everyone_of_the_population_but_the_restricted_has_one_row(ranked: pl.DataFrame) -> None:
    expected = {"LEAD", "=1+1", "http://example.org", "AGAINST", "COUNTER", "CHILD", "SECRET", "DEAD"}

    assert sorted(ranked["person_id"]) == sorted(expected)


def test_ranks_run_from_one_over_those_neither_held_nor_deceased(ranked: pl.DataFrame) -> None:
    unheld = ranked.filter(pl.col("rank").is_not_null())

    assert unheld["rank"].to_list() == [1, 2, 3]
    assert unheld["hold"].null_count() == 3
    assert unheld["held_rank"].null_count() == 3
    assert unheld["person_id"][0] == "LEAD"


def test_the_held_keep_a_place_and_are_not_listed(ranked: pl.DataFrame) -> None:
    held = ranked.filter(pl.col("hold").is_not_null(), pl.col("person_id") != "DEAD")

    assert sorted(held["person_id"]) == ["AGAINST", "CHILD", "COUNTER", "SECRET"]
    assert held["held_rank"].null_count() == 0
    assert held["rank"].null_count() == 4
    assert not held["is_listed"].any()


def test_the_deceased_have_neither_rank_nor_place(ranked: pl.DataFrame) -> None:
    dead = _person(ranked, "DEAD")

    assert dead["rank"] is None
    assert dead["held_rank"] is None
    assert dead["standing"] == ["deceased"]


def test_rows_are_ordered_by_rank_then_place_then_id(ranked: pl.DataFrame) -> None:
    again = ranked.sort("rank", "held_rank", "person_id", nulls_last=True)

    assert again["person_id"].to_list() == ranked["person_id"].to_list()


def test_the_points_of_the_reasons_add_up_to_the_score(ranked: pl.DataFrame) -> None:
    points = ranked["reasons"].list.eval(pl.element().struct.field("points")).list.sum()

    assert (points - ranked["score"]).abs().max() < 1e-9


def test_the_first_reason_is_the_sentence_of_the_largest_points(ranked: pl.DataFrame) -> None:
    lead = _person(ranked, "LEAD")
    reasons = lead["reasons"]
    assert isinstance(reasons, list)
    largest = max(reasons, key=lambda reason: reason["points"])

    assert str(lead["reason_1"]).endswith(f": {largest['value']}")
    assert lead["standing"] == ["prison"]
    assert "no_custody" in str(lead["data_gaps"])


def test_nothing_is_cut_below_the_capacity_line(write_story, make_run) -> None:
    run = make_run(write_story(), "--top", "1")

    ranked = pl.read_parquet(run / "ranked.parquet")
    assert ranked.filter("is_listed")["rank"].to_list() == [1]
    assert ranked.height == 8


def test_the_run_directory_holds_what_the_contract_says(story_run: Path) -> None:
    names = {path.name for path in story_run.iterdir()}

    assert names == {
        "manifest.json", "snapshot", "features.parquet", "relationships.parquet", "ranked.parquet", "evidence.parquet",
        "area.parquet", "places.parquet", "ranked.xlsx", "summary.txt",
    }  # fmt: skip


def test_everybody_with_a_rank_stands_on_each_list_that_is_compared(story_run: Path) -> None:
    ranked = pl.read_parquet(story_run / "ranked.parquet").drop_nulls("rank")
    places = pl.read_parquet(story_run / "places.parquet")

    assert places.columns == ["person_id", "model", "scale", "rank"]
    own = places.filter(scale="statutory_max_days")
    assert dict(own.select("person_id", "rank").iter_rows()) == dict(ranked.select("person_id", "rank").iter_rows())
    assert places.group_by("scale").len().to_dict(as_series=False)["len"] == [ranked.height] * 3
    assert set(places["model"]) == {"rfgv"}
    joined = places.join(ranked, on="person_id", how="left").drop_nulls("rank")
    assert joined.select(
        (pl.col("rank") >= pl.col("rank_low")).all(), high=(pl.col("rank") <= pl.col("rank_high")).all()
    ).row(0) == (True, True)


def test_everything_in_the_run_directory_is_for_its_owner_alone(story_run: Path) -> None:
    for path in [story_run, *story_run.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_no_file_of_the_run_names_a_restricted_person_or_any_identity(story_run: Path) -> None:
    for path in story_run.rglob("*.parquet"):
        cells = pl.read_parquet(path).write_ndjson()
        assert "GONE" not in cells, path.name
        assert "Quux" not in cells, path.name
    for path in [*story_run.rglob("*.json"), story_run / "summary.txt"]:
        assert "GONE" not in path.read_text(), path.name
    assert not (story_run / "snapshot" / "identities.parquet").exists()


def test_what_hangs_on_a_row_left_out_is_left_out_with_it(story_run: Path) -> None:
    breaches = pl.read_parquet(story_run / "snapshot" / "order_breaches.parquet")

    assert breaches["order_id"].to_list() == ["O3"]


def test_a_restriction_that_could_not_be_read_is_told_first_and_names_nobody(
    write_story, make_run, story_tables
) -> None:
    twice = [("HIDDEN", "1990-01-01", "M", "W", ""), ("HIDDEN", "1999-01-01", "M", "W", "")]
    more = [(place, "HIDDEN", "suspect") for place in ("I1", "I2", "I3")]

    run = make_run(
        write_story(
            persons=[*story_tables["persons"], *twice],
            involvements=[*story_tables["involvements"], *more],
            restrictions=[*story_tables["restrictions"], ("HIDDEN", "2024-01-01", "", "erasure")],
        )
    )

    assert (run / "summary.txt").read_text().startswith("LOOK FIRST: restrictions were set aside (1)")
    for path in run.rglob("*"):
        if path.suffix == ".parquet":
            assert "HIDDEN" not in pl.read_parquet(path).write_ndjson(), path.name
        elif path.suffix in {".json", ".txt"}:
            assert "HIDDEN" not in path.read_text(), path.name


def test_the_summary_counts_the_restricted(story_run: Path) -> None:
    summary = (story_run / "summary.txt").read_text()

    assert "restricted, left out" in summary
    assert json.loads((story_run / "manifest.json").read_text())["counts"]["restricted"] == 1


def test_a_restriction_that_begins_later_is_told_on_page_one(write_story, make_run, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "restrictions.csv").write_text(
        "person_id,from_at,to_at,reason\nLEAD,2024-04-01,,objection\nAGAINST,2024-03-01,2024-03-02,objection\n"
    )

    run = make_run(write_story(), "--reviews", str(reviews))

    said = " ".join((run / "summary.txt").read_text().split())
    assert "1 begin on or after 2024-04-01: this list may name those people" in said
    assert "2 restrictions of the case store read, 0 of them counting on 2024-04-01" in said
    assert said.index("RESTRICTIONS:") < said.index("RECORDS")
    counts = json.loads((run / "manifest.json").read_text())["counts"]
    assert [counts[f"restrictions_{name}"] for name in ("read", "counting", "later")] == [2, 0, 1]
    assert "LEAD" in pl.read_parquet(run / "ranked.parquet")["person_id"]


def test_a_restriction_that_counts_is_told_without_alarm(write_story, make_run, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "restrictions.csv").write_text("person_id,from_at,to_at,reason\nLEAD,2024-03-01,,objection\n")

    said = " ".join((make_run(write_story(), "--reviews", str(reviews)) / "summary.txt").read_text().split())

    assert "1 restriction of the case store read, 1 of them counting on 2024-04-01." in said
    assert "may name those people" not in said


def test_a_restriction_from_the_reviews_leaves_the_person_out_too(write_story, make_run, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "restrictions.csv").write_text("person_id,from_at,to_at,reason\nLEAD,2024-03-01,,objection\n")

    run = make_run(write_story(), "--reviews", str(reviews))

    for path in run.rglob("*.parquet"):
        assert "LEAD" not in pl.read_parquet(path).write_ndjson(), path.name
    assert json.loads((run / "manifest.json").read_text())["reviews_hash"]


def test_a_resolution_lists_the_person_and_keeps_the_hold_on_record(write_story, make_run, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "resolved.csv").write_text(
        "person_id,hold,counterparty_id,outcome,resolved_at,review_by,resolved_by,reason\n"
        "AGAINST,counter_allegation,COUNTER,list,2024-03-20T09:00,,DS Khan,read both sides\n"
    )

    run = make_run(write_story(), "--reviews", str(reviews))

    against = _person(pl.read_parquet(run / "ranked.parquet"), "AGAINST")
    assert against["hold"] is None
    assert against["holds"] == ["counter_allegation"]
    assert against["is_listed"] is True


def test_the_same_input_gives_the_same_content_hashes(write_story, make_run) -> None:
    extract = write_story()

    first, second = (json.loads((make_run(extract) / "manifest.json").read_text()) for _ in range(2))

    assert first["content_hashes"] == second["content_hashes"]
    assert set(first) == set(second)
    assert len(first["content_hashes"]) == len(list(Path(extract).glob("*.csv"))) - 1 + 7


def test_row_order_and_file_format_do_not_change_the_list(write_story, make_run, tmp_path: Path) -> None:
    extract = write_story()
    other = tmp_path / "other"
    other.mkdir()
    for path in extract.glob("*.csv"):
        rows = pl.read_csv(path, infer_schema=False)
        rows.reverse().write_parquet(other / f"{path.stem}.parquet")

    first, second = (json.loads((make_run(each) / "manifest.json").read_text()) for each in (extract, other))

    for name in ("ranked", "places", "features", "relationships", "evidence", "area"):
        file = f"{name}.parquet"
        assert first["content_hashes"][file] == second["content_hashes"][file], name


def test_the_manifest_says_how_the_list_was_made(story_run: Path) -> None:
    manifest = json.loads((story_run / "manifest.json").read_text())

    assert manifest["kind"] == "run"
    assert manifest["as_of"] == "2024-04-01"
    assert {file["table"] for file in manifest["inputs"]} >= {"persons", "incidents", "involvements"}
    assert all(len(file["sha256"]) == 64 for file in manifest["inputs"])
    assert manifest["definitions"]["hash"]
    assert manifest["scale"]["hash"]
    assert manifest["rfgv_hash"]
    assert manifest["config_hash"]
    assert manifest["seeds"]
    assert manifest["seconds"]


def test_the_run_reads_as_a_snapshot_again(story_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"

    code = execute(["features", str(story_run / "snapshot"), "--as-of", "2024-04-01", "--out", str(out)])

    assert code == 0
    again = pl.read_parquet(out)
    assert again["person_id"].to_list() == pl.read_parquet(story_run / "features.parquet")["person_id"].to_list()


def test_rank_gives_the_list_that_run_gives(write_story, make_run, tmp_path: Path) -> None:
    extract = write_story()
    snapshot, out = tmp_path / "snapshot", tmp_path / "ranked.parquet"
    run = make_run(extract)

    assert execute(["ingest", str(extract), "--out", str(snapshot), "--max-quarantine", "0.5"]) == 0
    assert execute(["rank", str(snapshot), "--as-of", "2024-04-01", "--out", str(out)]) == 0

    assert pl.read_parquet(out).equals(pl.read_parquet(run / "ranked.parquet"))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_an_empty_population_is_no_error(write_story, make_run) -> None:
    run = make_run(write_story(), as_of="2020-01-01")

    assert pl.read_parquet(run / "ranked.parquet").is_empty()
    assert pl.read_parquet(run / "ranked.parquet").columns == CONTRACT_COLUMNS
    assert pl.read_parquet(run / "evidence.parquet").is_empty()
    assert "the list is empty" in (run / "summary.txt").read_text()


@pytest.mark.parametrize("model", ["random", "count_365d", "harm_365d", "rfgv"])
def test_every_model_makes_a_list(write_story, make_run, model: str) -> None:
    run = make_run(write_story(), "--model", model)

    assert pl.read_parquet(run / "ranked.parquet")["model"].unique().to_list() == [model]


def test_a_scale_that_weighs_too_little_is_said_in_the_first_line(write_story, make_run, story_tables) -> None:
    incidents = [
        row if at == 0 else (*row[:4], "local-7", *row[5:]) for at, row in enumerate(story_tables["incidents"])
    ]

    run = make_run(write_story(incidents=incidents))

    first_line = (run / "summary.txt").read_text().splitlines()[0]
    assert first_line.startswith("ranked without gravity: ")


@pytest.mark.parametrize("name", [".run-1.partial-999999-x", ".run-1.partial-99999999999999999999-x"])
def test_what_somebody_else_planted_where_a_run_is_built_stops_no_run(
    write_story, make_run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.txt").write_text("kept")
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")

    make_run(write_story())

    assert (tmp_path / "elsewhere" / "kept.txt").read_text() == "kept"


def test_a_later_run_removes_what_a_killed_one_left(write_story, make_run, tmp_path: Path) -> None:
    leftover = tmp_path / ".run-1.partial-999999-x"
    leftover.mkdir()
    (leftover / "records").write_text("half")

    make_run(write_story())

    assert not leftover.exists()
    shutil.rmtree(leftover, ignore_errors=True)
