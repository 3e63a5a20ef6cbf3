"""The search of the log, as a part of Assurance: who saw and did what, by person, by who did it, by service and day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

import polars as pl
import streamlit as st

from app.components.lists import Cell, pager, summary_card, table
from app.components.text import Html, case_token, code, in_words, link
from app.components.words import empty, heading, hint, inset, paragraph, tag
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.case_names import staff_names
from app.tasking.log_searching import Named, events_to_take, search_log, wanted_by_name
from governance.audit_search import Wanted
from governance.retention import ZONE
from mat.store.vocabulary import Operation

_ROWS = 50
_HEADS = ("When", "Who", "Service", "What", "Kind", "People", "Event")


def draw_search(visit: Visit) -> None:
    """One event, where the address asks for one; else the form and the newest events that fit."""
    number = visit.asked_number("event")
    if number is not None:
        _draw_event(visit, number)
        return
    visit.show(
        heading("Search the log"),
        hint(
            "Who looked at somebody, and who did what. You see your own events, or all, as your role allows. "
            "A search is logged."
        ),
    )
    case = visit.asked_id("case")
    if case is not None:
        visit.show(inset(Html("Only events about {}.").format(case_token(case))))
    asked, is_new = _form(before=visit.asked_number("after"), case=case)
    if is_new and "after" in st.query_params:
        del st.query_params["after"]
    wanted = visit.read(lambda: wanted_by_name(visit.desk, asked))
    if wanted is None:
        return
    found = visit.read(lambda: search_log(visit.desk, wanted))
    if found is None:
        return
    if found.is_empty():
        visit.show(empty("No event fits that you may see."))
        return
    query: dict[str, str | UUID] = {"part": "search"}
    if case is not None:
        query["case"] = case
    rows = [_row(row, query) for row in found.to_dicts()]
    visit.show(
        table("Events, the newest first", _HEADS, rows, numbers=("People", "Event")),
        pager(
            "assurance",
            query,
            earlier=asked.before is not None,
            after=int(found["seq"].to_list()[-1]) if found.height == _ROWS else None,
            words="events",
        ),
    )
    _offer(visit, found, wanted)


def _offer(visit: Visit, found: pl.DataFrame, wanted: Wanted) -> None:
    with st.expander("Take these events away"):
        visit.hand_out(
            "Make the list of these events",
            lambda given: events_to_take(found, wanted, given),
            key="events",
            command="search_log",
            purposes=("To answer a question about who saw a case", "For an audit"),
        )


def _form(*, before: int | None, case: UUID | None) -> tuple[Named, bool]:
    """What was asked for, and whether just now: then the first page is shown, whichever stood there."""
    with st.form("search"):
        left, middle, right = st.columns(3)
        person = left.text_input(
            "About whom: a person's id, or a case's",
            max_chars=200,
            help="An id as a force writes it, such as P100 or force:P100, where your role knows it; else a case's own.",
        )
        user = middle.text_input("By whom: a name", max_chars=200)
        service = right.text_input("Of which service", max_chars=200)
        left, middle, right = st.columns(3)
        kind = choose(
            "Kind of event",
            {each: each.value.replace("_", " ") for each in Operation},
            placeholder="any",
            at=left,
        )
        since = middle.date_input("From", value=None, format=DAY)
        until = right.date_input("To, that day included", value=None, format=DAY)
        is_new = st.form_submit_button("Search")
    asked = Named(
        case=case,
        person=person.strip() or None,
        user=user.strip() or None,
        service=service.strip() or None,
        operation=kind,
        since=_midnight(since),
        until=None if until is None else _midnight(until + timedelta(days=1)),
        before=None if is_new else before,
        most=_ROWS,
    )
    return asked, is_new


def _row(row: Mapping[str, Any], query: Mapping[str, str | UUID]) -> list[Cell]:
    return [
        datetime.fromisoformat(row["at"]),
        row["user"],
        row["service"],
        _what(row),
        tag(code(row["operation"])),
        row["people"],
        link(str(row["seq"]), "assurance", {**query, "event": str(row["seq"])}),
    ]


def _what(row: Mapping[str, Any]) -> str:
    """Such as: case read: why. Of a reading, which page or part was read."""
    page = json.loads(row["details"]).get("page")
    return code(row["event"]) if page is None else f"{code(row['event'])}: {code(page)}"


def _draw_event(visit: Visit, number: int) -> None:
    """What one event holds: which fields, told to whom, and of which kinds there is a text; never the text."""
    found = search_log(visit.desk, Wanted(before=number + 1, most=1)).to_dicts()
    case = visit.asked_id("case")
    back = link("All events", "assurance", {"part": "search", **({} if case is None else {"case": case})})
    if not found or found[0]["seq"] != number:
        visit.show(empty("There is no such event that you may see."), paragraph(back))
        return
    (row,) = found
    details: dict[str, Any] = json.loads(row["details"])
    named = staff_names(visit.desk, {each for each in map(_as_id, _words_in(row, details)) if each is not None})
    facts: dict[str, Cell] = {
        "When": datetime.fromisoformat(row["at"]),
        "Who": f"{row['user']}, {row['service']}",
        "Kind": code(row["operation"]),
        "About": "nobody" if not row["people"] else "1 person" if row["people"] == 1 else f"{row['people']} people",
        "Fields": ", ".join(code(each) for each in row["fields"]) or "none",
        "Told to": ", ".join(_said(each, named) for each in row["recipients"]) or "nobody",
        **{code(name).capitalize(): _said(value, named) for name, value in details.items() if value is not None},
        "Texts kept beside it": ", ".join(code(each) for each in row["texts"]) or "none",
        "By way of": code(row["channel"]),
        "For": code(row["purpose"]),
    }
    visit.show(
        summary_card(f"Event {number}: {code(row['event'])}", facts, level=2),
        hint("A text is read where it belongs, by whoever may; this page never shows one."),
        paragraph(back),
    )


def _words_in(row: Mapping[str, Any], details: Mapping[str, Any]) -> list[str]:
    return [str(each) for value in (row["recipients"], *details.values()) for each in _listed(value)]


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _said(value: object, named: Mapping[UUID, str]) -> str:
    """A detail in words: an id of somebody at work by their name, another by its end."""
    if isinstance(value, list):
        return ", ".join(_said(each, named) for each in _listed(cast("object", value)))
    key = _as_id(str(value))
    if key is None:
        return code(value) if isinstance(value, str) and value.islower() else in_words(value)
    return named.get(key, str(key)[-8:])


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZONE)
