"""Rows shown of a case into the parts of its page; each None where its field group is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, cast
from uuid import UUID

from app.tasking.ages import age_on
from app.tasking.case_access import CaseView, Row
from app.tasking.nominating.compared import compared_of
from app.tasking.subject.page import (
    CHILDREN,
    NEED,
    PROFILE,
    RISK_SUMMARY,
    ChildrenFlag,
    Elsewhere,
    Identity,
    ImportedOrder,
    Made,
    Mark,
    Placed,
    PutForward,
    Said,
    Statement,
    Stay,
)
from governance.retention import local_day
from mat.store.panel_vocabulary import Decided, NominationSource, NominationState, StatementType
from mat.vocabulary import Standing

if TYPE_CHECKING:
    from app.tasking.subject.lists import ThatList

#: One row per field group and table.
Shown = Mapping[str, Mapping[str, Sequence[Row]]]

_YEAR = "year"
_SAID = {
    ("narrative_summary", "narrative_summary"): (PROFILE, "subject_id", "written"),
    ("risk_summary", "risk_summary"): (RISK_SUMMARY, "subject_id", "agreed"),
    ("service_needs", "service_need"): (NEED, "need_id", "written"),
    ("children", "child_note"): (CHILDREN, "note_id", "written"),
}


def people_in(view: CaseView) -> list[UUID]:
    """Every id of a user or a service that a row names, among others."""
    values = (
        value for tables in view.shown.values() for rows in tables.values() for row in rows for value in row.values()
    )
    return list({value for value in values if isinstance(value, UUID)})


def identity_of(shown: Shown, today: date) -> Identity | None:
    """Who the subject is."""
    if "subject_identity" not in shown:
        return None
    rows = shown["subject_identity"]["subject_identity"]
    aliases = [row for row in shown["subject_identity"]["subject_alias"] if row["valid_to"] is None]
    known: Row = rows[0] if rows else {}
    born, precision = known.get("birth_date"), known.get("birth_date_precision")
    return Identity(
        known_as=tuple(sorted(f"{row['namespace']}:{row['person_id']}" for row in aliases)),
        name=" ".join(filter(None, (known.get("forename"), known.get("surname")))) or None,
        birth_date=born,
        birth_date_precision=precision,
        age=None if born is None or precision == _YEAR else age_on(born, today),
        sex=known.get("sex"),
    )


def stays_of(shown: Shown, run_id: UUID | None) -> Sequence[Stay] | None:
    """Where the extract says that the person stands, those that go on first, then the latest."""
    if "rank_band" not in shown:
        return None
    found = [
        Stay(
            kind=row["kind"],
            from_on=row["from_at"].date(),
            to_on=None if row["to_at"] is None else row["to_at"].date(),
            level=row["level"],
        )
        for row in shown["rank_band"]["case_standing"]
        if row["run_id"] == run_id
    ]
    return sorted(found, key=lambda each: (each.to_on is not None, -each.from_on.toordinal(), each.kind))


def children_affected(shown: Shown, names: Mapping[UUID, str]) -> ChildrenFlag | None:
    """The flag of whether children are affected, by whom and when; None = not shown."""
    if "safeguarding_flag" not in shown:
        return None
    for row in shown["safeguarding_flag"]["safeguarding_flag"]:
        by = names.get(row["set_by"], "somebody")
        return ChildrenFlag(is_set=row["children_affected"], by=by, on=local_day(row["set_at"]))
    return ChildrenFlag(is_set=None, by=None, on=None)


def placed_of(shown: Shown, that: ThatList | None) -> Placed | None:
    """The place on one list; None = not on it, or not shown."""
    for row in shown.get("rank_band", {}).get("list_place", ()):
        if that is not None and row["run_id"] == that.run_id:
            return Placed(
                rank=row["rank"],
                rank_low=row["rank_low"],
                rank_high=row["rank_high"],
                tied=row["tied"],
                is_listed=row["is_listed"],
                hold=row["hold"],
                is_deceased=Standing.DECEASED.value in row["standing"],
                flags=tuple(row["flags"]),
                data_gaps=tuple(row["data_gaps"]),
                compared=compared_of(row["compared"], model=that.model, scale=that.scale, seats=that.seats),
            )
    return None


def put_forward(shown: Shown, run_id: UUID | None, names: Mapping[UUID, str]) -> Sequence[PutForward]:
    """Every time the person was put forward, the latest first."""
    in_extract = [
        PutForward(
            by=row["agency"],
            source=NominationSource.PARTNER,
            on=row["nominated_at"].date(),
            reason=row["reason"],
            state=None,
            decided_reason=None,
        )
        for row in shown.get("narrative", {}).get("partner_nomination", ())
        if row["run_id"] == run_id
    ]
    in_store = [
        PutForward(
            by=names.get(row["service_id"], "-"),
            source=NominationSource(row["source"]),
            on=local_day(row["made_at"]),
            reason=row["reason"],
            state=NominationState(row["state"]),
            decided_reason=row["decided_reason"],
        )
        for row in shown.get("nominations", {}).get("nomination", ())
    ]
    return sorted([*in_extract, *in_store], key=lambda each: (each.on, each.by, each.reason), reverse=True)


def statements_of(shown: Shown, names: Mapping[UUID, str]) -> Sequence[Statement] | None:
    """Statements of the store, the latest first."""
    if "narrative" not in shown:
        return None
    return [
        Statement(
            statement_id=row["narrative_id"],
            kind=StatementType(row["statement_type"]),
            content=row["content"],
            source=row["source"],
            by=names.get(row["written_by"], "-"),
            at=row["written_at"],
            version=row["version"],
        )
        for row in _latest_first(shown["narrative"]["narrative"], "written_at")
    ]


def said_of(shown: Shown, names: Mapping[UUID, str]) -> Sequence[Said]:
    """Summaries, needs and notes about children, as far as each is shown."""
    return [
        Said(
            about=f"{about}: {row['kind'].replace('_', ' ')}" if "kind" in row else about,
            content=row["content"],
            by=names.get(row[f"{verb}_by"], "-"),
            at=row[f"{verb}_at"],
            row_id=row[key],
            version=row["version"],
        )
        for (group, table), (about, key, verb) in _SAID.items()
        for row in _latest_first(shown.get(group, {}).get(table, ()), f"{verb}_at")
    ]


def imported_orders(shown: Shown, run_id: UUID | None, today: date) -> Sequence[ImportedOrder] | None:
    """Orders as the extract has them, those that run on `today` first, then the latest."""
    if "narrative" not in shown:
        return None
    tokens = _tokens(shown)
    found = [
        ImportedOrder(
            order_id=row["order_id"],
            kind=row["kind"] or "kind not recorded",
            token=tokens.get(row["victim_id"]),
            issued_on=_day(row["issued_at"]),
            expires_on=_day(row["expires_at"]),
            conditions=row["conditions"],
            breached_on=tuple(sorted(each.date() for each in row["breaches"])),
            is_running=row["expires_at"] is not None and row["expires_at"].date() >= today,
        )
        for row in shown["narrative"]["case_order"]
        if row["run_id"] == run_id
    ]
    return sorted(
        found, key=lambda each: (not each.is_running, -(each.issued_on or date.min).toordinal(), each.order_id)
    )


def elsewhere_of(shown: Shown) -> Sequence[Elsewhere] | None:
    """Other processes, those that go on first, then the latest."""
    if "process_links" not in shown:
        return None
    tokens = _tokens(shown)
    found = [
        Elsewhere(
            process=row["process"],
            level=row["level"],
            reference=row["reference"],
            token=tokens.get(row["victim_id"]),
            from_on=local_day(row["from_at"]),
            due_on=row["due_on"],
            ended_on=None if row["ended_at"] is None else local_day(row["ended_at"]),
        )
        for row in shown["process_links"]["process_link"]
    ]
    return sorted(found, key=lambda each: (each.ended_on is not None, -each.from_on.toordinal(), each.process))


def decisions_of(shown: Shown, names: Mapping[UUID, str]) -> Sequence[Made] | None:
    """Decisions of meetings, the latest first."""
    if "panel_record" not in shown:
        return None
    return [
        Made(
            heading=Decided(row["heading"]),
            content=row["content"],
            by=names.get(row["decided_by"], "-"),
            at=row["decided_at"],
        )
        for row in _latest_first(shown["panel_record"]["decision"], "decided_at")
    ]


def marks_of(shown: Shown) -> Sequence[Mark] | None:
    """Marks, the latest first."""
    if "marks" not in shown:
        return None
    return [
        Mark(
            kind=row["kind"],
            as_of=row["as_of"],
            score=row["score"],
            rank=row["rank"],
            without_new_events=row["without_new_events"],
        )
        for row in _latest_first(shown["marks"]["panel_mark"], "marked_at")
    ]


def _tokens(shown: Shown) -> Mapping[UUID, str]:
    return {row["victim_id"]: row["token"] for row in shown.get("links_graph", {}).get("victim", ())}


def _latest_first(rows: Iterable[Row], when: str) -> list[Row]:
    return sorted(rows, key=lambda row: (_moment(row[when]), str(next(iter(row.values())))), reverse=True)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return datetime.combine(cast("date", value), time(), tzinfo=UTC)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
