"""What is written of a case: each kind by whom the policy lets write it, and open to whom it lets read it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from app.tasking.desk import Desk
from app.tasking.nominating import statements
from app.tasking.nominating.statements import NewStatement
from mat.errors import AccessRefused, BadInput, MatError, StaleRow
from mat.store.panel_vocabulary import NeedKind, StatementType
from mat.store.tables import cases
from mat.store.vocabulary import Basis, UserRole
from tests.panel_lists import events_of, log_of
from tests.simultaneous import at_once
from tests.staff import Staff

Write = Callable[[Desk, UUID], object]
WRITES: dict[str, Write] = {
    "make_statement": lambda desk, case: statements.say(
        desk, NewStatement(case=case, statement_type=StatementType.OPINION, content="canary he", source="canary us")
    ),
    "write_profile": lambda desk, case: statements.summarise(desk, case, "canary profile"),
    "agree_risk_summary": lambda desk, case: statements.agree_risk(desk, case, "canary risk"),
    "add_service_need": lambda desk, case: statements.add_need(desk, case, NeedKind.LANGUAGE, "canary Polish"),
    "note_children": lambda desk, case: statements.note_children(desk, case, "canary two, at school"),
    "flag_children": lambda desk, case: statements.flag_children(desk, case, affected=True),
}
#: Who may write what, on a case that is theirs or that was shared with their service in every way it can be.
WRITERS = {
    "make_statement": {UserRole.ANALYST, UserRole.COORDINATOR},
    "write_profile": {UserRole.ANALYST, UserRole.COORDINATOR},
    "agree_risk_summary": {UserRole.COORDINATOR, UserRole.CHAIR},
    "add_service_need": {UserRole.COORDINATOR, UserRole.PROVIDER},
    "note_children": {UserRole.ANALYST, UserRole.COORDINATOR, UserRole.PANEL_MEMBER},
    "flag_children": {UserRole.ANALYST, UserRole.COORDINATOR},
}


def coordinator_of(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


def shared_with_everybody(staff: Staff) -> UUID:
    case = staff.subject("P1")
    staff.client(staff.victim(case), case)
    for service, basis in (
        ("children", Basis.CHILD_SERVICES), ("change", Basis.REFERRAL), ("children", Basis.AGENDA),
    ):  # fmt: skip
        staff.share(case, service, basis)
    return case


def desk_of(staff: Staff, role: UserRole) -> Desk:
    return staff.desk(role, service="children" if role is UserRole.PANEL_MEMBER else None)


def test_each_kind_of_writing_is_for_whom_the_policy_names_and_for_nobody_else(staff: Staff) -> None:
    case = shared_with_everybody(staff)
    wrote: dict[str, set[UserRole]] = {command: set() for command in WRITES}

    for role in set(UserRole) - {UserRole.ADMINISTRATOR}:
        desk = desk_of(staff, role)
        for command, write in WRITES.items():
            try:
                write(desk, case)
            except AccessRefused:
                continue
            wrote[command].add(role)

    assert wrote == WRITERS
    assert "canary" not in log_of(staff)
    assert {event["event"] for name in _PAST for event in events_of(staff, name)} == set(_PAST)


_PAST = (
    "statement_made", "profile_written", "risk_summary_agreed", "service_need_added", "children_noted",
    "children_flagged",
)  # fmt: skip


def test_facts_intelligence_and_opinion_are_kept_with_their_source(staff: Staff) -> None:
    case, desk = staff.subject("P1"), coordinator_of(staff)

    for kind in StatementType:
        statements.say(desk, NewStatement(case=case, statement_type=kind, content=f"a {kind}", source="the beat team"))
    found = statements.writings_of(desk, case).statements or ()

    assert [(each.statement_type, each.content, each.source) for each in found] == [
        (kind, f"a {kind}", "the beat team") for kind in StatementType
    ]


def test_everybody_reads_what_is_theirs_and_is_told_what_is_not(staff: Staff) -> None:
    case, desk = shared_with_everybody(staff), coordinator_of(staff)
    for write in WRITES.values():
        write(desk, case)

    found = {
        role: statements.writings_of(desk_of(staff, role), case)
        for role in (UserRole.COORDINATOR, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.PROVIDER)
    }

    assert found[UserRole.COORDINATOR].not_open == []
    assert found[UserRole.PANEL_MEMBER].not_open == ["narrative", "service_needs"]
    assert found[UserRole.VICTIM_SERVICE].not_open == ["narrative", "service_needs"]
    provider = found[UserRole.PROVIDER]
    assert provider.not_open == ["narrative", "narrative_summary", "children"]
    assert (provider.statements, provider.profile, provider.children) == (None, None, None)
    assert provider.risk is not None
    assert (provider.risk.content, provider.children_affected) == ("canary risk", True)
    assert [(each.kind, each.content) for each in provider.needs or ()] == [(NeedKind.LANGUAGE, "canary Polish")]


def test_a_summary_is_replaced_by_who_read_the_one_before(staff: Staff) -> None:
    case, desk = staff.subject("P1"), coordinator_of(staff)

    statements.agree_risk(desk, case, "First.")
    statements.agree_risk(desk, case, "Second.", version=1)
    with pytest.raises(StaleRow):
        statements.agree_risk(desk, case, "Third.", version=1)
    statements.flag_children(desk, case, affected=True)
    statements.flag_children(desk, case, affected=False)

    found = statements.writings_of(desk, case)
    assert found.risk is not None
    assert (found.risk.content, found.risk.version, found.profile) == ("Second.", 2, None)
    assert found.children_affected is False


def test_of_two_first_summaries_written_at_once_none_is_lost_in_silence(staff: Staff) -> None:
    case = staff.subject("P1")
    desks = [coordinator_of(staff), staff.desk(UserRole.CHAIR, panel="A")]

    outcomes = at_once(*(lambda desk=desk: statements.agree_risk(desk, case, "Mine.") for desk in desks))

    refused = sum(isinstance(each, MatError) for each in outcomes)
    (row,) = staff.all_of(cases.risk_summary)
    assert row["version"] == 2 - refused
    assert len(events_of(staff, "risk_summary_agreed")) == 2 - refused


def test_nothing_is_written_of_a_case_that_is_not_ones_own_or_without_words(staff: Staff) -> None:
    case, elsewhere = staff.subject("P1"), staff.desk(UserRole.COORDINATOR, panel="B")

    for write in WRITES.values():
        with pytest.raises(AccessRefused, match="No case under that id"):
            write(elsewhere, case)
    with pytest.raises(AccessRefused, match="No case under that id"):
        statements.writings_of(elsewhere, case)
    with pytest.raises(BadInput, match="source is empty"):
        statements.say(
            coordinator_of(staff),
            NewStatement(case=case, statement_type=StatementType.FACT, content="He moved.", source=""),
        )

    assert staff.count(cases.narrative) == 0
