"""The area picture as it is drawn: every figure beside its chart, what is hidden said, no rate without a population."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.screens import area
from mat.snapshot import SYNTHETIC_MARK
from mat.store.vocabulary import UserRole
from tests.area_figures import WARDS, bring_figures
from tests.board_pages import drawn, visit_of, words
from tests.panel_lists import ListMaker
from tests.staff import Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow

CHARTS = "vega_lite_chart"


@pytest.fixture
def maker(staff: Staff) -> ListMaker:
    return ListMaker(staff=staff)


def square(name: str, east: float) -> dict[str, object]:
    ring = [[east, 53.0], [east + 0.01, 53.0], [east + 0.01, 53.01], [east, 53.01], [east, 53.0]]
    return {
        "type": "Feature",
        "properties": {"code": f"E{east}", "WD25NM": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def with_wards(staff: Staff, tmp_path: Path) -> None:
    """Populations and boundaries of the wards, spelt a little otherwise."""
    (tmp_path / "wards.csv").write_text('ward,population\nash hill,"1,000"\nBrook and Vale,500\nElsewhere,10\n')
    shapes = [square(name, at / 100) for at, name in enumerate(("ASH HILL", "Brook and Vale", "St. Johns"))]
    (tmp_path / "wards.json").write_text(json.dumps({"type": "FeatureCollection", "features": shapes}))
    staff.store.settings = replace(
        staff.store.settings, ward_populations=tmp_path / "wards.csv", ward_boundaries=tmp_path / "wards.json"
    )


def test_every_part_draws_its_charts_and_says_the_same_in_tables(staff: Staff, maker: ListMaker) -> None:
    bring_figures(maker)
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))

    said = {}
    for part, charts in {"people": 2, "who": 2, "wards": 1, "months": 1, "orders": 2, "waits": 0}.items():
        page = drawn(visit, area.SCREEN, part=part)
        said[part] = words(page)
        assert len(page.get(CHARTS)) == charts == len(page.expander), part

    assert (
        "Different people 176 Recorded more than once 76 (43.2%) Also victims in the period 44 (25.0%)"
        in said["people"]
    )
    assert "Different people 243 Recorded more than once 93 (38.3%)" in said["people"]
    assert "10 to 19 hidden" in said["people"]
    assert "30 to 34 10 20" in said["who"]
    assert "Not stated 15 3.8%" in said["who"]
    assert "2024/25 30 hidden -" in said["orders"]
    assert "Tier 3 0 0 - 0 - 70" in said["waits"]
    assert said["months"].count("The last 12 months beside the 12 before") == 1


def test_without_populations_there_are_counts_and_no_rate(staff: Staff, maker: ListMaker) -> None:
    bring_figures(maker)

    page = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), area.SCREEN, part="wards", what="suspects")

    assert "Counts only." in words(page)
    assert "per 1,000" not in words(page)
    assert "Ash Hill" in words(page)
    assert len(page.get(CHARTS)) == 1, "the bars, no map"


@pytest.mark.usefixtures("with_wards")
def test_rates_stand_where_the_population_is_given_and_the_count_is_not_hidden(staff: Staff, maker: ListMaker) -> None:
    bring_figures(maker)

    page = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), area.SCREEN, part="wards", what="suspects")

    said = words(page)
    assert "Ash Hill 1,000" in said
    assert "Brook & Vale 500 hidden - 50 100.0 50 100.0" in said
    assert "All wards with a known population together: 200.0 per 1,000 residents" in said, "250 and 50 of 1,500"
    assert "Without a population, so not shown here: St John's." in said
    assert "1 wards with a population have no figures" in said
    assert len(page.get(CHARTS)) == 2
    assert "SYNTHETIC WARDS" not in said
    crimes = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), area.SCREEN, part="wards", what="crimes")
    assert "not known, since a count is hidden" in words(crimes)


@pytest.mark.usefixtures("with_wards")
def test_made_up_wards_and_invented_records_are_said_to_be_so(staff: Staff, maker: ListMaker, tmp_path: Path) -> None:
    bring_figures(maker)
    (tmp_path / SYNTHETIC_MARK).write_text("Synthetic wards.\n")

    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))

    assert "No ward lies where the map shows it" in words(drawn(visit, area.SCREEN, part="wards"))
    assert "SYNTHETIC RECORDS: nobody in them exists" in words(drawn(visit, area.SCREEN, part="orders"))


def test_a_bad_file_gets_one_sentence_and_the_page_is_drawn(staff: Staff, maker: ListMaker, tmp_path: Path) -> None:
    bring_figures(maker)
    (tmp_path / "bad.json").write_text('{"type": "FeatureCollection", "features": [1]}')
    staff.store.settings = replace(staff.store.settings, ward_boundaries=tmp_path / "bad.json")

    page = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), area.SCREEN, part="wards")

    assert "cannot be drawn: one of its features is not an object" in words(page)
    assert all(ward in words(page) for ward in WARDS)


def test_whoever_may_not_see_referrals_is_offered_no_waits(staff: Staff, maker: ListMaker) -> None:
    bring_figures(maker)

    page = drawn(visit_of(staff.desk(UserRole.VICTIM_SERVICE, panel="A")), area.SCREEN, part="waits")

    assert "Waits for" not in words(page)
    assert "Recorded more than once" in words(page)


def test_the_page_takes_the_same_number_of_queries_whatever_there_is(staff: Staff, maker: ListMaker) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR))
    drawn(visit, area.SCREEN)
    none = queries_of(lambda: drawn(visit, area.SCREEN))
    bring_figures(maker)
    bring_figures(maker, panel="B")

    assert queries_of(lambda: drawn(visit, area.SCREEN)) == none
