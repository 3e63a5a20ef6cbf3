"""Reads the pages under docs/ as tests see them: headings, tables, names in backticks.

A pattern such as `harm_{90d,all}` stands for every name it spells out; one such as `harm_max_*` for a family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"

_QUOTED = re.compile(r"`([^`\n]+)`")
_BRACES = re.compile(r"^(.*?)\{([^{}]*)\}(.*)$")
_EDGE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One Markdown table: `rows` hold as many cells as `head`; `heading` is the heading it stands under."""

    page: str
    heading: str
    example: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        return [row[self.head.index(name)] for row in self.rows]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def all_pages() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}


def tables(name: str) -> list[Table]:
    """The tables of a page; `example` is the last "**Example: ...**" of the section they stand in."""
    found: list[Table] = []
    heading, example = "", ""
    lines = page(name).splitlines()
    at, is_code = 0, False
    while at < len(lines):
        line = lines[at]
        is_code ^= line.startswith("```")
        if line.startswith("#") and not is_code:
            heading, example = line.lstrip("# ").strip(), ""
        if line.startswith("**Example: "):
            example = line.removeprefix("**Example: ").partition(".")[0]
        if not line.startswith("|") or is_code:
            at += 1
            continue
        block = list(_block(lines, at))
        at += len(block)
        cells = [_cells(row) for row in block]
        assert all(len(row) == len(cells[0]) for row in cells), f"{name}: a ragged table under {heading!r}"
        assert all(set(cell) <= set("-: ") for cell in cells[1]), f"{name}: a table without a head under {heading!r}"
        found.append(Table(page=name, heading=heading, example=example, head=cells[0], rows=tuple(cells[2:])))
    return found


def _block(lines: list[str], start: int) -> Iterator[str]:
    for line in lines[start:]:
        if not line.startswith("|"):
            return
        yield line


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.replace("\\|", "|").strip() for cell in _EDGE.split(line.strip().strip("|")))


def quoted(text: str) -> list[str]:
    """Everything in backticks outside fenced code, patterns in braces spelled out."""
    without_code = re.sub(r"(?ms)^```.*?^```", "", text)
    return [name for found in _QUOTED.findall(without_code) for name in spelled_out(found)]


def spelled_out(pattern: str) -> list[str]:
    match = _BRACES.match(pattern)
    if match is None:
        return [pattern]
    before, choices, after = match.groups()
    return [f"{before}{choice.strip()}{after}" for choice in choices.split(",")]


def fenced(text: str, language: str) -> list[str]:
    """The content of every fenced block in one language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)
