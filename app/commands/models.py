"""The commands on the register of models: `list`, `show`, `promote` and `retire`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.trainings import describe, training_sentences
from app.judged import read_judged
from app.provenance import rfgv_hash
from app.wording import printable
from features.catalogue import CATALOGUE
from mat.errors import ArtefactError, CheckFailed
from mat.settings import MODEL_FILE
from models import artefact as artefacts
from models.artefact import SYNTHETIC_TRAINING, Artefact, ArtefactRanker, Training
from models.documents import plain
from models.register import WITHOUT_CHAMPION, Entry, Event, Register, State, What
from models.scorecard import NAME as SCORECARD
from models.scorecard import card
from models.trained import Json


def list_models(*, only_out_of_use: bool, config: Path | None, as_json: bool) -> None:
    """Print one line per model; of those out of use also why, when, by whom and what took their place."""
    register = Register.under(read_settings(config).data_dir)
    entries = register.entries()
    ranks = next((entry.version for entry in entries if entry.state is State.CHAMPION), WITHOUT_CHAMPION)
    shown = [entry for entry in entries if entry.out_of_use is not None or not only_out_of_use]
    rows = [_shown(register, entry) for entry in shown]
    summary = {"command": "models", "ranks_now": ranks, "models": [row.as_json() for row in rows]}
    tell(summary, list(_table(ranks, rows)), as_json=as_json)


def show(asked: str, *, config: Path | None, as_json: bool) -> None:
    """Print what one model reads, learnt from and rests on, and what happened to it."""
    register = Register.under(read_settings(config).data_dir)
    entry = None if _is_file(asked) else register.find(asked)
    artefact = artefacts.read(Path(asked)) if entry is None else register.load(entry)
    events = () if entry is None else entry.events
    summary = {
        "command": "models",
        "version": ArtefactRanker.of(artefact).version,
        **describe(artefact),
        "events": [_event(event) for event in events],
    }
    tell(summary, list(_described(artefact, events)), as_json=as_json)


def promote(asked: str, *, backtest: Path, by: str, reason: str, config: Path | None, as_json: bool) -> None:
    """Make a model the champion, where the backtest says so.

    Raises:
        CheckFailed: the backtest does not name it champion, or was made under other rules.
    """
    settings = read_settings(config)
    register = Register.under(settings.data_dir)
    artefact = artefacts.read(Path(asked)) if _is_file(asked) else register.load(register.find(asked))
    artefact.refuse_other_features(CATALOGUE)
    judged = read_judged(backtest)
    if why := judged.why_not(artefact, panel_size=settings.panel_size, rfgv=rfgv_hash(settings.rfgv)):
        raise CheckFailed(why)
    grounds: dict[str, Json] = {"backtest": str(backtest), **judged.evidence(artefact.model)}
    entry = register.promote(artefact, by=by, reason=reason, grounds=grounds)
    replaced = entry.events[-1].replaced
    sentences = [
        *([f"{SYNTHETIC_TRAINING}."] if artefact.is_synthetic else []),
        f"{entry.version} is the champion from now on: `mat rank` and `mat run` use it unless --model says otherwise.",
        f"It takes the place of {WITHOUT_CHAMPION if replaced is None else register.find(replaced).version}.",
        *judged.verdict.sentences,
    ]
    tell({"command": "models", **_row(entry)}, sentences, as_json=as_json)


def retire(asked: str, *, by: str, reason: str, replaced_by: str | None, config: Path | None, as_json: bool) -> None:
    """Take a model out of use and say what ranks from now on."""
    register = Register.under(read_settings(config).data_dir)
    before = register.champion_entry()
    entry = register.retire(asked, by=by, reason=reason, replaced_by=replaced_by)
    champion = register.champion_entry()
    ranks = WITHOUT_CHAMPION if champion is None else champion.version
    sentences = [f"{entry.version} is retired; it stays on record: see `mat models list --retired`."]
    if before is not None and before.hash == entry.hash:
        sentences.append(f"It was the champion: {ranks} ranks from now on, until another model is promoted.")
    else:
        sentences.append(f"{ranks} ranks as before.")
    tell({"command": "models", "ranks_now": ranks, **_row(entry)}, sentences, as_json=as_json)


def _is_file(asked: str) -> bool:
    return asked.endswith(MODEL_FILE) or "/" in asked


def _row(entry: Entry) -> dict[str, object]:
    ended = entry.out_of_use
    return {
        "model": entry.model,
        "version": entry.version,
        "content_hash": entry.hash,
        "state": entry.state.value,
        "is_champion": entry.state is State.CHAMPION,
        "is_synthetic": entry.is_synthetic,
        "out_of_use": None if ended is None else {"at": ended.at, "by": ended.by, "reason": ended.reason},
        "replaced_by": entry.replaced_by,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One model of the list; `training` None where the model's file cannot be used, and `problem` says why."""

    entry: Entry
    training: Training | None
    problem: str | None

    def as_json(self) -> dict[str, object]:
        return {
            **_row(self.entry),
            "trained_as_of": None if self.training is None else self.training.as_of.isoformat(),
            "people": None if self.training is None else self.training.people,
            "problem": self.problem,
        }


