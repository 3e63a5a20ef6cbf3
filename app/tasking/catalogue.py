"""The action catalogue: what an agency can undertake about a case, as data, read strictly.

What a suspect would notice waits for the safety gate. That follows from what an action reaches, and no setting of its
own can switch it off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mat.errors import SettingsError
from mat.store.panel_vocabulary import Heading, Reaches
from mat.store.vocabulary import AgencyKind
from mat.toml_files import entries_of, keys_of, one_word_of, read_toml, written, yes_or_no
from mat.wording import code_in_words

_SHIPPED = "actions.toml"
_KEYS = ("code", "heading", "title", "owner", "reaches", "needs_address", "source")
_CODE = re.compile(r"[a-z][a-z0-9_]{2,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionKind:
    """One kind of action. `owner`: the kind of agency that usually does it. `source`: where it is described."""

    code: str
    heading: Heading
    title: str
    owner: AgencyKind
    reaches: Reaches
    needs_address: bool
    source: str

    @property
    def needs_gate(self) -> bool:
        """Whether it waits for the safety gate: everything does that somebody notices."""
        return self.reaches is not Reaches.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every kind of action by its code, in the order of the file."""

    version: str
    kinds: Mapping[str, ActionKind]

    def kind(self, code: str) -> ActionKind:
        """The kind with this code.

        Raises:
            SettingsError: there is none; the sentence names those that begin alike, or where to look.
        """
        if code in self.kinds:
            return self.kinds[code]
        alike = [each for each in self.kinds if each.startswith(code[:3])]
        hint = f"did you mean {', '.join(alike)}?" if alike else "see `mat actions kinds`."
        raise SettingsError(f"The catalogue has no action '{code}': {hint}")

    def title(self, code: str) -> str:
        """What people call the kind with this code; of a kind that the catalogue has no more, the code in words."""
        return self.kinds[code].title if code in self.kinds else code_in_words(code)

    def under(self, heading: Heading) -> Sequence[ActionKind]:
        """The kinds under one heading."""
        return [each for each in self.kinds.values() if each.heading is heading]


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue from `path`, or the shipped one.

    Raises:
        SettingsError: the file cannot be read, or an action lacks an entry, has one too many or an unknown word.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="an action catalogue like the shipped one")
    entries = keys_of(content, ("version", "action"), name)
    kinds: dict[str, ActionKind] = {}
    for at, entry in enumerate(entries_of(entries["action"], f"{name} [[action]]"), start=1):
        kind = _kind(entry, f"{name}, action {at}")
        if kind.code in kinds:
            raise SettingsError(f"{name} has the action '{kind.code}' twice: leave one out.")
        kinds[kind.code] = kind
    return Catalogue(version=written(entries, "version", name), kinds=MappingProxyType(kinds))


def _kind(entry: object, where: str) -> ActionKind:
    found = keys_of(entry, _KEYS, where)
    code = written(found, "code", where)
    if _CODE.fullmatch(code) is None:
        raise SettingsError(f"{where}: a code is 3 to 41 small letters, digits and underscores, a letter first.")
    where = f"{where} ('{code}')"
    return ActionKind(
        code=code,
        heading=one_word_of(Heading, found["heading"], f"{where}: heading"),
        title=written(found, "title", where),
        owner=one_word_of(AgencyKind, found["owner"], f"{where}: owner"),
        reaches=one_word_of(Reaches, found["reaches"], f"{where}: reaches"),
        needs_address=yes_or_no(found, "needs_address", where),
        source=written(found, "source", where),
    )
