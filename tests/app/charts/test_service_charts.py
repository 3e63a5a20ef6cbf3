"""Places and waits of a service as pictures: what is there, beyond it, and waiting; no empty picture."""

from __future__ import annotations

from typing import Any

from app.charts.look import LIGHT_LOOK
from app.charts.service_charts import places_chart, waits_chart
from app.tasking.changing.capacity import TierLoad
from mat.store.panel_vocabulary import Pathway


def load(**changed: Any) -> TierLoad:
    given: dict[str, Any] = {
        "tier": "tier_2", "title": "Tier 2", "pathway": Pathway.ADULT, "places": None, "caseload": 0, "waiting": 0,
        "mean_wait_days": None, "clock_days": None,
    }  # fmt: skip
    return TierLoad(**{**given, **changed})


def test_who_is_there_beyond_the_places_is_told_apart_from_who_has_one() -> None:
    chart = places_chart([load(places=2, caseload=3, waiting=1), load(tier="x", title="X", places=4)], LIGHT_LOOK)
    assert chart is not None
    said = chart.to_dict()["description"]
    assert "Tier 2: 2 taken, 1 taken beyond the places, 1 waiting for one" in said
    assert "X: 4 free" in said


def test_a_wait_stands_beside_what_is_usual_and_an_empty_layer_is_not_drawn() -> None:
    both = waits_chart([load(mean_wait_days=12.0, waiting=1, clock_days=28)], LIGHT_LOOK)
    usual = waits_chart([load(clock_days=28)], LIGHT_LOOK)
    assert both is not None
    assert usual is not None
    assert "Tier 2: 12 days waited so far, on average" in both.to_dict()["description"]
    assert (len(both.to_dict()["layer"]), len(usual.to_dict()["layer"])) == (2, 1)


def test_where_there_is_nothing_no_picture_is_drawn() -> None:
    assert places_chart([load()], LIGHT_LOOK) is None
    assert waits_chart([load()], LIGHT_LOOK) is None
