"""Setting pages by typst: tagged PDF/UA-1 from a template of ours and values, the same bytes for the same values.

Values reach a template as JSON and are never part of it, so what somebody typed is set letter by letter. Fonts come
with a locked dependency and from nowhere else; no file but the templates, no package and no address is within reach.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import rfc8785
import typst
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

#: A value that a template is given.
Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]

FONT = "DejaVu Sans"
_FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
#: In place of what no face has, or what would hide or turn other letters around.
_UNKNOWN = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document as bytes, and the SHA-256 of the values that it was made from, as stands at the foot of each page."""

    content: bytes
    sha256_of_values: str


def typeset(template: str, values: Mapping[str, Value], *, at: datetime) -> Made:
    """Set one document. `template`: the name of one of ours. `at`: the moment that it says it was made."""
    shown = _settable(values)
    digest = hashlib.sha256(rfc8785.dumps(shown)).hexdigest()
    given = json.dumps({**shown, "sha256": digest, "font": FONT}, ensure_ascii=False)
    with as_file(files("app.packs") / "templates") as folder:
        content = typst.compile(
            str(folder / template),
            root=str(folder),
            font_paths=_fonts(),
            sys_inputs={"values": given},
            pdf_standards=["ua-1"],
            package_path=str(folder),
            package_cache_path=str(folder),
            timestamp=int(at.astimezone(UTC).timestamp()),
        )
    return Made(content=content, sha256_of_values=digest)


def settable(text: str) -> str:
    """The text with a mark in place of every letter that cannot be set, so that it is seen that one is missing."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(each if each in _letters() or each == "\n" else _UNKNOWN for each in composed)


def _settable(value: Value) -> Any:
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, Mapping):
        return {name: _settable(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_settable(each) for each in value]
    return value


def _folder_of_fonts() -> Path:
    return Path(get_data_path()) / "fonts" / "ttf"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_folder_of_fonts())])


@cache
def _letters() -> frozenset[str]:
    """What every face has and can be seen."""
    faces = [FT2Font(str(_folder_of_fonts() / face)).get_charmap() for face in _FACES]
    there = set(faces[0]).intersection(*faces[1:])
    return frozenset(each for each in map(chr, there) if each.isprintable())
