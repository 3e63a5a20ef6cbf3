"""What a person at the keyboard sees of long work: a bar on a terminal, plain lines elsewhere; always on stderr.

Results go to stdout, everything else to stderr, so that output can be piped and kept.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from mat.progress import Progress

LOG = logging.getLogger("mat")


class StepTimer:
    """Passes steps on and keeps the seconds each took; a step ends where the next begins."""

    def __init__(self, listener: Progress) -> None:
        self._listener = listener
        self._label: str | None = None
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    def step(self, label: str) -> None:
        """End the step under way and begin the next."""
        self.end()
        self._label, self._began = label, time.monotonic()
        LOG.info(label)
        self._listener.step(label)

    def end(self) -> None:
        """End the step under way, if any."""
        if self._label is not None:
            taken = time.monotonic() - self._began
            self.seconds[self._label] = round(self.seconds.get(self._label, 0.0) + taken, 3)
        self._label = None


class Lines:
    """One plain line per step."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def step(self, label: str) -> None:
        """Print the step's label."""
        print(f"{label} ...", file=self._stream, flush=True)


@contextmanager
def progress(*, expected_steps: int) -> Generator[Progress]:
    """A listener for long work: a bar where stderr is a terminal, else one line per step.

    `expected_steps` scales the bar; more or fewer steps do no harm.
    """
    if not sys.stderr.isatty():
        yield Lines(sys.stderr)
        return
    from app.terminal import bar  # noqa: PLC0415 - rich is slow to import, and only a terminal needs it

    with bar(expected_steps) as listener:
        yield listener
