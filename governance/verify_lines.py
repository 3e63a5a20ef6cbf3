"""Takes an exported log from its file, line by line, in any process; light to import, because each process does.

A line has one spelling: `{"body":"...","chain":"...","leaf":"...","prev":"...","seq":N}`. Whatever is spelled otherwise
is told and passed over.
"""

from __future__ import annotations

import json
import re
from binascii import unhexlify
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from governance.verify_findings import Findings, Kind
from governance.verify_rows import Row

#: A body of 64 KiB, every letter escaped, and its hashes; longer is no line of ours.
MOST_LINE = 512 * 1024
#: Bytes of one part.
_PART = 32 * 1024 * 1024
_START, _CHAIN = b'{"body":"', b'","chain":"'
_END = re.compile(
    rb'","chain":"([0-9a-f]{64})","leaf":"([0-9a-f]{64})","prev":"([0-9a-f]{64})","seq":([1-9][0-9]{0,17})\}\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPart:
    """The lines that begin at byte `start` or later, and before `stop`; `place` rows stand before them."""

    path: Path
    start: int
    stop: int
    place: int

    def rows(self, findings: Findings) -> Iterator[Row]:
        """The rows, in order."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            at, expected = self.start, self.place + 1
            while at < self.stop and (line := file.readline(MOST_LINE)):
                at += len(line)
                row = _read(line)
                if row is None:
                    findings.add(Kind.LINE_UNREADABLE, expected, f"The line for event {expected} cannot be read")
                    at += _skip_rest(file, line)
                else:
                    expected = row[0]
                    yield row
                expected += 1


def cut(path: Path) -> list[LinesPart]:
    """The file in parts that begin with a line that can be read; a small one is one part."""
    size = path.stat().st_size
    starts = [(0, 0)]
    with path.open("rb") as file:
        for wanted in range(_PART, size, _PART):
            start = max(wanted, starts[-1][0] + 1)
            file.seek(start)
            start += len(file.readline(MOST_LINE))
            while start < size and (line := file.readline(MOST_LINE)):
                row = _read(line)
                if row is not None:
                    starts.append((start, row[0] - 1))
                    break
                start += len(line)
    stops = [start for start, _ in starts[1:]] + [size]
    return [
        LinesPart(path=path, start=start, stop=stop, place=place)
        for (start, place), stop in zip(starts, stops, strict=True)
    ]


def _read(line: bytes) -> Row | None:
    where = line.rfind(_CHAIN)
    end = _END.fullmatch(line, where) if where > 0 else None
    if end is None or not line.startswith(_START):
        return None
    escaped = line[len(_START) : where]
    body = escaped.replace(b'\\"', b'"')
    if b"\\" in body or len(escaped) - len(body) != escaped.count(b'"'):
        unescaped = _unescape(escaped)
        if unescaped is None:
            return None
        body = unescaped
    hashes = unhexlify(end[1] + end[2] + end[3])
    return (int(end[4]), body, hashes[32:64], hashes[64:], hashes[:32])


def _unescape(escaped: bytes) -> bytes | None:
    try:
        text: object = json.loads(b'"' + escaped + b'"')
    except ValueError:
        return None
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else None


def _skip_rest(file: IO[bytes], line: bytes) -> int:
    """Pass over what is left of a line that is too long; how many bytes that was."""
    skipped = 0
    while line and not line.endswith(b"\n"):
        line = file.readline(MOST_LINE)
        skipped += len(line)
    return skipped
