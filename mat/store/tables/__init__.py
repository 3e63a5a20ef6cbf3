"""Every table of the case store, in SQLAlchemy Core: one module per subject matter, one metadata for all."""

from __future__ import annotations

from mat.store.tables import (
    audit,
    cases,
    lists,
    panel_actions,
    panel_disclosures,
    panel_meetings,
    panel_nominating,
    panel_orders,
    panel_referrals,
    people,
    privacy,
)
from mat.store.tables.columns import metadata

__all__ = [
    "audit",
    "cases",
    "lists",
    "metadata",
    "panel_actions",
    "panel_disclosures",
    "panel_meetings",
    "panel_nominating",
    "panel_orders",
    "panel_referrals",
    "people",
    "privacy",
]
