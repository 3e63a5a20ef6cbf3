from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from app.cli import execute
from app.judged import read_judged
from models.artefact import SYNTHETIC_TRAINING, ArtefactRanker, read
from models.register import Register
from tests.app.small_records import AS_OF, write_backtest, write_records, write_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    snapshot: Path
    settings: Path
    data_dir: Path
    model: Path
    said: str


def train(snapshot: Path, out: Path, settings: Path, *more: str) -> int:
    command = ["train", str(snapshot), "--as-of", AS_OF, "--out", str(out), "--config", str(settings)]
    return execute([*command, *more])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One snapshot, one model trained on it and logged; tests only read them."""
    folder = tmp_path_factory.mktemp("train")
    snapshot, model, data_dir = folder / "snapshot", folder / "model.json", folder / "data"
    settings = write_settings(folder / "mat.toml", data_dir)
    assert execute(["ingest", str(write_records(folder / "extract")), "--out", str(snapshot)]) == 0
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert train(snapshot, model, settings) == 0
    return Place(snapshot=snapshot, settings=settings, data_dir=data_dir, model=model, said=said.getvalue())


def test_training_says_what_it_learnt_from_and_what_comes_next(place: Place) -> None:
    training = read(place.model).training

    assert [str(period) for period in training.periods] == ["2022-04-01", "2022-07-01", "2022-10-01", "2023-01-01"]
    assert training.people > 200
    for figure in (training.people, training.rows, training.events):
        assert f"{figure:,}" in place.said
    assert "4 dates, 2022-04-01 to 2023-01-01" in " ".join(place.said.split())
    assert max(len(line) for line in place.said.splitlines()[1:]) <= 110
    assert "Left out (" in place.said
    assert "No backtest was named" in place.said
    assert "rfgv ranks as before" in place.said
    assert "mat models show" in place.said


def test_a_model_learns_nothing_recorded_on_or_after_its_date(place: Place) -> None:
    training = read(place.model).training

    assert (training.as_of - training.last_as_of).days >= training.label_days + training.embargo_days
    assert training.embargo_days > 0


def test_training_adds_a_candidate_and_logs_the_run(place: Place) -> None:
    (entry,) = Register.under(place.data_dir).entries()

    assert entry.state == "candidate"
    assert entry.hash == read(place.model).content_hash
    assert (place.data_dir / "runlog.db").is_file()
    assert [path.name for path in (place.data_dir / "runlog").rglob("*.json")] == ["model.json"]


def test_the_same_training_gives_the_same_file(place: Place, tmp_path: Path) -> None:
    settings = write_settings(tmp_path / "again.toml", tmp_path / "data")

    assert train(place.snapshot, tmp_path / "again.json", settings, "--no-log") == 0

    assert (tmp_path / "again.json").read_bytes() == place.model.read_bytes()
    assert not (tmp_path / "data" / "runlog.db").exists()


def test_rank_by_a_models_file_names_it_in_every_row_and_in_the_manifest(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract, out = write_records(tmp_path / "extract"), tmp_path / "run"

    code = execute(["run", str(extract), "--as-of", AS_OF, "--out", str(out), "--model", str(place.model)])

    said = capsys.readouterr().out
    artefact = read(place.model)
    version = ArtefactRanker.of(artefact).version
    ranked = pl.read_parquet(out / "ranked.parquet")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["model"]
    assert code == 0
    assert ranked["model"].unique().to_list() == ["scorecard"]
    assert ranked["model_version"].unique().to_list() == [version]
    points = ranked.select(
        pl.col("reasons").list.eval(pl.element().struct.field("points")).list.sum() - pl.col("score")
    )
    assert points.to_series().abs().max() == pytest.approx(0.0, abs=1e-9)
    assert manifest["version"] == version
    assert manifest["artefact"] == artefact.content_hash
    assert manifest["training_people"] == artefact.training.people
    assert manifest["hashes"] == dict(artefact.hashes.as_json())
    assert version in " ".join(said.split())
    assert "learnt from" in said


def test_explain_uses_a_models_file_too(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    code = execute(["explain", str(place.snapshot), "--as-of", AS_OF, "--person", "P5", "--model", str(place.model)])

    assert code == 0
    assert "scorecard" in capsys.readouterr().out


def test_a_backtest_that_names_no_model_is_said_plainly(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")
    backtest = write_backtest(tmp_path / "backtest", place.model, champion="rfgv")
    capsys.readouterr()

    code = train(place.snapshot, tmp_path / "m.json", settings, "--no-log", "--backtest", str(backtest))

    said = capsys.readouterr().out
    assert code == 0
    assert "rfgv stays the list's model until a backtest says otherwise" in said
    assert "mat models promote" not in said
    assert read(tmp_path / "m.json").evidence["verdict"]["champion"] == "rfgv"


def test_the_champion_of_a_backtest_is_trained_with_its_figures_as_evidence(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")
    backtest = write_backtest(tmp_path / "backtest", place.model)
    capsys.readouterr()

    code = train(place.snapshot, tmp_path / "m.json", settings, "--no-log", "--backtest", str(backtest), "--json")

    evidence = json.loads(capsys.readouterr().out)["evidence"]
    assert code == 0
    assert evidence["verdict"]["champion"] == "scorecard"
    assert [(each["metric"], each["value"]) for each in evidence["figures"]] == [("captured", 0.3)]
    assert read_judged(backtest).metrics("scorecard") == {"captured_20": 0.3}


@pytest.mark.parametrize("name", ["definitions", "scale", "features"])
def test_a_backtest_under_other_rules_is_refused_before_anything_is_written(
    place: Place, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")
    backtest = write_backtest(tmp_path / "backtest", place.model, hashes={name: "0" * 64})

    code = train(place.snapshot, tmp_path / "m.json", settings, "--no-log", "--backtest", str(backtest))

    assert code == 1
    assert "was made with other" in capsys.readouterr().err
    assert not (tmp_path / "m.json").exists()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--model", "rfgv"], "'rfgv' is no model that is trained: choose one of scorecard"),
        (["--model", "ebm"], "too few to train the ebm"),
        (["--as-of", "2020-06-01"], "there is nothing to learn from before 2020-06-01"),
        (["--backtest", "nowhere"], "nowhere is not a backtest"),
        (["--scale", "nowhere.csv"], "No harm scale"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_leaves_nothing(
    place: Place, tmp_path: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")

    code = train(place.snapshot, tmp_path / "m.json", settings, *more)

    lines = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" ...")]
    assert code == 2
    assert len(lines) == 1
    assert told in lines[0]
    assert not (tmp_path / "m.json").exists()
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_cannot_hold_the_register_is_refused_before_training(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")

    code = train(place.snapshot, tmp_path / "m.json", settings)

    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert "set data_dir to a folder of yours" in said
    assert not (tmp_path / "m.json").exists()


def test_a_run_log_that_cannot_be_written_costs_a_sentence_and_no_model(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")
    (tmp_path / "data" / "runlog.db").mkdir(parents=True)

    code = train(place.snapshot, tmp_path / "m.json", settings)

    said = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" ...")]
    assert code == 0
    assert len(said) == 1
    assert "the run log under" in said[0]
    assert read(tmp_path / "m.json").content_hash == Register.under(tmp_path / "data").entries()[0].hash


def test_an_existing_file_is_never_written_over(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    before = place.model.read_bytes()

    code = train(place.snapshot, place.model, place.settings)

    assert code == 2
    assert "exists already" in capsys.readouterr().err
    assert place.model.read_bytes() == before


def test_a_model_of_invented_people_says_so_first_wherever_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract = write_records(tmp_path / "extract")
    (extract / "SYNTHETIC.txt").touch()
    settings = write_settings(tmp_path / "mat.toml", tmp_path / "data")
    snapshot, model = tmp_path / "snapshot", tmp_path / "m.json"
    assert execute(["ingest", str(extract), "--out", str(snapshot)]) == 0
    (extract / "SYNTHETIC.txt").unlink()
    capsys.readouterr()
    first_lines = {}

    def first_line(name: str, *arguments: str) -> None:
        assert execute([*arguments, "--config", str(settings)]) == 0
        first_lines[name] = capsys.readouterr().out.splitlines()[0]

    first_line("train", "train", str(snapshot), "--as-of", AS_OF, "--out", str(model), "--no-log")
    first_line("show", "models", "show", str(model))
    given = ("--as-of", AS_OF, "--model", str(model))
    first_line("rank", "rank", str(snapshot), *given, "--out", str(tmp_path / "r.parquet"))
    first_line("explain", "explain", str(snapshot), *given, "--person", "P5")
    first_line("run", "run", str(extract), *given, "--out", str(tmp_path / "run"))

    assert {name: SYNTHETIC_TRAINING[:18] in line for name, line in first_lines.items()} == dict.fromkeys(
        ("train", "show", "rank", "explain", "run"), True
    )


@pytest.mark.parametrize("as_of", ["2099-01-01", "9999-12-31"])
def test_a_date_after_the_records_is_refused(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_of: str
) -> None:
    command = ["train", str(place.snapshot), "--as-of", as_of, "--out", str(tmp_path / "model.json")]

    code = execute([*command, "--config", str(place.settings)])

    assert code == 2
    assert "lies after the records" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "model.json").exists()
