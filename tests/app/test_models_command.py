from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from app.cli import execute
from models.artefact import ArtefactRanker, read
from models.detectors import Status
from models.register import Register
from models.rfgv import load_rfgv
from tests.app.small_records import AS_OF, write_backtest, write_records, write_settings

DECIDED = ("--by", "DI Example", "--reason", "it did better")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    assert execute(["ingest", str(write_records(folder / "extract")), "--out", str(folder / "snapshot")]) == 0
    return folder / "snapshot"


def fit(snapshot: Path, out: Path, as_of: str) -> Path:
    settings = write_settings(out.with_suffix(".toml"), out.with_suffix(".data"))
    command = ["train", str(snapshot), "--as-of", as_of, "--out", str(out), "--config", str(settings), "--no-log"]
    assert execute(command) == 0
    return out


@pytest.fixture(scope="module")
def model(snapshot: Path) -> Path:
    return fit(snapshot, snapshot.parent / "model.json", AS_OF)


@pytest.fixture(scope="module")
def later_model(snapshot: Path) -> Path:
    return fit(snapshot, snapshot.parent / "later.json", "2024-01-01")


@pytest.fixture
def register(tmp_path: Path) -> Register:
    """The register that commands of one test use: `mat.toml` of the working directory names it."""
    write_settings(Path("mat.toml"), tmp_path / "data")
    return Register.under(tmp_path / "data")


Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mat(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run one command line: exit code, stdout, and stderr without the lines of progress."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = execute([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, "\n".join(line for line in said.err.splitlines() if not line.endswith(" ..."))

    return run


def test_an_empty_register_is_one_friendly_sentence(register: Register, mat: Say) -> None:
    code, said, _ = mat("models", "list")

    assert code == 0
    assert said.count("\n") == 1
    assert "rfgv ranks" in said
    assert "mat train" in said
    assert not register.folder.exists()


def test_a_promoted_model_ranks_from_then_on_and_a_retired_one_no_more(
    register: Register, model: Path, snapshot: Path, tmp_path: Path, mat: Say
) -> None:
    version = ArtefactRanker.of(read(model)).version
    backtest = write_backtest(tmp_path / "backtest", model)

    def ranks() -> str:
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        return json.loads(mat("rank", snapshot, "--as-of", AS_OF, "--out", out, "--json")[1])["model_version"]

    before = ranks()
    code, said, _ = mat("models", "promote", model, "--backtest", backtest, *DECIDED)
    after = ranks()
    by_name = mat("rank", snapshot, "--as-of", AS_OF, "--out", tmp_path / "n", "--model", "scorecard", "--json")[1]
    retired, told, _ = mat("models", "retire", "scorecard", "--by", "DCI Example", "--reason", "it drifted")

    assert before == load_rfgv().version
    assert code == 0
    assert f"{version} is the champion from now on" in said
    assert "It takes the place of rfgv." in said
    assert after == version
    assert json.loads(by_name)["model_version"] == version
    assert retired == 0
    assert "It was the champion: rfgv ranks from now on" in told
    assert ranks() == before


def test_the_list_marks_the_champion_and_keeps_why_others_are_out_of_use(
    register: Register, model: Path, later_model: Path, tmp_path: Path, mat: Say
) -> None:
    mat("models", "promote", model, "--backtest", write_backtest(tmp_path / "one", model), *DECIDED)
    mat("models", "promote", later_model, "--backtest", write_backtest(tmp_path / "two", later_model), *DECIDED)

    _, said, _ = mat("models", "list")
    _, only_out_of_use, _ = mat("models", "list", "--retired")
    rows = json.loads(mat("models", "list", "--json")[1])["models"]

    old, new = (ArtefactRanker.of(read(path)).version for path in (model, later_model))
    lines = said.splitlines()
    assert lines[0] == f"What ranks now: {new}."
    assert any(line.startswith("  scorecard") and old in line and line.endswith("replaced") for line in lines)
    assert any(line.startswith("* scorecard") and new in line and line.endswith("champion") for line in lines)
    assert "by DI Example: it did better" in said
    assert f"{read(later_model).content_hash[:12]} took its place" in said
    assert old in only_out_of_use
    assert f"* scorecard  {new}" not in only_out_of_use
    assert [(row["state"], row["is_champion"], row["trained_as_of"]) for row in rows] == [
        ("replaced", False, AS_OF),
        ("champion", True, "2024-01-01"),
    ]


def test_show_says_what_a_model_reads_its_card_its_evidence_its_hashes_and_what_happened(
    register: Register, model: Path, tmp_path: Path, mat: Say
) -> None:
    mat("models", "promote", model, "--backtest", write_backtest(tmp_path / "backtest", model), *DECIDED)
    artefact = read(model)

    code, said, _ = mat("models", "show", artefact.content_hash[:8])

    assert code == 0
    assert "THE CARD" in said
    assert f"It reads {len(artefact.ranker.features)} of" in said
    assert "So scorecard it is." in said
    assert all(value in said for value in artefact.hashes.as_json().values())
    assert artefact.content_hash in said
    assert "promoted  by DI Example: it did better" in said


def test_show_reads_a_file_that_is_in_no_register(register: Register, model: Path, mat: Say) -> None:
    code, said, _ = mat("models", "show", model, "--json")

    assert code == 0
    assert json.loads(said)["events"] == []


REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "names rfgv": ({"champion": "rfgv"}, "names rfgv as champion, not scorecard"),
    "names another": ({"champion": "ebm"}, "names ebm as champion, not scorecard"),
    "other definitions": ({"hashes": {"definitions": "0" * 64}}, "made with other definitions"),
    "another scale": ({"hashes": {"scale": "0" * 64}}, "made with other harm scale or high-harm threshold"),
    "other features": ({"hashes": {"features": "0" * 64}}, "made with other features"),
    "another label": ({"settings": {"target": "serious"}}, "judged models with target serious"),
    "another window": ({"settings": {"label_days": 730}}, "judged models with label_days 730"),
    "other people": ({"settings": {"population_days": 1095}}, "judged models with population_days 1095"),
    "invented people": ({"is_synthetic": True}, "invented people"),
    "other seats": ({"settings": {"panel_size": 100}}, "judged at 100 seats, and the panel has 20"),
    "another spreadsheet": ({"settings": {"rfgv": "0" * 64}}, "another rfgv points table"),
    "a leak was seen": ({"status": Status.FLAGGED}, "not what its own figures come to"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_promotion_without_evidence_is_refused_with_exit_1(
    register: Register, model: Path, tmp_path: Path, case: str, mat: Say
) -> None:
    changes, told = REFUSALS[case]
    backtest = write_backtest(tmp_path / "backtest", model, **changes)  # type: ignore[arg-type]

    code, said, error = mat("models", "promote", model, "--backtest", backtest, *DECIDED)

    assert code == 1
    assert said == ""
    assert told in error
    assert error.count("\n") == 0
    assert register.entries() == ()


def broken(name: str) -> Callable[[Path], object]:
    return lambda backtest: (backtest / name).write_text("{}", encoding="utf-8")


def gone(name: str) -> Callable[[Path], object]:
    return lambda backtest: (backtest / name).unlink()


def a_forged_verdict(backtest: Path) -> object:
    path = backtest / "verdict.json"
    return path.write_text(path.read_text(encoding="utf-8").replace('"low": 0.01', '"low": -0.01'), encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        broken("manifest.json"),
        broken("verdict.json"),
        broken("metrics.parquet"),
        gone("manifest.json"),
        gone("verdict.json"),
        gone("metrics.parquet"),
        broken("detectors.parquet"),
        gone("detectors.parquet"),
        a_forged_verdict,
        shutil.rmtree,
    ],
)
def test_a_damaged_backtest_is_one_sentence_and_promotes_nothing(
    register: Register, model: Path, tmp_path: Path, damage: Callable[[Path], object], mat: Say
) -> None:
    backtest = write_backtest(tmp_path / "backtest", model)
    damage(backtest)

    code, _, error = mat("models", "promote", model, "--backtest", backtest, *DECIDED)

    assert code == 2
    assert error.startswith("mat: ")
    assert error.count("\n") == 0
    assert register.entries() == ()


def test_a_verdict_that_its_figures_do_not_bear_out_promotes_nothing(
    register: Register, model: Path, tmp_path: Path, mat: Say
) -> None:
    stays = write_backtest(tmp_path / "stays", model, champion="rfgv")
    forged = write_backtest(tmp_path / "forged", model)
    shutil.copy(stays / "metrics.parquet", forged / "metrics.parquet")

    code, _, error = mat("models", "promote", model, "--backtest", forged, *DECIDED)

    assert code == 1
    assert "not what its own figures come to" in error
    assert register.entries() == ()


def test_a_champion_that_cannot_be_used_stops_every_list_and_nothing_ranks_in_its_place(
    register: Register, model: Path, snapshot: Path, tmp_path: Path, mat: Say
) -> None:
    mat("models", "promote", model, "--backtest", write_backtest(tmp_path / "backtest", model), *DECIDED)
    register.path_of(read(model).content_hash).unlink()
    extract, out = write_records(tmp_path / "extract"), tmp_path / "out"

    for command, source in (("rank", snapshot), ("run", extract)):
        code, _, error = mat(command, source, "--as-of", AS_OF, "--out", out)
        assert code == 2
        assert "the champion scorecard" in error
        assert "--model rfgv" in error
        assert error.count("\n") == 0
        assert not out.exists()
    listed = mat("models", "list")
    counted = mat("features", snapshot, "--as-of", AS_OF, "--out", tmp_path / "features.parquet")
    asked_for = mat("rank", snapshot, "--as-of", AS_OF, "--out", out, "--model", "rfgv")

    assert (listed[0], counted[0], asked_for[0]) == (0, 0, 0)
    assert "cannot be used" in listed[1]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("models",), 2, "Missing command"),
        (("models", "frobnicate"), 2, "No such command 'frobnicate'"),
        (("models", "show", "scorecard"), 2, "the register is empty"),
        (("models", "show", "nowhere.json"), 2, "nowhere.json cannot be read"),
        (("models", "retire", "scorecard", *DECIDED), 2, "the register is empty"),
        (("models", "retire", "scorecard"), 2, "Missing option '--by'"),
        (("models", "promote", "nowhere.json", "--backtest", "nowhere", *DECIDED), 2, "nowhere.json cannot be read"),
        (("models", "promote", "abcdef", "--backtest", "nowhere", *DECIDED), 2, "the register is empty"),
        (("models", "promote", "abcdef", *DECIDED), 2, "Missing option '--backtest'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    register: Register, arguments: tuple[str, ...], code: int, told: str, mat: Say
) -> None:
    found, _, error = mat(*arguments)

    assert found == code
    assert told in error
    assert error.count("\n") == 0


