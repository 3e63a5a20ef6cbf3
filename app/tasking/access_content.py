"""What an access export holds: the case's own records, other people replaced or left out, free text set aside.

Only what `access_tables` names is read, so what is not the person's is not fetched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import Table, not_, or_, select

from app.tasking import access_words
from app.tasking.access_tables import (
    ABOUT_OTHERS,
    BEHIND_THE_WALL,
    EVENTS_ABOUT_OTHERS,
    INQUIRY,
    LEFT_OUT,
    OTHERS,
    OWN,
    RECORDS,
    RIGHTS,
    TEXTS,
    WITHHELD,
)
from governance.retention import ZONE, local_day
from mat.store.tables import cases, lists, people, privacy
from mat.store.tables.audit import audit_index, audit_payload

if TYPE_CHECKING:
    from app.tasking.desk import Work


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What an export holds. `passages`: what a person must read and decide on, numbered from 1."""

    field_groups: tuple[str, ...]
    about: Mapping[str, Any]
    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    passages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def as_json(self, *, is_draft: bool) -> dict[str, Any]:
        """As the files hold it."""
        return {
            "is_draft": is_draft,
            "made_at": datetime.now(UTC).isoformat(),
            "about": dict(self.about),
            "held": self.held,
            "passages": self.passages,
            "withheld": list(WITHHELD),
            "rights": RIGHTS,
            "field_groups": list(self.field_groups),
        }


def gather(work: Work, subject: UUID) -> Gathered:
    """Everything the store holds on a case that is in sight, as an access export shows it."""
    hide = _hider(work, subject)
    found = Gathered(
        field_groups=(
            "actions", "area", "case", "data_rights", "disclosures", "hold_work", "judgements", "links_graph", "marks",
            "minutes", "narrative", "narrative_summary", "nominations", "orders", "panel_record", "process_links",
            "rank_band", "rank_reasons", "raw_score", "referral_answers", "referrals", "research", "retention",
            "risk_summary", "service_needs", "sharing", "subject_address", "subject_identity",
        ),
        about={"case": str(subject), "as_held_on": local_day(datetime.now(UTC)).isoformat()},
    )  # fmt: skip
    for table in OWN.keys() | TEXTS.keys() | RECORDS.keys():
        found.held[table.name] = []
    for table in sorted(OWN.keys() | TEXTS.keys(), key=lambda each: each.name):
        _take_rows(work, subject, table, found, hide)
    for table in sorted(RECORDS, key=lambda each: each.name):
        _take_records(work, subject, table, found, hide)
    found.held["shared_with"] = _shared_with(work, subject)
    found.held["files"] = _files(work, subject)
    found.held["log_texts"] = _log_texts(work, subject, found, hide)
    return found


def _take_rows(work: Work, subject: UUID, table: Table, found: Gathered, hide: _Hider) -> None:
    own, texts = OWN.get(table, ()), TEXTS.get(table, ())
    days: Mapping[UUID, str] = _days_of_lists(work) if "run_id" in own else {}
    for row in _rows(work, subject, table, (*own, *texts)):
        shown: dict[str, Any] = {
            "list_as_of" if name == "run_id" else name: days.get(row[name])
            if name == "run_id"
            else hide.value(row[name])
            for name in own
        }
        exemption = INQUIRY if row.get("statement_type") in ABOUT_OTHERS else OTHERS
        for name in texts:
            if row[name] is not None:
                shown[name] = _passage(found, table, f"{table.name}.{name}", hide.value(row[name]), exemption)
        found.held[table.name].append(shown)


def _take_records(work: Work, subject: UUID, table: Table, found: Gathered, hide: _Hider) -> None:
    for row in _rows(work, subject, table, RECORDS[table]):
        said = "; ".join(
            f"{access_words.column(name)}: {access_words.value(_plain(row[name]))}"
            for name in RECORDS[table]
            if row[name] not in (None, [])
        )
        passage = _passage(found, table, f"{table.name}: the person may not know of it", hide.text(said), INQUIRY)
        found.held[table.name].append({"record": passage})


def _days_of_lists(work: Work) -> Mapping[UUID, str]:
    """The day that each list in sight is as of."""
    asked = select(lists.list_run.c.run_id, lists.list_run.c.as_of)
    return {row.run_id: row.as_of.isoformat() for row in work.connection.execute(asked)}


def _rows(work: Work, subject: UUID, table: Table, columns: Collection[str]) -> Sequence[dict[str, Any]]:
    """The rows of a case, without those that tell of a service for victims or children, or are left out."""
    asked = select(*(table.c[name] for name in columns)).where(table.c.subject_id == subject)
    behind = select(people.service.c.service_id).where(people.service.c.kind.in_(BEHIND_THE_WALL))
    for name in {"service_id", "source_service_id"} & {*table.c.keys()}:
        asked = asked.where(or_(table.c[name].is_(None), table.c[name].not_in(behind)))
    if table in LEFT_OUT:
        asked = asked.where(not_(LEFT_OUT[table]))
    rows = work.connection.execute(asked.order_by(*table.primary_key.columns))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _passage(found: Gathered, table: Table, where: str, text: Any, exemption: str) -> dict[str, int]:
    number = len(found.passages) + 1
    found.passages.append(
        {"number": number, "table": table.name, "where": where, "text": str(text), "exemption": exemption}
    )
    return {"passage": number}


