"""`mat backtest` on a few hundred invented people: what it writes, says and refuses."""

from __future__ import annotations

import contextlib
import io
import json
import stat
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from app.cli import execute
from models.backtest_result import TABLES
from models.promotion import Verdict
from tests.app.small_records import write_records

pytestmark = pytest.mark.slow

METHOD = """
data_dir = "{data_dir}"
panel_size = 10

[backtest]
models = ["random", "count_365d", "rfgv", "scorecard"]
target = "any"
as_of = ["2021-07-01", "2022-07-01", "2023-01-01", "2023-07-01"]
training_periods = 3
bootstrap_rounds = 100
refits = 1
equality_capacity = 50
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    snapshot: Path
    settings: Path
    out: Path
    said: str
    code: int


def backtest(snapshot: Path, out: Path, settings: Path, *more: str) -> int:
    return execute(["backtest", str(snapshot), "--out", str(out), "--config", str(settings), *more])


def settings_file(folder: Path, more: str = "") -> Path:
    path = folder / "mat.toml"
    path.write_text(METHOD.format(data_dir=folder / "data", more=more), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One snapshot judged once, logged; tests only read it."""
    folder = tmp_path_factory.mktemp("backtest")
    snapshot, out, settings = folder / "snapshot", folder / "judged", settings_file(folder)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert execute(["ingest", str(write_records(folder / "extract")), "--out", str(snapshot)]) == 0
        code = backtest(snapshot, out, settings)
    return Place(snapshot=snapshot, settings=settings, out=out, said=said.getvalue(), code=code)


def test_the_evidence_is_whole_and_for_its_owner_alone(place: Place) -> None:
    names = {path.name for path in place.out.iterdir()}

    assert {f"{name}.parquet" for name in (*TABLES, "scores")} <= names
    assert {"manifest.json", "verdict.json", "report.json", "report.html", "summary.txt"} <= names
    assert [path.name for path in place.out.iterdir() if stat.S_IMODE(path.stat().st_mode) != 0o600] == []


def test_the_verdict_comes_first_and_is_the_one_written(place: Place) -> None:
    written = Verdict.from_json(json.loads((place.out / "verdict.json").read_text(encoding="utf-8")))

    assert written.panel_size == 10
    assert place.said.index("VERDICT") < place.said.index("DETECTORS")
    assert str(place.out / "report.html") in place.said


def test_a_suspicious_backtest_exits_1_and_promotes_nobody(place: Place) -> None:
    detectors = pl.read_parquet(place.out / "detectors.parquet")
    is_doubtful = not detectors.filter(pl.col("name") != "base rate")["is_as_it_should_be"].all()
    verdict = json.loads((place.out / "verdict.json").read_text(encoding="utf-8"))

    assert place.code == (1 if is_doubtful else 0)
    assert (verdict["reason"] == "suspicious") == is_doubtful


def test_the_page_says_how_many_of_the_first_names_would_be_held(place: Place) -> None:
    report = json.loads((place.out / "report.json").read_text(encoding="utf-8"))

    said = [caution for caution in report["cautions"] if "would be held until a person has looked" in caution]
    assert len(said) == 1
    assert "of rfgv's and" in said[0]


def test_every_planted_fault_is_flagged(place: Place) -> None:
    planted = pl.read_parquet(place.out / "detectors.parquet").filter("is_planted")

    assert set(planted["name"]) == {"planted leak", "moved window", "permuted dates", "right-censoring"}
    assert planted["status"].to_list() == ["flagged"] * planted.height


def test_the_refused_fold_is_named_on_the_page(place: Place) -> None:
    folds = pl.read_parquet(place.out / "folds.parquet")

    assert folds["status"].to_list() == ["judged", "judged", "judged", "refused"]
    assert "complete only to" in (place.out / "report.html").read_text(encoding="utf-8")


def test_the_scores_hold_every_person_of_every_fold_and_model(place: Place) -> None:
    scores = pl.read_parquet(place.out / "scores.parquet")
    folds = pl.read_parquet(place.out / "folds.parquet").drop_nulls("people")

    counted = scores.group_by("as_of", "model").agg(people=pl.col("person_id").n_unique()).sort("as_of", "model")

    assert counted["model"].unique().sort().to_list() == ["count_365d", "random", "rfgv", "scorecard"]
    assert (
        counted.join(folds.select("as_of", expected="people"), on="as_of")
        .filter(pl.col("people") != pl.col("expected"))
        .is_empty()
    )


