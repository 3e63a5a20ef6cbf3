"""Cases with a row in every table, each text of them a canary that is found nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from uuid_utils.compat import uuid7

from mat.store.tables import cases, lists, metadata, panel_meetings, people
from tests.staff import NAMESPACE, Staff

CANARY = re.compile(r"canary-[a-z_]+-[a-z_0-9]+-\d+")
PAST = datetime(2026, 1, 5, 12, tzinfo=UTC)


def case_tables() -> list[Table]:
    """Every table whose rows are each about one case, parents before children."""
    return [
        table
        for table in metadata.sorted_tables
        if table is cases.subject or any(key.referred_table is cases.subject for key in table.foreign_key_constraints)
    ]


def canaries_in(text: str) -> set[str]:
    return set(CANARY.findall(text))


@dataclass(kw_only=True)
class FilledCases:
    """Makes cases on a store with staff. `of_run`, `of_meeting`: the run that every case came with, and the meeting
    whose agenda it is on, by panel.
    """

    staff: Staff
    outside: UUID = field(init=False)
    stranger: UUID = field(init=False)
    of_run: dict[str, UUID] = field(default_factory=dict[str, UUID])
    of_meeting: dict[str, UUID] = field(default_factory=dict[str, UUID])
    count: int = 0

    def __post_init__(self) -> None:
        agency = self.staff.row(people.agency, name="Elsewhere", kind="voluntary")
        self.outside = self.staff.row(people.service, agency_id=agency, name="elsewhere", kind="victim_service")
        self.staff.services["elsewhere"] = self.outside
        self.stranger = self.staff.row(people.app_user, name="Stranger", added_at=PAST)
        for panel in self.staff.panels:
            self.of_run[panel] = self.staff.row(lists.list_run, **self._values(lists.list_run, {"panel": panel}))
            meeting = panel_meetings.meeting
            self.of_meeting[panel] = self.staff.row(meeting, **self._values(meeting, {"panel": panel}))

    def make(self, *, panel: str = "A", is_sensitive: bool = False) -> tuple[UUID, tuple[UUID, UUID]]:
        """A case with a row in every table and two victims; its id and theirs."""
        self.count += 1
        subject = self.staff.subject(panel=panel, is_sensitive=is_sensitive)
        known: dict[str, Any] = {"panel": panel, "subject_id": subject}
        victims = (uuid7(), uuid7())
        with self.staff.superuser.begin() as connection:
            for table in case_tables():
                if table is cases.subject:
                    continue
                for victim in victims if "victim_id" in table.c else (None,):
                    values = self._values(table, {**known, "victim_id": victim})
                    _insert(connection, table, values)
                    known[table.name] = values.get(next(iter(table.primary_key.columns)).name)
        return subject, victims

    def fill_the_rest(self) -> None:
        """A row in every table that has none yet."""
        with self.staff.superuser.begin() as connection:
            for table in metadata.sorted_tables:
                if connection.execute(select(table).limit(1)).first() is None:
                    _insert(connection, table, self._values(table, {"panel": "A"}))

    def _values(self, table: Table, known: dict[str, Any]) -> dict[str, Any]:
        listed = dict(_closed_words(table))
        values: dict[str, Any] = {}
        for column in table.columns:
            if column.identity is not None or column.computed is not None or column.name == "version":
                continue
            value = self._value(table, column, known, listed)
            if value is not None:
                values[column.name] = value
        return values | _SPECIAL.get(table.name, {}) | self._from_runs(table.name)

    def _from_runs(self, table: str) -> dict[str, Any]:
        """Reasons and their points as a run brings them."""
        if table == "list_reason":
            return {"reasons": [{"feature": f"canary-list_reason-reasons-{self.count}", "value": "1"}]}
        if table == "list_score":
            return {"points": [{"feature": f"canary-list_score-points-{self.count}", "points": 7.5}]}
        return {}

    def _value(self, table: Table, column: Column[Any], known: dict[str, Any], listed: dict[str, str]) -> Any:
        given = self._given(column, known)
        if given is not None:
            return given
        is_text = isinstance(column.type, Text)
        if column.nullable and (not is_text or column.name in listed):
            return None
        if column.name in listed:
            return listed[column.name]
        return self._reference(column, known) if isinstance(column.type, Uuid) else self._plain(table, column)

    def _given(self, column: Column[Any], known: dict[str, Any]) -> Any:
        given = {
            **{name: known.get(name) for name in ("subject_id", "victim_id")},
            "panel_id": self.staff.panels[known["panel"]],
            "run_id": self.of_run.get(known["panel"]) or uuid7(),
            "meeting_id": self.of_meeting.get(known["panel"]) or uuid7(),
            "service_id": self.outside,
            "token": f"V{self._number(known.get('victim_id'))}",
            "namespace": NAMESPACE,
        }
        return given.get(column.name)

    def _reference(self, column: Column[Any], known: dict[str, Any]) -> UUID:
        targets = {key.column.table for key in column.foreign_keys}
        if people.app_user in targets:
            return self.staff.founder_id if column.name == "proposed_by" else self.stranger
        if people.agency in targets:
            return self.staff.row(people.agency, name=f"agency {uuid7()}", kind="health")
        if people.service in targets:
            return self.outside
        of_the_case: list[UUID] = [known[target.name] for target in targets if target.name in known]
        if of_the_case:
            return of_the_case[0]
        for target in (people.share, metadata.tables["file_register"]):
            if target in targets:
                return self._some(target, known)
        return uuid7()

    def _some(self, table: Table, known: dict[str, Any]) -> UUID:
        with self.staff.superuser.begin() as connection:
            key = next(iter(table.primary_key.columns))
            wanted = select(key)
            found: UUID | None = connection.scalars(wanted.limit(1)).first()
            return found or connection.scalars(insert(table).values(self._values(table, known)).returning(key)).one()

    def _number(self, victim: UUID | None) -> int:
        return 1 if victim is None else victim.int % 1_000_000_007

    def _plain(self, table: Table, column: Column[Any]) -> Any:
        canary = f"canary-{table.name}-{column.name}-{self.count}"
        kinds: tuple[tuple[type, Any], ...] = (
            (ARRAY, [canary] if isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Text) else []),
            (JSONB, {"text": canary}),
            (Text, canary),
            (Boolean, False),
            (TIMESTAMP, PAST if getattr(column.type, "timezone", False) else PAST.replace(tzinfo=None)),
            (Date, date(1980, 1, 1)),
            (LargeBinary, f"{canary}".encode()),
            (Integer, 7),
            (Float, 7.5),
        )
        return next(value for kind, value in kinds if isinstance(column.type, kind))


def _closed_words(table: Table) -> Iterator[tuple[str, str]]:
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.match(r"(\w+) IN \('([^']+)'", str(constraint.sqltext))
            if found:
                yield found[1], found[2]


#: Where a generic value would break a rule of the table, be no word that a command writes there, or close the case.
_SPECIAL: dict[str, dict[str, Any]] = {
    "dyad": {"subject_is": "suspect"},
    "history_event": {"role": "suspect"},
    "hold_owner": {"hold": "mostly_victim"},
    "hold_resolution": {"hold": "mostly_victim", "outcome": "list"},
    "kept_order": {"kind": "dvpo"},
    "list_place": {"hold": "mostly_victim", "holds": ["mostly_victim"]},
    "narrative": {"statement_type": "fact"},
    "research_request": {"statement_type": "fact"},
    "meeting": {"minutes": 240},
    "restriction": {"from_at": PAST, "to_at": PAST + timedelta(days=1)},
    "share": {"basis": "agenda", "expires_at": PAST + timedelta(days=1), "victim_id": None},
    "work_session": {"expires_at": PAST},
    "user_login": {"issuer": None, "external_id": None},
}


def _insert(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Also what the database takes only with its event in the log."""
    role = "replica" if table is people.break_glass else "origin"
    connection.execute(text(f"SET LOCAL session_replication_role = {role}"))
    connection.execute(insert(table).values(values))
