"""The commands on holds, standing and marks: `mat cases`, the part with what becomes of a case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.commands.access import named
from app.commands.access_lines import lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, more, plain, told
from app.commands.reading import read_settings
from app.commands.typed import read_day, read_id, read_word
from app.tasking.finding import case_named, find_victim
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating import hold_queue, standing
from app.tasking.nominating import marks as marked
from app.tasking.nominating.hold_queue import QueuedHold
from app.wording import printable
from mat.store.panel_vocabulary import Told
from mat.vocabulary import Hold, ResolutionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolving:
    """A decision about a hold, as it was typed. `victim`: a token; `review` None = for good."""

    case: str
    hold: str
    outcome: str
    reason: str
    victim: str | None
    review: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What became of telling the subject, as it was typed. `day`: when they were told, or when to look at it again."""

    case: str
    day: str
    text: str
    version: int | None


def holds(panel: str, after: str | None, size: int, answering: Answering) -> None:
    """Print a page of the queue of the held."""
    with acting_desk(read_settings(answering.config)) as desk:
        of_panel = named(desk, "panel", panel)
        start = None if after is None else read_id(after, "--after")
        page = hold_queue.hold_queue(desk, of_panel, after=start, size=size)
    rows = [_hold(each) for each in page.holds]
    sentences = [*(lines(list(rows[0]), rows) if rows else ["Nobody is held."]), *more(page.after)]
    told("cases holds", plain(page), sentences, answering)


def take(what: str, hold: str, answering: Answering) -> None:
    """Take a hold to work on."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        hold_queue.take_hold(desk, case, read_word(hold, Hold, "--hold"))
    done(
        "cases take-hold", {"case": case}, "Yours: decide it with `mat cases resolve-hold`, or give it back.", answering
    )


def back(what: str, hold: str, version: int | None, answering: Answering) -> None:
    """Give a hold back."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        hold_queue.give_back(desk, case, read_word(hold, Hold, "--hold"), version=version)
    done("cases give-back", {"case": case}, "Given back: anybody may take it.", answering)


def resolve(typed: Resolving, answering: Answering) -> None:
    """Decide about a hold."""
    review = None if typed.review is None else read_day(typed.review, "--review")
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, typed.case)
        victim = None
        if typed.victim is not None:
            with desk.store.transaction(desk.scope) as connection:
                victim = find_victim(connection, case, typed.victim)
        decision = Resolution(
            hold=read_word(typed.hold, Hold, "--hold"),
            outcome=read_word(typed.outcome, ResolutionOutcome, "--outcome"),
            reason=typed.reason,
            victim_id=victim,
            review_by=review,
        )
        made = resolve_hold(desk, case, decision)
    whose = printable(typed.case if typed.victim is None else f"{typed.case} and {typed.victim}")
    sentences = [
        f"Decided of {whose}, held for {said(decision.hold)}: {said(decision.outcome)}.",
        "The list of today stays as it is: `mat db export-reviews` takes the decision to the next one.",
    ]
    if decision.outcome is ResolutionOutcome.LIST:
        sentences.append("Once every hold of the case is decided so, it stands in `mat cases candidates` until then.")
    about = {"resolution": made, "case": case, "hold": decision.hold, "outcome": decision.outcome, "review_by": review}
    told("cases resolve-hold", about, sentences, answering)


def discharge(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Discharge a case from the panel."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        unfinished = standing.discharge(desk, case, reason, version=version)
    left = f" Of its actions {unfinished} are not closed: `mat actions list` shows them." if unfinished else ""
    done(
        "cases discharge",
        {"case": case, "open_actions": unfinished},
        f"Discharged, with its exit mark.{left}",
        answering,
    )


def readopt(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Take a discharged case back."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        standing.readopt(desk, case, reason, version=version)
    done("cases readopt", {"case": case}, "Taken back, with a new entry mark.", answering)


def told_so(typed: Telling, answering: Answering) -> None:
    """Say that the subject was told."""
    on = read_day(typed.day, "--on")
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, typed.case)
        before = standing.tell(desk, case, on, typed.text, version=typed.version)
    sentences = ["Written down: every page of the case says so from now."]
    if before is Told.NOT_TO_BE_TOLD:
        sentences.append(
            "They were NOT TO BE TOLD until now: speak with whoever supports each victim today, and look at her safety "
            "again."
        )
    told("cases tell", {"case": case, "on": on, "until_now": before}, sentences, answering)


def not_told(typed: Telling, answering: Answering) -> None:
    """Say that the subject is not to be told."""
    review = read_day(typed.day, "--review")
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, typed.case)
        standing.not_to_be_told(desk, case, typed.text, review, version=typed.version)
    sentence = f"Written down: every page of the case says so, and it is looked at again on {review}."
    done("cases not-to-be-told", {"case": case, "review": review}, sentence, answering)


def mark(what: str, answering: Answering) -> None:
    """Mark a case at a review."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = marked.mark_review(desk, case_named(desk, what))
    done("cases mark", {"mark": made}, "Marked, from the current list.", answering)


def marks(what: str, answering: Answering) -> None:
    """Print every mark of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = marked.marks_of(desk, case_named(desk, what))
    rows = [
        {
            "mark": each.kind,
            "list of": each.as_of,
            "rank": each.rank,
            "score": _number(each.score),
            "by age alone": _number(each.without_new_events),
            "beyond age": _number(each.beyond_age),
            "marked": each.marked_at,
        }
        for each in found
    ]
    sentences = lines(list(rows[0]), rows) if rows else ["The case was never marked."]
    about = [{**plain(each), "beyond_age": each.beyond_age} for each in found]
    told("cases marks", {"marks": about}, [*sentences, *_caution(rows)], answering)


def _caution(rows: Sequence[object]) -> Iterator[str]:
    if rows:
        yield (
            "A score falls by age alone where nothing new is recorded: only what lies beyond that may be an effect, "
            "and records are what the police came to know."
        )


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _hold(each: QueuedHold) -> dict[str, object]:
    waits = [one.token or "the case" for one in each.decisions if one.outcome is None]
    decided = [f"{one.token or 'the case'} {said(one.outcome)}" for one in each.decisions if one.outcome is not None]
    return {
        "place": each.held_rank,
        "case": each.case,
        "hold": each.hold,
        "since": each.held_since,
        "due": f"{each.due_on} {said(each.due)}",
        "owner": each.owner,
        "to decide": waits,
        "decided": decided,
        "id": each.subject_id,
    }
