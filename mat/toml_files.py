"""Configuration in TOML: a file of the user's own in place of the shipped one, or one sentence about why not."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from mat.errors import SettingsError

#: No configuration is nested so deep; what is would stop whoever walks or prints it.
_DEEPEST = 50


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
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        inside = [value for each in level for value in (each.values() if isinstance(each, dict) else each)]
        level = [value for value in inside if isinstance(value, dict | list)]
        if not level:
            return document
    raise ValueError("it is nested too deeply")
