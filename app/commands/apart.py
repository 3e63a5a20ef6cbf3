"""Statements as they are shown everywhere: facts, intelligence and opinions apart, each with who said and wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app.commands.access_lines import said
from mat.store.panel_vocabulary import StatementType

_HEADS = {
    StatementType.FACT: "Facts",
    StatementType.INTELLIGENCE: "Intelligence, which may be wrong",
    StatementType.OPINION: "Opinions, which are nobody's record",
}


class Stated(Protocol):
    """A typed statement; `source` None = not said."""

    @property
    def statement_type(self) -> StatementType:
        """Fact, intelligence or opinion."""
        ...

    @property
    def content(self) -> str:
        """What was said."""
        ...

    @property
    def source(self) -> str | None:
        """Where it comes from."""
        ...

    @property
    def written_by(self) -> str:
        """Who wrote it down."""
        ...

    @property
    def written_at(self) -> datetime:
        """When."""
        ...


def apart(statements: Sequence[Stated]) -> Iterator[str]:
    """The statements under a head for each kind; nothing for a kind there is none of."""
    for kind, head in _HEADS.items():
        of_kind = [each for each in statements if each.statement_type is kind]
        if of_kind:
            yield f"{head}:"
        for each in of_kind:
            written = f"{said(each.written_by)}, {said(each.written_at)}"
            yield f"  {said(each.content)} (from: {said(each.source)}; {written})"
