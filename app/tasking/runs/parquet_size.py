"""How much a Parquet file would become in memory, told from its own headers before anything is unpacked.

The footer and every page header are read, not believed against each other: a file that says little in one place and
much in another counts as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

MAGIC = b"PAR1"
_MOST_FOOTER = 64 * 1024**2
_MOST_DEPTH = 32
_MOST_ENTRIES = 1_000_000
_MOST_PAGES = 100_000

# Types of the compact protocol of Thrift.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_INTEGERS = frozenset({_I16, _I32, _I64})
_LONG_LIST = 15

Fields = dict[int, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Rows, and the bytes and cells of all columns once decompressed; cells of lists count one by one."""

    rows: int
    bytes: int
    cells: int


def unpacked(content: bytes) -> Unpacked:
    """What a Parquet file says it becomes.

    Raises:
        ValueError: it is not Parquet, or its headers contradict its length.
    """
    if len(content) < 3 * len(MAGIC) or content[:4] != MAGIC or content[-4:] != MAGIC:
        raise ValueError("not Parquet")
    length = int.from_bytes(content[-8:-4], "little")
    if not 0 < length <= min(len(content) - 12, _MOST_FOOTER):
        raise ValueError("the footer is longer than the file")
    footer = _Thrift(content, len(content) - 8 - length).struct()
    rows = total = cells = 0
    for group in _structs(footer, 4):
        rows += _integer(group, 3)
        for chunk in _structs(group, 1):
            described = chunk.get(3)
            if not isinstance(described, dict):
                raise ValueError("a column without description")  # noqa: TRY004 - of the file, not of a caller
            size, count = _pages(content, cast("Fields", described))
            total += max(size, _integer(cast("Fields", described), 6))
            cells += max(count, _integer(cast("Fields", described), 5))
    return Unpacked(rows=max(rows, _integer(footer, 3)), bytes=total, cells=cells)


def _pages(content: bytes, column: Fields) -> tuple[int, int]:
    """Bytes and cells of one column, added up over its pages."""
    starts = [_integer(column, 9), *([_integer(column, 11)] if 11 in column else [])]
    at = min(start for start in starts if start > 0)
    end = at + _integer(column, 7)
    if not 0 < at <= end <= len(content):
        raise ValueError("a column lies outside the file")
    size = count = pages = 0
    while at < end:
        pages += 1
        if pages > _MOST_PAGES:
            raise ValueError("too many pages")
        reader = _Thrift(content, at)
        page = reader.struct()
        packed = _integer(page, 3)
        size += _integer(page, 2)
        for described in (5, 8):
            if isinstance(page.get(described), dict):
                count += _integer(page[described], 1)
        at = reader.at + packed
    return size, count


def _structs(fields: Fields, number: int) -> list[Fields]:
    found: object = fields.get(number, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in cast("list[object]", found)):
        raise ValueError("a list is none")
    return cast("list[Fields]", found)


def _integer(fields: Fields, number: int) -> int:
    value: object = fields.get(number, 0)
    if not isinstance(value, int) or value < 0:
        raise ValueError("a size is none")
    return value


class _Thrift:
    """A reader of Thrift's compact protocol, for headers alone; `at` is where it stands."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self.at = at
        self._entries = 0

    def struct(self, depth: int = 0) -> Fields:
        """The fields of a struct by their numbers."""
        fields: Fields = {}
        number = 0
        while header := self._byte():
            kind, step = header & 0x0F, header >> 4
            number = number + step if step else self._zigzag()
            fields[number] = self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            raise ValueError("too deep")
        if kind in {_TRUE, _FALSE}:
            return kind == _TRUE
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in {_LIST, _SET}:
            return self._list(depth)
        self._skip({_BYTE: 1, _DOUBLE: 8}[kind] if kind in {_BYTE, _DOUBLE} else self._length(kind))
        return None

    def _length(self, kind: int) -> int:
        if kind != _BINARY:
            raise ValueError("an unknown type")
        return self._varint()

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        size, kind = header >> 4, header & 0x0F
        size = self._varint() if size == _LONG_LIST else size
        self._entries += size
        if self._entries > _MOST_ENTRIES:
            raise ValueError("too many entries")
        if kind in {_TRUE, _FALSE}:
            self._skip(size)
            return []
        return [self._value(kind, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        self._skip(1)
        return self._content[self.at - 1]

    def _skip(self, length: int) -> None:
        if length < 0 or self.at + length > len(self._content):
            raise ValueError("beyond the end")
        self.at += length

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number without end")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
