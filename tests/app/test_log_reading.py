"""The log of a store in use: verified, exported and searched by those who may, and every tampering found and named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, insert, text

from app.tasking.desk import Desk
from app.tasking.files_outside import list_files
from app.tasking.log_reading import export_log, verify_log
from app.tasking.safe_files import fingerprint
from governance.audit import Event, append
from governance.checkpoints import change_key, make_checkpoint
from governance.retention import load_retention
from governance.signing import adopt_successor, load_public_key, make_keys
from governance.verify import Report
from governance.verify_export import verify_export
from governance.verify_findings import Kind
from mat.errors import AccessRefused, BadInput, OutputError
from mat.store.tables.audit import audit_checkpoint, audit_event, audit_index, audit_payload
from mat.store.tables.privacy import file_register
from mat.store.vocabulary import FileKind, Operation, UserRole
from tests.governance.logs import checkpoint, key, public_line, some_log
from tests.staff import Staff

READ = Event(operation=Operation.CONSULTATION, event="page_read")
TOLD = Event(
    operation=Operation.DISCLOSURE, event="case_shared", recipients=("housing",), texts={"reason": "Canary: J. Smith"}
)
RETENTION = load_retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What somebody outside keeps: the public key, and a checkpoint."""

    public_key: str
    note: str


def signing(staff: Staff) -> None:
    where = staff.store.settings
    make_keys(where.key_dir, name="mat.test/log", data_dir=where.data_dir)


def filled(staff: Staff) -> tuple[Desk, Kept]:
    """An auditor, and a store with some events, two checkpoints and two texts; the later checkpoint is kept outside."""
    signing(staff)
    desk = staff.desk(UserRole.AUDITOR)
    note = ""
    for _ in range(2):
        with staff.store.transaction(desk.scope) as connection:
            append(connection, desk.scope, [READ, TOLD, READ])
            note = make_checkpoint(connection, desk.scope, staff.store.settings).note
    return desk, Kept(public_key=public_of(staff), note=note)


def public_of(staff: Staff) -> str:
    return load_public_key(staff.store.settings.key_dir / "signing.pub").line


def verified(desk: Desk, kept: Kept, *, given_note: bool = True) -> Report:
    given_notes = [("the partner's checkpoint", kept.note)] if given_note else []
    return verify_log(desk, given=given_notes, public_key=kept.public_key)


def kinds(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}


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


def test_an_erased_text_leaves_a_log_that_verifies_and_is_counted(staff: Staff) -> None:
    desk, kept = filled(staff)
    with staff.tampering() as connection:
        connection.execute(
            text("DELETE FROM audit_payload WHERE event_id = (SELECT min(event_id::text)::uuid FROM audit_payload)")
        )

    report = verified(desk, kept)

    assert report.holds
    assert (report.texts_kept, report.texts_gone) == (1, 1)


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


EXPORT_FILES = {"log.jsonl", "public.key", "manifest.json", "manifest.sig", "texts.jsonl"}


def exported(staff: Staff, desk: Desk, out: Path, *, with_texts: bool = True) -> int:
    return export_log(
        desk, out, RETENTION, with_texts=with_texts, recipients=["the inspectorate"], reason="For a review."
    )


def test_an_export_verifies_without_the_store(staff: Staff, tmp_path: Path) -> None:
    desk, kept = filled(staff)

    size = exported(staff, desk, tmp_path / "export")
    staff.store.close()
    report = verify_export(
        tmp_path / "export", given=[("the partner's checkpoint", kept.note)], public_key=kept.public_key
    )

    names = {path.relative_to(tmp_path / "export").as_posix() for path in (tmp_path / "export").rglob("*.*")}
    assert report.findings == report.warnings == ()
    assert report.size == size
    assert report.texts_kept == 2
    assert report.newest is not None
    assert report.newest.size == size
    assert names > EXPORT_FILES
    assert len([name for name in names if name.startswith("checkpoints/")]) == 3


