"""Orders whose clocks the panel keeps, their breaches, and the other processes that hold a case."""

from __future__ import annotations

from sqlalchemy import ARRAY, Column, Date, Index, Table, Text, text

from mat.store.panel_vocabulary import OrderState, Process
from mat.store.tables.columns import at, by, key, metadata, of_case, of_row, of_victim, one_of, version, words

kept_order = Table(
    "kept_order",
    metadata,
    key("order_key"),
    *of_case(),
    Column("kind", Text, nullable=False),
    Column("order_id", Text, nullable=True),
    *of_victim(nullable=True),
    at("issued_at"),
    at("served_at", nullable=True),
    at("expires_at", nullable=True),
    at("notified_at", nullable=True),
    Column("conditions", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("state", Text, nullable=False),
    by("recorded_by"),
    at("recorded_at"),
    version(),
    one_of("state", OrderState),
    comment="One row per order that the panel keeps the clocks of. notified_at: when the subject told the police where "
    "they live, where the order asks for it.",
)
Index("uq_kept_order_subject", kept_order.c.order_key, kept_order.c.subject_id, unique=True)

kept_breach = Table(
    "kept_breach",
    metadata,
    key("breach_id"),
    *of_case(),
    *of_row("kept_order", "order_key", "subject_id"),
    at("occurred_at"),
    words("content"),
    by("recorded_by"),
    at("recorded_at"),
    comment="One row per breach of an order that somebody recorded.",
)

process_link = Table(
    "process_link",
    metadata,
    key("link_id"),
    *of_case(),
    *of_victim(nullable=True),
    Column("process", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("level", Text, nullable=True),
    at("from_at"),
    Column("due_on", Date, nullable=True),
    at("ended_at", nullable=True),
    by("recorded_by"),
    at("recorded_at"),
    version(),
    one_of("process", Process),
    comment="One row per other process that holds the case: shown and timed here, done there.",
)
