"""The open case store: transactions, each as one role and, for the app, for one scope.

The database is told who acts inside each transaction and forgets it with the transaction's end, so nothing of one
person's stays on a connection that another takes up. Every error leaves as a sentence or without any value in it.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, TextClause, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from mat.errors import StoreError
from mat.settings import Settings
from mat.store.cleaning import clean_between_transactions
from mat.store.failures import as_store_error, scrub
from mat.store.place import Gate, Place, Role
from mat.store.revisions import refuse_other_revision
from mat.store.scope import Scope

_POOL = 5
_OVERFLOW = 5
_SECONDS_FOR_A_CONNECTION = 15

#: What a login must not be for everyday work: able to become anybody whom row-level security does not hold, or owner.
_TOO_MIGHTY = text(
    "SELECT EXISTS (SELECT FROM pg_roles WHERE (rolsuper OR rolbypassrls OR rolname IN ('mat_owner', 'mat_door'))"
    " AND pg_has_role(current_user, oid, 'member'))"
    " OR EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    " AND pg_has_role(current_user, relowner, 'member'))"
)
#: Who acts, as the database is told it; the secret proves the session.
_WHO = ("user", "service", "session", "secret")
_TELL = text(
    "SELECT set_config('mat.user', :user, true), set_config('mat.service', :service, true),"
    " set_config('mat.session', :session, true), set_config('mat.secret', :secret, true)"
)
_TAKE_UP = text("SELECT user_id, roles FROM acting.take_up(:user, :service, :session, :secret)")
_Question = tuple[TextClause, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """A transaction under way for somebody. `user`: None = the session has ended. `roles`: those that run now."""

    connection: Connection
    user: UUID | None
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """`is_demonstration`: None = nobody has founded the store yet."""

    revision: str
    is_demonstration: bool | None
    begun_as: UUID | None


class Store:
    """One process's way into the case store; safe to share between threads, and good again in a forked child.

    `revision`: of the tables, equal to this mat's.
    """

    def __init__(self, settings: Settings, gate: Gate) -> None:
        self.settings = settings
        self.revision = ""
        self.gate = gate
        self._engines: dict[Role, Engine] = {}
        self._guard = threading.Lock()
        self._is_demonstration: bool | None = None
        _open_stores.add(self)
        _watch_for_forks()
        weakref.finalize(self, _close, self._engines, gate)

    @classmethod
    def open(cls, settings: Settings, *, for_founding: bool = False) -> Store:
        """Open the store, starting its embedded server if that does not run.

        `for_founding`: the tables are there, and nobody in them yet.

        Raises:
            StoreError: there is none, it is of another revision, or its server is down, full or refuses.
            SettingsError: `database_url` cannot be used.
        """
        store = cls(settings, Gate.open(Place.of(settings)))
        try:
            with store.transaction(None) as connection:
                _refuse_mighty(connection)
            store.revision = refuse_other_revision(store.read_revision())
            if not (store.is_founded or for_founding):
                _refuse_unfounded()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def is_embedded(self) -> bool:
        """Whether mat itself starts and stops the server."""
        return self.gate.place.is_embedded

    @property
    def is_founded(self) -> bool:
        """Whether somebody is in the store."""
        if self._is_demonstration is None:
            said = self._ask()
            self._is_demonstration = None if said is None else said.is_demonstration
        return self._is_demonstration is not None

    @property
    def is_demonstration(self) -> bool:
        """Whether the store was made with `--demo`; False before it is founded."""
        return self.is_founded and bool(self._is_demonstration)

    @property
    def begun_as(self) -> UUID | None:
        """The id that the store is founded under, also before it is; None = there are no tables."""
        said = self._ask()
        return None if said is None else said.begun_as

    @property
    def url(self) -> str:
        """The everyday address; a password in it is masked."""
        return self.gate.url

    @contextmanager
    def transaction(self, scope: Scope | None) -> Generator[Connection]:
        """One transaction as the app, for `scope`; committed at the end of the block, undone by an error in it.

        None = nobody acts, to whom every table and view answers no rows.

        Raises:
            StoreError: the store is down, full, busy or lost; nothing was saved, unless the sentence says otherwise.
            StaleRow: somebody else changed the same at the same moment.
        """
        with self._transaction(Role.APP, (_TELL, _told(scope))) as (connection, _):
            yield connection

    @contextmanager
    def door(self) -> Generator[Connection]:
        """One transaction as the role that looks up who signs in and begins their session, and can do nothing else.

        Raises:
            StoreError: as for `transaction`, or the login of this role is not known here.
        """
        with self._transaction(Role.DOOR) as (connection, _):
            yield connection

    @contextmanager
    def at_work(self, scope: Scope) -> Generator[AtWork]:
        """As `transaction`, with who the database finds to be acting.

        Raises:
            StoreError: as for `transaction`.
            StaleRow: somebody else changed the same at the same moment.
        """
        with self._transaction(Role.APP, (_TAKE_UP, _told(scope))) as (connection, found):
            user, roles = found or (None, ())
            yield AtWork(connection=connection, user=user, roles=frozenset(roles))

    @contextmanager
    def owner(self) -> Generator[Connection]:
        """One transaction as the owner of the tables: for making and migrating the store, never for work in it."""
        with self._transaction(Role.OWNER) as (connection, _):
            yield connection

    @contextmanager
    def backup_reader(self) -> Generator[Connection]:
        """One read-only transaction as the role of backups, which sees every row."""
        with self._transaction(Role.BACKUP) as (connection, _):
            yield connection

    def read_revision(self) -> str | None:
        """The revision of the tables, founded or not; None = there are none."""
        said = self._ask()
        return None if said is None else said.revision

    def _ask(self) -> _Said | None:
        """What the store says of itself to anybody; None = there are no tables."""
        with self.transaction(None) as connection:
            if connection.scalar(text("SELECT to_regprocedure('acting.store()')")) is None:
                return None
            row = connection.execute(text("SELECT revision, is_demonstration, begun_as FROM acting.store()")).first()
        if row is None:
            return None
        return _Said(revision=str(row.revision), is_demonstration=row.is_demonstration, begun_as=row.begun_as)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep every other process out of an embedded store while the block runs; nothing at a server of one's own.

        Raises:
            StoreError: another process is in it.
        """
        with self.gate.server.alone() if self.gate.server is not None else nullcontext():
            yield

    def close(self) -> None:
        """Close every connection and leave the server; the last one out stops it."""
        _close(self._engines, self.gate)

    @contextmanager
    def _transaction(
        self, role: Role, first: _Question | None = None
    ) -> Generator[tuple[Connection, Sequence[Any] | None]]:
        connection, found = self._begin(role, first)
        is_saving = False
        try:
            yield connection, found
            is_saving = True
            connection.commit()
        except BaseException as error:
            _undo(connection)
            told = as_store_error(error, is_saving=is_saving)
            if told is not None:
                raise told from None
            if isinstance(error, DBAPIError):
                scrub(error)
            raise
        finally:
            connection.close()

    def _begin(self, role: Role, first: _Question | None) -> tuple[Connection, Sequence[Any] | None]:
        """A connection with its transaction begun, and the row that answers `first`.

        A connection that died in the pool is replaced, once.
        """
        found: Sequence[Any] | None = None
        self.gate.refuse_if_gone()
        for is_last in (False, True):
            try:
                connection = self._engine(role).connect()
            except SQLAlchemyError as error:
                raise as_store_error(error) or error from None
            try:
                if first is not None:
                    found = connection.execute(*first).first()
            except DBAPIError as error:
                connection.close()
                if error.connection_invalidated and not is_last:
                    continue
                raise as_store_error(error) or error from None
            return connection, found
        raise AssertionError("unreachable: the second round returns or raises")

    def _engine(self, role: Role) -> Engine:
        with self._guard:
            if role not in self._engines:
                engine = create_engine(
                    "postgresql+psycopg://",
                    creator=lambda: self.gate.connect(role),
                    poolclass=QueuePool,
                    pool_size=_POOL,
                    max_overflow=_OVERFLOW,
                    pool_timeout=_SECONDS_FOR_A_CONNECTION,
                    hide_parameters=True,
                    use_native_hstore=False,
                    pool_reset_on_return=None,
                )
                clean_between_transactions(engine)
                self._engines[role] = engine
            return self._engines[role]

    def renew_after_fork(self) -> None:
        """In a forked child: the parent's connections are left alone, and the child makes its own."""
        self._guard = threading.Lock()
        for engine in self._engines.values():
            engine.dispose(close=False)
        if self.gate.server is not None:
            self.gate.server.rejoin_after_fork()


