"""From candidates to cases of the panel: who was put forward, judged blind, nominated, and how a case stands."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from mat.store.panel_vocabulary import (
    Concern,
    FormAnswer,
    MarkKind,
    NominationSource,
    NominationState,
    PanelCaseState,
    Told,
)
from mat.store.tables.columns import at, by, key, metadata, of_case, one_of, reference, version, words

nomination_form = Table(
    "nomination_form",
    metadata,
    key("form_id"),
    reference("panel_id", "panel.panel_id"),
    reference("service_id", "service.service_id", index=True),
    words("forename", nullable=True),
    words("surname", nullable=True),
    Column("birth_date", Date, nullable=True),
    words("reason", nullable=True),
    by("written_by"),
    at("written_at"),
    Column("answer", Text, nullable=True),
    words("set_aside_why", nullable=True),
    by("answered_by", nullable=True),
    at("answered_at", nullable=True),
    version(),
    one_of("answer", FormAnswer),
    CheckConstraint("(answer IS NULL) = (surname IS NOT NULL AND reason IS NOT NULL)", name="blank_once_answered"),
    CheckConstraint("answer IS NULL OR (forename IS NULL AND birth_date IS NULL)", name="nameless_once_answered"),
    CheckConstraint("(answer = 'set_aside') = (set_aside_why IS NOT NULL)", name="set_aside_whole"),
    comment="One row per person whom an agency put forward, as it wrote them down until a coordinator looked; then "
    "nothing of the person stays on it, and the agency sees that it was taken up, or why not.",
)

blind_judgement = Table(
    "blind_judgement",
    metadata,
    key("judgement_id"),
    *of_case(),
    reference("service_id", "service.service_id"),
    Column("cycle", Date, nullable=False),
    Column("concern", Text, nullable=False),
    words("reason"),
    by("judged_by"),
    at("judged_at"),
    Column("rank_was_known", Boolean, nullable=False),
    one_of("concern", Concern),
    comment="One row per case, agency's service and cycle: what the service thought before it saw a rank.",
)
Index(
    "uq_blind_judgement",
    blind_judgement.c.subject_id,
    blind_judgement.c.service_id,
    blind_judgement.c.cycle,
    unique=True,
)

nomination = Table(
    "nomination",
    metadata,
    key("nomination_id"),
    *of_case(),
    reference("service_id", "service.service_id"),
    Column("source", Text, nullable=False),
    Column("form_id", Uuid, nullable=True),
    Column("cycle", Date, nullable=False),
    Column("run_id", Uuid, nullable=True),
    Column("rank_then", Integer, nullable=True),
    Column("state", Text, nullable=False),
    words("reason"),
    by("made_by"),
    at("made_at"),
    words("decided_reason", nullable=True),
    by("decided_by", nullable=True),
    at("decided_at", nullable=True),
    Column("review_on", Date, nullable=True),
    version(),
    one_of("source", NominationSource),
    one_of("state", NominationState),
    CheckConstraint("state <> 'not_now' OR review_on IS NOT NULL", name="comes_back"),
    comment="One row per case and cycle that somebody put forward, with what was decided and why; a person's act.",
)
Index(
    "uq_nomination_open",
    nomination.c.subject_id,
    unique=True,
    postgresql_where=text("state IN ('received', 'proposed')"),
)

hold_owner = Table(
    "hold_owner",
    metadata,
    *of_case(primary_key=True),
    Column("hold", Text, primary_key=True),
    by("owner_id", nullable=True),
    at("taken_at", nullable=True),
    version(),
    CheckConstraint("(owner_id IS NULL) = (taken_at IS NULL)", name="taken_whole"),
    comment="One row per case and hold that somebody took to work on; without an owner it was given back.",
)

panel_case = Table(
    "panel_case",
    metadata,
    *of_case(primary_key=True),
    Column("state", Text, nullable=False),
    by("lead_user_id", nullable=True),
    at("adopted_at"),
    at("discharged_at", nullable=True),
    words("discharge_reason", nullable=True),
    Column("told", Text, nullable=False, server_default=text("'undecided'")),
    Column("told_on", Date, nullable=True),
    by("told_by", nullable=True),
    words("told_what", nullable=True),
    words("not_told_why", nullable=True),
    Column("told_review_on", Date, nullable=True),
    version(),
    one_of("state", PanelCaseState),
    one_of("told", Told),
    CheckConstraint(
        "told <> 'not_to_be_told' OR (not_told_why IS NOT NULL AND told_review_on IS NOT NULL)", name="not_told_whole"
    ),
    CheckConstraint("told <> 'told' OR (told_on IS NOT NULL AND told_what IS NOT NULL)", name="told_whole"),
    comment="One row per case that the panel has adopted: how it stands, and whether the subject has been told.",
)

panel_mark = Table(
    "panel_mark",
    metadata,
    key("mark_id"),
    *of_case(),
    Column("kind", Text, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("model", Text, nullable=False),
    Column("score", Double, nullable=True),
    Column("rank", Integer, nullable=True),
    Column("without_new_events", Double, nullable=True),
    by("marked_by"),
    at("marked_at"),
    one_of("kind", MarkKind),
    comment="One row per mark of a case: its score and place at entry, review or exit, beside the score that the entry "
    "records alone would give on that day. Null = not on the list, or not known.",
)
