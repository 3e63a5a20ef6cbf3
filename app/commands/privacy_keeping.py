"""The commands on how long a case is kept: the queue of reviews, and removal by two people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from app.commands.access_case_facts import words
from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.privacy_naming import REVIEW
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import read_day, read_id, read_word
from app.tasking import removals, replaying, retention
from app.tasking.certificates import plain_text
from app.tasking.files_outside import why_not
from app.tasking.finding import case_named
from app.wording import printable
from governance.retention import load_retention
from mat.errors import BadInput
from mat.store.vocabulary import RemovalGrounds

COMMAND = "privacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A decision as typed: keep until a day, or remove."""

    reason: str
    keep_until: str | None
    is_removed: bool
    version: int | None


def open_reviews(*, config: Path | None, as_json: bool) -> None:
    """Fill the queue."""
    settings = read_settings(config)
    with acting_desk(settings) as desk:
        opened = retention.open_retention_reviews(desk, load_retention(settings.retention))
    sentence = f"{opened} reviews opened." if opened else "No review was opened: nothing more is due today."
    tell({"command": COMMAND, "opened": opened}, [sentence], as_json=as_json)


def list_reviews(*, only_open: bool, config: Path | None, as_json: bool) -> None:
    """Print one line per review."""
    settings = read_settings(config)
    rules = load_retention(settings.retention).cases
    with acting_desk(settings) as desk:
        found = retention.list_reviews(desk, only_open=only_open)
    lines = [
        f"{each.case}: due {each.due_on}, {said(each.kind)}: {rules[each.kind].about}"
        + ("" if each.decision is None else f" Decided: {each.decision.value}.")
        + f"  ({each.review_id})"
        for each in found
    ]
    empty = "No review is open: `mat privacy reviews open` looks for cases that are due."
    tell({"command": COMMAND, "reviews": [asdict(each) for each in found]}, lines or [empty], as_json=as_json)


def decide(review: str, deciding: Deciding, *, config: Path | None, as_json: bool) -> None:
    """Decide a review.

    Raises:
        BadInput: neither or both were decided.
    """
    if (deciding.keep_until is None) is not deciding.is_removed:
        raise BadInput("Decide with --keep-until DATE or with --remove, one of the two.")
    settings, review_id = read_settings(config), read_id(review, REVIEW)
    version, reason = deciding.version, deciding.reason
    if deciding.keep_until is not None:
        day = read_day(deciding.keep_until, "--keep-until")
        rules = load_retention(settings.retention)
        with acting_desk(settings) as desk:
            retention.keep_case(desk, review_id, reason, day, rules, version=version)
        sentence = f"The case is kept; its next review is due on {day.isoformat()}."
        summary: dict[str, object] = {"command": COMMAND, "decision": "keep", "next_due_on": day}
    else:
        with acting_desk(settings) as desk:
            proposal = retention.remove_after_review(desk, review_id, reason, version=version)
        sentence = "Its removal is proposed: somebody else who is DPO does it with `mat privacy remove do`."
        summary = {"command": COMMAND, "decision": "remove", "proposal_id": proposal}
    tell(summary, [sentence], as_json=as_json)


def propose(case: str, *, grounds: str, reason: str, config: Path | None, as_json: bool) -> None:
    """Propose a removal."""
    word = read_word(grounds, RemovalGrounds, "--grounds")
    with acting_desk(read_settings(config)) as desk:
        proposal = removals.propose_removal(desk, case_named(desk, case), word, reason)
    sentence = "The removal is proposed: somebody else who is DPO looks at the plan and does it, or not."
    tell({"command": COMMAND, "proposal_id": proposal}, [sentence], as_json=as_json)


def withdraw(case: str, *, reason: str, config: Path | None, as_json: bool) -> None:
    """Withdraw a proposal."""
    with acting_desk(read_settings(config)) as desk:
        removals.withdraw_removal(desk, case_named(desk, case), reason)
    tell({"command": COMMAND, "withdrawn": True}, ["The proposal is withdrawn; the case stays."], as_json=as_json)