def _shared_with(work: Work, subject: UUID) -> list[dict[str, Any]]:
    """Kinds of services that had the case, and when; never one for victims or children, nor why."""
    asked = (
        select(people.service.c.kind, people.share.c.from_at, people.share.c.ended_at, people.share.c.expires_at)
        .join(people.service, people.service.c.service_id == people.share.c.service_id)
        .where(people.share.c.subject_id == subject, people.share.c.victim_id.is_(None))
        .where(people.service.c.kind.not_in(BEHIND_THE_WALL))
        .order_by(people.share.c.from_at)
    )
    return [
        {"kind_of_service": row.kind, "from": _plain(row.from_at), "to": _plain(row.ended_at or row.expires_at)}
        for row in work.connection.execute(asked)
    ]


def _files(work: Work, subject: UUID) -> list[dict[str, Any]]:
    register, person = privacy.file_register, privacy.file_person
    asked = (
        select(register.c.kind, register.c.made_at, register.c.deleted_at)
        .join(person, person.c.file_id == register.c.file_id)
        .where(person.c.subject_id == subject)
        .order_by(register.c.made_at)
    )
    return [
        {"kind": row.kind, "made_at": _plain(row.made_at), "destroyed_at": _plain(row.deleted_at)}
        for row in work.connection.execute(asked)
    ]


def _log_texts(work: Work, subject: UUID, found: Gathered, hide: _Hider) -> list[dict[str, Any]]:
    """Reasons kept beside the log about this case alone."""
    asked = (
        select(audit_index.c.at, audit_index.c.event, audit_payload.c.name, audit_payload.c.content)
        .join(audit_payload, audit_payload.c.event_id == audit_index.c.event_id)
        .where(audit_payload.c.subject_id == subject)
        .order_by(audit_index.c.seq, audit_payload.c.name)
    )
    shown: list[dict[str, Any]] = []
    for row in work.connection.execute(asked):
        if "hold" in row.event or row.event in EVENTS_ABOUT_OTHERS:
            continue
        where = f"text beside the log: {row.event}, {row.name}"
        passage = _passage(found, audit_payload, where, hide.text(row.content), OTHERS)
        shown.append({"at": _plain(row.at), "event": row.event, "text": passage})
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hider:
    """Replaces who other people are, wherever a text names them; `pattern` None = nobody is known."""

    pattern: re.Pattern[str] | None
    token_of: Mapping[str, str]

    def text(self, text: str) -> str:
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda match: f"[{self.token_of[match[0].casefold()]}]", text)

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in cast("list[object]", value)]
        return _plain(value)


def _hider(work: Work, subject: UUID) -> _Hider:
    """From each word of the names and ids that the store has of the counterparts, and from full names of staff."""
    victim, identity, user = cases.victim, cases.victim_identity, people.app_user
    token_of: dict[str, str] = {}
    for row in work.connection.execute(select(user.c.name)):
        token_of |= _tokens("staff", row.name)
    asked = (
        select(victim.c.token, identity.c.person_id, identity.c.forename, identity.c.surname, identity.c.birth_date)
        .join(identity, identity.c.victim_id == victim.c.victim_id)
        .where(victim.c.subject_id == subject)
    )
    for row in work.connection.execute(asked):
        born = [] if row.birth_date is None else [row.birth_date.isoformat(), row.birth_date.strftime("%d/%m/%Y")]
        names = [name for name in (row.forename, row.surname) if name is not None]
        words = [word for name in names for word in name.replace("-", " ").split()]
        token_of |= _tokens(row.token, row.person_id, *names, *words, *born)
    own = select(cases.subject_identity.c.forename, cases.subject_identity.c.surname)
    for row in work.connection.execute(own.where(cases.subject_identity.c.subject_id == subject)):
        for name in (row.forename, row.surname):
            token_of.pop((name or "").casefold(), None)
    if not token_of:
        return _Hider(pattern=None, token_of={})
    longest_first = sorted(token_of, key=len, reverse=True)
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(each) for each in longest_first) + r")(?!\w)", re.IGNORECASE
    )
    return _Hider(pattern=pattern, token_of=token_of)


def _tokens(token: str, *said: str | None) -> dict[str, str]:
    return {each.strip().casefold(): token for each in said if each is not None and len(each.strip()) > 1}


def _plain(value: Any) -> Any:
    """As JSON holds it; a moment as the clocks of England and Wales show it."""
    if isinstance(value, datetime):
        local = value if value.tzinfo is None else value.astimezone(ZONE)
        return local.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    return value
