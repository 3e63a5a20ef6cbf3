"""Every move from every state, as the machine says; attendance, ends, and words that stay out of the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.tasking.changing import caseload, course, referrals, triage
from app.tasking.changing.triage import Declined
from app.tasking.moves import REFERRAL
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import Closure, Pathway, ReferralState, RuleAnswer
from mat.store.tables import panel_actions, panel_referrals
from tests.referred import RULES, TIER, Referred, today

#: Each has a store of its own.
pytestmark = pytest.mark.slow

SENTENCE = "a canary in plain words"


def state_of(at: Referred, referral: UUID) -> str:
    return str(at.row(panel_referrals.referral, referral_id=referral)["state"])


def test_nobody_starts_before_support_was_offered_whatever_the_order(at: Referred) -> None:
    """Children's rules ask for no partner support, so that they can be accepted, and wait."""
    referral = at.accepted(at.person(Pathway.CHILD), pathway=Pathway.CHILD, is_partner_offered=False)

    with pytest.raises(StoreError, match="nobody starts before that"):
        course.move_on(at.provider, referral, "start")
    course.move_on(at.provider, referral, "wait")
    with pytest.raises(StoreError, match="nobody starts before that"):
        course.move_on(at.provider, referral, "start")
    starting = text("UPDATE referral SET state = 'started', started_at = now()")
    with pytest.raises(DBAPIError, match="partner_first"), at.staff.store.transaction(at.provider.scope) as connection:
        connection.execute(starting)
    referrals.note_partner_offered(at.coordinator, referral)
    course.move_on(at.provider, referral, "start")

    assert state_of(at, referral) == "started"


MOVES: dict[str, Callable[[Referred, UUID], object]] = {
    "take_up": lambda at, referral: triage.take_up(at.provider, referral),
    "accept": lambda at, referral: triage.accept(at.provider, referral, TIER[Pathway.ADULT]),
    "decline": lambda at, referral: triage.decline(at.provider, referral, Declined(reason="No places.")),
    "wait": lambda at, referral: course.move_on(at.provider, referral, "wait"),
    "start": lambda at, referral: course.move_on(at.provider, referral, "start"),
    "pause": lambda at, referral: course.move_on(at.provider, referral, "pause", note="In hospital."),
    "resume": lambda at, referral: course.move_on(at.provider, referral, "resume"),
    "close": lambda at, referral: course.close(at.provider, referral, Closure.UNPLANNED, "He stopped coming."),
}


@pytest.mark.parametrize("state", list(ReferralState))
def test_every_move_from_every_state_is_made_or_refused_as_the_machine_says(at: Referred, state: ReferralState) -> None:
    legal = {name: to for each, name, to in REFERRAL.table() if each is state}
    found: dict[str, ReferralState | None] = {}

    for name, command in MOVES.items():
        referral = in_state(at, state)
        try:
            command(at, referral)
        except (StoreError, AccessRefused):
            found[name] = None
            assert state_of(at, referral) == state.value
        else:
            found[name] = ReferralState(state_of(at, referral))

    assert found == legal


def in_state(at: Referred, state: ReferralState) -> UUID:
    if state is ReferralState.RECEIVED:
        return at.received()
    if state in {ReferralState.TRIAGE, ReferralState.DECLINED}:
        referral = at.in_triage()
        triage.answer_rules(at.provider, referral, dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET))
        if state is ReferralState.DECLINED:
            MOVES["decline"](at, referral)
        return referral
    referral = at.accepted()
    ways = {"accepted": [], "waiting": ["wait"], "started": ["start"], "paused": ["start", "pause"],
            "closed": ["start", "close"]}  # fmt: skip
    for name in ways[state.value]:
        MOVES[name](at, referral)
    return referral