def test_an_export_names_nobody_unless_its_texts_are_asked_for(staff: Staff, tmp_path: Path) -> None:
    desk, _ = filled(staff)

    exported(staff, desk, tmp_path / "without", with_texts=False)
    exported(staff, desk, tmp_path / "with")

    def content(folder: Path) -> str:
        return "".join(path.read_text() for path in sorted(folder.rglob("*.*")))

    assert "Canary" not in content(tmp_path / "without")
    assert "Canary" in content(tmp_path / "with")
    assert verify_export(tmp_path / "without").texts_kept is None


def test_an_export_is_logged_as_disclosure_owner_only_and_registered_with_an_expiry(
    staff: Staff, tmp_path: Path
) -> None:
    desk, _ = filled(staff)

    size = exported(staff, desk, tmp_path / "export")

    bodies = [json.loads(row["body"]) for row in sorted(staff.all_of(audit_event), key=lambda row: row["seq"])]
    events = [each["event"] for each in bodies]
    (registered,) = staff.all_of(file_register)
    assert events[size - 1 :] == ["checkpoint_made", "log_exported", "file_registered"]
    assert bodies[size]["operation"] == "disclosure"
    assert bodies[size]["recipients"] == ["the inspectorate"]
    assert (registered["kind"], registered["path"]) == (FileKind.EXPORT.value, str(tmp_path / "export"))
    assert registered["sha256"] == fingerprint(tmp_path / "export").sha256
    assert registered["expires_at"] > datetime.now(UTC) + timedelta(days=1)
    modes = {path.stat().st_mode & 0o077 for path in [tmp_path / "export", *(tmp_path / "export").rglob("*")]}
    assert modes == {0}
    assert [each.kind for each in list_files(staff.desk(UserRole.DPO))] == [FileKind.EXPORT]


