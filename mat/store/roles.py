"""The roles of the database and who may enter: made before the tables, by an administrator of the server.

The app's role owns nothing and can become nobody else; the roles that own the guarding functions cannot log in.
"""

from __future__ import annotations

import secrets

import psycopg
from psycopg import sql

from mat.errors import StoreError
from mat.store.failures import as_store_error
from mat.store.place import Gate, Login, Logins, Place, Role, write_logins

#: The oldest server with views that ask as the one who looks (`security_invoker`).
OLDEST_SERVER = 150_000
#: Before it, an owner of a database that inherits nothing owns the schema in it only if it is given to them.
_OWNS_WITHOUT_INHERITING = 160_000
#: The database that every server has, for the time in which ours does not exist.
_MEETING_PLACE = "postgres"
_MADE = (Role.OWNER, Role.APP, Role.DOOR, Role.BACKUP, Role.LOG, Role.ACTING)
#: The owner hands functions over to these two, and may act as them for that, but never does so unasked.
_OF_THE_OWNER = (Role.LOG, Role.ACTING)


#: Locks that anybody may take, files inside the database, an end to others' work, and writing past every table. The two
#: roles that own functions may lock.
_TAKE = """
DO $$
DECLARE
  taken regprocedure;
BEGIN
  FOR taken IN
    SELECT pg_proc.oid FROM pg_proc
    WHERE pg_proc.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', pg_proc.oid, 'EXECUTE')
      AND (
        pg_proc.proname ~ '^(pg_(try_)?advisory_|lo_|pg_logical_emit_message$)'
        OR pg_proc.proname IN ('loread', 'lowrite', 'pg_cancel_backend', 'pg_terminate_backend')
      )
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', taken);
  END LOOP;
  GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint), pg_catalog.pg_advisory_xact_lock(integer, integer)
  TO mat_log, mat_acting;
END
$$
"""


def prepare_database(place: Place, gate: Gate) -> Place:
    """Make the roles and an empty database, or finish what was begun; the place with its everyday logins.

    Raises:
        StoreError: the login may not do this, the server is too old, or the database holds tables already.
    """
    try:
        with gate.connect(Role.ADMINISTRATOR, _MEETING_PLACE) as connection:
            connection.autocommit = True
            _refuse_old(connection)
            _make_roles(connection, place)
            place = _make_logins(connection, place)
            _make_database(connection, place)
        with gate.connect(Role.ADMINISTRATOR) as connection:
            _refuse_filled(connection)
            admit(connection, place)
    except psycopg.errors.InsufficientPrivilege:
        raise StoreError(
            "The login of database_url may not make roles and databases: ask the administrator of that server to run "
            "`mat db init` with a superuser's address."
        ) from None
    except psycopg.Error as error:
        raise as_store_error(error) or error from None
    return place


def admit(connection: psycopg.Connection, place: Place) -> None:
    """Close the database to everybody but mat's roles, and let backups read whatever the owner will make in it."""
    database = sql.Identifier(place.database)
    backup = sql.Identifier(Role.BACKUP)
    entering = sql.SQL(", ").join(map(sql.Identifier, (*place.everyday_roles, Role.BACKUP)))
    every_role = sql.SQL(", ").join(map(sql.Identifier, (Role.APP, Role.DOOR, Role.BACKUP, Role.LOG, Role.ACTING)))
    owner = sql.Identifier(Role.OWNER)
    steps = (
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, entering),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(every_role),
        sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT SELECT ON TABLES TO {}").format(owner, backup),
        sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT SELECT ON SEQUENCES TO {}").format(owner, backup),
    )
    _take_from_everybody(connection)
    if connection.info.server_version < _OWNS_WITHOUT_INHERITING:
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
    for step in steps:
        connection.execute(step)
    connection.execute("RESET ROLE")


def _take_from_everybody(connection: psycopg.Connection) -> None:
    """Keep from the everyday login what could stop others or fill the disk; only a superuser can."""
    is_superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if is_superuser == (True,):
        connection.execute(_TAKE)


