"""The verdict: who may be the candidate, who becomes champion, and what the panel is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from mat.errors import ArtefactError
from models.judging import METRICS, Judgement, JudgeSettings, ScoredFold, judge
from models.promotion import Ground, Verdict, verdict, withheld
from tests.models.scored_folds import made, simulated

DATES = (date(2022, 9, 1), date(2022, 12, 1), date(2023, 3, 1))
CANDIDATES = ("boosted", "ebm", "scorecard")

#: What each model captured at 20 seats on the three folds.
CAPTURED = {
    "rfgv": (0.070, 0.072, 0.079),
    "scorecard": (0.075, 0.080, 0.081),
    "ebm": (0.075, 0.080, 0.120),
    "boosted": (0.060, 0.090, 0.200),
}


def folds(count: int = 3, models: tuple[str, ...] = tuple(CAPTURED)) -> list[ScoredFold]:
    return [made([1.0, 0.0], {name: [2, 1] for name in models}, as_of=as_of) for as_of in DATES[3 - count :]]


def judgement(
    captured: dict[str, tuple[float | None, float | None, float | None]],
    *,
    low: float | None = -0.009,
    high: float | None = 0.012,
) -> Judgement:
    """What was captured with 20 seats; gains on the last fold have these bounds, earlier ones are clear."""
    rows: list[dict[str, Any]] = []
    for model, shares in captured.items():
        for as_of, share, baseline in zip(DATES, shares, captured["rfgv"], strict=True):
            gain = None if share is None or baseline is None else share - baseline
            bounds = {"low": low, "high": high} if as_of == DATES[-1] else {"low": 0.001, "high": 0.02}
            shared = {"as_of": as_of, "model": model, "label": "harm", "capacity": "20", "n": 100}
            rows += [
                {**shared, "metric": "captured", "value": share},
                {**shared, "metric": "gain", "value": gain, **bounds},
            ]
    return Judgement(metrics=pl.DataFrame(rows, schema=METRICS), calibration=pl.DataFrame())


def decided(judged: Judgement, over: list[ScoredFold], **changed: Any) -> Verdict:
    settings = {"panel_size": 20, "candidates": CANDIDATES, "people": 6000, "events": 900} | changed
    return verdict(judged, over, **settings)


def test_the_panel_reads_what_was_chosen_what_was_found_and_why_the_spreadsheet_stays() -> None:
    found = decided(judgement(CAPTURED), folds(), candidates=("scorecard", "boosted"), people=6000)

    chosen, what, conclusion = found.sentences
    assert chosen == (
        "scorecard is the candidate: of next year's recorded harm the lists captured, on the 2 earlier folds "
        "whose outcomes were known by then, scorecard 7.8 %, boosted 7.5 %."
    )
    assert what == (
        "On the last fold (as of 2023-03-01) scorecard captured 8.1 % of next year's recorded harm with 20 seats, rfgv "
        "7.9 %: a gain of 0.2 points, 95 % interval of the gain -0.9 to 1.2."
    )
    assert conclusion == "The lower bound is not above zero, so rfgv stays."
    assert (found.champion, found.reason, found.is_promoted) == ("rfgv", Ground.GAIN_NOT_PROVEN, False)


def test_a_proven_gain_makes_the_candidate_champion() -> None:
    found = decided(judgement(CAPTURED, low=0.0004), folds())

    assert (found.champion, found.reason, found.is_promoted) == ("scorecard", Ground.GAIN_PROVEN, True)
    assert (
        found.sentences[-1]
        == "The lower bound is above zero, so scorecard may take the place of rfgv: a named person decides."
    )
    assert "interval of the gain 0.04 to 1.2" in found.sentences[1]


@pytest.mark.parametrize("low", [0.0, -1e-9, -0.5])
def test_a_lower_bound_of_zero_or_less_proves_nothing(low: float) -> None:
    assert decided(judgement(CAPTURED, low=low), folds()).champion == "rfgv"


def test_a_loss_is_called_a_loss() -> None:
    worse = CAPTURED | {"scorecard": (0.2, 0.2, 0.061)}

    found = decided(judgement(worse, low=-0.03, high=-0.002), folds())

    assert "a loss of 1.8 points, 95 % interval of the gain -3.0 to -0.2." in found.sentences[1]


def test_the_last_fold_has_no_part_in_choosing_the_candidate() -> None:
    assert decided(judgement(CAPTURED), folds()).candidate == "scorecard"


@pytest.mark.parametrize(
    ("earlier", "candidate"),
    [
        ({"ebm": 0.08, "scorecard": 0.08, "boosted": 0.08}, "scorecard"),
        ({"ebm": 0.08, "scorecard": 0.07, "boosted": 0.08}, "ebm"),
        ({"ebm": 0.07, "scorecard": 0.07, "boosted": 0.08}, "boosted"),
    ],
)
def test_of_equals_the_simpler_is_the_candidate(earlier: dict[str, float], candidate: str) -> None:
    captured = {"rfgv": CAPTURED["rfgv"], **{name: (share, share, 0.1) for name, share in earlier.items()}}

    assert decided(judgement(captured), folds()).candidate == candidate


def test_with_one_fold_only_the_scorecard_may_be_the_candidate() -> None:
    found = decided(judgement(CAPTURED, low=0.01), folds(1))

    assert (found.candidate, found.champion, found.fold) == ("scorecard", "scorecard", DATES[-1])
    assert found.sentences[0].startswith("No earlier fold")


@pytest.mark.parametrize(("people", "events"), [(1499, 5000), (90_000, 149)])
def test_few_people_or_events_allow_only_the_scorecard(people: int, events: int) -> None:
    better = CAPTURED | {"ebm": (0.5, 0.5, 0.5)}

    found = decided(judgement(better), folds(), people=people, events=events)

    assert found.candidate == "scorecard"
    assert found.sentences[0].startswith(f"There are {people:,} people and {events:,} events to learn from")


def test_enough_people_and_events_allow_any() -> None:
    better = CAPTURED | {"ebm": (0.5, 0.5, 0.5)}

    assert decided(judgement(better), folds(), people=1500, events=150).candidate == "ebm"


def test_a_model_that_was_not_judged_on_every_fold_is_no_candidate() -> None:
    over = [*folds(3, ("rfgv", "scorecard", "boosted"))[:1], *folds(2)]
    better = CAPTURED | {"ebm": (None, 0.5, 0.5)}

    assert decided(judgement(better), over).candidate == "scorecard"


@pytest.mark.parametrize(
    ("changed", "count"),
    [({"candidates": ()}, 3), ({"candidates": ("ebm",), "people": 10}, 3), ({"candidates": ("ebm",)}, 1)],
)
def test_without_a_candidate_the_baseline_stays(changed: dict[str, Any], count: int) -> None:
    found = decided(judgement(CAPTURED, low=0.01), folds(count), **changed)

    assert (found.champion, found.candidate, found.gain, found.reason) == ("rfgv", None, None, Ground.NO_CANDIDATE)
    assert found.sentences[-1] == "So rfgv stays."


def test_a_gain_that_cannot_be_worked_out_promotes_nobody() -> None:
    unknown = {name: (*shares[:2], None) for name, shares in CAPTURED.items()}

    found = decided(judgement(unknown, low=None, high=None), folds())

    assert (found.champion, found.reason) == ("rfgv", Ground.NOT_MEASURABLE)
    assert "cannot be worked out" in found.sentences[1]


def test_a_gain_without_an_interval_promotes_nobody() -> None:
    found = decided(judgement(CAPTURED, low=None, high=None), folds())

    assert (found.champion, found.reason) == ("rfgv", Ground.NOT_MEASURABLE)
    assert found.gain == pytest.approx(0.002)


def test_a_judgement_of_other_seats_is_a_defect() -> None:
    with pytest.raises(ValueError, match="30 seats"):
        decided(judgement(CAPTURED), folds(), panel_size=30)


def test_a_clearly_better_list_is_promoted_and_a_twin_of_the_spreadsheet_is_not() -> None:
    noise = {"rfgv": 6.0, "scorecard": 0.0}
    over = [simulated(800, noise=noise, as_of=as_of, seed=place) for place, as_of in enumerate(DATES)]
    twins = [replace(fold, models={"rfgv": fold.models["rfgv"], "scorecard": fold.models["rfgv"]}) for fold in over]
    settings = JudgeSettings(panel_size=50, seed=1, rounds=100)

    better, twin = (
        verdict(judge(each, settings), each, panel_size=50, candidates=("scorecard",), people=2000, events=300)
        for each in (over, twins)
    )

    assert (better.champion, better.reason) == ("scorecard", Ground.GAIN_PROVEN)
    assert (twin.champion, twin.gain, twin.low, twin.high) == ("rfgv", 0.0, 0.0, 0.0)
    assert "a gain of 0.0 points, 95 % interval of the gain 0.0 to 0.0." in twin.sentences[1]


def test_a_verdict_in_doubt_leaves_the_baseline_and_concludes_nothing_else() -> None:
    proven = decided(judgement(CAPTURED, low=0.01), folds())

    found = withheld(proven, ["A planted leak was not seen."])

    assert (found.champion, found.candidate, found.reason) == ("rfgv", "scorecard", Ground.SUSPICIOUS)
    assert (found.gain, found.low, found.high) == (proven.gain, proven.low, proven.high)
    assert found.sentences[:2] == proven.sentences[:2]
    assert found.sentences[2:] == (
        "A planted leak was not seen.",
        "Until that is explained no figure here can be relied on, so rfgv stays.",
    )
    assert Verdict.from_json(found.to_json()) == found


@pytest.mark.parametrize("low", [0.01 / 3, -0.2, None])
def test_a_verdict_is_the_same_after_it_was_written_and_read(low: float | None) -> None:
    found = decided(judgement(CAPTURED, low=low, high=low), folds())

    assert Verdict.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"champion": "ebm"}, "champion is not the one"),
        ({"champion": "scorecard", "is_promoted": True}, "champion is not the one"),
        ({"low": 0.5}, "reason given is not that of the interval"),
        ({"reason": "gain_proven"}, "reason given is not that of the interval"),
        ({"reason": "because"}, "because"),
        ({"is_promoted": True}, "is_promoted of the verdict"),
        ({"fold": "yesterday"}, "run the backtest again"),
        ({"fold": 7}, "fold of the verdict must be text"),
        ({"gain": "much"}, "gain of the verdict must be a finite number"),
        ({"sentences": "stays"}, "sentences of the verdict"),
        ({"people": 1.5}, "people of the verdict must be a whole number"),
    ],
)
def test_a_verdict_changed_by_hand_is_refused(changed: dict[str, Any], message: str) -> None:
    written = decided(judgement(CAPTURED), folds()).to_json()

    with pytest.raises(ArtefactError, match=message):
        Verdict.from_json(written | changed)


@pytest.mark.parametrize("field", ["champion", "candidate", "fold", "low", "is_promoted", "sentences"])
def test_a_verdict_that_lacks_a_field_is_refused(field: str) -> None:
    written = decided(judgement(CAPTURED), folds()).to_json()
    del written[field]

    with pytest.raises(ArtefactError, match=f"{field} of the verdict"):
        Verdict.from_json(written)
