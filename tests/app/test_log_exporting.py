"""The log of a store in use, exported: verified without the store, and every tampering found and named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.tasking.desk import Desk
from app.tasking.files_outside import list_files
from app.tasking.log_reading import export_log
from app.tasking.safe_files import fingerprint
from governance.audit import Event
from governance.checkpoints import change_key
from governance.signing import adopt_successor
from governance.verify_export import verify_export
from governance.verify_findings import Kind
from mat.errors import AccessRefused, BadInput, OutputError
from mat.store.tables.audit import audit_event
from mat.store.tables.privacy import file_person, file_register
from mat.store.vocabulary import FileKind, Operation, UserRole
from tests.app.logs_in_use import RETENTION, filled, kinds, public_of, signing
from tests.governance.logs import checkpoint, key, public_line, some_log
from tests.staff import Staff

pytestmark = pytest.mark.slow

EXPORT_FILES = {"log.jsonl", "public.key", "manifest.json", "manifest.sig", "texts.jsonl"}


def exported(staff: Staff, desk: Desk, out: Path, *, with_texts: bool = True) -> int:
    return export_log(desk, out, RETENTION, with_texts=with_texts, recipient="Canary Inspector", reason="For a review.")


def test_who_gets_an_export_stands_in_the_log_as_a_service_or_not_at_all(staff: Staff, tmp_path: Path) -> None:
    desk, _ = filled(staff)

    exported(staff, desk, tmp_path / "words")
    export_log(desk, tmp_path / "named", RETENTION, with_texts=False, recipient="housing", reason="For them.")
    export_log(desk, tmp_path / "own", RETENTION, with_texts=False, reason="For me.")

    bodies = [json.loads(row["body"]) for row in sorted(staff.all_of(audit_event), key=lambda row: row["seq"])]
    told = [(body["recipients"], sorted(body["texts"])) for body in bodies if body["event"] == "log_exported"]
    assert told == [
        (["outside the store"], ["reason", "recipient"]),
        ([str(staff.services["housing"])], ["reason"]),
        ([str(desk.scope.user_id)], ["reason"]),
    ]
    assert "Canary" not in str(bodies)


def test_a_removal_reaches_every_export_that_holds_texts_about_the_person(staff: Staff, tmp_path: Path) -> None:
    desk, _ = filled(staff)
    alone, together, silent = (staff.subject(f"N-{number}") for number in range(3))
    coordinator = staff.desk(UserRole.COORDINATOR)
    for subjects, texts in (((alone,), {"reason": "A"}), ((alone, together), {"reason": "B"}), ((silent,), {})):
        with coordinator.working("read_case") as work:
            work.record(Event(operation=Operation.DECISION, event="something_said", subjects=subjects, texts=texts))

    exported(staff, desk, tmp_path / "with")
    exported(staff, desk, tmp_path / "without", with_texts=False)

    paths = {row["file_id"]: Path(row["path"]).name for row in staff.all_of(file_register)}
    inside = {(paths[row["file_id"]], row["subject_id"]) for row in staff.all_of(file_person)}
    assert inside == {("with", alone), ("with", together)}


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
    assert bodies[size]["recipients"] == ["outside the store"]
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
    "an empty folder put there": (lambda out: (out / "more").mkdir(), Kind.FILE_UNEXPECTED),
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
    "the checkpoints a link": (
        lambda out: (
            (out / "checkpoints").rename(out.parent / "c"),
            (out / "checkpoints").symlink_to(out.parent / "c"),
        ),
        Kind.FILE_UNEXPECTED,
    ),
    "a file of a name that a terminal would act upon": (
        lambda out: (out / "\x1b]0;all is well\x07").touch(),
        Kind.FILE_UNEXPECTED,
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
        report = verify_export(out, public_key=kept.public_key)
        found[name] = kinds(report)
        assert all(finding.sentence.isprintable() for finding in report.findings)
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
