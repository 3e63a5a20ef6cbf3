"""Configuration in TOML: a file of the user's own in place of the shipped one, or one sentence about why not."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast

from mat.errors import SettingsError

#: No configuration is nested so deep; what is would stop whoever walks or prints it.
_DEEPEST = 50

Word = TypeVar("Word", bound=StrEnum)


def read_toml(path: Path | None, *, shipped: str, what: str) -> tuple[str, dict[str, object]]:
    """The name to call the file by, and its content; None reads `mat/config/SHIPPED`.

    `what` says what the file should hold ("an RFGV points table"), for the sentence about one that cannot be read.

    Raises:
        SettingsError: the file cannot be read, or is not TOML in UTF-8.
    """
    source = files("mat").joinpath("config", shipped) if path is None else path
    name = shipped if path is None else str(path)
    try:
        return name, parse_toml(source.read_bytes())
    except OSError as error:
        raise SettingsError(f"{name} cannot be read ({error.strerror}): name {what} in TOML.") from error
    except ValueError as error:
        raise SettingsError(f"{name} is not TOML in UTF-8 ({error}): mend it, or begin again from a copy.") from error


def parse_toml(content: bytes) -> dict[str, Any]:
    """What a TOML file holds.

    Raises:
        ValueError: it is not TOML in UTF-8, or is nested deeper than any configuration.
    """
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    level: list[object] = [document]
    for _ in range(_DEEPEST):
        level = [value for each in level for value in _inside(each)]
        if not level:
            return document
    raise ValueError("it is nested too deeply")


def _inside(entry: object) -> Iterable[object]:
    if isinstance(entry, dict):
        return cast("dict[str, object]", entry).values()
    return cast("list[object]", entry) if isinstance(entry, list) else ()


def keys_of(entry: object, wanted: Collection[str], where: str) -> Mapping[str, object]:
    """A table of a configuration that has exactly the keys it should.

    Raises:
        SettingsError: it is no table, lacks a key, or has one too many.
    """
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} should be a table with {', '.join(wanted)}.")
    found = cast("dict[str, object]", entry)
    if lacking := [key for key in wanted if key not in found]:
        raise SettingsError(f"{where} lacks {lacking[0]}: take the shipped file and change what it says, not its keys.")
    if unknown := [key for key in found if key not in wanted]:
        raise SettingsError(f"{where}: '{unknown[0]}' is not a setting; expected {', '.join(wanted)}.")
    return found


def entries_of(entry: object, where: str) -> Sequence[object]:
    """The entries of an array of tables, at least one.

    Raises:
        SettingsError: there are none.
    """
    if not isinstance(entry, list) or not entry:
        raise SettingsError(f"{where} should be given at least once: begin from a copy of the shipped file.")
    return cast("list[object]", entry)


def whole_number(table: Mapping[str, object], key: str, where: str, *, least: int, most: int) -> int:
    """A whole number between two bounds, both allowed.

    Raises:
        SettingsError: it is something else.
    """
    found = table[key]
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        raise SettingsError(f"{where}: {key} should be a whole number from {least} to {most}, not {found!r}.")
    return found


def written(table: Mapping[str, object], key: str, where: str) -> str:
    """Words that are not empty.

    Raises:
        SettingsError: it is something else.
    """
    found = table[key]
    if not isinstance(found, str) or not found.strip():
        raise SettingsError(f"{where}: {key} should be words, not {found!r}.")
    return found


def yes_or_no(table: Mapping[str, object], key: str, where: str) -> bool:
    """True or false.

    Raises:
        SettingsError: it is something else.
    """
    found = table[key]
    if not isinstance(found, bool):
        raise SettingsError(f"{where}: {key} should be true or false, not {found!r}.")
    return found


def one_word_of(words: type[Word], found: object, where: str) -> Word:
    """A word of a closed list.

    Raises:
        SettingsError: it is none of them.
    """
    try:
        return words(str(found))
    except ValueError:
        raise SettingsError(f"{where} should be one of {', '.join(words)}, not {found!r}.") from None
