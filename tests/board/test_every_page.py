"""Every page as every role, in a real browser: what is told, what is asked for, and whether everybody can use it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from app.screens.catalogue import SCREENS
from app.screens.meeting import STEPS
from app.screens.prepare import PARTS
from app.screens.screen import Screen, open_to
from governance.access import load_policy
from mat.store.panel_vocabulary import Attendance, ItemState, MeetingState
from mat.store.tables import panel_actions, panel_meetings
from mat.store.vocabulary import Deed, UserRole
from tests.access_situations import Situations
from tests.board_browser import Board
from tests.filled_cases import CANARY

pytestmark = pytest.mark.slow
ROLES = [
    "analyst of A", "coordinator of A", "chair of A", "panel_member of A", "victim_service of A", "provider of A",
    "auditor of all", "model_owner of all", "dpo of all", "named_reviewer of A", "service_manager of A",
    "administrator of all",
]  # fmt: skip
#: Cases of which nobody of the roles above may be told anything, save who is named.
CLOSED = {
    "of panel B": {"dpo of all", "auditor of all"},
    "in conflict": set[str](),
    "sensitive": {"named_reviewer of A"},
    "restricted": {"dpo of all"},
}


@pytest.mark.parametrize("name", ROLES)
def test_a_page_tells_a_role_nothing_it_may_not_know_asks_nobody_else_and_can_be_used_by_all(
    board: Board, situations_of_board: Situations, name: str
) -> None:
    role = UserRole(name.split(" ", maxsplit=1)[0])
    with board.as_user(situations_of_board.users[name]) as at:
        faults: dict[str, list[str]] = {}
        for screen in pages_of(role):
            at.go(address_of(screen, situations_of_board))
            at.noted.told.append(at.page.content())
            assert "Demonstration data" in at.says()
            assert "mistake in the board itself" not in at.says()
            faults[screen.title] = at.faults()

    assert {title: found for title, found in faults.items() if found} == {}
    assert at.noted.elsewhere(board.address) == []
    assert at.noted.complaints == []
    assert at.noted.canaries() or role not in {UserRole.ANALYST, UserRole.COORDINATOR}
    assert forbidden(at.noted.canaries(), role, name, situations_of_board) == set()


@pytest.mark.parametrize("name", ROLES)
def test_a_meeting_tells_a_role_nothing_it_may_not_know_in_any_part_of_its_pages(
    board: Board, situations_of_board: Situations, name: str
) -> None:
    role = UserRole(name.split(" ", maxsplit=1)[0])
    there = {screen.name for screen in pages_of(role)}
    asked = [each for each in addresses_at_a_meeting(situations_of_board) if each.split("?")[0] in there]
    with meeting_is_open(situations_of_board), board.as_user(situations_of_board.users[name]) as at:
        faults: dict[str, list[str]] = {}
        for address in asked:
            at.go(address)
            at.noted.told.append(at.page.content())
            assert "mistake in the board itself" not in at.says()
            faults[address] = at.faults()

    assert {address: found for address, found in faults.items() if found} == {}
    assert at.noted.elsewhere(board.address) == []
    assert at.noted.complaints == []
    assert at.noted.canaries() or role not in {UserRole.COORDINATOR, UserRole.CHAIR, UserRole.PANEL_MEMBER}
    assert forbidden(at.noted.canaries(), role, name, situations_of_board) == set()


def addresses_at_a_meeting(situations: Situations) -> list[str]:
    """Every part of the pages of a meeting, at a case of its agenda, and an action of that case."""
    meeting = situations.filled.of_meeting["A"]
    case = situations.cases["shared for agenda"]
    item, action = (
        next(row[key] for row in situations.staff.all_of(table) if row["subject_id"] == case)
        for table, key in ((panel_meetings.agenda_item, "item_id"), (panel_actions.action, "action_id"))
    )
    return [
        *[f"prepare?meeting={meeting}&part={part}" for part in PARTS],
        f"prepare?meeting={meeting}&part=pack&service={situations.staff.services['housing']}&case={case}",
        f"prepare?meeting={meeting}&part=agenda&chosen={item}",
        *[f"meeting?meeting={meeting}&step={step}" for step in STEPS],
        f"meeting?meeting={meeting}&item={item}&step=cases",
        f"actions?chosen={action}",
    ]


@contextmanager
def meeting_is_open(situations: Situations) -> Generator[None]:
    """While the meeting of panel A is held, and each case of its agenda on the table."""
    staff, meeting = situations.staff, situations.filled.of_meeting["A"]
    held, item = panel_meetings.meeting, panel_meetings.agenda_item

    def set_states(state: MeetingState, of_items: ItemState) -> None:
        with staff.tampering() as connection:
            connection.execute(update(held).where(held.c.meeting_id == meeting).values(state=state.value))
            connection.execute(
                update(item)
                .where(item.c.meeting_id == meeting)
                .values(state=of_items.value, discussed_at=datetime.now(UTC))
            )

    set_states(MeetingState.OPEN, ItemState.DISCUSSED)
    if not staff.count(panel_meetings.seat):
        for service in ("police", "housing", "support"):
            staff.row(
                panel_meetings.seat,
                meeting_id=meeting,
                panel_id=staff.panels["A"],
                service_id=staff.services[service],
                user_id=staff.founder_id,
                signed_at=datetime.now(UTC),
                attendance=Attendance.PRESENT.value,
            )
    try:
        yield
    finally:
        set_states(MeetingState.PLANNED, ItemState.WAITING)


def pages_of(role: UserRole) -> list[Screen]:
    return [screen for screen in SCREENS if open_to(screen, {role}, load_policy())]


def address_of(screen: Screen, situations: Situations) -> str:
    return screen.name if screen.is_listed else f"{screen.name}?case={situations.cases['shared for agenda']}"


def forbidden(canaries: set[str], role: UserRole, name: str, situations: Situations) -> set[str]:
    """Of the canaries told, those of a field group that no basis opens to the role, or of a case closed to it."""
    policy = load_policy()
    group_of = {table: group for group in policy.groups.values() for table in group.tables}
    case_of = dict(enumerate(situations.cases, start=1))
    found: set[str] = set()
    for canary in canaries:
        number = int(canary.rsplit("-", 1)[1])
        table = table_of(canary)
        group = group_of.get(table)
        if group is not None and not group.own.value and not group.bases(role, Deed.READ):
            found.add(canary)
        allowed = CLOSED.get(case_of.get(number, ""))
        if allowed is not None and name not in allowed and group is not None and not group.own.value:
            found.add(canary)
    return found


def table_of(canary: str) -> str:
    assert CANARY.fullmatch(canary)
    return canary.split("-")[1]


def test_a_page_that_no_role_opens_is_not_there(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["provider of A"]) as at:
        at.go("")

        closed = [screen for screen in SCREENS if screen not in pages_of(UserRole.PROVIDER)]
        for screen in closed:
            at.page.goto(f"{board.address}/{screen.name}")
            at.wait()
            assert screen.title not in at.page.locator("h1").all_inner_texts()
