"""How a command was asked to answer: with which settings, and for people or for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """`config`: the settings file that was named; None = the usual one."""

    config: Path | None
    as_json: bool
