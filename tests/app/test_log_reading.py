"""The log of a store in use: verified by those who may, and every tampering in the database found and named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Table, insert, text

from app.tasking.log_reading import verify_log
from governance.audit import Event, append
from governance.verify_findings import Kind
from mat.errors import AccessRefused
from mat.store.tables.audit import audit_checkpoint, audit_event, audit_index, audit_payload
from mat.store.vocabulary import Operation, UserRole
from tests.app.logs_in_use import filled, kinds, verified
from tests.staff import Staff


def test_a_store_in_use_verifies_with_every_text_and_checkpoint(staff: Staff) -> None:
    desk, kept = filled(staff)

    report = verified(desk, kept)

    assert report.findings == report.warnings == ()
    assert report.size == staff.count(audit_event)
    assert (report.texts_kept, report.texts_gone) == (2, 0)
    assert report.newest_outside is not None
    assert report.newest_outside.size < report.size


def test_an_index_of_events_about_different_people_agrees_with_them(staff: Staff) -> None:
    desk, kept = filled(staff)
    seen = [Event(operation=Operation.CONSULTATION, event="case_read", subjects=(staff.subject(),)) for _ in range(3)]
    with staff.store.transaction(desk.scope) as connection:
        append(connection, desk.scope, seen)

    report = verify_log(desk, given=[], public_key=kept.public_key, with_index=True)

    assert report.findings == ()


def test_verifying_is_in_the_log_before_it_begins(staff: Staff) -> None:
    desk, kept = filled(staff)

    report = verified(desk, kept)

    last = max(staff.all_of(audit_event), key=lambda row: row["seq"])
    assert json.loads(last["body"])["event"] == "log_verified"
    assert report.size == last["seq"]


def test_a_text_deleted_beside_the_log_is_missing(staff: Staff) -> None:
    desk, kept = filled(staff)
    with staff.tampering() as connection:
        connection.execute(
            text("DELETE FROM audit_payload WHERE event_id = (SELECT min(event_id::text)::uuid FROM audit_payload)")
        )

    report = verified(desk, kept)

    assert kinds(report) == {Kind.TEXT_MISSING}
    assert (report.texts_kept, report.texts_gone) == (1, 0)


def test_who_may_not_see_all_texts_verifies_without_them(staff: Staff) -> None:
    _, kept = filled(staff)
    coordinator = staff.desk(UserRole.COORDINATOR)

    report = verified(coordinator, kept)

    assert report.holds
    assert report.texts_kept is None


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.PANEL_MEMBER, UserRole.MODEL_OWNER])
def test_others_may_not_verify_and_the_refusal_is_logged(staff: Staff, role: UserRole) -> None:
    _, kept = filled(staff)
    desk = staff.desk(role)

    with pytest.raises(AccessRefused):
        verified(desk, kept)

    last = max(staff.all_of(audit_event), key=lambda row: row["seq"])
    assert json.loads(last["body"])["event"] == "command_refused"


REHASH = """
DO $$
DECLARE line record; before bytea := decode(repeat('00', 32), 'hex');
BEGIN
  FOR line IN SELECT * FROM audit_event ORDER BY seq LOOP
    UPDATE audit_event SET leaf = sha256('\\x00'::bytea || convert_to(body, 'UTF8')), prev = before,
      chain = sha256('\\x02'::bytea || before || sha256('\\x00'::bytea || convert_to(body, 'UTF8')))
    WHERE seq = line.seq RETURNING chain INTO before;
  END LOOP;
