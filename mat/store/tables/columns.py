"""Columns that many tables share, each with one meaning."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Text,
    Uuid,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key(name: str) -> Column[UUID]:
    """A row's own id: a UUIDv7 made by mat, never reused."""
    return Column(name, Uuid, primary_key=True)


def reference(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[UUID]:
    """The id of a row of another table that must go on existing."""
    return Column(name, Uuid, ForeignKey(target), nullable=nullable, index=index)


def of_case(*, primary_key: bool = False) -> tuple[Column[UUID], Column[UUID], ForeignKeyConstraint]:
    """The subject a row is about and, repeated, the panel area of that subject, both or neither.

    The panel stands on every row so that the database can guard the row without a join, and follows the subject when
    it moves. The row goes when the subject is erased.
    """
    return (
        Column("subject_id", Uuid, primary_key=primary_key, nullable=False, index=not primary_key),
        Column("panel_id", Uuid, nullable=False),
        ForeignKeyConstraint(
            ["subject_id", "panel_id"],
            ["subject.subject_id", "subject.panel_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )


def of_victim(
    *, primary_key: bool = False, nullable: bool = False, index: bool = False
) -> tuple[Column[UUID], ForeignKeyConstraint]:
    """The counterpart a row is about, always one of the row's own subject; the row goes with them.

    Who may see a row follows from its victim, so a victim of another case must not stand on it.
    """
    return (
        Column("victim_id", Uuid, primary_key=primary_key, nullable=nullable, index=index),
        ForeignKeyConstraint(
            ["victim_id", "subject_id"], ["victim.victim_id", "victim.subject_id"], ondelete="CASCADE"
        ),
    )


def of_row(
    target: str, key_: str, *repeated: str, primary_key: bool = False
) -> tuple[Column[UUID], ForeignKeyConstraint]:
    """The row of another table that a row belongs to, always with the same case, and service where that is repeated.

    Who may see a row follows from what is repeated on it, so it must be that of the row it belongs to, with which it
    goes. The other table has a unique index over the same columns.
    """
    columns = (key_, *repeated)
    return (
        Column(key_, Uuid, primary_key=primary_key, nullable=False, index=not primary_key),
        ForeignKeyConstraint(columns, [f"{target}.{each}" for each in columns], ondelete="CASCADE", onupdate="CASCADE"),
    )


def of_run() -> Column[UUID]:
    """The imported run a row came with; the row goes when the run is deleted."""
    return Column("run_id", Uuid, ForeignKey("list_run.run_id", ondelete="CASCADE"), primary_key=True, nullable=False)


def by(name: str, *, nullable: bool = False) -> Column[UUID]:
    """The user who did it."""
    return Column(name, Uuid, ForeignKey("app_user.user_id"), nullable=nullable)


def at(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A moment, with its zone; null = it has not happened, or has no end."""
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def one_of(column: str, words_: type[StrEnum]) -> CheckConstraint:
    """A check that the column holds a word of a closed list, or nothing where it may."""
    listed = ", ".join(f"'{word.value}'" for word in words_)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def words(name: str, *, nullable: bool = False) -> Column[str]:
    """Free text written by a person: shown as text, never in the log but as a keyed hash."""
    return Column(name, Text, nullable=nullable)


def version() -> Column[int]:
    """Counts the changes of a row, from 1: who changes it says which version they read."""
    return Column("version", Integer, nullable=False, server_default=text("1"))
