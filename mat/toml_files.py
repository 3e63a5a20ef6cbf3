"""Configuration in TOML: a file of the user's own in place of the shipped one, or one sentence about why not."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from mat.errors import SettingsError


def read_toml(path: Path | None, *, shipped: str, what: str) -> tuple[str, dict[str, object]]:
    """The name to call the file by, and its content; None reads `mat/config/SHIPPED`.

    `what` says what the file should hold ("an RFGV points table"), for the sentence about one that cannot be read.

    Raises:
        SettingsError: the file cannot be read, or is not TOML in UTF-8.
    """
    source = files("mat").joinpath("config", shipped) if path is None else path
    name = shipped if path is None else str(path)
    try:
        return name, tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{name} cannot be read ({error.strerror}): name {what} in TOML.") from error
    except (ValueError, RecursionError) as error:  # tomllib also gives up on huge numbers and deep nesting
        raise SettingsError(f"{name} is not TOML in UTF-8 ({error}): mend it, or begin again from a copy.") from error