def test_the_database_refuses_a_move_that_is_none_and_a_change_of_what_was_received(at: Referred) -> None:
    referral = at.received()
    wrong = {
        "UPDATE referral SET state = 'started', started_at = now(), tier = 'tier_3'": "does not move so",
        "UPDATE referral SET consented_on = current_date": "42501",
        "UPDATE referral SET service_id = service_id": "42501",
        "UPDATE referral SET partner_contact = 'not_yet'": "was offered",
        "UPDATE referral_event SET event = 'attended'": "42501",
        "DELETE FROM referral": "42501",
    }

    for statement, name in wrong.items():
        with pytest.raises(DBAPIError, match=name), at.staff.store.transaction(at.provider.scope) as connection:
            connection.execute(text(statement))

    assert state_of(at, referral) == "received"


def test_attendance_is_noted_and_moves_nothing(at: Referred) -> None:
    referral = at.started()

    course.record_attendance(at.provider, referral, today(), came=True)
    course.record_attendance(at.provider, referral, today(), came=False, note="He was ill.")
    with pytest.raises(BadInput, match="still to come"):
        course.record_attendance(at.provider, referral, today() + timedelta(days=1), came=True)
    with pytest.raises(BadInput, match="before that"):
        course.record_attendance(at.provider, referral, today() - timedelta(days=9), came=True)
    history = caseload.read_referral(at.provider, referral).history
    course.move_on(at.provider, referral, "pause", note="In hospital.")
    with pytest.raises(StoreError, match="start or resume"):
        course.record_attendance(at.provider, referral, today(), came=True)

    assert [each.event for each in history[-3:]] == ["start", "attended", "missed"]
    assert history[-1].note == "He was ill."
    assert state_of(at, referral) == "paused"


def test_a_pause_has_a_reason(at: Referred) -> None:
    referral = at.started()

    with pytest.raises(BadInput, match="is empty"):
        course.move_on(at.provider, referral, "pause")


def test_closing_a_referral_closes_no_action(at: Referred) -> None:
    subject = at.person()
    referral = at.started(subject)
    at.staff.row(
        panel_actions.action, subject, code="behaviour_change", heading="diversion", what="x", success_test="x",
        service_id=at.staff.services["housing"], was_volunteered=True, reaches="nothing", needs_address=False,
        due_on=today(), state="open", made_by=at.staff.founder_id, made_at=at.now(),
    )  # fmt: skip

    course.close(at.provider, referral, Closure.PLANNED, "They finished.")

    assert [row["state"] for row in at.staff.all_of(panel_actions.action)] == ["open"]


def test_every_way_to_close_is_kept(at: Referred) -> None:
    for closure in Closure:
        referral = at.accepted()
        course.close(at.provider, referral, closure, "So it ended.")

        assert at.row(panel_referrals.referral_answer, referral_id=referral)["closure"] == closure.value


def test_words_are_kept_and_stay_out_of_the_log(at: Referred) -> None:
    subject = at.person()
    at.staff.client(at.staff.victim(subject), subject)
    referral = at.in_triage(subject, reason=f"reason: {SENTENCE}")
    met = dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET)
    triage.answer_rules(at.provider, referral, {**met, "residence": RuleAnswer.NOT_MET})
    triage.override_rule(at.provider, referral, "residence", f"override: {SENTENCE}")
    triage.accept(at.provider, referral, "tier_3")
    course.move_on(at.provider, referral, "start")
    course.move_on(at.provider, referral, "pause", note=f"pause: {SENTENCE}")
    course.move_on(at.provider, referral, "resume")
    course.record_attendance(at.provider, referral, today(), came=True, note=f"came: {SENTENCE}")
    referrals.review_share(at.coordinator, referral, f"review: {SENTENCE}")

    course.close(at.provider, referral, Closure.UNPLANNED, f"close: {SENTENCE}")
    events = at.events()

    assert SENTENCE not in json.dumps(events)
    named = [each["event"] for each in events]
    assert [name for name in named if name.startswith(("referral", "elig", "share_r", "session_a"))] == [
        "referral_made", "referral_taken_up", "eligibility_answered", "eligibility_overridden", "referral_accepted",
        "referral_started", "referral_paused", "referral_resumed", "session_attended", "share_reviewed",
        "referral_closed",
    ]  # fmt: skip
    assert {each["operation"] for each in events if each["event"] in {"referral_made", "referral_accepted"}} == {
        "disclosure"
    }