def test_no_table_but_the_scores_names_a_person(place: Place) -> None:
    ids = pl.read_parquet(place.out / "scores.parquet")["person_id"].unique().to_list()

    for name in TABLES:
        table = pl.read_parquet(place.out / f"{name}.parquet")
        texts = [table[column] for column, dtype in table.schema.items() if dtype == pl.String]
        assert not any(text.is_in(ids).any() for text in texts), name
    for name in ("report.html", "report.json", "summary.txt", "manifest.json", "verdict.json"):
        text = (place.out / name).read_text(encoding="utf-8")
        assert '"P101"' not in text
        assert ">P101<" not in text


def test_every_equality_attribute_is_there_and_no_group_passes(place: Place) -> None:
    equality = pl.read_parquet(place.out / "equality.parquet")

    assert set(equality["attribute"]) == {"sex", "ethnicity", "age_band", "deprivation", "role"}
    assert equality.filter(pl.col("attribute") == "sex")["group"].unique().to_list() == ["U"]


def test_the_same_records_and_method_give_the_same_tables(place: Place, tmp_path: Path) -> None:
    backtest(place.snapshot, tmp_path / "again", place.settings, "--no-log")

    for name in (*TABLES, "scores"):
        file = f"{name}.parquet"
        assert pl.read_parquet(tmp_path / "again" / file).equals(pl.read_parquet(place.out / file)), name


def test_json_carries_the_verdict(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backtest(place.snapshot, tmp_path / "again", place.settings, "--no-log", "--json")

    said = json.loads(capsys.readouterr().out)
    assert said["command"] == "backtest"
    assert said["verdict"]["baseline"] == "rfgv"


def test_wards_with_a_deprivation_are_compared(place: Place, tmp_path: Path) -> None:
    wards = tmp_path / "wards.csv"
    wards.write_text("ward,deprivation\nHanley,1 most deprived\n", encoding="utf-8")
    settings = tmp_path / "mat.toml"
    settings.write_text(f'deprivation = "wards.csv"\n{place.settings.read_text(encoding="utf-8")}', encoding="utf-8")

    backtest(place.snapshot, tmp_path / "judged", settings, "--no-log")

    equality = pl.read_parquet(tmp_path / "judged" / "equality.parquet")
    assert equality.filter(pl.col("attribute") == "deprivation")["group"].unique().to_list() == ["1 most deprived"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("label_days = 3000", "no fold can be judged"),
        ("look_back_days = 5000", "no fold can be judged"),
        ('fold = "all"', "'fold' is not a setting of a backtest"),
        ("[backtest.detectors]\nauc_jump = 2", "auc_jump should be a number above 0"),
    ],
)
def test_a_method_that_cannot_work_gets_one_sentence_and_leaves_nothing(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    code = backtest(place.snapshot, tmp_path / "judged", settings_file(tmp_path, more))

    error = capsys.readouterr().err.splitlines()[-1]
    assert code == 2
    assert error.startswith("mat: ")
    assert said in error
    assert not (tmp_path / "judged").exists()


def test_a_scale_that_weighs_too_little_gets_one_sentence(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scale = tmp_path / "scale.csv"
    scale.write_text("code,weight,label,source\nmurder,1,Murder,test\n", encoding="utf-8")

    code = backtest(place.snapshot, tmp_path / "judged", place.settings, "--scale", str(scale))

    assert code == 2
    assert "nobody can be judged by harm" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [("area,fifth\nHanley,1\n", "columns ward and deprivation"), ("ward,deprivation\nA,1\nA,2\n", "ward A twice")],
)
def test_a_deprivation_table_that_cannot_be_used_gets_one_sentence(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    (tmp_path / "wards.csv").write_text(content, encoding="utf-8")
    settings = tmp_path / "mat.toml"
    settings.write_text('deprivation = "wards.csv"\n', encoding="utf-8")

    code = backtest(place.snapshot, tmp_path / "judged", settings)

    assert code == 2
    assert said in capsys.readouterr().err
