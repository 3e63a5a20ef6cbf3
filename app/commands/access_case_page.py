"""One case as a page for people: sections in the order of the policy, and what is kept back and why.

Nothing is fetched for it but names: of staff, services and panel areas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from app.commands.access_case_facts import lines_of, words
from app.commands.access_lines import said
from app.tasking.case_access import CaseView, Row
from app.tasking.case_names import staff_names
from app.tasking.corrections import Challenge, challenges
from app.tasking.desk import Desk
from app.wording import printable

_LAST = (
    "A suspect is somebody who is recorded as one: it finds nothing. This page may be disclosable; your reading of it "
    "is in the log."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a page says beside the case: what to call whoever is mentioned, and what is challenged."""

    names: Mapping[UUID, str]
    challenges: Sequence[Challenge]


def read_beside(desk: Desk, view: CaseView) -> Beside:
    """The names of staff, services and panel areas, counterparts by the tokens shown, and open challenges."""
    mentioned = {
        each
        for row in _rows(view)
        for value in row.values()
        for each in (cast("list[object]", value) if isinstance(value, list) else [value])
        if isinstance(each, UUID)
    }
    tokens = {row["victim_id"]: str(row["token"]) for row in view.shown.get("links_graph", {}).get("victim", ())}
    with desk.store.transaction(desk.scope) as connection:
        challenged = challenges(connection, [view.subject_id]).get(view.subject_id, ())
    return Beside(names={**staff_names(desk, mentioned), **tokens}, challenges=challenged)


def page(view: CaseView, beside: Beside) -> Iterator[str]:
    """The lines of the page."""
    yield _title(view, beside.names)
    yield from _marks(view)
    for each in beside.challenges:
        yield f"CHALLENGED since {each.since.isoformat()}, and not answered yet: {words(each.about.value)}."
    empty: list[str] = []
    for group, tables in view.shown.items():
        lines = [line for table, rows in tables.items() for line in lines_of(table, rows, beside.names)]
        if not lines:
            empty.append(words(group))
            continue
        yield ""
        yield words(group).capitalize()
        yield from (f"  {line}" for line in lines)
    if empty:
        yield ""
        yield f"Nothing recorded: {', '.join(empty)}."
    yield ""
    yield from _not_shown(view)
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


def _marks(view: CaseView) -> Iterator[str]:
    """What whoever may know it must see first: that the case is restricted, or under a legal hold."""
    tables = {name: rows for group in view.shown.values() for name, rows in group.items()}
    if any(row["to_at"] is None or row["to_at"] > datetime.now(UTC) for row in tables.get("restriction", ())):
        yield "RESTRICTED: it is stored, and nothing else is done with it."
    if any(row["released_at"] is None for row in tables.get("legal_hold", ())):
        yield "LEGAL HOLD: nothing of it may be removed."


def _rows(view: CaseView) -> Iterator[Row]:
    return (row for tables in view.shown.values() for rows in tables.values() for row in rows)


def _not_shown(view: CaseView) -> Iterator[str]:
    """One line per reason."""
    of_reason: dict[str, list[str]] = {}
    for each in view.not_shown:
        of_reason.setdefault(each.why, []).append(words(each.group))
    yield "Not shown"
    yield from (f"  {', '.join(groups)}: {why}" for why, groups in of_reason.items())