def _refuse_mighty(connection: Connection) -> None:
    if connection.scalar(_TOO_MIGHTY):
        raise StoreError(
            "The login of database_url may do more than everyday work needs (superuser, BYPASSRLS or owner of the "
            "tables): run `mat db init` with it, which makes a lesser one, or, where there is a store already, ask "
            "whoever did for a copy of database.json, and put it in key_dir."
        )


def _refuse_unfounded() -> None:
    raise StoreError("The case store was begun and nobody is in it: run `mat db init` again, which finishes it.")


def say_who(connection: Connection, scope: Scope) -> None:
    """Tell the database who acts, until the end of the transaction: for one that itself began the session."""
    connection.execute(_TELL, _told(scope))


def who(scope: Scope) -> tuple[str, str, str, str]:
    """Who acts: user, service, session and the secret of the session."""
    return (str(scope.user_id), str(scope.service_id), str(scope.session_id), scope.secret)


def _told(scope: Scope | None) -> Mapping[str, str]:
    if scope is None:
        return dict.fromkeys(_WHO, "")
    return dict(zip(_WHO, who(scope), strict=True))


def _undo(connection: Connection) -> None:
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()


def _close(engines: dict[Role, Engine], gate: Gate) -> None:
    for engine in engines.values():
        engine.dispose()
    engines.clear()
    gate.leave()


_open_stores: weakref.WeakSet[Store] = weakref.WeakSet()


@cache
def _watch_for_forks() -> None:
    os.register_at_fork(after_in_child=_renew_all)


def _renew_all() -> None:
    for store in list(_open_stores):
        store.renew_after_fork()
