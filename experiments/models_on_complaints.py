"""Every model on real people's records, beside the figures others got: `python -m experiments.models_on_complaints`.

The people are officers complained about, not suspects of domestic abuse: the machinery is tested, nothing is claimed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from app.backtesting import Finished
from experiments.complaints import (
    KNOWN,
    Years,
    ingested,
    labelled_years,
    moved,
    records_in,
    with_age,
    with_service,
    write_scales,
)
from experiments.judged import auc, comparison, figure, made, mean, method, verdict_lines
from experiments.lessons import Bench, Lesson, command, real_data
from experiments.tables import NOTHING, change, decimals, markdown, percent
from mat.errors import SettingsError
from models import detectors
from models.labelled import Labelled, Target
from models.learning import fit
from models.ordering import order_of_everyone
from models.trained import FitSettings

OWN = ("tolerance", "fitted_again", "leak_days", "leak_populations", "reference")

CAUTION = (
    "These are complaints about Chicago police officers to 2012, not domestic abuse in the United Kingdom. They test "
    "the machinery on real people's records; nothing here says how well a panel's list would do."
)
_ABOUT_THE_REFERENCE = (
    "The reference was made on the same records with ordinary tools ({file} says how). Differences over {tolerance} "
    "AUC are to be explained by experiment."
)
_ABOUT_THE_DETECTORS = (
    "The backtest's own detectors on the last fold, with the moved features in place of the honest ones, and not told "
    "that the fault is planted:"
)
_NAMES = {Target.ANY: "any complaint", Target.SERIOUS: "a severe complaint"}
_REFERENCE = {"count": "count_365d", "rfgv": "rfgv", "scorecard": "scorecard", "boosted": "boosted"}
_RECORDED, _AT_ONCE = KNOWN
_WINDOWS = {"12 months": 365, "2 years": 730, "3 years": 1095, "5 years": 1826, "all": 36_525}

_Runs = Mapping[tuple[str, Target], Finished]
_AllYears = Mapping[tuple[str, Target], Years]


def report(lesson: Lesson, bench: Bench) -> str:
    """The whole experiment as Markdown: the lists, the figures beside the reference, and what explains them."""
    extract = real_data(bench.shared, "cpd_to_2012")
    reference = read_reference(lesson)
    bench.timer.step("Reading the complaint records, once as recorded and once as known at once")
    snapshots, scales = ingested(extract, bench.folder), write_scales(extract, bench.folder)
    runs = {
        (known, target): _run(lesson, bench, snapshots[known], scales[target], known=known, target=target)
        for known in KNOWN
        for target in Target
    }
    bench.timer.step("Labelling every year")
    years = {
        (known, target): labelled_years(snapshots[known], scales[target], lesson)
        for known in KNOWN
        for target in Target
    }
    lines = ["# Models on the complaint records", "", f"**{CAUTION}**", "", lesson.question, ""]
    for target in Target:
        found = runs[_RECORDED, target]
        lines += [f"## {_NAMES[target].capitalize()}, known when recorded", ""]
        lines += [_folds_line(found), "", *comparison(found, lesson.panel_size), "", *verdict_lines(found), ""]
    lines += _beside_the_reference(lesson, reference, runs)
    bench.timer.step("Counting over other windows")
    lines += _counts(years)
    lines += _with_age(lesson, bench, reference, extract, years)
    bench.timer.step("Moving the features' window into the label year")
    lines += _leak(lesson, reference, years[_RECORDED, Target.ANY], years[_AT_ONCE, Target.ANY])
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One row of the reference: AUC of both labels and captured at 50 in per cent; None where it gives none."""

    auc: Mapping[Target, float | None]
    captured: Mapping[Target, float | None]


def read_reference(lesson: Lesson) -> dict[str, Reference]:
    """The reference figures, as shares.

    Raises:
        SettingsError: a row is missing, or is not four numbers.
    """
    rows = lesson.rows("reference", 4)
    if missing := {*_REFERENCE, "oracle", "leak"} - set(rows):
        raise SettingsError(f"{lesson.path}: experiment.reference lacks the row {min(missing)}.")
    known = {name: [None if each < 0 else each for each in row] for name, row in rows.items()}
    return {
        name: Reference(
            auc=dict(zip(Target, row[:2], strict=True)),
            captured={
                target: None if each is None else each / 100 for target, each in zip(Target, row[2:], strict=True)
            },
        )
        for name, row in known.items()
    }


