"""What the records known at an entry would score on the day of a later list by themselves, counted from its own RUN.

The same code counts and scores as made the list. Where this machine's rules do not give the list's own scores again,
there is no figure: a number under other rules would be read as an effect of the panel's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from app.chosen_model import chosen_model
from app.what_if import aged
from features.matrix import matrix, read_population
from mat.asof import History, known_by
from mat.definitions import load_definitions
from mat.errors import BadInput
from mat.harm import load_scale, shipped_scales
from models.artefact import ArtefactRanker
from models.reasons import TOLERANCE
from models.registry import NAMES, get_ranker

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.tasking.runs.reading import ReadRun
    from mat.settings import Settings
    from models.ranker import Ranker

    Score = Callable[[History], pl.DataFrame]


def by_age_alone(run: ReadRun, known: History, entries: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row per entry whose figure is known: `person_id`, `entered_on`, `score` on the as-of date of the run.

    `known`: what the run knew. `entries`: `person_id`, `entered_on` (a date up to the as-of date, exclusive as every
    as-of date). Left out: whoever the entry records alone no longer bring into the population, whose id was merged
    since, and everybody where this machine's rules do not give the list again.
    """
    score = _scoring(run, settings)
    if entries.is_empty() or score is None or not _gives_the_list(run, score(known)):
        return entries.clear().with_columns(pl.lit(None, pl.Float64).alias("score"))
    found = [
        _scored_later(run, known, score, of_day.select("person_id", "entered_on"))
        for of_day in entries.partition_by("entered_on", maintain_order=True)
    ]
    return pl.concat(found)


def _scored_later(run: ReadRun, known: History, score: Score, entries: pl.DataFrame) -> pl.DataFrame:
    entered_on = entries["entered_on"][0]
    then = known_by(run.snapshot, entered_on)
    merged_since = known.merges.join(then.merges, on=["old_id", "new_id"], how="anti")["new_id"]
    scores = score(aged(then, (run.as_of - entered_on).days))
    return (
        entries.filter(~pl.col("person_id").is_in(merged_since.implode()))
        .join(scores, on="person_id", how="inner", maintain_order="left")
        .select("person_id", "entered_on", "score")
    )


def _scoring(run: ReadRun, settings: Settings) -> Score | None:
    """How the list was scored; None = this machine has another scale, other definitions or another model."""
    try:
        scale = load_scale(
            run.scale if run.scale in shipped_scales() else settings.harm_scale, high_harm=settings.high_harm
        )
        definitions = load_definitions(settings.definitions)
        ranker = _ranker(run, settings)
    except BadInput:
        return None
    if (scale.name, scale.hash, definitions.version) != (run.scale, run.scale_hash, run.definitions_version):
        return None
    if (ranker.name, ranker.version) != (run.model, run.model_version):
        return None
    return lambda history: ranker.scores(matrix(read_population(history), scale, definitions))


def _ranker(run: ReadRun, settings: Settings) -> Ranker:
    if run.model in NAMES:
        return get_ranker(run.model, rfgv_config=settings.rfgv, seed=settings.seed)
    _, artefact = chosen_model(settings.model, settings.data_dir)
    if artefact is None:
        raise BadInput(f"{run.model} is not the model in use here.")
    return ArtefactRanker.of(artefact)


def _gives_the_list(run: ReadRun, scores: pl.DataFrame) -> bool:
    """Whether these are the scores of the list, of everybody on it."""
    both = run.ranked.select("person_id", pl.col("score").alias("said")).join(scores, on="person_id", how="left")
    off = (pl.col("score") - pl.col("said")).abs() > TOLERANCE * pl.max_horizontal(pl.lit(1.0), pl.col("said").abs())
    return both.filter(off.fill_null(value=True)).is_empty()
