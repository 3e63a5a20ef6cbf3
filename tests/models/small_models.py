"""A scorecard fitted on a few hundred invented people, wrapped as the file of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.artefact import Artefact, Hashes, Training, features_hash, known_features
from models.labelled import Labelled, Target
from models.learning import fit
from models.trained import FitSettings

HASHES = {name: name[0] * 64 for name in ("data", "definitions", "scale", "config")}


def period(make_matrix: Callable[..., FeatureMatrix], as_of: date = date(2023, 1, 1), people: int = 300) -> Labelled:
    """People of whom those with many recent records mostly come again."""
    rows = [
        {"person_id": f"P{n:03}", "records": 1 + n % 7, "days": 5 + (37 * n) % 700, "harm": float(n % 5) * 50}
        for n in range(people)
    ]
    matrix = replace(make_matrix(rows), as_of=as_of)
    comes_again = [(n % 7 >= 4) != (n % 11 == 0) for n in range(people)]
    labels = pl.DataFrame(
        {
            "person_id": matrix.frame["person_id"],
            "harm": [100.0 * again for again in comes_again],
            "any": comes_again,
            "serious": [again and n % 2 == 0 for n, again in enumerate(comes_again)],
            "days_at_risk": pl.Series([365] * people, dtype=pl.Int32),
        }
    )
    known = as_of + timedelta(days=395)
    return Labelled(matrix=matrix, labels=labels, days=365, known_by=known, harm_of_others=0.0, others=0)


def small_artefact(
    learnt: Sequence[Labelled], *, seed: int = 1, refits: int = 0, is_synthetic: bool = False
) -> Artefact:
    settings = FitSettings(target=Target.ANY, refits=refits, seed=seed)
    specs = learnt[0].matrix.specs
    return Artefact(
        ranker=fit("scorecard", learnt, settings),
        training=Training(
            as_of=date(2024, 4, 1),
            periods=tuple(each.as_of for each in learnt),
            people=learnt[0].labels.height,
            rows=sum(each.labels.height for each in learnt),
            events=sum(int(each.labels["any"].sum()) for each in learnt),
            target=Target.ANY,
            label_days=365,
            look_back_days=730,
            population_days=None,
            embargo_days=30,
            scale=learnt[0].matrix.scale,
            high_harm=None,
            refits=refits,
            seed=seed,
        ),
        hashes=Hashes(**HASHES, features=features_hash(specs)),
        features=known_features(specs),
        evidence={"verdict": {"champion": "scorecard", "sentences": ["It won."]}},
        profile={},
        is_synthetic=is_synthetic,
    )
