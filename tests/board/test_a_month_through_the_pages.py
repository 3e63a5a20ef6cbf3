"""A month of a panel driven through the pages in a real browser by five users and a provider, by clicks and typing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Table

from app.tasking.demonstration.cast import let_in
from app.tasking.log_reading import verify_log
from mat.store.tables import (
    lists,
    panel_actions,
    panel_disclosures,
    panel_meetings,
    panel_nominating,
    panel_referrals,
    people,
)
from mat.store.vocabulary import Channel
from tests.board_browser import desktop
from tests.board_clients import Clock, served
from tests.hands import Hands
from tests.month_city import VICTIMS, City, city_at_work
from tests.month_done import DONE, NEVER, TOLD
from tests.month_scenes import LOCKS, PROGRAMME, SCENES, People
from tests.month_work import WORK
from tests.store_servers import TestServer

pytestmark = pytest.mark.slow


@pytest.fixture
def city(server: TestServer, tmp_path: Path) -> Generator[City]:
    """A small city, and everybody at work in it."""
    with city_at_work(server, tmp_path) as made:
        yield made


def test_a_month_is_driven_through_the_pages(city: City, browser: Browser) -> None:
    with served(city.store, Clock()) as (address, _), ExitStack() as rooms:

        def comes(name: str) -> Hands:
            hands = Hands(at=rooms.enter_context(desktop(browser, address)), name=name)
            hands.sign_in()
            return hands

        cast = People(
            kim=comes("Kim Coordinator"), chris=comes("Chris Chair"), hanna=comes("Hanna Housing"),
            pat=comes("Pat Probation"), ivy=comes("Ivy Idva"), noor=comes("Noor Newstart"),
        )  # fmt: skip
        for scene in (*SCENES, *WORK):
            with in_scene(scene.__name__, cast):
                scene(cast)
        for hands in cast.everybody:
            assert (hands.name, hands.at.noted.complaints) == (hands.name, [])
            assert hands.at.noted.elsewhere(address) == []

    assert_states(city)
    assert_log(city)
    assert_walls(city, cast)


@contextmanager
def in_scene(name: str, cast: People) -> Generator[None]:
    """Say in which scene a page did not answer as it should, and what stood on everybody's then."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in the scene {name}")
        for hands in cast.everybody:
            error.add_note(f"{hands.name} at {hands.at.page.url}: {hands.at.says()}")
        raise


def assert_states(city: City) -> None:
    """Everything is where the month has brought it."""

    def states(table: Table, column: str = "state") -> Counter[str]:
        return Counter(row[column] for row in city.rows(table))

    assert states(panel_meetings.meeting) == {"closed": 1}
    assert states(panel_meetings.seat, "attendance") == {"present": 4, "apologies": 1}
    assert states(panel_meetings.agenda_item) == {"decided": 2}
    assert states(panel_meetings.research_request) == {"shared": 1, "withheld": 1}
    assert states(panel_meetings.decision, "heading") == {"diversion": 1, "prevention": 1}
    assert len(states(panel_meetings.minute_line, "written_by")) == 2
    assert states(panel_nominating.nomination) == {"adopted": 2, "not_now": 1, "received": 1}
    assert states(panel_nominating.panel_case) == {"active": 2}
    assert states(panel_nominating.panel_case, "told") == {"not_to_be_told": 1, "undecided": 1}
    assert states(panel_nominating.nomination_form, "answer") == {"taken_up": 1}
    assert len(city.rows(people.conflict)) == 1
    actions = {row["what"]: row for row in city.rows(panel_actions.action)}
    assert states(panel_actions.action) == {"started": 1, "closed": 1, "open": 1}
    assert (actions[PROGRAMME]["state"], actions[LOCKS]["state"]) == ("started", "closed")
    assert [row["state"] for row in actions.values() if row["carried_over"] is not None] == ["open"]
    assert states(panel_actions.safety_check, "wishes") == {"agrees": 1}
    assert states(panel_referrals.referral) == {"closed": 1}
    assert states(panel_referrals.referral_answer, "closure") == {"planned": 1}
    assert states(panel_disclosures.disclosure) == {"returned": 1}


def assert_log(city: City) -> None:
    """The log says who did what, in its order, on the board alone; and it holds."""
    events = city.events()
    did = [(event["who"].split()[0], event["event"]) for event in events if event["channel"] == "board"]
    kinds = {event for _, event in DONE}
    assert [each for each in did if each[1] in kinds] == list(DONE)
    (refused,) = [event for event in events if event["event"] == "command_refused"]
    assert refused["details"] == {"command": "accept_action"}
    auditor = let_in(city.store, "Aubrey Auditor", channel=Channel.CLI, seconds=60)
    assert verify_log(auditor, given=[], public_key=None, with_index=True).holds


def assert_walls(city: City, cast: People) -> None:
    """What somebody may not see never came to their browser, in a page or a frame, and was not read for them."""
    told = {
        hands.name: {canary.split("-")[1] for canary in hands.at.noted.canaries()} for hands in cast.everybody
    }  # fmt: skip
    assert told == TOLD
    scores = [f"{row['score']:.1f}" for row in city.rows(lists.list_score)]
    assert held(cast.ivy, VICTIMS.values()) == {"Vera"}
    assert held(cast.noor, [*VICTIMS.values(), *scores, "Place on the list"]) == set()
    assert held(cast.kim, [*scores, "Place on the list"]) != set()
    read = {group for event in city.events() if event["who"] == cast.noor.name for group in event["fields"]}
    assert read & NEVER == set()


def held(hands: Hands, texts: Iterable[str]) -> set[str]:
    """Which of these texts came to somebody's browser."""
    return {text for text in texts if any(text in told for told in hands.at.noted.told)}
