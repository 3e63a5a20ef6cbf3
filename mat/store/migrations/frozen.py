"""The SQL of a revision, kept as it was written: a later change is a later revision."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection


def run(connection: Connection, part: str) -> None:
    """Run `sql/PART.sql`, as shipped with the package, inside the transaction of the connection."""
    text = (files("mat.store.migrations") / "sql" / f"{part}.sql").read_text(encoding="utf-8")
    connection.exec_driver_sql(text.replace("%", "%%"))
