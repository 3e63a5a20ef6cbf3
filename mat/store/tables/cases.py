"""A case and its field groups: one table holds one field group, so that the database guards each by itself."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Table, Text, Uuid, text

from mat.store.tables.columns import at, by, key, metadata, of_case, of_victim, reference, version, words

subject = Table(
    "subject",
    metadata,
    key("subject_id"),
    reference("panel_id", "panel.panel_id"),
    Column("is_sensitive", Boolean, nullable=False, server_default=text("false")),
    at("opened_at"),
    by("opened_by"),
    version(),
    comment="One row per case: a suspect under an id of ours that stands for nobody outside this store.",
)
Index("uq_subject_panel", subject.c.subject_id, subject.c.panel_id, unique=True)
Index("ix_subject_panel", subject.c.panel_id)
Index("ix_subject_sensitive", subject.c.subject_id, postgresql_where=text("is_sensitive"))

subject_alias = Table(
    "subject_alias",
    metadata,
    key("alias_id"),
    *of_case(),
    Column("namespace", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    at("valid_from"),
    at("valid_to", nullable=True),
    Column("judgement_id", Uuid, nullable=True),
    comment="One row per id a force knows the subject by; judgement_id names the merge or split that made it.",
)
Index(
    "uq_subject_alias_running",
    subject_alias.c.namespace,
    subject_alias.c.person_id,
    unique=True,
    postgresql_where=text("valid_to IS NULL"),
)

subject_identity = Table(
    "subject_identity",
    metadata,
    *of_case(primary_key=True),
    words("forename", nullable=True),
    words("surname", nullable=True),
    Column("birth_date", Date, nullable=True),
    Column("birth_date_precision", Text, nullable=True),
    Column("sex", Text, nullable=True),
    version(),
    comment="One row per subject: the identity bar.",
)

subject_address = Table(
    "subject_address",
    metadata,
    *of_case(primary_key=True),
    words("postcode", nullable=True),
    words("home_ward", nullable=True),
    version(),
    comment="One row per subject: where they live, as recorded.",
)

narrative = Table(
    "narrative",
    metadata,
    key("narrative_id"),
    *of_case(),
    Column("statement_type", Text, nullable=False),
    words("content"),
    by("written_by"),
    at("written_at"),
    version(),
    words("source", nullable=True),
    comment="One row per statement about a case: typed as fact, intelligence or opinion.",
)

narrative_summary = Table(
    "narrative_summary",
    metadata,
    *of_case(primary_key=True),
    words("content"),
    by("written_by"),
    at("written_at"),
    version(),
    comment="One row per subject: the profile as other agencies may read it.",
)

risk_summary = Table(
    "risk_summary",
    metadata,
    *of_case(primary_key=True),
    words("content"),
    by("agreed_by"),
    at("agreed_at"),
    version(),
    comment="One row per subject: the risk summary that the panel agreed.",
)

child_note = Table(
    "child_note",
    metadata,
    key("note_id"),
    *of_case(),
    words("content"),
    by("written_by"),
    at("written_at"),
    version(),
    comment="One row per note about children around a case.",
)

safeguarding_flag = Table(
    "safeguarding_flag",
    metadata,
    *of_case(primary_key=True),
    Column("children_affected", Boolean, nullable=False),
    by("set_by"),
    at("set_at"),
    version(),
    comment="One row per subject: whether children are affected, and nothing else about them.",
)

service_need = Table(
    "service_need",
    metadata,
    key("need_id"),
    *of_case(),
    Column("kind", Text, nullable=False),
    words("content"),
    by("written_by"),
    at("written_at"),
    version(),
    comment="One row per need of a subject: language, access, capacity, sex and age stream.",
)

victim = Table(
    "victim",
    metadata,
    key("victim_id"),
    *of_case(),
    Column("token", Text, nullable=False),
    comment="One row per counterpart of a subject, under a token such as V1 that stands for nobody outside the case.",
)
Index("uq_victim_subject", victim.c.victim_id, victim.c.subject_id, unique=True)
Index("uq_victim_token", victim.c.subject_id, victim.c.token, unique=True)

victim_identity = Table(
    "victim_identity",
    metadata,
    *of_case(),
    *of_victim(primary_key=True),
    Column("person_id", Text, nullable=False),
    words("forename", nullable=True),
    words("surname", nullable=True),
    Column("birth_date", Date, nullable=True),
    version(),
    comment="One row per counterpart: who they are. No address is held; a safe address is never.",
)

victim_need = Table(
    "victim_need",
    metadata,
    key("need_id"),
    *of_case(),
    *of_victim(index=True),
    Column("kind", Text, nullable=False),
    words("content"),
    by("written_by"),
    at("written_at"),
    version(),
    comment="One row per need of a victim.",
)

client = Table(
    "client",
    metadata,
    key("client_id"),
    reference("service_id", "service.service_id", index=True),
    *of_case(),
    *of_victim(index=True),
    at("from_at"),
    at("ended_at", nullable=True),
    by("added_by"),
    comment="One row per victim whom a victim service supports.",
)

hold_resolution = Table(
    "hold_resolution",
    metadata,
    key("resolution_id"),
    *of_case(),
    Column("hold", Text, nullable=False),
    *of_victim(nullable=True),
    Column("outcome", Text, nullable=False),
    words("reason"),
    by("resolved_by"),
    at("resolved_at"),
    Column("review_by", Date, nullable=True),
    comment="One row per decision about a hold, per dyad where there is one; a later decision is a new row.",
)
