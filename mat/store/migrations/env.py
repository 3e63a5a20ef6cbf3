"""Run by Alembic: migrations happen on the connection that was handed over, inside its transaction."""

from __future__ import annotations

from alembic import context

from mat.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
