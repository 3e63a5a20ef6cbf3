"""Making a case store where there is none: server, roles, database and tables; begun work is finished, not redone."""

from __future__ import annotations

from mat.errors import StoreError
from mat.settings import Settings
from mat.store.embedded import EmbeddedServer
from mat.store.engine import Store
from mat.store.migrating import refuse_others_at_work, upgrade
from mat.store.place import Gate, Place, prepare_key_dir
from mat.store.roles import is_begun, prepare_database


def create_store(settings: Settings) -> Store:
    """An open store with every table and nobody in it, ready to be founded.

    Raises:
        StoreError: there is a founded store already, the database holds something else, or it cannot be made.
    """
    place = Place.of(settings)
    prepare_key_dir(settings.key_dir)
    gate = make_server(place)
    store = Store(settings, gate)
    try:
        with store.alone():
            if not is_begun(gate):
                gate.place = prepare_database(place, gate)
            with store.owner() as connection:
                refuse_others_at_work(connection)
                upgrade(connection)
        _refuse_founded(store)
        return Store.open(settings, for_founding=True)
    finally:
        store.close()


def make_server(place: Place) -> Gate:
    """The way to the server of `place`; an embedded one is made where there is none."""
    if place.is_embedded and not EmbeddedServer.exists(place.folder):
        return Gate(place, EmbeddedServer.create(place.folder))
    return Gate.open(place)


def _refuse_founded(store: Store) -> None:
    if store.is_founded:
        raise StoreError(
            f"There is a case store at {store.url} already, and nothing was changed: see `mat db status`, or name "
            "another data_dir or database_url."
        )
