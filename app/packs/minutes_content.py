"""Minutes as values for their template: facts, intelligence and opinions apart; corrected lines left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.packs.pack_content import Copy, log_words, on_every_page
from app.packs.saying import NOTHING, coded, count, day, moment
from app.packs.typesetting import Made, typeset
from app.wording import GATE_FIRST
from mat.store.panel_vocabulary import MeetingState, StatementType
from mat.wording import code_in_words

if TYPE_CHECKING:
    from app.packs.typesetting import Value
    from app.tasking.meetings.minutes import CaseMinutes
    from app.tasking.packs.minutes import MinutesFor

_HEADS = {
    StatementType.FACT: "Facts",
    StatementType.INTELLIGENCE: "Intelligence",
    StatementType.OPINION: "Opinions",
}


def set_minutes(minutes: MinutesFor, copy: Copy) -> Made:
    """The pages of minutes."""
    return typeset("minutes.typ", minutes_values(minutes, copy), at=copy.made_at)


def minutes_values(found: MinutesFor, copy: Copy) -> Mapping[str, Value]:
    """The values of minutes; the same minutes and copy give the same."""
    meeting = found.minutes.meeting
    on_pages = on_every_page(copy, found.checkpoint, is_demonstration=found.is_demonstration)
    is_over = meeting.state is MeetingState.CLOSED
    when = "from before the meeting closed" if is_over else "the meeting is not closed"
    if found.is_covered:
        when = "signed after the meeting closed"
    return {
        **on_pages,
        "log": log_words(found.checkpoint) + ("" if found.checkpoint is None else f" ({when})"),
        "title": f"{'Minutes' if is_over else 'Not yet minutes'}: {meeting.panel}, {moment(meeting.starts_at)}",
        "panel": meeting.panel,
        "when": f"{moment(meeting.starts_at)}, {count(meeting.minutes, 'minute')}",
        "chair": meeting.chair or NOTHING,
        "state": coded(meeting.state.value) + ("" if meeting.closed_at is None else f" on {moment(meeting.closed_at)}"),
        "over": is_over,
        "signed": found.is_covered,
        "destroy": day(found.destroy_on),
        "confidentiality": meeting.confidentiality,
        "seats": [
            {
                "service": seat.service,
                "attendance": coded(seat.attendance.value),
                "who": seat.user or NOTHING,
                "signed": moment(seat.signed_at),
            }
            for seat in found.minutes.seats
        ],
        "cases": [_case(each, not_told=each.subject_id in found.not_told) for each in found.minutes.cases],
    }


def _case(each: CaseMinutes, *, not_told: bool) -> Mapping[str, Value]:
    said = [line for line in each.record.lines if not line.is_replaced]
    return {
        "place": each.place,
        "case": each.case,
        "kind": coded(each.kind.value),
        "not_told": not_told,
        "state": code_in_words(each.record.state.value),
        "lines": [
            {
                "head": head,
                "rows": [
                    {"text": line.content, "by": f"{line.source}; {line.written_by}, {moment(line.written_at)}"}
                    for line in said
                    if line.statement_type is kind
                ],
            }
            for kind, head in _HEADS.items()
            if any(line.statement_type is kind for line in said)
        ],
        "decisions": [
            {
                "heading": coded(one.heading.value),
                "text": one.content,
                "by": f"{one.decided_by}, {moment(one.decided_at)}",
            }
            for one in each.record.decisions
        ],
        "late": (each.record.late_reason or "").splitlines(),
        "actions": [
            {
                "what": one.what,
                "whose": f"{one.service}, {'volunteered' if one.was_volunteered else 'asked'}",
                "due": day(one.due_on),
                "state": coded((one.outcome or one.state).value) + (GATE_FIRST if one.waits_for_gate else ""),
            }
            for one in each.actions
        ],
    }
