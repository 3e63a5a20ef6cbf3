"""Reading JSON that somebody may have edited: whatever is wrong with it is one sentence, never a traceback.

Files are read, never executed; links, devices and files beyond `MOST_BYTES` are not followed.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn, cast

from mat.errors import ArtefactError
from models.trained import Json

#: No file written by mat comes near this size.
MOST_BYTES = 64_000_000

#: No whole number written by mat is further from 0.
_LARGEST = 2**64


def canonical(value: Json) -> str:
    """The one way of writing a value that hashes are taken of: sorted keys, no spaces, ASCII.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def readable(value: Json) -> str:
    """The same value for people: two spaces a level, keys in the order given.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Json) -> Json:
    """Mappings as dicts and sequences as lists, all the way down."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    return value


def read_text(path: Path, mend: str) -> str:
    """The text of a regular file of at most `MOST_BYTES`; `mend` says what to do where it cannot be read.

    Raises:
        ArtefactError: not a regular file, too large, not text, or not there.
    """
    try:
        # Not blocking: opening a named pipe must not wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        what = "is a link" if path.is_symlink() else f"cannot be read ({error.strerror})"
        raise ArtefactError(f"{path} {what}: {mend}.") from error
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ArtefactError(f"{path} is not a file: {mend}.")
        if about.st_size > MOST_BYTES:
            raise ArtefactError(f"{path} is larger than any file mat writes: {mend}.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{path} is not text: {mend}.") from error
    finally:
        os.close(descriptor)


def parse_object(text: str, name: str, mend: str) -> dict[str, Json]:
    """The JSON object that is the whole of `text`; `name` says in messages where it stood.

    Raises:
        ArtefactError: not JSON, not an object, nested too deeply, or holding a number that is not finite, or a whole
            one beyond `_LARGEST`.
    """
    try:
        value: object = json.loads(text, parse_int=_whole)
        canonical(cast("Json", value))
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{name} is not JSON that mat wrote: {mend}.") from error
    if not isinstance(value, dict):
        raise ArtefactError(f"{name} is not a JSON object: {mend}.")
    return cast("dict[str, Json]", value)


def _whole(digits: str) -> int:
    number = int(digits)
    if abs(number) > _LARGEST:
        raise ValueError("larger than any whole number mat writes")
    return number


def read_object(path: Path, mend: str) -> dict[str, Json]:
    """The JSON object in a file.

    Raises:
        ArtefactError: as for `read_text` and `parse_object`.
    """
    return parse_object(read_text(path, mend), str(path), mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of a JSON object, each asked for by the type it should have; `name` and `mend` are for messages.

    Every method raises ArtefactError where the entry is missing or of another type.
    """

    values: Mapping[str, Json]
    name: str
    mend: str

    def text(self, key: str) -> str:
        """Text."""
        value = self._value(key)
        return value if isinstance(value, str) else self._refuse(key, "text")

    def text_or_none(self, key: str) -> str | None:
        """Text, or null."""
        return None if self._value(key) is None else self.text(key)

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self._value(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else self._refuse(key, "a whole number")

    def whole_or_none(self, key: str) -> int | None:
        """A whole number, or null."""
        return None if self._value(key) is None else self.whole(key)

    def number_or_none(self, key: str) -> float | None:
        """A number, or null."""
        value = self._value(key)
        if value is None:
            return None
        return (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool)
            else self._refuse(key, "a number")
        )

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._value(key)
        return value if isinstance(value, bool) else self._refuse(key, "true or false")

    def day(self, key: str) -> date:
        """A date written YYYY-MM-DD."""
        return self._as_day(key, self.text(key))

    def days(self, key: str) -> tuple[date, ...]:
        """A list of such dates."""
        return tuple(self._as_day(key, text) for text in self.texts(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self._list(key)
        texts = tuple(value for value in values if isinstance(value, str))
        return texts if len(texts) == len(values) else self._refuse(key, "a list of texts")

    def mapping(self, key: str) -> Mapping[str, Json]:
        """An object."""
        value = self._value(key)
        return value if isinstance(value, Mapping) else self._refuse(key, "an object")

    def inner(self, key: str) -> Entries:
        """An object, to be asked likewise."""
        return Entries(values=self.mapping(key), name=f"{self.name}, {key}", mend=self.mend)

    def inner_list(self, key: str) -> tuple[Entries, ...]:
        """A list of objects, to be asked likewise."""
        values = self._list(key)
        objects = [value for value in values if isinstance(value, Mapping)]
        if len(objects) != len(values):
            return self._refuse(key, "a list of objects")
        return tuple(Entries(values=value, name=f"{self.name}, {key}", mend=self.mend) for value in objects)

    def _list(self, key: str) -> Sequence[Json]:
        value = self._value(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            return self._refuse(key, "a list")
        return value

    def _as_day(self, key: str, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return self._refuse(key, "a date such as 2026-03-31")

    def _value(self, key: str) -> Json:
        if key not in self.values:
            raise ArtefactError(f"{self.name} has no {key}: {self.mend}.")
        return self.values[key]

    def _refuse(self, key: str, expected: str) -> NoReturn:
        raise ArtefactError(f"{self.name}: {key} should be {expected}: {self.mend}.")
