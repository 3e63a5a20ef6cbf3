"""Who a behaviour-change programme can take: rules as data, each with its source, and what follows from the answers.

A rule that fails says so in its own words. What is not known does not pass: it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from mat.errors import SettingsError
from mat.store.panel_vocabulary import PartnerContact, Pathway, RuleAnswer
from mat.toml_files import entries_of, keys_of, one_word_of, read_toml, written, yes_or_no

_SHIPPED = "eligibility.toml"
_KEYS = ("code", "pathway", "question", "fails", "known_from", "may_override", "source")
_ADULT_AT = 18


class KnownFrom(StrEnum):
    """Who answers a rule: mat from the referral itself, or the provider at triage."""

    REFERRAL = "referral"
    ASKED = "asked"


class ForPathway(StrEnum):
    """Which pathway a rule is for."""

    ADULT = "adult"
    CHILD = "child"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `fails`: what is said to both sides where it is not met. `source`: where it is published."""

    code: str
    pathway: ForPathway
    question: str
    fails: str
    known_from: KnownFrom
    may_override: bool
    source: str

    def is_for(self, pathway: Pathway) -> bool:
        """Whether the rule is asked of a referral on this pathway."""
        return self.pathway is ForPathway.BOTH or self.pathway.value == pathway.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """The fields of a referral that mat answers rules from. `age`: in years on the day of receipt; None = not known.

    `consented_on`: None = nobody wrote down that they agreed.
    """

    pathway: Pathway
    received_on: date
    consented_on: date | None
    age: int | None
    partner_contact: PartnerContact


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A rule and how it was answered."""

    rule: Rule
    answer: RuleAnswer

    @property
    def stands_in_the_way(self) -> bool:
        """Whether nobody can be accepted while it is so: not met, or not known."""
        return self.answer in {RuleAnswer.NOT_MET, RuleAnswer.NOT_KNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Every rule by its code, in the order they are asked."""

    version: str
    rules: Mapping[str, Rule]

    def rules_for(self, pathway: Pathway) -> Sequence[Rule]:
        """The rules asked of a referral on a pathway."""
        return [rule for rule in self.rules.values() if rule.is_for(pathway)]

    def check(self, minimum: Minimum, answers: Mapping[str, RuleAnswer]) -> Sequence[Checked]:
        """Every rule of the pathway with its answer; one that was not asked is not known.

        What follows from the referral is answered from it, whatever `answers` say.
        """
        own = _from_referral(minimum)
        return [
            Checked(
                rule=rule,
                answer=own[rule.code]
                if rule.known_from is KnownFrom.REFERRAL
                else answers.get(rule.code, RuleAnswer.NOT_KNOWN),
            )
            for rule in self.rules_for(minimum.pathway)
        ]

    def rule(self, code: str) -> Rule:
        """The rule with this code.

        Raises:
            SettingsError: there is none.
        """
        if code not in self.rules:
            raise SettingsError(f"There is no eligibility rule '{code}': see `mat referrals rules`.")
        return self.rules[code]


def _from_referral(minimum: Minimum) -> Mapping[str, RuleAnswer]:
    consented = minimum.consented_on is not None and minimum.consented_on <= minimum.received_on
    offered = minimum.partner_contact is not PartnerContact.NOT_YET
    return {
        "consent": _met(consented),
        "age_adult": RuleAnswer.NOT_KNOWN if minimum.age is None else _met(minimum.age >= _ADULT_AT),
        "age_child": RuleAnswer.NOT_KNOWN if minimum.age is None else _met(minimum.age < _ADULT_AT),
        "partner_support": _met(offered),
    }


#: The codes of the rules that mat answers itself.
ANSWERED_BY_MAT = frozenset({"consent", "age_adult", "age_child", "partner_support"})


def _met(is_so: bool) -> RuleAnswer:
    return RuleAnswer.MET if is_so else RuleAnswer.NOT_MET


def load_eligibility(path: Path | None = None) -> Eligibility:
    """The rules from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, a rule lacks an entry or has one too many, or mat cannot answer it.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="eligibility rules like the shipped ones")
    entries = keys_of(content, ("version", "rule"), name)
    rules: dict[str, Rule] = {}
    for at, entry in enumerate(entries_of(entries["rule"], f"{name} [[rule]]"), start=1):
        rule = _rule(entry, f"{name}, rule {at}")
        if rule.code in rules:
            raise SettingsError(f"{name} has the rule '{rule.code}' twice: leave one out.")
        rules[rule.code] = rule
    if "consent" not in rules:
        raise SettingsError(f"{name} lacks the rule 'consent': nobody is referred who has not agreed.")
    return Eligibility(version=written(entries, "version", name), rules=MappingProxyType(rules))


def _rule(entry: object, where: str) -> Rule:
    found = keys_of(entry, _KEYS, where)
    code = written(found, "code", where)
    where = f"{where} ('{code}')"
    rule = Rule(
        code=code,
        pathway=one_word_of(ForPathway, found["pathway"], f"{where}: pathway"),
        question=written(found, "question", where),
        fails=written(found, "fails", where),
        known_from=one_word_of(KnownFrom, found["known_from"], f"{where}: known_from"),
        may_override=yes_or_no(found, "may_override", where),
        source=written(found, "source", where),
    )
    if (rule.known_from is KnownFrom.REFERRAL) != (code in ANSWERED_BY_MAT):
        raise SettingsError(
            f"{where}: mat answers {', '.join(sorted(ANSWERED_BY_MAT))} from the referral and asks for every other: "
            "change known_from."
        )
    if rule.may_override and code in ANSWERED_BY_MAT:
        raise SettingsError(f"{where}: what follows from the referral itself is not overridden: may_override = false.")
    return rule
