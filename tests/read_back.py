"""A document opened again as whoever gets it would: its pages as text, its tags, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A PDF. `pages`: the text of each, in one line."""

    reader: PdfReader
    pages: list[str]

    @property
    def squashed(self) -> str:
        """All of it without white space: a word that was broken over two lines is whole again."""
        return re.sub(r"\s", "", "".join(self.pages))

    @property
    def root(self) -> DictionaryObject:
        return self.reader.root_object

    def tags(self) -> list[str]:
        """The tags of its structure, from the top, each as often as it is there."""
        return [str(each["/S"]) for each in self._structure() if "/S" in each]

    def alternatives(self) -> list[str]:
        """What is said in place of its pictures."""
        return [str(each["/Alt"]) for each in self._structure() if "/Alt" in each]

    def _structure(self) -> Iterator[DictionaryObject]:
        waiting: list[Any] = [self.root["/StructTreeRoot"]]
        while waiting:
            each = waiting.pop()
            each = each.get_object() if isinstance(each, IndirectObject) else each
            if isinstance(each, ArrayObject):
                waiting.extend(reversed(each))
            elif isinstance(each, DictionaryObject) and each.get("/Type") != "/MCR":
                yield each
                if "/K" in each:
                    waiting.append(each["/K"])


def opened(content: bytes) -> Paper:
    """The document, opened."""
    reader = PdfReader(BytesIO(content))
    return Paper(reader=reader, pages=[" ".join(page.extract_text().split()) for page in reader.pages])
