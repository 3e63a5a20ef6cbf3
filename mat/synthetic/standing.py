"""What else is known about a person: standing, restrictions of processing, nominations by partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, minutes_until, numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A standing: how many people, how strongly it goes with severity, share ended, median days, level and source."""

    word: str
    people: int
    severity: float
    ended: float
    days: float
    levels: tuple[str | None, ...]
    source: str


_KINDS = (
    _Kind(word="deceased", people=60, severity=0.0, ended=0.0, days=1, levels=(None,), source="police"),
    _Kind(word="moved_away", people=150, severity=0.0, ended=0.2, days=300, levels=(None,), source="housing"),
    _Kind(word="out_of_area", people=40, severity=0.0, ended=0.3, days=200, levels=(None,), source="police"),
    _Kind(word="mappa", people=160, severity=1.2, ended=0.3, days=500, levels=("1", "1", "2", "3"), source="probation"),
    _Kind(word="iom", people=120, severity=0.8, ended=0.5, days=350, levels=("fixed", "flex"), source="police"),
    _Kind(word="drive", people=30, severity=1.5, ended=0.6, days=300, levels=(None,), source="drive"),
    _Kind(word="probation", people=500, severity=0.6, ended=0.6, days=365, levels=(None,), source="probation"),
    _Kind(word="matac_current", people=20, severity=1.5, ended=0.0, days=1, levels=(None,), source="matac"),
    _Kind(word="matac_discharged", people=35, severity=1.2, ended=0.0, days=1, levels=(None,), source="matac"),
    _Kind(word="sensitive", people=8, severity=0.0, ended=0.0, days=1, levels=(None,), source="professional_standards"),
)
_AGENCIES = ("adult_social_care", "children_social_care", "housing", "probation", "health", "domestic_abuse_service")
_WHY = (
    "repeated concerns at the address",
    "pattern of controlling behaviour towards a new partner",
    "tenancy at risk after damage and threats",
    "disclosure made in confidence by a relative",
)


def standing(rng: np.random.Generator, draft: Draft, custody: pl.DataFrame, *, scale: float = 1.0) -> pl.DataFrame:
    """One row per person and standing; long stays in custody show as prison, nobody acts after death."""
    suspects = _suspects(draft)
    parts = [_one_kind(rng, draft, kind, suspects, max(1, round(kind.people * scale))) for kind in _KINDS]
    long_stay = pl.col("to_at").is_null() | (pl.col("to_at") - pl.col("from_at") > timedelta(days=90))
    prison = custody.filter(long_stay).select(
        "person_id",
        "from_at",
        "to_at",
        kind=pl.lit("prison"),
        level=pl.lit(None, dtype=pl.String),
        source=pl.lit("probation"),
    )
    columns = ["person_id", "kind", "from_at", "to_at", "level", "source"]
    return pl.concat([part.select(columns) for part in [*parts, prison]]).sort("person_id", "kind", "from_at")


def _suspects(draft: Draft) -> pl.DataFrame:
    """One row per suspect with the minute of the first and last record in any role."""
    start = np.datetime64(draft.begins, "us")
    minute = ((draft.incidents["recorded_at"].to_numpy() - start) // np.timedelta64(1, "m")).astype(np.int64)
    recorded = draft.incidents.select("incident", minute=pl.Series(minute))
    return (
        draft.roles.join(recorded, on="incident", how="left", maintain_order="left")
        .group_by("person")
        .agg(
            first=pl.col("minute").min(),
            last=pl.col("minute").max(),
            is_suspect=(pl.col("role") == "suspect").any(),
        )
        .filter("is_suspect")
        .join(draft.people.select("person", "latent_severity", "is_quiet"), on="person", how="left")
        .filter(~pl.col("is_quiet"))
        .sort("person")
    )


def _one_kind(rng: np.random.Generator, draft: Draft, kind: _Kind, suspects: pl.DataFrame, wanted: int) -> pl.DataFrame:
    end = minutes_until(draft.begins, draft.extracted_at.date())
    if kind.word == "deceased":
        suspects = suspects.filter(pl.col("last") < end - 120 * 1440)
    key = kind.severity * suspects["latent_severity"].to_numpy() + rng.gumbel(size=suspects.height)
    chosen = suspects[np.sort(np.argsort(-key, kind="stable")[:wanted])]
    size = chosen.height
    after = chosen["last" if kind.word == "deceased" else "first"].to_numpy()
    begins = after + (rng.random(size) * (end - after - 1440)).astype(np.int64)
    length = (kind.days * 1440 * np.exp(0.5 * rng.standard_normal(size))).astype(np.int64)
    is_over = (rng.random(size) < kind.ended) & (begins + length < end)
    return pl.DataFrame(
        {
            "person_id": draft.person_ids.gather(chosen["person"]),
            "kind": kind.word,
            "from_at": draft.as_dates(begins // 1440 * 1440),
            "to_at": draft.as_dates((begins + length) // 1440 * 1440),
            "is_over": pl.Series(is_over, dtype=pl.Boolean),
            "level": pl.Series(kind.levels, dtype=pl.String).gather(rng.integers(0, len(kind.levels), size)),
            "source": kind.source,
        }
    ).with_columns(pl.when("is_over").then(pl.col("to_at")).alias("to_at"))


def restrictions(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """A handful of people whose records may not be processed, one of them no longer."""
    suspects = _suspects(draft)
    chosen = suspects[np.sort(rng.permutation(suspects.height)[:6])]
    begins = chosen["last"].to_numpy() // 1440 * 1440
    ends = [None] * 5 + [draft.extracted_at - timedelta(days=1)]
    return pl.DataFrame(
        {
            "person_id": draft.person_ids.gather(chosen["person"]),
            "from_at": draft.as_dates(begins),
            "to_at": pl.Series(ends, dtype=pl.Datetime("us")),
            "reason": ["accuracy contested"] * 4 + ["mistaken identity", "accuracy contested"],
        }
    ).sort("person_id")


def nominations(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """Partners' referrals to the panel: mostly suspects the police know, some people nobody has recorded."""
    suspects = _suspects(draft)
    unknown = draft.people.filter("is_quiet")["person"].to_numpy()[-10:]
    key = suspects["latent_severity"].to_numpy() + rng.gumbel(size=suspects.height)
    known = suspects["person"].to_numpy()[np.argsort(-key, kind="stable")[:45]]
    person = rng.permutation(np.concatenate([known, unknown]))
    end = minutes_until(draft.begins, draft.extracted_at.date())
    at = np.sort(end - rng.integers(1440, 400 * 1440, len(person)))
    return pl.DataFrame(
        {
            "nomination_id": numbered("NOM", np.arange(len(person)) + 1, 4),
            "person_id": draft.person_ids.gather(person),
            "agency": pl.Series(_AGENCIES).gather(rng.integers(0, len(_AGENCIES), len(person))),
            "nominated_at": draft.as_dates(at),
            "reason": pl.Series(_WHY).gather(rng.integers(0, len(_WHY), len(person))),
        }
    )
