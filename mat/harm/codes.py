"""Offence codes as scales compare them: trimmed, upper case, matched exactly.

A code that a spreadsheet program has turned into a date is refused, because nobody can turn it back.
"""

from __future__ import annotations

import re

import polars as pl

from mat.errors import ScaleError

_CODE = r"\d+(?:\.\d+)?[A-Z]?"
_CODES = re.compile(rf"{_CODE}(?:\s*[-,]\s*{_CODE})+", re.ASCII)
_SUFFIXES = re.compile(r"(\d+\.)(\d+(?:/\d+)+)", re.ASCII)
_LETTERS = re.compile(r"(\d+)[A-Z]\s*-\s*\1[A-Z]", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}-[A-Z]{3}|[A-Z]{3}-\d{2}", re.ASCII)


def normalised(code: pl.Expr) -> pl.Expr:
    """A column of codes as scales compare them; null stays null."""
    return code.str.strip_chars().str.to_uppercase()


def offence_code(text: str, *, where: str) -> str:
    """A code from a scale file; empty where the cell is.

    `where` opens the sentence of an error, such as "scale.csv, row 7".

    Raises:
        ScaleError: the cell holds a date.
    """
    code = text.strip().upper()
    if _DATE.fullmatch(code):
        raise ScaleError(
            f"{where}: the code {shown(code)} is a date, made by a spreadsheet program: format codes as text."
        )
    return code


def expanded(published: str) -> tuple[str, ...]:
    """The single codes one published code stands for, trimmed and upper case.

    `1-4.1-4.2` and `1, 4.1` are lists; `4.4/6/8` shares its stem. `8N/06` is a sub-code and `58A-58D` may be a
    range: both stay as they are.
    """
    code = published.strip().upper()
    if suffixes := _SUFFIXES.fullmatch(code):
        return tuple(suffixes[1] + suffix for suffix in suffixes[2].split("/"))
    if _CODES.fullmatch(code) and not _LETTERS.fullmatch(code):
        return tuple(dict.fromkeys(re.split(r"\s*[-,]\s*", code)))
    return (code,)


def shown(text: str) -> str:
    """Text from a file as an error message quotes it: on one line, at most 40 characters."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
