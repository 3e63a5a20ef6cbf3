"""The commands on requests, restrictions and legal holds, and the one screen of what is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.privacy_naming import HOLD, REQUEST, day, in_short, request_json, request_line
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_day, read_id, read_word
from app.tasking import corrections, legal_holds, restrictions
from app.tasking import requests as asked_for
from app.tasking.finding import case_named
from app.tasking.privacy_due import Due, list_holds
from app.tasking.privacy_due import due as what_is_due
from app.wording import printable
from governance.retention import ZONE, load_retention, local_day
from mat.errors import BadInput
from mat.store.vocabulary import LegalHoldKind, RequestAbout, RequestKind, RequestOutcome

COMMAND = "privacy"
_FROM_TOMORROW = (
    "With the next `mat db export-reviews`, lists as of tomorrow or later leave the person out; one as of an earlier "
    "day still names them."
)
NEXT = {
    RequestKind.RECTIFICATION: "Correct it with `mat privacy correct`; what was imported is corrected at source.",
    RequestKind.CHALLENGE: "Change what the challenge was right about: a statement, a hold or a place on the list.",
    RequestKind.RESTRICTION: "Restrict the case with `mat privacy restrict`.",
    RequestKind.ERASURE: "Propose the removal with `mat privacy remove propose`; somebody else does it.",
    RequestKind.ACCESS: "Draft what they are given with `mat privacy access-export`.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request as typed; `received` None = today."""

    kind: str
    statement: str
    about: str
    about_id: str | None
    received: str | None
    restrict_meanwhile: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """A correction as typed; `row` None = the case's only one."""

    what: str
    text: str
    reason: str
    row: str | None
    request: str | None
    version: int | None


def due(*, config: Path | None, as_json: bool) -> None:
    """Print what is overdue, due soon and waiting."""
    settings = read_settings(config)
    with acting_desk(settings) as desk:
        found = what_is_due(desk)
    retention = load_retention(settings.retention)
    summary = {"command": COMMAND, **asdict(found), "placeholder_periods": retention.placeholders}
    sentences = [*_due_lines(found)]
    if retention.placeholders:
        sentences.append(
            f"{len(retention.placeholders)} retention periods are placeholders that the controller has not set: "
            f"{', '.join(retention.placeholders)}."
        )
    tell(summary, sentences, as_json=as_json)


def record(case: str, asking: Asking, *, config: Path | None, as_json: bool) -> None:
    """Record a request and say by when it is answered."""
    settings = read_settings(config)
    asked = asked_for.Asked(
        kind=read_word(asking.kind, RequestKind, "--kind"),
        statement=asking.statement,
        received_at=_received(asking.received),
        about=read_word(asking.about, RequestAbout, "--about"),
        about_id=None if asking.about_id is None else read_id(asking.about_id, "--about-id"),
        restrict_meanwhile=asking.restrict_meanwhile,
    )
    retention = load_retention(settings.retention)
    with acting_desk(settings) as desk:
        made = asked_for.record_request(desk, case_named(desk, case), asked, retention)
    today = local_day(datetime.now(UTC))
    sentences = [f"Recorded: {request_line(made, today)}."]
    if asked.kind in {RequestKind.RECTIFICATION, RequestKind.CHALLENGE}:
        sentences.append("Whoever sees the case sees that it is challenged, until it is answered.")
    if asked.kind is RequestKind.RECTIFICATION and asked.about is not RequestAbout.STATEMENT:
        sentences.append(corrections.AT_SOURCE)
    if asked.restrict_meanwhile:
        sentences.append("The case is restricted until then; lift it with `mat privacy lift`.")
    tell({"command": COMMAND, **request_json(made, today)}, sentences, as_json=as_json)


def requests(*, only_open: bool, config: Path | None, as_json: bool) -> None:
    """Print each request, and the beginning of what was asked."""
    with acting_desk(read_settings(config)) as desk:
        found = asked_for.list_requests(desk, only_open=only_open)
    today = local_day(datetime.now(UTC))
    lines = [f"{request_line(each, today)}\n    {in_short(each.statement)}" for each in found]
    summary = {"command": COMMAND, "requests": [_with_words(each, today) for each in found]}
    tell(summary, lines or ["No request is open." if only_open else "No request."], as_json=as_json)


