"""What came of each record between two people: which injury is recorded, and who called.

Revision 0003; follows 0002.
"""

from __future__ import annotations

from alembic import op

from mat.store.migrations.frozen import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the two columns, empty of what was imported before."""
    run(op.get_bind(), "0003_records")


def downgrade() -> None:
    """Take the columns away again, with all they hold."""
    run(op.get_bind(), "0003_records_down")
