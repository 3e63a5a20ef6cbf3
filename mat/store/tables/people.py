"""Who may be at work: agencies, their services, panels, users, sessions, and roles that two people grant."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from mat.store.tables.columns import at, by, key, metadata, of_case, of_victim, one_of, reference, version, words
from mat.store.vocabulary import AgencyKind, Basis, Channel, Deed, ServiceKind, UserRole

agency = Table(
    "agency",
    metadata,
    key("agency_id"),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    at("ended_at", nullable=True),
    version(),
    one_of("kind", AgencyKind),
    comment="One row per agency.",
)

service = Table(
    "service",
    metadata,
    key("service_id"),
    reference("agency_id", "agency.agency_id"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    at("ended_at", nullable=True),
    version(),
    one_of("kind", ServiceKind),
    comment="One row per service of an agency; walls stand between services, not only between agencies.",
)
Index("uq_service_name", service.c.agency_id, service.c.name, unique=True)

panel = Table(
    "panel",
    metadata,
    key("panel_id"),
    Column("name", Text, nullable=False, unique=True),
    Column("seats", Integer, nullable=False),
    at("ended_at", nullable=True),
    version(),
    CheckConstraint("seats > 0", name="seats"),
    comment="One row per panel area; ranks are per panel.",
)

app_user = Table(
    "app_user",
    metadata,
    key("user_id"),
    Column("name", Text, nullable=False),
    at("added_at"),
    by("added_by", nullable=True),
    at("ended_at", nullable=True),
    version(),
    comment="One row per person who may be at work; ended, never deleted, because the log names them.",
)

user_login = Table(
    "user_login",
    metadata,
    key("login_id"),
    reference("user_id", "app_user.user_id", index=True),
    Column("os_name", Text, nullable=True),
    Column("issuer", Text, nullable=True),
    Column("external_id", Text, nullable=True),
    at("ended_at", nullable=True),
    CheckConstraint(
        "(os_name IS NOT NULL) <> (issuer IS NOT NULL AND external_id IS NOT NULL)", name="one_way_to_sign_in"
    ),
    comment="How a user is recognised: an account of this machine, or the subject of an identity provider.",
)
Index("uq_user_login_os_name", user_login.c.os_name, unique=True, postgresql_where=text("ended_at IS NULL"))
Index(
    "uq_user_login_external",
    user_login.c.issuer,
    user_login.c.external_id,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)

membership = Table(
    "membership",
    metadata,
    key("membership_id"),
    reference("user_id", "app_user.user_id", index=True),
    reference("service_id", "service.service_id"),
    at("from_at"),
    at("ended_at", nullable=True),
    by("added_by"),
    comment="One row per user and service they work in; a victim service and a behaviour-change service of one "
    "agency never share a member.",
)
Index(
    "uq_membership_running",
    membership.c.user_id,
    membership.c.service_id,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)

role_grant = Table(
    "role_grant",
    metadata,
    key("grant_id"),
    reference("user_id", "app_user.user_id", index=True),
    reference("service_id", "service.service_id"),
    Column("role", Text, nullable=False),
    reference("panel_id", "panel.panel_id", nullable=True),
    Column("is_founding", Boolean, nullable=False, server_default=text("false")),
    words("reason"),
    by("proposed_by"),
    at("proposed_at"),
    by("confirmed_by", nullable=True),
    at("confirmed_at", nullable=True),
    by("ended_by", nullable=True),
    at("ended_at", nullable=True),
    version(),
    one_of("role", UserRole),
    CheckConstraint(
        "is_founding OR (proposed_by <> user_id AND (confirmed_by IS NULL OR"
        " (confirmed_by <> proposed_by AND confirmed_by <> user_id)))",
        name="two_other_people",
    ),
    CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_whole"),
    CheckConstraint(
        "panel_id IS NULL OR role NOT IN ('administrator', 'auditor', 'dpo', 'model_owner')", name="everywhere"
    ),
    CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="ended_whole"),
    comment="One row per role granted to a user in a service; runs once a second person has confirmed it. "
    "panel_id null = every panel.",
)

work_session = Table(
    "work_session",
    metadata,
    key("session_id"),
    reference("user_id", "app_user.user_id", index=True),
    reference("service_id", "service.service_id"),
    Column("channel", Text, nullable=False),
    at("began_at"),
    at("seen_at"),
    at("expires_at"),
    at("stepped_up_at", nullable=True),
    at("ended_at", nullable=True),
    Column("secret_hash", LargeBinary, nullable=False),
    one_of("channel", Channel),
    comment="One row per session of a user in one service; the database answers to a running session only.",
)

access_rule = Table(
    "access_rule",
    metadata,
    Column("role", Text, primary_key=True),
    Column("field_group", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    Column("deed", Text, primary_key=True),
    one_of("role", UserRole),
    one_of("basis", Basis),
    one_of("deed", Deed),
    comment="One row per role, field group, basis and deed that the policy file allows; all else is denied.",
)

share = Table(
    "share",
    metadata,
    key("share_id"),
    *of_case(),
    reference("service_id", "service.service_id", index=True),
    by("user_id", nullable=True),
    *of_victim(nullable=True),
    Column("basis", Text, nullable=False),
    words("reason"),
    by("shared_by"),
    at("from_at"),
    at("expires_at"),
    by("ended_by", nullable=True),
    at("ended_at", nullable=True),
    words("ended_reason", nullable=True),
    version(),
    one_of("basis", Basis),
    CheckConstraint("basis NOT IN ('panel', 'client')", name="is_shared"),
    CheckConstraint("basis <> 'need_to_know' OR victim_id IS NOT NULL", name="names_whom"),
    CheckConstraint("basis NOT IN ('break_glass', 'overlap') OR user_id IS NOT NULL", name="names_who"),
    CheckConstraint("expires_at > from_at", name="expires"),
    comment="One row per reason for which a service (or one user of it) may see a case for a while.",
)

conflict = Table(
    "conflict",
    metadata,
    key("conflict_id"),
    reference("user_id", "app_user.user_id", index=True),
    *of_case(),
    words("reason"),
    by("declared_by"),
    at("declared_at"),
    by("ended_by", nullable=True),
    at("ended_at", nullable=True),
    version(),
    comment="One row per conflict of interest of a user with a case; while it runs it forbids the case whole.",
)

break_glass = Table(
    "break_glass",
    metadata,
    key("use_id"),
    *of_case(),
    by("user_id"),
    Column("share_id", Uuid, ForeignKey("share.share_id", ondelete="CASCADE"), nullable=True),
    words("reason"),
    at("used_at"),
    by("reviewed_by", nullable=True),
    at("reviewed_at", nullable=True),
    words("finding", nullable=True),
    version(),
    CheckConstraint("reviewed_by IS NULL OR reviewed_by <> user_id", name="reviewed_by_another"),
    comment="One row per time somebody asked to open a case they had no share of, and the share it opened; each waits "
    "for a review.",
)

notice = Table(
    "notice",
    metadata,
    key("notice_id"),
    Column("to_role", Text, nullable=False),
    reference("panel_id", "panel.panel_id", nullable=True),
    Column("kind", Text, nullable=False),
    Column("about_id", Uuid, nullable=False),
    at("told_at"),
    by("read_by", nullable=True),
    at("read_at", nullable=True),
    reference("to_service_id", "service.service_id", nullable=True),
    one_of("to_role", UserRole),
    comment="One row per thing a role must be told of at once; about_id is the row it is about, panel_id its panel "
    "area. to_service_id: that service alone is told.",
)
