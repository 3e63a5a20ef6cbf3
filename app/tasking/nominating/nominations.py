"""Nominating a case and deciding on it: propose, not now, exclude, withdraw, adopt; each by a person and with a reason.

Nobody is listed by a machine: no command moves more than one case on, and the list itself nominates nobody. To propose
somebody from below its line, or to put off or exclude somebody above it, is in the log as an override. Whom the list
holds is neither proposed nor adopted before the hold is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.given import said
from app.tasking.moves import NOMINATION
from app.tasking.nominating.held_back import refuse_while_held
from app.tasking.nominating.judgements import refuse_unless_judged
from app.tasking.nominating.resolved import resolved_to_list
from app.tasking.nominating.sight import AnyRow, rank_in, refuse_unless_writer, the_list
from app.tasking.nominating.standing import adopt_in, refuse_past_review
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import NominationSource, NominationState
from mat.store.tables.lists import list_place, partner_nomination
from mat.store.tables.panel_nominating import nomination
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

_ROW = nomination.c
_EVENTS = {
    "propose": "case_proposed",
    "put_off": "case_put_off",
    "exclude": "case_excluded",
    "withdraw": "nomination_withdrawn",
    "adopt": "nomination_adopted",
}
_COMMANDS = {"propose": "propose_case", "put_off": "put_off_case", "exclude": "exclude_case"}
_WHERE_FROM = {
    NominationSource.LIST: "It has no rank on the current list: nominate it as of the panel, and say why.",
    NominationSource.HOLD: "It is not held on this list with every hold resolved to list: see `mat cases holds`.",
    NominationSource.PARTNER: (
        "No partner put it forward in the current list's extract: take a form up with `mat cases take-up`."
    ),
}


class Line(Enum):
    """On which side of the capacity line of the current list a case stands."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A move of a nomination. `version`: of the nomination as it was read; None = as it stands now."""

    case: UUID
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Afresh:
    """A decision on a case that nobody has nominated in this round: the nomination and its first move in one.

    `move`: propose, put_off or exclude. `review_on`: of put_off alone.
    """

    case: UUID
    source: NominationSource
    move: str
    reason: str
    review_on: date | None = None


def decide_afresh(desk: Desk, afresh: Afresh) -> None:
    """Nominate a case and decide on it with the same reason, or neither.

    Raises:
        AccessRefused: the person may not do both, the case is not open to them, or their service has not judged it.
        BadInput: no reason was given, the case does not come from there, or the day is not to come.
        StoreError: it is nominated already, held and to be proposed, or the panel has no list.
    """
    words = said(afresh.reason, "The reason of a decision")
    if afresh.move == "put_off":
        if afresh.review_on is None:
            raise BadInput("Say on which day to look again.")
        refuse_past_review(afresh.review_on)
    with desk.working(_COMMANDS[afresh.move]) as work:
        desk.policy.refuse_unless(work.roles, "nominate_case")
        _nominate(desk, work, afresh.case, afresh.source, words)
        _decide(desk, work, afresh.move, Decision(case=afresh.case, reason=words), afresh.review_on)


def nominate(desk: Desk, case: UUID, source: NominationSource, reason: str) -> UUID:
    """Nominate one case, from the list, a resolved hold, a partner's extract or by the panel; the id of the nomination.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: no reason was given, or the case does not come from there.
        StoreError: it is nominated already, or the panel has no list.
    """
    words = said(reason, "The reason of a nomination")
    with desk.working("nominate_case") as work:
        return _nominate(desk, work, case, source, words)


def propose(desk: Desk, decision: Decision) -> None:
    """Propose a nominated case for the panel, in this cycle; the service must have judged it before.

    Raises:
        AccessRefused: the person may not, the case is not open to them, or their service has not judged it.
        BadInput: no reason was given.
        StaleRow: somebody changed the nomination since it was read.
        StoreError: the case is not nominated, a hold of it is open, or the nomination does not take this move.
    """
    with desk.working("propose_case") as work:
        _decide(desk, work, "propose", decision)


def put_off(desk: Desk, decision: Decision, review_on: date) -> None:
    """Leave a nominated case for now, until a day.

    Raises:
        AccessRefused, StaleRow, StoreError: as for `propose`.
        BadInput: no reason was given, or the day is not to come.
    """
    refuse_past_review(review_on)
    with desk.working("put_off_case") as work:
        _decide(desk, work, "put_off", decision, review_on)


def exclude(desk: Desk, decision: Decision) -> None:
    """Exclude a nominated case; who thinks otherwise nominates it anew.

    Raises:
        AccessRefused, BadInput, StaleRow, StoreError: as for `propose`.
    """
    with desk.working("exclude_case") as work:
        _decide(desk, work, "exclude", decision)


def withdraw(desk: Desk, decision: Decision) -> None:
    """Take a nomination back.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput, StaleRow, StoreError: as for `propose`.
    """
    with desk.working("withdraw_nomination") as work:
        row = _nomination(desk, work, decision.case)
        _move(work, row, "withdraw", decision, {"review_on": None})


