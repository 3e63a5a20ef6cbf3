"""Fitting the learners by name, and taking them up again from their parameters.

What is too little to learn from is refused in one sentence; the same periods and settings give the same ranker, to the
last bit, whatever the order of periods and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import polars as pl

from mat.errors import ArtefactError, TrainingError
from models.boosted import boosted_from
from models.boosted_fit import fit_boosted
from models.design import Design, design, why_not_weighed
from models.ebm import ebm_from
from models.ebm_fit import fit_ebm
from models.hurdle import hurdle_from
from models.hurdle_fit import fit_hurdle
from models.labelled import Labelled, Target
from models.parameters import Part
from models.scorecard import scorecard_from
from models.scorecard_fit import fit_scorecard
from models.trained import FitSettings, Json, TrainedRanker

#: Every name `fit` knows, the simplest model first.
LEARNERS: tuple[str, ...] = ("scorecard", "ebm", "boosted", "hurdle")

#: Different people and events (person-periods with the target; for the hurdle, with harm) below which only the
#: scorecard is fitted.
MINIMUM_PEOPLE = 1_500
MINIMUM_EVENTS = 150

#: Below these not even the scorecard is.
MINIMUM_PEOPLE_OF_SCORECARD = 200
MINIMUM_EVENTS_OF_SCORECARD = 20

_FITTED: Mapping[str, Callable[[Design, FitSettings], TrainedRanker]] = {
    "scorecard": fit_scorecard,
    "ebm": fit_ebm,
    "boosted": fit_boosted,
    "hurdle": fit_hurdle,
}

_TAKEN_UP: Mapping[str, Callable[[Part], TrainedRanker]] = {
    "scorecard": scorecard_from,
    "ebm": ebm_from,
    "boosted": boosted_from,
    "hurdle": hurdle_from,
}

#: What a model learns to expect, in words; None = the hurdle, which learns harm.
LEARNT: Mapping[Target | None, str] = {
    Target.ANY: "a domestic abuse record",
    Target.SERIOUS: "a high-harm domestic abuse crime",
    None: "recorded harm",
}


def fit(name: str, periods: Sequence[Labelled], settings: FitSettings) -> TrainedRanker:
    """The learner of that name, fitted on all the periods' people.

    Where a period's scale cannot be used, everything but the hurdle goes on without harm, and its `left_out` says why.

    Raises:
        TrainingError: no such learner; no period; too few people or events; one class only; nothing but constant
            features, or none that has bands for a scorecard; for the hurdle, a scale that cannot be used.
    """
    if name not in LEARNERS:
        close = get_close_matches(name, LEARNERS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(LEARNERS)}."
        raise TrainingError(f"no model called {name!r} can be trained: {hint}")
    if name == "hurdle":
        _refuse_unusable_scale(periods)
    _refuse_too_little(name, periods, settings.target)
    return _FITTED[name](design(periods, settings.target), settings)


def taken_up(name: str, parameters: Mapping[str, Json]) -> TrainedRanker:
    """The ranker whose `parameters` these are; it scores exactly as it did.

    Raises:
        ArtefactError: no such learner, or parameters that are not those of one.
    """
    if name not in _TAKEN_UP:
        raise ArtefactError(f"{name!r} is not a model that can be taken up; known are {', '.join(LEARNERS)}.")
    return _TAKEN_UP[name](Part(parameters, f"the {name}"))


def _refuse_unusable_scale(periods: Sequence[Labelled]) -> None:
    for period in periods:
        matrix = period.matrix
        if not (matrix.scale_is_usable and matrix.typical_weight > 0):
            raise TrainingError(
                f"the hurdle learns harm, but the scale {matrix.scale} {why_not_weighed(matrix)}: choose another "
                "--scale, or another model."
            )


def _refuse_too_little(name: str, periods: Sequence[Labelled], target: Target) -> None:
    learnt = LEARNT[None if name == "hurdle" else target]
    happened = pl.col("harm") > 0 if name == "hurdle" else pl.col(target.value)
    labels = pl.concat([period.labels.select("person_id", event=happened) for period in periods] or [_nobody()])
    people = labels["person_id"].n_unique()
    events = int(labels["event"].sum())
    least_people, least_events = (
        (MINIMUM_PEOPLE_OF_SCORECARD, MINIMUM_EVENTS_OF_SCORECARD)
        if name == "scorecard"
        else (MINIMUM_PEOPLE, MINIMUM_EVENTS)
    )
    instead = "use --model rfgv" if name == "scorecard" else "train the scorecard, or use --model rfgv"
    if labels.height and events in {0, labels.height}:
        whom = "everyone" if events else "nobody"
        raise TrainingError(
            f"{whom} in the training periods has {learnt} in the year that followed, so there is nothing to tell "
            f"apart: check the dates, or {instead}."
        )
    if people < least_people:
        raise TrainingError(
            f"{people:,} different people are too few to train the {name} on, at least {least_people:,} are needed: "
            f"{instead}."
        )
    if events < least_events:
        raise TrainingError(
            f"{events:,} cases of {learnt} in the year that followed are too few to train the {name} on, at least "
            f"{least_events:,} are needed: {instead}."
        )


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"person_id": pl.Utf8, "event": pl.Boolean})
