"""The load of a meeting is one: who works presses the forms' own buttons, who watches has their page drawn again."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psutil
import pytest

from app.screens import meeting_case
from app.tasking.demonstration.cast import ISSUER, PARTS, external_id
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import discuss
from experiments.benchmarks import meeting_crowd
from experiments.benchmarks.board_crowd import Load, entered
from experiments.benchmarks.board_served import Served
from experiments.benchmarks.board_wire import ClickFailedError
from experiments.benchmarks.meeting_crowd import BY_ITSELF, WATCHERS, WORKING, MeetingCrowd, people
from experiments.benchmarks.meeting_stage import SIGNING
from mat.store.tables.panel_meetings import minute_line
from mat.store.tables.people import user_login
from mat.store.vocabulary import UserRole
from tests.board_clients import Clock, served
from tests.panel_lists import ListMaker
from tests.panel_work import PanelWork

NAMES = {WORKING: UserRole.COORDINATOR, "Hanna Housing": UserRole.PANEL_MEMBER, "Chris Chair": UserRole.CHAIR}


@pytest.fixture
def held(panel_work: PanelWork, maker: ListMaker, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """An open meeting with a case on the table and one to come; everybody is in haste, and so are the pages."""
    monkeypatch.setattr(meeting_crowd, "SECONDS_BETWEEN", (0.5, 1.0))
    monkeypatch.setattr(meeting_case, "_EVERY", 0.1)
    staff = panel_work.staff
    for name, role in NAMES.items():
        user = staff.user(role, name=name, panel="A")
        staff.row(user_login, user_id=user, issuer=ISSUER, external_id=external_id(name))
    cases = [panel_work.proposed("P1"), panel_work.proposed("P2")]
    maker.ranked(maker.run(), cases)
    made = panel_work.opened(*cases)
    discuss(panel_work.chair, read_agenda(panel_work.coordinator, made).items[0].item_id)
    return made


@pytest.mark.slow
def test_one_works_and_the_others_watch_and_what_was_minuted_is_minuted(panel_work: PanelWork, held: UUID) -> None:
    with served(panel_work.staff.store, Clock()) as (address, _):
        at = Served(address=address, board=psutil.Process(), database=None)

        async def meet() -> tuple[Load, str]:
            load = await MeetingCrowd(at, held).work(list(NAMES), 10.0)
            async with entered(at, WORKING) as wire:
                await wire.click(f"/meeting?meeting={held}&step=cases")
                with pytest.raises(ClickFailedError) as refused:
                    await wire.press("Leave early")
            return load, str(refused.value)

        with ThreadPoolExecutor(max_workers=1) as beside:
            load, refused = beside.submit(asyncio.run, meet()).result()

    kinds = Counter(each.kind for each in load.clicks)
    assert [each.failure for each in (*load.arrivals, *load.clicks)] == [None] * (load.people + len(load.clicks))
    assert kinds[BY_ITSELF] > 1
    assert {"add the line", "next case", "begin with this case", "the case on the table"} <= kinds.keys()
    assert kinds.keys() & {"register", "old actions", "a case of the agenda"}
    lines = panel_work.staff.all_of(minute_line)
    assert sorted(each["content"] for each in lines) == sorted(
        f"Line {number} of the load." for number in range(1, kinds["add the line"] + 1)
    )
    assert len({each["item_id"] for each in lines}) == 2
    assert refused == "the page has no Leave early"


def test_who_meets_are_people_of_the_demonstration_one_of_whom_works() -> None:
    assert people(25)[0] == WORKING
    assert Counter(people(25)[1:]) == WATCHERS
    assert {*people(25), *SIGNING} <= {part.name for part in PARTS}
