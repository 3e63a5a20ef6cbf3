"""The settings of a command, read without anything a command may not need."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mat.settings import Settings, load_settings


def read_settings(config: Path | None) -> Settings:
    """The settings of this process; what was not understood of the environment is said on stderr.

    Raises:
        SettingsError: see `load_settings`.
    """
    settings = load_settings(config, os.environ)
    for warning in settings.warnings:
        print(f"mat: {warning}", file=sys.stderr)
    return settings
