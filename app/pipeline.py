"""The composition root: from a snapshot and the choices of one run to a ranked, explained and held list.

The pillars meet here and nowhere else. Every step works on the whole population; nothing is cut before the list is
written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from app.ranked_list import assemble
from features.gaps import data_gaps
from features.holds import circumstances
from features.matrix import Population, matrix, read_population
from features.resolutions import first_unresolved
from mat.asof import known_by
from mat.definitions import Definitions
from mat.harm import Scale, scales_beside
from mat.progress import SILENT, Progress
from mat.reviews import Reviews
from mat.schemas.matrix import FeatureMatrix
from mat.snapshot import Snapshot
from models.artefact import SYNTHETIC_TRAINING, Artefact, ArtefactRanker
from models.ordering import order
from models.ranker import Ranker, Scored
from models.registry import get_ranker
from models.rfgv import load_rfgv
from models.side_by_side import SideBySide, side_by_side
from models.stability import alternatives, rank_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything a list depends on besides the records.

    `as_of` is exclusive: nothing of that day counts. `model`: the ranker's name. `artefact` None = a ranker that was
    not learnt. `trial`: a sentence where nobody lets this model rank; None = it may. `panel_size`: seats above the
    capacity line.
    """

    as_of: date
    scale: Scale
    model: str
    panel_size: int
    definitions: Definitions
    rfgv: Path | None
    seed: int
    reviews: Reviews
    high_harm: float | None
    artefact: Artefact | None = None
    trial: str | None = None

    def ranker(self) -> Ranker:
        """The chosen model.

        Raises:
            SettingsError: no such model, or its configuration cannot be used.
        """
        if self.artefact is not None:
            return ArtefactRanker.of(self.artefact)
        return get_ranker(self.model, rfgv_config=self.rfgv, seed=self.seed)

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands before everything else wherever the list is read, a sentence each."""
        said = [f"{SYNTHETIC_TRAINING}."] if self.artefact is not None and self.artefact.is_synthetic else []
        if self.trial is not None:
            said.append(self.trial)
        if self.artefact is not None and self.artefact.training.as_of > self.as_of:
            said.append(
                f"This model learnt from what was known by {self.artefact.training.as_of}, after the date of this "
                "list: do not judge it by what followed."
            )
        return tuple(said)

    @property
    def model_words(self) -> str:
        """The model by name; one that was learnt with its version and what it learnt from."""
        if self.artefact is None:
            return self.model
        training = self.artefact.training
        return (
            f"{self.ranker().version} (learnt from {training.people:,} people, {training.first_as_of} to "
            f"{training.last_as_of}, each date with the {training.label_days} days after it)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskingList:
    """One finished list, and what it was made from.

    `ranked`: contract section 3, one row per person of the population in the order of the list. `scales`: the top of
    the same list under every usable scale, and the places of everybody under each and by `rfgv`.
    """

    choices: Choices
    population: Population
    matrix: FeatureMatrix
    scored: Scored
    ranked: pl.DataFrame
    scales: SideBySide


def make_list(snapshot: Snapshot, choices: Choices, progress: Progress = SILENT) -> TaskingList:
    """Rank everyone of the population at `choices.as_of`.

    Raises:
        BadInput: the model cannot work with this scale, or a configuration cannot be used.
    """
    ranker = choices.ranker()
    progress.step("Reading what was known")
    population = read_population(known_by(snapshot, choices.as_of, choices.reviews.restrictions))
    progress.step("Counting features")
    features = matrix(population, choices.scale, choices.definitions)
    progress.step("Scoring")
    scored = ranker.score(features)
    progress.step("Looking for holds")
    people = _people(population, features, scored, choices)
    ranks = order(scored, features, people, top=choices.panel_size)
    progress.step("Comparing scales and choices")
    others = [matrix(population, scale, choices.definitions) for scale in scales_beside(choices.scale)]
    bounds = rank_bounds(scored, features, people, alternatives(ranker, features, others))
    return TaskingList(
        choices=choices,
        population=population,
        matrix=features,
        scored=scored,
        ranked=assemble(
            features=features,
            scored=scored,
            ranks=ranks,
            people=people,
            gaps=data_gaps(population, features.frame),
            bounds=bounds,
            ranker=ranker,
            definitions=choices.definitions,
        ),
        scales=side_by_side(ranker, features, others, people, top=choices.panel_size, beside=load_rfgv(choices.rfgv)),
    )


def _people(population: Population, features: FeatureMatrix, scored: Scored, choices: Choices) -> pl.DataFrame:
    insufficient = scored.frame.select("person_id", "is_insufficient")
    stands = circumstances(population, features.frame, insufficient, choices.definitions)
    hold = first_unresolved(population, stands, choices.reviews.resolved, choices.definitions)
    return stands.join(hold, on="person_id", how="left", maintain_order="left").with_columns(
        pl.col("hold").is_not_null().alias("is_held")
    )
