from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from app.console import Lines, StepTimer, progress


def test_each_step_is_a_plain_line() -> None:
    stream = io.StringIO()
    lines = Lines(stream)

    lines.step("Reading persons")
    lines.step("Scoring")

    assert stream.getvalue() == "Reading persons ...\nScoring ...\n"


def test_away_from_a_terminal_steps_are_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(expected_steps=1) as listener:
        listener.step("Scoring")

    captured = capsys.readouterr()
    assert captured.err == "Scoring ...\n"
    assert captured.out == ""


def test_on_a_terminal_there_is_a_bar_and_no_lines() -> None:
    script = (
        "from app.console import progress\nwith progress(expected_steps=2) as p:\n p.step('First'); p.step('Second')"
    )
    ours, theirs = pty.openpty()

    finished = subprocess.run(
        [sys.executable, "-c", script],
        stderr=theirs,
        stdout=subprocess.PIPE,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    seen = os.read(ours, 100_000).decode()
    os.close(ours)

    assert finished.returncode == 0
    assert "Second" in seen
    assert "Second ..." not in seen
    assert finished.stdout == b""


def test_the_timer_keeps_the_seconds_of_each_step_and_passes_steps_on() -> None:
    stream = io.StringIO()
    timer = StepTimer(Lines(stream))

    timer.step("One")
    timer.step("Two")
    timer.end()
    timer.end()

    assert list(timer.seconds) == ["One", "Two"]
    assert all(seconds >= 0 for seconds in timer.seconds.values())
    assert stream.getvalue() == "One ...\nTwo ...\n"
