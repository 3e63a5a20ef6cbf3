"""The pack of every agency of a meeting, made and fetched in a real browser and read back; links used wrongly."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from app.tasking.desk import Desk
from app.tasking.subject.reading import read_subject
from mat.errors import AccessRefused
from mat.store.tables.privacy import file_register
from mat.store.vocabulary import Basis
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop
from tests.board_clients import Clock, served
from tests.filled_cases import canaries_in, case_tables
from tests.judged_meeting import judged_meeting
from tests.panel_lists import events_of
from tests.read_back import Paper, opened

pytestmark = pytest.mark.slow
#: By service at the meeting, somebody who works there in the role its people have at the panel.
MEMBERS = {
    "housing": "panel_member of A",
    "children": "panel_member of children",
    "support": "victim_service of A",
}
COORDINATOR = "coordinator of A"
_PATIENCE = 60_000


@pytest.fixture(scope="module")
def meeting(standing: Situations) -> UUID:
    """A meeting with four services; children's services have one of its cases for the sake of children."""
    standing.staff.share(standing.cases["shared for agenda"], "children", Basis.CHILD_SERVICES)
    return judged_meeting(standing, MEMBERS)


@pytest.fixture(scope="module")
def own_board(standing: Situations, meeting: UUID, browser: Browser) -> Generator[Board]:
    """The board of that store."""
    assert meeting
    clock = Clock()
    with served(standing.staff.store, clock) as (address, house):
        yield Board(address=address, house=house, clock=clock, browser=browser)


def made(at: Desktop, meeting: UUID, service: str, service_id: UUID) -> str:
    """Make the pack for a service on Prepare; the address under which it waits."""
    at.go(f"prepare?meeting={meeting}&part=pack&service={service_id}")
    proof = at.page.get_by_role("link", name="Prove again that it is you")
    if proof.count():
        proof.click()
        at.page.get_by_role("button", name="It is me").click()
        at.wait()
    at.page.get_by_role("button", name=f"Make the pack for {service}").click()
    link = at.page.locator("a[href^='/out/']")
    link.wait_for(timeout=_PATIENCE)
    at.wait()
    return str(link.evaluate("each => each.href"))


def fetched(at: Desktop) -> tuple[str, bytes]:
    """The file that waits on the page: its name and content."""
    with at.page.expect_download() as fetching:
        at.page.locator("a[href^='/out/']").click()
    return fetching.value.suggested_filename, Path(fetching.value.path()).read_bytes()


def readable(standing: Situations, user: str) -> set[str]:
    """Every canary that somebody reads themselves, of whatever case is open to them."""
    desk = Desk(standing.staff.store, standing.staff.session(standing.users[user]))
    found: set[str] = set()
    for case in standing.cases.values():
        try:
            found |= canaries_in(repr(read_subject(desk, case)))
        except AccessRefused:
            continue
    return found


def on_paper(standing: Situations, paper: Paper) -> set[str]:
    """Every text of a case in the store that stands in a document."""
    everything = {
        each for table in case_tables() for row in standing.staff.all_of(table) for each in canaries_in(repr(row))
    }
    return {each for each in canaries_in(paper.squashed) | everything if _stands(each, paper.squashed)} & everything


def _stands(canary: str, squashed: str) -> bool:
    begin = squashed.find(canary)
    while begin >= 0:
        if not squashed[begin + len(canary) : begin + len(canary) + 1].isdigit():
            return True
        begin = squashed.find(canary, begin + 1)
    return False


def test_the_pack_of_every_agency_is_fetched_from_the_page_and_holds_what_its_people_read(
    standing: Situations, own_board: Board, meeting: UUID
) -> None:
    staff, packs = standing.staff, dict[str, set[str]]()
    with own_board.as_user(standing.users[COORDINATOR]) as at:
        for service, member in {**MEMBERS, "police": None}.items():
            made(at, meeting, _shown(service), staff.services[service])
            name, content = fetched(at)

            assert name.endswith(f"{_shown(service)}.pdf")
            paper = opened(content)
            row = next(each for each in staff.all_of(file_register) if each["recipients"] == [_shown(service)])
            assert row["sha256"] == hashlib.sha256(content).hexdigest()
            number = row["purpose"].partition("(copy ")[2].rstrip(")")
            _is_set_right(paper, _shown(service), number)
            packs[service] = on_paper(standing, paper)
            assert packs[service]
            if member is not None:
                assert packs[service] <= readable(standing, member)
        assert at.noted.complaints == []
        assert at.faults() == []
        assert at.noted.elsewhere(own_board.address) == []

    of_children = {each for each in packs["children"] if each.startswith("canary-child")}
    assert of_children, "children's services read what is noted of children"
    assert not of_children & packs["housing"]
    assert packs["support"] != packs["housing"]
    events = events_of(staff, "file_handed_out")
    assert [each["details"]["command"] for each in events] == ["make_pack"] * 4
    assert len(events_of(staff, "file_fetched")) == 4


def _shown(service: str) -> str:
    return "Domestic abuse unit" if service == "police" else service


def _is_set_right(paper: Paper, service: str, number: str) -> None:
    """Tags, language, and on every page who it is for, which copy, and what it was made from."""
    assert (paper.root["/Lang"], paper.root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert {"/H1", "/H2", "/TH", "/TD"} <= set(paper.tags())
    cases = paper.tags().count("/H1") - 1
    assert len(paper.pages) == 1 + 2 * cases
    for place, page in enumerate(paper.pages, start=1):
        assert f"Page {place} of {len(paper.pages)}" in page
        assert f"for {service}, copy {number}" in page
        assert page.count(f"copy {number}") >= 2, "the foot, and the watermark"
        assert page.count("OFFICIAL-SENSITIVE") == 2
        assert "Content SHA-256" in page


def test_a_link_works_once_for_its_own_person_and_not_after_its_time(
    standing: Situations, own_board: Board, meeting: UUID
) -> None:
    housing = standing.staff.services["housing"]
    with own_board.as_user(standing.users[COORDINATOR]) as at:
        address = made(at, meeting, "housing", housing)
        with own_board.as_user(standing.users["chair of A"]) as other:
            other.page.goto(address)
            assert "no such file for you to fetch" in other.says()
        with own_board.as_nobody() as stranger:
            stranger.page.goto(address)
            assert stranger.says() == "Sign in first."

        assert fetched(at)[1].startswith(b"%PDF")
        at.page.goto(address)
        assert "fetched before" in at.says()

        late = made(at, meeting, "housing", housing)
        with standing.staff.tampering() as connection:
            connection.execute(
                text("UPDATE outgoing_file SET made_at = now() - interval '10 minutes', expires_at = now()")
            )
        at.page.goto(late)
        assert "to be fetched within ten minutes" in at.says()
        assert late != address
