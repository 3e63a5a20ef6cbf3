"""What the report says about its own making: settings, hashes, times, and the detectors that watch for faults."""

from __future__ import annotations

from app.backtest_report.readings import Readings, Row, known
from app.backtest_report.table import Cell, Line, Table, cell, line
from app.backtest_report.words import (
    MODEL_WORDS,
    NONE,
    count,
    detector_words,
    number,
    sentence_case,
)
from mat.schemas.matrix import NOT_KNOWN
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
    ordered = sorted(rows, key=lambda row: bool(row["is_planted"]))
    lines: list[Line] = []
    for before, row in zip((None, *ordered), ordered, strict=False):
        is_first = before is None or before["is_planted"] != row["is_planted"]
        lines.append(_detector_line(row, _GROUPS[bool(row["is_planted"])] if is_first else ""))
    return Table(
        name="detectors",
        caption="What each detector looks for, and what it saw",
        heads=("Detector", "Looks for", "Looked at", "Saw", "Value (limit)", "Result"),
        lines=tuple(lines),
        texts=frozenset({1, 2, 3, 5}),
        notes=(
            (
                "A detector that flags something nobody planted is a reason to stop and look. One that misses its "
                "planted fault cannot be trusted to have seen none."
            ),
        ),
    )


_GROUPS = {
    False: "On the backtest itself: nothing should be flagged",
    True: "Faults put in on purpose: every one must be flagged",
}


def _detector_line(row: Row, group: str) -> Line:
    limit = known(row["threshold"])
    value = f"{_value(row['value'])}{f' ({_value(limit)})' if limit is not None else ''}"
    return Line(
        cells=(
            cell(row["name"]),
            cell(detector_words(row["name"])),
            cell(row["subject"] or NONE),
            cell(sentence_case(row["sentence"]) if row["sentence"] else NONE),
            cell(value),
            _judgement(row),
        ),
        group=group,
    )


def _judgement(row: Row) -> Cell:
    if row["status"] == NOT_ASSESSED:
        return Cell(text=f"{NOT_ASSESSED}{', so not shown to work' if row['is_planted'] else ''}", kind="missing")
    if row["is_as_it_should_be"]:
        return Cell(text=f"{row['status']}, as it should be", kind="good")
    return Cell(text=f"{row['status']}, and should not be: look before using this", kind="bad")


def _value(value: float | None) -> str:
    value = known(value)
    return NONE if value is None else number(value, digits=3)


def settings_table(result: BacktestResult) -> Table:
    """What was chosen, as pairs."""
    pairs = (
        ("Records", result.source or NOT_KNOWN),
        ("Records are synthetic", "yes" if result.is_synthetic else "no"),
        ("Panel's K", count(result.panel_size)),
        ("Label period after the list", f"{count(result.label_days)} days"),
        ("What classifiers learn", _TARGETS.get(result.target.value, result.target.value)),
        ("Harm scale", result.scale),
        ("Definitions, version", result.definitions_version),
        (
            "Embargo",
            f"{count(result.embargo_days)} days are waited after the label period, so that late records are in it",
        ),
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
    return _pairs("models", "What each model is", pairs, ("Model", "What it is"))


def _pairs(name: str, caption: str, pairs: tuple[tuple[str, str], ...], heads: tuple[str, str]) -> Table:
    lines = tuple(line(*pair) for pair in pairs)
    return Table(name=name, caption=caption, heads=heads, lines=lines, texts=frozenset({1}))
