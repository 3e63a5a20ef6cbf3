"""The backtest as text for a terminal: the verdict, one line per model, the detectors, and what to be wary of.

Plain characters only, and nothing in it that a terminal would act upon.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.backtest_report.making import NOT_ASSESSED
from app.backtest_report.prose import cautions, cold_start, headline, listed, reasons, why_refused
from app.backtest_report.readings import BASELINE, ORACLE, Readings
from app.backtest_report.words import (
    MINUS,
    NONE,
    SYNTHETIC,
    area,
    count,
    day,
    number_with_interval,
    percent,
    percent_with_interval,
    points_with_interval,
)
from app.wording import printable
from models.backtest_result import BacktestResult

WIDTH = 100


def summarise(result: BacktestResult) -> str:
    """The summary, lines of at most `WIDTH` characters except where a single word is longer."""
    readings = Readings(result)
    lines = [*_verdict(readings), *_models(readings), *_folds(readings), *_detectors(readings), *_cautions(readings)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _verdict(readings: Readings) -> Iterator[str]:
    if readings.result.is_synthetic:
        yield from _wrap(SYNTHETIC)
    yield from _wrap(f"VERDICT: {headline(readings)}.")
    for sentence in reasons(readings):
        yield from _wrap(sentence, indent="  ")


def _models(readings: Readings) -> Iterator[str]:
    if not readings.judged:
        return
    yield ""
    k = readings.k
    yield from _wrap(
        f"MODELS, mean of {count(len(readings.judged))} judged fold(s), [95% interval]; captured = share of recorded "
        f"harm on the first {k} names; gain over {BASELINE} in percentage points; slope of calibration: 1 is right"
    )
    wide = max(5, *(len(printable(name)) for name in readings.result.model_names))
    yield (f"  {'model':<{wide}}  {'captured at ' + k:<22}{'gain':<22}{'AUC any':>8}{'AUC serious':>13}  {'slope':<18}")
    for name in readings.by_captured():
        yield _model(readings, name, wide)
    oracle = readings.of_harm("oracle", ORACLE, capacity=k)
    if oracle:
        yield from _wrap(f"Best possible with hindsight: {percent(oracle.value)}.", indent="  ")
    for sentence in (*listed(readings), cold_start(readings)):
        yield from _wrap(sentence, indent="  ")


def _model(readings: Readings, name: str, wide: int) -> str:
    captured = percent_with_interval(readings.of_harm("captured", name, capacity=readings.k))
    gain = NONE
    if name != BASELINE:
        gain = points_with_interval(readings.of_harm("gain", name, capacity=readings.k))
    aucs = [readings.of("auc", name, label=label) for label in ("any", "serious")]
    either, serious = (area(each.value if each else None) for each in aucs)
    reading = readings.calibration("calibration_slope", name)
    slope = number_with_interval(reading) if reading else NONE
    return _plain(f"  {printable(name):<{wide}}  {captured:<22}{gain:<22}{either:>8}{serious:>13}  {slope:<18}")


def _folds(readings: Readings) -> Iterator[str]:
    refused = [fold for fold in readings.folds if fold["status"] != "judged"]
    if not refused:
        return
    yield ""
    yield "FOLDS REFUSED"
    for fold in refused:
        yield from _wrap(f"{day(fold['as_of'])}: {why_refused(fold)}", indent="  ")


def _detectors(readings: Readings) -> Iterator[str]:
    rows = readings.result.detectors.to_dicts()
    if not rows:
        return
    yield ""
    yield "DETECTORS"
    for row in rows:
        right = "as it should be" if row["is_as_it_should_be"] else "NOT AS IT SHOULD BE"
        told = "" if row["status"] == NOT_ASSESSED else f", {right}"
        planted = ", fault planted on purpose" if row["is_planted"] else ""
        yield from _wrap(f"{row['name']}{planted}: {row['status']}{told}. {row['sentence']}", indent="  ")


def _cautions(readings: Readings) -> Iterator[str]:
    said = cautions(readings)
    if said:
        yield ""
        yield "LOOK FIRST"
    for sentence in said:
        yield from _wrap(sentence, indent="  ")


def _plain(text: str) -> str:
    return text.replace(MINUS, "-").replace(NONE, "-")


def _wrap(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(
        _plain(printable(text)),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
