"""What a provider's tiers mean, as configuration: published accounts name tiers and do not say what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from mat.errors import BadInput, SettingsError
from mat.store.panel_vocabulary import Pathway
from mat.toml_files import entries_of, keys_of, one_word_of, read_toml, whole_number, written
from mat.wording import code_in_words

_SHIPPED = "programmes.toml"
_KEYS = ("tier", "title", "pathway", "kind", "form", "weeks", "source")


class InterventionKind(StrEnum):
    """The kinds of the Home Office standards for perpetrator interventions (2023)."""

    EARLY_RESPONSE = "early_response"
    BEHAVIOUR_CHANGE = "behaviour_change"
    INTENSIVE = "intensive"


class Form(StrEnum):
    """Whether people take part together or each alone."""

    GROUP = "group"
    ONE_TO_ONE = "one_to_one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What one tier is. `weeks`: how long it usually lasts; 0 = as long as it takes."""

    tier: str
    title: str
    pathway: Pathway
    kind: InterventionKind
    form: Form
    weeks: int
    source: str


def load_programmes(path: Path | None = None) -> Mapping[str, Programme]:
    """Every programme by its tier, from `path` or as shipped.

    Raises:
        SettingsError: the file cannot be read, or a programme lacks an entry, has one too many or an unknown word.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="a file of programmes like the shipped one")
    entries = keys_of(content, ("version", "programme"), name)
    found: dict[str, Programme] = {}
    for at, entry in enumerate(entries_of(entries["programme"], f"{name} [[programme]]"), start=1):
        programme = _programme(entry, f"{name}, programme {at}")
        if programme.tier in found:
            raise SettingsError(f"{name} has the tier '{programme.tier}' twice: leave one out.")
        found[programme.tier] = programme
    return MappingProxyType(found)


def title_of(programmes: Mapping[str, Programme], tier: str) -> str:
    """What people call a tier; one that the programmes have no more is called by its code in words."""
    return programmes[tier].title if tier in programmes else code_in_words(tier)


def fitting(programmes: Mapping[str, Programme], tier: str, pathway: Pathway) -> Programme:
    """The programme of a tier, for somebody on a pathway.

    Raises:
        BadInput: there is no such tier, or it is for the other pathway; the sentence names those that fit.
    """
    own = [each.tier for each in programmes.values() if each.pathway is pathway]
    if tier not in own:
        raise BadInput(f"'{tier}' is no tier of the {pathway.value} pathway: name one of {', '.join(own) or 'none'}.")
    return programmes[tier]


def _programme(entry: object, where: str) -> Programme:
    found = keys_of(entry, _KEYS, where)
    tier = written(found, "tier", where)
    where = f"{where} ('{tier}')"
    return Programme(
        tier=tier,
        title=written(found, "title", where),
        pathway=one_word_of(Pathway, found["pathway"], f"{where}: pathway"),
        kind=one_word_of(InterventionKind, found["kind"], f"{where}: kind"),
        form=one_word_of(Form, found["form"], f"{where}: form"),
        weeks=whole_number(found, "weeks", where, least=0, most=520),
        source=written(found, "source", where),
    )