def request(what: str, *, config: Path | None, as_json: bool) -> None:
    """Print one request in full."""
    request_id = read_id(what, REQUEST)
    with acting_desk(read_settings(config)) as desk:
        found = asked_for.read_request(desk, request_id)
    today = local_day(datetime.now(UTC))
    answered = "Not answered yet." if found.answer is None else f"Answered: {printable(found.answer)}"
    sentences = [
        request_line(found, today),
        f"Received on {day(found.received_on)}.",
        f"Asked: {printable(found.statement)}",
        answered,
    ]
    tell({"command": COMMAND, **_with_words(found, today)}, sentences, as_json=as_json)


def answer(request: str, *, outcome: str, text: str, version: int | None, config: Path | None, as_json: bool) -> None:
    """Answer a request and say what to do next."""
    word, request_id = read_word(outcome, RequestOutcome, "--outcome"), read_id(request, REQUEST)
    with acting_desk(read_settings(config)) as desk:
        done = asked_for.answer_request(desk, request_id, word, text, version=version)
    sentences = [f"The {done.kind.value} request is answered: {word.value}."]
    if word is not RequestOutcome.REFUSED:
        sentences.append(NEXT[done.kind])
    today = local_day(datetime.now(UTC))
    tell({"command": COMMAND, **request_json(done, today)}, sentences, as_json=as_json)


def extend(request: str, *, reason: str, version: int | None, config: Path | None, as_json: bool) -> None:
    """Give a request more time."""
    settings, request_id = read_settings(config), read_id(request, REQUEST)
    retention = load_retention(settings.retention)
    with acting_desk(settings) as desk:
        done = asked_for.extend_request(desk, request_id, reason, retention, version=version)
    today = local_day(datetime.now(UTC))
    sentence = (
        f"The request is due on {day(done.due_on)} now: tell the person, with the reason, before the first month ends."
    )
    tell({"command": COMMAND, **request_json(done, today)}, [sentence], as_json=as_json)


def correct(case: str, correcting: Correcting, *, config: Path | None, as_json: bool) -> None:
    """Correct words that were written in the store."""
    written = read_word(correcting.what, corrections.Written, "--what")
    with acting_desk(read_settings(config)) as desk:
        subject = case_named(desk, case)
        correction = corrections.Correction(
            written=written,
            row_id=_row(correcting.row, written, subject),
            content=correcting.text,
            reason=correcting.reason,
            version=correcting.version,
            request_id=None
            if correcting.request is None
            else read_id(correcting.request, Id("--request", "privacy requests")),
        )
        corrections.correct(desk, subject, correction)
    sentence = "Corrected; the log holds a hash of the words before, under a key that goes with the case."
    tell({"command": COMMAND, "corrected": written}, [sentence], as_json=as_json)


def restrict(case: str, *, reason: str, config: Path | None, as_json: bool) -> None:
    """Restrict a case."""
    with acting_desk(read_settings(config)) as desk:
        done = restrictions.restrict(desk, case_named(desk, case), reason)
    told = "It was shared with no service, and none supports a victim of it: there is nobody to tell."
    if done.to_tell:
        told = f"Tell these services today, which no longer see it: {', '.join(done.to_tell)}."
    summary = {"command": COMMAND, **asdict(done)}
    sentences = ["The case is restricted: nobody but the DPO sees it.", told]
    tell(summary, [*sentences, _FROM_TOMORROW], as_json=as_json)


def lift(case: str, *, reason: str, version: int | None, config: Path | None, as_json: bool) -> None:
    """Lift the restriction of a case."""
    with acting_desk(read_settings(config)) as desk:
        restrictions.lift(desk, case_named(desk, case), reason, version=version)
    tell({"command": COMMAND, "lifted": True}, ["The restriction is lifted; shares stay ended."], as_json=as_json)


def hold(case: str, *, kind: str, reason: str, config: Path | None, as_json: bool) -> None:
    """Place a legal hold."""
    word = read_word(kind, LegalHoldKind, "--kind")
    with acting_desk(read_settings(config)) as desk:
        hold_id = legal_holds.place(desk, case_named(desk, case), word, reason)
    sentence = f"Legal hold {hold_id} runs: nothing of the case is deleted until it is released."
    tell({"command": COMMAND, "hold_id": hold_id}, [sentence], as_json=as_json)


