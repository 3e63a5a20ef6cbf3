"""Every run held against the last one and against what its model learnt from: what to look at before it is used.

Watching changes no list and no table; it tells of no person, and the same inputs give the same sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

import polars as pl

from app.pipeline import TaskingList
from app.provenance import scale_hash
from app.ranked_list import places
from app.wording import printable
from features.catalogue import CATALOGUE
from mat.vocabulary import ResolutionOutcome
from models import watch
from models.artefact import Artefact
from models.profile import Profile, from_json, measured
from models.watch import Finding, Watched
from models.watch_config import Thresholds

LAST_RUN = "the last run"
TRAINING = "the training data"
DECISIONS = "the decisions about holds"

#: So many findings about features are told; the manifest has all.
_MOST_FEATURES = 4
_ABOUT_FEATURES = (Watched.MISSING, Watched.FEATURE_SHIFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier run as it stands on disk: `features` and `ranked` have one row per person, hidden people included."""

    name: str
    as_of: date
    manifest: Mapping[str, Any]
    features: pl.DataFrame
    ranked: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The findings against one thing: `against` is `LAST_RUN`, `TRAINING` or `DECISIONS`, of the date `as_of`.

    `name` and `hash` pin it: a directory's name and its list's content hash, a model's name and its file's.
    """

    against: str
    as_of: date
    name: str
    hash: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Everything that was looked at. `remarks`: what could not be compared, and why, in sentences."""

    thresholds_version: str
    thresholds_hash: str
    comparisons: tuple[Comparison, ...]
    remarks: tuple[str, ...]

    @property
    def for_review(self) -> tuple[Finding, ...]:
        """The findings that call for review, in order."""
        return tuple(each for one in self.comparisons for each in one.findings if each.calls_for_review)

    def as_json(self) -> Mapping[str, object]:
        """Everything, as the manifest has it."""
        comparisons = [{**asdict(one), "as_of": one.as_of.isoformat()} for one in self.comparisons]
        return {**asdict(self), "comparisons": comparisons}


def watch_run(
    tasking: TaskingList, earlier: Earlier | None, thresholds: Thresholds, remark: str | None = None
) -> Watching:
    """Compare a finished list with what its model learnt from, with an earlier run, and with what people decided.

    Args:
        tasking: the list.
        earlier: the run to compare with; None = none.
        thresholds: when a difference calls for review.
        remark: why there is no earlier run.
    """
    remarks = [] if remark is None else [remark]
    found: list[Comparison] = []
    artefact = tasking.choices.artefact
    if artefact is not None and artefact.profile:
        found.append(_against_training(tasking, artefact, thresholds))
    elif artefact is not None:
        remarks.append("The model's file holds no profile of its training data, so the two were not compared.")
    if earlier is not None:
        found.append(_against_run(tasking, earlier, thresholds))
    decisions = _against_decisions(tasking, thresholds)
    return Watching(
        thresholds_version=thresholds.version,
        thresholds_hash=thresholds.hash,
        comparisons=(*found, *([decisions] if decisions.findings else [])),
        remarks=tuple(remarks),
    )


def _against_training(tasking: TaskingList, artefact: Artefact, thresholds: Thresholds) -> Comparison:
    choices = tasking.choices
    then = from_json(artefact.profile)
    changes = (
        watch.choice(
            "harm scale", _pin(then.scale, artefact.hashes.scale), _pin(choices.scale.name, scale_hash(choices.scale))
        ),
        watch.choice("definitions", _pin(artefact.hashes.definitions), _pin(choices.definitions.hash)),
    )
    now = _measured_now(tasking, then, is_scored_alike=True, days=artefact.training.population_days)
    return Comparison(
        against=TRAINING,
        as_of=artefact.training.last_as_of,
        name=artefact.model,
        hash=artefact.content_hash,
        findings=(*changes, *watch.compare(then, now, thresholds, _labels(tasking))),
    )


def _against_run(tasking: TaskingList, earlier: Earlier, thresholds: Thresholds) -> Comparison:
    choices, before = tasking.choices, earlier.manifest
    ranker = choices.ranker()
    model = f"{before['model']['name']} {before['model']['version']}"
    changes = (
        watch.choice(
            "harm scale",
            _scale(before["scale"]["name"], before["scale"]["hash"], before["scale"]["high_harm"]),
            _scale(choices.scale.name, choices.scale.hash, choices.high_harm),
        ),
        watch.choice(
            "definitions",
            _pin(before["definitions"]["version"], before["definitions"]["hash"]),
            _pin(choices.definitions.version, choices.definitions.hash),
        ),
        watch.choice("model", model, f"{ranker.name} {ranker.version}"),
    )
    same_scores = not any(each.calls_for_review for each in changes)
    then = measured(
        earlier.features,
        CATALOGUE,
        as_of=earlier.as_of,
        scale=before["scale"]["name"],
        scores=earlier.ranked if same_scores else None,
    )
    now = _measured_now(tasking, then, is_scored_alike=same_scores)
    lists = watch.overlap(_listed_now(tasking, earlier.ranked), _listed(tasking.ranked), thresholds)
    return Comparison(
        against=LAST_RUN,
        as_of=earlier.as_of,
        name=earlier.name,
        hash=before.get("content_hashes", {}).get("ranked.parquet"),
        findings=(
            *changes,
            *watch.compare(then, now, thresholds, _labels(tasking)),
            watch.held(_held(earlier.ranked), _held(tasking.ranked), thresholds),
            *([] if lists is None else [lists]),
        ),
    )


