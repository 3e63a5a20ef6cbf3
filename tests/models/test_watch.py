from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from mat.errors import SettingsError
from models import watch
from models.profile import FeatureProfile, Profile, Spread
from models.watch import Finding, Watched, chance_index, compare, stability_index
from models.watch_config import load_thresholds

SHIPPED = load_thresholds()
HALVES = Spread(edges=(1.0,), shares=(0.5, 0.5), known=1000)


def spread(*shares: float, known: int = 1000) -> Spread:
    return replace(HALVES, shares=shares, known=known)


def feature(missing: float = 0.0, groups: Spread | None = HALVES, *, is_of_scale: bool = False) -> FeatureProfile:
    return FeatureProfile(missing=missing, is_nothing_to_count=False, is_of_scale=is_of_scale, spread=groups)


THEN = Profile(
    as_of=date(2025, 1, 1),
    scale="count",
    people=1000,
    new_suspects=0.1,
    base_rate=0.3,
    features={"records": feature(), "harm_365d": feature(is_of_scale=True)},
    scores=HALVES,
)


def found(now: Profile, code: Watched, then: Profile = THEN, **labels: str) -> list[Finding]:
    return [each for each in compare(then, now, SHIPPED, labels or None) if each.code is code]


def test_nothing_changed_calls_for_nothing() -> None:
    findings = compare(THEN, THEN, SHIPPED)

    assert not any(each.calls_for_review for each in findings)
    assert [each.code for each in findings] == [
        Watched.POPULATION,
        Watched.NEW_SUSPECTS,
        Watched.BASE_RATE,
        Watched.MISSING,
        Watched.FEATURE_SHIFT,
        Watched.MISSING,
        Watched.FEATURE_SHIFT,
        Watched.SCORE_SHIFT,
    ]


@pytest.mark.parametrize(
    ("code", "changed", "calls"),
    [
        (Watched.POPULATION, {"people": 1190}, False),
        (Watched.POPULATION, {"people": 1210}, True),
        (Watched.POPULATION, {"people": 790}, True),
        (Watched.NEW_SUSPECTS, {"new_suspects": 0.19}, False),
        (Watched.NEW_SUSPECTS, {"new_suspects": 0.21}, True),
        (Watched.BASE_RATE, {"base_rate": 0.39}, False),
        (Watched.BASE_RATE, {"base_rate": 0.41}, True),
        (Watched.BASE_RATE, {"base_rate": 0.19}, True),
        (Watched.MISSING, {"features": {"records": feature(0.04)}}, False),
        (Watched.MISSING, {"features": {"records": feature(0.06)}}, True),
        (Watched.MISSING, {"features": {"records": feature(1.0, None)}}, True),
        (Watched.FEATURE_SHIFT, {"features": {"records": feature(0.0, spread(0.6, 0.4))}}, False),
        (Watched.FEATURE_SHIFT, {"features": {"records": feature(0.0, spread(0.75, 0.25))}}, True),
        (Watched.FEATURE_SHIFT, {"features": {"records": feature(0.0, spread(1.0, 0.0))}}, True),
        (Watched.SCORE_SHIFT, {"scores": spread(0.6, 0.4)}, False),
        (Watched.SCORE_SHIFT, {"scores": spread(0.25, 0.75)}, True),
    ],
)
def test_a_difference_is_called_for_review_beyond_its_threshold(
    code: Watched, changed: dict[str, object], calls: bool
) -> None:
    now = replace(THEN, **changed)  # type: ignore[arg-type]

    (finding,) = found(now, code)

    assert finding.calls_for_review is calls
    assert finding.sentence.endswith(".")
    assert ": " in finding.sentence


def test_the_stability_index_is_the_sum_worked_by_hand() -> None:
    # (0.75 - 0.5) ln 1.5 + (0.25 - 0.5) ln 0.5 = 0.25 (0.405465 + 0.693147)
    assert stability_index(HALVES, spread(0.75, 0.25)) == pytest.approx(0.274653, abs=1e-6)


def test_an_empty_group_counts_as_half_a_person() -> None:
    assert stability_index(HALVES, spread(1.0, 0.0)) == pytest.approx(stability_index(HALVES, spread(1.0, 0.0005)))


def test_spreads_over_different_groups_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different groups"):
        stability_index(HALVES, replace(HALVES, edges=(2.0,)))


def test_in_a_small_place_chance_is_no_finding() -> None:
    small = replace(
        THEN,
        people=30,
        scores=spread(0.5, 0.5, known=30),
        features={"records": feature(0.0, spread(0.5, 0.5, known=30))},
    )
    now = replace(
        small,
        people=37,
        base_rate=0.5,
        new_suspects=0.3,
        scores=spread(0.75, 0.25, known=30),
        features={"records": feature(0.2, spread(0.75, 0.25, known=30))},
    )

    findings = compare(small, now, SHIPPED)

    assert all(each.measure is not None and each.threshold is not None for each in findings)
    assert all(each.measure > each.threshold for each in findings)  # type: ignore[operator]
    assert not any(each.calls_for_review for each in findings)
    assert chance_index(HALVES, HALVES) < 0.02 < chance_index(small.scores or HALVES, small.scores or HALVES)


