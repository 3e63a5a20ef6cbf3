"""Behaviour change: referrals from the first form to closure, what each provider can take on, and alerts."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from mat.store.panel_vocabulary import (
    AgeBand,
    AlertKind,
    Closure,
    PartnerContact,
    Pathway,
    ReferralAnswer,
    ReferralState,
    RuleAnswer,
    SexStream,
)
from mat.store.tables.columns import at, by, key, metadata, of_case, of_row, one_of, reference, version, words

referral = Table(
    "referral",
    metadata,
    key("referral_id"),
    *of_case(),
    reference("from_service_id", "service.service_id"),
    reference("service_id", "service.service_id", index=True),
    Column("pathway", Text, nullable=False),
    Column("tier", Text, nullable=True),
    Column("age_band", Text, nullable=False),
    Column("sex_stream", Text, nullable=False),
    Column("consented_on", Date, nullable=False),
    words("reason"),
    Column("partner_contact", Text, nullable=False, server_default=text("'not_yet'")),
    Column("safeguarding_flag", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    at("received_at"),
    at("started_at", nullable=True),
    Column("closure", Text, nullable=True),
    Column("share_review_on", Date, nullable=False),
    Column("follows_id", Uuid, ForeignKey("referral.referral_id", ondelete="SET NULL"), nullable=True, index=True),
    version(),
    one_of("pathway", Pathway),
    one_of("age_band", AgeBand),
    one_of("sex_stream", SexStream),
    one_of("partner_contact", PartnerContact),
    one_of("state", ReferralState),
    one_of("closure", Closure),
    CheckConstraint("(state = 'closed') = (closure IS NOT NULL)", name="closed_whole"),
    CheckConstraint("state IN ('received', 'triage', 'declined') OR tier IS NOT NULL", name="accepted_to_a_tier"),
    CheckConstraint("started_at IS NULL OR partner_contact <> 'not_yet'", name="partner_first"),
    CheckConstraint("state NOT IN ('started', 'paused') OR started_at IS NOT NULL", name="started_whole"),
    comment="One row per referral to a behaviour-change service; the fields a provider triages by, and no identity.",
)
Index("uq_referral_service", referral.c.referral_id, referral.c.subject_id, referral.c.service_id, unique=True)

Index(
    "uq_referral_open",
    referral.c.subject_id,
    referral.c.service_id,
    referral.c.pathway,
    unique=True,
    postgresql_where=text("state NOT IN ('declined', 'closed')"),
)

referral_event = Table(
    "referral_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    *of_case(),
    reference("service_id", "service.service_id"),
    *of_row("referral", "referral_id", "subject_id", "service_id"),
    Column("event", Text, nullable=False),
    Column("from_state", Text, nullable=True),
    Column("to_state", Text, nullable=False),
    at("occurred_at"),
    words("note", nullable=True),
    by("recorded_by"),
    at("recorded_at"),
    comment="One row per thing that happened to a referral; never changed.",
)

referral_check = Table(
    "referral_check",
    metadata,
    *of_case(),
    reference("service_id", "service.service_id"),
    *of_row("referral", "referral_id", "subject_id", "service_id", primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("answer", Text, nullable=False),
    words("override_reason", nullable=True),
    by("answered_by"),
    at("answered_at"),
    one_of("answer", RuleAnswer),
    comment="One row per referral and eligibility rule: met, not met, not known, or overridden with a reason.",
)

referral_answer = Table(
    "referral_answer",
    metadata,
    *of_case(),
    reference("service_id", "service.service_id"),
    *of_row("referral", "referral_id", "subject_id", "service_id", primary_key=True),
    Column("answer", Text, nullable=False),
    Column("closure", Text, nullable=True),
    Column("rules", ARRAY(Text), nullable=False),
    words("reason"),
    by("answered_by"),
    at("answered_at"),
    one_of("answer", ReferralAnswer),
    one_of("closure", Closure),
    CheckConstraint("(answer = 'closed') = (closure IS NOT NULL)", name="closed_whole"),
    comment="One row per referral that was declined or closed: which rules failed and why, as both sides are told.",
)

capacity = Table(
    "capacity",
    metadata,
    key("capacity_id"),
    reference("service_id", "service.service_id"),
    Column("tier", Text, nullable=False),
    Column("places", Integer, nullable=False),
    Column("from_on", Date, nullable=False),
    by("set_by"),
    at("set_at"),
    CheckConstraint("places >= 0", name="places"),
    comment="One row per provider, tier and day from which it has so many places.",
)
Index("uq_capacity", capacity.c.service_id, capacity.c.tier, capacity.c.from_on, unique=True)

risk_alert = Table(
    "risk_alert",
    metadata,
    key("alert_id"),
    *of_case(),
    reference("service_id", "service.service_id"),
    *of_row("referral", "referral_id", "subject_id", "service_id"),
    Column("kind", Text, nullable=False),
    Column("happened_on", Date, nullable=False),
    at("raised_at"),
    by("raised_by", nullable=True),
    by("seen_by", nullable=True),
    at("seen_at", nullable=True),
    version(),
    one_of("kind", AlertKind),
    comment="One row per change of risk that a provider must know of: its kind and day, never the narrative.",
)
Index("uq_risk_alert", risk_alert.c.referral_id, risk_alert.c.kind, risk_alert.c.happened_on, unique=True)
