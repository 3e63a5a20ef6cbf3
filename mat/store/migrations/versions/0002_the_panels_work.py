"""The panel's work: nominations, meetings, actions, referrals and disclosures, with who may see what of them.

Revision 0002; follows 0001.
"""

from __future__ import annotations

from alembic import op

from mat.store.migrations.frozen import run

revision = "0002"
down_revision = "0001"

PARTS = (
    "0002_tables",
    "0002_row_security",
    "0002_gate",
    "0002_meetings",
    "0002_statements",
    "0002_referrals",
    "0002_orders",
    "0002_guards",
    "0002_moves",
)


def upgrade() -> None:
    """Add the tables, their rules and their guards."""
    for part in PARTS:
        run(op.get_bind(), part)


def downgrade() -> None:
    """Take the tables away again, with all they hold."""
    for part in ("0002_orders_down", "0002_referrals_down", "0002_statements_down", "0002_down"):
        run(op.get_bind(), part)
