"""The page Model and equality as it is drawn: what was proved, and that invented people prove nothing of accuracy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.backtest_report import report_json
from app.backtest_report.reading_back import read_report
from app.screens import model
from app.tasking.desk import Desk
from app.tasking.model_evidence import list_size, read_model
from mat.errors import AccessRefused, SettingsError
from mat.store.vocabulary import UserRole
from tests.app.backtest_tables import result
from tests.area_figures import bring_figures
from tests.board_pages import drawn, visit_of, words
from tests.panel_lists import ListMaker, events_of
from tests.staff import Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow

CHARTS = "vega_lite_chart"


@pytest.fixture
def owner(staff: Staff, tmp_path: Path) -> Desk:
    """A model owner's desk, where the board shows a backtest on invented people."""
    (tmp_path / "backtest").mkdir()
    (tmp_path / "backtest" / "report.json").write_text(json.dumps(report_json(replace(result(), is_synthetic=True))))
    staff.store.settings = replace(
        staff.store.settings, model_report=tmp_path / "backtest", data_dir=tmp_path / "data", key_dir=tmp_path / "keys"
    )
    return staff.desk(UserRole.MODEL_OWNER)


def test_every_part_of_a_backtest_is_drawn_with_its_caution(staff: Staff, owner: Desk) -> None:
    bring_figures(ListMaker(staff=staff))
    visit = visit_of(owner)

    said = {}
    for part in ("verdict", "harm", "calibration", "equality", "groups", "models"):
        page = drawn(visit, model.SCREEN, part=part)
        said[part] = words(page)
        assert part in {"verdict", "models"} or page.get(CHARTS), part

    invented = "the figures prove that the machinery works, never how accurate a model is"
    assert all(invented in said[part] for part in ("verdict", "harm", "calibration", "equality"))
    assert "It does not say that anyone listed will do harm" in said["verdict"]
    assert "Names drawn at random: what no knowledge at all would do." in said["harm"]
    assert "Men and boys 240 30 12.5% 8.9% 17.3%" in said["groups"], "30 of 60 flagged, 210 of 240 others"
    assert "No model is promoted" in said["models"]
    assert "1 Apr 2026 A rfgv 1 count 300 30 10.0% invented" in said["models"]
    assert {tuple(event["fields"]) for event in events_of(staff, "page_read")} == {("area", "run")}


def test_what_was_written_is_what_is_read_back(owner: Desk) -> None:
    directory = owner.store.settings.model_report
    assert directory is not None

    again = report_json(read_report(directory).result)

    written = json.loads((directory / "report.json").read_text())
    assert {**again, "seconds": 0, "cautions": 0} == {**written, "seconds": 0, "cautions": 0}
    assert list(read_report(directory).cautions) == written["cautions"]


@pytest.mark.parametrize("change", ["metrics", "verdict", "format", "folds", "is_synthetic"])
def test_a_report_that_is_not_as_mat_writes_it_gets_one_sentence_and_the_page_is_drawn(
    owner: Desk, change: str
) -> None:
    directory = owner.store.settings.model_report
    assert directory is not None
    written = json.loads((directory / "report.json").read_text())
    written[change] = [{"as_of": "never"}] if isinstance(written[change], list) else "changed"
    (directory / "report.json").write_text(json.dumps(written))

    with pytest.raises(SettingsError, match="where no report of `mat backtest` can be read"):
        read_report(directory)
    page = drawn(visit_of(owner), model.SCREEN)

    assert "can be read" in words(page)
    assert "No backtest is shown here." in words(page)


def test_a_panel_member_has_no_such_page(staff: Staff) -> None:
    with pytest.raises(AccessRefused):
        read_model(staff.desk(UserRole.PANEL_MEMBER, panel="A"))


def test_the_queries_do_not_grow_with_the_runs(staff: Staff, owner: Desk) -> None:
    read_model(owner)
    few = queries_of(lambda: read_model(owner))
    bring_figures(ListMaker(staff=staff))
    bring_figures(ListMaker(staff=staff), panel="B")

    assert queries_of(lambda: read_model(owner)) == few


def test_a_list_that_holds_few_or_nearly_all_does_not_say_how_many(staff: Staff, owner: Desk) -> None:
    bring_figures(ListMaker(staff=staff))
    (run,) = read_model(owner).runs
    sizes = {
        (300, 30): (300, 30),
        (300, 3): (300, None),
        (300, 298): (300, None),
        (300, 0): (300, 0),
        (4, 2): (None, None),
    }

    shown = {(people, held): list_size(replace(run, people=people, held=held)) for people, held in sizes}

    assert {key: (size.people, size.held) for key, size in shown.items()} == sizes


def test_without_a_backtest_one_part_says_so_in_place_of_four(staff: Staff) -> None:
    page = drawn(visit_of(staff.desk(UserRole.MODEL_OWNER)), model.SCREEN, part="calibration")

    assert "No backtest is shown here." in words(page)
    assert "Backtest Groups on the list Models and lists" in words(page)
    assert "Equality of errors" not in words(page)
