"""Tables about groups, of people and of features, and about how far lists agree with one another."""

from __future__ import annotations

from app.backtest_report.readings import BASELINE, Reading, Readings, Row, known
from app.backtest_report.table import Cell, Line, Table, cell
from app.backtest_report.words import (
    NONE,
    attribute_words,
    count,
    group_words,
    percent,
    points_with_interval,
    sentence_case,
)

_WITHHELD = "withheld"
_RATES = ("selection_rate", "fpr", "fnr", "precision", "observed")


def stability_table(readings: Readings) -> Table | None:
    """Names shared with the list made another way, at the panel's K: one row per comparison, one column per model."""
    rows = readings.result.stability.to_dicts()
    capacities = sorted({row["capacity"] for row in rows})
    if not capacities:
        return None
    size = readings.result.panel_size if readings.result.panel_size in capacities else capacities[0]
    at_k = [row for row in rows if row["capacity"] == size]
    models = [name for name in readings.by_captured() if any(row["model"] == name for row in at_k)]
    comparisons = list(dict.fromkeys(row["comparison"] for row in at_k))
    found = {(row["comparison"], row["model"]): row for row in at_k}
    lines = [
        Line(cells=(cell(each), *(_shared(found.get((each, name)), size) for name in models))) for each in comparisons
    ]
    others = [str(each) for each in capacities if each != size]
    note = (f"Lists of {', '.join(others)} names: in report.json.",) if others else ()
    return Table(
        name="stability",
        caption=f"How many of the first {size} names stay when one choice is made differently",
        heads=("What was done differently", *models),
        lines=tuple(lines),
        notes=(f"{NONE} = this comparison is not made for this model.", *note),
    )


def _shared(row: Row | None, size: int) -> Cell:
    if row is None:
        return Cell(text=NONE, kind="missing")
    return cell(f"{count(row['shared'])} of {size} ({percent(known(row['share']), digits=0)})")


def equality_tables(readings: Readings) -> list[Table]:
    """The equality table at the panel's K of the champion and, beside it, of rfgv and the candidate."""
    wanted = dict.fromkeys(name for name in (readings.champion, readings.candidate, BASELINE) if name)
    return [
        _equality_table(readings, name, place, rows)
        for place, name in enumerate(wanted)
        if (rows := readings.equality(name))
    ]


def _equality_table(readings: Readings, model: str, place: int, rows: list[Row]) -> Table:
    lines: list[Line] = []
    for before, row in zip((None, *rows), rows, strict=False):
        is_first = before is None or before["attribute"] != row["attribute"]
        lines.append(_group_line(row, attribute_words(row["attribute"]).capitalize() if is_first else ""))
    record = readings.record
    return Table(
        name=f"equality-{place}",
        caption=f"Who is listed and who is missed: {model}, first {readings.equality_size} names of each list",
        heads=(
            "Group",
            "People",
            "Times listed",
            "Listed, of all (selection rate)",
            f"Listed, of those with no {record} (FPR)",
            f"Not listed, of those with a {record} (FNR)",
            f"{sentence_case(record)}, of those listed (precision)",
            f"{sentence_case(record)}: observed",
            f"{sentence_case(record)}: expected",
        ),
        lines=tuple(lines),
        notes=(
            (
                "In brackets: 95% interval (Wilson). All judged folds together; a person counts once "
                "under People and once per fold in the rates."
            ),
            (
                f"{NONE} = cannot be assessed: too few people in what the rate is a share of, or it would tell a rate "
                f"that rests on too few (report.json has each reason). Expected is {NONE} where the model gives no "
                "chance."
            ),
            (
                f"{_WITHHELD.capitalize()} = fewer than 10 people, or the next smallest group, from whose figures "
                "theirs would follow. That nothing is shown is no sign that a group is treated like the others."
            ),
        ),
    )


def _group_line(row: Row, group: str) -> Line:
    name = group_words(row["group"])
    if not row["is_assessed"]:
        gaps = (Cell(text=NONE, kind="missing"),) * (len(_RATES) + 2)
        head = (Cell(text=name, note=row["note"] or ""), Cell(text=_WITHHELD, kind="missing"))
        return Line(cells=(*head, *gaps), group=group)
    rates = tuple(_rate(row, name) for name in _RATES)
    expected = known(row["expected"])
    last = Cell(text=NONE, kind="missing") if expected is None else cell(percent(expected))
    counts = (cell(count(row[column])) for column in ("n", "selected"))
    return Line(cells=(cell(name), *counts, *rates, last), group=group)


def _rate(row: Row, name: str) -> Cell:
    value, low, high = (known(row.get(column)) for column in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return Cell(text=NONE, kind="missing")
    if low is None or high is None:
        return cell(percent(value))
    return cell(f"{percent(value)} ({percent(low).removesuffix('%')} to {percent(high).removesuffix('%')})")


def ablation_table(readings: Readings) -> Table | None:
    """What changes when a family of features is left out: in harm captured at the panel's K, and in AUC."""
    found = {
        (row["model"], row["left_out"], metric): Reading(
            value=row["change"], low=known(row["low"]), high=known(row["high"]), n=None
        )
        for metric in ("captured", "auc")
        for row in readings.ablation(metric)
        if known(row["change"]) is not None
    }
    if not found:
        return None
    pairs = list(dict.fromkeys((model, family) for model, family, _ in found))
    lines: list[Line] = []
    for place, (model, family) in enumerate(pairs):
        is_first = place == 0 or pairs[place - 1][0] != model
        changes = [points_with_interval(found.get((model, family, metric))) for metric in ("captured", "auc")]
        lines.append(Line(cells=tuple(cell(text) for text in (family, *changes)), group=model if is_first else ""))
    return Table(
        name="ablation",
        caption="Change when a family of features is left out, in percentage points",
        heads=("Family left out", f"Harm captured at {readings.k} names", "AUC"),
        lines=tuple(lines),
        notes=("In brackets: 95% interval. Below zero: the model needs the family.",),
    )
