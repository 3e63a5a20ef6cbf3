"""What goes beside the page: the summary on the terminal, the JSON, and pictures in colours that can be told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import matplotlib
import polars as pl
import pytest

from app.backtest_report import figures, render_html, report_json, summarise
from app.backtest_report.figures import pictures
from app.backtest_report.palette import ALL_INKS, PAPER, inks
from models.backtest_result import TABLES, BacktestResult
from tests.app.backtest_tables import MODELS, result

pytestmark = pytest.mark.slow

_HOSTILE = '<script>alert(1)</script> & "quoted" $\\frac{1}$'


@pytest.fixture(scope="module")
def whole() -> BacktestResult:
    return result()


@pytest.fixture(scope="module")
def html(whole: BacktestResult) -> str:
    return render_html(whole)


@pytest.fixture(scope="module")
def drawn(whole: BacktestResult) -> Mapping[str, bytes]:
    return figures(whole)


def test_the_summary_fits_a_terminal_and_cannot_steer_it(whole: BacktestResult) -> None:
    steering = replace(whole, warnings=("\x1b[2Jgone\r\n", *whole.warnings))

    said = summarise(steering)

    assert max(len(line) for line in said.splitlines()) <= 100
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    assert re.search(
        r"^  scorecard +14\.1% \(11\.6 to 16\.6\) +\+3\.4 \(\+1\.4 to \+5\.4\) +0\.717 +0\.716 +0\.98",
        said,
        re.MULTILINE,
    )


def test_json_holds_every_row_of_every_table_and_no_not_a_number(whole: BacktestResult) -> None:
    gap = whole.metrics.with_columns(high=pl.when(pl.col("model") == "ebm").then(float("nan")).otherwise("high"))

    written: dict[str, Any] = json.loads(json.dumps(report_json(replace(whole, metrics=gap)), allow_nan=False))

    assert {name: len(written[name]) for name in TABLES} == {name: getattr(whole, name).height for name in TABLES}
    assert {row["high"] for row in written["metrics"] if row["model"] == "ebm"} == {None}
    assert written["metrics"][0]["value"] == whole.metrics["value"][0]
    assert written["verdict"]["champion"] == "scorecard"
    assert written["folds"][0]["as_of"] == "2022-01-01"


def test_figures_are_png_by_name(drawn: Mapping[str, bytes]) -> None:
    assert list(drawn) == [
        "captured",
        "gain",
        "folds",
        "base-rates",
        "listed",
        "auc",
        "calibration",
        "unseen",
        "equality",
        "ablation",
    ]
    assert all(picture.startswith(b"\x89PNG") for picture in drawn.values())


def test_a_picture_taken_off_the_page_still_says_that_nobody_in_it_exists(whole: BacktestResult) -> None:
    real = figures(replace(whole, is_synthetic=False))

    synthetic = figures(replace(whole, is_synthetic=True))

    assert real.keys() == synthetic.keys()
    assert [name for name in real if real[name] == synthetic[name]] == []


def test_drawing_leaves_matplotlib_as_it_was(whole: BacktestResult) -> None:
    before = dict(matplotlib.rcParams)

    pictures(whole)

    assert dict(matplotlib.rcParams) == before


def test_colours_in_figures_are_those_of_the_style_sheet(html: str) -> None:
    body = html[html.index("</style>") :]

    assert set(re.findall(r"var\((--[\w-]+)\)", body)) <= {ink.variable for ink in ALL_INKS}
    assert re.findall(r"(?:fill|stroke): #", body) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_stands_out_from_the_page(theme: str) -> None:
    paper = getattr(PAPER, theme)
    contrasts = {ink.variable: _contrast(getattr(ink, theme), paper) for ink in ALL_INKS}

    text = {name: contrasts.pop(name) for name in ("--text", "--muted")}
    for lines_only in ("--rule", "--paper"):
        contrasts.pop(lines_only)

    assert min(text.values()) >= 4.5
    assert min(contrasts.values()) >= 3


def test_models_differ_in_colour_and_in_marker() -> None:
    chosen = inks((*MODELS, "a new one", "another")).values()

    assert len({ink.light for ink in chosen}) == len({ink.marker for ink in chosen}) == len(MODELS) + 2


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
