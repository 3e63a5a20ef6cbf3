"""One person at work on the store: every command is checked, done and logged in one transaction, or not done at all.

A refusal is logged too, by itself. What is read is handed over only once its log entry is committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from governance import audit
from governance.access import Policy, load_policy
from mat.errors import AccessRefused
from mat.store.scope import Scope
from mat.store.tables.audit import consultation
from mat.store.vocabulary import Operation, UserRole

if TYPE_CHECKING:
    from mat.store.engine import AtWork, Store

T = TypeVar("T")

#: The same page of the same people, read again by the same session within this time, is no new event.
SAME_READING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One command under way: what it does through `connection` is kept only if all of it, and its log entry, is."""

    connection: Connection
    scope: Scope
    roles: frozenset[UserRole]
    events: list[audit.Event] = field(default_factory=list[audit.Event])

    def record(self, event: audit.Event) -> None:
        """Say what was done; it is appended to the log just before the commit."""
        self.events.append(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Generic[T]):
    """What a reading found: the answer, whom it is about, and which field groups it shows."""

    answer: T
    subjects: Sequence[UUID]
    groups: Collection[str]


class Desk:
    """One scope at work on one store, under one policy."""

    def __init__(self, store: Store, scope: Scope, policy: Policy | None = None) -> None:
        self.store = store
        self.scope = scope
        self.policy = policy or load_policy()
        self.has_appended = False

    @contextmanager
    def working(self, command: str) -> Generator[Work]:
        """Give a command: checked against the policy, done and logged in one transaction.

        Raises:
            AccessRefused: the session has ended, or no role of the person may give the command; the refusal is logged.
            RuntimeError: the block recorded no event, which is a defect.
        """
        with self._checked(command) as work:
            yield work
            if not work.events:
                raise RuntimeError(f"{command} recorded no event")
            audit.append(work.connection, work.scope, work.events)
        self.has_appended = True

    def consult(self, page: str, read: Callable[[Work], Seen[T]], *, command: str = "read_case") -> T:
        """Read, log the reading, commit, and only then hand over what was read.

        `page` names what is looked at. Reading the same again within a quarter of an hour adds no event, unless a
        group among it is one whose every reading is logged.

        Raises:
            AccessRefused: as for `working`, or a group that none of the person's roles may read on any basis.
        """
        with self._checked(command) as work:
            seen = read(work)
            if not self._was_just_logged(work, page, seen):
                event = audit.Event(
                    operation=Operation.CONSULTATION,
                    event="case_read" if seen.subjects else "page_read",
                    subjects=tuple(seen.subjects),
                    fields=tuple(sorted(seen.groups)),
                    details={"page": page},
                )
                audit.append(work.connection, work.scope, [event])
                self.has_appended = True
        return seen.answer

    @contextmanager
    def _checked(self, command: str) -> Generator[Work]:
        try:
            with self.store.at_work(self.scope) as at_work:
                work = _work(at_work, self.scope)
                self.policy.refuse_unless(work.roles, command)
                yield work
        except AccessRefused as refusal:
            self._log(refusal, command)
            raise

    def _log(self, refusal: AccessRefused, command: str) -> None:
        if isinstance(refusal, SessionEnded):
            return
        more = refusal.details if isinstance(refusal, RefusedWithDetails) else {}
        event = audit.Event(operation=Operation.REFUSAL, event="command_refused", details={"command": command, **more})
        with self.store.at_work(self.scope) as at_work:
            work = _work(at_work, self.scope)
            audit.append(work.connection, work.scope, [event])

    def _was_just_logged(self, work: Work, page: str, seen: Seen[Any]) -> bool:
        if not self.policy.every_reading_logged.isdisjoint(seen.groups):
            return False
        now = datetime.now(UTC)
        digest = hashlib.sha256(
            "\n".join([page, *sorted(seen.groups), "", *sorted(str(each) for each in seen.subjects)]).encode()
        ).digest()
        row = {"session_id": self.scope.session_id, "digest": digest, "logged_at": now}
        noted = (
            insert(consultation)
            .values(row)
            .on_conflict_do_update(
                index_elements=["session_id", "digest"],
                set_={"logged_at": now},
                where=consultation.c.logged_at <= now - SAME_READING,
            )
            .returning(consultation.c.digest)
        )
        return work.connection.execute(noted).first() is None


class RefusedWithDetails(AccessRefused):
    """A refusal of which the log says more: ids and closed words, as an event's `details`."""

    def __init__(self, sentence: str, **details: audit.Detail) -> None:
        super().__init__(sentence)
        self.details = details


class SessionEnded(AccessRefused):
    """The session is over, so nobody is acting whom the log could name."""


def _work(at_work: AtWork, scope: Scope) -> Work:
    if at_work.user is None:
        raise SessionEnded("Your session has ended, or your place in this service has: sign in again.")
    roles = frozenset(UserRole(role) for role in at_work.roles)
    running = scope if scope.roles == roles else replace(scope, roles=roles)
    return Work(connection=at_work.connection, scope=running, roles=roles)
