"""The facts of one case as lines for people: one line per fact, the newest first, names instead of ids.

What a row is known by is shown only where another command asks for it, and last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Uuid

from app.commands.access_lines import said
from app.tasking.case_access import Row
from app.wording import in_words, printable
from features.catalogue import CATALOGUE
from mat.store.tables import metadata
from mat.wording import code_in_words

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
    "action": "action_id",
    "kept_order": "order_key",
    "process_link": "link_id",
    "referral": "referral_id",
    "risk_alert": "alert_id",
    "research_request": "request_id",
    "agenda_item": "item_id",
    "disclosure": "disclosure_id",
}
#: Tables of those whom a page names.
_NAMED = frozenset({"app_user", "service", "panel", "victim"})
#: The time that a row is about: it begins the line, and the newest row comes first.
_WHEN: Mapping[str, str] = {
    "history_event": "occurred_at",
    "case_order": "issued_at",
    "case_standing": "from_at",
    "partner_nomination": "nominated_at",
    "narrative": "written_at",
    "data_request": "received_at",
    "share": "from_at",
    "client": "from_at",
    "action_step": "moved_at",
    "referral_event": "occurred_at",
}
#: Counterparts stand under their tokens in every row about them, files in `mat privacy files`.
_SAID_ELSEWHERE = frozenset({"victim", "file_person"})
_LABELS: Mapping[str, str] = {spec.name: spec.sentence.split(":")[0] for spec in CATALOGUE}


def lines_of(table: str, rows: Sequence[Row], names: Mapping[UUID, str]) -> Iterator[str]:
    """The lines of one table's rows."""
    if table == "list_evidence":
        yield from _evidence(rows)
    elif table == "list_reason":
        yield from (
            printable(str(row[f"reason_{place}"])) for row in rows for place in (1, 2, 3) if row[f"reason_{place}"]
        )
    elif table == "list_score":
        yield from (_score(row) for row in rows)
    elif table not in _SAID_ELSEWHERE:
        when = _WHEN.get(table)
        ordered = rows if when is None else sorted(rows, key=lambda row: _moment(row[when]), reverse=True)
        yield from (_line(table, row, names, when) for row in ordered)


def words(name: str) -> str:
    """A code as words."""
    return code_in_words(name)


def _feature(name: str) -> str:
    """A feature in the words of the catalogue, and the name as words for what it does not hold."""
    return _LABELS.get(name, words(name))


def _evidence(rows: Sequence[Row]) -> Iterator[str]:
    of_feature: dict[str, list[str]] = {}
    for row in rows:
        of_feature.setdefault(str(row["feature"]), []).append(str(row["incident_id"]))
    for feature, incidents in of_feature.items():
        yield f"{_feature(feature)} stands on {', '.join(printable(each) for each in sorted(incidents))}"


def _score(row: Row) -> str:
    points = sorted(cast("list[dict[str, Any]]", row["points"]), key=lambda each: -float(each["points"]))
    parts = ", ".join(f"{_feature(str(each['feature']))} {each['points']}" for each in points)
    return f"{row['score']}" + (f", of it {parts}" if parts else "")


def _moment(value: object) -> datetime:
    """For sorting; where there is none, before all others."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value if isinstance(value, date) else date.min, time(), tzinfo=UTC)


def _line(table: str, row: Row, names: Mapping[UUID, str], when: str | None) -> str:
    asked_for = _ASKED_FOR.get(table)
    left_out = {*_BESIDE, *_row_ids(table), when, "birth_date_precision" if _is_exact(row) else None}
    facts = (_fact(name, value, names) for name, value in row.items() if name not in left_out)
    line = "; ".join(fact for fact in facts if fact) or "recorded"
    if when is not None:
        line = f"{said(row[when])}  {line}"
    return line if asked_for is None else f"{line}  ({row[asked_for]})"


@cache
def _row_ids(table: str) -> frozenset[str]:
    """The columns that hold the id of a row, which says nothing to people; not those of somebody with a name."""
    columns = metadata.tables[table].c
    return frozenset(
        column.name
        for column in columns
        if (isinstance(column.type, Uuid) or column.identity is not None)
        and column.name != "victim_id"
        and _NAMED.isdisjoint(key.column.table.name for key in column.foreign_keys)
    )


def _is_exact(row: Row) -> bool:
    return row.get("birth_date_precision") == "day"


def _fact(name: str, value: object, names: Mapping[UUID, str]) -> str:
    """A column in words; nothing where it holds nothing, or says no."""
    if value is None or value is False or value in ([], {}):
        return ""
    if value is True:
        return words(name.removeprefix("is_"))
    head = words(name.removesuffix("_id") if isinstance(value, UUID) else name)
    return f"{head} {_value(value, names)}"


def _value(value: object, names: Mapping[UUID, str]) -> str:
    if isinstance(value, UUID):
        return printable(names.get(value, "not named here"))
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, object]", value).values()
        return " ".join(_value(each, names) for each in parts if each is not None)
    if isinstance(value, list):
        return ", ".join(_value(each, names) for each in cast("list[object]", value))
    return said(in_words(value) if isinstance(value, str) else value)
