"""The commands of a random month: each with who usually gives it, and about what, mostly something that takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.tasking.acting_on import actions, orders, safety
from app.tasking.acting_on.actions import NewAction
from app.tasking.acting_on.orders import NewOrder
from app.tasking.acting_on.safety import NewCheck
from app.tasking.changing import alerts, course, disclosures, referrals, triage
from app.tasking.changing.disclosures import NewDisclosure
from app.tasking.changing.referrals import NewReferral
from app.tasking.changing.triage import Declined
from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.meetings import agenda, holding, planning, research
from app.tasking.meetings.holding import NewLine
from app.tasking.meetings.planning import NewMeeting
from app.tasking.meetings.research import NewRequest
from app.tasking.nominating import forms, hold_queue, judgements, nominations, standing
from app.tasking.nominating.forms import NewForm
from app.tasking.nominating.nominations import Decision
from mat.store.panel_vocabulary import (
    ActionOutcome,
    AlertKind,
    Attendance,
    Closure,
    Concern,
    Decided,
    NominationSource,
    OrderState,
    Pathway,
    RuleAnswer,
    StatementType,
    Wishes,
)
from mat.store.tables import panel_actions, panel_nominating, panel_referrals
from mat.vocabulary import OrderKind, ResolutionOutcome
from tests.at_the_gate import PARTS, UNNOTICED, VISIT, today
from tests.random_month import Deed, Month, later
from tests.referred import RULES, TIER

#: What a command is given: as it stands, or as chance has it at that moment.
Given = str | date | Declined | Callable[[Month], object]
WHY = "It is so."
TELLING = "right_to_know"
PANEL = ("coordinator", "chair")
OWNERS = ("housing", "coordinator")
FILERS = ("analyst", "coordinator")
SERVICE = ("provider",)


def step(name: str, by: Sequence[str], do: Callable[..., object], of: str, *given: Given) -> Deed:
    """A command about a row. `of`: its kind, and the states in which it mostly is. `given`: what else it is given."""
    kind, *states = of.split()

    def give(month: Month, desk: Desk) -> object:
        return do(desk, month.one(kind, *states), *(each(month) if callable(each) else each for each in given))

    return Deed(name=name, by=by, do=give, kind=kind, states=states)


def nominating(name: str, do: Callable[..., object], *states: str, by: Sequence[str] = PANEL, **given: Any) -> Deed:
    """A command that decides on a nomination."""

    def give(month: Month, desk: Desk) -> object:
        return do(desk, Decision(case=month.case_with("nomination", *states), reason=WHY), **given)

    return Deed(name=name, by=by, do=give, kind="nomination", states=states)


def put_forward(month: Month, desk: Desk) -> None:
    forms.put_forward(desk, NewForm(panel_id=month.staff.panels["A"], surname="Roe", reason=WHY))


def take_form_up(month: Month, desk: Desk) -> None:
    case = month.case() if month.chance.random() < 0.5 else None
    found = forms.take_up(desk, month.any_of(panel_nominating.nomination_form), case=case)
    month.cases.extend({found} - set(month.cases))


def judge(month: Month, desk: Desk) -> None:
    judgements.judge(desk, month.case_with("nomination", "received"), month.word(Concern), WHY)


def decide_a_hold(month: Month, desk: Desk) -> None:
    case, hold, victim = month.chance.choice(month.holds)
    case = case if month.chance.random() < 0.9 else month.case()
    resolution = Resolution(hold=hold, outcome=month.word(ResolutionOutcome), reason=WHY, victim_id=victim)
    resolve_hold(desk, case, resolution)
    month.made["hold_resolution"] += 1


def plan(month: Month, desk: Desk) -> None:
    starts_at = datetime.now(UTC) + timedelta(days=month.chance.choice([-1, 3, 7]))
    planning.plan_meeting(desk, NewMeeting(panel_id=month.staff.panels["A"], starts_at=starts_at, minutes=240))


def invited(month: Month) -> Sequence[UUID]:
    """Mostly both that would come; sometimes one that has no seat."""
    named = ["housing", "police"] if month.chance.random() < 0.7 else [month.chance.choice(["children", "change"])]
    return [month.staff.services[each] for each in named]


def adoptable(month: Month) -> UUID:
    return month.case_with("nomination", "proposed", "adopted")


def ask(month: Month, desk: Desk) -> None:
    case = month.case_with("item", "waiting", "discussed")
    research.ask_research(
        desk, NewRequest(subject_id=case, service_id=month.service("housing", "change"), question=WHY)
    )


def add_action(month: Month, desk: Desk) -> None:
    actions.add_action(
        desk,
        NewAction(
            subject_id=month.case(),
            code=month.chance.choice([UNNOTICED, VISIT, VISIT, TELLING]),
            what=WHY,
            success_test=WHY,
            service_id=month.service("housing", "housing", "police", "change"),
            due_on=later(month.chance.choice([-1, 7, 14])),
            was_volunteered=True,
        ),
    )


def check(month: Month, desk: Desk) -> None:
    case, token = month.chance.choice(month.victims)
    wishes = month.chance.choice([Wishes.AGREES, Wishes.NO_VIEW, *Wishes])
    parts: dict[str, Any] = {**PARTS}
    safety.record_check(desk, NewCheck(subject_id=case, token=token, wishes=wishes, **parts))


def disclose(month: Month, desk: Desk) -> None:
    has_action = month.chance.random() < 0.7
    action = month.one("action", "accepted", "started") if has_action else None
    rows = {row["action_id"]: row for row in month.staff.all_of(panel_actions.action)}
    case = rows[action]["subject_id"] if action in rows else month.case()
    disclosures.disclose(
        desk,
        NewDisclosure(
            subject_id=case,
            gateway=month.chance.choice(["safeguarding_of_children", "right_to_ask"]),
            necessity=WHY,
            recipients=["Somebody"],
            what=WHY,
            field_groups=["narrative_summary"],
            expires_on=later(month.chance.choice([-1, 5, 30])),
            action_id=action,
        ),
    )


def refer(month: Month, desk: Desk) -> None:
    case = month.case()
    is_child = (case == month.cases[6]) == (month.chance.random() < 0.9)
    referrals.refer(
        desk,
        NewReferral(
            subject_id=case,
            service_id=month.service("change", "change", "change", "support"),
            pathway=Pathway.CHILD if is_child else Pathway.ADULT,
            consented_on=later(month.chance.choice([1, *[-1] * 7])),
            reason=WHY,
            is_partner_offered=month.chance.random() < 0.7,
        ),
    )


def pathway_of(month: Month, referral: UUID) -> Pathway:
    rows = {row["referral_id"]: row for row in month.staff.all_of(panel_referrals.referral)}
    return Pathway(rows[referral]["pathway"]) if referral in rows else Pathway.ADULT


def answer(month: Month, desk: Desk) -> None:
    referral = month.one("referral", "triage")
    answers = dict.fromkeys(RULES[pathway_of(month, referral)], RuleAnswer.MET)
    if month.chance.random() < 0.3:
        answers["residence"] = month.chance.choice([RuleAnswer.NOT_MET, *RuleAnswer])
    triage.answer_rules(desk, referral, answers)


def accept(month: Month, desk: Desk) -> None:
    referral = month.one("referral", "triage")
    triage.accept(desk, referral, TIER[pathway_of(month, referral)])


def record_order(month: Month, desk: Desk) -> None:
    now = datetime.now(UTC)
    days = month.chance.choice([-3, 30])
    new = NewOrder(subject_id=month.case(), kind=OrderKind.NON_MOLESTATION, issued_at=now - timedelta(days=2),
                   expires_at=now + timedelta(days=days))  # fmt: skip
    orders.record_order(desk, new)


REFERRALS = [
    Deed(name="refer", by=PANEL, do=refer),
    step("note_partner_offered", PANEL, referrals.note_partner_offered, "referral received triage accepted"),
    step("review_share", PANEL, referrals.review_share, "referral triage started", WHY),
    step("take_up_referral", SERVICE, triage.take_up, "referral received"),
    Deed(name="answer_rules", by=SERVICE, do=answer, kind="referral", states=["triage"]),
    step("override_rule", SERVICE, triage.override_rule, "referral triage", "residence", WHY),
    Deed(name="accept_referral", by=SERVICE, do=accept, kind="referral", states=["triage"]),
    step("decline_referral", SERVICE, triage.decline, "referral declined", Declined(reason=WHY)),
    step("withdraw_consent", (*PANEL, "provider"), triage.withdraw_consent, "referral paused waiting", WHY),
    step("move_referral", SERVICE, course.move_on, "referral accepted waiting", "start"),
    step("move_referral", SERVICE, course.move_on, "referral accepted", "wait"),
    step("move_referral", SERVICE, partial(course.move_on, note=WHY), "referral started", "pause"),
    step("move_referral", SERVICE, course.move_on, "referral paused", "resume"),
    step("record_attendance", SERVICE, partial(course.record_attendance, came=True), "referral started", today()),
    step("close_referral", SERVICE, course.close, "referral started", lambda month: month.word(Closure), WHY),
    step("raise_alert", PANEL, alerts.raise_alert, "referral started", lambda month: month.word(AlertKind), today()),
    Deed(name="see_alert", by=SERVICE, do=lambda m, d: alerts.see_alert(d, m.any_of(panel_referrals.risk_alert))),
]
ACTIONS = [
    Deed(name="add_action", by=PANEL, do=add_action),
    step("accept_action", OWNERS, actions.accept_action, "action open"),
    step("start_action", OWNERS, actions.start_action, "action accepted"),
    step("block_action", OWNERS, actions.block_action, "action accepted", WHY),
    step("unblock_action", OWNERS, actions.unblock_action, "action blocked"),
    step("finish_action", OWNERS, actions.finish_action, "action started", WHY),
    step("confirm_action", PANEL, actions.confirm_action, "action done"),
    step("send_back_action", PANEL, actions.send_back_action, "action done", WHY),
    step("give_up_action", PANEL, actions.give_up_action, "action blocked", lambda m: m.word(ActionOutcome), WHY),
    step("carry_over_action", PANEL, actions.carry_over_action, "action open", lambda m: later(m.day()), WHY),
    Deed(name="record_check", by=("coordinator", "idva"), do=check),
    step("override_wishes", ("chair",), safety.override_wishes, "action open accepted", "V1", WHY),
    Deed(name="state_nobody_known", by=("coordinator",), do=lambda m, d: safety.state_nobody_known(d, m.case(), WHY)),
    Deed(name="record_order", by=FILERS, do=record_order),
    step("serve_order", FILERS, orders.serve_order, "order issued", lambda _: datetime.now(UTC) - timedelta(days=1)),
    step("record_breach", FILERS, orders.record_breach, "order in_force", lambda _: datetime.now(UTC), WHY),
    step("end_order", FILERS, orders.end_order, "order in_force", lambda month: month.word(OrderState)),
    Deed(name="register_disclosure", by=(*PANEL, "dpo"), do=disclose),
    step("recall_disclosure", PANEL, disclosures.recall, "disclosure running", WHY),
    step("confirm_return", PANEL, disclosures.confirm_return, "disclosure recalled", WHY),
]
NOMINATIONS = [
    Deed(name="put_forward", by=("housing", "idva"), do=put_forward),
    Deed(name="take_up_form", by=("coordinator",), do=take_form_up),
    Deed(name="set_form_aside", by=("coordinator",),
         do=lambda m, d: forms.set_aside(d, m.any_of(panel_nominating.nomination_form), WHY)),
    Deed(name="judge_case", by=("coordinator", "housing"), do=judge),
    Deed(name="nominate_case", by=FILERS,
           do=lambda m, d: nominations.nominate(d, m.case(), m.word(NominationSource), WHY)),
    nominating("propose_case", nominations.propose, "received", "not_now"),
    nominating("put_off_case", nominations.put_off, "received", review_on=later(14)),
    nominating("exclude_case", nominations.exclude, "excluded"),
    nominating("withdraw_nomination", nominations.withdraw, "not_now"),
    nominating("adopt_case", nominations.adopt, "proposed"),
    step("discharge_case", PANEL, standing.discharge, "panel_case active", WHY),
    step("readopt_case", PANEL, standing.readopt, "panel_case discharged", WHY),
    Deed(name="resolve_hold", by=FILERS, do=decide_a_hold),
    Deed(name="take_hold", by=FILERS, do=lambda m, d: hold_queue.take_hold(d, *m.chance.choice(m.holds)[:2])),
    Deed(name="give_back_hold", by=FILERS, do=lambda m, d: hold_queue.give_back(d, *m.chance.choice(m.holds)[:2])),
]  # fmt: skip
MEETINGS = [
    Deed(name="plan_meeting", by=PANEL, do=plan),
    step("invite", PANEL, planning.invite, "meeting planned", invited),
    step("add_item", PANEL, agenda.add_item, "meeting planned", adoptable),
    step("release_meeting", PANEL, planning.release_meeting, "meeting planned"),
    step("cancel_meeting", PANEL, planning.cancel_meeting, "meeting cancelled", WHY),
    step("open_meeting", PANEL, holding.open_meeting, "meeting released"),
    step("sign_register", ("housing", "chair"), holding.sign_register, "meeting open"),
    step("mark_attendance", PANEL, holding.mark_attendance, "meeting open", lambda m: m.service("housing", "police"),
         lambda m: m.word(Attendance)),
    step("discuss", PANEL, holding.discuss, "item waiting"),
    step("minute", FILERS, holding.minute, "item discussed", lambda m: NewLine(
        statement_type=m.word(StatementType), content=WHY, source_id=m.service("housing", "police"))),
    step("decide", ("chair",), holding.decide, "item discussed", lambda m: m.word(Decided), WHY),
    step("lock_decisions", ("chair",), holding.lock, "item discussed"),
    step("add_late", ("chair",), holding.add_late, "item decided", Decided.SUPPORT, WHY, WHY),
    step("defer", PANEL, agenda.defer, "item deferred", WHY),
    step("carry_over", PANEL, agenda.carry_over, "meeting closed", lambda m: m.one("meeting", "planned")),
    step("close_meeting", PANEL, holding.close_meeting, "meeting open"),
    Deed(name="ask_research", by=FILERS, do=ask, kind="item", states=["waiting", "discussed"]),
    step("answer_research", ("housing",), research.share_research, "research asked", StatementType.FACT, WHY),
    step("answer_research", ("housing",), research.withhold_research, "research asked", WHY),
    step("answer_research", ("housing",), research.hold_nothing, "research asked"),
    step("withdraw_research", FILERS, research.withdraw_research, "research withdrawn", WHY),
]  # fmt: skip
#: Every command of the month, by the part of the work it belongs to.
DEEDS: Sequence[Sequence[Deed]] = (REFERRALS, ACTIONS, NOMINATIONS, MEETINGS)
