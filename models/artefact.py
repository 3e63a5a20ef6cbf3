"""A model's file: JSON that a panel can read and compare, pinned by a hash of its content.

Reading it takes up numbers and words and executes nothing; one changed character is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import polars as pl

from mat import __version__
from mat.errors import ArtefactError
from mat.outputs import whole_file
from mat.schemas.matrix import FeatureMatrix, FeatureSpec
from models.documents import Entries, canonical, parse_object, read_text, readable
from models.labelled import Target
from models.ranker import Scored, Variant
from models.trained import Json, TrainedRanker

FORMAT = "mat model"
FORMAT_VERSION = 1

#: Begins the note of every list made by a model that learnt from invented people.
SYNTHETIC_TRAINING = "SYNTHETIC TRAINING: this model learnt from invented people and says nothing about real ones"

_MEND = "train the model again with `mat train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a model learnt from.

    `as_of`: nothing known on or after it was read, labels included. `periods`: the as-of dates of its features, oldest
    first, each followed by a label window of `label_days`. `people`: different people; `rows`: people-periods;
    `events`: rows with the target. `target` None = harm itself. `look_back_days`: the least history before a period.
    `population_days`: only people with a record in so many days before it, None = with any. `embargo_days`: wait after
    a label window until its records are in. `high_harm`: as in the settings.
    """

    as_of: date
    periods: tuple[date, ...]
    people: int
    rows: int
    events: int
    target: Target | None
    label_days: int
    look_back_days: int
    population_days: int | None
    embargo_days: int
    scale: str
    high_harm: float | None
    refits: int
    seed: int

    @property
    def first_as_of(self) -> date:
        """The oldest period."""
        return min(self.periods)

    @property
    def last_as_of(self) -> date:
        """The latest period."""
        return max(self.periods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """What pins a model's surroundings, each a SHA-256: source files, definitions, scale, features and settings."""

    data: str
    definitions: str
    scale: str
    features: str
    config: str

    def as_json(self) -> Mapping[str, Json]:
        """The hashes by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeature:
    """A feature the model could have read when it was fitted, whether it reads it or not."""

    name: str
    window: str
    direction: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A fitted model with everything needed to judge whether to trust it.

    `features`: every feature that a model could read when this one was fitted. `evidence`: the verdict and figures of
    the backtest it rests on, empty where there was none. `profile`: what its training data looked like.
    """

    ranker: TrainedRanker
    training: Training
    hashes: Hashes
    features: tuple[KnownFeature, ...]
    evidence: Mapping[str, Json]
    profile: Mapping[str, Json]
    is_synthetic: bool
    tool_version: str = __version__

    @property
    def model(self) -> str:
        """The learner's name."""
        return self.ranker.name

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything in the file but this hash."""
        return _hash(_document(self))

    def refuse_other_features(self, specs: Iterable[FeatureSpec]) -> None:
        """Refuse a feature set other than the one it was fitted on.

        Raises:
            ArtefactError: a feature is missing, new, or of another window or direction.
        """
        learnt = {feature.name: (feature.window, feature.direction) for feature in self.features}
        found = {feature.name: (feature.window, feature.direction) for feature in known_features(specs)}
        for name in sorted(learnt.keys() | found.keys()):
            if learnt.get(name) != found.get(name):
                raise ArtefactError(
                    f"the {self.model} model {self.content_hash[:12]} is of another feature set ({name} "
                    f"{_difference(learnt.get(name), found.get(name))}): {_MEND}."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactRanker:
    """The ranker of an artefact: scores as it was fitted, and says in `note` what keeps the list from being usual."""

    artefact: Artefact
    hash: str

    @classmethod
    def of(cls, artefact: Artefact) -> ArtefactRanker:
        """The ranker of this artefact."""
        return cls(artefact=artefact, hash=artefact.content_hash)

    @property
    def name(self) -> str:
        """The learner's name."""
        return self.artefact.model

    @property
    def version(self) -> str:
        """Learner, version of its algorithm, and the beginning of the content hash."""
        return f"{self.name}-{self.artefact.ranker.version}+{self.hash[:12]}"

    @property
    def features(self) -> tuple[str, ...]:
        """Every feature it reads."""
        return self.artefact.ranker.features

    @property
    def target(self) -> Target | None:
        """The label it learnt; None = harm itself."""
        return self.artefact.ranker.target

    @property
    def left_out(self) -> Mapping[str, str]:
        """As `TrainedRanker.left_out`."""
        return self.artefact.ranker.left_out

    def score(self, matrix: FeatureMatrix) -> Scored:
        """As `Ranker.score`.

        Raises:
            ArtefactError: the matrix is of another feature set.
            ScaleError: the model cannot do without harm, and the scale is not usable.
        """
        self.artefact.refuse_other_features(matrix.specs)
        scored = self.artefact.ranker.score(matrix)
        return Scored(frame=scored.frame, specs=scored.specs, note=self._note(scored.note, matrix))

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`; raises as `score`."""
        self.artefact.refuse_other_features(matrix.specs)
        return self.artefact.ranker.scores(matrix)

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `TrainedRanker.expectation`; raises as `score`."""
        self.artefact.refuse_other_features(matrix.specs)
        return self.artefact.ranker.expectation(matrix)

    def variants(self) -> tuple[Variant, ...]:
        """As `Ranker.variants`."""
        return self.artefact.ranker.variants()

    def parameters(self) -> Mapping[str, Json]:
        """As `TrainedRanker.parameters`."""
        return self.artefact.ranker.parameters()

    def _note(self, own: str | None, matrix: FeatureMatrix) -> str | None:
        notes = [SYNTHETIC_TRAINING] if self.artefact.is_synthetic else []
        notes += [own] if own else []
        if matrix.scale != self.artefact.training.scale:
            notes.append(f"trained under the scale {self.artefact.training.scale}, ranked under {matrix.scale}")
        return "; ".join(notes) or None


def known_features(specs: Iterable[FeatureSpec]) -> tuple[KnownFeature, ...]:
    """The features among `specs` that a model may read, sorted by name."""
    usable = (spec for spec in specs if spec.model_use)
    return tuple(
        KnownFeature(name=spec.name, window=spec.window, direction=spec.direction.value, sentence=spec.sentence)
        for spec in sorted(usable, key=lambda spec: spec.name)
    )


def features_hash(specs: Iterable[FeatureSpec]) -> str:
    """SHA-256 of names, directions and windows of the features that a model may read, whatever their order."""
    rows: list[Json] = [[each.name, each.direction, each.window] for each in known_features(specs)]
    return hashlib.sha256(canonical(rows).encode("ascii")).hexdigest()


def write(artefact: Artefact, path: Path) -> None:
    """Write the artefact as one owner-only file.

    Raises:
        OutputError: `path` exists already, or cannot be written.
        ValueError: a parameter is not a finite number: a defect of the learner.
    """
    document = _document(artefact)
    text = readable({**_HEAD, "content_hash": _hash(document), **document})
    with whole_file(path) as staging:
        staging.write_text(text, encoding="utf-8")


def read(path: Path) -> Artefact:
    """Take up an artefact.

    Raises:
        ArtefactError: not a model's file, not a format this version reads, changed since it was written, or, where
            somebody made the hash fit again, a model that no training could have made (see `models.meaning`).
    """
    text = read_text(path, "name the file that `mat train` wrote, or " + _MEND)
    document = parse_object(text, str(path), _MEND)
    if document.get("format") != FORMAT:
        raise ArtefactError(f"{path} is not a model's file: name one that `mat train` wrote.")
    if document.get("format_version") != FORMAT_VERSION:
        raise ArtefactError(
            f"{path} is of format version {document.get('format_version')}, this mat reads {FORMAT_VERSION}: {_MEND}."
        )
    hashed = {key: value for key, value in document.items() if key not in {*_HEAD, "content_hash"}}
    # Written again it must be the same text: a hash of values alone would let spaces and doubled keys pass.
    if document.get("content_hash") != _hash(hashed) or readable(document) != text:
        raise ArtefactError(f"{path} was changed after it was written: {_MEND}.")
    artefact = _artefact(Entries(values=document, name=str(path), mend=_MEND))
    if artefact.content_hash != document["content_hash"]:
        raise ArtefactError(f"{path} holds what this version of mat would not have written: {_MEND}.")
    return artefact


_HEAD: Mapping[str, Json] = {"format": FORMAT, "format_version": FORMAT_VERSION}


def _hash(document: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical({**_HEAD, **document}).encode("ascii")).hexdigest()


def _document(artefact: Artefact) -> dict[str, Json]:
    """Everything but the head, in the order in which people read it."""
    training = artefact.training
    learnt = f"whether a person will have {_TARGETS[training.target]}" if training.target else _TARGETS[None]
    return {
        "model": artefact.model,
        "algorithm_version": artefact.ranker.version,
        "about": (
            f"Learnt from records known before {training.as_of.isoformat()} {learnt} in the {training.label_days} days "
            "after a date. It orders people for a panel to look at; it decides nothing."
        ),
        "is_synthetic": artefact.is_synthetic,
        **({"warning": f"{SYNTHETIC_TRAINING}."} if artefact.is_synthetic else {}),
        "training": {
            "as_of": training.as_of.isoformat(),
            "first_as_of": training.first_as_of.isoformat(),
            "last_as_of": training.last_as_of.isoformat(),
            "periods": [period.isoformat() for period in training.periods],
            "people": training.people,
            "rows": training.rows,
            "events": training.events,
            "target": training.target.value if training.target else None,
            "label_days": training.label_days,
            "look_back_days": training.look_back_days,
            "population_days": training.population_days,
            "embargo_days": training.embargo_days,
            "scale": training.scale,
            "high_harm": training.high_harm,
            "refits": training.refits,
            "seed": training.seed,
        },
        "hashes": artefact.hashes.as_json(),
        "tool_version": artefact.tool_version,
        "evidence": artefact.evidence,
        "left_out": artefact.ranker.left_out,
        "parameters": artefact.ranker.parameters(),
        "features": [asdict(feature) for feature in artefact.features],
        "profile": artefact.profile,
    }


_TARGETS: Mapping[Target | None, str] = {
    Target.ANY: "a domestic abuse record as suspect",
    Target.SERIOUS: "a high-harm domestic abuse crime as suspect",
    None: "how much harm a person will be recorded for",
}


def _artefact(entries: Entries) -> Artefact:
    # Late: only a stored model needs the learners, slow to import.
    from models.learning import taken_up  # noqa: PLC0415
    from models.meaning import refuse_meaningless  # noqa: PLC0415

    features = _known(entries)
    try:
        ranker = taken_up(entries.text("model"), entries.mapping("parameters"))
        refuse_meaningless(ranker, {feature.name: feature.direction for feature in features})
    except ArtefactError as error:
        raise ArtefactError(f"{entries.name} is not a model that mat trained, {error}") from error
    version = entries.text("algorithm_version")
    if ranker.version != version:
        raise ArtefactError(
            f"{entries.name} is of version {version} of {ranker.name}, this mat has version {ranker.version}: {_MEND}."
        )
    return Artefact(
        ranker=ranker,
        training=_training(entries.inner("training")),
        hashes=_hashes(entries.inner("hashes")),
        features=features,
        evidence=entries.mapping("evidence"),
        profile=entries.mapping("profile"),
        is_synthetic=entries.flag("is_synthetic"),
        tool_version=entries.text("tool_version"),
    )


def _known(entries: Entries) -> tuple[KnownFeature, ...]:
    features = tuple(
        KnownFeature(**{field.name: each.text(field.name) for field in fields(KnownFeature)})
        for each in entries.inner_list("features")
    )
    if len({feature.name for feature in features}) != len(features):
        raise ArtefactError(f"{entries.name} names a feature twice: {entries.mend}.")
    return features


def _hashes(entries: Entries) -> Hashes:
    return Hashes(**{field.name: entries.text(field.name) for field in fields(Hashes)})


def _training(entries: Entries) -> Training:
    periods = entries.days("periods")
    target = entries.text_or_none("target")
    if not periods or target not in {None, *Target}:
        raise ArtefactError(f"{entries.name} names no period, or no target that mat knows: {entries.mend}.")
    return Training(
        as_of=entries.day("as_of"),
        periods=periods,
        people=entries.whole("people"),
        rows=entries.whole("rows"),
        events=entries.whole("events"),
        target=None if target is None else Target(target),
        label_days=entries.whole("label_days"),
        look_back_days=entries.whole("look_back_days"),
        population_days=entries.whole_or_none("population_days"),
        embargo_days=entries.whole("embargo_days"),
        scale=entries.text("scale"),
        high_harm=entries.number_or_none("high_harm"),
        refits=entries.whole("refits"),
        seed=entries.whole("seed"),
    )


def _difference(learnt: tuple[str, str] | None, found: tuple[str, str] | None) -> str:
    if found is None:
        return "is not counted any more"
    if learnt is None:
        return "is new"
    return "counts another window" if learnt[0] != found[0] else "points another way"
