"""Measure the figures named, or all: `python -m experiments.benchmarks [NAMES] [--out FILE.json] [--keep DIR]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from experiments.benchmarks.figures import FIGURES
from experiments.benchmarks.machine import this_machine
from experiments.benchmarks.records import CannotMeasureError, Records
from experiments.benchmarks.report import as_json, as_markdown, show
from experiments.benchmarks.results import Figure, unmeasured


def main(arguments: Sequence[str]) -> int:
    """Measure and report; returns 0, or 1 where something could not be measured."""
    given = _parser().parse_args(arguments)
    unknown = set(given.names) - FIGURES.keys()
    if unknown:
        print(f"There is no figure {min(unknown)!r}: choose from {', '.join(FIGURES)}.", file=sys.stderr)
        return 2
    machine = this_machine()
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mat-benchmarks-")))
        folder.mkdir(parents=True, exist_ok=True)
        records = Records(folder=folder, minutes=given.minutes)
        figures = [_measure(name, records) for name in FIGURES if name in (given.names or FIGURES)]
    if given.markdown:
        print(as_markdown(machine, figures))
    else:
        show(machine, figures, Console())
    if given.out:
        given.out.write_text(as_json(machine, figures), encoding="utf-8")
    return 0 if all(measured.is_measured for figure in figures for measured in figure.measurements) else 1


def _measure(name: str, records: Records) -> Figure:
    print(f"Measuring {name} ...", file=sys.stderr, flush=True)
    try:
        return FIGURES[name](records)
    except CannotMeasureError as error:
        return Figure(name=name, title=name, target="", measurements=(unmeasured(name, str(error)),))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m experiments.benchmarks",
        description="Measure the speed figures beside floors and alternatives; nothing fails for being slow.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(FIGURES)}; all where none is named"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="also write the results as JSON")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="make the records here, use those already here, keep them"
    )
    parser.add_argument(
        "--minutes", type=float, default=5.0, metavar="NUMBER", help="how long people click at the board (default: 5)"
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown in place of tables")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
