"""Whether a model has earned its place: one candidate, one look at the last fold, and plain sentences about both.

Without proof on a fold that nothing was chosen on, the baseline stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import polars as pl

from mat.errors import ArtefactError
from models.judging import Judgement, ScoredFold
from models.learning import LEARNERS, MINIMUM_EVENTS, MINIMUM_PEOPLE
from models.parameters import Part
from models.trained import Json

#: The only candidate where there is one fold, or too few people or events for anything richer.
SIMPLEST = LEARNERS[0]


class Ground(StrEnum):
    """Why the champion is who it is."""

    GAIN_PROVEN = "gain_proven"
    GAIN_NOT_PROVEN = "gain_not_proven"
    NOT_MEASURABLE = "not_measurable"
    NO_CANDIDATE = "no_candidate"
    #: A detector saw a leak, or missed one that was planted: no figure of the backtest can be relied on.
    SUSPICIOUS = "suspicious"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Who the champion is, and why.

    `candidate` is null where no model could be one. `gain`: its captured harm at `panel_size` seats on the last fold
    (as of `fold`; null = none could be judged) minus the baseline's, as a share (0.01 = one point); `low` and `high`
    bound it with 95 %; all three null where it cannot be worked out. `people`, `events`: different people, and
    people-periods with the target, that the models learnt from.
    """

    champion: str
    candidate: str | None
    baseline: str
    panel_size: int
    fold: date | None
    gain: float | None
    low: float | None
    high: float | None
    reason: Ground
    sentences: tuple[str, ...]
    people: int
    events: int

    def __post_init__(self) -> None:
        """Refuse a champion that its own figures do not make one.

        Raises:
            ValueError: the fields contradict each other.
        """
        is_proven = self.low is not None and self.low > 0 and self.candidate is not None
        if self.reason is Ground.SUSPICIOUS:
            is_proven = False
        elif is_proven != (self.reason is Ground.GAIN_PROVEN):
            raise ValueError("the reason given is not that of the interval")
        if self.champion != (self.candidate if is_proven else self.baseline):
            raise ValueError("the champion is not the one that the interval makes it")

    @property
    def is_promoted(self) -> bool:
        """Whether the candidate replaces the baseline."""
        return self.reason is Ground.GAIN_PROVEN

    def to_json(self) -> dict[str, Json]:
        """Every field, and `is_promoted`."""
        return {
            "champion": self.champion,
            "candidate": self.candidate,
            "baseline": self.baseline,
            "panel_size": self.panel_size,
            "fold": None if self.fold is None else self.fold.isoformat(),
            "gain": self.gain,
            "low": self.low,
            "high": self.high,
            "is_promoted": self.is_promoted,
            "reason": str(self.reason),
            "sentences": list(self.sentences),
            "people": self.people,
            "events": self.events,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Verdict:
        """The verdict that `to_json` wrote.

        Raises:
            ArtefactError: a field is missing, of another type, or contradicts the others.
        """
        part = Part(written, "the verdict")
        try:
            found = cls(
                champion=part.text("champion"),
                candidate=None if _is_null(part, "candidate") else part.text("candidate"),
                baseline=part.text("baseline"),
                panel_size=part.whole("panel_size"),
                fold=None if _is_null(part, "fold") else date.fromisoformat(part.text("fold")),
                gain=None if _is_null(part, "gain") else part.number("gain"),
                low=None if _is_null(part, "low") else part.number("low"),
                high=None if _is_null(part, "high") else part.number("high"),
                reason=Ground(part.text("reason")),
                sentences=_sentences(part),
                people=part.whole("people"),
                events=part.whole("events"),
            )
        except ValueError as error:
            raise ArtefactError(f"the verdict is not as mat wrote it ({error}): run the backtest again.") from None
        if part.truth("is_promoted") is not found.is_promoted:
            raise part.wrong("is_promoted", "what the interval makes it")
        return found


def _is_null(part: Part, key: str) -> bool:
    return key in part.content and part.content[key] is None


def _sentences(part: Part) -> tuple[str, ...]:
    found = part.content.get("sentences")
    if isinstance(found, str) or not isinstance(found, Sequence) or not all(isinstance(each, str) for each in found):
        raise part.wrong("sentences", "a list of sentences")
    return tuple(str(each) for each in found)


def withheld(found: Verdict, doubts: Sequence[str]) -> Verdict:
    """The same verdict with the baseline as champion, because of `doubts`: sentences that say what was seen.

    They take the place of the verdict's last sentence, its conclusion.
    """
    return replace(
        found,
        champion=found.baseline,
        reason=Ground.SUSPICIOUS,
        sentences=(
            *found.sentences[:-1],
            *doubts,
            f"Until that is explained no figure here can be relied on, so {found.baseline} stays.",
        ),
    )


def verdict(
    judgement: Judgement,
    folds: Sequence[ScoredFold],
    *,
    panel_size: int,
    candidates: Sequence[str],
    people: int,
    events: int,
    baseline: str = "rfgv",
) -> Verdict:
    """Choose the candidate on all folds but the last, and judge it once on the last.

    `folds` has at least one. Those before the last should be those whose outcomes were known when the last began:
    what the candidate is chosen on then shares no day with what it is judged on. The candidate captured most harm
    at `panel_size` seats on average over these, among the `candidates` judged on every fold; of equals the simpler.
    Without an earlier fold, or with fewer than `MINIMUM_PEOPLE` people or `MINIMUM_EVENTS` events, only the
    scorecard can be it. It becomes champion only where the lower 95 % bound of its paired gain over the baseline on
    the last fold is above zero.

    Raises:
        ValueError: the judgement is not of these folds and seats: a defect of the caller.
    """
    at_seats = judgement.metrics.filter(pl.col("capacity") == str(panel_size))
    dates = sorted(fold.as_of for fold in folds)
    if not set(dates) <= set(at_seats["as_of"]):
        raise ValueError(f"the judgement is not of these folds with {panel_size} seats")
    everywhere = [name for name in candidates if name != baseline and all(name in fold.models for fold in folds)]
    choice = _chosen(at_seats, dates[:-1], everywhere, people=people, events=events)
    found = _last_fold(at_seats, dates[-1], choice.candidate, baseline, panel_size)
    reason = _ground(found.candidate, found.low)
    finding = () if found.candidate is None else (_what_was_found(found),)
    conclusion = _CONCLUSIONS[reason].format(candidate=found.candidate, baseline=baseline)
    return Verdict(
        champion=found.candidate if found.candidate and reason is Ground.GAIN_PROVEN else baseline,
        candidate=found.candidate,
        baseline=baseline,
        panel_size=panel_size,
        fold=found.fold,
        gain=found.gain,
        low=found.low,
        high=found.high,
        reason=reason,
        sentences=(choice.sentence, *finding, conclusion),
        people=people,
        events=events,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    candidate: str | None
    sentence: str


def _chosen(
    at_seats: pl.DataFrame, earlier: Sequence[date], candidates: Sequence[str], *, people: int, events: int
) -> _Choice:
    """The one candidate, and how it was chosen; nothing here looks at the last fold."""
    if people < MINIMUM_PEOPLE or events < MINIMUM_EVENTS:
        why = (
            f"There are {people:,} people and {events:,} events to learn from; under {MINIMUM_PEOPLE:,} people or "
            f"{MINIMUM_EVENTS} events only {SIMPLEST} may be the candidate"
        )
        return _only_the_simplest(why, candidates)
    if not earlier:
        why = (
            "No earlier fold's outcomes were fully recorded when the last began, so there is nothing fair to choose a "
            f"model on, and only {SIMPLEST} may be the candidate"
        )
        return _only_the_simplest(why, candidates)
    means = {name: _mean_captured(at_seats, earlier, name) for name in candidates}
    known = {name: mean for name, mean in means.items() if mean is not None}
    if not known:
        return _Choice(candidate=None, sentence="No model was judged on every fold, so there is no candidate.")
    order = sorted(known, key=lambda name: (-round(known[name], 12), _simplicity(name), name))
    shares = ", ".join(f"{name} {_percent(known[name])}" for name in order)
    folds = "the one earlier fold" if len(earlier) == 1 else f"the {len(earlier)} earlier folds"
    folds += " whose outcomes were known by then"
    return _Choice(
        candidate=order[0],
        sentence=f"{order[0]} is the candidate: of next year's recorded harm the lists captured, on {folds}, {shares}.",
    )


def _only_the_simplest(why: str, candidates: Sequence[str]) -> _Choice:
    if SIMPLEST in candidates:
        return _Choice(candidate=SIMPLEST, sentence=f"{why}.")
    return _Choice(candidate=None, sentence=f"{why}; it was not compared on every fold, so there is no candidate.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _LastFold:
    """What the last fold says, and all that is read of it."""

    fold: date
    candidate: str | None
    baseline: str
    panel_size: int
    captured: float | None
    captured_by_baseline: float | None
    gain: float | None
    low: float | None
    high: float | None


def _last_fold(at_seats: pl.DataFrame, fold: date, candidate: str | None, baseline: str, panel_size: int) -> _LastFold:
    return _LastFold(
        fold=fold,
        candidate=candidate,
        baseline=baseline,
        panel_size=panel_size,
        captured=_figure(at_seats, fold, candidate, "captured", "value"),
        captured_by_baseline=_figure(at_seats, fold, baseline, "captured", "value"),
        gain=_figure(at_seats, fold, candidate, "gain", "value"),
        low=_figure(at_seats, fold, candidate, "gain", "low"),
        high=_figure(at_seats, fold, candidate, "gain", "high"),
    )


_CONCLUSIONS = {
    Ground.GAIN_PROVEN: (
        "The lower bound is above zero, so {candidate} may take the place of {baseline}: a named person decides."
    ),
    Ground.GAIN_NOT_PROVEN: "The lower bound is not above zero, so {baseline} stays.",
    Ground.NOT_MEASURABLE: "Without a measured gain nothing replaces {baseline}, so {baseline} stays.",
    Ground.NO_CANDIDATE: "So {baseline} stays.",
}


def _ground(candidate: str | None, low: float | None) -> Ground:
    if candidate is None:
        return Ground.NO_CANDIDATE
    if low is None:
        return Ground.NOT_MEASURABLE
    return Ground.GAIN_PROVEN if low > 0 else Ground.GAIN_NOT_PROVEN


def _what_was_found(figures: _LastFold) -> str:
    """What the last fold says of the candidate, in one sentence."""
    where = f"On the last fold (as of {figures.fold.isoformat()})"
    if figures.gain is None or figures.captured is None or figures.captured_by_baseline is None:
        return (
            f"{where} the gain of {figures.candidate} over {figures.baseline} with {figures.panel_size} seats cannot "
            "be worked out: no harm was recorded, or there are fewer people than seats."
        )
    kind = "a loss" if figures.gain < 0 else "a gain"
    interval = (
        "with no 95 % interval: too few people had any harm"
        if figures.low is None or figures.high is None
        else f"95 % interval of the gain {_points(figures.low)} to {_points(figures.high)}"
    )
    return (
        f"{where} {figures.candidate} captured {_percent(figures.captured)} of next year's recorded harm with "
        f"{figures.panel_size} seats, {figures.baseline} {_percent(figures.captured_by_baseline)}: {kind} of "
        f"{_points(abs(figures.gain))} points, {interval}."
    )


def _figure(at_seats: pl.DataFrame, as_of: date, model: str | None, metric: str, column: str) -> float | None:
    """The one figure; None where there is none."""
    found = at_seats.filter(as_of=as_of, model=pl.lit(model, pl.Utf8), metric=metric)[column]
    return None if found.is_empty() or found[0] is None else float(found[0])


def _mean_captured(at_seats: pl.DataFrame, folds: Sequence[date], model: str) -> float | None:
    """Mean over the folds; None where it is unknown on one of them."""
    shares = [_figure(at_seats, as_of, model, "captured", "value") for as_of in folds]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if len(known) == len(shares) else None


def _simplicity(model: str) -> int:
    return LEARNERS.index(model) if model in LEARNERS else len(LEARNERS)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    """Percentage points with one decimal; as many as it takes where one would hide on which side of zero they are."""
    points = 100 * share
    decimals = next((places for places in range(1, 6) if round(points, places) != 0), 1)
    return f"{points:.{decimals}f}" if round(points, decimals) else "0.0"
