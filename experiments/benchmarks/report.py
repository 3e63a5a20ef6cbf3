"""Results for people (a table on the screen, or Markdown for a page) and for programs (JSON): the same numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from experiments.benchmarks.machine import Machine
from experiments.benchmarks.results import Figure, Measurement

_HEADERS = ("figure", "wall", "rounds", "processor", "peak memory", "note")


def as_json(machine: Machine, figures: Sequence[Figure]) -> str:
    """Everything that was found."""
    content = {"machine": asdict(machine), "figures": [asdict(figure) for figure in figures]}
    return json.dumps(content, indent=2) + "\n"


def show(machine: Machine, figures: Sequence[Figure], console: Console) -> None:
    """Print one table per figure."""
    console.print(machine.sentence, soft_wrap=True)
    for figure in figures:
        table = Table(title=f"{figure.title}; target: {figure.target}", title_justify="left")
        for header in _HEADERS:
            table.add_column(header)
        for measured in figure.measurements:
            table.add_row(*_cells(measured))
        console.print(table)
        for detail in figure.details:
            console.print(detail, soft_wrap=True)


def as_markdown(machine: Machine, figures: Sequence[Figure]) -> str:
    """The same tables as a page."""
    lines = [machine.sentence + ".", ""]
    for figure in figures:
        lines += [
            f"**{figure.name}**: {figure.title}; target: {figure.target}",
            "",
            f"| {' | '.join(_HEADERS)} |",
            "|---" * len(_HEADERS) + "|",
            *(f"| {' | '.join(_cells(measured))} |" for measured in figure.measurements),
            "",
            *figure.details,
            "",
        ]
    return "\n".join(lines)


def _cells(measured: Measurement) -> tuple[str, ...]:
    if measured.seconds is None or measured.processor_seconds is None or measured.peak_bytes is None:
        return (measured.what, "-", "-", "-", "-", measured.note)
    count, fastest, slowest = len(measured.rounds), min(measured.rounds), max(measured.rounds)
    rounds = "1" if count == 1 else f"{count}: {fastest:.2f}-{slowest:.2f} s"
    return (
        measured.what,
        f"{measured.seconds:.2f} s",
        rounds,
        f"{measured.processor_seconds:.2f} s",
        f"{measured.peak_bytes / 1e9:.2f} GB",
        measured.note,
    )
