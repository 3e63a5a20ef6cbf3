"""What faults of an extract do to the list, on a city that knows the truth: `python -m experiments.sensitivity`.

The records are synthetic: what comes out proves machinery, never accuracy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from app.backtesting import Finished, Method
from app.periods import Periods
from experiments.cities import CAUTION, demonstration_city, ingested
from experiments.disturb import (
    Disturbed,
    Tables,
    merge_people,
    short_history,
    split_people,
    under_recorded,
    undisturbed,
)
from experiments.judged import auc, made, mean, method
from experiments.lessons import Bench, Lesson, command
from experiments.tables import decimals, markdown, percent
from governance.fairness import equality
from mat.snapshot import Snapshot
from models.folds import plan_folds

OWN = (
    "scale",
    "split",
    "merged",
    "history_begins",
    "look_backs",
    "steps",
    "attribute",
    "group",
    "unrecorded",
    "audited_seats",
)

_SHORT = "36 months of history"


def report(lesson: Lesson, bench: Bench) -> str:
    """The whole experiment as Markdown: what each fault does to the lists, and what the equality audit sees of one."""
    bench.timer.step("Simulating the city")
    tables = demonstration_city().tables
    how = method(lesson, lesson.settings, lesson.text("scale"))
    truth = _ranked(undisturbed(tables), "nothing disturbed", how, bench)
    lines = [f"# What faults of an extract do to the list\n\n**{CAUTION}**\n\n{lesson.question}\n"]
    rows: list[list[str]] = []
    groups = tables["persons"].select("person_id", lesson.text("attribute")).unique("person_id", keep="first")
    audits: list[str] = []
    for name, disturbed in faults(lesson, tables).items():
        found = _ranked(disturbed, name, how, bench)
        rows += _rows(name, truth, found, disturbed.ids, lesson)
        if name.startswith(lesson.text("group")):
            audits = _audits(lesson, truth, found, groups)
    history = short_history(tables, lesson.day("history_begins"))
    folds, judged = _short(lesson, history, how, bench)
    if judged is not None:
        rows += _rows(_SHORT, truth, judged, history.ids, lesson)
    seats = lesson.settings.capacities
    heads = ["fault", "folds", "model", *(f"kept at {each}" for each in seats),
             *(f"captured at {each} (before)" for each in seats), "AUC (before)"]  # fmt: skip
    lines += ["## The lists before and after, judged by the undisturbed labels", "", *markdown(heads, rows), "", _KEPT]
    lines += ["", _REFITS, "", *_refits(truth, seats)]
    lines += ["", f"## {_SHORT}: how many honest folds remain", "", *folds, "", *audits]
    return "\n".join(lines) + "\n"


_KEPT = (
    "Kept = share of the undisturbed list's first people whom the disturbed list's first seats name, ids taken back to "
    "the people they stand for. Means over the folds."
)


_REFITS = (
    "Beside it, with nothing wrong at all: how much of the last fold's list each model keeps when it is fitted again "
    "on people drawn with replacement. rfgv is not fitted, so it keeps everything."
)


def faults(lesson: Lesson, tables: Tables) -> dict[str, Disturbed]:
    """Every fault but the short history, by what it is called on the page."""
    group, share = lesson.text("group"), lesson.share("unrecorded")
    return {
        f"{percent(lesson.share('split'))} split": split_people(tables, lesson.share("split"), lesson.seed),
        f"{percent(lesson.share('merged'))} merged": merge_people(tables, lesson.share("merged"), lesson.seed),
        f"{group}: {percent(share)} never recorded": under_recorded(
            tables, attribute=lesson.text("attribute"), group=group, share=share, seed=lesson.seed
        ),
    }


def _ranked(disturbed: Disturbed, name: str, how: Method, bench: Bench) -> Finished:
    folder = bench.folder / name.replace(" ", "-").replace(":", "")
    return made(ingested(disturbed.tables, folder), how, name, bench.timer)


def _short(lesson: Lesson, history: Disturbed, how: Method, bench: Bench) -> tuple[list[str], Finished | None]:
    """How many folds each look-back and step leave, and the backtest of the first that has a date asked for."""
    source = Periods(
        Snapshot.open(ingested(history.tables, bench.folder / "short")), scale=how.scale, definitions=how.definitions
    )
    rows: list[list[str]] = []
    first: Finished | None = None
    for look_back in lesson.wholes("look_backs"):
        for step in lesson.wholes("steps"):
            times = replace(
                how.settings.times, look_back_days=look_back, step_months=step, embargo_days=source.lag or 0
            )
            ripe = [fold.as_of for fold in plan_folds(source.records, times) if fold.refusal is None]
            rows.append([str(look_back), str(step), str(len(ripe)), ", ".join(map(str, ripe)) or "none"])
            asked = tuple(day for day in how.settings.as_of if day in ripe)
            if first is None and asked:
                settings = replace(how.settings, times=times, as_of=asked)
                first = made(source.snapshot.path, replace(how, settings=settings), _SHORT, bench.timer)
                rows[-1][-1] += " (compared above)"
    return markdown(["look-back, days", "months between dates", "folds", "which"], rows), first


def _refits(truth: Finished, seats: Sequence[int]) -> list[str]:
    """How much the undisturbed list of the last fold keeps when the model is only fitted on people drawn again."""
    again = truth.result.stability.filter(pl.col("comparison").str.starts_with("refit"))
    rows = [
        [model, *(percent(mean(again.filter(model=model, capacity=each)["share"].to_list())) for each in seats)]
        for model in again["model"].unique(maintain_order=True)
    ]
    return markdown(["model", *(f"kept at {each}" for each in seats)], rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is left of one model's lists: each figure a mean over the folds both backtests have.

    `overlap`: share of the undisturbed first seats that the disturbed first seats name, by seats. `captured` and
    `auc` judge the disturbed list by the undisturbed labels of all undisturbed people; `_before` is the undisturbed.
    """

    folds: int
    overlap: dict[int, float]
    captured: dict[int, float]
    captured_before: dict[int, float]
    auc: float
    auc_before: float


