"""How a word of a closed list is written for people: abbreviations in capitals, everything else in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

ABBREVIATIONS = frozenset(
    {"cbo", "dapn", "dapo", "dpo", "dvds", "dvpn", "dvpo", "iom", "mappa", "marac", "matac", "spo"}
)
#: Codes that are written with more than spaces and capitals.
_SPELT: Mapping[str, str] = MappingProxyType({"non_molestation": "non-molestation"})
_AGES = re.compile(r"(\d+)_(\d+)")


def code_in_words(code: str) -> str:
    """A word of a closed list as people write it: years of age with a dash."""
    if (ages := _AGES.fullmatch(code)) is not None:
        return f"{ages[1]}-{ages[2]}"
    return _SPELT.get(code) or " ".join(word.upper() if word in ABBREVIATIONS else word for word in code.split("_"))