def _measured_now(tasking: TaskingList, then: Profile, *, is_scored_alike: bool, days: int | None = None) -> Profile:
    """Today's people in the groups of then; `days`: only those with a record in so many days, None = everybody."""
    now = tasking.matrix
    people = now.frame if days is None else now.frame.filter(pl.col("days_since_last_da") <= days)
    scores = tasking.scored.frame.join(people, on="person_id", how="semi") if is_scored_alike else None
    return measured(people, now.specs, as_of=now.as_of, scale=now.scale, scores=scores, like=then)


def _labels(tasking: TaskingList) -> Mapping[str, str]:
    """What the model reads, as people read it."""
    labels = {spec.name: spec.sentence.replace(": {value}", "") for spec in tasking.matrix.specs}
    return {name: labels[name] for name in tasking.choices.ranker().features if name in labels}


def _scale(name: str, pin: str, high_harm: float | None) -> str:
    return _pin(name, pin) if high_harm is None else f"{_pin(name, pin)} with high harm from {high_harm:g}"


def _pin(*parts: str) -> str:
    """A name and the beginning of a hash."""
    *names, pin = parts
    return " ".join([*names, pin[:12]])


def _listed(ranked: pl.DataFrame) -> list[str]:
    return ranked.filter("is_listed")["person_id"].to_list()


def _listed_now(tasking: TaskingList, ranked: pl.DataFrame) -> list[str]:
    """Who was listed, by the ids in use today."""
    present = dict(tasking.population.history.merges.select("old_id", "new_id").iter_rows())
    return list(dict.fromkeys(present.get(person, person) for person in _listed(ranked)))


def _held(ranked: pl.DataFrame) -> tuple[int, int]:
    return ranked["held_rank"].count(), ranked.height


def _against_decisions(tasking: TaskingList, thresholds: Thresholds) -> Comparison:
    """The most cautious of a person's latest decisions, per hold and other person, speaks for the person."""
    midnight = datetime.combine(tasking.choices.as_of, time.min)
    first = places(tasking.ranked).filter(pl.col("place") <= tasking.choices.panel_size)
    latest = (
        tasking.choices.reviews.resolved.filter(pl.col("resolved_at") < midnight)
        .join(first, on="person_id", how="semi")
        .with_row_index("given")
        .sort("resolved_at", "given")
        .unique(["person_id", "hold", "counterparty_id"], keep="last", maintain_order=True)
    )
    people = latest.group_by("person_id").agg(
        (pl.col("outcome") == ResolutionOutcome.LIST).all().alias("is_listed"),
        (pl.col("outcome") == ResolutionOutcome.DO_NOT_LIST).any().alias("is_refused"),
    )
    return Comparison(
        against=DECISIONS,
        as_of=tasking.choices.as_of,
        name="",
        hash=tasking.choices.reviews.hash,
        findings=watch.agreement(
            int(people["is_listed"].sum()), int(people["is_refused"].sum()), people.height, thresholds
        ),
    )


def told(watching: Watching) -> Iterator[str]:
    """Watching as paragraphs for the summary, the first a heading."""
    compared = " and ".join(_name(one) for one in watching.comparisons)
    remarks = " ".join(watching.remarks)
    if not compared:
        yield f"WATCHING: {remarks}"
        return
    for_review = watching.for_review
    if not for_review:
        yield " ".join(f"WATCHING: compared with {compared}: nothing calls for review. {remarks}".split())
        return
    yield " ".join(f"WATCHING: compared with {compared}; look at this before the list is used. {remarks}".split())
    for one in watching.comparisons:
        yield from (f"Against {one.against}: {sentence}" for sentence in _sentences(one))


def _name(one: Comparison) -> str:
    if one.against == DECISIONS:
        return one.against
    which = f" ({printable(one.name)})" if one.against == LAST_RUN else ""
    return f"{one.against} of {one.as_of}{which}"


def _sentences(one: Comparison) -> Iterator[str]:
    called = [each for each in one.findings if each.calls_for_review]
    features = [each for each in called if each.code in _ABOUT_FEATURES]
    yield from (each.sentence for each in called if each.code not in _ABOUT_FEATURES)
    largest = sorted(features, key=lambda each: -(each.measure or 0.0) / (each.threshold or 1.0))
    yield from (each.sentence for each in largest[:_MOST_FEATURES])
    if len(features) > _MOST_FEATURES:
        yield f"{len(features) - _MOST_FEATURES} more about features: see `watch` in manifest.json."
