"""The commands on the log of the store: `audit checkpoint`, `export`, `search` and `rotate-key`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection

from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import read_day
from app.tasking.finding import find, find_case
from app.tasking.log_reading import export_log
from app.tasking.log_searching import search_log
from app.wording import printable
from governance.audit import Event
from governance.audit_search import Wanted
from governance.checkpoints import change_key, make_checkpoint
from governance.retention import ZONE, load_retention
from governance.signing import adopt_successor
from mat.errors import BadInput
from mat.outputs import refuse_existing, whole_file
from mat.store.vocabulary import Operation

#: Of an event in text; `--json` has all of it.
_LONGEST_LINE = 160
_PURPOSE = "An export of the log, for checking it."


def checkpoint(*, out: Path, config: Path | None, as_json: bool) -> None:
    """Sign the log as it is now, and write the checkpoint to a file to be handed to a partner.

    Raises:
        CheckFailed: the log no longer agrees with its last checkpoint.
        OutputError: `out` exists already or cannot be written.
    """
    settings = read_settings(config)
    refuse_existing(out)
    with acting_desk(settings) as desk, whole_file(out) as staging:
        with desk.working("make_checkpoint") as work:
            made = make_checkpoint(work.connection, work.scope, settings)
            size = made.checkpoint.size
            work.record(Event(operation=Operation.CHECKPOINT, event="checkpoint_handed_out", details={"size": size}))
        staging.write_text(made.note, encoding="utf-8")
    summary = {"command": "audit checkpoint", "size": size, "origin": made.checkpoint.origin, "out": str(out)}
    sentences = [
        f"Checkpoint of {size} events, signed by {made.key.name}: {out}",
        "Give it to a partner agency: whoever changes the log from now on cannot change theirs.",
    ]
    tell(summary, sentences, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """Why the log leaves the store: `recipient` and `reason` None = not said."""

    with_texts: bool
    recipient: str | None
    reason: str | None


def export(*, out: Path, handing: Handing, config: Path | None, as_json: bool) -> None:
    """Write the log as a directory that anybody can check.

    Raises:
        AccessRefused: the acting person may not.
        OutputError: `out` exists already, is a link, or cannot be written.
    """
    settings = read_settings(config)
    refuse_existing(out)
    with acting_desk(settings) as desk:
        size = export_log(
            desk,
            out,
            load_retention(settings.retention),
            with_texts=handing.with_texts,
            recipient=handing.recipient,
            reason=handing.reason or _PURPOSE,
        )
    sentences = [
        f"{size} events exported to {out}, registered with an expiry.",
        f"Check it anywhere with `mat audit verify {out} --public-key FILE`.",
    ]
    if handing.with_texts:
        sentences.append("The texts are in it: they name people. Hand it over as you would a case file.")
    summary = {"command": "audit export", "size": size, "out": str(out), "with_texts": handing.with_texts}
    tell(summary, sentences, as_json=as_json)


def rotate_key(*, config: Path | None, as_json: bool) -> None:
    """Let a new key sign from now on; the old one signs for it, once, and is gone but for its public half.

    Raises:
        CheckFailed: the log no longer agrees with its last checkpoint.
        StoreError: a key is not there or not safe.
    """
    settings = read_settings(config)
    with acting_desk(settings) as desk:
        with desk.working("rotate_key") as work:
            made = change_key(work.connection, work.scope, settings)
            size = made.checkpoint.size
            work.record(Event(operation=Operation.CHECKPOINT, event="key_handed_over", details={"size": size}))
        new = adopt_successor(settings.key_dir)
        with desk.working("make_checkpoint") as work:
            make_checkpoint(work.connection, work.scope, settings)
            work.record(Event(operation=Operation.CHECKPOINT, event="new_key_signed", details={"size": size}))
    summary = {"command": "audit rotate-key", "old": made.key.line, "new": new.line, "size": size}
    sentences = [
        f"A new key signs from now on: {new.line}",
        f"The log says so in event {size}, under a last signature of the old key.",
        "Hand the new signing.pub out. The old one stays beside it, as signing-1.pub and so on.",
        "Make a backup now with `mat db backup`: one made before is vouched for by the old key.",
    ]
    tell(summary, sentences, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed to search for; None = any."""

    subject: str | None
    user: str | None
    operation: str | None
    event: str | None
    since: str | None
    until: str | None
    before: int | None
    most: int


def search(asked: Asked, *, config: Path | None, as_json: bool) -> None:
    """Look events up, the newest first; the search is itself logged before anything is shown.

    Raises:
        BadInput: something asked for is not a date, an operation, a user or a case.
    """
    with acting_desk(read_settings(config)) as desk:
        with desk.store.transaction(desk.scope) as connection:
            wanted = _wanted(connection, asked)
        rows = search_log(desk, wanted).to_dicts()
    next_before = rows[-1]["seq"] if len(rows) == asked.most else None
    shown = [{**row, "details": json.loads(row["details"])} for row in rows]
    summary = {"command": "audit search", "events": shown, "next_before": next_before}
    tell(summary, list(_listed(shown, next_before)), as_json=as_json)


def _wanted(connection: Connection, asked: Asked) -> Wanted:
    subject = None
    if asked.subject is not None:
        subject = _as_id(asked.subject) or find_case(connection, asked.subject)
    user = None if asked.user is None else _as_id(asked.user) or find(connection, "user", asked.user)
    return Wanted(
        subject=subject,
        user=user,
        operation=None if asked.operation is None else _operation(asked.operation),
        event=asked.event,
        since=None if asked.since is None else _midnight(asked.since, "--from"),
        until=None if asked.until is None else _midnight(asked.until, "--to", days=1),
        before=asked.before,
        most=asked.most,
    )


def _as_id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return None


def _operation(word: str) -> Operation:
    try:
        return Operation(word)
    except ValueError as error:
        raise BadInput(f"'{printable(word)}' is no operation: choose from {', '.join(Operation)}.") from error


def _midnight(text: str, option: str, *, days: int = 0) -> datetime:
    """Midnight in England and Wales at which the day begins, or that of a day so many days later."""
    return datetime.combine(read_day(text, option) + timedelta(days=days), time(), ZONE)


def _listed(rows: Sequence[Mapping[str, Any]], next_before: int | None) -> Iterator[str]:
    if not rows:
        yield "No event that you may see fits."
        return
    yield f"{'event':>9}  {'time':<16}  {'user':<20}  what"
    for row in rows:
        details = ", ".join(
            f"{name.replace('_', ' ')} {_said(value)}"
            for name, value in row["details"].items()
            if value is not None and _as_id(str(value)) is None
        )
        whom = f"; {row['people']} {'person' if row['people'] == 1 else 'people'}" if row["people"] else ""
        told = f"; told: {', '.join(row['recipients'])}" if row["recipients"] else ""
        groups = f"; {', '.join(row['fields'])}" if row["fields"] else ""
        what = f"{row['event']} ({row['operation']}){whom}{groups}{told}"
        at = datetime.fromisoformat(row["at"]).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        line = printable(f"{row['seq']:>9}  {at}  {row['user']:<20}  {what}{': ' + details if details else ''}")
        yield line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 4]} ..."
    if next_before is not None:
        yield f"Older ones: --before {next_before}"


def _said(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in cast("list[object]", value))
    return "-" if value is None else str(value)
