"""One case as a page for people: sections in the order of the policy, one line per fact, names instead of ids.

What a row is known by is shown only where another command asks for it, and last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from app.commands.access_lines import said
from app.tasking.case_access import CaseView, Row
from app.tasking.case_names import staff_names
from app.tasking.desk import Desk
from app.wording import printable

#: Columns that say where a row belongs, or what others of the same row say better.
_BESIDE = frozenset(
    {"subject_id", "panel_id", "run_id", "row_id", "version", "alias_id", "judgement_id", "share_id", "reasons"}
)
#: Tables whose rows another command asks for, and the column that it asks for.
_ASKED_FOR: Mapping[str, str] = {
    "narrative": "narrative_id",
    "child_note": "note_id",
    "service_need": "need_id",
    "victim_need": "need_id",
    "client": "client_id",
    "share": "share_id",
    "conflict": "conflict_id",
    "break_glass": "use_id",
    "data_request": "request_id",
    "retention_review": "review_id",
    "legal_hold": "hold_id",
}
#: Ids of rows that nobody is asked for.
_OWN_IDS = frozenset({*_ASKED_FOR.values(), "resolution_id", "proposal_id", "restriction_id", "run_id"})
_LAST = (
    "A suspect is somebody who is recorded as one: it finds nothing. This page may be disclosable; your reading of it "
    "is in the log."
)


def names_for(desk: Desk, view: CaseView) -> Mapping[UUID, str]:
    """What to call whoever the case mentions: staff, services and panels by name, counterparts by the tokens shown."""
    mentioned = {
        each
        for row in _rows(view)
        for value in row.values()
        for each in (cast("list[object]", value) if isinstance(value, list) else [value])
        if isinstance(each, UUID)
    }
    tokens = {row["victim_id"]: str(row["token"]) for row in view.shown.get("links_graph", {}).get("victim", ())}
    return {**staff_names(desk, mentioned), **tokens}


def page(view: CaseView, names: Mapping[UUID, str]) -> Iterator[str]:
    """The lines of the page."""
    yield _title(view, names)
    empty: list[str] = []
    for group, tables in view.shown.items():
        lines = [line for table, rows in tables.items() for line in _lines(table, rows, names)]
        if not lines:
            empty.append(_words(group))
            continue
        yield ""
        yield _words(group).capitalize()
        yield from (f"  {line}" for line in lines)
    if empty:
        yield ""
        yield f"Nothing recorded: {', '.join(empty)}."
    yield ""
    yield "Not shown"
    yield from (f"  {_words(each.group)}: {each.why}" for each in view.not_shown)
    yield ""
    yield _LAST


def _title(view: CaseView, names: Mapping[UUID, str]) -> str:
    ids = [
        f"{row['namespace']}:{row['person_id']}"
        for row in view.shown.get("subject_identity", {}).get("subject_alias", ())
        if row["valid_to"] is None
    ]
    panel = next((names[row["panel_id"]] for row in _rows(view) if row["panel_id"] in names), "-")
    called = printable(", ".join(ids)) or "Somebody whose id you may not see"
    now = said(datetime.now(UTC))
    return f"{called}, panel area {printable(panel)}, as it is open to you on {now} (case {view.subject_id})"


def _rows(view: CaseView) -> Iterator[Row]:
    return (row for tables in view.shown.values() for rows in tables.values() for row in rows)


def _lines(table: str, rows: Sequence[Row], names: Mapping[UUID, str]) -> Iterator[str]:
    for row in rows:
        facts = [_fact(name, value, names) for name, value in row.items() if name not in _BESIDE | _OWN_IDS]
        line = "; ".join(fact for fact in facts if fact) or "recorded"
        asked_for = _ASKED_FOR.get(table)
        yield line if asked_for is None else f"{line}  ({row[asked_for]})"


def _fact(name: str, value: object, names: Mapping[UUID, str]) -> str:
    """A column in words; nothing where it holds nothing, or says no."""
    if value is None or value is False or value in ([], {}):
        return ""
    if value is True:
        return _words(name.removeprefix("is_"))
    head = _words(name.removesuffix("_id") if isinstance(value, UUID) else name)
    return f"{head} {_value(value, names)}"


def _value(value: object, names: Mapping[UUID, str]) -> str:
    if isinstance(value, UUID):
        return printable(names.get(value, "not named here"))
    if isinstance(value, list):
        return ", ".join(_value(each, names) for each in cast("list[object]", value))
    return said(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
