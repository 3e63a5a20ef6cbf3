"""Tables about folds: which were judged, which were refused and why, what was learnt from, and time in custody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.backtest_report.palette import Ink
from app.backtest_report.prose import why_refused
from app.backtest_report.readings import Readings, Row
from app.backtest_report.table import Table, line, model_line
from app.backtest_report.words import NONE, count, day, number, percent, percent_with_interval


def folds_table(readings: Readings) -> Table | None:
    """One row per judged fold."""
    if not readings.judged:
        return None
    lines = [
        line(
            day(fold["as_of"]),
            day(fold["label_until"] - timedelta(days=1)) if fold["label_until"] else day(None),
            day(fold["known_by"]),
            count(fold["people"]),
            _of(fold["any"], fold["people"]),
            _of(fold["serious"], fold["people"]),
            number(fold["harm"], digits=0),
            _learnt_from(fold),
        )
        for fold in readings.judged
    ]
    return Table(
        name="judged-folds",
        caption="Folds that were judged",
        heads=(
            "List as of",
            "Label year to the end of",
            "Read as known by",
            "People who could be listed",
            "With a new record",
            "With a new serious record",
            "Harm points",
            "Models learnt from",
        ),
        lines=tuple(lines),
        texts=frozenset({7}),
    )


def _of(part: int | None, whole: int | None) -> str:
    if part is None or not whole:
        return count(part)
    return f"{count(part)} ({percent(part / whole)})"


def _learnt_from(fold: Row) -> str:
    if fold["trained_from"] is None or fold["trained_to"] is None:
        return f"{NONE} (nothing is learnt by these models)"
    return (
        f"{count(fold['training_periods'])} lists from {day(fold['trained_from'])} to {day(fold['trained_to'])}, "
        f"{count(fold['training_people'])} people"
    )


def refused_table(readings: Readings) -> Table | None:
    """One row per refused fold, with its reason."""
    refused = [fold for fold in readings.folds if fold["status"] != "judged"]
    if not refused:
        return None
    lines = [line(day(fold["as_of"]), why_refused(fold)) for fold in refused]
    return Table(
        name="refused-folds",
        caption="Folds that were refused",
        heads=("List as of", "Why it was refused"),
        lines=tuple(lines),
        texts=frozenset({1}),
    )


def captured_by_fold_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """Harm captured at the panel's K: one row per model, one column per judged fold."""
    if not readings.judged:
        return None
    days = [fold["as_of"] for fold in readings.judged]
    lines = [
        model_line(
            name,
            colours,
            *(
                percent_with_interval(readings.of_harm("captured", name, capacity=readings.k, as_of=as_of))
                for as_of in days
            ),
        )
        for name in readings.by_captured()
    ]
    return Table(
        name="captured-by-fold",
        caption=f"Harm captured at {readings.k} names, fold by fold",
        heads=("Model", *(day(as_of) for as_of in days)),
        lines=tuple(lines),
        notes=("In brackets: 95% interval.",),
    )


def custody_table(readings: Readings) -> Table | None:
    """Time at risk in the label year, fold by fold."""
    if not readings.judged:
        return None
    days = readings.result.label_days
    lines = [
        line(day(fold["as_of"]), percent(fold["custody_share"]), number(fold["mean_days_at_risk"], digits=0))
        for fold in readings.judged
    ]
    unknown = all(fold["mean_days_at_risk"] is None for fold in readings.judged)
    note = "Not known: the extract has no custody table, so a quiet year may be a year in custody."
    return Table(
        name="custody",
        caption="Time at risk after the list was made",
        heads=("List as of", "People with any custody in the label year", f"Mean days at risk, of {days}"),
        lines=tuple(lines),
        notes=(note,) if unknown else (),
    )
