"""The load on the board is a load: people come in through its door, whole pages are told from broken ones."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from app.tasking.demonstration.cast import ISSUER, PARTS, external_id
from experiments.benchmarks import board_crowd
from experiments.benchmarks.board_crowd import Crowd, entered
from experiments.benchmarks.board_figures import quantile
from experiments.benchmarks.board_people import ROSTER, kind_of, next_step, people
from experiments.benchmarks.board_served import Served, floor_of
from mat.store.tables.people import user_login
from mat.store.vocabulary import UserRole
from tests.board_clients import Clock, served
from tests.staff import Staff

T = TypeVar("T")
NAMES = {"Anna Analyst": UserRole.ANALYST, "Aubrey Auditor": UserRole.AUDITOR}


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_crowd, "SECONDS_BETWEEN", (0.1, 0.3))


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it in a thread of its own: a browser's test may have left a loop running in this one."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(asyncio.run, work).result()


@pytest.mark.slow
def test_people_come_in_and_click_from_page_to_page_until_their_sessions_end(staff: Staff) -> None:
    for name, role in NAMES.items():
        staff.row(user_login, user_id=staff.user(role, name=name), issuer=ISSUER, external_id=external_id(name))

    with served(staff.store, Clock()) as (address, house):
        at = Served(address=address, board=psutil.Process(), database=None)
        crowd = Crowd(at)
        load = finished(crowd.work(list(NAMES), 3.0))

        async def be_thrown_out() -> None:
            async with entered(at, "Anna Analyst") as wire:
                await crowd.click(wire, "/")
                house.sessions.end_all()
                await crowd.click(wire, "/assurance")

        finished(be_thrown_out())

    assert [each.failure for each in (*load.arrivals, *load.clicks)] == [None] * (load.people + len(load.clicks))
    assert len({each.kind for each in load.clicks}) > 3
    assert load.board_share > 0 < load.peak_bytes
    inside, outside = crowd.clicks[-2:]
    assert inside.failure is None
    assert outside.failure is not None
    assert outside.failure == "the connection was closed: Your session has ended."


@pytest.mark.slow
def test_the_floor_shows_the_markup_that_it_was_given(tmp_path: Path) -> None:
    shapes = {"": ["<p>one</p>", "<p>two</p>"], "area": ["<p>three</p>"]}
    (tmp_path / "shapes.json").write_text(json.dumps(shapes), encoding="utf-8")

    with floor_of(tmp_path / "shapes.json") as at:

        async def look() -> list[str]:
            async with board_crowd.walked_in(at, "nobody") as wire:
                return [(await wire.click(address)).text for address in ("/", "/area", "/")]

        seen = finished(look())
        load = finished(Crowd(at, shapes).work(["one", "two"], 1.0))

    assert seen == ["<p>one</p><p>two</p>", "<p>three</p>", "<p>one</p><p>two</p>"]
    assert {each.failure for each in load.clicks} == {None}


def test_a_working_day_has_every_role_of_the_panel_and_people_of_the_demonstration_alone() -> None:
    assert Counter(people(25)) == ROSTER
    assert set(ROSTER) <= {part.name for part in PARTS}
    assert len(set(people(5))) > 2


def test_the_next_step_is_a_link_of_the_page_and_each_kind_is_as_likely() -> None:
    links = ["/area", *(f"/subject?case={number}&part=why" for number in range(50))]
    kinds = Counter(kind_of(next_step(links, random.Random(seed))) for seed in range(400))

    assert kinds.keys() == {"area", "subject, why"}
    assert min(kinds.values()) > 150


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([float(each) for each in range(1, 101)], 0.95) == 95
    assert quantile([3.0], 0.95) == quantile([3.0], 0.5) == 3
    assert quantile([2.0, 1.0], 0.5) == 1
