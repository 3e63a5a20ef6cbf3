"""What the report says about its own making: settings, hashes, times, and the detectors that watch for faults."""

from __future__ import annotations

from app.backtest_report.readings import Readings, Row, known
from app.backtest_report.table import Cell, Line, Table, cell, line
from app.backtest_report.words import (
    MODEL_WORDS,
    NONE,
    NOT_KNOWN,
    count,
    detector_words,
    number,
    period,
    sentence_case,
)
from models.backtest_result import BacktestResult

NOT_ASSESSED = "not assessed"
_TARGETS = {
    "any": "any: at least one new domestic abuse record as suspect",
    "serious": "serious: at least one new domestic abuse crime of high risk or high harm",
}


def detectors_table(readings: Readings) -> Table | None:
    """One row per detector and subject; faults put in on purpose are marked."""
    rows = readings.result.detectors.to_dicts()
    if not rows:
        return None
    return Table(
        name="detectors",
        caption="Detectors: what each looks for and what it saw",
        heads=("Detector", "Looked at", "Looks for", "Saw", "Value", "Limit", "Result", "As it should be"),
        lines=tuple(_detector_line(row) for row in rows),
        texts=frozenset({1, 2, 3, 6, 7}),
        notes=(
            "A planted fault is put in on purpose: the detector works if it flags it. A detector that flags something "
            "nobody planted is a reason to stop and look.",
        ),
    )


def _detector_line(row: Row) -> Line:
    planted = " (fault planted on purpose)" if row["is_planted"] else ""
    right = row["is_as_it_should_be"]
    if row["status"] == NOT_ASSESSED:
        verdict = Cell(text="not shown to work" if row["is_planted"] else NOT_ASSESSED, kind="missing")
    else:
        verdict = Cell(text="yes" if right else "NO: look before using this", kind="good" if right else "bad")
    return Line(
        cells=(
            cell(f"{row['name']}{planted}"),
            cell(row["subject"] or NONE),
            cell(detector_words(row["name"])),
            cell(sentence_case(row["sentence"]) if row["sentence"] else NONE),
            cell(_value(row["value"])),
            cell(_value(row["threshold"])),
            cell(row["status"]),
            verdict,
        )
    )


def _value(value: float | None) -> str:
    value = known(value)
    return NONE if value is None else number(value, digits=3)


def settings_table(result: BacktestResult) -> Table:
    """What was chosen, as pairs."""
    pairs = (
        ("Records", result.source or NOT_KNOWN),
        ("Records are synthetic", "yes" if result.is_synthetic else "no"),
        ("Panel's K", count(result.panel_size)),
        ("Label period after the list", period(result.label_days)),
        ("What classifiers learn", _TARGETS.get(result.target.value, result.target.value)),
        ("Harm scale", result.scale),
        ("Definitions, version", result.definitions_version),
        ("Embargo", f"{count(result.embargo_days)} days (95% of records were entered within so many days)"),
        ("Models", ", ".join(result.model_names)),
    )
    return _pairs("settings", "What was chosen", pairs, ("Setting", "Value"))


def hashes_table(result: BacktestResult) -> Table | None:
    """The hashes of what went in, so that the same figures can be made again."""
    if not result.hashes:
        return None
    return _pairs(
        "hashes", "Fingerprints of what went in (SHA-256)", tuple(result.hashes.items()), ("Of", "Fingerprint")
    )


def seconds_table(result: BacktestResult) -> Table | None:
    """How long each step took."""
    if not result.seconds:
        return None
    pairs = tuple((step, number(seconds, digits=1)) for step, seconds in result.seconds.items())
    return Table(
        name="seconds",
        caption="How long it took",
        heads=("Step", "Seconds"),
        lines=tuple(line(*pair) for pair in pairs),
    )


def models_table(result: BacktestResult) -> Table:
    """What each model is, in a sentence."""
    pairs = tuple((name, MODEL_WORDS.get(name, "No description in this report.")) for name in result.model_names)
    return _pairs("models", "The models compared", pairs, ("Model", "What it is"))


def _pairs(name: str, caption: str, pairs: tuple[tuple[str, str], ...], heads: tuple[str, str]) -> Table:
    lines = tuple(line(*pair) for pair in pairs)
    return Table(name=name, caption=caption, heads=heads, lines=lines, texts=frozenset({1}))
