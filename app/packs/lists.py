"""Actions and candidates as workbooks, of the same values the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from app.packs.pack_content import CLASSIFICATION, DEMONSTRATION, Copy
from app.packs.saying import coded, count, day, moment
from app.sheets import Cell, new_workbook, styles_of, writable, write_head, write_line
from app.wording import in_words
from mat.store.panel_vocabulary import NominationSource, Told

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.nominating.candidates import Candidate, Candidates

_ACTIONS = (
    ("Agency's service", 24), ("Owner", 20), ("Case", 22), ("Name", 26), ("What", 50), ("Done when", 40), ("Due", 13),
    ("Deadline", 10), ("State", 16), ("Carried over", 13), ("Telling", 28), ("Safety gate", 20), ("Id", 38),
)  # fmt: skip
_CANDIDATES = (
    ("Case", 22), ("Name", 26), ("Born", 13), ("Here because", 24), ("What was said", 60), ("Nomination", 14),
    ("With the panel", 16), ("Telling", 28), ("Our concern", 14), ("Place", 8), ("Best", 8), ("Worst", 8), ("Id", 38),
)  # fmt: skip
#: Of what a spreadsheet program keeps for the whole foot, as much as leaves room for the rest.
_LONGEST_FOOT = 80
_A4 = 9
_NOT_TO_BE_TOLD = "NOT TO BE TOLD"
_GATE: Mapping[bool | None, str] = MappingProxyType({True: "Open: may go on", False: "SHUT: do not begin"})
_CAME_BY = {
    NominationSource.LIST: "on the list",
    NominationSource.PARTNER: "put forward by a partner",
    NominationSource.HOLD: "held, and resolved to be listed",
    NominationSource.PANEL: "put forward by the panel",
}


def action_sheet(actions: Sequence[Action], names: Mapping[UUID, str], copy: Copy, *, is_demonstration: bool) -> bytes:
    """The actions by agency, then by the day they are due. `names`: of their people, by case."""
    ordered = sorted(actions, key=lambda each: (each.service, each.due_on, each.action_id))
    rows = [_action(each, names) for each in ordered]
    how_many = count(len(rows), "action that is not closed", "actions that are not closed")
    notes = [f"{how_many}, of cases that are open to {copy.recipient}.", *_notes(copy, is_demonstration)]
    return _workbook("Actions", _ACTIONS, rows, notes, copy)


def candidate_sheet(found: Candidates, copy: Copy, *, is_demonstration: bool) -> bytes:
    """The candidates in the order of the cycle, which says nothing of rank."""
    seats = "" if found.capacity is None else f": {found.capacity.seats} seats"
    notes = [
        f"{found.panel}, cycle of {day(found.cycle)}, ranked by {found.model}{seats}.",
        f"{count(len(found.candidates), 'person', 'people')} in it, on a list or put forward: no finding.",
        "The order is neutral. A place is shown once your service has judged the case.",
        "Nobody is listed by this list: each nomination is a named person's decision, with a reason.",
        *_notes(copy, is_demonstration),
    ]
    return _workbook("Candidates", _CANDIDATES, [_candidate(each) for each in found.candidates], notes, copy)


def _workbook(
    title: str, heads: Sequence[tuple[str, int]], rows: Sequence[Sequence[Cell]], notes: list[str], copy: Copy
) -> bytes:
    made = BytesIO()
    with new_workbook(made, title, {"in_memory": True}) as book:
        styles, sheet = styles_of(book), book.add_worksheet(title)
        write_head(sheet, heads, styles)
        for line, row in enumerate(rows, start=1):
            write_line(sheet, line, row, styles.text)
        about = book.add_worksheet("Read me")
        about.set_column(0, 0, 110)
        for each in (sheet, about):
            each.set_paper(_A4)
            each.set_header(f"&L{title}&R{DEMONSTRATION if DEMONSTRATION in notes else ''}")
            each.set_footer(
                f"&L{CLASSIFICATION}&C{_printed(f'Copy {copy.number} for {copy.recipient}')}&RPage &P of &N"
            )
        about.set_landscape()
        for line, note in enumerate(notes):
            about.write_string(line, 0, writable(note), styles.text)
    return made.getvalue()


def _printed(words: str) -> str:
    """Words for the foot of printed pages, where `&` begins a command."""
    return writable(words)[:_LONGEST_FOOT].replace("&", "&&")


def _notes(copy: Copy, is_demonstration: bool) -> list[str]:
    return [
        CLASSIFICATION,
        *([DEMONSTRATION] if is_demonstration else []),
        f"Made {moment(copy.made_at)} by {copy.made_by} for {copy.recipient}, copy {copy.number}.",
        "This file holds personal data: it is registered under the number of its copy. Keep, share and destroy it so.",
    ]


def _action(each: Action, names: Mapping[UUID, str]) -> Sequence[Cell]:
    return (
        each.service,
        each.owner,
        _called(each.case, names.get(each.subject_id)),
        names.get(each.subject_id),
        each.what,
        each.success_test,
        day(each.due_on),
        None if each.due is None else coded(each.due.value),
        coded(each.state.value if each.outcome is None else each.outcome.value),
        None if each.carried_over is None else day(each.carried_over),
        _telling(each.told),
        _GATE.get(each.is_gate_open),
        str(each.action_id),
    )


def _candidate(each: Candidate) -> Sequence[Cell]:
    place = each.place
    return (
        _called(each.case, each.name),
        each.name,
        None if each.birth_date is None else day(each.birth_date),
        ", ".join(_CAME_BY[source] for source in each.sources),
        "\n".join(f"{coded(in_words(said.by))}: {said.reason}" for said in each.said),
        None if each.nomination is None else coded(each.nomination.value),
        None if each.standing is None else coded(each.standing.value),
        _telling(each.told),
        None if each.judged is None else coded(each.judged.concern.value),
        None if place is None else place.rank,
        None if place is None else place.rank_low,
        None if place is None else place.rank_high,
        str(each.subject_id),
    )


def _called(case: str, name: str | None) -> str | None:
    """The ids of the force, as a pack has them; nothing where the name is all there is."""
    if case == name:
        return None
    return ", ".join(each.partition(":")[2] or each for each in case.split(", "))


def _telling(told: Told | None) -> str | None:
    if told is None:
        return None
    return {Told.NOT_TO_BE_TOLD: _NOT_TO_BE_TOLD, Told.TOLD: "Told"}.get(told, "Not decided: say nothing")
