"""What is different from then, and whether it is different enough that somebody should look.

Nothing here changes a list. A difference calls for review only where it is over its threshold and larger than chance
between unrelated groups of this size would make it; no finding tells of a person.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.profile import SMALLEST, FeatureProfile, Profile, Spread
from models.watch_config import Thresholds

#: Chance seldom reaches beyond so many standard errors.
_ERRORS = 3.0


class Watched(StrEnum):
    """What is looked at."""

    POPULATION = "population"
    NEW_SUSPECTS = "new_suspects"
    BASE_RATE = "base_rate"
    MISSING = "missing"
    FEATURE_SHIFT = "feature_shift"
    SCORE_SHIFT = "score_shift"
    HELD = "held"
    OVERLAP = "overlap"
    AGREEMENT = "agreement"
    REFUSALS = "refusals"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at.

    `subject`: the feature or choice, else "". `then`, `now`: what was compared, None where only `measure` says.
    `measure` is held against `threshold`; both None for a choice. `sentence` says what to do if it `calls_for_review`.
    """

    code: Watched
    subject: str
    then: float | str | None
    now: float | str | None
    measure: float | None
    threshold: float | None
    calls_for_review: bool
    sentence: str


def compare(
    then: Profile, now: Profile, thresholds: Thresholds, labels: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """What is different between two populations, in a fixed order.

    Harm features and scores are left out where the scales differ, since their points do not mean the same.

    Args:
        then: the earlier population.
        now: the population of today, counted in the groups of `then`.
        thresholds: when a difference calls for review.
        labels: the features to look at and how people read them; None = every feature both profiles have.

    Raises:
        ValueError: `now` was not counted in the groups of `then`: a defect of the caller.
    """
    names = {name: name for name in then.features} if labels is None else labels
    both = {name: label for name, label in names.items() if name in then.features and name in now.features}
    same_scale = then.scale == now.scale
    found = [_population(then, now, thresholds), *_shares_of_people(then, now, thresholds)]
    for name, label in both.items():
        before, after = then.features[name], now.features[name]
        found.append(_missing(name, label, then, now, thresholds))
        if same_scale or not before.is_of_scale:
            found += _feature_shift(name, label, before, after, thresholds)
    if same_scale and then.scores is not None and now.scores is not None:
        found.append(_score_shift(then.scores, now.scores, thresholds))
    return tuple(found)


def stability_index(then: Spread, now: Spread) -> float:
    """How differently values are spread, from 0: the sum over groups of (now - then) x ln(now / then).

    An empty group counts as half a person, since the logarithm of nothing is not a number.

    Raises:
        ValueError: the two are not counted in the same groups: a defect of the caller.
    """
    if then.edges != now.edges:
        raise ValueError("two spreads over different groups cannot be compared")
    pairs = zip(_floored(then), _floored(now), strict=True)
    return sum((after - before) * math.log(after / before) for before, after in pairs)


def chance_index(then: Spread, now: Spread) -> float:
    """The index that two unrelated draws of these sizes from the same people hardly ever exceed.

    Under chance the index times the two sizes' harmonic part follows a chi-square law with one degree of freedom fewer
    than there are groups: its mean plus three standard deviations.
    """
    freedom = len(then.shares) - 1
    return (freedom + _ERRORS * math.sqrt(2 * freedom)) * (1 / then.known + 1 / max(now.known, 1))


def _floored(spread: Spread) -> list[float]:
    least = 0.5 / max(spread.known, 1)
    return [max(share, least) for share in spread.shares]


def _population(then: Profile, now: Profile, thresholds: Thresholds) -> Finding:
    change = abs(now.people - then.people) / max(then.people, 1)
    by_chance = _ERRORS * math.sqrt(then.people + now.people) / max(then.people, 1)
    return Finding(
        code=Watched.POPULATION,
        subject="",
        then=then.people,
        now=now.people,
        measure=change,
        threshold=thresholds.population_change,
        calls_for_review=change > max(thresholds.population_change, by_chance),
        sentence=(
            f"{now.people:,} suspects, {then.people:,} then: check that the extract is whole, of the same area and of "
            "the same years."
        ),
    )


def _shares_of_people(then: Profile, now: Profile, thresholds: Thresholds) -> list[Finding]:
    people = (then.people, now.people)
    return [
        _share(
            Watched.NEW_SUSPECTS,
            (then.new_suspects, now.new_suspects),
            people,
            thresholds.new_suspects_change,
            "{now} of the suspects have their first record within 12 months, {then} then: ask whether recording or the "
            "extract changed; no list from history could have named them.",
        ),
        _share(
            Watched.BASE_RATE,
            (then.base_rate, now.base_rate),
            people,
            thresholds.base_rate_change,
            "{now} of the suspects have a record within 12 months, {then} then: read probabilities with care, and "
            "backtest again. What the next 12 months record is not known yet; this stands in for it.",
        ),
    ]


def held(then: tuple[int, int], now: tuple[int, int], thresholds: Thresholds) -> Finding:
    """The share of suspects who are held; `then` and `now` are how many are held, and of how many."""
    shares = [of_whom / max(everyone, 1) for of_whom, everyone in (then, now)]
    return _share(
        Watched.HELD,
        (shares[0], shares[1]),
        (then[1], now[1]),
        thresholds.held_change,
        "{now} of the suspects are held, {then} then: see which hold it is, and whether all can be looked into.",
    )


def _share(
    code: Watched, shares: tuple[float, float], people: tuple[int, int], threshold: float, sentence: str
) -> Finding:
    then, now = shares
    return Finding(
        code=code,
        subject="",
        then=then,
        now=now,
        measure=abs(now - then),
        threshold=threshold,
        calls_for_review=_is_beyond(shares, people, threshold),
        sentence=sentence.format(then=_percent(then), now=_percent(now)),
    )


def _is_beyond(shares: tuple[float, float], people: tuple[int, int], threshold: float) -> bool:
    """Whether two shares differ by more than the threshold, and by more than chance would make them."""
    then, now = shares
    sizes = [max(each, 1) for each in people]
    middle = (then * sizes[0] + now * sizes[1]) / sum(sizes)
    error = math.sqrt(middle * (1 - middle) * (1 / sizes[0] + 1 / sizes[1]))
    return abs(now - then) > max(threshold, _ERRORS * error)


def _missing(name: str, label: str, then: Profile, now: Profile, thresholds: Thresholds) -> Finding:
    before, after = then.features[name].missing, now.features[name].missing
    return Finding(
        code=Watched.MISSING,
        subject=name,
        then=before,
        now=after,
        measure=abs(after - before),
        threshold=thresholds.missing_change,
        calls_for_review=_is_beyond((before, after), (then.people, now.people), thresholds.missing_change),
        sentence=f"{label}: {_missing_words(then.features[name], now.features[name])}",
    )


def _missing_words(then: FeatureProfile, now: FeatureProfile) -> str:
    shares = f"for {_percent(now.missing)} of suspects, {_percent(then.missing)} then"
    if now.is_nothing_to_count:
        return f"nothing to count {shares}: ask whether recording changed before you read it as conduct."
    return f"not known {shares}: ask whoever makes the extract what became of the table or column."


def _feature_shift(
    name: str, label: str, then: FeatureProfile, now: FeatureProfile, thresholds: Thresholds
) -> list[Finding]:
    if then.spread is None or now.spread is None:
        return []
    index = stability_index(then.spread, now.spread)
    return [
        Finding(
            code=Watched.FEATURE_SHIFT,
            subject=name,
            then=None,
            now=None,
            measure=index,
            threshold=thresholds.feature_shift,
            calls_for_review=index > max(thresholds.feature_shift, chance_index(then.spread, now.spread)),
            sentence=(
                f"{label}: spread differently than then (stability index {index:.2f}): ask whether recording changed "
                "before you read it as conduct."
            ),
        )
    ]


def _score_shift(then: Spread, now: Spread, thresholds: Thresholds) -> Finding:
    index = stability_index(then, now)
    return Finding(
        code=Watched.SCORE_SHIFT,
        subject="",
        then=None,
        now=None,
        measure=index,
        threshold=thresholds.score_shift,
        calls_for_review=index > max(thresholds.score_shift, chance_index(then, now)),
        sentence=(
            f"The same model gives differently spread scores (stability index {index:.2f}): backtest it on recent "
            "dates before its scores are compared with earlier ones."
        ),
    )


def overlap(then: Collection[str], now: Collection[str], thresholds: Thresholds) -> Finding | None:
    """How many of the people listed then are listed now, by their present ids; None where fewer than ten were.

    A shorter list now is not held against it: the share is of as many as both lists have room for.
    """
    room = min(len(then), len(now))
    if room < SMALLEST:
        return None
    shared = len(set(then) & set(now))
    share = min(shared / room, 1.0)
    return Finding(
        code=Watched.OVERLAP,
        subject="",
        then=len(then),
        now=len(now),
        measure=share,
        threshold=thresholds.least_overlap,
        calls_for_review=share < thresholds.least_overlap,
        sentence=(
            f"{shared} of the {len(then)} people listed then are among the {len(now)} listed now: `mat compare` of the "
            "two runs says who left and why."
        ),
    )


def agreement(listed: int, refused: int, decided: int, thresholds: Thresholds) -> tuple[Finding, ...]:
    """What people decided about suspects first in order: `listed` and `refused` of `decided`; none where too few."""
    if decided < thresholds.least_decisions:
        return ()
    shares = (listed / decided, refused / decided)
    who = f"Of {decided} people first in order whose holds were decided"
    look = "read the reasons given, and take them to whoever owns the model."
    return (
        Finding(
            code=Watched.AGREEMENT,
            subject="",
            then=None,
            now=listed,
            measure=shares[0],
            threshold=thresholds.least_agreement,
            calls_for_review=shares[0] < thresholds.least_agreement,
            sentence=f"{who}, {listed} were to be listed: {look}",
        ),
        Finding(
            code=Watched.REFUSALS,
            subject="",
            then=None,
            now=refused,
            measure=shares[1],
            threshold=thresholds.most_refused,
            calls_for_review=shares[1] > thresholds.most_refused,
            sentence=f"{who}, {refused} were not to be listed: {look}",
        ),
    )


def choice(subject: str, then: str, now: str) -> Finding:
    """Whether the two were made by the same scale, definitions or model; `then` and `now` name and pin it."""
    return Finding(
        code=Watched.CHOICE,
        subject=subject,
        then=then,
        now=now,
        measure=None,
        threshold=None,
        calls_for_review=then != now,
        sentence=(
            f"The {subject} changed ({then} then, {now} now): differences may come from that alone; `mat compare` "
            "lists who enters and leaves."
        ),
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"
