"""Backups: what comes back is what was there, what was changed is found, and nothing is left half done."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import insert, text
from uuid_utils.compat import uuid7

from mat.errors import OutputError, StoreError
from mat.settings import Settings
from mat.store.account import program
from mat.store.backup import Backup, back_up, restore
from mat.store.encryption import make_backup_keys, read_identity
from mat.store.engine import Store
from mat.store.place import Gate, Place, Role
from mat.store.tables.people import agency
from mat.store.vocabulary import AgencyKind
from tests.mat.store.test_migrating import catalogue
from tests.store_servers import TestServer

#: Each has a store of its own.
pytestmark = pytest.mark.slow

CANARY = "canary-agency-2b7e"


@pytest.fixture
def founded(server: TestServer, store_settings: Settings) -> Settings:
    """A store with a row that can be told from others, and keys to back it up."""
    make_backup_keys(store_settings.key_dir)
    database = Place.of(store_settings).database
    with server.connect(database) as connection:
        connection.execute(
            "INSERT INTO store (store_id, origin, is_demonstration, created_at) VALUES (%s, 'mat/x', true, now())",
            [uuid7()],
        )
        for number in range(200):
            connection.execute(
                "INSERT INTO agency (agency_id, name, kind) VALUES (%s, %s, 'health')", [uuid7(), f"{CANARY} {number}"]
            )
    return store_settings


@pytest.fixture
def empty(server: TestServer, tmp_path: Path) -> Generator[Settings]:
    """A database without a table, and an empty key folder."""
    name = server.make_empty()
    yield server.settings(name, tmp_path / "other")
    server.drop(name)


def rows(server: TestServer, settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with server.connect(Place.of(settings).database) as connection:
        names = [
            str(name)
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        ]
        return {
            name: sorted(connection.execute(f'SELECT t::text FROM "{name}" AS t'.encode()).fetchall())  # type: ignore[type-var]
            for name in names
        }


def count_tables(server: TestServer, settings: Settings) -> int:
    return len(rows(server, settings))


def test_what_is_restored_is_what_was_backed_up_rows_rights_and_rules(
    server: TestServer, founded: Settings, empty: Settings, tmp_path: Path
) -> None:
    made = back_up(founded, tmp_path / "b.age")
    done = restore(empty, tmp_path / "b.age", identity=founded.key_dir / "backup.key")

    with (
        server.connect(Place.of(founded).database) as before,
        server.connect(Place.of(empty).database) as after,
    ):
        assert catalogue(after) == catalogue(before)
    assert rows(server, empty) == rows(server, founded)
    assert len(rows(server, empty)["agency"]) >= 200
    assert (done.sha256, done.revision) == (made.sha256, made.label.revision)


def test_a_restored_store_opens_and_guards_its_rows(founded: Settings, empty: Settings, tmp_path: Path) -> None:
    back_up(founded, tmp_path / "b.age")
    restore(empty, tmp_path / "b.age", identity=founded.key_dir / "backup.key")

    store = Store.open(empty)
    with store.transaction(None) as connection:
        seen = connection.execute(agency.select()).all()
    store.close()

    assert store.is_demonstration
    assert seen == []


def test_a_backup_is_for_its_owner_alone_and_encrypted(founded: Settings, tmp_path: Path) -> None:
    made = back_up(founded, tmp_path / "b.age")

    content = (tmp_path / "b.age").read_bytes()
    assert (tmp_path / "b.age").stat().st_mode & 0o077 == 0
    assert len(content) == made.size
    assert content.startswith(b"age-encryption.org/v1")
    assert CANARY.encode() not in content
    assert [path.name for path in tmp_path.glob(".b.age*")] == []


def test_any_age_program_and_postgresql_alone_bring_a_backup_back(founded: Settings, tmp_path: Path) -> None:
    back_up(founded, tmp_path / "b.age")
    identity = pyrage.x25519.Identity.from_str(read_identity(founded.key_dir / "backup.key"))
    _label, _end, archive = pyrage.decrypt((tmp_path / "b.age").read_bytes(), [identity]).partition(b"\n")

    listed = subprocess.run([program("pg_restore"), "--list"], input=archive, capture_output=True, check=True)

    assert b"TABLE DATA public agency" in listed.stdout
    assert b" pg_catalog " not in listed.stdout
    assert b"TABLE public outgoing_file" in listed.stdout
    assert b"TABLE DATA public outgoing_file" not in listed.stdout


@pytest.mark.parametrize("how", ["the bytes", "the name", "the length"])
def test_only_what_was_checked_and_approved_is_restored(
    server: TestServer, founded: Settings, empty: Settings, tmp_path: Path, how: str
) -> None:
    approved, other = tmp_path / "b.age", tmp_path / "other.age"
    back_up(founded, approved)
    before = rows(server, founded)["agency"]
    with server.connect(Place.of(founded).database) as connection:
        connection.execute("DELETE FROM agency")
    back_up(founded, other)

    def exchange(_sha256: str) -> None:
        if how == "the bytes":
            approved.write_bytes(other.read_bytes())
        elif how == "the name":
            other.replace(approved)
        else:
            os.truncate(approved, 0)

    if how == "the name":
        restore(empty, approved, identity=founded.key_dir / "backup.key", approve=exchange)
        assert rows(server, empty)["agency"] == before
    else:
        with pytest.raises(StoreError, match="changed while it was restored, and nothing of it was"):
            restore(empty, approved, identity=founded.key_dir / "backup.key", approve=exchange)
        assert count_tables(server, empty) == 0


def test_a_pipe_is_refused_since_a_backup_is_read_twice(founded: Settings, empty: Settings, tmp_path: Path) -> None:
    back_up(founded, tmp_path / "b.age")
    reading, writing = os.pipe()
    os.close(writing)

    with pytest.raises(StoreError, match="cannot come from a pipe"):
        restore(empty, Path(f"/dev/fd/{reading}"), identity=founded.key_dir / "backup.key")

    os.close(reading)


def test_nobody_is_kept_from_work_by_a_backup(founded: Settings, tmp_path: Path) -> None:
    store = Store.open(founded)
    with store.transaction(None) as connection:
        connection.execute(text("SELECT 1"))
        back_up(founded, tmp_path / "b.age")
    store.close()

    assert (tmp_path / "b.age").exists()


def test_a_backup_that_cannot_be_recorded_is_not_made(founded: Settings, tmp_path: Path) -> None:
    def refuse(made: Backup) -> None:
        assert made.size > 0
        raise StoreError("the log is full")

    with pytest.raises(StoreError, match="the log is full"):
        back_up(founded, tmp_path / "b.age", record=refuse)

    assert [path.name for path in tmp_path.iterdir() if "b.age" in path.name] == []


def test_a_backup_never_overwrites_and_never_follows_a_link(founded: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "there").write_text("mine")

    for name in ("link", "there"):
        with pytest.raises(OutputError, match="exists already"):
            back_up(founded, tmp_path / name)

    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "there").read_text() == "mine"


def cut(content: bytes) -> bytes:
    return content[:-20]


def cut_whole_blocks(content: bytes) -> bytes:
    return content[: -(len(content) % 65552) - 65552] if len(content) > 140_000 else content[:-1]


def change_a_byte(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def change_the_head(content: bytes) -> bytes:
    return content[:30] + b"\x00" + content[31:]


def lengthen(content: bytes) -> bytes:
    return content + b"\x00"


def nonsense(_content: bytes) -> bytes:
    return b"hello"


def nothing(_content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [cut, cut_whole_blocks, change_a_byte, change_the_head, lengthen, nonsense, nothing])
def test_a_damaged_backup_is_refused_and_leaves_the_place_as_it_was(
    damage: Callable[[bytes], bytes], server: TestServer, founded: Settings, empty: Settings, tmp_path: Path
) -> None:
    back_up(founded, tmp_path / "b.age")
    (tmp_path / "damaged.age").write_bytes(damage((tmp_path / "b.age").read_bytes()))

    with pytest.raises(StoreError, match="damaged"):
        restore(empty, tmp_path / "damaged.age", identity=founded.key_dir / "backup.key")

    assert count_tables(server, empty) == 0


def test_the_wrong_key_is_said_to_be_wrong(founded: Settings, empty: Settings, tmp_path: Path) -> None:
    back_up(founded, tmp_path / "b.age")
    make_backup_keys(empty.key_dir)

    with pytest.raises(StoreError, match="another key: name the right one with --identity"):
        restore(empty, tmp_path / "b.age")


def test_a_backup_for_somebody_elses_key_opens_with_theirs(founded: Settings, empty: Settings, tmp_path: Path) -> None:
    public = make_backup_keys(tmp_path / "escrow")

    back_up(founded, tmp_path / "b.age", recipient=public)

    with pytest.raises(StoreError, match="another key"):
        restore(empty, tmp_path / "b.age", identity=founded.key_dir / "backup.key")
    assert restore(empty, tmp_path / "b.age", identity=tmp_path / "escrow" / "backup.key").revision


@pytest.mark.parametrize("recipient", ["", "age1nonsense", "AGE-SECRET-KEY-1", "-"])
def test_a_recipient_that_is_none_is_refused(founded: Settings, recipient: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--recipient holds no public key of age"):
        back_up(founded, tmp_path / "b.age", recipient=recipient)


def test_a_place_that_holds_a_store_is_never_restored_over(
    server: TestServer, founded: Settings, tmp_path: Path
) -> None:
    back_up(founded, tmp_path / "b.age")
    before = rows(server, founded)

    with pytest.raises(StoreError, match="There is a case store, or something else, in this database already"):
        restore(founded, tmp_path / "b.age")

    assert rows(server, founded) == before


def test_a_backup_of_a_later_mat_is_refused_before_anything_is_made(
    founded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(founded, tmp_path / "b.age")
    monkeypatch.setattr("mat.store.backup.known_revisions", lambda: ("0000",))
    fresh = Settings(data_dir=tmp_path / "fresh")

    with pytest.raises(StoreError, match="which this mat does not know: a later mat made it"):
        restore(fresh, tmp_path / "b.age", identity=founded.key_dir / "backup.key")

    assert not (tmp_path / "fresh").exists()


def test_a_restore_that_fails_in_the_middle_leaves_nothing(
    server: TestServer, founded: Settings, empty: Settings, tmp_path: Path
) -> None:
    back_up(founded, tmp_path / "b.age")
    with server.connect(Place.of(empty).database) as connection:
        connection.execute("CREATE SCHEMA acting")

    with pytest.raises(StoreError, match="nothing of it was: the place is not empty"):
        restore(empty, tmp_path / "b.age", identity=founded.key_dir / "backup.key")

    assert count_tables(server, empty) == 0


def test_keys_that_others_may_read_are_refused(founded: Settings, empty: Settings, tmp_path: Path) -> None:
    back_up(founded, tmp_path / "b.age")
    key = founded.key_dir / "backup.key"
    key.chmod(0o644)

    with pytest.raises(StoreError, match="chmod 600"):
        restore(empty, tmp_path / "b.age", identity=key)


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = make_backup_keys(tmp_path / "keys")
    second = make_backup_keys(tmp_path / "keys")

    assert first == second
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {
        "backup.key": 0o600,
        "backup.pub": 0o600,
    }
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_no_plaintext_is_written_beside_a_backup(
    founded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()

    back_up(founded, tmp_path / "out" / "b.age")

    assert list((tmp_path / "scratch").iterdir()) == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.age"]


def test_backups_are_read_by_their_own_role(founded: Settings) -> None:
    store = Store(founded, Gate.open(Place.of(founded)))
    with store.backup_reader() as connection:
        role, seen = connection.execute(text("SELECT current_user, (SELECT count(*) FROM agency)")).one()
    with pytest.raises(StoreError, match="can only be read"), store.backup_reader() as connection:
        connection.execute(insert(agency).values(agency_id=uuid7(), name="x", kind=AgencyKind.HEALTH.value))
    store.close()

    assert role == Role.BACKUP.value
    assert seen >= 200