def kept(truth: pl.DataFrame, found: pl.DataFrame, ids: pl.DataFrame, *, label: str, seats: Sequence[int]) -> Kept:
    """What is left of a model's lists.

    `truth`, `found`: the scores of one model, one row per fold and person: `as_of`, `person_id`, `place`, and in
    `truth` also `harm` and the yes-or-no `label`. `ids` as in `Disturbed`.
    """
    dates = sorted(set(truth["as_of"]) & set(found["as_of"]))
    folds = [_fold(truth.filter(as_of=day), found.filter(as_of=day), ids) for day in dates]
    return Kept(
        folds=len(folds),
        overlap={each: mean([_overlap(fold, each) for fold in folds]) for each in seats},
        captured={each: mean([_captured(fold, "place_found", each) for fold in folds]) for each in seats},
        captured_before={each: mean([_captured(fold, "place", each) for fold in folds]) for each in seats},
        auc=mean([auc(-fold["place_found"], fold[label]) for fold in folds]),
        auc_before=mean([auc(-fold["place"], fold[label]) for fold in folds]),
    )


def _fold(truth: pl.DataFrame, found: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """One row per undisturbed person: `place_found`, their best place in the disturbed list; else after its end."""
    best = (
        found.join(ids, on="person_id", how="left")
        .group_by(pl.coalesce("true_id", "person_id").alias("person_id"))
        .agg(pl.col("place").min().alias("place_found"))
    )
    return truth.join(best, on="person_id", how="left", maintain_order="left").with_columns(
        pl.col("place_found").fill_null(truth.height + found.height)
    )


def _overlap(fold: pl.DataFrame, seats: int) -> float:
    return fold.filter(pl.col("place") <= seats, pl.col("place_found") <= seats).height / seats


def _captured(fold: pl.DataFrame, place: str, seats: int) -> float:
    return float(fold.filter(pl.col(place) <= seats)["harm"].sum()) / float(fold["harm"].sum())


def _rows(name: str, truth: Finished, found: Finished, ids: pl.DataFrame, lesson: Lesson) -> list[list[str]]:
    seats = lesson.settings.capacities
    rows: list[list[str]] = []
    for model in lesson.settings.models:
        left = kept(
            truth.scores.filter(pl.col("model") == model),
            found.scores.filter(pl.col("model") == model),
            ids,
            label=lesson.settings.target.value,
            seats=seats,
        )
        rows.append(
            [
                name,
                str(left.folds),
                model,
                *(percent(left.overlap[each]) for each in seats),
                *(f"{percent(left.captured[each])} ({percent(left.captured_before[each])})" for each in seats),
                f"{decimals(left.auc)} ({decimals(left.auc_before)})",
            ]
        )
    return rows


def _audits(lesson: Lesson, truth: Finished, found: Finished, groups: pl.DataFrame) -> list[str]:
    """The equality figures of the lists as a force would see them, and as they are."""
    seats, attribute = lesson.whole("audited_seats"), lesson.text("attribute")
    shown = [value for value in groups[attribute].unique().drop_nulls().sort() if value != "U"]
    label = lesson.settings.target.value
    rows: list[list[str]] = []
    for model in lesson.settings.models:
        before, after = (_of_model(each, model, label, seats) for each in (truth, found))
        for view, frame in views(before, after).items():
            audited = equality(frame.join(groups, on="person_id", how="left"), [attribute])
            rows += [[model, view, *row] for row in _audit_rows(audited, shown)]
    heads = [
        "model",
        "judged on",
        attribute,
        "people",
        "selected",
        "missed (FNR)",
        "observed",
        "expected",
        "observed / expected",
    ]
    return [
        f"## What the audit sees: {lesson.text('group')} recorded {percent(lesson.share('unrecorded'))} less often",
        "",
        f"At {seats} seats, all folds together.",
        "",
        *markdown(heads, rows),
        "",
        _SEEN,
    ]


_SEEN = (
    "The second view is all that a force has: what was never recorded is in neither its lists nor its labels. The "
    "third, which only a simulation has, sets the same lists and expectations beside what happened; people of whom "
    "nothing was recorded are not listed and nothing is expected of them."
)


def views(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Three ways to audit one model's lists: one row per fold and person, as `equality` takes them.

    `before`: everything recorded; `after`: something not. "what happened" has everyone and the outcomes of `before`
    with the lists and probabilities of `after`.
    """
    everyone = before.select("as_of", "person_id", "outcome").join(
        after.drop("outcome"), on=["as_of", "person_id"], how="left", maintain_order="left"
    )
    gives_probability = bool(after["probability"].is_not_null().any())
    happened = everyone.select(
        "as_of",
        "person_id",
        pl.col("selected").fill_null(value=False),
        "outcome",
        pl.col("probability").fill_null(0.0) if gives_probability else pl.col("probability"),
    )
    return {"everything recorded": before, "what is recorded": after, "what happened": happened}


def _of_model(finished: Finished, model: str, label: str, seats: int) -> pl.DataFrame:
    return finished.scores.filter(pl.col("model") == model).select(
        "as_of",
        "person_id",
        (pl.col("place") <= seats).alias("selected"),
        pl.col(label).alias("outcome"),
        pl.col("probability").cast(pl.Float64),
    )


def _audit_rows(found: pl.DataFrame, shown: Sequence[str]) -> list[list[str]]:
    return [
        [
            str(row["group"]),
            "withheld" if row["n"] is None else f"{row['n']:,}",
            percent(row["selection_rate"]),
            percent(row["fnr"], row["fnr_low"], row["fnr_high"]),
            percent(row["observed"]),
            percent(row["expected"]),
            decimals(None if not row["expected"] else row["observed"] / row["expected"], 2),
        ]
        for row in found.filter(pl.col("group").is_in(list(shown))).iter_rows(named=True)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the report, or write it to `--out`."""
    return command("sensitivity", __doc__ or "", OWN, report, arguments)


if __name__ == "__main__":
    sys.exit(main())