def _shown(register: Register, entry: Entry) -> _Shown:
    try:
        return _Shown(entry=entry, training=register.load(entry).training, problem=None)
    except ArtefactError as error:
        return _Shown(entry=entry, training=None, problem=str(error))


def _table(ranks: str, rows: list[_Shown]) -> Iterator[str]:
    if not rows:
        yield f"No model is on record here: {ranks} ranks. `mat train` makes one."
        return
    yield f"What ranks now: {ranks}."
    yield ""
    wide = max(len(row.entry.version) for row in rows)
    yield f"  {'model':<10} {'version':<{wide}}  {'trained as of':<13} {'people':>9}  state"
    for row in rows:
        yield _line(row, wide)
        yield from _why(row.entry)
        if row.problem is not None:
            yield f"      {row.problem}"


def _line(row: _Shown, wide: int) -> str:
    entry = row.entry
    as_of, people = ("-", "-") if row.training is None else (str(row.training.as_of), f"{row.training.people:,}")
    mark = "*" if entry.state is State.CHAMPION else " "
    synthetic = "  SYNTHETIC TRAINING" if entry.is_synthetic else ""
    return f"{mark} {entry.model:<10} {entry.version:<{wide}}  {as_of:<13} {people:>9}  {entry.state}{synthetic}"


def _why(entry: Entry) -> Iterator[str]:
    ended = entry.out_of_use
    if ended is not None:
        yield f"      out of use since {ended.at}, by {printable(ended.by)}: {printable(ended.reason)}"
        yield f"      {entry.replaced_by[:12] if entry.replaced_by else 'nothing'} took its place"


def _event(event: Event) -> dict[str, object]:
    return {
        "what": event.what.value,
        "at": event.at,
        "by": event.by,
        "reason": event.reason,
        "replaced": event.replaced,
        "replaced_by": event.replaced_by,
        "grounds": plain(event.grounds),
    }


def _described(artefact: Artefact, events: tuple[Event, ...]) -> Iterator[str]:
    if artefact.is_synthetic:
        yield f"{SYNTHETIC_TRAINING}."
    yield f"{ArtefactRanker.of(artefact).version}, trained on what was known before {artefact.training.as_of}."
    yield from training_sentences(artefact)
    yield ""
    if artefact.model == SCORECARD:
        yield from _card(artefact)
    else:
        yield "WHAT IT READS"
        sentences = {feature.name: feature.sentence for feature in artefact.features}
        yield from (f"  {name:<32} {sentences[name].partition(':')[0]}" for name in artefact.ranker.features)
    yield ""
    yield "EVIDENCE IT WAS TRAINED WITH"
    yield from (f"  {sentence}" for sentence in _verdict(artefact.evidence))
    for event in events:
        if event.what is What.PROMOTED:
            yield f"PROMOTED ON  {printable(str(event.grounds.get('backtest', '')))}"
            yield from (f"  {sentence}" for sentence in _verdict(event.grounds))
    yield ""
    yield "HASHES"
    yield f"  {'content':<12} {artefact.content_hash}"
    yield from (f"  {name:<12} {value}" for name, value in artefact.hashes.as_json().items())
    if events:
        yield ""
        yield "WHAT HAPPENED"
        yield from (
            f"  {event.at}  {event.what:<9} by {printable(event.by)}: {printable(event.reason)}" for event in events
        )


def _card(artefact: Artefact) -> Iterator[str]:
    """The card: to be added up on paper."""
    yield "THE CARD  (one line of each group; add the points up)"
    group = ""
    for feature, band, points, sentence in (
        card(artefact.ranker).select("feature", "band", "points", "sentence").iter_rows()
    ):
        if feature != group:
            yield f"  {sentence.rpartition(':')[0]}"
            group = feature
        yield f"    {points:>+5}  {band}"


def _verdict(evidence: Mapping[str, Json]) -> list[str]:
    verdict = evidence.get("verdict")
    sentences = verdict.get("sentences") if isinstance(verdict, Mapping) else None
    if isinstance(sentences, str) or not sentences or not isinstance(sentences, list | tuple):
        return ["None: no backtest was named when it was trained."]
    return [printable(str(sentence)) for sentence in sentences]