def plan(case: str, *, config: Path | None, as_json: bool) -> None:
    """Print what a removal would reach."""
    with acting_desk(read_settings(config)) as desk:
        found = removals.plan_removal(desk, case_named(desk, case))
    held = found.held
    summary = {
        "command": COMMAND,
        "rows": held.rows,
        "texts": len(held.texts),
        "log_entries": len(held.entries),
        "files": [
            {"file_id": each.file_id, "kind": each.kind, "path": each.path, "fate": found.files[each.file_id]}
            for each in held.files
        ],
        "backups": [{"file_id": each.file_id, "expires_at": each.expires_at} for each in held.backups],
        "to_tell": held.to_tell,
        "legal_holds": found.holds,
    }
    tell(summary, list(_plan_lines(found)), as_json=as_json)


def do_remove(case: str, *, version: int | None, is_sure: bool, config: Path | None, as_json: bool) -> None:
    """Remove a case and print the certificate; unless `is_sure`, its name has to be typed again.

    Raises:
        BadInput: what was typed again is not the case.
    """
    settings = read_settings(config)
    with acting_desk(settings) as desk:
        subject = case_named(desk, case)
        if not is_sure:
            _refuse_unless_typed_again(case)
        done = removals.remove_case(desk, subject, load_retention(settings.retention), version=version)
    if done.certificate is None:
        sentence = "The case is under a legal hold: it is restricted instead of removed, and the log says so."
        tell({"command": COMMAND, "removed": False, "restricted": True}, [sentence], as_json=as_json)
        return
    summary = {"command": COMMAND, "removed": True, "certificate": done.certificate, "kept_at": done.text}
    tell(summary, [plain_text(done.certificate), f"Kept at {done.text}."], as_json=as_json)


def _refuse_unless_typed_again(case: str) -> None:
    print(
        "A removal cannot be undone. So that no slip removes the wrong case, type it again as you named it, "
        f"{printable(case)}, and Enter; anything else removes nothing:",
        file=sys.stderr,
    )
    if sys.stdin.readline().strip() != case.strip():
        raise BadInput("That is not the case: nothing was removed. To remove without being asked, add --yes.")


def again(*, config: Path | None, as_json: bool) -> None:
    """Remove again what an older backup brought back."""
    with acting_desk(read_settings(config)) as desk:
        written = replaying.keep_certificates(desk)
        done = replaying.replay_removals(desk)
    sentence = (
        f"{done.cases} removals made again, {done.absent} of cases that the backup does not hold, {done.restricted} "
        "restricted because of a legal hold."
    )
    if not done.cases + done.absent + done.restricted:
        sentence = "Nothing to remove again: the store knows every removal that the certificates tell of."
    tell({"command": COMMAND, "certificates": written, **asdict(done)}, [sentence], as_json=as_json)


def _plan_lines(found: removals.Plan) -> Iterator[str]:
    held = found.held
    if found.holds:
        holds = "A LEGAL HOLD" if found.holds == 1 else f"{found.holds} LEGAL HOLDS"
        yield f"UNDER {holds}: it would be restricted, and none of this removed."
    yield "Rows that would be removed; nothing was changed:"
    yield from (f"  {words(table)}: {count}" for table, count in held.rows.items())
    yield f"  texts beside the log: {len(held.texts)}"
    yield f"  {len(held.entries)} log entries would stand for nobody"
    yield "Files:" if held.files else "Files: none is registered."
    for each in held.files:
        fate = found.files[each.file_id]
        left = why_not(fate, each.path)
        becomes = fate.value if left is None else f"left, {left}; it was made by {each.holder}"
        yield f"  {words(each.kind)} {each.path}: {becomes}"
        if each.recipients:
            yield f"    recall it from {', '.join(each.recipients)}"
    yield from (f"Backup {each.file_id} holds the case until {each.expires_at:%Y-%m-%d}." for each in held.backups)
    yield f"To be told: {', '.join(held.to_tell) or 'nobody'}."
