from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli import execute

MULTIPLICATIVE = 'combine = "multiplicative"'
RANK_SUM = 'combine = "rank_sum"'

Explain = Callable[..., dict[str, Any]]


@pytest.fixture
def explain(story_snapshot: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    def explain(person: str, *options: str) -> dict[str, Any]:
        assert execute(_command(story_snapshot, person, *options, "--json")) == 0
        return json.loads(capsys.readouterr().out)

    return explain


@pytest.fixture
def said(story_snapshot: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def said(person: str, *options: str) -> str:
        assert execute(_command(story_snapshot, person, *options)) == 0
        return capsys.readouterr().out

    return said


def _command(snapshot: Path, person: str, *options: str) -> list[str]:
    return ["explain", str(snapshot), "--as-of", "2024-04-01", "--person", person, *options]


@pytest.fixture
def own_table(tmp_path: Path) -> Callable[[str], Path]:
    """Settings that name a points table with another way of combining."""

    def write(combine: str) -> Path:
        shipped = Path(__file__).resolve().parents[2] / "mat" / "config" / "rfgv.toml"
        table = shipped.read_text(encoding="utf-8").replace('combine = "additive"', combine)
        (tmp_path / "own.toml").write_text(table, encoding="utf-8")
        (tmp_path / "mat.toml").write_text('rfgv = "own.toml"\n', encoding="utf-8")
        return tmp_path / "mat.toml"

    return write


@pytest.mark.parametrize("person", ["LEAD", "=1+1", "AGAINST", "DEAD"])
@pytest.mark.parametrize("combine", ['combine = "additive"', MULTIPLICATIVE, RANK_SUM])
def test_points_add_up_to_the_score_and_differences_to_the_gap(explain, own_table, person: str, combine: str) -> None:
    explanation = explain(person, "--config", str(own_table(combine)))

    stand, beside = explanation["stand"], explanation["beside"]
    assert sum(each["points"] for each in explanation["reasons"]) == pytest.approx(stand["score"], abs=1e-9)
    if beside is not None:
        assert beside["points"] == pytest.approx(stand["score"] - beside["other"]["score"], abs=1e-9)
        assert sum(each["points"] for each in beside["differences"]) == pytest.approx(beside["points"], abs=1e-9)


def test_it_stands_where_the_list_puts_it(explain, story_run: Path) -> None:
    ranked = pl.read_parquet(story_run / "ranked.parquet").filter(pl.col("rank").is_not_null())

    for row in ranked.select("person_id", "rank", "score", "is_listed", "model_version").to_dicts():
        explanation = explain(row["person_id"])

        stand = explanation["stand"]
        assert {name: stand[name] for name in ("person_id", "rank", "score", "is_listed")} == {
            name: row[name] for name in ("person_id", "rank", "score", "is_listed")
        }
        assert explanation["model_version"] == row["model_version"]


def test_the_held_are_given_their_hold_and_place_and_never_a_rank(said) -> None:
    text = said("AGAINST")

    assert "HELD (recorded against each other" in text
    assert "in the order of all 7 people" in text
    assert "would be place" not in text
    assert " rank " not in text.replace("There is no rank until", "").partition("WHY ABOVE")[0]


def test_the_deceased_have_a_score_and_no_place(explain, said) -> None:
    explanation = explain("DEAD")

    assert explanation["stand"]["place"] is None
    assert explanation["what_ifs"] == []
    assert "recorded as deceased, so there is a score and no place" in said("DEAD")


def test_it_says_why_above_the_next(said) -> None:
    text = said("LEAD")

    assert "WHY ABOVE" in text
    assert "points more" in text
    assert "Different victims in the last 2 years: 2 here, 1 there" in text


def test_it_can_be_held_against_anybody_on_the_list(explain, said) -> None:
    against = explain("http://example.org", "--above", "LEAD")["beside"]

    assert against["other"]["person_id"] == "LEAD"
    assert against["points"] < 0
    assert "WHY BELOW LEAD, rank 1" in said("http://example.org", "--above", "LEAD")


def test_largest_differences_come_first(explain) -> None:
    differences = [abs(each["points"]) for each in explain("LEAD")["beside"]["differences"]]

    assert differences == sorted(differences, reverse=True)
    assert differences[0] > 0


def test_equal_scores_say_what_settled_the_order(explain) -> None:
    beside = explain("AGAINST", "--above", "COUNTER")["beside"]

    assert beside["points"] == 0
    assert "the order of their ids" in beside["settled_by"] or "settled the order" in beside["settled_by"]


def test_a_product_is_explained_as_factors(said, own_table) -> None:
    text = said("LEAD", "--config", str(own_table(MULTIPLICATIVE)))

    assert "natural logarithms" in text
    assert " times the product." in text


def test_a_rank_sum_says_that_it_depends_on_others(said, own_table) -> None:
    text = said("LEAD", "--config", str(own_table(RANK_SUM)))

    assert "depend on the others" in text


def test_time_and_one_more_record_are_all_that_is_supposed(explain) -> None:
    suppositions = explain("LEAD")["what_ifs"]

    assert [each["what"].partition(" without")[0] for each in suppositions[:4]] == [
        "3 months", "6 months", "12 months", "24 months",
    ]  # fmt: skip
    assert [each["on"] for each in suppositions[:4]] == ["2024-07-01", "2024-10-01", "2025-04-01", "2026-04-01"]
    assert all(each["what"].startswith("one more") for each in suppositions[4:])
    assert len(suppositions) == 6


def test_a_year_without_a_record_moves_the_score_down_by_the_table(explain) -> None:
    lead = explain("LEAD")

    year = next(each for each in lead["what_ifs"] if each["what"].startswith("12 months"))
    moved = {each["feature"]: (each["before"], each["after"]) for each in year["moved"]}
    assert moved == {"days_since_last_da": (51, 416)}
    assert year["score"] == lead["stand"]["score"] - 15 + 2


@pytest.mark.parametrize("combine", ['combine = "additive"', MULTIPLICATIVE, RANK_SUM])
def test_what_moves_adds_up_to_the_change_of_the_score(explain, own_table, combine: str) -> None:
    lead = explain("LEAD", "--config", str(own_table(combine)))

    for each in lead["what_ifs"]:
        change = each["score"] - lead["stand"]["score"]
        assert sum(moved["points"] for moved in each["moved"]) == pytest.approx(change, abs=1e-9)
    assert any(each["score"] != lead["stand"]["score"] for each in lead["what_ifs"])


def test_someone_without_a_crime_is_offered_no_crime_more(explain) -> None:
    assert len(explain("http://example.org")["what_ifs"]) == 5


def test_what_is_missing_is_said(said) -> None:
    assert "WHAT THE RECORDS CANNOT SAY" in said("LEAD")
    assert "custody is not in the extract" in said("LEAD")


@pytest.mark.parametrize("person", ["SECRET", "GONE", "GONE-OLD", "V1", "NOBODY"])
def test_whoever_must_not_be_shown_is_refused_in_the_words_for_the_unknown(
    write_story, tmp_path: Path, capsys: pytest.CaptureFixture[str], person: str
) -> None:
    snapshot = tmp_path / "snapshot"
    assert execute(["ingest", str(write_story()), "--out", str(snapshot), "--max-quarantine", "0.5"]) == 0
    command = ["explain", str(snapshot), "--as-of", "2024-04-01", "--person"]
    for arguments in ([*command, person], [*command, "LEAD", "--above", person]):
        capsys.readouterr()

        code = execute(arguments)

        told = capsys.readouterr()
        sentence = f"mat: {person} is not known as a suspect before 2024-04-01, or may not be shown: check the id and"
        assert code == 2
        assert told.out == ""
        assert told.err.splitlines()[-1] == f"{sentence} the as-of date."


def test_nobody_hidden_is_named_beside_anybody(explain, story_run: Path) -> None:
    ranked = pl.read_parquet(story_run / "ranked.parquet")

    texts = [json.dumps(explain(person)) for person in ranked["person_id"] if person != "SECRET"]

    assert not any(hidden in text for text in texts for hidden in ("SECRET", "GONE"))


def test_a_person_held_against_themselves_is_refused(story_snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = execute(_command(story_snapshot, "LEAD", "--above", "LEAD"))

    assert code == 2
    assert "name another with --above" in capsys.readouterr().err


def test_an_id_that_was_merged_leads_to_the_one_in_use(
    write_story, story_tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merges = [*story_tables["person_merges"], ("LEAD-OLD", "LEAD", "2024-01-01", "")]
    snapshot = tmp_path / "snapshot"
    extract = write_story(person_merges=merges)
    assert execute(["ingest", str(extract), "--out", str(snapshot), "--max-quarantine", "0.5"]) == 0
    capsys.readouterr()

    code = execute(["explain", str(snapshot), "--as-of", "2024-04-01", "--person", "LEAD-OLD"])

    assert code == 0
    assert "LEAD-OLD was merged into LEAD." in capsys.readouterr().out


def test_it_says_suspect_and_never_what_will_happen(said) -> None:
    text = said("LEAD").lower()

    assert "offender" not in text
    assert " will " not in text


def test_a_run_s_own_copy_is_refused_because_a_hold_could_be_missing(
    story_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = execute(["explain", str(story_run / "snapshot"), "--as-of", "2024-04-01", "--person", "LEAD"])

    assert code == 2
    assert "run's own copy, without the people under restriction" in capsys.readouterr().err
