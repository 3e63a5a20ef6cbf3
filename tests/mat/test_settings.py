from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from mat.errors import SettingsError
from mat.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def empty_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_a_file_the_defaults_hold() -> None:
    settings = load_settings(None, {})

    assert settings == Settings()
    assert (settings.panel_size, settings.max_quarantine, settings.harm_scale) == (20, 0.05, "statutory_max_days")


def test_a_mat_toml_in_the_working_directory_is_read(empty_working_directory: Path) -> None:
    (empty_working_directory / "mat.toml").write_text('panel_size = 12\nharm_scale = "count"\n')

    settings = load_settings(None, {})

    assert (settings.panel_size, settings.harm_scale) == (12, "count")


def test_a_named_file_wins_over_the_working_directory(empty_working_directory: Path, tmp_path: Path) -> None:
    (empty_working_directory / "mat.toml").write_text("panel_size = 12\n")
    (tmp_path / "other.toml").write_text("panel_size = 7\n")

    assert load_settings(tmp_path / "other.toml", {}).panel_size == 7


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "mat.toml").write_text("panel_size = 12\n")
    environ = {"MAT_PANEL_SIZE": "9", "MAT_MAX_QUARANTINE": "0.5", "MAT_DATABASE_URL": "postgresql://x/y", "HOME": "/"}

    settings = load_settings(tmp_path / "mat.toml", environ)

    assert (settings.panel_size, settings.max_quarantine, settings.database_url) == (9, 0.5, "postgresql://x/y")
    assert settings.warnings == ()


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings(None, {"MAT_PANEL_SIZE": ""}).panel_size == 20


def test_a_misspelt_variable_is_told_with_the_nearest_setting() -> None:
    settings = load_settings(None, {"MAT_PANEL_SZIE": "9", "MAT_SHARED": "/x", "MAT_LOG": "1"})

    assert settings.panel_size == 20
    assert len(settings.warnings) == 1
    assert "MAT_PANEL_SZIE" in settings.warnings[0]
    assert "'panel_size'" in settings.warnings[0]


def test_paths_in_a_file_are_taken_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "rfgv.toml").write_text("")
    (tmp_path / "scale.csv").write_text("")
    (tmp_path / "mat.toml").write_text('rfgv = "rfgv.toml"\ndata_dir = "store"\nharm_scale = "scale.csv"\n')

    settings = load_settings(tmp_path / "mat.toml", {})

    assert settings.rfgv == tmp_path / "rfgv.toml"
    assert settings.data_dir == tmp_path / "store"
    assert settings.harm_scale == str(tmp_path / "scale.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("panel_sise = 20", "nearest setting is 'panel_size'"),
        ("panel_size = 0", "whole number of at least 1"),
        ("panel_size = true", "whole number of at least 1"),
        ("panel_size = 2.5", "whole number of at least 1"),
        ("max_quarantine = 1.5", "share between 0 and 1"),
        ('max_quarantine = "5%"', "share between 0 and 1"),
        ("high_harm = -1", "weight above 0"),
        ("high_harm = nan", "weight above 0"),
        ("harm_scale = 3", "text in quotes"),
        ("data_dir = 3", "path in quotes"),
        ('rfgv = "nowhere.toml"', "not a file"),
        ("panel_size = ", "not TOML"),
        ("panel_size = 3000000000", "at most 2147483647"),
        ('data_dir = "a\\u0000b"', "holds a NUL character"),
        ('service = "a\\u0000b"', "holds a NUL character"),
        ("panel_size = " + "[" * 5000, "nested too deeply"),
        ("panel_size" + ".a" * 5000 + " = 1", "nested too deeply"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mat.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=told) as refusal:
        load_settings(path, {})

    assert "\n" not in str(refusal.value).strip()


def test_a_pipe_in_place_of_the_settings_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mat.toml")

    with pytest.raises(SettingsError, match="is not a file"):
        load_settings(tmp_path / "mat.toml", {})


def test_a_wrong_variable_is_named_in_the_refusal() -> None:
    with pytest.raises(SettingsError, match="MAT_PANEL_SIZE should be a whole number"):
        load_settings(None, {"MAT_PANEL_SIZE": "many"})


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "absent.toml", {})


def test_every_setting_can_be_set_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "file.toml").write_text("")
    examples: dict[type[object], str] = {str: "text", int: "3", float: "0.5", Path: str(tmp_path / "file.toml")}
    names = {field.name for field in dataclasses.fields(Settings)} - {"warnings", "backtest"}
    files = dict.fromkeys(
        (
            "definitions",
            "rfgv",
            "watch",
            "retention",
            "clocks",
            "actions",
            "eligibility",
            "programmes",
            "meetings",
            "gateways",
            "deprivation",
            "ward_populations",
            "ward_boundaries",
            "model_report",
        ),
        Path,
    )
    kinds: dict[str, type[object]] = {"high_harm": float, "model": str, "service": str, **files}

    for name in names:
        kind = kinds.get(name) or type(getattr(Settings(), name))
        kind = Path if issubclass(kind, Path) else kind
        settings = load_settings(None, {f"MAT_{name.upper()}": examples[kind]})
        assert settings.warnings == ()
        assert str(getattr(settings, name)) == examples[kind]


def test_the_hash_follows_what_shapes_a_list_and_nothing_else(tmp_path: Path) -> None:
    rfgv = tmp_path / "rfgv.toml"
    rfgv.write_text("a = 1")
    before = Settings(rfgv=rfgv).hash

    assert Settings(data_dir=Path("elsewhere")).hash == Settings().hash
    assert Settings(panel_size=3).hash != Settings().hash
    rfgv.write_text("a = 2")
    assert Settings(rfgv=rfgv).hash != before


def test_a_models_file_beside_the_settings_is_found_and_counts_by_its_content(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder, content in zip(folders, ("{}", "{}", "[]"), strict=True):
        folder.mkdir()
        (folder / "mat.toml").write_text('model = "ours.json"')
        (folder / "ours.json").write_text(content)

    one, two, three = (load_settings(folder / "mat.toml", {}) for folder in folders)

    assert one.model == str(folders[0] / "ours.json")
    assert one.hash == two.hash
    assert one.hash != three.hash


def test_a_table_of_settings_cannot_stand_in_the_environment() -> None:
    with pytest.raises(SettingsError, match="MAT_BACKTEST should be a table"):
        load_settings(None, {"MAT_BACKTEST": "folds = 2"})
