"""Eligibility rules and programmes: who may be taken, which rule stands in the way, and files that are neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.eligibility import ANSWERED_BY_MAT, Eligibility, KnownFrom, Minimum, load_eligibility
from app.tasking.programmes import fitting, load_programmes
from mat.errors import BadInput, SettingsError
from mat.store.panel_vocabulary import PartnerContact, Pathway, RuleAnswer

RECEIVED = date(2026, 11, 23)
RULES = load_eligibility()


def minimum(
    pathway: Pathway = Pathway.ADULT,
    *,
    consented_on: date | None = RECEIVED,
    age: int | None = 34,
    partner_contact: PartnerContact = PartnerContact.OFFERED,
) -> Minimum:
    return Minimum(
        pathway=pathway, received_on=RECEIVED, consented_on=consented_on, age=age, partner_contact=partner_contact
    )


def in_the_way(found: Minimum, rules: Eligibility = RULES) -> set[str]:
    """The codes that stand in the way where everything asked was met."""
    asked = {code: RuleAnswer.MET for code, rule in rules.rules.items() if rule.known_from is KnownFrom.ASKED}
    return {each.rule.code for each in rules.check(found, asked) if each.stands_in_the_way}


@pytest.mark.parametrize(
    ("given_", "codes"),
    [
        (minimum(), set[str]()),
        (minimum(consented_on=None), {"consent"}),
        (minimum(consented_on=RECEIVED + timedelta(days=1)), {"consent"}),
        (minimum(age=17), {"age_adult"}),
        (minimum(age=18), set[str]()),
        (minimum(age=None), {"age_adult"}),
        (minimum(partner_contact=PartnerContact.NOT_YET), {"partner_support"}),
        (minimum(partner_contact=PartnerContact.REFUSED), set[str]()),
        (minimum(Pathway.CHILD, age=17, partner_contact=PartnerContact.NOT_YET), set[str]()),
        (minimum(Pathway.CHILD, age=18), {"age_child"}),
    ],
)
def test_what_the_referral_says_answers_rules_by_itself(given_: Minimum, codes: set[str]) -> None:
    assert in_the_way(given_) == codes


def test_what_was_not_asked_is_not_known_and_stands_in_the_way() -> None:
    found = {each.rule.code: each for each in RULES.check(minimum(), {})}

    asked = {code for code, each in found.items() if each.rule.known_from is KnownFrom.ASKED}
    assert {code for code, each in found.items() if each.stands_in_the_way} == asked
    assert {found[code].answer for code in asked} == {RuleAnswer.NOT_KNOWN}


def test_nobody_talks_a_rule_of_the_referral_away() -> None:
    said = dict.fromkeys(ANSWERED_BY_MAT, RuleAnswer.OVERRIDDEN)

    found = RULES.check(minimum(consented_on=None), said)

    assert {each.answer for each in found if each.rule.code == "consent"} == {RuleAnswer.NOT_MET}


@given(
    pathway=st.sampled_from(Pathway),
    answers=st.dictionaries(st.sampled_from(sorted(RULES.rules)), st.sampled_from(RuleAnswer)),
)
def test_each_rule_of_the_pathway_is_answered_once_and_no_other(
    pathway: Pathway, answers: dict[str, RuleAnswer]
) -> None:
    found = RULES.check(minimum(pathway), answers)

    assert [each.rule for each in found] == list(RULES.rules_for(pathway))
    asked = [each for each in found if each.rule.known_from is KnownFrom.ASKED]
    assert all(each.answer == answers.get(each.rule.code, RuleAnswer.NOT_KNOWN) for each in asked)


def test_children_are_asked_other_rules_than_adults() -> None:
    adult = {rule.code for rule in RULES.rules_for(Pathway.ADULT)}
    child = {rule.code for rule in RULES.rules_for(Pathway.CHILD)}

    assert {"age_adult", "no_proceedings", "partner_support"} <= adult - child
    assert child - adult == {"age_child"}


def test_a_tier_is_of_one_pathway() -> None:
    programmes = load_programmes()

    assert fitting(programmes, "tier_3", Pathway.ADULT).form.value == "group"
    with pytest.raises(BadInput, match=r"'tier_3' is no tier of the child pathway: name one of children_group, "):
        fitting(programmes, "tier_3", Pathway.CHILD)


@pytest.mark.parametrize(
    ("shipped", "load", "old", "new", "sentence"),
    [
        ("eligibility.toml", load_eligibility, 'code = "consent"', 'code = "agreed"', "mat answers age_adult"),
        (
            "eligibility.toml",
            load_eligibility,
            'known_from = "asked"',
            'known_from = "referral"',
            r"\('residence'\): mat answers age_adult",
        ),
        (
            "eligibility.toml",
            load_eligibility,
            "may_override = false",
            "may_override = true",
            "is not overridden: may_override = false",
        ),
        (
            "eligibility.toml",
            load_eligibility,
            'code = "age_adult"',
            'code = "consent"',
            "has the rule 'consent' twice",
        ),
        ("eligibility.toml", load_eligibility, 'pathway = "both"', 'pathway = "all"', "pathway should be one of adult"),
        ("eligibility.toml", load_eligibility, "[[rule]]", "[[rules]]", "'rules' is not a setting"),
        (
            "programmes.toml",
            load_programmes,
            "weeks = 10",
            "weeks = -1",
            "weeks should be a whole number from 0 to 520",
        ),
        ("programmes.toml", load_programmes, 'tier = "tier_3"', 'tier = "tier_2"', "has the tier 'tier_2' twice"),
        (
            "programmes.toml",
            load_programmes,
            'form = "group"',
            'form = "herd"',
            "form should be one of group, one_to_one",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(  # noqa: PLR0917 - one row of a table
    tmp_path: Path, shipped: str, load: Callable[[Path], object], old: str, new: str, sentence: str
) -> None:
    content = files("mat").joinpath("config", shipped).read_text(encoding="utf-8")
    assert old in content
    own = tmp_path / "own.toml"
    own.write_text(content.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(SettingsError, match=sentence):
        load(own)


def test_rules_without_consent_are_refused(tmp_path: Path) -> None:
    content = files("mat").joinpath("config", "eligibility.toml").read_text(encoding="utf-8")
    first, rest = content.split("[[rule]]", 1)[0], content.split("[[rule]]", 2)[2]
    own = tmp_path / "own.toml"
    own.write_text(f"{first}[[rule]]{rest}", encoding="utf-8")

    with pytest.raises(SettingsError, match="lacks the rule 'consent'"):
        load_eligibility(own)