def _refuse_old(connection: psycopg.Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise StoreError("The server of database_url is too old: the case store asks for PostgreSQL 15 or later.")


def _make_roles(connection: psycopg.Connection, place: Place) -> None:
    there = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    entering = (Role.OWNER, Role.APP, Role.DOOR, Role.BACKUP) if place.is_embedded else ()
    for role in _MADE:
        if role not in there:
            login = sql.SQL("LOGIN" if role in entering else "NOLOGIN")
            bypass = sql.SQL("BYPASSRLS" if role is Role.BACKUP else "NOBYPASSRLS")
            statement = sql.SQL("CREATE ROLE {} {} {} NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION")
            connection.execute(statement.format(sql.Identifier(role), login, bypass))
    for role in _OF_THE_OWNER:
        _allow(connection, role, sql.Identifier(Role.OWNER))
    is_superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if is_superuser != (True,):
        for role in (Role.OWNER, Role.BACKUP):
            _allow(connection, role, sql.SQL("CURRENT_USER"))


def _allow(connection: psycopg.Connection, role: Role, member: sql.Composable) -> None:
    statement = sql.SQL("GRANT {} TO {}")
    connection.execute(statement.format(sql.Identifier(role), member))


def everyday_login(database: str, role: Role = Role.APP) -> str:
    """What a login of a database is called: never as one of the roles that all stores of a server share."""
    name = f"{database}_{role.value.removeprefix('mat_')}"
    return f"{name}_login" if name in set(Role) else name


def _make_logins(connection: psycopg.Connection, place: Place) -> Place:
    """Logins for this database alone; their passwords are made here and seen by nobody."""
    if place.is_embedded or place.logins is not None:
        return place
    logins = Logins(
        app=_make_login(connection, place.database, Role.APP), door=_make_login(connection, place.database, Role.DOOR)
    )
    write_logins(place.key_dir, logins)
    return place.with_logins(logins)


def _make_login(connection: psycopg.Connection, database: str, role: Role) -> Login:
    login = Login(user=everyday_login(database, role), password=secrets.token_urlsafe(32))
    name, ours = sql.Identifier(login.user), f"mat: everyday login of the database {database}"
    there = connection.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = %s", [login.user]
    ).fetchone()
    if there is not None and there[0] != ours:
        raise StoreError(
            f"This server has a role {login.user} that mat did not make, and nothing was done to it: name another "
            "database in database_url, or let the administrator rename that role."
        )
    verb = sql.SQL("CREATE" if there is None else "ALTER")
    hashed = connection.pgconn.encrypt_password(login.password.encode(), login.user.encode(), b"scram-sha-256")
    statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION")
    with connection.transaction():
        connection.execute(statement.format(verb, name, sql.Literal(hashed.decode())))
        connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(ours)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), name))
    return login


def _make_database(connection: psycopg.Connection, place: Place) -> None:
    name, owner = sql.Identifier(place.database), sql.Identifier(Role.OWNER)
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [place.database]).fetchone() is None:
        has_builtin = connection.info.server_version >= 170_000
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'" if has_builtin else "LOCALE 'C'"
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}")
        connection.execute(statement.format(name, owner, sql.SQL(locale)))
    else:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))


def _refuse_filled(connection: psycopg.Connection) -> None:
    if is_filled(connection):
        raise StoreError(
            "There is a case store, or something else, in this database already, and nothing was changed: see "
            "`mat db status`, or name another data_dir or database_url."
        )


def is_filled(connection: psycopg.Connection) -> bool:
    """Whether the database holds any table, view or sequence of anybody's."""
    statement = (
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT LIKE 'pg\\_%'"
        " AND n.nspname <> 'information_schema')"
    )
    return connection.execute(statement).fetchone() == (True,)


def is_begun(gate: Gate) -> bool:
    """Whether our own tables are in the database."""
    statement = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
    with gate.connect(Role.ADMINISTRATOR, _MEETING_PLACE) as connection:
        if connection.execute(statement, [gate.place.database]).fetchone() != (True,):
            return False
    with gate.connect(Role.ADMINISTRATOR) as connection:
        found = connection.execute(
            "SELECT to_regclass('public.alembic_version') IS NOT NULL AND to_regclass('public.store') IS NOT NULL"
        )
        return found.fetchone() == (True,)
