"""A checkpoint is signed over what the log is, in the form other tools read, and never over a log that was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update
from sqlalchemy import text as sql_text

from governance.audit import Event, append
from governance.checkpoints import (
    Checkpoint,
    Made,
    change_key,
    is_due,
    make_checkpoint,
    newest_checkpoint,
    read_checkpoint,
    signers,
)
from governance.merkle import root_of
from governance.notes import read_note, read_public_key, sign
from governance.signing import adopt_successor, load_public_key, load_signing_key, make_keys, successor
from mat.errors import AccessRefused, BadInput, CheckFailed, StoreError
from mat.store.scope import Scope
from mat.store.tables.audit import audit_checkpoint, audit_event
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

SOME = Checkpoint(
    origin="mat.test/log", size=7, root=bytes(32), chain=b"\x01" * 32, time=datetime(2026, 11, 23, 10, tzinfo=UTC)
)


@pytest.fixture
def auditor(staff: Staff) -> Scope:
    """An auditor's scope on a store whose signing key is made."""
    settings = staff.store.settings
    make_keys(settings.key_dir, name="mat.test/log", data_dir=settings.data_dir)
    return staff.scope(UserRole.AUDITOR)


def checkpointed(staff: Staff, scope: Scope) -> Made:
    with staff.store.transaction(scope) as connection:
        return make_checkpoint(connection, scope, staff.store.settings)


def some_event(staff: Staff, scope: Scope) -> int:
    with staff.store.transaction(scope) as connection:
        return append(connection, scope, [Event(operation=Operation.CONSULTATION, event="page_read")])


def test_the_text_is_that_of_other_transparency_logs_with_one_line_of_our_own() -> None:
    lines = SOME.text.split("\n")

    assert lines == [
        "mat.test/log",
        "7",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        f"chain {'01' * 32} at 2026-11-23T10:00:00Z",
        "",
    ]


def test_a_signed_checkpoint_reads_as_it_was(tmp_path: Path) -> None:
    key = make_keys(tmp_path / "keys", name="mat.test/log", data_dir=tmp_path / "data")
    note = load_signing_key(tmp_path / "keys", data_dir=tmp_path / "data").sign(SOME.text)

    assert read_checkpoint(note) == SOME
    assert signers(note, [key]) == (key,)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n7\n", "\n07\n"),
        lambda text: text.replace("\n7\n", "\n-7\n"),
        lambda text: text.replace("AAA=", "AAA"),
        lambda text: text.replace("chain", "Chain"),
        lambda text: text.replace("chain 01", "chain 0"),
        lambda text: text.replace("Z\n", "\n"),
        lambda text: text + "another line\n",
        lambda text: "\n".join(text.split("\n")[:3]) + "\n",
    ],
)
def test_what_is_not_written_as_a_checkpoint_is_refused(tmp_path: Path, change: Callable[[str], str]) -> None:
    make_keys(tmp_path / "keys", name="mat.test/log", data_dir=tmp_path / "data")
    key = load_signing_key(tmp_path / "keys", data_dir=tmp_path / "data")

    with pytest.raises(BadInput, match="not a checkpoint of mat"):
        read_checkpoint(sign(change(SOME.text), key.private, key.public.name))


def test_it_covers_the_event_of_its_own_making(staff: Staff, auditor: Scope) -> None:
    before = some_event(staff, auditor)

    made = checkpointed(staff, auditor)

    rows = sorted(staff.all_of(audit_event), key=lambda row: row["seq"])
    assert made.checkpoint.size == before + 1 == len(rows)
    assert made.checkpoint.root == root_of([row["leaf"] for row in rows])
    assert made.checkpoint.chain == rows[-1]["chain"]
    assert '"event":"checkpoint_made"' in rows[-1]["body"]


def test_it_is_kept_with_a_signature_of_the_key(staff: Staff, auditor: Scope) -> None:
    made = checkpointed(staff, auditor)

    public = load_public_key(staff.store.settings.key_dir / "signing.pub")
    (kept,) = staff.all_of(audit_checkpoint)
    assert kept["note"] == made.note
    assert kept["size"] == made.checkpoint.size
    assert kept["made_by"] == auditor.user_id
    assert signers(made.note, [public]) == (public,)


def test_the_next_one_holds_the_last_one_in_it(staff: Staff, auditor: Scope) -> None:
    first = checkpointed(staff, auditor).checkpoint
    some_event(staff, auditor)
    second = checkpointed(staff, auditor).checkpoint

    with staff.store.transaction(auditor) as connection:
        newest = newest_checkpoint(connection)

    leaves = [row["leaf"] for row in sorted(staff.all_of(audit_event), key=lambda row: row["seq"])]
    assert second.size == first.size + 2
    assert second.root == root_of(leaves[: second.size])
    assert first.root == root_of(leaves[: first.size])
    assert newest == second