def _run(lesson: Lesson, bench: Bench, snapshot: Path, scale: Path, *, known: str, target: Target) -> Finished:
    settings = lesson.with_settings(target=target)
    if known == _AT_ONCE:
        compared = tuple(name for name in settings.models if name in _REFERENCE.values())
        settings = replace(settings, models=compared, bootstrap_rounds=0)
    return made(snapshot, method(lesson, settings, str(scale)), f"{_NAMES[target]}, known {known}", bench.timer)


def _folds_line(found: Finished) -> str:
    folds = found.result.folds.filter(pl.col("status") == "judged")
    people = mean(folds["people"].to_list())
    share = mean((folds[found.result.target.value] / folds["people"]).to_list())
    return (
        f"{folds.height} folds, on average {people:,.0f} people, of whom {percent(share)} have the label; records "
        f"count as complete {found.result.embargo_days} days after the label year."
    )


def _beside_the_reference(lesson: Lesson, reference: Mapping[str, Reference], runs: _Runs) -> list[str]:
    """Every reference figure beside the two runs; differences over the tolerance are marked."""
    seats, rows = str(lesson.panel_size), list[list[str]]()
    tolerance = lesson.share("tolerance")
    for name, model in _REFERENCE.items():
        for target in Target:
            theirs = reference[name].auc[target]
            ours = [figure(runs[known, target].result.metrics, model, "auc", label=target.value).value
                    for known in KNOWN]  # fmt: skip
            gap = None if theirs is None or ours[0] is None else ours[0] - theirs
            is_large = gap is not None and abs(gap) > tolerance
            rows.append([model, target.value, *map(decimals, ours), decimals(theirs), change(gap),
                         "explained below" if is_large else ""])  # fmt: skip
    heads = ["model", "label", f"AUC known {_RECORDED}", f"AUC known {_AT_ONCE}", "reference", "difference", ""]
    captured: list[list[str]] = []
    for name, model in {**_REFERENCE, "oracle": "oracle"}.items():
        metric = "oracle" if model == "oracle" else "captured"
        for target in Target:
            ours_ = [percent(figure(runs[known, target].result.metrics, model, metric, capacity=seats).value)
                     for known in KNOWN]  # fmt: skip
            captured.append([model, target.value, *ours_, percent(reference[name].captured[target])])
    return [
        "## Beside the reference figures",
        "",
        _ABOUT_THE_REFERENCE.format(file=lesson.path.name, tolerance=decimals(tolerance)),
        "",
        *markdown(heads, rows),
        "",
        *markdown(["model", "label", f"captured at {seats}, known {_RECORDED}", f"known {_AT_ONCE}", "reference"],
                  captured),
        "",
    ]  # fmt: skip


def _counts(years: _AllYears) -> list[str]:
    rows = [
        [
            name,
            *(
                decimals(mean([auc(records_in(year, each.source, days), year.labels[target.value])
                               for year in each.judged]))
                for known in KNOWN
                for target in Target
                for each in [years[known, target]]
            ),
        ]
        for name, days in _WINDOWS.items()
    ]  # fmt: skip
    heads = ["records as suspect in", *(f"{target.value}, known {known}" for known in KNOWN for target in Target)]
    return ["## Which count? AUC of a bare count over other windows", "", *markdown(heads, rows), ""]


