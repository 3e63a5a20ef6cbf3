"""The points table: what is shipped, how bands move, and what is refused in one sentence."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from mat.errors import SettingsError
from models.rfgv_config import Band, Combine, Component, load_points_table

SHIPPED = files("mat").joinpath("config", "rfgv.toml").read_text(encoding="utf-8")


def write(folder: Path, text: str) -> Path:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_table_is_a_starter_out_of_100() -> None:
    table = load_points_table()

    best = sum(max(band.points for band in table.bands[component]) for component in Component)

    assert table.version == "starter-1"
    assert (table.look_back_days, table.combine, table.minimum_records) == (730, Combine.ADDITIVE, 1)
    assert best == 100
    assert "no force's formula" in SHIPPED


def test_a_copy_of_the_shipped_table_is_the_shipped_table(tmp_path: Path) -> None:
    copied = load_points_table(write(tmp_path, "# ours\n" + SHIPPED))

    assert copied == load_points_table()
    assert copied.hash == load_points_table().hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("look_back_days = 730", "look_back_days = 1095"),
        ('combine = "additive"', 'combine = "rank_sum"'),
        ("minimum_records = 1", "minimum_records = 2"),
        ("{ at_most = 28, points = 20", "{ at_most = 28, points = 21"),
        ("{ at_least = 12,", "{ at_least = 13,"),
        ('"twelve or more"', '"a dozen"'),
        ('"starter-1"', '"starter-2"'),
    ],
)
def test_any_change_of_content_changes_the_hash(old: str, new: str, tmp_path: Path) -> None:
    assert SHIPPED.count(old) == 1

    changed = load_points_table(write(tmp_path, SHIPPED.replace(old, new)))

    assert changed.hash != load_points_table().hash


def test_every_key_of_the_file_is_read() -> None:
    content = tomllib.loads(SHIPPED)

    table = load_points_table()

    for component in Component:
        bound = "at_most" if component is Component.RECENCY else "at_least"
        read = [{bound: band.bound, "points": band.points, "label": band.label} for band in table.bands[component]]
        assert read == content[component]["bands"]


def test_one_band_up_gives_the_points_of_the_next_better_paid_band() -> None:
    table = load_points_table()

    recency = table.one_band_up(Component.RECENCY)
    victims = table.one_band_up(Component.VICTIMS)

    assert _points(recency.bands[Component.RECENCY]) == [20, 20, 15, 10, 6]
    assert _points(victims.bands[Component.VICTIMS]) == [15, 20, 25, 25]


def test_one_band_down_gives_the_points_of_the_next_worse_paid_band() -> None:
    table = load_points_table()

    recency = table.one_band_down(Component.RECENCY)
    victims = table.one_band_down(Component.VICTIMS)

    assert _points(recency.bands[Component.RECENCY]) == [15, 10, 6, 2, 0]
    assert _points(victims.bands[Component.VICTIMS]) == [0, 5, 15, 20]


def test_moving_one_component_leaves_the_bounds_and_the_others_alone() -> None:
    table = load_points_table()

    moved = table.one_band_up(Component.GRAVITY)

    assert [band.bound for band in moved.bands[Component.GRAVITY]] == [0.05, 0.2, 0.5, 1, 3, 10]
    for component in (Component.RECENCY, Component.FREQUENCY, Component.VICTIMS):
        assert moved.bands[component] == table.bands[component]


@pytest.mark.parametrize(
    ("records", "sentence"),
    [("1", "Nobody is held for insufficient data"), ("3", "fewer than 3 domestic abuse records")],
)
def test_the_rule_for_insufficient_data_is_a_sentence(records: str, sentence: str, tmp_path: Path) -> None:
    text = SHIPPED.replace("minimum_records = 1", f"minimum_records = {records}")

    table = load_points_table(write(tmp_path, text))

    assert sentence in table.insufficient_rule


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("look_back_days = 730", "look_back_days = 700", "look_back_days must be 365, 730 or 1095, not 700"),
        ("look_back_days = 730", "look_back_days = true", "look_back_days must be 365, 730 or 1095, not True"),
        ("look_back_days = 730", "look_back_days = 730.0", "look_back_days must be 365, 730 or 1095, not 730.0"),
        (
            "look_back_days = 730",
            "lookback_days = 730",
            "unknown key 'lookback_days' at the top level; did you mean 'look_back_days'",
        ),
        ("look_back_days = 730", "", "look_back_days is missing at the top level"),
        (
            "look_back_days = 730",
            "look_back_days = 730\nzzz = 1",
            "unknown key 'zzz' at the top level; known are version",
        ),
        ('combine = "additive"', 'combine = "multiplied"', "not 'multiplied'; did you mean 'multiplicative'"),
        ('combine = "additive"', "combine = 1", "combine at the top level must be text, not 1"),
        ('version = "starter-1"', 'version = " "', "version at the top level must be text"),
        ("minimum_records = 1", "minimum_records = 0", "minimum_records must be a whole number of 1 or more, not 0"),
        (
            "minimum_records = 1",
            "minimum_records = 1.5",
            "minimum_records must be a whole number of 1 or more, not 1.5",
        ),
        ("[victims]", "[victim]", "unknown key 'victim' at the top level; did you mean 'victims'"),
        (
            "{ at_most = 90,",
            "{ at_most = 20,",
            "band 2 of [recency] overlaps the one before it: at_most must be more than 28, not 20",
        ),
        ("{ at_most = 90,", "{ at_most = 28,", "band 2 of [recency] overlaps"),
        ("{ at_least = 8,", "{ at_least = 5,", "band 5 of [frequency] overlaps"),
        (
            "{ at_most = 90, points = 15",
            "{ at_most = 90, points = 25",
            "points of band 2 of [recency] must be at most the 20",
        ),
        (
            "{ at_least = 12, points = 25",
            "{ at_least = 12, points = 2",
            "points of band 6 of [frequency] must be at least the 22",
        ),
        (
            "{ at_least = 12, points = 25",
            '{ at_least = 12, points = "25"',
            "points in band 6 of [frequency] must be a number of 0 or more, not '25'",
        ),
        ("{ at_least = 12, points = 25", "{ at_least = 12, points = -1", "must be a number of 0 or more, not -1"),
        ("{ at_least = 12, points = 25", "{ at_least = 12, points = nan", "must be a number of 0 or more, not nan"),
        ("{ at_least = 12, points = 25", "{ at_least = 12, points = inf", "must be a number of 0 or more, not inf"),
        ("{ at_least = 12, points = 25", "{ at_least = 12, points = true", "must be a number of 0 or more, not True"),
        ("{ at_least = 12, points = 25", f"{{ at_least = 12, points = 1{'0' * 400}", "must be a number of 0 or more"),
        ("{ at_least = 0.05,", "{ at_least = 0,", "at_least in band 1 of [gravity] must be a number above 0, not 0"),
        (
            "{ at_least = 12, points = 25",
            "{ at_most = 12, points = 25",
            "unknown key 'at_most' in band 6 of [frequency]; did you mean 'at_least'",
        ),
        ("{ at_least = 12, points = 25", "{ at_least = 12, point = 25", "did you mean 'points'"),
        ("{ at_least = 12, points = 25", "{ points = 25", "at_least is missing in band 6 of [frequency]"),
        ('label = "twelve or more"', "label = 12", "label in band 6 of [frequency] must be text, not 12"),
        (
            "[victims]  # different victims in the look-back\nbands",
            "[victims]\nband",
            "unknown key 'band' in [victims]; did you mean 'bands'",
        ),
        ("version =", "version ==", "is not TOML in UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(
    old: str, new: str, complaint: str, tmp_path: Path
) -> None:
    assert SHIPPED.count(old) == 1
    path = write(tmp_path, SHIPPED.replace(old, new))

    with pytest.raises(SettingsError) as refusal:
        load_points_table(path)

    message = str(refusal.value)
    assert message.startswith(str(path))
    assert complaint in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("victims = 3", "victims must be a section with bands, not 3"),
        ("[victims]\nbands = []", "bands in [victims] must be a list of at least one band"),
        ("[victims]\nbands = 3", "bands in [victims] must be a list of at least one band"),
        ("[victims]\nbands = [3]", "expected in band 1 of [victims], found 3"),
        ("[victims]", "bands is missing in [victims]"),
        ("", "victims is missing at the top level"),
    ],
)
def test_a_section_of_another_shape_is_refused(section: str, complaint: str, tmp_path: Path) -> None:
    before = SHIPPED[: SHIPPED.index("[recency]")]
    rest = SHIPPED[SHIPPED.index("[recency]") : SHIPPED.index("[victims]")]
    text = before + section + "\n" + rest if section.startswith("victims") else before + rest + section

    with pytest.raises(SettingsError) as refusal:
        load_points_table(write(tmp_path, text))

    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe\x00", b"version = \x00", b"version = 1" + b"0" * 5000, b"version = " + b"[" * 5000]
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"ours\.toml"):
        load_points_table(path)


def test_a_directory_in_place_of_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_points_table(tmp_path)


def _points(bands: tuple[Band, ...]) -> list[float]:
    return [band.points for band in bands]
