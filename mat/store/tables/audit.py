"""The tamper-evident log and what lies beside it: texts and keys that erasure may destroy, and checkpoints."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, LargeBinary, Table, Text, Uuid

from mat.store.tables.columns import at, by, key, metadata

store = Table(
    "store",
    metadata,
    key("store_id"),
    Column("origin", Text, nullable=False),
    Column("is_demonstration", Boolean, nullable=False),
    at("created_at"),
    Column("removal_key", Text),
    comment="One row: this store. `removal_key`: what the key of its removals is known by; null = none was used yet.",
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    comment="One row per event, numbered from 1 without a gap; appended by audit_append and by nothing else.",
)

audit_index = Table(
    "audit_index",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Uuid, nullable=False, unique=True),
    at("at"),
    Column("actor", Uuid, nullable=False),
    Column("service", Uuid, nullable=False),
    Column("operation", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("people", ARRAY(Text), nullable=False),
    comment="One row per event, drawn from its body so that it can be found; proves nothing, and can be made again.",
)
Index("ix_audit_index_actor", audit_index.c.actor, audit_index.c.seq)
Index("ix_audit_index_people", audit_index.c.people, postgresql_using="gin")

audit_payload = Table(
    "audit_payload",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("subject_id", Uuid, nullable=True, index=True),
    Column("actor", Uuid, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("content", Text, nullable=False),
    comment="One row per free text of an event; the event holds its keyed hash. Erasure deletes the row.",
)

person_key = Table(
    "person_key",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    comment="One row per subject: the key of their pseudonym in the log. Erasure destroys it.",
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("note", Text, nullable=False),
    at("made_at"),
    by("made_by"),
    comment="One row per signed checkpoint: the note as it was signed.",
)

consultation = Table(
    "consultation",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    at("logged_at"),
    comment="What a session has seen and logged in the last minutes: the same page again is no new event.",
)
