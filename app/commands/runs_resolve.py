"""The command that keeps what a person decided about a hold: `mat runs resolve`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from app.commands.access import word
from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.tasking.finding import case_named, find_victim
from app.tasking.holds import Resolution, resolve_hold
from app.wording import printable
from mat.errors import BadInput
from mat.vocabulary import Hold, ResolutionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision about a hold as it was typed. `counterpart`: a token; `review` None = never."""

    case: str
    hold: str
    outcome: str
    reason: str
    counterpart: str | None
    review: str | None


def resolve(typed: Decision, *, config: Path | None, as_json: bool) -> None:
    """Keep what a person decided about a hold.

    Raises:
        BadInput: the review date is none, or the decision does not fit the case.
        StoreError: the hold, the outcome or the counterpart is none that there is.
    """
    hold = word(Hold, typed.hold, "--hold")
    outcome = word(ResolutionOutcome, typed.outcome, "--outcome")
    review_by = None if typed.review is None else _day(typed.review)
    with acting_desk(read_settings(config)) as desk:
        subject, victim_id = case_named(desk, typed.case), None
        if typed.counterpart is not None:
            with desk.store.transaction(desk.scope) as connection:
                victim_id = find_victim(connection, subject, typed.counterpart)
        made = resolve_hold(
            desk,
            subject,
            Resolution(hold=hold, outcome=outcome, reason=typed.reason, victim_id=victim_id, review_by=review_by),
        )
    summary = {"command": "runs resolve", "resolution": made, "case": subject, "hold": hold, "outcome": outcome}
    sentences = [
        f"Decided of {printable(typed.case)}, held for {_plain(hold)}: {_plain(outcome)}.",
        "The list of today stays as it is: `mat db export-reviews` takes the decision to the next one.",
    ]
    tell({**summary, "review_by": review_by}, sentences, as_json=as_json)


def _plain(code: StrEnum) -> str:
    return code.value.replace("_", " ")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--review should be a date such as 2026-11-23, not '{printable(text)}'.") from None
