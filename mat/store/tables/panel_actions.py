"""What agencies undertook to do about a case, and the safety gate before what a suspect would notice."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    Uuid,
)

from mat.store.panel_vocabulary import ActionOutcome, ActionState, Heading, Reaches, Wishes
from mat.store.tables.columns import (
    at,
    by,
    key,
    metadata,
    of_case,
    of_row,
    of_victim,
    one_of,
    reference,
    version,
    words,
)

action = Table(
    "action",
    metadata,
    key("action_id"),
    *of_case(),
    Column("item_id", Uuid, ForeignKey("agenda_item.item_id", ondelete="SET NULL"), nullable=True, index=True),
    Column("code", Text, nullable=False),
    Column("heading", Text, nullable=False),
    words("what"),
    words("success_test"),
    reference("service_id", "service.service_id", index=True),
    by("owner_id", nullable=True),
    Column("was_volunteered", Boolean, nullable=False),
    Column("reaches", Text, nullable=False),
    Column("needs_gate", Boolean, Computed("reaches <> 'nothing'", persisted=True), nullable=False),
    Column("needs_address", Boolean, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("carried_over", Date, nullable=True),
    by("made_by"),
    at("made_at"),
    version(),
    one_of("heading", Heading),
    one_of("reaches", Reaches),
    one_of("state", ActionState),
    comment="One row per action: what an agency undertook to do about a case, by when, and how one will know.",
)
Index("uq_action_subject", action.c.action_id, action.c.subject_id, unique=True)
Index("uq_action_service", action.c.action_id, action.c.subject_id, action.c.service_id, unique=True)

action_step = Table(
    "action_step",
    metadata,
    Column("step_id", BigInteger, Identity(always=True), primary_key=True),
    *of_case(),
    reference("service_id", "service.service_id"),
    *of_row("action", "action_id", "subject_id", "service_id"),
    Column("move", Text, nullable=False),
    Column("from_state", Text, nullable=True),
    Column("to_state", Text, nullable=False),
    Column("outcome", Text, nullable=True),
    words("note", nullable=True),
    by("moved_by"),
    at("moved_at"),
    one_of("from_state", ActionState),
    one_of("to_state", ActionState),
    one_of("outcome", ActionOutcome),
    CheckConstraint("(to_state = 'closed') = (outcome IS NOT NULL)", name="closed_whole"),
    comment="One row per move of an action; never changed. outcome stands on the move that closes it.",
)

safety_check = Table(
    "safety_check",
    metadata,
    key("check_id"),
    *of_case(),
    *of_victim(index=True),
    reference("service_id", "service.service_id"),
    by("recorded_by"),
    at("recorded_at"),
    Column("by_idva", Boolean, nullable=False),
    Column("wishes", Text, nullable=False),
    words("wishes_said"),
    words("safe_timing"),
    words("child_contact"),
    words("who_tells_her"),
    words("capacity_or_interpreter"),
    Column("valid_until", Date, nullable=False),
    one_of("wishes", Wishes),
    comment="One row per safety check for one current victim or partner; behind the wall of the victim's side.",
)

nobody_known = Table(
    "nobody_known",
    metadata,
    key("statement_id"),
    *of_case(),
    words("reason"),
    by("stated_by"),
    at("stated_at"),
    Column("valid_until", Date, nullable=False),
    comment="One row per statement that no current victim or partner of a subject is known, with how one looked.",
)

safety_override = Table(
    "safety_override",
    metadata,
    key("override_id"),
    *of_case(),
    *of_row("action", "action_id", "subject_id"),
    *of_victim(),
    words("reason"),
    by("decided_by"),
    at("decided_at"),
    comment="One row per time a chair let an action go ahead against a victim's wishes, with the reason.",
)