def holds(*, config: Path | None, as_json: bool) -> None:
    """Print one line per legal hold that runs."""
    with acting_desk(read_settings(config)) as desk:
        found = list_holds(desk)
    lines = [f"{each.case}: {said(each.kind)}, since {each.placed_on}  ({each.hold_id})" for each in found]
    summary = {"command": COMMAND, "holds": [asdict(each) for each in found]}
    tell(summary, lines or ["No legal hold runs."], as_json=as_json)


def release(hold: str, *, reason: str, version: int | None, config: Path | None, as_json: bool) -> None:
    """Release a legal hold."""
    hold_id = read_id(hold, HOLD)
    with acting_desk(read_settings(config)) as desk:
        done = legal_holds.release(desk, hold_id, reason, version=version)
    others = done.still_running
    sentences = [f"The legal hold is released; {others or 'no'} other{'' if others == 1 else 's'} on the case."]
    if done.erasure_waits and not others:
        sentences.append("An erasure that was agreed waits: propose it again with `mat privacy remove propose`.")
    tell({"command": COMMAND, **asdict(done)}, sentences, as_json=as_json)


def _with_words(request: asked_for.Request, today: date) -> dict[str, object]:
    return {**request_json(request, today), "statement": request.statement, "answer": request.answer}


def _received(text: str | None) -> datetime:
    """Midnight of the day named, as the clocks of England and Wales have it; None = now."""
    if text is None:
        return datetime.now(UTC)
    return datetime.combine(read_day(text, "--received"), time(), tzinfo=ZONE)


def _row(row: str | None, written: corrections.Written, case: UUID) -> UUID:
    """The row meant: of a summary there is one per case, under the case's own id."""
    if row is not None:
        return read_id(row, "--row")
    if written in {corrections.Written.SUMMARY, corrections.Written.RISK_SUMMARY}:
        return case
    raise BadInput(f"A case may have several of {written.value}: say which with --row ID.")


def _due_lines(found: Due) -> Iterator[str]:
    today: date = found.today
    yield f"As of {today.isoformat()}."
    yield from _block("Overdue", [request_line(each, today) for each in found.overdue])
    yield from _block("Due in 7 days", [request_line(each, today) for each in found.soon])
    yield f"Later: {_count(found.later, 'request')}."
    lines = [f"{each.case}: {said(each.kind)}, due {each.due_on}  ({each.review_id})" for each in found.reviews]
    yield from _block("Retention reviews", lines)
    lines = [
        f"{each.case}: {said(each.grounds)}, proposed {each.proposed_on}"
        + (", BEGUN AND NOT COMPLETED" if each.has_begun else "")
        for each in found.proposals
    ]
    yield from _block("Removals waiting for a second person", lines)
    lines = [
        f"{each.case}: agreed {each.agreed_on}, "
        + ("waits for a legal hold" if each.is_held else "propose it with `mat privacy remove propose`")
        for each in found.erasures
    ]
    if lines:
        yield from _block("Erasures agreed and not done", lines)
    lines = [
        f"{said(each.kind)}, expired {local_day(each.expires_at)}"
        + (f", {said(each.fate)}" if each.fate is not None else "")
        + f"  ({each.file_id})"
        for each in found.expired_files
    ]
    yield from _block("Files that should be gone", lines)
    lines = [
        f"as of {each.as_of}, expired {local_day(each.expires_at)}  ({each.run_id})" for each in found.expired_runs
    ]
    yield from _block("Runs that should be gone (`mat runs delete`)", lines)
    lines = [f"written on {each.written_on}  ({each.form_id})" for each in found.late_forms]
    yield from _block("Forms to take up or set aside (`mat cases forms`)", lines)
    yield f"Legal holds that run: {found.holds}."
    if found.restrictions is not None:
        yield f"Restrictions that run: {found.restrictions}."
    if found.emergencies is not None:
        yield f"Emergency uses to review: {found.emergencies}."
    if found.restrictions is None:
        yield "Restrictions, and whatever is due of a case under one, are the DPO's alone to see."
    if found.removals_to_repeat:
        yield (
            f"{found.removals_to_repeat} removals were undone by an older backup: make them again with "
            "`mat privacy remove again`."
        )


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _block(title: str, lines: list[str]) -> Iterator[str]:
    yield f"{title}: {len(lines) or 'none'}" + ("" if lines else ".")
    yield from (f"  {line}" for line in lines)