@pytest.mark.parametrize("asked", ["scorecard", "ebm"])
def test_a_learner_nobody_promoted_does_not_rank(snapshot: Path, register: Register, asked: str, mat: Say) -> None:
    code, _, error = mat("rank", snapshot, "--as-of", AS_OF, "--out", "out.parquet", "--model", asked)

    assert code == 2
    assert f"{asked} ranks only once it is the promoted model" in error
    assert "mat train" in error


def test_the_setting_model_may_name_a_file_beside_the_settings(
    snapshot: Path, model: Path, tmp_path: Path, mat: Say
) -> None:
    folder = tmp_path / "force"
    folder.mkdir()
    shutil.copy(model, folder / "ours.json")
    (folder / "mat.toml").write_text('model = "ours.json"\n', encoding="utf-8")
    given = ("--config", folder / "mat.toml", "--json")

    code, said, error = mat("rank", snapshot, "--as-of", AS_OF, "--out", tmp_path / "r.parquet", *given)

    assert code == 0, error
    assert json.loads(said)["model_version"] == ArtefactRanker.of(read(model)).version


def test_help_names_every_command_of_the_register(mat: Say) -> None:
    code, said, _ = mat("models", "--help")

    assert code == 0
    assert all(f"\n  {command} " in said for command in ("list", "show", "promote", "retire"))
    for command in ("list", "show", "promote", "retire"):
        code, said, _ = mat("models", command, "--help")
        assert code == 0
        assert "--json" in said
        assert "--config" in said


