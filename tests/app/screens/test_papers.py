"""Packs, minutes and lists offered on the pages where somebody looks for them, made and fetched without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from app.packs import making
from app.screens import actions, candidates, meeting, prepare
from app.screens.screen import Screen
from app.tasking.acting_on.actions import NewAction, add_action
from app.tasking.desk import Desk
from app.tasking.handing_out import Given, fetch_once
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import close_meeting, decide, discuss, lock
from app.tasking.packs.leaving import outgoing
from app.tasking.signing_in import sign_in
from app.tasking.stepping_up import step_up
from governance.retention import local_day
from mat.errors import BadInput
from mat.store.panel_vocabulary import Decided
from mat.store.tables.privacy import file_person, file_register
from mat.store.vocabulary import Channel, FileKind, UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import ListMaker, events_of
from tests.panel_work import PanelWork
from tests.read_back import opened

pytestmark = pytest.mark.slow


def at_the_board(work: PanelWork, user: UUID) -> Desk:
    scope = sign_in(work.staff.store, user, service=None, channel=Channel.BOARD, seconds=3600)
    return Desk(work.staff.store, scope)


@pytest.fixture
def coordinator(panel_work: PanelWork) -> Desk:
    """The coordinator at the board, who has just proved who they are."""
    return step_up(at_the_board(panel_work, panel_work.coordinator.scope.user_id))


def pressed(page: AppTest, label: str) -> AppTest:
    page = next(each for each in page.button if each.label == label).click().run()
    assert not page.exception
    return page


def for_housing(work: PanelWork, page: AppTest) -> AppTest:
    """Choose for which service a document is, where the page asks."""
    asks = {"Minutes for which service", "Actions of which service"}
    for field in [each for each in page.selectbox if each.label in asks]:
        assert field.value is None
        field.select(work.staff.services["housing"]).run()
    return page


def fetched(page: AppTest, desk: Desk) -> bytes:
    """The one file that waits on a page."""
    (token,) = re.findall(r'href="/out/([^"]+)"', markup(page))
    return fetch_once(desk, token).content


def closed(work: PanelWork, case: UUID) -> UUID:
    """A meeting that decided one case and is over."""
    held = work.opened(case)
    (item,) = read_agenda(work.chair, held).items
    discuss(work.chair, item.item_id)
    decide(work.chair, item.item_id, Decided.SUPPORT, "It is agreed.")
    lock(work.chair, item.item_id)
    work.judged_again(held)
    close_meeting(work.chair, held)
    return held


def to_do(work: PanelWork, case: UUID) -> None:
    """An action of housing."""
    new = NewAction(
        subject_id=case, code="systems_flag", what="Flag the address.", success_test="It is flagged.",
        service_id=work.staff.services["housing"], due_on=local_day(datetime.now(UTC)) + timedelta(days=9),
        was_volunteered=True,
    )  # fmt: skip
    add_action(work.coordinator, new)


def where(work: PanelWork, maker: ListMaker, kind: str) -> tuple[Screen, Mapping[str, str], str]:
    """The page that offers a document of a kind, what its address asks, and the button."""
    case = work.proposed("P1")
    if kind == "pack":
        asked = {"meeting": str(work.meeting(case)), "part": "pack", "service": str(work.staff.services["housing"])}
        return prepare.SCREEN, asked, "Make the pack for housing"
    if kind == "minutes":
        return meeting.SCREEN, {"meeting": str(closed(work, case)), "step": "close"}, "Make the minutes for housing"
    if kind == "actions":
        work.meeting(case)
        to_do(work, case)
        return actions.SCREEN, {"file": "yes"}, "Make the list for housing"
    maker.ranked(maker.run(), [case])
    return candidates.SCREEN, {"file": "yes"}, "Make the list of candidates"


@pytest.mark.parametrize(
    ("kind", "recipient", "file_kind", "command"),
    [
        ("pack", "housing", FileKind.PACK, "make_pack"),
        ("minutes", "housing", FileKind.EXPORT, "make_minutes"),
        ("actions", "housing", FileKind.EXPORT, "make_action_list"),
        ("candidates", "police", FileKind.EXPORT, "make_candidate_list"),
    ],
)
def test_a_document_is_made_on_its_page_registered_logged_and_fetched(  # noqa: PLR0917 - what is expected of a kind
    panel_work: PanelWork,
    maker: ListMaker,
    coordinator: Desk,
    kind: str,
    recipient: str,
    file_kind: FileKind,
    command: str,
) -> None:
    work = panel_work
    screen, asked, label = where(work, maker, kind)
    stale = at_the_board(work, work.coordinator.scope.user_id)
    before = for_housing(work, drawn(visit_of(stale), screen, **asked))
    if recipient == "police":
        recipient = visit_of(coordinator).who.service

    page = drawn(visit_of(coordinator), screen, **asked)
    assert kind in {"pack", "candidates"} or label not in [each.label for each in page.button]
    page = pressed(for_housing(work, page), label)

    assert "Prove again that it is you" in words(before)
    assert label not in [each.label for each in before.button]
    assert f"{recipient}, and nobody else" in words(page)
    assert "It can be fetched once, until" in words(page)
    (row,) = work.staff.all_of(file_register)
    assert (row["kind"], row["recipients"], row["panel_id"]) == (
        file_kind.value,
        [recipient],
        work.staff.panels["A"],
    )
    (event,) = events_of(work.staff, "file_handed_out")
    assert (event["details"]["command"], event["details"]["sha256"]) == (command, row["sha256"])
    assert len(event["people"]) == len(work.staff.all_of(file_person)) == 1
    copy = re.search(r"\(copy ([0-9a-f]{8})\)", row["purpose"])
    assert copy is not None
    _is_copy(fetched(page, coordinator), copy[1], recipient)


def _is_copy(content: bytes, number: str, recipient: str) -> None:
    """The number of the copy and who gets it stand on every page of a document, and at the foot of a workbook."""
    if content.startswith(b"%PDF"):
        paper = opened(content)
        assert paper.pages
        assert all(f"for {recipient}, copy {number}" in page for page in paper.pages)
        assert all(page.count(f"copy {number}") >= 2 for page in paper.pages), "the foot, and the watermark"
        return
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    assert sheet.oddFooter.center.text == f"Copy {number} for {recipient}"
    assert f"copy {number}." in " ".join(str(row[0].value) for row in book["Read me"].iter_rows())
    assert sheet.max_row == 2


def test_a_purpose_of_ones_own_is_kept_with_the_copy_and_an_empty_one_refused(
    panel_work: PanelWork, maker: ListMaker, coordinator: Desk
) -> None:
    screen, asked, label = where(panel_work, maker, "pack")
    page = drawn(visit_of(coordinator), screen, **asked)
    next(each for each in page.selectbox if each.label == "What it is for").select("Something else: say what")
    page = pressed(page, label)
    assert "What the file is for is empty" in words(page)
    assert panel_work.staff.count(file_register) == 0

    next(each for each in page.text_input if each.label == "In your own words").input("The duty desk asked.")
    pressed(page, label)

    (row,) = panel_work.staff.all_of(file_register)
    assert re.fullmatch(r"The duty desk asked\. \(copy [0-9a-f]{8}\)", row["purpose"])


@pytest.mark.parametrize("kind", ["pack", "minutes", "actions", "candidates"])
def test_who_may_not_make_a_document_is_not_offered_one(panel_work: PanelWork, maker: ListMaker, kind: str) -> None:
    screen, asked, label = where(panel_work, maker, kind)
    member = step_up(at_the_board(panel_work, panel_work.housing.scope.user_id))
    page = drawn(visit_of(member), screen, **asked)

    assert label not in [each.label for each in page.button]
    assert "take the" not in words(page).lower()
    assert "Hand " not in words(page)


def test_minutes_are_offered_once_the_meeting_is_over(panel_work: PanelWork, coordinator: Desk) -> None:
    held = panel_work.opened(panel_work.proposed("P1"))

    page = drawn(visit_of(coordinator), meeting.SCREEN, meeting=str(held), step="close")

    assert "Hand the minutes over" not in words(page)


def test_the_list_of_another_service_is_made_by_choosing_it(panel_work: PanelWork, coordinator: Desk) -> None:
    case = panel_work.proposed("P1")
    panel_work.meeting(case)
    to_do(panel_work, case)
    chair = panel_work.staff.user(UserRole.CHAIR, panel="B")

    offered = words(drawn(visit_of(coordinator), actions.SCREEN))
    elsewhere = words(drawn(visit_of(step_up(at_the_board(panel_work, chair))), actions.SCREEN, file="yes"))

    assert "Take the actions of a service away" in offered
    assert "Make the list" not in elsewhere


def test_a_document_is_handed_out_as_what_it_is_with_its_copy_in_the_purpose(
    panel_work: PanelWork, coordinator: Desk
) -> None:
    case = panel_work.proposed("P1")
    document = making.pack_document(coordinator, panel_work.meeting(case), panel_work.staff.services["housing"])

    out = outgoing(document, " For the meeting. ")

    assert out.given == Given(purpose=f"For the meeting. (copy {document.copy})", recipients=("housing",))
    assert (out.name, out.media_type, out.content) == (document.name, "application/pdf", document.content)
    assert (out.kind, out.command, out.panel_id) == (FileKind.PACK, "make_pack", panel_work.staff.panels["A"])
    assert list(out.subjects) == [case]
    assert set(out.fields) == set(document.fields)
    assert list(out.fields) == sorted(out.fields)
    with pytest.raises(BadInput, match="What the file is for is empty"):
        outgoing(document, " ")
