"""A pack for a service has exactly what its people would read of each case with their own desk, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.packs.pack_content import Copy, set_pack
from app.tasking.desk import Desk
from app.tasking.packs.pack import Pack, pack_for
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reading import read_subject
from mat.errors import AccessRefused, BadInput
from mat.store.vocabulary import UserRole
from tests.access_situations import Situations
from tests.filled_cases import canaries_in, case_tables
from tests.judged_meeting import judged_meeting
from tests.panel_lists import events_of
from tests.panel_work import PanelWork
from tests.read_back import opened
from tests.statements import queries_of

#: By service, somebody who works there in the role its people have at the panel.
MEMBERS = {"housing": "panel_member of A", "children": "panel_member of children", "support": "victim_service of A"}
#: Situations in which somebody alone, or not the panel, brings the case near.
NOT_OF_THE_SERVICE = {"shared for break_glass", "shared for overlap"}


@pytest.fixture(scope="module")
def meeting(standing: Situations) -> UUID:
    """The meeting that every case of panel A is on; the police judged all cases, the others every second one."""
    return judged_meeting(standing, MEMBERS)


@pytest.mark.slow
@pytest.mark.parametrize("service", MEMBERS)
def test_a_pack_is_what_the_people_of_the_service_read_themselves(
    standing: Situations, meeting: UUID, service: str
) -> None:
    staff = standing.staff
    coordinator = Desk(staff.store, staff.session(standing.users["coordinator of A"]))
    member = Desk(staff.store, staff.session(standing.users[MEMBERS[service]]))

    pack = pack_for(coordinator, meeting, staff.services[service])

    packed = {each.item.subject_id: each.page for each in pack.cases}
    assert packed
    blind: set[bool] = set()
    for name, case in standing.cases.items():
        theirs = _read(member, case)
        if case in packed:
            assert theirs is not None, name
            assert _timeless(packed[case]) == _timeless(theirs), name
            blind.add(packed[case].is_blind)
        else:
            is_of_the_meeting = (
                theirs is not None and "panel_record" in theirs.groups and name not in NOT_OF_THE_SERVICE
            )
            assert not is_of_the_meeting or name == "of panel B", name
    assert "in conflict" not in {name for name, case in standing.cases.items() if case in packed}
    assert blind == ({False} if service == "support" else {True, False})
    _refuse_more_on_paper(standing, pack)
    numbers = {str(place) for place, case in enumerate(standing.cases.values(), start=1) if case in packed}
    assert {canary.rsplit("-", 1)[1] for canary in canaries_in(repr(pack.cases))} <= numbers | {"0"}


def _refuse_more_on_paper(standing: Situations, pack: Pack) -> None:
    """No text of the store is on the pages that is not in the pages of the pack; and what matters of those is."""
    made_at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    copy = Copy(number="7f3a91c2", recipient=pack.service, made_by="Kim", made_at=made_at)
    paper = opened(set_pack(pack, copy).content)
    assert len(paper.pages) == 1 + 2 * len(pack.cases)
    theirs = canaries_in(repr(pack))
    everything = {
        each for table in case_tables() for row in standing.staff.all_of(table) for each in canaries_in(repr(row))
    }
    on_paper = {each for each in everything if re.search(re.escape(each) + r"(?!\d)", paper.squashed)}
    assert on_paper <= theirs
    assert any("risk_summary-content" in each for each in on_paper)
    assert len(everything - theirs) > 100


def _read(desk: Desk, case: UUID) -> SubjectPage | None:
    try:
        return read_subject(desk, case)
    except AccessRefused:
        return None


def _timeless(page: SubjectPage) -> SubjectPage:
    return replace(page, read_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_conflict_of_anybody_of_the_service_keeps_the_case_from_all_of_it(panel_work: PanelWork) -> None:
    work = panel_work
    shared, contested = work.proposed("P1"), work.proposed("P2")
    meeting = work.meeting(shared, contested)
    colleague = work.staff.desk(UserRole.PANEL_MEMBER, panel="A")
    _declare(work, contested, colleague)

    pack = _pack(work, meeting, "housing")

    assert [each.item.subject_id for each in pack.cases] == [shared]
    assert [each.subject_id for each in pack.left_out] == [contested]
    assert "conflict of interest" in pack.left_out[0].why
    assert pack.agenda.out_of_sight == 1
    assert pack.agenda.used == 26
    assert [each.item.subject_id for each in _pack(work, meeting, "police").cases] == [shared, contested]


def _declare(work: PanelWork, case: UUID, desk: Desk) -> None:
    from mat.store.tables import people

    work.staff.row(
        people.conflict, case, user_id=desk.scope.user_id, reason="neighbours", declared_by=desk.scope.user_id,
        declared_at=datetime.now(UTC),
    )  # fmt: skip


def _pack(work: PanelWork, meeting: UUID, service: str) -> Pack:
    return pack_for(work.coordinator, meeting, work.staff.services[service])


def test_nobody_is_handed_a_pack_who_does_not_sit_at_the_panel_or_makes_one_who_does_not_run_it(
    panel_work: PanelWork,
) -> None:
    work = panel_work
    meeting = work.meeting(work.proposed("P1"))

    with pytest.raises(AccessRefused, match="No pack is made for that service"):
        _pack(work, meeting, "change")
    with pytest.raises(BadInput, match="not invited"):
        _pack(work, meeting, "children")
    with pytest.raises(AccessRefused):
        pack_for(work.housing, meeting, work.staff.services["housing"])


def test_a_pack_takes_the_same_number_of_queries_however_many_cases_are_in_it(panel_work: PanelWork) -> None:
    work = panel_work
    few = work.meeting(work.proposed("P1"))
    many = work.meeting(*(work.proposed(f"Q{number}") for number in range(5)))
    makers = [work.staff.desk(UserRole.COORDINATOR, panel="A") for _ in range(2)]
    housing = work.staff.services["housing"]

    pack_for(work.coordinator, few, housing)
    pack_for(work.coordinator, many, housing)
    assert queries_of(lambda: pack_for(makers[0], few, housing)) == queries_of(
        lambda: pack_for(makers[1], many, housing)
    )
    assert _fields(work)[-1] >= {"case", "meetings", "panel_record", "subject_identity"}


def _fields(work: PanelWork) -> list[set[str]]:
    found: list[Mapping[str, list[str]]] = list(events_of(work.staff, "case_read"))
    return [set(each["fields"]) for each in found]