def adopt(desk: Desk, decision: Decision) -> None:
    """Adopt a proposed case: from now on the panel works on it, and its entry is marked.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput, StaleRow: as for `propose`.
        StoreError: the case is not proposed, a hold of it is open, the panel works on it already, or has no list.
    """
    with desk.working("adopt_case") as work:
        row = _nomination(desk, work, decision.case)
        refuse_while_held(desk, work, decision.case, the_list(work, row.panel_id))
        words = said(decision.reason, "The reason of an adoption")
        _move(work, row, "adopt", decision, {})
        adopt_in(work, decision.case, row.panel_id, words)


def _nominate(desk: Desk, work: Work, case: UUID, source: NominationSource, words: str) -> UUID:
    panel_id = panel_of(work, case)
    refuse_unless_writer(desk, work, case, "nominations")
    run = the_list(work, panel_id)
    if not _comes_from(desk, work, case, source, run):
        raise BadInput(_WHERE_FROM[source])
    nomination_id = uuid7()
    row = {
        "nomination_id": nomination_id,
        "subject_id": case,
        "panel_id": panel_id,
        "service_id": work.scope.service_id,
        "source": source.value,
        **_of_list(work, run, case),
        "state": NOMINATION.start.value,
        "reason": words,
        "made_by": work.scope.user_id,
        "made_at": datetime.now(UTC),
    }
    with said_plainly():
        work.connection.execute(insert(nomination).values(row))
    work.record(
        Event(
            operation=Operation.DECISION,
            event="case_nominated",
            subjects=(case,),
            fields=("nominations",),
            details={"nomination": str(nomination_id), "source": source.value, "cycle": run.as_of.isoformat()},
            texts={"reason": words},
        )
    )
    return nomination_id


def _decide(desk: Desk, work: Work, move: str, decision: Decision, review_on: date | None = None) -> None:
    """Move a nomination that the service has judged on, as of the current list; an override is logged as one."""
    row = _nomination(desk, work, decision.case)
    run = the_list(work, row.panel_id)
    refuse_unless_judged(work, decision.case, run)
    if move == "propose":
        refuse_while_held(desk, work, decision.case, run)
    values = {**_of_list(work, run, decision.case), "review_on": review_on}
    against = Line.BELOW if move == "propose" else Line.ABOVE
    _move(work, row, move, decision, values, is_override=_line(work, run, decision.case) is against)


def _comes_from(desk: Desk, work: Work, case: UUID, source: NominationSource, run: ImportedRun) -> bool:
    """Whether a case comes from where a nomination says; whatever the panel itself puts forward does."""
    if source is NominationSource.LIST:
        return rank_in(work, run, case) is not None
    if source is NominationSource.HOLD:
        return case in resolved_to_list(desk, work, run, case=case)
    if source is NominationSource.PARTNER:
        told = exists().where(partner_nomination.c.run_id == run.run_id, partner_nomination.c.subject_id == case)
        return bool(work.connection.scalar(select(told)))
    return True


def _line(work: Work, run: ImportedRun, case: UUID) -> Line | None:
    """On which side of the capacity line a case stands; None = it has no rank."""
    place = select(list_place.c.rank, list_place.c.is_listed).where(
        list_place.c.run_id == run.run_id, list_place.c.subject_id == case
    )
    row = work.connection.execute(place).first()
    if row is None or row.rank is None:
        return None
    return Line.ABOVE if row.is_listed else Line.BELOW


def _of_list(work: Work, run: ImportedRun, case: UUID) -> dict[str, object]:
    return {"cycle": run.as_of, "run_id": run.run_id, "rank_then": rank_in(work, run, case)}


def _nomination(desk: Desk, work: Work, case: UUID) -> AnyRow:
    """The newest nomination of a case that is open to the acting person to decide on."""
    panel_of(work, case)
    refuse_unless_writer(desk, work, case, "nominations")
    asked = select(nomination).where(_ROW.subject_id == case)
    row = work.connection.execute(asked.order_by(_ROW.nomination_id.desc()).limit(1)).first()
    if row is None:
        raise StoreError("Nobody has nominated this case: nominate it first with `mat cases nominate`.")
    return row


def _move(
    work: Work,
    row: AnyRow,
    move: str,
    decision: Decision,
    values: Mapping[str, object],
    *,
    is_override: bool = False,
) -> None:
    words = said(decision.reason, "The reason of a decision")
    state = NOMINATION.after(NominationState(row.state), move)
    decided = {
        "state": state.value,
        "decided_reason": words,
        "decided_by": work.scope.user_id,
        "decided_at": datetime.now(UTC),
    }
    version = row.version if decision.version is None else decision.version
    with said_plainly():
        change(work.connection, nomination, row.nomination_id, version, {**decided, **values})
    review_on = values.get("review_on")
    work.record(
        Event(
            operation=Operation.OVERRIDE if is_override else Operation.DECISION,
            event=_EVENTS[move],
            subjects=(row.subject_id,),
            fields=("nominations",),
            details={
                "nomination": str(row.nomination_id),
                "source": row.source,
                "review_on": review_on.isoformat() if isinstance(review_on, date) else None,
            },
            texts={"reason": words},
        )
    )
