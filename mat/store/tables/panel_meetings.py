"""Meetings of a panel: who sat, what was on the agenda, what was asked beforehand, and what was decided."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, Uuid, text

from mat.store.panel_vocabulary import (
    Attendance,
    Decided,
    ItemKind,
    ItemState,
    MeetingState,
    ResearchState,
    StatementType,
)
from mat.store.tables.columns import at, by, key, metadata, of_case, of_row, one_of, reference, version, words

meeting = Table(
    "meeting",
    metadata,
    key("meeting_id"),
    reference("panel_id", "panel.panel_id"),
    at("starts_at"),
    Column("minutes", Integer, nullable=False),
    Column("state", Text, nullable=False),
    words("confidentiality"),
    by("called_by"),
    by("chair_id", nullable=True),
    at("opened_at", nullable=True),
    at("closed_at", nullable=True),
    version(),
    words("venue", nullable=True),
    one_of("state", MeetingState),
    CheckConstraint("minutes BETWEEN 30 AND 600", name="minutes"),
    comment="One row per meeting of a panel.",
)

seat = Table(
    "seat",
    metadata,
    key("seat_id"),
    Column("meeting_id", Uuid, ForeignKey("meeting.meeting_id", ondelete="CASCADE"), nullable=False, index=True),
    reference("panel_id", "panel.panel_id"),
    reference("service_id", "service.service_id"),
    by("user_id", nullable=True),
    Column("attendance", Text, nullable=False, server_default=text("'invited'")),
    at("signed_at", nullable=True),
    version(),
    one_of("attendance", Attendance),
    CheckConstraint("signed_at IS NULL OR user_id IS NOT NULL", name="signed_by_somebody"),
    comment="One row per service invited to a meeting, who came for it, and when they signed the confidentiality "
    "statement.",
)
Index("uq_seat", seat.c.meeting_id, seat.c.service_id, unique=True)

agenda_item = Table(
    "agenda_item",
    metadata,
    key("item_id"),
    Column("meeting_id", Uuid, ForeignKey("meeting.meeting_id", ondelete="CASCADE"), nullable=False, index=True),
    *of_case(),
    Column("kind", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    by("locked_by", nullable=True),
    at("locked_at", nullable=True),
    words("late_reason", nullable=True),
    version(),
    at("discussed_at", nullable=True),
    one_of("kind", ItemKind),
    one_of("state", ItemState),
    comment="One row per case on the agenda of a meeting.",
)
Index("uq_agenda_item", agenda_item.c.meeting_id, agenda_item.c.subject_id, unique=True)
Index("uq_agenda_item_subject", agenda_item.c.item_id, agenda_item.c.subject_id, unique=True)

minute_line = Table(
    "minute_line",
    metadata,
    key("line_id"),
    *of_case(),
    *of_row("agenda_item", "item_id", "subject_id"),
    Column("statement_type", Text, nullable=False),
    words("content"),
    Column("source_service_id", Uuid, ForeignKey("service.service_id"), nullable=False),
    by("written_by"),
    at("written_at"),
    Column("replaces_id", Uuid, nullable=True),
    one_of("statement_type", StatementType),
    comment="One row per statement minuted; a correction is a new row that names the one it replaces, so that two "
    "people minuting at once lose nothing.",
)

decision = Table(
    "decision",
    metadata,
    key("decision_id"),
    *of_case(),
    *of_row("agenda_item", "item_id", "subject_id"),
    Column("heading", Text, nullable=False),
    words("content"),
    by("decided_by"),
    at("decided_at"),
    one_of("heading", Decided),
    comment="One row per decision about a case, under the five headings, or to discharge it, or to do nothing and why.",
)

research_request = Table(
    "research_request",
    metadata,
    key("request_id"),
    Column("meeting_id", Uuid, ForeignKey("meeting.meeting_id", ondelete="SET NULL"), nullable=True),
    *of_case(),
    reference("service_id", "service.service_id", index=True),
    words("question"),
    by("asked_by"),
    at("asked_at"),
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'asked'")),
    Column("statement_type", Text, nullable=True),
    words("answer", nullable=True),
    words("withheld_why", nullable=True),
    by("answered_by", nullable=True),
    at("answered_at", nullable=True),
    version(),
    one_of("state", ResearchState),
    CheckConstraint("state <> 'withheld' OR withheld_why IS NOT NULL", name="withheld_whole"),
    CheckConstraint("state <> 'shared' OR (answer IS NOT NULL AND statement_type IS NOT NULL)", name="shared_whole"),
    comment="One row per question to a service about a case, and what came back: shared, or withheld with why.",
)
