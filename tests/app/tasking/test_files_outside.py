"""Files outside the store: registered with who is in them, destroyed only where it is certain which file it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Uuid, func, literal, select

from app.tasking.files_outside import destroy_file, list_files
from app.tasking.legal_holds import place
from app.tasking.safe_files import destroy, fate_if_destroyed, fingerprint
from mat.errors import BadInput, OutputError
from mat.store.tables import privacy
from mat.store.vocabulary import FileFate, FileKind, LegalHoldKind, UserRole
from tests.privacy_cases import events, registered, registered_file
from tests.staff import Staff


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir(mode=0o700)
    return made


def make(path: Path, content: str = "who is in it") -> str:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return fingerprint(path).sha256


def make_run(path: Path) -> str:
    (path / "inside").mkdir(mode=0o700, parents=True)
    path.chmod(0o700)
    make(path / "list.csv")
    make(path / "inside" / "more.csv", "more")
    return fingerprint(path).sha256


def test_a_file_and_a_directory_are_destroyed_whole(folder: Path) -> None:
    of_file, of_run = make(folder / "pack.txt"), make_run(folder / "run")

    fates = [destroy(folder / "pack.txt", of_file), destroy(folder / "run", of_run)]

    assert fates == [FileFate.DESTROYED, FileFate.DESTROYED]
    assert list(folder.iterdir()) == []


def test_what_is_not_there_is_gone(folder: Path) -> None:
    assert destroy(folder / "pack.txt", "0" * 64) is FileFate.GONE


@pytest.mark.parametrize("change", ["content", "name", "added", "taken"])
def test_what_was_changed_is_left(folder: Path, change: str) -> None:
    run = folder / "run"
    before = make_run(run)
    {
        "content": lambda: make(run / "list.csv", "other"),
        "name": lambda: (run / "list.csv").rename(run / "lost.csv"),
        "added": lambda: make(run / "notes.txt"),
        "taken": (run / "list.csv").unlink,
    }[change]()

    assert destroy(run, before) is FileFate.CHANGED
    assert run.is_dir()


def link_to_file(folder: Path) -> Path:
    make(folder / "elsewhere.txt")
    (folder / "pack.txt").symlink_to(folder / "elsewhere.txt")
    return folder / "pack.txt"


def linked_folder(folder: Path) -> Path:
    (folder / "real").mkdir(mode=0o700)
    make(folder / "real" / "pack.txt")
    (folder / "way").symlink_to(folder / "real")
    return folder / "way" / "pack.txt"


def open_file(folder: Path) -> Path:
    make(folder / "pack.txt")
    (folder / "pack.txt").chmod(0o644)
    return folder / "pack.txt"


def second_name(folder: Path) -> Path:
    make(folder / "pack.txt")
    (folder / "copy.txt").hardlink_to(folder / "pack.txt")
    return folder / "pack.txt"


def open_folder(folder: Path) -> Path:
    make(folder / "pack.txt")
    folder.chmod(0o777)
    return folder / "pack.txt"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pack.txt", 0o600)
    return folder / "pack.txt"


def link_inside(folder: Path) -> Path:
    make_run(folder / "run")
    (folder / "run" / "link.csv").symlink_to("/etc/hostname")
    return folder / "run"


@pytest.mark.parametrize(
    "prepare", [link_to_file, linked_folder, open_file, second_name, open_folder, pipe, link_inside]
)
def test_what_cannot_be_reached_safely_is_left(folder: Path, prepare: Callable[[Path], Path]) -> None:
    path = prepare(folder)
    before = sorted(folder.rglob("*"))

    fate = destroy(path, fingerprint_of_content(folder))

    assert fate is FileFate.UNSAFE
    assert sorted(folder.rglob("*")) == before


def fingerprint_of_content(folder: Path) -> str:
    other = folder.parent / "same.txt"
    make(other)
    return fingerprint(other).sha256


def test_an_attempt_that_was_killed_between_is_finished_by_the_next(folder: Path) -> None:
    before = make_run(folder / "run")
    (folder / "run").rename(folder / f".run.destroying-{before[:16]}")
    (folder / f".run.destroying-{before[:16]}" / "list.csv").unlink()

    assert fate_if_destroyed(folder / "run", before) is FileFate.DESTROYED
    assert destroy(folder / "run", before) is FileFate.DESTROYED
    assert list(folder.iterdir()) == []


@given(contents=st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e"]), st.binary(max_size=8), min_size=1))
def test_a_fingerprint_is_of_names_and_content_alone(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    first, second = (tmp_path_factory.mktemp("run") for _ in range(2))
    for base, names in ((first, sorted(contents)), (second, sorted(contents, reverse=True))):
        for name in names:
            (base / name).parent.mkdir(exist_ok=True)
            (base / name).write_bytes(contents[name])
    one = fingerprint(first)

    assert one == fingerprint(second)
    assert one.size == sum(len(content) for content in contents.values())
    name = next(iter(contents))
    (second / name).write_bytes(contents[name] + b"x")
    assert one.sha256 != fingerprint(second).sha256


def test_a_link_is_not_registered(folder: Path) -> None:
    with pytest.raises(OutputError, match="without links"):
        fingerprint(link_to_file(folder))


def test_a_registered_file_is_listed_by_expiry_and_destroyed_on_request(staff: Staff, folder: Path) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    past = datetime.now(UTC) - timedelta(minutes=1)
    later = registered_file(dpo, folder / "later.txt", [subject])
    expired = registered_file(dpo, folder / "expired.txt", [subject], expires_at=past)

    listed = [each.file_id for each in list_files(dpo)]
    only_expired = [each.file_id for each in list_files(dpo, only_expired=True)]
    fate = destroy_file(dpo, expired)

    assert listed == [expired, later]
    assert only_expired == [expired]
    assert fate is FileFate.DESTROYED
    assert [each.file_id for each in list_files(dpo)] == [later]
    assert events(staff).count("file_destroyed") == 1
    with pytest.raises(BadInput, match="destroyed before"):
        destroy_file(dpo, expired)


def test_a_file_with_somebody_under_a_legal_hold_is_kept_even_if_they_are_out_of_sight(
    staff: Staff, folder: Path
) -> None:
    dpo, subject, held = staff.desk(UserRole.DPO), staff.subject("P-1"), staff.subject("P-2")
    file_id = registered_file(dpo, folder / "pack.txt", [subject, held])
    place(dpo, held, LegalHoldKind.DISCLOSURE, "Trial.")

    fate = destroy_file(staff.desk(UserRole.ADMINISTRATOR), file_id)

    assert fate is FileFate.HELD
    assert (folder / "pack.txt").is_file()
    assert list_files(dpo)[0].fate is FileFate.HELD


def test_a_backup_is_kept_until_it_expires(staff: Staff, folder: Path) -> None:
    admin, past = staff.desk(UserRole.ADMINISTRATOR), datetime.now(UTC) - timedelta(minutes=1)
    running = registered_file(admin, folder / "new.backup", [], kind=FileKind.BACKUP)
    expired = registered_file(admin, folder / "old.backup", [], kind=FileKind.BACKUP, expires_at=past)

    fates = [destroy_file(admin, running), destroy_file(admin, expired)]

    assert fates == [FileFate.BACKUP, FileFate.DESTROYED]


def test_everybody_in_a_file_is_noted_also_those_its_maker_may_not_see(staff: Staff, folder: Path) -> None:
    analyst, sensitive = staff.desk(UserRole.ANALYST), staff.subject("P-1", is_sensitive=True)

    registered_file(analyst, folder / "pack.txt", [sensitive, staff.subject("P-2")])

    assert staff.count(privacy.file_person) == 2


def test_a_file_with_somebody_who_has_no_case_is_not_registered(staff: Staff, folder: Path) -> None:
    dpo = staff.desk(UserRole.DPO)

    with pytest.raises(BadInput, match="has no case any more"):
        registered_file(dpo, folder / "pack.txt", [staff.founder_id])

    assert staff.count(privacy.file_register) == 0


def test_a_link_on_the_way_is_resolved_when_a_file_is_registered(staff: Staff, folder: Path) -> None:
    dpo = staff.desk(UserRole.DPO)
    file_id = registered(dpo, linked_folder(folder), [staff.subject("P-1")])

    assert destroy_file(dpo, file_id) is FileFate.DESTROYED
    assert not (folder / "real" / "pack.txt").exists()


def test_nobody_notes_people_in_a_file_that_another_made(staff: Staff, folder: Path) -> None:
    file_id = registered_file(staff.desk(UserRole.DPO), folder / "pack.txt", [])
    subject = staff.subject("P-1")

    with staff.store.transaction(staff.scope(UserRole.ANALYST)) as connection:
        noted = connection.scalar(select(func.acting.note_people_in_file(file_id, literal([subject], ARRAY(Uuid)))))

    assert noted == 0
    assert staff.count(privacy.file_person) == 0
