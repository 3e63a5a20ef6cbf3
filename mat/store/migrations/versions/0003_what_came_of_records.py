"""What came of each record between two people, places under each harm scale, and counting what an import fills.

Revision 0003; follows 0002.
"""

from __future__ import annotations

from alembic import op

from mat.store.migrations.frozen import run

revision = "0003"
down_revision = "0002"

PARTS = ("0003_records", "0003_counting", "0003_places", "0003_ranked")


def upgrade() -> None:
    """Add the columns, empty of what was imported before, an index, and the counting."""
    for part in PARTS:
        run(op.get_bind(), part)


def downgrade() -> None:
    """Take them away again, with all they hold."""
    for part in reversed(PARTS):
        run(op.get_bind(), f"{part}_down")
