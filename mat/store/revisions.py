"""Which revision the tables are of, and which this mat works with; asked at every start, so without Alembic."""

from __future__ import annotations

import re
from importlib import resources

from sqlalchemy import Connection, text

from mat.errors import StoreError

NOT_INITIALISED = "There is no case store in this database yet: make one with `mat db init`."
_VERSION_FILE = re.compile(r"(\d{4})_\w+\.py")


def known_revisions() -> tuple[str, ...]:
    """Every revision this mat knows, the oldest first: the numbers its migration files begin with."""
    folder = resources.files("mat.store") / "migrations" / "versions"
    found = (_VERSION_FILE.fullmatch(file.name) for file in folder.iterdir())
    return tuple(sorted(match[1] for match in found if match))


def head_revision() -> str:
    """The revision this mat works with."""
    return known_revisions()[-1]


def current_revision(connection: Connection) -> str | None:
    """The revision the tables are of; None = there are none."""
    if connection.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
        return None
    found = connection.scalar(text("SELECT version_num FROM public.alembic_version"))
    return None if found is None else str(found)


def refuse_other_revision(found: str | None) -> str:
    """`found`, where it is the revision this mat works with.

    Raises:
        StoreError: it is none, older or unknown; the sentence says what to do.
    """
    if found is None:
        raise StoreError(NOT_INITIALISED)
    if found == head_revision():
        return found
    refuse_unknown_revision(found)
    raise StoreError(
        f"The case store is of revision {found} and this mat works with {head_revision()}: make a backup, then run "
        "`mat db migrate`."
    )


def refuse_unknown_revision(found: str) -> None:
    """Refuse a revision that no migration of this mat leads to.

    Raises:
        StoreError: it is one.
    """
    if found not in known_revisions():
        raise StoreError(
            f"The case store is of revision {found}, which this mat does not know (its own is {head_revision()}): a "
            "later mat made it, so install that one."
        )
