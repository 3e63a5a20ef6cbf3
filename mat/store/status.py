"""What can be said of a store from outside: where it is, of which revision, whether it runs; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from mat.settings import Settings
from mat.store.embedded import EmbeddedServer
from mat.store.engine import Store
from mat.store.failures import NoDatabase
from mat.store.place import Gate, Place, Role, masked_url
from mat.store.revisions import head_revision
from mat.store.sockets import socket_folder_of

_SIZE = text("SELECT pg_database_size(current_database())")
_CONNECTIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_MAY_LOCK = text("SELECT has_function_privilege('pg_catalog.pg_advisory_lock(bigint)', 'EXECUTE')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A store as it was found.

    `url`: the everyday address, a password masked. `revision`: of the tables; None = there are none. `head`: what this
    mat works with. `is_running`: the server ran before this looked (always so at a server of one's own). `is_founded`:
    somebody is in it. `begun_as`: the id it is founded under. `size`: bytes of the database; None = there is none.
    `connections`: of others. `is_hardened`: the everyday login cannot call what could stop others.
    """

    url: str
    embedded: bool
    revision: str | None
    head: str
    is_running: bool
    is_founded: bool
    begun_as: UUID | None
    is_demonstration: bool
    size: int | None
    connections: int
    is_hardened: bool
    key_dir: Path

    @property
    def is_up_to_date(self) -> bool:
        """Whether this mat works with these tables as they are."""
        return self.revision == self.head


def read_status(settings: Settings) -> Status:
    """Look at the store that `settings` name, whether there is one or not; an embedded one is started for that.

    Raises:
        StoreError: its server is down, or refuses.
        SettingsError: `database_url` cannot be used.
    """
    place = Place.of(settings)
    if place.is_embedded and not EmbeddedServer.exists(place.folder):
        address = {"user": Role.APP.value, "dbname": place.database, "host": str(socket_folder_of(place.folder))}
        return _without_tables(masked_url(address), place, is_running=False)
    is_running = not place.is_embedded or EmbeddedServer.is_listening_in(place.folder)
    store = Store(settings, Gate.open(place))
    try:
        revision = _revision(store)
        if revision is None:
            return _without_tables(store.url, place, is_running=is_running)
        with store.transaction(None) as connection:
            size = connection.scalar(_SIZE)
            connections = connection.scalar(_CONNECTIONS)
            is_hardened = not connection.scalar(_MAY_LOCK)
        return Status(
            url=store.url,
            embedded=place.is_embedded,
            revision=revision,
            head=head_revision(),
            is_running=is_running,
            is_founded=store.is_founded,
            begun_as=store.begun_as,
            is_demonstration=store.is_demonstration,
            size=size,
            connections=int(connections or 0),
            is_hardened=is_hardened,
            key_dir=place.key_dir,
        )
    finally:
        store.close()


def _revision(store: Store) -> str | None:
    """As the everyday login sees it, so that an everyday address is enough; None = there are no tables."""
    try:
        return store.read_revision()
    except NoDatabase:
        return None


def _without_tables(url: str, place: Place, *, is_running: bool) -> Status:
    return Status(
        url=url,
        embedded=place.is_embedded,
        revision=None,
        head=head_revision(),
        is_running=is_running,
        is_founded=False,
        begun_as=None,
        is_demonstration=False,
        size=None,
        connections=0,
        is_hardened=False,
        key_dir=place.key_dir,
    )