END $$
"""
EDIT_BODY = 'UPDATE audit_event SET body = replace(body, \'"channel":"cli"\', \'"channel":"board"\') WHERE seq = 3'
SWAP = """
UPDATE audit_event AS one SET body = other.body FROM audit_event AS other
WHERE (one.seq, other.seq) IN ((3, 5), (5, 3))
"""
REPLAY = """
INSERT INTO audit_event (seq, body, leaf, prev, chain)
SELECT last.seq + 1, old.body, old.leaf, last.chain, sha256('\\x02'::bytea || last.chain || old.leaf)
FROM audit_event AS old, audit_event AS last
WHERE old.seq = 3 AND last.seq = (SELECT max(seq) FROM audit_event)
"""
#: What somebody does who is superuser of the database, and what verifying calls it.
TAMPERINGS: Mapping[str, tuple[list[str], set[Kind]]] = {
    "a body edited": ([EDIT_BODY], {Kind.BODY_CHANGED, Kind.ROOT_DIFFERS}),
    "a leaf edited": (["UPDATE audit_event SET leaf = sha256('x') WHERE seq = 3"], {Kind.LEAF_CHANGED}),
    "a leaf cut short": (["UPDATE audit_event SET leaf = 'x' WHERE seq = 3"], {Kind.LEAF_CHANGED}),
    "a link edited": (["UPDATE audit_event SET prev = sha256('x') WHERE seq = 3"], {Kind.PREV_CHANGED}),
    "a chain edited": (["UPDATE audit_event SET chain = sha256('x') WHERE seq = 3"], {Kind.CHAIN_CHANGED}),
    "the first removed": (["DELETE FROM audit_event WHERE seq = 1"], {Kind.MISSING, Kind.ROOT_DIFFERS}),
    "one removed inside": (["DELETE FROM audit_event WHERE seq = 4"], {Kind.MISSING, Kind.ROOT_DIFFERS}),
    "one removed, the rest renumbered": (
        ["DELETE FROM audit_event WHERE seq = 4", "UPDATE audit_event SET seq = -seq WHERE seq > 4",
         "UPDATE audit_event SET seq = -seq - 1 WHERE seq < 0"],
        {Kind.LINK_BROKEN, Kind.ROOT_DIFFERS},
    ),
    "the tail removed with its checkpoint": (
        ["DELETE FROM audit_event WHERE seq > 6", "DELETE FROM audit_index WHERE seq > 6",
         "DELETE FROM audit_checkpoint WHERE size > 6"],
        {Kind.CUT, Kind.TEXT_UNKNOWN},
    ),
    "everything removed": (
        ["TRUNCATE audit_event, audit_index, audit_checkpoint, audit_payload"], {Kind.CUT}
    ),
    "rewritten and hashed anew": ([EDIT_BODY, REHASH], {Kind.ROOT_DIFFERS}),
    "rewritten and hashed anew, checkpoints removed": (
        [EDIT_BODY, REHASH, "DELETE FROM audit_checkpoint"], {Kind.ROOT_DIFFERS, Kind.CHECKPOINT_MISSING}
    ),
    "two bodies swapped": (
        [SWAP], {Kind.BODY_CHANGED},
    ),
    "one written again": (
        [REPLAY],
        {Kind.REPEATED},
    ),
    "one put in with a body of its own": (
        ["UPDATE audit_event SET seq = -seq WHERE seq > 4", "UPDATE audit_event SET seq = -seq + 1 WHERE seq < 0",
         "INSERT INTO audit_event SELECT 5, '{}', sha256('a'), sha256('b'), sha256('c')"],
        {Kind.BODY_CHANGED, Kind.LINK_BROKEN},
    ),
    "one put in that is not mat's, well hashed": (
        ["UPDATE audit_event SET body = '{\"v\": 1}' WHERE seq = 3", REHASH], {Kind.NOT_CANONICAL, Kind.ROOT_DIFFERS}
    ),
    "a number changed": (["UPDATE audit_event SET seq = 99 WHERE seq = 5"], {Kind.MISSING}),
    "a text edited": (["UPDATE audit_payload SET content = content || '!'"], {Kind.TEXT_CHANGED}),
    "a text's key changed": (["UPDATE audit_payload SET key = sha256('x')"], {Kind.TEXT_CHANGED}),
    "a text put there": (
        ["INSERT INTO audit_payload SELECT event_id, 'other', subject_id, actor, key, content FROM audit_payload"],
        {Kind.TEXT_UNKNOWN},
    ),
    "a checkpoint edited": (
        ["UPDATE audit_checkpoint SET note = regexp_replace(note, 'T..:..:..Z', 'T00:00:00Z')"], {Kind.SIGNATURE_WRONG}
    ),
    "a checkpoint made unreadable": (["UPDATE audit_checkpoint SET note = 'x'"], {Kind.CHECKPOINT_UNREADABLE}),
    "a checkpoint removed": (
        ["DELETE FROM audit_checkpoint WHERE ctid = (SELECT min(ctid) FROM audit_checkpoint)"],
        {Kind.CHECKPOINT_MISSING},
    ),
}  # fmt: skip


TABLES = (audit_event, audit_index, audit_checkpoint, audit_payload)


def copied(staff: Staff) -> Mapping[Table, list[Mapping[str, Any]]]:
    """Every row of the log and of what lies beside it."""
    return {table: staff.all_of(table) for table in TABLES}


def put_back(staff: Staff, copies: Mapping[Table, list[Mapping[str, Any]]]) -> None:
    with staff.tampering() as connection:
        for table, rows in copies.items():
            connection.execute(text(f"TRUNCATE {table.name}"))
            connection.execute(insert(table), rows)


def test_every_tampering_in_the_database_is_found_and_named(staff: Staff) -> None:
    desk, kept = filled(staff)
    found: dict[str, set[Kind]] = {}

    for name, (statements, _) in TAMPERINGS.items():
        copies = copied(staff)
        with staff.tampering() as connection:
            for statement in statements:
                connection.execute(text(statement))
        found[name] = kinds(verified(desk, kept))
        put_back(staff, copies)

    assert {name: expected - found[name] for name, (_, expected) in TAMPERINGS.items()} == {
        name: set() for name in TAMPERINGS
    }
    assert verified(desk, kept).holds
