"""Where the case store is, and how each of its roles reaches it.

Everyday work never uses the address an administrator gave: it has a login of its own that owns nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import cast
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from mat.errors import SettingsError, StoreError
from mat.settings import Settings
from mat.store.embedded import EmbeddedServer
from mat.store.failures import connection_failure
from mat.store.sockets import make_private

#: The name of the embedded database.
DATABASE = "mat"
#: The everyday logins at a server of one's own, in `key_dir`.
LOGIN_FILE = "database.json"
#: How long a server that is recovering is waited for, in seconds.
PATIENCE = 60.0
_PAUSE = 0.05
_HIDDEN = "***"


class Role(StrEnum):
    """The roles of the database; each transaction runs as one of them."""

    ADMINISTRATOR = "postgres"
    OWNER = "mat_owner"
    APP = "mat_app"
    DOOR = "mat_door"
    BACKUP = "mat_backup"
    LOG = "mat_log"
    ACTING = "mat_acting"


_EVERYWHERE = "-c search_path=public -c timezone=UTC -c client_min_messages=warning -c row_security=on"
_OPTIONS: Mapping[Role, str] = MappingProxyType(
    {
        Role.APP: "-c lock_timeout=15s -c statement_timeout=2min -c idle_in_transaction_session_timeout=5min",
        Role.DOOR: "-c lock_timeout=15s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s",
        Role.OWNER: "-c lock_timeout=30s",
        Role.BACKUP: "-c default_transaction_read_only=on",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login at a server of one's own, made by `mat db init`. `password`: empty where the server asks for none."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """The two everyday logins at a server of one's own: for work, and for beginning sessions and nothing else."""

    app: Login
    door: Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a store is, whether it exists or not.

    `folder`: of the embedded server's files. `key_dir`: of the keys. `given`: what `database_url` says; empty =
    embedded. `logins`: the everyday logins there; None = work is done as `given`, and nobody can sign in.
    """

    folder: Path
    key_dir: Path
    database: str
    given: Mapping[str, str]
    logins: Logins | None

    @classmethod
    def of(cls, settings: Settings) -> Place:
        """The place that `settings` name; nothing is opened or made.

        Raises:
            SettingsError: `database_url` is not a PostgreSQL address with a database name.
            StoreError: the file of the everyday logins cannot be read or is open to others.
        """
        given = _parsed(settings.database_url)
        return cls(
            folder=settings.data_dir.absolute() / "store",
            key_dir=settings.key_dir.absolute(),
            database=given.get("dbname", DATABASE),
            given=MappingProxyType(given),
            logins=_read_logins(settings.key_dir / LOGIN_FILE) if given else None,
        )

    def with_logins(self, logins: Logins) -> Place:
        """The same place with everyday logins."""
        return replace(self, logins=logins)

    @property
    def is_embedded(self) -> bool:
        """Whether mat itself starts and stops the server."""
        return not self.given

    @property
    def everyday_roles(self) -> tuple[str, str]:
        """The roles that may connect for everyday work, and for beginning a session."""
        if self.logins is None:
            return Role.APP.value, Role.DOOR.value
        return self.logins.app.user, self.logins.door.user

    def external_address(self, role: Role, database: str | None = None) -> dict[str, str]:
        """How libpq reaches `database` (default: the store's) as `role` at the server `database_url` names.

        Raises:
            StoreError: `role` is the door, and its login is not known here.
        """
        address = dict(self.given)
        if database is not None:
            address["dbname"] = database
        options = f"{address.get('options', '')} {_EVERYWHERE} {_OPTIONS.get(role, '')}"
        if role in {Role.APP, Role.DOOR} and self.logins is not None:
            login = self.logins.app if role is Role.APP else self.logins.door
            address["user"], address["password"] = login.user, login.password
        elif role is Role.DOOR:
            raise StoreError(
                f"Nobody can sign in without {self.key_dir / LOGIN_FILE}: ask the administrator who ran `mat db init` "
                "or `mat db restore` for a copy of that file, and close it with chmod 600."
            )
        if role in {Role.OWNER, Role.BACKUP}:
            options += f" -c role={role.value}"
        return {**address, "options": options.strip()}


class Gate:
    """The way in: connections to the store's server, which is started, and started again after a crash, as needed."""

    def __init__(self, place: Place, server: EmbeddedServer | None) -> None:
        self.place = place
        self.server = server

    @classmethod
    def open(cls, place: Place) -> Gate:
        """The way to the server of `place`, started if it is embedded and does not run.

        Raises:
            StoreError: there is no store, or its server does not start.
        """
        return cls(place, EmbeddedServer.join(place.folder) if place.is_embedded else None)

    def address(self, role: Role, database: str | None = None) -> dict[str, str]:
        """How libpq reaches `database` (default: the store's) as `role`."""
        if self.server is None:
            return self.place.external_address(role, database)
        options = f"{_EVERYWHERE} {_OPTIONS.get(role, '')}".strip()
        local = {"sslmode": "disable", "gssencmode": "disable", "options": options}
        return {**self.server.address(role.value, database or self.place.database), **local}

    def connect(self, role: Role, database: str | None = None) -> psycopg.Connection:
        """A new connection; a server that is recovering is waited for, an embedded one that died is started again.

        Raises:
            StoreError: the server cannot be reached, refuses, or its folder was taken away.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(
                    **self.address(role, database),  # type: ignore[arg-type]
                    application_name="mat",
                    client_encoding="utf8",
                    connect_timeout=10,
                )
            except psycopg.OperationalError as error:
                failure = connection_failure(error)
                if not self._may_try_again(failure.may_pass, deadline):
                    raise failure.error from None
            time.sleep(_PAUSE)

    def _may_try_again(self, may_pass: bool, deadline: float) -> bool:
        if self.server is None or time.monotonic() > deadline:
            return False
        self.refuse_if_gone()
        self.server.ensure_running()
        return may_pass

    def refuse_if_gone(self) -> None:
        """Refuse to go on with an embedded server whose files were taken away: what it saves would be lost.

        Raises:
            StoreError: the folder was removed or replaced.
        """
        if self.server is not None and not self.server.is_there:
            raise StoreError(
                f"The folder of the case store, {self.server.folder}, was removed or replaced while mat ran: put it "
                "back or restore a backup, and start mat again."
            )

    @property
    def url(self) -> str:
        """The everyday address; a password in it is masked."""
        return masked_url(self.address(Role.APP))

    def leave(self) -> None:
        """Give up the share in an embedded server; the last one out stops it."""
        if self.server is not None:
            self.server.leave()


def masked_url(address: Mapping[str, str]) -> str:
    """An address as a URL that psql and psycopg take, without what only mat needs; the password masked."""
    user = quote(address.get("user", ""), safe="")
    password = f":{_HIDDEN}" if address.get("password") else ""
    host, port = address.get("host", ""), address.get("port", "")
    start = f"postgresql://{user}{password}@" if user else "postgresql://"
    database = quote(address.get("dbname", ""), safe="")
    if host.startswith("/"):
        return f"{start}/{database}?host={quote(host, safe='/')}" + (
            f"&port={port}" if port not in {"", "5432"} else ""
        )
    return f"{start}{host}" + (f":{port}" if port else "") + f"/{database}"


def refuse_open_file(path: Path) -> None:
    """Refuse a file of secrets that others of this machine may read.

    Raises:
        StoreError: they may.
    """
    if path.stat().st_mode & 0o077:
        raise StoreError(
            f"{path} holds a secret and others of this machine may read it: close it with chmod 600 {path}"
        )


def _parsed(url: str) -> dict[str, str]:
    if not url:
        return {}
    wanted = "postgresql://USER@HOST:PORT/DATABASE"
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(
            f"database_url should look like {wanted}: correct it, or leave it out for an embedded store."
        )
    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise SettingsError(f"database_url cannot be read as {wanted}: correct it.") from None
    given = {name: str(value) for name, value in found.items() if value is not None}
    if not given.get("dbname"):
        raise SettingsError(f"database_url names no database: write it as {wanted}.")
    return given


def _read_logins(path: Path) -> Logins | None:
    try:
        refuse_open_file(path)
        entries: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: bring the file back from where you keep it.") from error
    app = _login(entries)
    door = _login(cast("dict[str, object]", entries).get("door")) if isinstance(entries, dict) else None
    if app is None or door is None:
        raise StoreError(f"{path} should hold two users with passwords: bring the file back from where you keep it.")
    return Logins(app=app, door=door)


def _login(entries: object) -> Login | None:
    fields = cast("dict[str, object]", entries) if isinstance(entries, dict) else {}
    user, password = fields.get("user"), fields.get("password")
    return Login(user=user, password=password) if isinstance(user, str) and user and isinstance(password, str) else None


def write_logins(key_dir: Path, logins: Logins) -> None:
    """Keep the everyday logins in `key_dir`, for its owner alone."""
    prepare_key_dir(key_dir)
    app, door = ({"user": login.user, "password": login.password} for login in (logins.app, logins.door))
    write_secret(key_dir / LOGIN_FILE, json.dumps({**app, "door": door}))


def prepare_key_dir(key_dir: Path) -> None:
    """Make the folder of the keys, for its owner alone.

    Raises:
        StoreError: it is there and is a link, somebody else's, or open to others, or it cannot be made.
    """
    try:
        key_dir.parent.mkdir(parents=True, exist_ok=True)
        make_private(key_dir, owner=os.geteuid(), group=os.getegid())
    except OSError as error:
        raise StoreError(f"The folder of keys {key_dir} cannot be made ({error.strerror}): see key_dir.") from error


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, from its first byte; never through a link.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): see key_dir.") from error
