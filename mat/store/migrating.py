"""Making the tables and bringing them to the revision this mat works with, in one transaction or not at all.

Alembic runs without a file of its own settings: its history is `migrations/versions`, one line of numbered revisions.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from mat.errors import StoreError
from mat.settings import Settings
from mat.store.engine import Store
from mat.store.place import Gate, Place
from mat.store.revisions import NOT_INITIALISED, current_revision, head_revision, refuse_unknown_revision

_HEAD = "head"
_EMPTY = "base"
#: Connections that could read or change a store while its tables change under them.
_OTHERS_AT_WORK = text(
    "SELECT count(*) FROM pg_stat_activity JOIN pg_roles ON pg_roles.oid = usesysid"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT rolsuper"
    " AND pg_has_role(usesysid, 'mat_app', 'member')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """From which revision to which; equal where there was nothing to do."""

    before: str
    after: str


def migrate(settings: Settings) -> Migrated:
    """Bring the store to this mat's revision while nobody else is at work in it.

    Raises:
        StoreError: there is no store, it is of a later mat, others are at work in it, or a step failed and nothing was
            changed.
    """
    store = Store(settings, Gate.open(Place.of(settings)))
    try:
        with ExitStack() as stack:
            stack.enter_context(store.alone())
            connection = stack.enter_context(store.owner())
            before = current_revision(connection)
            if before is None:
                raise StoreError(NOT_INITIALISED)
            refuse_unknown_revision(before)
            refuse_others_at_work(connection)
            upgrade(connection)
        return Migrated(before=before, after=head_revision())
    finally:
        store.close()


def refuse_others_at_work(connection: Connection) -> None:
    """Refuse while any other connection could be in the middle of everyday work.

    Raises:
        StoreError: there is one.
    """
    others = int(connection.scalar(_OTHERS_AT_WORK) or 0)
    if others:
        raise StoreError(
            f"{others} other connection{'s are' if others > 1 else ' is'} at work in this case store: close mat "
            "everywhere, the board included, and try again."
        )


def upgrade(connection: Connection, revision: str = _HEAD) -> None:
    """Make or change the tables up to `revision`, inside the owner's transaction."""
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str = _EMPTY) -> None:
    """Take changes back down to `revision`, with all they hold, inside the owner's transaction."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    scripts = str(resources.files("mat.store") / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    return config
