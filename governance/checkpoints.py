"""Signed checkpoints: what the log was at a size, in the form that other transparency logs use (C2SP tlog-checkpoint).

A checkpoint is signed over what is in the database at that moment and over what the last one said; a log that no longer
agrees with its last checkpoint gets no new one. It covers the event of its own making.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Connection, func, insert, literal, select

from governance.audit import Event, append
from governance.merkle import GrowingRoot
from governance.notes import PublicKey, read_note
from governance.signing import SigningKey, adopt_successor, load_signing_key, prepare_successor, successor
from mat.errors import AccessRefused, BadInput, CheckFailed, StoreError
from mat.settings import Settings
from mat.store.scope import Scope
from mat.store.tables.audit import audit_checkpoint
from mat.store.vocabulary import Operation

_FORM = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"chain (?P<chain>[0-9a-f]{64}) at (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
)
_STEP = 50_000
#: Who answers for the log, where the role is held for every panel area: the log is of all of them.
_SIGNING = ("auditor", "dpo", "administrator", "coordinator", "chair")
FOR_EVERY_AREA = (
    "The log is of every panel area, and your role is for one: ask a data protection officer, an administrator or an "
    "auditor for `mat audit checkpoint`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log at one size. `chain`: of its last event. `time`: when it was signed, UTC, to the second."""

    origin: str
    size: int
    root: bytes
    chain: bytes
    time: datetime

    @property
    def text(self) -> str:
        """What is signed: origin, size, root and one line of our own."""
        time = self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nchain {self.chain.hex()} at {time}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A checkpoint as it was signed."""

    checkpoint: Checkpoint
    note: str
    key: PublicKey


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint of a signed note; its signatures are not checked here.

    Raises:
        BadInput: it is no note, or not a checkpoint as mat writes it.
    """
    match = _FORM.fullmatch(read_note(note).text)
    if match is None:
        raise BadInput(
            "This is a signed note, but not a checkpoint of mat: origin, size, root and chain were expected."
        )
    return Checkpoint(
        origin=match["origin"],
        size=int(match["size"]),
        root=base64.b64decode(match["root"]),
        chain=bytes.fromhex(match["chain"]),
        time=datetime.strptime(match["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
    )


def signers(note: str, keys: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
    """Those of `keys` whose good signature stands under the note.

    Raises:
        BadInput: it is no note.
    """
    return read_note(note).signed_by(keys)


def may_sign(connection: Connection) -> bool:
    """Whether the acting person may sign the log."""
    return bool(connection.scalar(select(func.acting.holds_everywhere(*_SIGNING))))


def make_checkpoint(connection: Connection, scope: Scope, settings: Settings) -> Made:
    """Append the event of a checkpoint, sign the log up to it, and keep the note; never commits.

    Raises:
        AccessRefused: the acting person may not sign the log.
        CheckFailed: the log no longer agrees with its newest checkpoint.
        StoreError: the signing key is not there or not safe.
    """
    if not may_sign(connection):
        raise AccessRefused(FOR_EVERY_AREA)
    _finish_change_of_key(connection, settings)
    event = Event(operation=Operation.CHECKPOINT, event="checkpoint_made")
    return _sign(connection, scope, event, load_signing_key(settings.key_dir, data_dir=settings.data_dir))


def change_key(connection: Connection, scope: Scope, settings: Settings) -> Made:
    """Name the next signing key in the log under a last signature of the old one; never commits.

    Once the transaction is committed, `adopt_successor` lets the new key sign; should that not come to pass, the next
    checkpoint does it.

    Raises:
        CheckFailed: the log no longer agrees with its newest checkpoint.
        StoreError: a key is not there or not safe, or another change of key was begun and not ended.
    """
    _finish_change_of_key(connection, settings)
    if successor(settings.key_dir) is not None:
        raise StoreError(
            f"A change of the signing key was begun before: if nobody is at it now, delete signing.key.next in "
            f"{settings.key_dir} and try again."
        )
    old = load_signing_key(settings.key_dir, data_dir=settings.data_dir)
    new = prepare_successor(settings.key_dir, name=old.public.name, data_dir=settings.data_dir)
    details = {"old_key": old.public.line, "new_key": new.line}
    return _sign(
        connection,
        scope,
        Event(operation=Operation.CHECKPOINT, event="signing_key_changed", details=details),
        old,
    )


def newest_checkpoint(connection: Connection) -> Checkpoint | None:
    """The largest checkpoint kept in the store; None = none was made yet."""
    note = connection.scalar(select(audit_checkpoint.c.note).order_by(audit_checkpoint.c.size.desc()).limit(1))
    return None if note is None else read_checkpoint(note)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether none was made yet on this day (UTC)."""
    made_at = connection.scalar(select(func.max(audit_checkpoint.c.made_at)))
    return made_at is None or made_at.astimezone(UTC).date() < now.astimezone(UTC).date()


def origin_of(connection: Connection) -> str:
    """What this log is called in checkpoints.

    Raises:
        StoreError: the store has not been founded.
    """
    origin = connection.scalar(select(func.acting.store().table_valued("origin").c.origin))
    if not isinstance(origin, str):
        raise StoreError("The case store has no name yet: run `mat db init`.")
    return origin


def store_id_of(connection: Connection) -> UUID:
    """The id of the store.

    Raises:
        StoreError: the store has not been founded.
    """
    store_id = connection.scalar(select(func.acting.store().table_valued("store_id").c.store_id))
    if not isinstance(store_id, UUID):
        raise StoreError("The case store has no name yet: run `mat db init`.")
    return store_id


def _sign(connection: Connection, scope: Scope, event: Event, key: SigningKey) -> Made:
    growing, last = GrowingRoot(), newest_checkpoint(connection)
    if last is not None:
        _grow(connection, growing, until=last.size)
        if (growing.size, growing.root()) != (last.size, last.root):
            raise CheckFailed(
                f"The log no longer agrees with checkpoint {last.size}, so none is signed: run `mat audit verify`."
            )
    _grow(connection, growing, until=None)
    size = append(connection, scope, [event])
    chain = _grow(connection, growing, until=size)
    if growing.size != size or chain is None:
        raise CheckFailed("The log is not numbered without a gap, so nothing is signed: run `mat audit verify`.")
    now = datetime.now(UTC)
    checkpoint = Checkpoint(
        origin=origin_of(connection), size=size, root=growing.root(), chain=chain, time=now.replace(microsecond=0)
    )
    note = key.sign(checkpoint.text)
    kept = {"size": size, "origin": checkpoint.origin, "note": note, "made_at": func.now(), "made_by": scope.user_id}
    connection.execute(insert(audit_checkpoint).values(kept))
    return Made(checkpoint=checkpoint, note=note, key=key.public)


def _grow(connection: Connection, growing: GrowingRoot, *, until: int | None) -> bytes | None:
    """Take in the leaves that are not in yet, up to number `until` or all; the chain of the last, if there was one."""
    chain: bytes | None = None
    while until is None or growing.size < until:
        first = growing.size + 1
        last = first + _STEP - 1 if until is None else min(first + _STEP - 1, until)
        log = func.audit_log(literal(first, BigInteger), literal(last, BigInteger)).table_valued("seq", "leaf", "chain")
        rows = connection.execute(select(log.c.leaf, log.c.chain).order_by(log.c.seq)).all()
        if not rows:
            break
        growing.extend(bytes(row.leaf) for row in rows)
        chain = bytes(rows[-1].chain)
    return chain


def _finish_change_of_key(connection: Connection, settings: Settings) -> None:
    """Where a key was prepared and the log names it, the change was committed and only its last step is missing."""
    prepared = successor(settings.key_dir)
    if prepared is None:
        return
    log = func.audit_log(literal(1, BigInteger), literal(2**62, BigInteger)).table_valued("seq", "body")
    if connection.scalar(select(log.c.seq).where(log.c.body.contains(prepared.line, autoescape=True)).limit(1)):
        adopt_successor(settings.key_dir)
