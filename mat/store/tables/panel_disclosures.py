"""What was disclosed of a case: to whom, through which gateway, until when, and whether it came back."""

from __future__ import annotations

from sqlalchemy import ARRAY, Column, Date, ForeignKey, Table, Text, Uuid, text

from mat.store.panel_vocabulary import DisclosureState
from mat.store.tables.columns import at, by, key, metadata, of_case, one_of, version, words

disclosure = Table(
    "disclosure",
    metadata,
    key("disclosure_id"),
    *of_case(),
    Column("gateway", Text, nullable=False),
    words("necessity"),
    Column("recipients", ARRAY(Text), nullable=False),
    Column("action_id", Uuid, ForeignKey("action.action_id", ondelete="SET NULL"), nullable=True, index=True),
    Column("service_id", Uuid, ForeignKey("service.service_id"), nullable=True, index=True),
    Column("field_groups", ARRAY(Text), nullable=False),
    words("what"),
    by("made_by"),
    at("made_at"),
    Column("expires_on", Date, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'running'")),
    at("recalled_at", nullable=True),
    by("recalled_by", nullable=True),
    words("recall_reason", nullable=True),
    at("return_confirmed_at", nullable=True),
    version(),
    one_of("state", DisclosureState),
    comment="One row per disclosure: to whom, through which gateway, why, until when; recalled or not.",
)
