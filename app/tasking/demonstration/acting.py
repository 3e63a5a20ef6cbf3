"""Scenes of actions: agreed, kept at the safety gate and let through it, and brought to every state there is."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from app.tasking.acting_on.action_lists import Wanted, action_totals, list_actions
from app.tasking.acting_on.actions import (
    NewAction,
    accept_action,
    add_action,
    block_action,
    carry_over_action,
    confirm_action,
    finish_action,
    give_up_action,
    send_back_action,
    start_action,
    unblock_action,
)
from app.tasking.acting_on.safety import NewCheck, override_wishes, read_gate, record_check, state_nobody_known
from app.tasking.demonstration.cast import CHILDREN, HAVEN, HOUSING
from app.tasking.demonstration.meeting import SECOND
from app.tasking.demonstration.people import EARLIER, EVERYBODY, NEW
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from app.tasking.demonstration.month import Month
    from app.tasking.desk import Desk

_SAID = {
    Wishes.AGREES: "Somebody should speak to them, as long as it does not look like her idea.",
    Wishes.NO_VIEW: "She leaves it to the panel and wants to be told the day before.",
    Wishes.AGAINST: "She asks that nobody calls on them: it would be laid at her door.",
}
_TIMES = ("Weekday mornings, when the suspect is at work.", "Any day but a Friday.", "After the school run.")


def first_actions(month: Month) -> None:
    """What the first meeting agreed: one done and confirmed, one not done by its agency, one carried over."""
    kim, chris = month.cast.coordinator, month.cast.chair
    for key in EARLIER:
        _add(month, key, key)
    flag = month.actions["calmer", "address_flag"]
    _work(kim, flag)
    finish_action(kim, flag, "Both flags are on; checked by a second person.")
    confirm_action(chris, flag)
    letter = month.actions["ordered", "gp_liaison"]
    accept_action(month.cast.probation, letter)
    give_up_action(kim, letter, ActionOutcome.NOT_DONE_BY_AGENCY, "No call was made in time; probation says so itself.")
    marker = month.actions["ordered", "systems_flag"]
    _work(kim, marker)
    carry_over_action(kim, marker, month.day(16), "The court's copy of the order has not come.")
    ask(month, "programme", "behaviour_change")
    _work(month.cast.probation, month.actions["programme", "behaviour_change"])
    month.tell(
        "Of the first meeting's actions one is done and confirmed by the chair, one was not done by its agency, one is "
        "carried over, and a referral is under way."
    )


def agree_actions(month: Month) -> None:
    """What the second meeting agreed, with an owner, a day and how one will know; who may own none is told so."""
    for key in NEW:
        _add(month, key, f"{SECOND} {key}")
    new = NewAction(
        subject_id=month.cases["tenant"],
        code="tenancy_visit",
        what="Visit with her worker.",
        success_test="The visit took place.",
        service_id=month.cast.services[HAVEN],
        due_on=month.day(5),
        was_volunteered=True,
    )
    month.refused(f"Kim gives an action to {HAVEN}", lambda: add_action(month.cast.coordinator, new))
    month.tell(f"{len(month.actions)} actions so far, each with an agency, a day and a test of success.")


def pass_the_gate(month: Month) -> None:
    """What the suspect would notice waits until it is known, for every current victim, that it is safe."""
    hanna, ivy, chris = month.cast.housing, month.cast.support, month.cast.chair
    visit = month.actions["tenant", "tenancy_visit"]
    month.refused(f"{HOUSING} accepts the visit", lambda: accept_action(hanna, visit))
    gate = read_gate(month.cast.coordinator, visit)
    other = next((each.token for each in gate.seen if each.token != month.clients["tenant"]), None)
    if other is not None:
        month.refused(
            f"Ivy records what is safe for {other}, whom {HAVEN} does not support",
            lambda: record_check(ivy, _check(month, "tenant", other, Wishes.NO_VIEW, 0)),
        )
    asked = ask(month, "tenant", "tenancy_visit")
    _work(hanna, visit)
    month.tell(f"Ivy asks the one {HAVEN} supports, Kim the others: {asked} checks, and the visit may begin.")
    warn = month.actions["against", "notification_visit"]
    ask(month, "against", "notification_visit", {month.clients["against"]: Wishes.AGAINST})
    month.refused("Kim accepts the warning for the police", lambda: accept_action(month.cast.coordinator, warn))
    override_wishes(
        chris, warn, month.clients["against"],
        "The threats name a day; two officers go, Haven is with her that evening, and her name is not said.",
    )  # fmt: skip
    _work(month.cast.coordinator, warn)
    finish_action(month.cast.coordinator, warn, "Told by two officers at ten in the morning; the words are kept.")
    confirm_action(chris, warn)
    month.tell("The chair gives the reason for going against her wishes; the warning is given, and confirmed.")
    call = month.actions["unrecorded", "neighbourhood_contact"]
    month.refused("Kim accepts the call at the block", lambda: accept_action(month.cast.coordinator, call))
    state_nobody_known(
        month.cast.coordinator, month.cases["unrecorded"],
        "Looked in the police records, housing's and Haven's under the name and the address: nobody is known.",
    )  # fmt: skip
    accept_action(month.cast.coordinator, call)


def bring_on(month: Month) -> None:
    """Every other state: accepted, done, sent back, confirmed; and what stands in the way, or will not be done."""
    cast, kim = month.cast, month.cast.coordinator
    locks = month.actions["tenant", "target_hardening"]
    _work(cast.housing, locks)
    finish_action(cast.housing, locks, month.said("tenant", "Changed on Tuesday; V1 has both keys."))
    confirm_action(kim, locks)
    ask(month, "released", "recall")
    accept_action(cast.probation, month.actions["released", "recall"])
    driving = month.actions["released", "driving_check"]
    _work(kim, driving)
    finish_action(kim, driving, "No insurance since June; sent to probation.")
    ask(month, "father", "safeguarding_referral")
    children = month.actions["father", "safeguarding_referral"]
    _work(cast.children, children)
    finish_action(cast.children, children, "The assessment is begun.")
    send_back_action(kim, children, month.said("father", "V1 has not read it yet, which is the test."))
    ask(month, "new_partner", "right_to_know")
    accept_action(kim, month.actions["new_partner", "right_to_know"])
    _work(kim, month.actions["new_partner", "marac_link"])
    ask(month, "willing", "behaviour_change")
    _work(cast.probation, month.actions["willing", "behaviour_change"])
    _hold_up(month)
    month.refused(
        f"{HOUSING} confirms its own work",
        lambda: confirm_action(cast.housing, month.actions["tenant", "tenancy_visit"]),
    )
    _tell_totals(month)


def _hold_up(month: Month) -> None:
    """Blocked, blocked and done all the same, no longer needed, and not possible."""
    cast, kim = month.cast, month.cast.coordinator
    give_up_action(
        kim, month.actions["father", "parenting"], ActionOutcome.NO_LONGER_NEEDED, "The suspect goes to one already."
    )
    block_action(cast.probation, month.actions["drinker", "substance_use"], "The service takes nobody on this month.")
    give_up_action(
        kim, month.actions["drinker", "debt_and_benefits"], ActionOutcome.NOT_POSSIBLE, "Moved away last week."
    )
    chain = month.actions["both_ways", "target_hardening"]
    accept_action(cast.housing, chain)
    block_action(cast.housing, chain, "No fitter before the weekend.")
    unblock_action(cast.housing, chain)
    _work(cast.housing, chain)
    finish_action(cast.housing, chain, "Chain and camera are fitted; the works order is closed.")


def _tell_totals(month: Month) -> None:
    totals = action_totals(month.cast.coordinator)
    states = {
        state: sum(1 for _ in list_actions(month.cast.coordinator, Wanted(states=[state]), size=200).actions)
        for state in ActionState
    }
    counted = ", ".join(f"{number} {state.value}" for state, number in states.items())
    month.tell(
        f"{sum(each.all for each in totals)} actions of {len(totals)} services: {counted}. One waits at its gate, one "
        f"of {CHILDREN} was sent back; what an agency did not do is told apart from what was not possible."
    )


def ask(month: Month, key: str, code: str, wishes: Mapping[str, Wishes] | None = None) -> int:
    """Record what is safe for every current victim who was not asked: her own service does, else the coordinator."""
    action_id = month.actions[key, code]
    waiting = [each.token for each in read_gate(month.cast.coordinator, action_id).seen if each.wishes is None]
    usual = cycle([Wishes.AGREES, Wishes.NO_VIEW])
    for number, token in enumerate(waiting):
        desk = month.cast.support if month.clients.get(key) == token else month.cast.coordinator
        record_check(desk, _check(month, key, token, (wishes or {}).get(token, next(usual)), number))
    return len(waiting)


def _check(month: Month, key: str, token: str, wishes: Wishes, number: int) -> NewCheck:
    return NewCheck(
        subject_id=month.cases[key],
        token=token,
        wishes=wishes,
        wishes_said=_SAID[wishes],
        safe_timing=_TIMES[number % len(_TIMES)],
        child_contact="None known." if number else "Saturdays, at a grandparent's.",
        who_tells_her="Ivy of Haven, by telephone on her work number." if number == 0 else "The officer in the case.",
        capacity_or_interpreter="No help needed.",
        asked_on=month.day(-2 * number - 1) if number < 2 else month.day(-24),
    )


def _add(month: Month, key: str, item: str) -> None:
    for task in EVERYBODY[key].tasks:
        new = NewAction(
            subject_id=month.cases[key],
            code=task.code,
            what=month.said(key, task.what),
            success_test=month.said(key, task.test),
            service_id=month.cast.services[task.service],
            due_on=month.day(task.days),
            was_volunteered=task.was_volunteered,
            item_id=month.items[item],
        )
        month.actions[key, task.code] = add_action(month.cast.coordinator, new)


def _work(desk: Desk, action_id: UUID) -> None:
    accept_action(desk, action_id)
    start_action(desk, action_id)
