"""What the law gives the people in the store: restriction, requests, retention, legal holds, removal, and the files."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from mat.store.tables.columns import at, by, key, metadata, of_case, one_of, reference, version, words
from mat.store.vocabulary import (
    FileFate,
    LegalHoldKind,
    ProposalEnd,
    RemovalGrounds,
    RequestAbout,
    RequestKind,
    RequestOutcome,
    ReviewDecision,
)

restriction = Table(
    "restriction",
    metadata,
    key("restriction_id"),
    *of_case(),
    at("from_at"),
    at("to_at", nullable=True),
    words("reason"),
    by("made_by"),
    by("lifted_by", nullable=True),
    words("lifted_reason", nullable=True),
    version(),
    comment="One row per restriction of processing: while it runs the case is stored and nothing else.",
)
Index("uq_restriction_running", restriction.c.subject_id, unique=True, postgresql_where=text("to_at IS NULL"))

data_request = Table(
    "data_request",
    metadata,
    key("request_id"),
    *of_case(),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("about_id", Uuid, nullable=True),
    words("statement"),
    at("received_at"),
    Column("due_on", Date, nullable=False),
    Column("extended_to", Date, nullable=True),
    words("extended_reason", nullable=True),
    by("recorded_by"),
    Column("outcome", Text, nullable=True),
    words("answer", nullable=True),
    by("answered_by", nullable=True),
    at("answered_at", nullable=True),
    version(),
    one_of("kind", RequestKind),
    one_of("about", RequestAbout),
    one_of("outcome", RequestOutcome),
    CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered_whole"),
    comment="One row per request of a person about the data held on them, with its clock.",
)

legal_hold = Table(
    "legal_hold",
    metadata,
    key("hold_id"),
    *of_case(),
    Column("kind", Text, nullable=False),
    words("reason"),
    by("placed_by"),
    at("placed_at"),
    by("released_by", nullable=True),
    at("released_at", nullable=True),
    words("released_reason", nullable=True),
    version(),
    one_of("kind", LegalHoldKind),
    comment="One row per duty to keep a case: while it runs, erasure becomes restriction.",
)

retention_review = Table(
    "retention_review",
    metadata,
    key("review_id"),
    *of_case(),
    Column("rule", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    at("opened_at"),
    Column("decision", Text, nullable=True),
    words("reason", nullable=True),
    Column("next_due_on", Date, nullable=True),
    by("decided_by", nullable=True),
    at("decided_at", nullable=True),
    version(),
    one_of("decision", ReviewDecision),
    comment="One row per time a case must be looked at: keep with a reason and a date, or remove.",
)
Index("uq_retention_review_open", retention_review.c.subject_id, unique=True, postgresql_where=text("decision IS NULL"))

removal_proposal = Table(
    "removal_proposal",
    metadata,
    key("proposal_id"),
    *of_case(),
    Column("grounds", Text, nullable=False),
    words("reason"),
    by("proposed_by"),
    at("proposed_at"),
    by("begun_by", nullable=True),
    at("begun_at", nullable=True),
    by("ended_by", nullable=True),
    at("ended_at", nullable=True),
    Column("ended_as", Text, nullable=True),
    version(),
    one_of("grounds", RemovalGrounds),
    one_of("ended_as", ProposalEnd),
    CheckConstraint("begun_by IS NULL OR begun_by <> proposed_by", name="two_people"),
    comment="One row per proposal to remove a case; done by another person, and gone with the case.",
)
Index("uq_removal_proposal_open", removal_proposal.c.subject_id, unique=True, postgresql_where=text("ended_at IS NULL"))

removal = Table(
    "removal",
    metadata,
    key("removal_id"),
    Column("subject_id", Uuid, nullable=False, unique=True),
    reference("panel_id", "panel.panel_id"),
    Column("digests", JSONB, nullable=False),
    by("proposed_by"),
    by("removed_by"),
    at("removed_at"),
    Column("certificate", JSONB, nullable=False),
    Column("certificate_hash", LargeBinary, nullable=False),
    CheckConstraint("proposed_by <> removed_by", name="two_people"),
    comment="One row per case removed: what went. Digests of its ids keep an older run from bringing it back.",
)

file_register = Table(
    "file_register",
    metadata,
    key("file_id"),
    reference("panel_id", "panel.panel_id", nullable=True),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    words("purpose"),
    Column("recipients", JSONB, nullable=False),
    by("made_by"),
    at("made_at"),
    at("expires_at"),
    at("deleted_at", nullable=True),
    by("deleted_by", nullable=True),
    Column("fate", Text, nullable=True),
    version(),
    one_of("fate", FileFate),
    comment="One row per file or directory with personal data outside the store.",
)

file_person = Table(
    "file_person",
    metadata,
    Column("file_id", Uuid, ForeignKey("file_register.file_id", ondelete="CASCADE"), primary_key=True, nullable=False),
    *of_case(primary_key=True),
    comment="One row per file and subject in it: removal follows these.",
)
Index("ix_file_person_subject", file_person.c.subject_id)

outgoing_file = Table(
    "outgoing_file",
    metadata,
    Column("file_id", Uuid, ForeignKey("file_register.file_id"), primary_key=True, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    by("asked_by"),
    Column("session_id", Uuid, nullable=False),
    reference("panel_id", "panel.panel_id", nullable=True),
    Column("command", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=True),
    Column("closed", LargeBinary, nullable=True),
    reference("reader_id", "service.service_id", nullable=True),
    Column("sight", LargeBinary, nullable=True),
    at("made_at"),
    at("expires_at"),
    at("fetched_at", nullable=True),
    version(),
    CheckConstraint("expires_at <= made_at + interval '10 minutes'", name="ten_minutes"),
    CheckConstraint("fetched_at IS NULL OR content IS NULL", name="empty_once_fetched"),
    CheckConstraint("(reader_id IS NULL) = (sight IS NULL)", name="read_by_somebody"),
    comment=(
        "One row per file that a person may fetch once, in the session that asked for it; its content goes when it is "
        "fetched, or after ten minutes."
    ),
)
Index("ix_outgoing_file_content", outgoing_file.c.expires_at, postgresql_where=text("content IS NOT NULL"))
