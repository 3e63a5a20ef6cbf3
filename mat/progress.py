"""Long work says what it is doing; who listens (a bar on a terminal, plain lines elsewhere) is the caller's choice."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each step of long work, in order."""

    def step(self, label: str) -> None:
        """Say that the step called `label` (a few words, sentence case) begins now."""


class Silent:
    """A listener that does nothing."""

    def step(self, label: str) -> None:
        """Ignore the step."""


SILENT: Progress = Silent()
