"""The gateways through which something of a case may be disclosed: `gateways.toml`, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from mat.errors import BadInput, SettingsError
from mat.toml_files import entries_of, keys_of, one_word_of, read_toml, written

_SHIPPED = "gateways.toml"
_KEYS = ("code", "title", "tells", "source")


class Tells(StrEnum):
    """Who learns something: an agency, or a person outside any, for which the safety gate must be open."""

    AGENCY = "agency"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One gateway. `source`: where the power or duty to share is written."""

    code: str
    title: str
    tells: Tells
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """Every gateway by its code."""

    version: str
    gateways: Mapping[str, Gateway]

    def gateway(self, code: str) -> Gateway:
        """The gateway with this code.

        Raises:
            BadInput: there is none.
        """
        if code not in self.gateways:
            raise BadInput(f"There is no gateway '{code}': name one of {', '.join(self.gateways)}.")
        return self.gateways[code]


def load_gateways(path: Path | None = None) -> Gateways:
    """The gateways from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, or a gateway lacks an entry, has one too many, an unknown word, or
            stands there twice.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="gateways like the shipped ones")
    entries = keys_of(content, ("version", "gateway"), name)
    found: dict[str, Gateway] = {}
    for at, entry in enumerate(entries_of(entries["gateway"], f"{name} [[gateway]]"), start=1):
        where = f"{name}, gateway {at}"
        table = keys_of(entry, _KEYS, where)
        gateway = Gateway(
            code=written(table, "code", where),
            title=written(table, "title", where),
            tells=one_word_of(Tells, table["tells"], f"{where}: tells"),
            source=written(table, "source", where),
        )
        if gateway.code in found:
            raise SettingsError(f"{name} has the gateway '{gateway.code}' twice: leave one out.")
        found[gateway.code] = gateway
    return Gateways(version=written(entries, "version", name), gateways=MappingProxyType(found))
