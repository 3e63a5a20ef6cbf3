"""The key that signs checkpoints: where it lies, who can read it, and how one follows another.

The private half is a file for its owner alone, in a folder outside `data_dir`, so that a copy or a thief of the store
has not got it; a key that others could have read is refused, never repaired. The public half is meant to be handed out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.notes import PublicKey, private_key_line, public_key_of, read_private_key, read_public_key, sign
from mat.errors import BadInput, StoreError

PRIVATE_NAME = "signing.key"
PUBLIC_NAME = "signing.pub"
#: The next key, from when it is made until the log holds its name.
_NEXT_NAME = "signing.key.next"
_EARLIER = re.compile(r"signing-([1-9][0-9]{0,5})\.pub")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that can sign, and its public half."""

    public: PublicKey
    private: Ed25519PrivateKey

    def sign(self, text: str) -> str:
        """The signed note over `text`, which ends in a newline."""
        return sign(text, self.private, self.public.name)


def make_keys(key_dir: Path, *, name: str, data_dir: Path) -> PublicKey:
    """Make `signing.key` and `signing.pub` in `key_dir`, which is made where it is not there, for its owner alone.

    `name`: who signs, without spaces and plus signs; C2SP asks for the origin of the log. Returns the public half.

    Raises:
        StoreError: there is a key already, `key_dir` lies inside `data_dir` or is open to others, or cannot be written.
        ValueError: the name cannot stand in a note.
    """
    refuse_unsafe(key_dir, data_dir=data_dir)
    return _write_pair(key_dir, PRIVATE_NAME, name)


def keys_of(name: str, key_dir: Path, *, data_dir: Path) -> PublicKey:
    """The keys of this name in `key_dir`, made where there are none; a public half that is missing is written again.

    Raises:
        StoreError: as for `make_keys`, or the key that is there is of another name.
    """
    path = key_dir / PRIVATE_NAME
    if not path.exists():
        return make_keys(key_dir, name=name, data_dir=data_dir)
    refuse_unsafe(key_dir, data_dir=data_dir)
    public = _read_private(path).public
    if public.name != name:
        raise anothers_key(path)
    if not (key_dir / PUBLIC_NAME).exists():
        _write_new(key_dir / PUBLIC_NAME, public.line, mode=0o644)
    return public


def anothers_key(path: Path) -> StoreError:
    """The refusal of a key that belongs to another store."""
    return StoreError(
        f"{path} is the key of another store's log: keep it for as long as that log is of use, and name another "
        "key_dir."
    )


def load_signing_key(key_dir: Path, *, data_dir: Path) -> SigningKey:
    """The key that signs now.

    Raises:
        StoreError: it is not there, is a link, belongs to somebody else, can be read by others, lies inside `data_dir`,
            or does not belong to `signing.pub`.
    """
    refuse_unsafe(key_dir, data_dir=data_dir)
    key = _read_private(key_dir / PRIVATE_NAME)
    if load_public_key(key_dir / PUBLIC_NAME) != key.public:
        raise StoreError(
            f"{key_dir / PUBLIC_NAME} is not the public half of {PRIVATE_NAME} beside it: find out who changed it; the "
            f"line that belongs there is {key.public.line}"
        )
    return key


