"""Whoever types SQL in a session of their own moves the panel's work as commands do, and opens no gate by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import moves
from app.tasking.acting_on.actions import give_up_action
from app.tasking.catalogue import load_catalogue
from app.tasking.desk import Desk
from app.tasking.meetings.holding import close_meeting, decide, discuss, lock
from app.tasking.moves import Machine
from mat.store.panel_vocabulary import ActionOutcome, Decided, Reaches
from mat.store.tables import panel_actions, panel_meetings, panel_nominating, panel_referrals, people
from mat.store.vocabulary import Basis, UserRole
from tests.at_the_gate import PARTS, VISIT, AtTheGate, today
from tests.panel_work import PanelWork
from tests.referred import Referred
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

MACHINES: Mapping[str, Machine[Any]] = {
    "action": moves.ACTION, "agenda_item": moves.ITEM, "disclosure": moves.DISCLOSURE, "kept_order": moves.ORDER,
    "meeting": moves.MEETING, "nomination": moves.NOMINATION, "panel_case": moves.PANEL_CASE,
    "research_request": moves.RESEARCH,
}  # fmt: skip


def refused(desk: Desk, statement: Any, match: str, **values: Any) -> None:
    asked = text(statement) if isinstance(statement, str) else statement
    with pytest.raises(DBAPIError, match=match), desk.store.transaction(desk.scope) as connection:
        connection.execute(asked, values)


def reaches_nothing(desk: Desk, statement: str, **values: Any) -> None:
    with desk.store.transaction(desk.scope) as connection:
        assert connection.execute(text(statement), values).rowcount == 0


def typed(desk: Desk, statement: Any, **values: Any) -> None:
    with desk.store.transaction(desk.scope) as connection:
        connection.execute(text(statement) if isinstance(statement, str) else statement, values)


def test_the_database_knows_the_moves_of_every_machine(staff: Staff) -> None:
    written = text(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgname = 'walks_its_moves' AND tgrelid = to_regclass(:name)"
    )
    with staff.superuser.begin() as connection:
        for name, machine in MACHINES.items():
            begins, kept = re.findall(r"'([^']*)'", str(connection.scalar(written, {"name": name})))
            legal = {f"{state.value}>{after.value}" for state, _, after in machine.table() if after is not None}
            assert set(kept.split()) == legal, name
            assert machine.start.value in begins.split(), name


def new_action(at: AtTheGate, desk: Desk, **changed: Any) -> dict[str, Any]:
    row = {
        "action_id": uuid7(), "subject_id": at.subject, "panel_id": at.staff.panels["A"], "code": "systems_flag",
        "heading": "disruption", "what": "x", "success_test": "x", "service_id": at.staff.services["housing"],
        "was_volunteered": True, "reaches": "nothing", "needs_address": False, "due_on": today(), "state": "open",
        "made_by": desk.scope.user_id, "made_at": datetime.now(UTC),
    }  # fmt: skip
    return {**row, **changed}


def test_what_the_catalogue_knows_to_be_noticed_passes_no_gate_as_if_it_were_not(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    kinds = load_catalogue().kinds.values()

    for kind in kinds:
        row = new_action(at, at.coordinator, code=kind.code)
        if kind.reaches is Reaches.NOTHING:
            typed(at.coordinator, insert(panel_actions.action).values(row))
        else:
            refused(at.coordinator, insert(panel_actions.action).values(row), "would notice that")

    assert len(kinds) > staff.count(panel_actions.action) > 3


def test_an_action_is_made_by_the_panel_and_moved_by_whoever_owns_it(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    action = at.add()
    others = staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children")
    staff.share(at.subject, "children", Basis.ACTION)
    moved = "UPDATE action SET state = '{}' WHERE action_id = :action"

    refused(at.owner, insert(panel_actions.action).values(new_action(at, at.owner)), "made by the panel")
    refused(at.coordinator, moved.format("accepted"), "moved by whoever owns it", action=action)
    reaches_nothing(others, moved.format("accepted"), action=action)
    refused(at.owner, moved.format("closed"), "ended by the panel", action=action)
    refused(at.owner, moved.format("done"), "started is done|moves so", action=action)
    refused(at.owner, "UPDATE action SET due_on = due_on + 300", "by when")
    refused(at.owner, "UPDATE action SET reaches = 'nothing'", "denied")
    refused(at.owner, moved.format("accepted"), "in its steps", action=action)

    assert at.state(action) == "open"


def test_a_step_says_nothing_that_is_not_so(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    action = at.add()
    step = {
        "action_id": action, "subject_id": at.subject, "panel_id": staff.panels["A"], "move": "confirm",
        "service_id": staff.services["housing"], "from_state": "done", "to_state": "closed", "outcome": "done",
        "moved_by": at.coordinator.scope.user_id, "moved_at": text("now()"),
    }  # fmt: skip

    refused(at.coordinator, insert(panel_actions.action_step).values(step), "how the action stands")


def test_nobody_speaks_for_a_victim_but_whoever_may(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    hers, stranger = staff.victim(at.subject), staff.victim(at.subject, "V-2", "V2")
    staff.client(hers, at.subject)

    def check(desk: Desk, victim: UUID, **changed: Any) -> Any:
        row = {
            "check_id": uuid7(), "subject_id": at.subject, "panel_id": staff.panels["A"], "victim_id": victim,
            "service_id": desk.scope.service_id, "recorded_by": desk.scope.user_id, "recorded_at": text("now()"),
            "by_idva": False, "wishes": "agrees", "valid_until": today(), **PARTS,
        }  # fmt: skip
        return insert(panel_actions.safety_check).values({**row, **changed})

    refused(at.coordinator, check(at.coordinator, hers), "row-level security")
    refused(at.coordinator, check(at.coordinator, hers, by_idva=True), "row-level security")
    refused(at.coordinator, check(at.coordinator, stranger, recorded_by=at.idva.scope.user_id), "row-level security")
    refused(at.coordinator, check(at.coordinator, stranger, service_id=at.idva.scope.service_id), "row-level security")
    refused(at.coordinator, check(at.coordinator, stranger, recorded_at=datetime(2030, 1, 1)), "row-level security")
    refused(at.idva, check(at.idva, stranger), "row-level security")
    refused(at.owner, check(at.owner, stranger), "row-level security")
    refused(at.idva, "UPDATE safety_check SET wishes = 'agrees'", "denied")
    typed(at.idva, check(at.idva, hers, by_idva=True))
    typed(at.coordinator, check(at.coordinator, stranger))

    assert staff.count(panel_actions.safety_check) == 2


def test_a_meeting_closes_with_nothing_open_and_what_is_locked_stays(panel_work: PanelWork) -> None:
    case = panel_work.proposed("P1")
    meeting = panel_work.opened(case)
    [item] = [row["item_id"] for row in panel_work.staff.all_of(panel_meetings.agenda_item)]
    new = {
        "decision_id": uuid7(), "item_id": item, "subject_id": case, "panel_id": panel_work.staff.panels["A"],
        "heading": "support", "content": "x", "decided_at": text("now()"),
    }  # fmt: skip

    def decided_by(desk: Desk) -> Any:
        return insert(panel_meetings.decision).values({**new, "decided_by": desk.scope.user_id})

    closing = "UPDATE meeting SET state = 'closed', closed_at = now()"
    refused(panel_work.coordinator, closing, "undecided or judgements open")
    refused(panel_work.chair, decided_by(panel_work.chair), "row-level security")
    discuss(panel_work.coordinator, item)
    refused(panel_work.coordinator, decided_by(panel_work.coordinator), "row-level security")
    locking = "UPDATE agenda_item SET state = 'decided', locked_by = acting.user_id(), locked_at = now()"
    refused(panel_work.chair, locking, "nothing was decided")
    decide(panel_work.chair, item, Decided.NO_ACTION, "Nothing new.")
    refused(panel_work.coordinator, locking, "chair locks")
    lock(panel_work.chair, item)
    refused(panel_work.chair, "UPDATE agenda_item SET state = 'discussed'", "moves so")
    refused(panel_work.chair, "UPDATE agenda_item SET locked_by = acting.user_id(), locked_at = now()", "said stays")
    refused(panel_work.chair, "UPDATE agenda_item SET minutes = 99", "is locked stays")
    refused(panel_work.chair, decided_by(panel_work.chair), "row-level security")
    refused(panel_work.coordinator, closing, "undecided or judgements open")
    panel_work.judged_again(meeting)
    typed(panel_work.coordinator, closing)
    refused(panel_work.coordinator, "UPDATE meeting SET state = 'open'", "stays as it was|moves so")
    refused(panel_work.coordinator, "UPDATE meeting SET closed_at = now()", "stays as it was")


def test_nobody_signs_judges_or_answers_for_another_service(panel_work: PanelWork) -> None:
    staff, case = panel_work.staff, panel_work.proposed("P1")
    panel_work.opened(case)
    staff.row(
        panel_meetings.research_request, case, service_id=staff.services["housing"], question="x", state="asked",
        asked_by=staff.founder_id, asked_at=datetime.now(UTC), due_on=today(),
    )  # fmt: skip
    judgement = {
        "judgement_id": uuid7(), "subject_id": case, "panel_id": staff.panels["A"], "cycle": today(), "concern": "high",
        "service_id": staff.services["children"], "reason": "x", "judged_by": panel_work.coordinator.scope.user_id,
        "judged_at": text("now()"), "rank_was_known": False,
    }  # fmt: skip
    answering = (
        "UPDATE research_request SET state = 'nothing_held', answered_by = acting.user_id(), answered_at = now()"
    )

    refused(panel_work.coordinator, "UPDATE seat SET signed_at = now(), user_id = acting.user_id()", "signs for")
    refused(panel_work.housing, "UPDATE seat SET attendance = 'absent'", "signs for")
    refused(panel_work.coordinator, answering, "answers for itself")
    refused(panel_work.coordinator, "UPDATE research_request SET withheld_why = 'x'", "under the name")
    refused(panel_work.coordinator, insert(panel_nominating.blind_judgement).values(judgement), "row-level security")
    refused(panel_work.coordinator, "UPDATE nomination SET decided_reason = 'x'", "under the name")
    typed(panel_work.housing, answering)


def test_a_provider_moves_its_own_referrals_as_its_machine_says_and_sees_no_others(staff: Staff) -> None:
    at = Referred(staff=staff)
    mine, agency = at.received(), staff.row(people.agency, name="Other", kind="voluntary")
    staff.services["other"] = staff.row(people.service, agency_id=agency, name="other", kind="behaviour_change")
    theirs = at.received(service_id=staff.services["other"])
    victim = staff.victim(at.row(panel_referrals.referral, referral_id=mine)["subject_id"])
    alert = {
        "alert_id": uuid7(), "subject_id": at.row(panel_referrals.referral, referral_id=mine)["subject_id"],
        "panel_id": staff.panels["A"], "service_id": at.service, "referral_id": mine, "kind": "new_incident",
        "happened_on": today(), "raised_at": text("now()"), "raised_by": at.provider.scope.user_id,
    }  # fmt: skip
    moved = "UPDATE referral SET state = '{}', tier = 'tier_3' WHERE referral_id = :referral"

    refused(at.provider, moved.format("accepted"), "does not move so", referral=mine)
    typed(at.provider, moved.format("triage"), referral=mine)
    refused(at.provider, moved.format("accepted"), "stands in the way", referral=mine)
    refused(at.provider, "UPDATE referral SET partner_contact = 'taken_up'", "the panel says")
    refused(at.provider, "UPDATE referral SET share_review_on = share_review_on + 300", "the panel says")
    refused(at.provider, "UPDATE referral SET service_id = acting.service_id()", "denied")
    refused(at.provider, insert(panel_referrals.risk_alert).values(alert), "row-level security")
    reaches_nothing(at.provider, moved.format("triage"), referral=theirs)
    with at.provider.store.transaction(at.provider.scope) as connection:
        assert connection.scalars(text("SELECT referral_id FROM referral")).all() == [mine]
        for table in ("victim", "victim_identity", "client", "dyad", "safety_check", "narrative", "list_score"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        asked = {"service": staff.services["other"]}
        totals = "SELECT count(*) FROM acting.referral_totals(:service, NULL, NULL)"
        assert connection.scalar(text(totals), asked) == 0
        assert str(victim) not in str(connection.execute(text("SELECT * FROM share")).all())


def test_a_disclosure_to_a_person_has_an_action_behind_it(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    telling = (
        "INSERT INTO disclosure (disclosure_id, subject_id, panel_id, gateway, necessity, recipients, field_groups,"
        " what, made_by, made_at, expires_on)"
        " VALUES (gen_random_uuid(), :subject, :panel, :gateway, 'x', '{}', '{}', 'x',"
        " acting.user_id(), now(), acting.today())"
    )
    given = {"subject": at.subject, "panel": staff.panels["A"]}

    refused(at.coordinator, telling, "told by an action", gateway="right_to_ask", **given)
    typed(at.coordinator, telling, gateway="policing_purpose", **given)
    refused(at.coordinator, "UPDATE disclosure SET recall_reason = 'x'", "said stays")


def test_what_an_agency_wrote_of_somebody_is_answered_and_not_rewritten(staff: Staff) -> None:
    staff.row(
        panel_nominating.nomination_form, panel_id=staff.panels["A"], service_id=staff.services["housing"],
        surname="Hill", reason="true", written_by=staff.founder_id, written_at=datetime.now(UTC),
    )  # fmt: skip
    desk = staff.desk(UserRole.COORDINATOR, panel="A")

    refused(desk, "UPDATE nomination_form SET reason = 'false', answered_by = acting.user_id()", "row-level security")


def test_a_notice_of_a_referral_reaches_the_panel_area_of_its_case_and_the_service_it_is_for(staff: Staff) -> None:
    at = Referred(staff=staff)
    subject = at.person()
    staff.client(staff.victim(subject), subject)
    staff.services["refuge"] = staff.row(
        people.service, name="refuge", kind="victim_service",
        agency_id=staff.row(people.agency, name="Refuge", kind="voluntary"),
    )  # fmt: skip
    referral = at.in_triage(subject)
    declining = "UPDATE referral SET state = 'declined' WHERE referral_id = :referral"

    typed(at.provider, declining, referral=referral)

    def told(*roles: UserRole, **where: str) -> int:
        with staff.store.transaction(staff.scope(*roles, **where)) as connection:
            return connection.scalar(text("SELECT count(*) FROM notice")) or 0

    assert {row["panel_id"] for row in staff.all_of(people.notice)} == {staff.panels["A"]}
    assert told(UserRole.COORDINATOR, panel="A") == told(UserRole.VICTIM_SERVICE, panel="A") == 1
    assert told(UserRole.COORDINATOR, panel="B") == told(UserRole.VICTIM_SERVICE, panel="A", service="refuge") == 0
    assert told(UserRole.PROVIDER, panel="A") == told(UserRole.CHAIR, panel="A") == 0


def test_a_person_is_told_by_no_other_action_than_one_that_tells_and_was_not_given_up(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    staff.victim(at.subject)
    at.check()
    telling = (
        "INSERT INTO disclosure (disclosure_id, subject_id, panel_id, gateway, necessity, recipients, field_groups,"
        " what, made_by, made_at, expires_on, action_id)"
        " VALUES (gen_random_uuid(), :subject, :panel, 'right_to_ask', 'x', '{}', '{}', 'x',"
        " acting.user_id(), now(), acting.today(), :action)"
    )
    given = {"subject": at.subject, "panel": staff.panels["A"]}
    given_up, right = at.add("right_to_know"), at.add("right_to_know")
    give_up_action(at.coordinator, given_up, ActionOutcome.NOT_POSSIBLE, "She moved away.")

    refused(at.coordinator, telling, "tells nobody", action=at.add(), **given)
    refused(at.coordinator, telling, "tells nobody", action=at.add(VISIT), **given)
    refused(at.coordinator, telling, "was given up", action=given_up, **given)
    typed(at.coordinator, telling, action=right, **given)


def test_a_provider_says_nothing_for_the_panel_and_the_panel_moves_nothing_for_the_provider(staff: Staff) -> None:
    at = Referred(staff=staff)
    referral = at.received(is_partner_offered=False)
    moving = "UPDATE referral SET state = 'triage', {} WHERE referral_id = :referral"

    refused(at.provider, moving.format("partner_contact = 'offered'"), "the panel says", referral=referral)
    refused(at.provider, moving.format("share_review_on = '2099-01-01'"), "the panel says", referral=referral)
    refused(at.coordinator, moving.format("tier = 'tier_3'"), "moved by the service", referral=referral)
    typed(at.provider, moving.format("tier = 'tier_3'"), referral=referral)


def test_a_meeting_takes_nothing_once_it_has_ended_and_nothing_of_another_panel_area(panel_work: PanelWork) -> None:
    staff, case, late = panel_work.staff, panel_work.proposed("P1"), panel_work.proposed("P2")
    foreign = staff.row(
        panel_meetings.meeting, panel_id=staff.panels["B"], starts_at=datetime.now(UTC), minutes=240, state="planned",
        called_by=staff.founder_id, confidentiality="x",
    )  # fmt: skip
    meeting = panel_work.opened(case)
    [item] = [row["item_id"] for row in staff.all_of(panel_meetings.agenda_item)]
    planned = panel_work.meeting(late)
    adding = (
        "INSERT INTO agenda_item (item_id, meeting_id, subject_id, panel_id, kind, place, minutes, state)"
        " VALUES (gen_random_uuid(), :meeting, :case, :panel, 'new', 9, 15, 'waiting')"
    )
    given = {"case": late, "panel": staff.panels["A"]}
    discuss(panel_work.coordinator, item)
    decide(panel_work.chair, item, Decided.NO_ACTION, "Nothing new.")
    lock(panel_work.chair, item)
    panel_work.judged_again(meeting)

    refused(panel_work.coordinator, adding, "no time for it", meeting=meeting, **given)
    close_meeting(panel_work.coordinator, meeting)
    refused(panel_work.coordinator, adding, "no time for it", meeting=meeting, **given)
    refused(panel_work.coordinator, adding, "no time for it", meeting=foreign, **given)
    discussing = "UPDATE agenda_item SET state = 'discussed' WHERE meeting_id = :meeting"
    refused(panel_work.coordinator, discussing, "no time for it", meeting=planned)
    signing = "UPDATE seat SET user_id = acting.user_id(), signed_at = now() WHERE meeting_id = :meeting"
    refused(panel_work.housing, signing, "no time for it|signs for", meeting=planned)
    coming = "UPDATE seat SET attendance = 'absent' WHERE meeting_id = :meeting"
    refused(panel_work.coordinator, coming, "no time for it|signs for", meeting=meeting)
