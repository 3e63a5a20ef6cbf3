"""Tables as people read them: text in cells, so that page, print and tests show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.backtest_report.palette import Ink
from mat.schemas.matrix import NOT_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell; `variable` names the colour of its swatch, `kind` is "good", "bad", "missing" or "".

    `note` stands below the text of a heading.
    """

    text: str
    variable: str = ""
    kind: str = ""
    note: str = ""

    @property
    def main(self) -> str:
        """The text without the brackets it may end with."""
        return self.text.removesuffix(self.bracket).rstrip()

    @property
    def bracket(self) -> str:
        """The brackets that end the text, as an interval does; empty where there are none."""
        start = self.text.rfind(" (")
        return self.text[start + 1 :] if start > 0 and self.text.endswith(")") else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; the first cell is its heading. `group` starts a group of rows under that name."""

    cells: tuple[Cell, ...]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A captioned table; `name` is unique on the page, `texts` are the columns that hold words rather than numbers."""

    name: str
    caption: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    texts: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()


def cell(text: str) -> Cell:
    """A cell of text; what is not known looks so."""
    return Cell(text=text, kind="missing" if text == NOT_KNOWN else "")


def line(*texts: str, group: str = "") -> Line:
    """A row of plain cells."""
    return Line(cells=tuple(cell(text) for text in texts), group=group)


def model_line(name: str, colours: Mapping[str, Ink], *texts: str) -> Line:
    """A row about a model, its name beside its colour."""
    ink = colours.get(name)
    head = Cell(text=name, variable=ink.variable if ink else "")
    return Line(cells=(head, *(cell(text) for text in texts)))