def test_a_model_that_nobody_promoted_says_so_on_the_first_line_and_a_retired_one_why(
    register: Register, model: Path, snapshot: Path, tmp_path: Path, mat: Say
) -> None:
    rank = ("rank", snapshot, "--as-of", AS_OF, "--model", model)

    _, trial, _ = mat(*rank, "--out", tmp_path / "trial.parquet")
    assert mat("models", "promote", model, "--backtest", write_backtest(tmp_path / "judged", model), *DECIDED)[0] == 0
    _, in_use, _ = mat(*rank, "--out", tmp_path / "in_use.parquet")
    assert mat("models", "retire", "scorecard", "--by", "DI Example", "--reason", "panel agreed")[0] == 0
    _, retired, _ = mat(*rank, "--out", tmp_path / "retired.parquet")

    assert "TRIAL, NOT FOR TASKING: nobody has promoted this model" in trial
    assert "NOT FOR TASKING" not in in_use
    assert "NOT FOR TASKING: this model was retired on" in retired
    assert "by DI Example: panel agreed." in retired


@pytest.mark.usefixtures("register")
def test_a_model_whose_place_another_took_says_so(
    model: Path, later_model: Path, snapshot: Path, tmp_path: Path, mat: Say
) -> None:
    for each in (model, later_model):
        backtest = write_backtest(tmp_path / each.stem, each)
        assert mat("models", "promote", each, "--backtest", backtest, *DECIDED)[0] == 0

    _, said, _ = mat("rank", snapshot, "--as-of", AS_OF, "--model", model, "--out", tmp_path / "r.parquet")

    assert "NOT FOR TASKING: another model has taken this one's place" in said


def test_a_list_older_than_its_model_says_not_to_judge_by_what_followed(
    register: Register, model: Path, snapshot: Path, tmp_path: Path, mat: Say
) -> None:
    _, said, _ = mat("rank", snapshot, "--as-of", "2023-01-01", "--model", model, "--out", tmp_path / "r.parquet")

    assert "after the date of this list: do not judge it by what followed" in " ".join(said.split())


def test_the_summary_of_a_learnt_model_gives_the_score_and_the_reasons_with_most_points(
    register: Register, model: Path, tmp_path: Path, mat: Say
) -> None:
    extract, run = write_records(tmp_path / "extract"), tmp_path / "run"

    code, said, _ = mat("run", extract, "--as-of", "2024-06-01", "--model", model, "--top", "3", "--out", run)

    first = pl.read_parquet(run / "ranked.parquet").filter(pl.col("rank") == 1).row(0, named=True)
    text = " ".join(said.split())
    assert code == 0
    assert f"{first['score']:.4g}" in said
    assert first["reason_1"] in text
    assert "Where everyone starts" not in said
    assert "days before this list: everybody's latest record looks older than it is" in text
