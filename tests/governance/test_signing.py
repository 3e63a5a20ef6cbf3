"""The signing key lies outside the data, is for its owner alone, and anything else is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.notes import read_note
from governance.signing import (
    adopt_successor,
    earlier_keys,
    give_up_successor,
    load_public_key,
    load_signing_key,
    make_keys,
    prepare_successor,
    successor,
)
from mat.errors import StoreError


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def key_dir(tmp_path: Path, data_dir: Path) -> Path:
    make_keys(tmp_path / "keys", name="mat.test/log", data_dir=data_dir)
    return tmp_path / "keys"


def test_a_made_key_signs_and_its_public_half_checks(key_dir: Path, data_dir: Path) -> None:
    key = load_signing_key(key_dir, data_dir=data_dir)

    note = read_note(key.sign("some text\n"))

    assert note.signed_by([load_public_key(key_dir / "signing.pub")]) == (key.public,)
    assert key.public.name == "mat.test/log"


def test_only_its_owner_can_read_the_private_half(key_dir: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in (key_dir, *key_dir.iterdir())}

    assert modes == {"keys": 0o700, "signing.key": 0o600, "signing.pub": 0o644}


def test_a_key_is_never_written_over(key_dir: Path, data_dir: Path) -> None:
    before = (key_dir / "signing.key").read_bytes()

    with pytest.raises(StoreError, match="never overwritten"):
        make_keys(key_dir, name="mat.test/log", data_dir=data_dir)

    assert (key_dir / "signing.key").read_bytes() == before


@pytest.mark.parametrize("inside", ["", "keys", "a/../keys"])
def test_a_folder_inside_the_data_is_refused(data_dir: Path, inside: str) -> None:
    with pytest.raises(StoreError, match="inside the data they protect"):
        make_keys(data_dir / inside, name="mat.test/log", data_dir=data_dir)

    assert list(data_dir.iterdir()) == []


def test_a_folder_that_leads_into_the_data_by_a_link_is_refused(tmp_path: Path, data_dir: Path) -> None:
    (data_dir / "keys").mkdir(mode=0o700)
    (tmp_path / "elsewhere").symlink_to(data_dir / "keys")

    with pytest.raises(StoreError, match="inside the data they protect"):
        make_keys(tmp_path / "elsewhere", name="mat.test/log", data_dir=data_dir)


def open_the_folder(key_dir: Path) -> None:
    key_dir.chmod(0o755)


def open_the_key(key_dir: Path) -> None:
    (key_dir / "signing.key").chmod(0o640)


def put_a_link(key_dir: Path) -> None:
    (key_dir / "signing.key").rename(key_dir / "moved")
    (key_dir / "signing.key").symlink_to(key_dir / "moved")


def remove_the_key(key_dir: Path) -> None:
    (key_dir / "signing.key").unlink()


def cut_the_key(key_dir: Path) -> None:
    path = key_dir / "signing.key"
    path.write_text(path.read_text()[:-6])


def put_a_pipe(key_dir: Path) -> None:
    (key_dir / "signing.key").unlink()
    os.mkfifo(key_dir / "signing.key", 0o644)


def put_another_public_half(key_dir: Path) -> None:
    make_keys(key_dir.parent / "others", name="mat.test/log", data_dir=key_dir.parent / "data")
    (key_dir / "signing.pub").write_bytes((key_dir.parent / "others" / "signing.pub").read_bytes())


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [
        (open_the_folder, "closed to everybody else"),
        (open_the_key, "take it for stolen"),
        (put_a_link, "no link"),
        (remove_the_key, "cannot be read .* bring it back from the copy of key_dir"),
        (cut_the_key, "holds no signing key"),
        (put_a_pipe, "take it for stolen"),
        (put_another_public_half, "not the public half"),
    ],
)
def test_a_key_that_cannot_be_trusted_is_refused(
    key_dir: Path, data_dir: Path, mishap: Callable[[Path], None], sentence: str
) -> None:
    mishap(key_dir)

    with pytest.raises(StoreError, match=sentence):
        load_signing_key(key_dir, data_dir=data_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_key_of_somebody_else_is_refused(key_dir: Path, data_dir: Path) -> None:
    os.chown(key_dir / "signing.key", 12345, -1)

    with pytest.raises(StoreError, match="take it for stolen"):
        load_signing_key(key_dir, data_dir=data_dir)


def test_no_error_shows_the_key(key_dir: Path, data_dir: Path) -> None:
    secret = (key_dir / "signing.key").read_text().strip()
    (key_dir / "signing.key").write_text(f"{secret}x\n")

    with pytest.raises(StoreError) as caught:
        load_signing_key(key_dir, data_dir=data_dir)

    assert secret[-20:] not in str(caught.value)


def test_a_successor_signs_only_once_adopted(key_dir: Path, data_dir: Path) -> None:
    before = load_signing_key(key_dir, data_dir=data_dir).public

    following = prepare_successor(key_dir, name="mat.test/log", data_dir=data_dir)
    during = load_signing_key(key_dir, data_dir=data_dir).public
    adopt_successor(key_dir)

    assert during == before
    assert successor(key_dir) is None
    assert load_signing_key(key_dir, data_dir=data_dir).public == following != before
    assert (key_dir / "signing.key").stat().st_mode & 0o777 == 0o600


def test_a_successor_given_up_is_gone(key_dir: Path, data_dir: Path) -> None:
    prepared = prepare_successor(key_dir, name="mat.test/log", data_dir=data_dir)

    assert successor(key_dir) == prepared
    with pytest.raises(StoreError, match="Somebody else is changing the key"):
        prepare_successor(key_dir, name="mat.test/log", data_dir=data_dir)

    give_up_successor(key_dir)
    assert successor(key_dir) is None


def test_a_public_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")

    with pytest.raises(StoreError, match="holds no public key"):
        load_public_key(tmp_path / "key")
    with pytest.raises(StoreError, match="cannot be read"):
        load_public_key(tmp_path / "nothing")


def test_public_keys_of_before_stay_beside_the_new_one_the_newest_first(key_dir: Path, data_dir: Path) -> None:
    before: list[str] = []
    for _ in range(3):
        before.insert(0, load_public_key(key_dir / "signing.pub").line)
        prepare_successor(key_dir, name="mat.test/log", data_dir=data_dir)
        adopt_successor(key_dir)
    (key_dir / "signing-7.pub").write_text("no key")

    assert [key.line for key in earlier_keys(key_dir)] == before
    assert (key_dir / "signing-1.pub").read_text().strip() == before[-1]
