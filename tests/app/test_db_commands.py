"""`mat db`: made, looked at, migrated, backed up and brought back from the command line."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from app.cli import execute
from governance.audit import Event
from governance.signing import load_public_key, make_keys
from mat.errors import StoreError
from mat.settings import Settings
from mat.store.engine import Store
from mat.store.place import Place, Role
from mat.store.server_files import read_process
from tests.store_servers import TestServer, end_server

pytestmark = pytest.mark.slow
Mat = Callable[..., str]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A working directory on a short path, for an embedded store."""
    folder = Path(tempfile.mkdtemp(prefix="mat-db-"))
    monkeypatch.chdir(folder)
    yield folder
    for store in folder.glob("*/store"):
        end_server(store)
    shutil.rmtree(folder)


@pytest.fixture
def on_server(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Commands of this test work on a fresh database of the tests' server."""
    monkeypatch.setenv("MAT_DATA_DIR", str(store_settings.data_dir))
    monkeypatch.setenv("MAT_KEY_DIR", str(store_settings.key_dir))
    monkeypatch.setenv("MAT_DATABASE_URL", store_settings.database_url)
    return store_settings


@pytest.fixture
def mat(capsys: pytest.CaptureFixture[str]) -> Mat:
    """Run one command line; what it says, after a check of its exit code."""

    def run(*arguments: str, code: int = 0) -> str:
        found = execute(list(arguments))
        said = capsys.readouterr()
        assert found == code, said.err
        assert "Traceback" not in said.err
        return said.out if code == 0 else said.err

    return run


def events(server: TestServer, settings: Settings) -> list[tuple[str, dict[str, object]]]:
    with server.connect(Place.of(settings).database) as connection:
        rows = connection.execute("SELECT body FROM audit_event ORDER BY seq").fetchall()
    return [(body["event"], body) for body in (json.loads(row[0]) for row in rows)]


@pytest.fixture(scope="session")
def pristine_home() -> Generator[Path]:
    """A working directory with a store made by `mat db init --demo`, to be copied, never used."""
    folder = Path(tempfile.mkdtemp(prefix="mat-db-made-"))
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        assert execute(["db", "init", "--demo", "--agency", "West Police", "--name", "A. Analyst"]) == 0
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def made_home(home: Path, pristine_home: Path) -> Path:
    """A working directory with a store of this test's own."""
    subprocess.run(["cp", "-a", f"{pristine_home}/.", home], check=True)
    return home


def test_a_status_before_anything_is_there_says_what_to_do(home: Path, mat: Mat) -> None:
    said = mat("db", "status")
    found = json.loads(mat("db", "status", "--json"))

    assert "make one with `mat db init`" in said
    assert (found["embedded"], found["revision"], found["is_running"]) == (True, None, False)
    assert list(home.iterdir()) == []


def test_a_store_is_looked_at_backed_up_and_brought_back(made_home: Path, mat: Mat) -> None:
    status = json.loads(mat("db", "status", "--json"))
    backup = json.loads(mat("db", "backup", "--out", "b.age", "--json"))
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("MAT_DATA_DIR", str(made_home / "other"))
        elsewhere.setenv("MAT_KEY_DIR", str(made_home / "mat-data-keys"))
        restored = json.loads(mat("db", "restore", "b.age", "--json"))
        status_there = json.loads(mat("db", "status", "--json"))

    keys = {path.name for path in (made_home / "mat-data-keys").iterdir()}
    assert keys == {"signing.key", "signing.pub", "backup.key", "backup.pub"}
    assert (status["is_founded"], status["is_demonstration"], status["is_up_to_date"]) == (True, True, True)
    assert status["url"] == f"postgresql://mat_app@/mat?host={made_home}/mat-data/store/socket"
    assert restored["sha256"] == backup["sha256"]
    assert (status_there["is_founded"], status_there["revision"]) == (True, status["revision"])


def test_init_says_what_it_made_and_that_it_is_a_demonstration(home: Path, mat: Mat) -> None:
    made = mat("db", "init", "--demo")

    assert made.startswith("DEMONSTRATION STORE")
    assert f"host={home}/mat-data/store/socket" in made
    assert f"The keys lie in {home}/mat-data-keys" in made


def test_a_status_of_a_demonstration_says_so(made_home: Path, mat: Mat) -> None:
    assert mat("db", "status").startswith("DEMONSTRATION STORE")


def test_a_second_init_changes_nothing_and_is_told_in_a_sentence(made_home: Path, mat: Mat) -> None:
    before = (made_home / "mat-data-keys" / "signing.key").read_bytes()

    said = mat("db", "init", code=2)

    assert said.count("\n") == 1
    assert "There is a case store at" in said
    assert (made_home / "mat-data-keys" / "signing.key").read_bytes() == before


def test_keys_of_another_log_are_never_overwritten(home: Path, mat: Mat) -> None:
    (home / "mat-data-keys").mkdir(mode=0o700)
    (home / "mat-data-keys" / "signing.key").write_text("mine")

    said = mat("db", "init", code=2)

    assert "is the key of another store's log" in said
    assert not (home / "mat-data").exists()


@pytest.mark.parametrize("lost", [None, "signing.pub"])
def test_a_founding_that_broke_off_after_its_keys_is_finished_by_init(
    on_server: Settings, mat: Mat, monkeypatch: pytest.MonkeyPatch, lost: str | None
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("app.commands.store.found", break_off)
        mat("db", "init", code=2)
    keys = {path.name: path.read_bytes() for path in on_server.key_dir.iterdir()}
    if lost is not None:
        (on_server.key_dir / lost).unlink()

    made = json.loads(mat("db", "init", "--json"))

    assert {path.name: path.read_bytes() for path in on_server.key_dir.iterdir()} == keys
    assert made["origin"].encode() in keys["signing.pub"]
    assert "holds" in mat("audit", "verify")


def break_off(*_given: object) -> None:
    raise StoreError("The power went.")


def test_keys_of_a_founding_that_broke_off_serve_no_other_store(
    on_server: Settings, mat: Mat, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("app.commands.store.found", break_off)
        mat("db", "init", code=2)
    monkeypatch.delenv("MAT_DATABASE_URL")
    monkeypatch.setenv("MAT_DATA_DIR", str(home / "other"))

    assert "is the key of another store's log" in mat("db", "init", code=2)


def test_a_store_is_founded_with_its_first_event_or_not_at_all(
    on_server: Settings, server: TestServer, mat: Mat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("app.tasking.founding.audit.append", break_off)
        mat("db", "init", code=2)
    before = json.loads(mat("db", "status", "--json"))
    mat("db", "init")

    with server.connect(Place.of(on_server).database) as connection:
        running = connection.execute("SELECT count(*) FROM work_session WHERE ended_at IS NULL").fetchone()
    assert not before["is_founded"]
    assert [name for name, _body in events(server, on_server)] == ["session_began", "store_founded"]
    assert running == (0,)


def test_a_session_of_a_command_ends_with_it(on_server: Settings, server: TestServer, mat: Mat) -> None:
    mat("db", "init")

    mat("access", "roles")
    mat("access", "case", "nobody", code=2)

    with server.connect(Place.of(on_server).database) as connection:
        sessions = connection.execute("SELECT count(*), count(ended_at) FROM work_session").fetchone()
    assert sessions == (3, 3)


def test_the_server_ends_with_the_command_that_started_it(made_home: Path, mat: Mat) -> None:

    assert read_process(made_home / "mat-data" / "store" / "postgres") is None


@pytest.fixture
def elsewhere(
    server: TestServer, on_server: Settings, monkeypatch: pytest.MonkeyPatch
) -> Generator[Callable[[], None]]:
    """Moves the commands to an empty database with the same keys."""
    name = server.make_empty()

    def move() -> None:
        monkeypatch.setenv("MAT_DATABASE_URL", server.url(name))

    yield move
    server.drop(name)


@pytest.mark.parametrize("how", ["absent", "of another file", "of another key", "no note", "of a change"])
def test_a_backup_nobody_vouches_for_is_refused_before_anything_of_it_is_run(
    on_server: Settings, mat: Mat, tmp_path: Path, elsewhere: Callable[[], None], how: str
) -> None:
    mat("db", "init")
    for name in ("b.age", "c.age"):
        mat("db", "backup", "--out", str(tmp_path / name))
    signature = tmp_path / "b.age.sig"
    if how == "absent":
        signature.unlink()
    elif how == "of another file":
        (tmp_path / "c.age.sig").replace(signature)
    elif how == "of another key":
        make_keys(tmp_path / "others", name="mat.test/log", data_dir=on_server.data_dir)
        (tmp_path / "others" / "signing.pub").replace(on_server.key_dir / "signing.pub")
    elif how == "no note":
        signature.write_bytes(b"\xff")
    else:
        signature.write_text(signature.read_text().replace("\n\n", "0\n\n", 1))
    elsewhere()

    said = mat("db", "restore", str(tmp_path / "b.age"), code=2)
    before = json.loads(mat("db", "status", "--json"))
    mat("db", "restore", str(tmp_path / "b.age"), "--unsigned")

    assert "ouch" in said
    assert "--unsigned" in said
    assert said.count("\n") == 1
    assert before["revision"] is None
    assert json.loads(mat("db", "status", "--json"))["is_founded"]


def test_a_backup_signed_with_an_earlier_key_is_restored_by_naming_that_key(
    on_server: Settings, mat: Mat, tmp_path: Path, elsewhere: Callable[[], None]
) -> None:
    mat("db", "init")
    made = json.loads(mat("db", "backup", "--out", str(tmp_path / "b.age"), "--json"))
    earlier = tmp_path / "earlier.pub"
    (on_server.key_dir / "signing.pub").replace(earlier)
    elsewhere()

    assert made["signature"] == str(tmp_path / "b.age.sig")
    assert "for a copy of signing.pub" in mat("db", "restore", str(tmp_path / "b.age"), code=2)
    mat("db", "restore", str(tmp_path / "b.age"), "--public-key", str(earlier))


def test_a_backup_signed_with_an_earlier_key_is_restored_where_that_key_lies_beside_the_new_one(
    on_server: Settings, mat: Mat, tmp_path: Path, elsewhere: Callable[[], None]
) -> None:
    mat("db", "init")
    mat("db", "backup", "--out", str(tmp_path / "b.age"))
    public = on_server.key_dir / "signing.pub"
    name = load_public_key(public).name
    public.replace(on_server.key_dir / "signing-1.pub")
    make_keys(tmp_path / "new", name=name, data_dir=on_server.data_dir)
    (tmp_path / "new" / "signing.pub").replace(public)
    elsewhere()

    mat("db", "restore", str(tmp_path / "b.age"))

    assert json.loads(mat("db", "status", "--json"))["is_founded"]


def test_without_keys_a_backup_says_that_it_is_unsigned_and_a_restore_what_to_ask_for_and_what_comes_next(
    on_server: Settings, mat: Mat, tmp_path: Path, elsewhere: Callable[[], None]
) -> None:
    mat("db", "init")
    (on_server.key_dir / "signing.key").unlink()

    assert "not signed" in mat("db", "backup", "--out", str(tmp_path / "b.age"))
    assert not (tmp_path / "b.age.sig").exists()
    (on_server.key_dir / "signing.pub").unlink()
    elsewhere()
    said = mat("db", "restore", str(tmp_path / "b.age"), "--unsigned").splitlines()
    ends = (
        "signing.key is not in",
        "signing.pub is not in",
        "Now run `mat audit verify`",
        "Then, before anybody works",
    )
    assert all(line.startswith(start) for line, start in zip(said[-4:], ends, strict=True))
    assert "`mat privacy remove again`" in said[-1]


def test_the_founder_is_the_account_that_ran_init(on_server: Settings, server: TestServer, mat: Mat) -> None:
    mat("db", "init", "--agency", "West Police", "--name", "A. Analyst")

    with server.connect(Place.of(on_server).database) as connection:
        people = connection.execute("SELECT name FROM app_user").fetchall()
        agencies = connection.execute("SELECT name FROM agency").fetchall()
    names = [name for name, _body in events(server, on_server)]

    assert people == [("A. Analyst",)]
    assert agencies == [("West Police",)]
    assert "store_founded" in names


def test_a_backup_is_in_the_log_with_its_hash(
    on_server: Settings, server: TestServer, mat: Mat, tmp_path: Path
) -> None:
    mat("db", "init")

    made = json.loads(mat("db", "backup", "--out", str(tmp_path / "b.age"), "--json"))
    logged = dict(events(server, on_server))

    assert logged["backup_made"]["details"] == {
        "sha256": made["sha256"],
        "size": made["size"],
        "revision": made["revision"],
    }
    assert logged["backup_made"]["operation"] == "disclosure"


def test_a_backup_by_somebody_the_store_does_not_know_is_refused(
    on_server: Settings, server: TestServer, mat: Mat, tmp_path: Path
) -> None:
    mat("db", "init")
    with server.connect(Place.of(on_server).database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE user_login SET os_name = 'somebody-else'")

    said = mat("db", "backup", "--out", str(tmp_path / "b.age"), code=2)

    assert "knows nobody under the account" in said
    assert not (tmp_path / "b.age").exists()


def test_a_backup_without_its_log_entry_is_not_there(
    on_server: Settings, mat: Mat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mat("db", "init")
    monkeypatch.setattr("app.commands.store.Event", refuse_made)

    with pytest.raises(AssertionError):
        mat("db", "backup", "--out", str(tmp_path / "b.age"))

    assert not (tmp_path / "b.age").exists()


def refuse_made(**given: object) -> Event:
    if given["event"] == "backup_made":
        raise KeyError("backup_made")
    return Event(**given)  # type: ignore[arg-type]


def test_a_store_that_is_up_to_date_has_nothing_to_migrate(on_server: Settings, mat: Mat) -> None:
    assert "nothing was to be done" in mat("db", "migrate")


def test_nobody_migrates_while_another_is_at_work(on_server: Settings, mat: Mat, server: TestServer) -> None:
    with server.connect(Place.of(on_server).database, Role.APP):
        said = mat("db", "migrate", code=2)

    assert "at work in this case store" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["db", "backup", "--out", "x.age"], "mat db init"),
        (["db", "migrate"], "mat db init"),
        (["db", "restore", "absent.age"], "backup.key cannot be read"),
        (["db", "nonsense"], "see `mat db --help`"),
        (["db", "backup"], "--out"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(home: Path, mat: Mat, arguments: list[str], said: str) -> None:
    found = mat(*arguments, code=2)

    assert said in found
    assert found.count("\n") == 1


def test_a_data_dir_that_is_a_file_is_told_in_a_sentence(home: Path, mat: Mat, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").touch()
    monkeypatch.setenv("MAT_DATA_DIR", str(home / "file"))
    monkeypatch.setenv("MAT_KEY_DIR", str(home / "keys"))

    assert "make one with `mat db init`" in mat("db", "status")
    assert "choose another data_dir" in mat("db", "init", code=2)


def test_the_folder_of_another_account_is_told_in_a_sentence(home: Path, mat: Mat) -> None:
    (home / "mat-data").mkdir(mode=0o700)
    home.chmod(0o755)
    own = os.geteuid()
    (home / "mat-data").chmod(0o700 if own == 0 else 0)
    if own == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)

    try:
        said = [mat("db", command, code=2) for command in ("status", "init")]
    finally:
        os.seteuid(own)
        (home / "mat-data").chmod(0o700)

    assert "cannot be looked into (Permission denied)" in said[0]
    assert all("(Permission denied)" in each and each.count("\n") == 1 for each in said)


def test_an_auditor_verifies_with_the_public_key_alone(on_server: Settings, mat: Mat) -> None:
    mat("db", "init")
    (on_server.key_dir / "signing.key").unlink()

    assert "holds" in mat("audit", "verify")


def test_the_password_of_a_database_url_is_never_shown(home: Path, mat: Mat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAT_DATABASE_URL", "postgresql://me:canary-pw@127.0.0.1:9/mat")

    for command in ("status", "init", "migrate"):
        assert "canary-pw" not in mat("db", command, code=2)


def test_psycopg_reaches_the_store_by_the_address_a_status_gives(made_home: Path, mat: Mat) -> None:

    store = Store.open(Settings(data_dir=made_home / "mat-data"))
    found = json.loads(mat("db", "status", "--json"))
    with psycopg.connect(found["url"]) as connection:
        row = connection.execute("SELECT current_user, (SELECT count(*) FROM agency)").fetchone()
    store.close()

    assert found["is_running"]
    assert row == ("mat_app", 0)
