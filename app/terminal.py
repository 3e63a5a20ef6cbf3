"""The progress bar of a terminal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class _Bar:
    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task
        self._done = 0

    def step(self, label: str) -> None:
        self._bars.update(self._task, description=label, completed=self._done)
        self._done += 1


@contextmanager
def bar(expected_steps: int) -> Generator[_Bar]:
    """A bar on stderr that names the step under way and disappears at the end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars, bars.add_task("Starting", total=expected_steps))
