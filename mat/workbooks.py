"""Sheets of an xlsx workbook as text, within bounds; nothing in it is evaluated.

Read with openpyxl: a faster reader takes the size of a sheet from its cells and can be made to use up all memory.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mat.errors import BadInput

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

LARGEST_FILE = 50_000_000
#: A small file may unpack to a very large one; lists of people and scales do not.
LARGEST_UNPACKED = 200_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of the sheets, in order.

    Raises:
        BadInput: the file is no readable xlsx workbook, or is too large.
    """
    with _opened(path) as workbook:
        return tuple(sheet.title for sheet in workbook.worksheets)


def read_sheet(path: Path, name: str) -> list[list[str]]:
    """Every cell of one sheet as people see it, row by row, trimmed, up to the bounds above.

    A whole number has no decimals; an empty cell is an empty text.

    Raises:
        BadInput: the file is no readable xlsx workbook, is too large, or has no such sheet.
    """
    names = sheet_names(path)
    if name not in names:
        raise BadInput(f"{path} has no sheet {name!r}: it has {', '.join(names) or 'none'}.")
    with _opened(path) as workbook:
        rows = workbook[name].iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
        return [[_text(cell) for cell in row] for row in rows]


@contextmanager
def _opened(path: Path) -> Generator[Workbook]:
    import openpyxl  # noqa: PLC0415 - slow to import, and few commands read a workbook

    _refuse_unlikely_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        reason = type(error).__name__
        raise BadInput(f"{path} is not a readable workbook ({reason}): save it as xlsx again.") from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()


def _refuse_unlikely_file(path: Path) -> None:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{path} is over {LARGEST_FILE // 1_000_000} MB: check the name.")
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise BadInput(f"{path} unpacks to over {LARGEST_UNPACKED // 1_000_000} MB: check where it came from.")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): check its name.") from error
    except zipfile.BadZipFile as error:
        raise BadInput(f"{path} is not an xlsx workbook: save it as xlsx again.") from error