def test_under_another_scale_harm_and_scores_are_not_compared() -> None:
    now = replace(THEN, scale="statutory_max_days")

    findings = compare(THEN, now, SHIPPED)

    assert [each.subject for each in findings if each.code is Watched.FEATURE_SHIFT] == ["records"]
    assert not found(now, Watched.SCORE_SHIFT)


def test_scores_are_compared_only_where_both_have_them() -> None:
    assert not found(replace(THEN, scores=None), Watched.SCORE_SHIFT)


def test_only_features_the_model_reads_are_looked_at_and_said_in_words() -> None:
    now = replace(THEN, features={"records": feature(0.5), "harm_365d": feature(0.5, is_of_scale=True)})

    (finding,) = found(now, Watched.MISSING, records="Records as suspect")

    assert finding.subject == "records"
    assert finding.sentence.startswith("Records as suspect: not known for 50% of suspects, 0% then: ask")


def test_nothing_to_count_is_not_called_unknown() -> None:
    heaviest = replace(feature(), is_nothing_to_count=True)
    then = replace(THEN, features={"heaviest": heaviest})
    now = replace(THEN, features={"heaviest": replace(heaviest, missing=0.5)})

    (finding,) = found(now, Watched.MISSING, then=then)

    assert finding.calls_for_review
    assert finding.sentence.startswith("heaviest: nothing to count for 50% of suspects, 0% then")


def test_a_feature_only_one_profile_has_is_left_out() -> None:
    assert not found(replace(THEN, features={}), Watched.MISSING)


def test_the_base_rate_says_that_the_outcome_is_not_known_yet() -> None:
    (finding,) = found(THEN, Watched.BASE_RATE)

    assert "not known yet" in finding.sentence


@pytest.mark.parametrize(
    ("then", "now", "calls"),
    [((300, 1000), (390, 1000), False), ((300, 1000), (410, 1000), True), ((3, 10), (7, 10), False)],
)
def test_held_people(then: tuple[int, int], now: tuple[int, int], calls: bool) -> None:
    assert watch.held(then, now, SHIPPED).calls_for_review is calls


@pytest.mark.parametrize(("shared", "calls"), [(10, False), (9, True), (20, False), (0, True)])
def test_the_list_and_the_last_one_share_people(shared: int, calls: bool) -> None:
    then = [f"P{place}" for place in range(20)]
    now = [*then[:shared], *(f"Q{place}" for place in range(20 - shared))]

    finding = watch.overlap(then, now, SHIPPED)

    assert finding is not None
    assert (finding.measure, finding.calls_for_review) == (shared / 20, calls)
    assert "P1" not in finding.sentence


def test_a_list_with_fewer_seats_is_not_held_against_it() -> None:
    then = [f"P{place}" for place in range(30)]

    finding = watch.overlap(then, then[:10], SHIPPED)

    assert finding is not None
    assert finding.measure == 1.0


def test_lists_of_under_ten_are_not_compared() -> None:
    assert watch.overlap(["A"] * 9, ["B"] * 20, SHIPPED) is None


@pytest.mark.parametrize(
    ("listed", "refused", "calls"),
    [(12, 2, (False, False)), (9, 2, (True, False)), (5, 11, (True, True)), (10, 10, (False, False))],
)
def test_people_and_the_list_agree_or_not(listed: int, refused: int, calls: tuple[bool, bool]) -> None:
    findings = watch.agreement(listed, refused, 20, SHIPPED)

    assert tuple(each.calls_for_review for each in findings) == calls


def test_few_decisions_are_not_judged() -> None:
    assert watch.agreement(0, 9, 9, SHIPPED) == ()


@pytest.mark.parametrize(("now", "calls"), [("count abc", False), ("count abd", True)])
def test_a_choice_made_differently_is_said(now: str, calls: bool) -> None:
    finding = watch.choice("harm scale", "count abc", now)

    assert finding.calls_for_review is calls
    assert "harm scale" in finding.sentence


def test_shipped_thresholds_are_read_and_their_comments_are_no_part_of_the_hash(tmp_path: Path) -> None:
    text = files("mat").joinpath("config", "watch.toml").read_text(encoding="utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    (tmp_path / "watch.toml").write_text(bare, encoding="utf-8")

    own = load_thresholds(tmp_path / "watch.toml")

    assert own == SHIPPED
    assert own.hash == SHIPPED.hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("feature_shift = 0.2", "feature_shift = -1", "feature_shift must be a number of 0 or more"),
        ("feature_shift = 0.2", "feature_shift = nan", "feature_shift must be a number of 0 or more"),
        ("held_change = 0.1", "held_change = 1.5", "held_change must be a share from 0 to 1"),
        ("held_change = 0.1", "held_change = true", "held_change must be a share from 0 to 1"),
        ("held_change = 0.1", "", "held_change is missing"),
        ("held_change = 0.1", "held_change = 0.1\nheld_chang = 1", "did you mean 'held_change'"),
        ("least_decisions = 10", "least_decisions = 3", "a whole number of 10 or more"),
        ('version = "1"', "version = 1", "version must be text"),
        ('version = "1"', "version = ", "is not TOML"),
    ],
)
def test_a_file_of_thresholds_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = files("mat").joinpath("config", "watch.toml").read_text(encoding="utf-8")
    (tmp_path / "watch.toml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(SettingsError, match=said):
        load_thresholds(tmp_path / "watch.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_thresholds(tmp_path / "watch.toml")
