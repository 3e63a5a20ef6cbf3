"""What waits for a person, as the store has it: of each kind one row more than is shown, so that one knows of more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, any_, column, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from mat.store.panel_vocabulary import ActionState, PanelCaseState, ResearchState, Told
from mat.store.tables.cases import client, hold_resolution, victim
from mat.store.tables.lists import list_place, list_run
from mat.store.tables.panel_actions import action, safety_check
from mat.store.tables.panel_meetings import research_request
from mat.store.tables.panel_nominating import hold_owner, panel_case
from mat.store.tables.people import service

if TYPE_CHECKING:
    from app.tasking.desk import Work

#: How many lines each part has at most; the lists of each have the rest.
MOST = 50
_WAITING = (ActionState.OPEN, ActionState.ACCEPTED)


def research(work: Work) -> Sequence[Any]:
    """Questions to the person's service that it has not answered, the one due first in front."""
    columns = research_request.c
    listing = (
        select(columns.request_id, columns.subject_id, columns.question, columns.due_on)
        .where(columns.service_id == work.scope.service_id, columns.state == ResearchState.ASKED.value)
        .order_by(columns.due_on, columns.request_id)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()


def checks(work: Work) -> Sequence[Any]:
    """Clients of the person's service for whom something waits that they may be asked about."""
    checked = exists().where(
        safety_check.c.victim_id == client.c.victim_id, safety_check.c.valid_until >= func.acting.today()
    )
    listing = (
        select(
            client.c.subject_id,
            victim.c.token,
            func.count(action.c.action_id.distinct()).label("actions"),
            func.min(action.c.due_on).label("due_on"),
        )
        .join(victim, victim.c.victim_id == client.c.victim_id)
        .join(action, action.c.subject_id == client.c.subject_id)
        .where(
            client.c.service_id == work.scope.service_id,
            client.c.ended_at.is_(None),
            action.c.needs_gate,
            action.c.state.in_([each.value for each in _WAITING]),
            ~checked,
        )
        .group_by(client.c.subject_id, victim.c.token)
        .order_by(func.min(action.c.due_on), client.c.subject_id, victim.c.token)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()


def gates(work: Work) -> Sequence[Any]:
    """Actions that wait and may not go on, of the person's service or of a panel area they answer for.

    They are put in order before their gates are asked, so that no more gates are asked than lines are shown.
    """
    mine = or_(
        action.c.service_id == work.scope.service_id,
        func.acting.holds_for(action.c.panel_id, "coordinator", "chair"),
    )
    waiting = (
        select(
            action.c.action_id,
            action.c.subject_id,
            action.c.code,
            service.c.name.label("service"),
            action.c.due_on,
        )
        .join(service, service.c.service_id == action.c.service_id)
        .where(action.c.needs_gate, action.c.state.in_([each.value for each in _WAITING]), mine)
        .order_by(action.c.due_on, action.c.action_id)
        .offset(0)
        .subquery("waiting")
    )
    gate = func.acting.gate_of(waiting.c.action_id).table_valued(
        "unchecked", "against", "overridden", "undecided_holds", "is_open"
    )
    shut = gate.lateral("gate")
    listing = (
        select(
            *waiting.c,
            shut.c.unchecked,
            (shut.c.against - shut.c.overridden).label("against"),
            shut.c.undecided_holds,
        )
        .join(shut, ~shut.c.is_open)
        .order_by(waiting.c.due_on, waiting.c.action_id)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()


def holds(work: Work) -> Sequence[Any]:
    """Holds the person took, each with when its clock began, at the first list without a gap that has it."""
    place, run, gap = aliased(list_place), aliased(list_run), aliased(list_run)
    has_it = (
        select(list_place.c.run_id)
        .where(
            list_place.c.run_id == gap.c.run_id,
            list_place.c.subject_id == hold_owner.c.subject_id,
            hold_owner.c.hold == any_(list_place.c.holds),
        )
        .correlate(gap, hold_owner)
        .exists()
    )
    last_without = (
        select(func.max(gap.c.as_of)).where(gap.c.panel_id == hold_owner.c.panel_id, ~has_it).correlate(hold_owner)
    ).scalar_subquery()
    began = (
        select(func.min(run.c.imported_at).label("at"))
        .select_from(place)
        .join(run, run.c.run_id == place.c.run_id)
        .where(
            place.c.subject_id == hold_owner.c.subject_id,
            hold_owner.c.hold == any_(place.c.holds),
            or_(last_without.is_(None), run.c.as_of > last_without),
        )
        .correlate(hold_owner)
        .lateral("began")
    )
    decisions = (
        select(func.count())
        .where(
            hold_resolution.c.subject_id == hold_owner.c.subject_id,
            hold_resolution.c.hold == hold_owner.c.hold,
            hold_resolution.c.resolved_at >= began.c.at,
        )
        .correlate(hold_owner, began)
        .scalar_subquery()
    )
    listing = (
        select(hold_owner.c.subject_id, hold_owner.c.hold, began.c.at, decisions.label("decisions"))
        .join(began, began.c.at.isnot(None))
        .where(hold_owner.c.owner_id == work.scope.user_id)
        .order_by(began.c.at, hold_owner.c.subject_id, hold_owner.c.hold)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()


def telling(work: Work, soon: date) -> Sequence[Any]:
    """Who is not to be told, in a panel area that the person answers for, by the day to look at that again."""
    columns = panel_case.c
    listing = (
        select(columns.subject_id, columns.told_review_on)
        .where(
            columns.state == PanelCaseState.ACTIVE.value,
            columns.told == Told.NOT_TO_BE_TOLD.value,
            columns.told_review_on <= soon,
            func.acting.holds_for(columns.panel_id, "coordinator", "chair"),
        )
        .order_by(columns.told_review_on, columns.subject_id)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()


def unsupported(work: Work) -> Sequence[Any]:
    """Current victims whom no service supports and for whom something waits, for the coordinator of the panel area."""
    supported = exists().where(client.c.victim_id == victim.c.victim_id, client.c.ended_at.is_(None))
    open_actions = (
        select(action.c.action_id, action.c.subject_id, action.c.due_on)
        .where(
            action.c.needs_gate,
            action.c.state.in_([each.value for each in _WAITING]),
            func.acting.holds_for(action.c.panel_id, "coordinator"),
        )
        .offset(0)
        .subquery("open_actions")
    )
    gate = func.acting.gate_of(open_actions.c.action_id).table_valued(column("seen", JSONB)).lateral("gate")
    seen = func.jsonb_array_elements(gate.c.seen).table_valued(column("value", JSONB)).lateral("seen")
    token = seen.c.value["token"].astext
    listing = (
        select(
            open_actions.c.subject_id,
            token.label("token"),
            func.count(open_actions.c.action_id.distinct()).label("actions"),
            func.min(open_actions.c.due_on).label("due_on"),
        )
        .select_from(open_actions)
        .join(gate, true())
        .join(seen, seen.c.value["wishes"].astext.is_(None))
        .join(victim, and_(victim.c.subject_id == open_actions.c.subject_id, victim.c.token == token))
        .where(~supported)
        .group_by(open_actions.c.subject_id, token)
        .order_by(func.min(open_actions.c.due_on), open_actions.c.subject_id, token)
        .limit(MOST + 1)
    )
    return work.connection.execute(listing).all()
