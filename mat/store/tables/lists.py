"""What an imported run brought: the list, split by who may see what of it, and the histories behind it."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from mat.store.tables.columns import at, by, key, metadata, of_case, of_run, reference, version

list_run = Table(
    "list_run",
    metadata,
    key("run_id"),
    reference("panel_id", "panel.panel_id"),
    Column("namespace", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("extracted_at", TIMESTAMP, nullable=False),
    Column("model", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("definitions_version", Text, nullable=False),
    Column("scale", Text, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("ranked", Integer, nullable=True),
    Column("held", Integer, nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    Column("content_hash", Text, nullable=False),
    at("imported_at"),
    by("imported_by"),
    at("expires_at"),
    version(),
    comment="One row per imported run; the newest as_of of a panel is its list. people: on it; ranked: of them with a "
    "rank, null = imported before that was kept; held: without one until somebody has looked.",
)
Index("uq_list_run_content", list_run.c.panel_id, list_run.c.content_hash, unique=True)

list_place = Table(
    "list_place",
    metadata,
    of_run(),
    *of_case(primary_key=True),
    Column("rank", Integer, nullable=True),
    Column("is_listed", Boolean, nullable=False),
    Column("held_rank", Integer, nullable=True),
    Column("tied", Boolean, nullable=False),
    Column("rank_low", Integer, nullable=True),
    Column("rank_high", Integer, nullable=True),
    Column("hold", Text, nullable=True),
    Column("holds", ARRAY(Text), nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("data_gaps", ARRAY(Text), nullable=False),
    Column("standing", ARRAY(Text), nullable=False),
    Column("compared", JSONB(none_as_null=True), nullable=True),
    comment="One row per run and person: place, band, flags and holds; rank null = held or deceased. compared: a rank "
    "on each list under another scale or by rfgv, the own first; null without a rank, or imported before these were.",
)
Index("ix_list_place_rank", list_place.c.run_id, list_place.c.rank)
Index("ix_list_place_held", list_place.c.run_id, list_place.c.held_rank)
Index("ix_list_place_subject", list_place.c.subject_id)
Index("ix_list_place_listed", list_place.c.run_id, list_place.c.subject_id, postgresql_where=text("is_listed"))

list_reason = Table(
    "list_reason",
    metadata,
    of_run(),
    *of_case(primary_key=True),
    Column("reason_1", Text, nullable=True),
    Column("reason_2", Text, nullable=True),
    Column("reason_3", Text, nullable=True),
    Column("reasons", JSONB, nullable=False),
    comment="One row per run and person: the reasons, as feature and value; their points stand beside the score.",
)
Index("ix_list_reason_subject", list_reason.c.subject_id)

list_score = Table(
    "list_score",
    metadata,
    of_run(),
    *of_case(primary_key=True),
    Column("score", Double, nullable=False),
    Column("points", JSONB, nullable=False),
    comment="One row per run and person: the raw score, and the points of its reasons, which add up to it.",
)
Index("ix_list_score_subject", list_score.c.subject_id)

list_evidence = Table(
    "list_evidence",
    metadata,
    of_run(),
    *of_case(primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("incident_id", Text, primary_key=True),
    comment="One row per run, person, feature and incident that stands behind it.",
)
Index("ix_list_evidence_subject", list_evidence.c.subject_id)


def _row() -> Column[int]:
    return Column("row_id", BigInteger, Identity(always=True), primary_key=True)


history_event = Table(
    "history_event",
    metadata,
    _row(),
    of_run(),
    *of_case(),
    Column("incident_id", Text, nullable=False),
    Column("occurred_at", TIMESTAMP, nullable=False),
    Column("recorded_at", TIMESTAMP, nullable=False),
    Column("role", Text, nullable=False),
    Column("status", Text, nullable=True),
    Column("offence_code", Text, nullable=True),
    Column("offence_label", Text, nullable=True),
    Column("weight", Double, nullable=True),
    Column("is_crime", Boolean, nullable=False),
    Column("is_domestic", Boolean, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Column("ward", Text, nullable=True),
    Column("children_present", Boolean, nullable=True),
    Column("risk_grade", Text, nullable=True),
    Column("outcome_code", Text, nullable=True),
    Column("counterparts", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("injuries", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("callers", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    comment="One row per run, subject, incident and role of the subject in it; counterparts are victim ids.",
)
Index("ix_history_event_run", history_event.c.run_id)

dyad = Table(
    "dyad",
    metadata,
    _row(),
    of_run(),
    *of_case(),
    Column("victim_id", Uuid, nullable=False),
    Column("subject_is", Text, nullable=False),
    Column("relationship", Text, nullable=True),
    Column("incident_count", Integer, nullable=False),
    Column("crime_count", Integer, nullable=False),
    Column("harm", Double, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("is_reciprocal", Boolean, nullable=False),
    comment="One row per run, subject, counterpart and direction: subject_is suspect or victim; never netted.",
)
Index("ix_dyad_run", dyad.c.run_id)

case_order = Table(
    "case_order",
    metadata,
    _row(),
    of_run(),
    *of_case(),
    Column("order_id", Text, nullable=False),
    Column("kind", Text, nullable=True),
    Column("victim_id", Uuid, nullable=True),
    Column("issued_at", TIMESTAMP, nullable=True),
    Column("expires_at", TIMESTAMP, nullable=True),
    Column("conditions", Text, nullable=True),
    Column("breaches", ARRAY(TIMESTAMP), nullable=False, server_default=text("'{}'")),
    comment="One row per run, subject and order, with the times of its recorded breaches.",
)
Index("ix_case_order_run", case_order.c.run_id)

case_standing = Table(
    "case_standing",
    metadata,
    _row(),
    of_run(),
    *of_case(),
    Column("kind", Text, nullable=False),
    Column("from_at", TIMESTAMP, nullable=False),
    Column("to_at", TIMESTAMP, nullable=True),
    Column("level", Text, nullable=True),
    Column("source", Text, nullable=True),
    comment="One row per run, subject and standing: prison with its release date, MAPPA, IOM, Drive.",
)
Index("ix_case_standing_run", case_standing.c.run_id)

partner_nomination = Table(
    "partner_nomination",
    metadata,
    _row(),
    of_run(),
    *of_case(),
    Column("nomination_id", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("nominated_at", TIMESTAMP, nullable=False),
    Column("reason", Text, nullable=False),
    comment="One row per run and partner referral in its extract, also of people without any incident.",
)
Index("ix_partner_nomination_run", partner_nomination.c.run_id)

area_figure = Table(
    "area_figure",
    metadata,
    _row(),
    of_run(),
    reference("panel_id", "panel.panel_id"),
    Column("figure", JSONB, nullable=False),
    comment="One row per row of area.parquet of the run: aggregates with small numbers suppressed.",
)
Index("ix_area_figure_run", area_figure.c.run_id)
