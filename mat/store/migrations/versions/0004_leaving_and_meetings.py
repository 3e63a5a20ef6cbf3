"""Files on their way out of the building; where a meeting is, and when a case began there.

Revision 0004; follows 0003.
"""

from __future__ import annotations

from alembic import op

from mat.store.migrations.frozen import run

revision = "0004"
down_revision = "0003"

PARTS = ("0004_leaving", "0004_meetings")


def upgrade() -> None:
    """Add the table of what leaves, what looks after it, and columns, empty of what was there before."""
    for part in PARTS:
        run(op.get_bind(), part)


def downgrade() -> None:
    """Take it all away again, with all it holds."""
    for part in reversed(PARTS):
        run(op.get_bind(), f"{part}_down")
