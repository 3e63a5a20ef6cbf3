"""The command that fits a model: `train`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from app.commands.choices import Given, choose
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.judged import Judged, read_judged
from app.training import Plan, model_to_train
from app.training import train as fit
from app.wording import SYNTHETIC
from mat.errors import OutputError
from mat.outputs import refuse_existing
from mat.progress import Progress
from mat.settings import Settings
from mat.snapshot import Snapshot
from models import artefact as artefacts
from models.artefact import SYNTHETIC_TRAINING, Artefact, ArtefactRanker
from models.backtest_settings import read_backtest_settings
from models.learning import LEARNERS, LEARNT
from models.register import Register
from models.runlog import log_training

_WIDTH = 100
_STEPS_BESIDE_PERIODS = 4


def train(snapshot: Path, given: Given, *, backtest: Path | None, out: Path, is_logged: bool, as_json: bool) -> None:
    """Fit a model, write its file, put it in the register and say what it is and what comes next."""
    refuse_existing(out)
    settings = read_settings(given.config)
    register = Register.under(settings.data_dir)
    register.refuse_unusable()
    judged = None if backtest is None else read_judged(backtest)
    plan = Plan(
        model=model_to_train(given.model, judged),
        choices=choose(replace(given, model=None), settings, is_ranked=False),
        method=read_backtest_settings(settings.backtest),
        judged=judged,
    )
    opened = Snapshot.open(snapshot)
    with progress(expected_steps=plan.method.times.training_periods + _STEPS_BESIDE_PERIODS) as listener:
        artefact = fit(opened, plan, listener)
        listener.step("Writing the model")
        artefacts.write(artefact, out)
        register.add(artefact, by="mat train", reason=f"trained on what was known before {plan.choices.as_of}")
        if is_logged:
            _log(settings, artefact, judged, out, listener)
    champion = register.champion_entry()
    summary = {
        "command": "train",
        "out": str(out),
        "version": ArtefactRanker.of(artefact).version,
        **describe(artefact),
        "ranks_now": champion.version if champion else "rfgv",
    }
    tell(summary, list(_said(artefact, plan, out, backtest, champion.version if champion else "rfgv")), as_json=as_json)


def describe(artefact: Artefact) -> dict[str, object]:
    """A model for programs: everything but its numbers."""
    training = artefact.training
    return {
        "model": artefact.model,
        "content_hash": artefact.content_hash,
        "is_synthetic": artefact.is_synthetic,
        "trained_as_of": training.as_of.isoformat(),
        "periods": [period.isoformat() for period in training.periods],
        "people": training.people,
        "rows": training.rows,
        "events": training.events,
        "target": training.target.value if training.target else None,
        "label_days": training.label_days,
        "embargo_days": training.embargo_days,
        "scale": training.scale,
        "high_harm": training.high_harm,
        "reads": list(artefact.ranker.features),
        "left_out": dict(artefact.ranker.left_out),
        "hashes": artefact.hashes.as_json(),
        "evidence": artefact.evidence,
    }


def training_sentences(artefact: Artefact) -> Iterator[str]:
    """What a model learnt from and what it reads."""
    training = artefact.training
    several = f"{len(training.periods)} dates, {training.first_as_of} to {training.last_as_of}"
    dates = several if len(training.periods) > 1 else f"one date, {training.first_as_of}"
    yield from _wrap(
        f"Learnt from {training.people:,} people at {dates}: {training.rows:,} times a person at a date, of them "
        f"{training.events:,} followed by {LEARNT[training.target]} within {training.label_days} days."
    )
    yield from _wrap(
        f"What followed was read {training.embargo_days} days after those {training.label_days} had ended, and nothing "
        f"known on or after {training.as_of}. Harm scale {training.scale}."
    )
    left_out = artefact.ranker.left_out
    yield f"It reads {len(artefact.ranker.features)} of {len(artefact.features)} features that a model may read."
    for why in dict.fromkeys(left_out.values()):
        names = [name for name, reason in left_out.items() if reason == why]
        yield from _wrap(f"  Left out ({why}): {', '.join(names)}.")


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _said(artefact: Artefact, plan: Plan, out: Path, backtest: Path | None, ranks_now: str) -> Iterator[str]:
    if artefact.is_synthetic:
        yield f"{SYNTHETIC_TRAINING}."
        yield SYNTHETIC
    yield f"{out}: {ArtefactRanker.of(artefact).version}, trained on what was known before {plan.choices.as_of}."
    yield from training_sentences(artefact)
    yield ""
    named = plan.judged.verdict.champion if plan.judged is not None else None
    if plan.judged is not None:
        yield from plan.judged.verdict.sentences
    if plan.judged is None:
        yield "No backtest was named, so nothing says whether it does better than rfgv: make one with `mat backtest`."
    elif named not in LEARNERS:
        yield f"{named} stays the list's model until a backtest says otherwise; --model {out} tries this one."
    elif named != artefact.model:
        yield f"The backtest names {named}, not {artefact.model}: train that one, or promote nothing."
    yield f"{ranks_now} ranks as before: a trained model ranks once somebody promotes it."
    if named == artefact.model:
        yield f"Next: mat models promote {out} --backtest {backtest} --by NAME --reason TEXT"
    else:
        yield f"Next: mat models show {artefact.content_hash[:12]}"


def _log(settings: Settings, artefact: Artefact, judged: Judged | None, out: Path, listener: Progress) -> None:
    """Log the training; the model is there whether this works or not."""
    listener.step("Writing the run log")
    try:
        figures: list[Path] = [] if judged is None else sorted(judged.directory.glob("*.png"))
        metrics: Mapping[str, float] = {} if judged is None else judged.metrics(artefact.model)
        log_training(settings.data_dir, artefact, out, figures=figures, metrics=metrics)
    except OutputError as error:
        print(f"mat: {error}", file=sys.stderr)
