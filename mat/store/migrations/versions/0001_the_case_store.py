"""The case store: tables, who is acting, row-level security, the log, and the access rules of the day.

Revision 0001; follows nothing.
"""

from __future__ import annotations

from alembic import op

from mat.store.migrations.frozen import run

revision = "0001"
down_revision = None

PARTS = (
    "0001_tables",
    "0001_access_rules",
    "0001_acting",
    "0001_row_security",
    "0001_log",
    "0001_runs",
    "0001_guards",
    "0001_emergencies",
)


def upgrade() -> None:
    """Make everything in an empty database."""
    for part in PARTS:
        run(op.get_bind(), part)


def downgrade() -> None:
    """Take everything away again, with all it holds."""
    run(op.get_bind(), "0001_down")