@pytest.mark.parametrize("taken", ["a file", "a directory", "a link to nothing"])
def test_an_export_never_takes_a_place_that_is_taken_and_tells_the_log_nothing(
    staff: Staff, tmp_path: Path, taken: str
) -> None:
    desk, _ = filled(staff)
    out = tmp_path / "out"
    {
        "a file": lambda: out.write_text("x"),
        "a directory": out.mkdir,
        "a link to nothing": lambda: out.symlink_to(tmp_path / "elsewhere"),
    }[taken]()
    before = staff.count(audit_event)

    with pytest.raises(OutputError, match="never overwritten"):
        exported(staff, desk, out)

    assert staff.count(audit_event) == before
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("role", [UserRole.COORDINATOR, UserRole.CHAIR, UserRole.ADMINISTRATOR, UserRole.ANALYST])
def test_others_may_not_export(staff: Staff, tmp_path: Path, role: UserRole) -> None:
    signing(staff)

    with pytest.raises(AccessRefused):
        exported(staff, staff.desk(role), tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert list(tmp_path.glob(".out*")) == []


def test_an_export_after_a_change_of_key_verifies_under_the_key_that_was_handed_out_first(
    staff: Staff, tmp_path: Path
) -> None:
    desk, kept = filled(staff)
    with staff.store.transaction(desk.scope) as connection:
        change_key(connection, desk.scope, staff.store.settings)
    adopt_successor(staff.store.settings.key_dir)

    exported(staff, desk, tmp_path / "export")

    assert verify_export(tmp_path / "export", public_key=kept.public_key).findings == ()
    assert verify_export(tmp_path / "export", public_key=public_of(staff)).findings == ()
    assert not verify_export(tmp_path / "export", public_key=public_line(key(9), "mat.test/log")).holds


def test_an_export_with_any_byte_of_any_file_changed_is_found(staff: Staff, tmp_path: Path) -> None:
    desk, kept = filled(staff)
    out = tmp_path / "export"
    exported(staff, desk, out)
    files = sorted(path for path in out.rglob("*") if path.is_file())

    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def holds_only_unchanged(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(files))
        content = path.read_bytes()
        place = data.draw(st.integers(0, len(content) - 1))
        put = data.draw(
            st.one_of(st.binary(min_size=1, max_size=1), st.just(b""), st.just(content[place : place + 1] * 2))
        )
        try:
            path.write_bytes(content[:place] + put + content[place + 1 :])
            is_unchanged = path.read_bytes() == content
            pinned = verify_export(out, public_key=kept.public_key)
            alone = verify_export(out)
        finally:
            path.write_bytes(content)
        assert pinned.holds == is_unchanged
        assert alone.holds == is_unchanged

    holds_only_unchanged()


EXPORT_TAMPERINGS: Mapping[str, tuple[Callable[[Path], object], Kind]] = {
    "a file put there": (lambda out: (out / "more.txt").write_text("x"), Kind.FILE_UNEXPECTED),
    "a checkpoint removed": (lambda out: min((out / "checkpoints").iterdir()).unlink(), Kind.CHECKPOINT_MISSING),
    "the texts removed": (lambda out: (out / "texts.jsonl").unlink(), Kind.FILE_MISSING),
    "the log removed": (lambda out: (out / "log.jsonl").unlink(), Kind.FILE_MISSING),
    "the log emptied": (lambda out: (out / "log.jsonl").write_text(""), Kind.EMPTY),
    "the log a link": (
        lambda out: ((out / "log.jsonl").rename(out.parent / "l"), (out / "log.jsonl").symlink_to(out.parent / "l")),
        Kind.FILE_CHANGED,
    ),
    "the log a pipe": (
        lambda out: ((out / "log.jsonl").unlink(), os.mkfifo(out / "log.jsonl")),
        Kind.FILE_CHANGED,
    ),
    "the manifest removed": (lambda out: (out / "manifest.json").unlink(), Kind.FILE_MISSING),
    "the manifest no JSON": (lambda out: (out / "manifest.json").write_text("[" * 100000), Kind.FILE_CHANGED),
    "the signature removed": (lambda out: (out / "manifest.sig").unlink(), Kind.MANIFEST_WRONG),
    "the signature somebody else's": (
        lambda out: (out / "manifest.sig").write_text(
            (out / "manifest.sig").read_text().rpartition("\n\n")[0]
            + "\n\n"
            + checkpoint(some_log(1), key(3)).rpartition("\n\n")[2]
        ),
        Kind.MANIFEST_WRONG,
    ),
    "a line too long": (
        lambda out: (out / "log.jsonl").write_bytes(b"x" * 2_000_000 + b"\n" + (out / "log.jsonl").read_bytes()),
        Kind.LINE_UNREADABLE,
    ),
    "the last line cut": (
        lambda out: (out / "log.jsonl").write_bytes((out / "log.jsonl").read_bytes()[:-1]),
        Kind.LINE_UNREADABLE,
    ),
    "the tail cut at a line": (
        lambda out: (out / "log.jsonl").write_bytes(b"".join((out / "log.jsonl").read_bytes().splitlines(True)[:-2])),
        Kind.CUT,
    ),
    "a line twice": (
        lambda out: (out / "log.jsonl").write_bytes(
            b"".join([*(lines := (out / "log.jsonl").read_bytes().splitlines(True)), lines[-1]])
        ),
        Kind.OUT_OF_ORDER,
    ),
}


def test_what_is_done_to_an_export_is_found_and_named(staff: Staff, tmp_path: Path) -> None:
    desk, kept = filled(staff)
    whole = tmp_path / "export"
    exported(staff, desk, whole)
    found: dict[str, set[Kind]] = {}

    for name, (tamper, _) in EXPORT_TAMPERINGS.items():
        out = tmp_path / "tampered" / "export"
        shutil.copytree(whole, out)
        tamper(out)
        found[name] = kinds(verify_export(out, public_key=kept.public_key))
        shutil.rmtree(tmp_path / "tampered")

    assert {name: found[name] >= {kind} for name, (_, kind) in EXPORT_TAMPERINGS.items()} == dict.fromkeys(
        EXPORT_TAMPERINGS, True
    )


@pytest.mark.parametrize("content", [{}, {"notes.txt": "x"}])
def test_a_folder_that_is_no_export_is_refused(tmp_path: Path, content: dict[str, str]) -> None:
    for name, written in content.items():
        (tmp_path / name).write_text(written)

    with pytest.raises(BadInput, match="is not an exported log"):
        verify_export(tmp_path)
    with pytest.raises(BadInput, match="is not an exported log"):
        verify_export(tmp_path / "nothing")
