"""From what PostgreSQL says to what a person can do about it.

No sentence, and no error that leaves the store, holds a statement or a value: both may quote records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mat.errors import StaleRow, StoreError

DOWN = "The database of the case store does not answer: see that its server runs, and try again."
_LOST = "The connection to the case store was lost: nothing of this was saved, so try again."
_LOST_AT_THE_END = (
    "The connection to the case store was lost at the very moment of saving: look whether it was saved before you "
    "do it again."
)
_FULL = "The disk of the case store is full: nothing of this was saved; make room and try again."
_BUSY = "The case store is busy with too many at once: nothing of this was saved; try again in a minute."
_MEMORY = "The server of the case store ran out of memory: nothing of this was saved; ask for less, or give it more."
_WAITED = "Somebody else was changing the same thing for too long: nothing of this was saved; try again."
_SLOW = "This took the case store too long and was stopped: nothing of this was saved; ask for less."
_STALE = "Somebody else changed this at the same moment: nothing of yours was saved; look at it again and redo it."
_AGAIN = "Two people changed the same things in each other's way: nothing of this was saved; try again."
_REVISION = "The case store is of another revision than this mat: see `mat db status`."
_READ_ONLY = "The case store can only be read now (a standby, or set so by its administrator): nothing was saved."
_UNSTORABLE = "What was typed holds a character that cannot be stored: nothing of this was saved; type it again."
_DAMAGED = "The case store's files are damaged: stop working in it, keep them as they are, and restore a backup."
_LOGIN = (
    "The server of the case store refuses this login: see database_url, and ask whoever ran `mat db init` or `mat db "
    "restore` last for a copy of database.json, to be put in key_dir."
)
_CLOCK = (
    "The clocks of this machine and of the case store's server differ by more than five minutes, so nothing can be "
    "logged and nothing was saved: set the clocks."
)
_NO_GRANTER = (
    "Nobody would be left who may grant roles in every panel area, and nobody could begin again: nothing was saved; "
    "let somebody else have such a role first."
)
_NO_DATABASE = "The server has no such database: see database_url, or make it with `mat db init`."

#: By SQLSTATE, the whole code first, then its class.
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "53100": _FULL,
        "58030": _FULL,
        "53200": _MEMORY,
        "53300": _BUSY,
        "53400": _BUSY,
        "53": _BUSY,
        "55P03": _WAITED,
        "57014": _SLOW,
        "25P03": _SLOW,
        "25P04": _SLOW,
        "40P01": _AGAIN,
        "42P01": _REVISION,
        "25006": _READ_ONLY,
        "XX001": _DAMAGED,
        "XX002": _DAMAGED,
        "57P01": _LOST,
        "57P02": _LOST,
        "57P03": DOWN,
        "57P05": _LOST,
        "08": _LOST,
        "28": _LOGIN,
        "MA001": _CLOCK,
        "MA002": _NO_GRANTER,
        "3D000": _NO_DATABASE,
    }
)
#: Somebody else was first: to be looked at again.
_STALE_STATES = frozenset({"40001", "40002"})
#: States whose first line names only things of the schema, or is a sentence of our own triggers.
_SAFE_TO_QUOTE = ("23", "42", "P0001")


class NoDatabase(StoreError):  # noqa: N818 - reads as a sentence where it is raised
    """The server is there, and the database or the role that was asked for is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFailure:
    """Why no connection came about. `may_pass`: it may go away by itself, or by starting an embedded server again."""

    sentence: str
    may_pass: bool

    @property
    def error(self) -> StoreError:
        """What to raise of it."""
        return NoDatabase(self.sentence) if self.sentence == _NO_DATABASE else StoreError(self.sentence)


def connection_failure(error: psycopg.Error) -> ConnectionFailure:
    """What to tell of an attempt to connect that failed."""
    state = error.sqlstate or _state_in(str(error))
    if state is None or state == "57P03":
        return ConnectionFailure(sentence=DOWN, may_pass=True)
    return ConnectionFailure(sentence=_sentence(state) or DOWN, may_pass=False)


def as_store_error(error: BaseException, *, is_saving: bool = False) -> StoreError | None:
    """What a person can be told of `error`; None for what is a defect or the caller's own business.

    Refused privileges are a defect, and a broken uniqueness or reference is for the caller to judge. `is_saving`: the
    error came from the commit, so a lost connection leaves open whether it was saved.
    """
    if isinstance(error, PoolTimeout):
        return StoreError(_BUSY)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if _holds_what_cannot_be_stored(cause):
        return StoreError(_UNSTORABLE)
    if not isinstance(cause, psycopg.Error):
        return None
    state = cause.sqlstate
    if state in _STALE_STATES:
        return StaleRow(_STALE)
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    sentence = _sentence(state) if state is not None else None
    if sentence is None and (is_lost or (state is None and isinstance(cause, psycopg.OperationalError))):
        sentence = _LOST
    if sentence is None:
        return None
    return StoreError(_LOST_AT_THE_END if sentence == _LOST and is_saving else sentence)


def scrub(error: DBAPIError) -> None:
    """Take every value out of an error that is passed on: its parameters, and messages that may quote a row."""
    cause = error.orig
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    said = f"SQLSTATE {state}"
    if isinstance(cause, psycopg.Error) and state is not None and state.startswith(_SAFE_TO_QUOTE):
        said = f"{said}: {cause.diag.message_primary}"
    if cause is not None:
        cause.args = (said,)
    error.args = (f"({type(cause).__name__}) {said}",)
    error.params = None


def _holds_what_cannot_be_stored(cause: BaseException | None) -> bool:
    """Whether a text did not even reach the server: a NUL, or half of a character."""
    return isinstance(cause, UnicodeEncodeError) or (isinstance(cause, psycopg.DataError) and cause.sqlstate is None)


def _sentence(state: str) -> str | None:
    return _SENTENCES.get(state) or _SENTENCES.get(state[:2])


def _state_in(message: str) -> str | None:
    """The state that libpq leaves out of an error while connecting, told from its words."""
    words = {
        "too many clients": "53300",
        "remaining connection slots": "53300",
        "authentication failed": "28000",
        "no pg_hba.conf entry": "28000",
        "password": "28P01",
        "requirepeer": "28000",
        "is not permitted to log in": "28000",
        "permission denied for database": "28000",
        "permission denied to set role": "28000",
        "does not exist": "3D000",
        "the database system is": "57P03",
    }
    return next((state for said, state in words.items() if said in message), None)