def test_a_log_that_was_changed_gets_no_new_checkpoint_and_no_event_of_one(staff: Staff, auditor: Scope) -> None:
    size = checkpointed(staff, auditor).checkpoint.size
    with staff.tampering() as connection:
        changed = hashlib.sha256(b"another").digest()
        connection.execute(update(audit_event).where(audit_event.c.seq == 1).values(leaf=changed))

    with pytest.raises(CheckFailed, match=f"no longer agrees with checkpoint {size}"):
        checkpointed(staff, auditor)

    assert staff.count(audit_event) == size
    assert staff.count(audit_checkpoint) == 1


def test_without_a_key_nothing_is_signed_and_nothing_is_kept(staff: Staff) -> None:
    scope = staff.scope(UserRole.AUDITOR)
    before = staff.count(audit_event)

    with pytest.raises(StoreError, match=r"signing\.key"):
        checkpointed(staff, scope)

    assert staff.count(audit_event) == before


def test_who_may_not_read_the_log_makes_none(staff: Staff, auditor: Scope) -> None:
    for scope in (staff.scope(UserRole.ANALYST), staff.scope(UserRole.COORDINATOR, panel="A")):
        with pytest.raises(AccessRefused, match="of every panel area"):
            checkpointed(staff, scope)

    assert staff.count(audit_checkpoint) == 0


def test_one_is_due_once_a_day(staff: Staff, auditor: Scope) -> None:
    def due(connection: Connection, after: timedelta) -> bool:
        return is_due(connection, datetime.now(UTC) + after)

    with staff.store.transaction(auditor) as connection:
        before = due(connection, timedelta())
    checkpointed(staff, auditor)
    with staff.store.transaction(auditor) as connection:
        after = due(connection, timedelta())
        tomorrow = due(connection, timedelta(days=1))

    assert (before, after, tomorrow) == (True, False, True)


def test_a_new_key_is_named_in_the_log_under_the_old_signature(staff: Staff, auditor: Scope) -> None:
    settings = staff.store.settings
    old = load_public_key(settings.key_dir / "signing.pub")

    with staff.store.transaction(auditor) as connection:
        made = change_key(connection, auditor, settings)
    new = adopt_successor(settings.key_dir)
    following = checkpointed(staff, auditor)

    bodies = {row["seq"]: row["body"] for row in staff.all_of(audit_event)}
    assert new.line in bodies[made.checkpoint.size]
    assert old.line in bodies[made.checkpoint.size]
    assert signers(made.note, [old, new]) == (old,)
    assert signers(following.note, [old, new]) == (new,)


def test_a_change_of_key_cut_short_after_its_commit_is_finished_by_the_next_checkpoint(
    staff: Staff, auditor: Scope
) -> None:
    settings = staff.store.settings
    with staff.store.transaction(auditor) as connection:
        change_key(connection, auditor, settings)
    prepared = successor(settings.key_dir)

    made = checkpointed(staff, auditor)

    assert prepared is not None
    assert signers(made.note, [prepared]) == (prepared,)
    assert successor(settings.key_dir) is None


def test_a_change_of_key_that_was_not_committed_changes_nothing(staff: Staff, auditor: Scope) -> None:
    settings = staff.store.settings
    old = load_public_key(settings.key_dir / "signing.pub")

    def fail_before_the_commit() -> None:
        with staff.store.transaction(auditor) as connection:
            change_key(connection, auditor, settings)
            raise KeyError

    with pytest.raises(KeyError):
        fail_before_the_commit()
    made = checkpointed(staff, auditor)

    assert signers(made.note, [old]) == (old,)
    with pytest.raises(StoreError, match="begun before"), staff.store.transaction(auditor) as connection:
        change_key(connection, auditor, settings)


def test_checkpoints_are_never_changed(staff: Staff, auditor: Scope) -> None:
    checkpointed(staff, auditor)

    for statement in ("UPDATE audit_checkpoint SET note = 'x'", "DELETE FROM audit_checkpoint"):
        with pytest.raises(Exception, match="append-only"), staff.superuser.begin() as connection:
            connection.execute(sql_text(statement))

    assert staff.count(audit_checkpoint) == 1


def test_a_note_names_its_key_by_the_key_of_the_store(staff: Staff, auditor: Scope) -> None:
    made = checkpointed(staff, auditor)

    (signature,) = read_note(made.note).signatures
    line = (staff.store.settings.key_dir / "signing.pub").read_text()
    assert signature.name == read_public_key(line).name
    with staff.store.transaction(auditor) as connection:
        assert made.checkpoint.origin == connection.scalar(select(func.acting.store().table_valued("origin").c.origin))