def _with_age(
    lesson: Lesson, bench: Bench, reference: Mapping[str, Reference], extract: Path, years: _AllYears
) -> list[str]:
    """AUC of models fitted again with age and with years of service among what they read."""
    rows: list[list[str]] = []
    for known in KNOWN:
        for name in lesson.texts("fitted_again"):
            for target in Target:
                bench.timer.step(f"Fitting {name} with age and years of service ({target.value}, known {known})")
                each = years[known, target]

                def aged(year: Labelled, source: Years = each) -> Labelled:
                    return with_age(year, source.source)

                def served(year: Labelled, source: Years = each) -> Labelled:
                    return with_service(with_age(year, source.source), extract)

                found = [_judged(name, each, target, lesson, also) for also in (_as_it_is, aged, served)]
                theirs = reference[name].auc[target] if name in reference else None
                gap = None if theirs is None else found[-1][0] - theirs
                row = [*(decimals(area) for area, _ in found), decimals(theirs), change(gap)]
                rows.append([name, target.value, known, *row, percent(found[0][1]), percent(found[-1][1])])
    heads = ["model", "label", "known", "as it is", "with age", "with age and service", "reference", "difference left",
             f"captured at {lesson.panel_size} as it is", "with both"]  # fmt: skip
    return ["## What age and years of service add: AUC, and captured", "", *markdown(heads, rows), ""]


def _as_it_is(year: Labelled) -> Labelled:
    return year


def _judged(
    name: str, years: Years, target: Target, lesson: Lesson, also: Callable[[Labelled], Labelled]
) -> tuple[float, float]:
    """AUC and captured harm at the panel's seats of a model fitted for every judged year, means over the years."""
    aucs, captured = list[float](), list[float]()
    for year in years.judged:
        ranker = fit(name, [also(each) for each in years.before(year)], FitSettings(target=target, seed=lesson.seed))
        matrix = also(year).matrix
        scores = ranker.scores(matrix)
        first = order_of_everyone(scores, matrix).head(lesson.panel_size)
        found = year.labels.filter(pl.col("person_id").is_in(first.implode()))["harm"].sum()
        aucs.append(auc(scores["score"], year.labels[target.value]))
        captured.append(float(found) / float(year.labels["harm"].sum()))
    return mean(aucs), mean(captured)


def _leak(lesson: Lesson, reference: Mapping[str, Reference], recorded: Years, at_once: Years) -> list[str]:
    """The AUC of the twelve-month count before and after the move, and what the detectors say of it."""
    days = lesson.whole("leak_days")
    rows = [
        [f"complaint in {within:,} days", known, *map(decimals, _lift(years, days, within)), ""]
        for within in lesson.wholes("leak_populations")
        for known, years in ((_RECORDED, recorded), (_AT_ONCE, at_once))
    ]
    before, after = (reference["leak"].auc[target] for target in Target)
    rows.append(["reference", "", decimals(before), decimals(after), ""])
    for row in rows:
        row[-1] = _gap(row[2], row[3])
    return [
        "## The leak test",
        "",
        f"The features' window moved {days} days into the label year: AUC of records in 12 months, any complaint.",
        "",
        *markdown(["people with a", "known", "as of the date", "moved", "lift"], rows),
        "",
        _ABOUT_THE_DETECTORS,
        "",
        *_what_the_detectors_say(lesson, recorded, days),
        "",
    ]


def _gap(before: str, after: str) -> str:
    return NOTHING if NOTHING in {before, after} else change(float(after) - float(before))


def _lift(years: Years, days: int, within: int) -> tuple[float, float]:
    honest, leaky = list[float](), list[float]()
    for year in years.judged:
        people = year.only(year.matrix.frame["days_since_last_da"] <= within)
        later = years.source.matrix_at(year.as_of + timedelta(days=days))
        for found, period in ((honest, people), (leaky, moved(people, later))):
            found.append(auc(period.matrix.frame["da_suspect_count_365d"].fill_null(0), people.labels["any"]))
    return mean(honest), mean(leaky)


def _what_the_detectors_say(lesson: Lesson, years: Years, days: int) -> list[str]:
    limits = lesson.settings.detectors
    last = years.judged[-1]
    leaky = moved(last, years.source.matrix_at(last.as_of + timedelta(days=days)))
    earlier = years.source.matrix_at(last.as_of - timedelta(days=days))
    return [
        f"- {kind}, {found.name}: **{found.status.value}**; {found.sentence}"
        for kind, period in (("honest features", last), ("moved features", leaky))
        for found in (
            detectors.single_feature(period, limits.auc_ceiling),
            detectors.jump(period, earlier, limits.auc_jump),
        )
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the report, or write it to `--out`; exit code 2 where the data are not there."""
    return command("models_on_complaints", __doc__ or "", OWN, report, arguments)


if __name__ == "__main__":
    sys.exit(main())