def load_public_key(path: Path) -> PublicKey:
    """The public half from a file.

    Raises:
        StoreError: the file cannot be read or holds no key.
    """
    try:
        return read_public_key(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(
            f"The public key {path} cannot be read ({error.strerror}): ask whoever ran `mat db init`, or "
            f"whoever keeps its checkpoints, for a copy of {PUBLIC_NAME}; put it there, or name it with --public-key."
        ) from error
    except (BadInput, UnicodeDecodeError) as error:
        raise StoreError(f"{path} holds no public key: one line NAME+HASH+BASE64 was expected.") from error


def prepare_successor(key_dir: Path, *, name: str, data_dir: Path) -> PublicKey:
    """Make the next key and lay it beside the one that signs; until `adopt_successor` it signs nothing.

    Raises:
        StoreError: a next key is there already, or the folder is not safe.
    """
    refuse_unsafe(key_dir, data_dir=data_dir)
    return _write_pair(key_dir, _NEXT_NAME, name)


def successor(key_dir: Path) -> PublicKey | None:
    """The public half of a key that was prepared and neither adopted nor given up; None = there is none.

    Raises:
        StoreError: the file is there and cannot be used.
    """
    path = key_dir / _NEXT_NAME
    return _read_private(path).public if path.exists() or path.is_symlink() else None


def adopt_successor(key_dir: Path) -> PublicKey:
    """Let the prepared key sign from now on; of the one before it the private half is gone for good.

    Its public half stays beside the new one, as `signing-1.pub` and so on.

    Raises:
        StoreError: no key was prepared, or the folder cannot be written.
    """
    key = _read_private(key_dir / _NEXT_NAME)
    _keep_public(key_dir, _read_private(key_dir / PRIVATE_NAME).public)
    staged = key_dir / f".{PUBLIC_NAME}.next"
    staged.unlink(missing_ok=True)
    _write_new(staged, key.public.line, mode=0o644)
    (key_dir / _NEXT_NAME).replace(key_dir / PRIVATE_NAME)
    staged.replace(key_dir / PUBLIC_NAME)
    return key.public


def earlier_keys(key_dir: Path) -> Sequence[PublicKey]:
    """The public halves of keys that signed before the one that signs now, the newest first; what is no key is passed
    over.
    """
    found: list[PublicKey] = []
    for path in reversed(_earlier_files(key_dir)):
        with suppress(StoreError):
            found.append(load_public_key(path))
    return found


def give_up_successor(key_dir: Path) -> None:
    """Forget a prepared key that the log does not name."""
    (key_dir / _NEXT_NAME).unlink(missing_ok=True)


def refuse_unsafe(key_dir: Path, *, data_dir: Path) -> None:
    """Make `key_dir` where it is not there; refuse it where a key would not be safe.

    Raises:
        StoreError: it lies inside `data_dir`, is a link, belongs to somebody else, is open to others, or cannot be
            made.
    """
    if key_dir.resolve().is_relative_to(data_dir.resolve()):
        raise StoreError(
            f"The keys would lie in {key_dir}, inside the data they protect: set key_dir to a folder outside them."
        )
    try:
        key_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = key_dir.lstat()
    except OSError as error:
        raise StoreError(
            f"The folder of the keys, {key_dir}, cannot be made ({error.strerror}): set key_dir."
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise StoreError(
            f"{key_dir} should be a folder of yours, closed to everybody else, no link: chmod 700 it or set key_dir."
        )


def _earlier_files(key_dir: Path) -> list[Path]:
    numbered = [(match, path) for path in key_dir.glob("signing-*.pub") if (match := _EARLIER.fullmatch(path.name))]
    return [path for _, path in sorted((int(match[1]), path) for match, path in numbered)]


def _keep_public(key_dir: Path, key: PublicKey) -> None:
    if key in earlier_keys(key_dir):
        return
    last = 0
    for path in _earlier_files(key_dir):
        last = int(path.stem.removeprefix("signing-"))
    _write_new(key_dir / f"signing-{last + 1}.pub", key.line, mode=0o644)


def _write_pair(key_dir: Path, private_name: str, name: str) -> PublicKey:
    private = Ed25519PrivateKey.generate()
    public = public_key_of(private, name)
    _write_new(key_dir / private_name, private_key_line(private, name), mode=0o600)
    if private_name == PRIVATE_NAME:
        _write_new(key_dir / PUBLIC_NAME, public.line, mode=0o644)
    return public


def _write_new(path: Path, line: str, *, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, mode)
            file.write(f"{line}\n")
            file.flush()
            os.fsync(descriptor)
    except FileExistsError as error:
        if path.name == _NEXT_NAME:
            raise StoreError(
                "Somebody else is changing the key at this moment: wait, and see what it is then."
            ) from error
        raise StoreError(
            f"{path} is there already and is never overwritten: keep it, or set another key_dir."
        ) from error
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): set key_dir to a folder of yours.") from error


def _read_private(path: Path) -> SigningKey:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(
            f"The signing key {path} cannot be read ({error.strerror}): it should be a file of yours, and no link; let "
            f"the account that holds {PRIVATE_NAME} sign, or bring it back from the copy of key_dir kept elsewhere."
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise StoreError(
                f"The signing key {path} could be read by others than you: take it for stolen, make a new one, and say "
                "so to whoever holds checkpoints."
            )
        content = file.read()
    try:
        private, name = read_private_key(content.decode())
    except (BadInput, UnicodeDecodeError) as error:
        raise StoreError(f"{path} holds no signing key: put the key of this store back.") from error
    return SigningKey(public=public_key_of(private, name), private=private)
