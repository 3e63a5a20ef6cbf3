"""What is measured is what happened: bounds stop a process, failures give no times, results are told the same way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from experiments.benchmarks.__main__ import main
from experiments.benchmarks.children import Bounds, Spent, run
from experiments.benchmarks.figures import FIGURES
from experiments.benchmarks.machine import this_machine
from experiments.benchmarks.records import Records
from experiments.benchmarks.report import as_json, as_markdown
from experiments.benchmarks.results import Figure, summarise, unmeasured

WIDE = Bounds(seconds=60, memory_bytes=10**12)


def python(code: str, bounds: Bounds = WIDE) -> Spent:
    return run([sys.executable, "-c", code], bounds)


def spent(seconds: float, *, failure: str | None = None) -> Spent:
    return Spent(seconds=seconds, processor_seconds=seconds / 2, peak_bytes=int(seconds), output="", failure=failure)


def test_a_process_is_charged_with_its_time_and_memory() -> None:
    found = python("import time; block = b'x' * 10**8; time.sleep(0.3); print('done')")

    assert found.failure is None
    assert found.output == "done\n"
    assert found.seconds >= 0.3
    assert found.peak_bytes > 10**8


@pytest.mark.parametrize(
    ("code", "bounds", "failure"),
    [
        ("import time; time.sleep(60)", Bounds(seconds=0.3, memory_bytes=10**12), "ran out of time: stopped after 0 s"),
        ("import sys; sys.exit('no such file')", WIDE, "ended with code 1: no such file"),
        ("import os; os._exit(3)", WIDE, "ended with code 3: it said nothing"),
        pytest.param(
            "import time; block = b'x' * 10**9; time.sleep(60)",
            Bounds(seconds=60, memory_bytes=2 * 10**8),
            "ran out of memory: stopped at 0.2 GB",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded through /proc"),
        ),
    ],
)
def test_a_process_that_does_not_end_well_says_why(code: str, bounds: Bounds, failure: str) -> None:
    found = python(code, bounds)

    assert found.failure == failure


def test_a_figure_is_the_median_of_its_rounds_and_the_largest_memory() -> None:
    measured = summarise("work", [spent(5.0), spent(1.0), spent(2.0)])

    assert (measured.seconds, measured.processor_seconds, measured.peak_bytes) == (2.0, 1.0, 5)
    assert measured.rounds == (5.0, 1.0, 2.0)


def test_one_failed_round_leaves_no_figure() -> None:
    measured = summarise("work", [spent(5.0), spent(1.0, failure="ran out of memory")])

    assert measured == unmeasured("work", "ran out of memory")
    assert not measured.is_measured


def test_the_page_and_the_json_say_the_same() -> None:
    measured = summarise("mat --help", [spent(0.25), spent(0.25), spent(1)])
    figure = Figure(
        name="help",
        title="The help text",
        target="under 0.5 s",
        measurements=(measured, unmeasured("other", "ran out of time")),
    )
    machine = this_machine()

    page, content = as_markdown(machine, [figure]), json.loads(as_json(machine, [figure]))

    assert "| mat --help | 0.25 s | 3: 0.25-1.00 s | 0.12 s | 0.00 GB |  |" in page
    assert "| other | - | - | - | - | ran out of time |" in page
    assert content["figures"][0]["measurements"][0]["seconds"] == 0.25
    assert content["figures"][0]["measurements"][1]["seconds"] is None
    assert content["machine"]["cores"] >= 1


def test_the_help_figure_is_measured_beside_its_floors(tmp_path: Path) -> None:
    figure = FIGURES["help"](Records(folder=tmp_path))

    assert [measured.is_measured for measured in figure.measurements] == [True] * 3
    assert [len(measured.rounds) for measured in figure.measurements] == [7] * 3


def test_an_unknown_figure_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["features_forse"])

    assert code == 2
    assert "no figure 'features_forse'" in capsys.readouterr().err
