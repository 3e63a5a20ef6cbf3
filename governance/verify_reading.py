"""Takes the log from the database, piece by piece, in any process; light to import, because each process does.

Rows come through the database's own gate, `audit_log`, as the acting person; nothing of them is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg.pq.abc import PGconn

from governance.verify_findings import Findings
from governance.verify_rows import Row
from mat.errors import StoreError

#: Rows of one question to the database, which holds an answer in memory up to about this size.
_STEP = 4_000
_COPY = "COPY (SELECT seq, body, leaf, prev, chain FROM audit_log(%s, %s)) TO STDOUT (FORMAT BINARY)"
_ACT = "SELECT acting.take_up(%s, %s, %s, %s)"
#: Before the first row in a binary COPY: eleven bytes of signature, four of flags, four of a length.
_HEAD = 19
_FIXED = 108
#: What stands before a body, number of the event and length of the body; and after it, three hashes.
_BEFORE, _AFTER = struct.Struct(">6xqi").unpack_from, struct.Struct("4x32s4x32s4x32s").unpack_from


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePart:
    """Rows after `place` up to `last` of the log at `address`, read for `acting`, as `engine.who` says it."""

    address: Mapping[str, str]
    acting: tuple[str, str, str, str] = field(repr=False)
    place: int
    last: int

    def rows(self, findings: Findings) -> Iterator[Row]:
        """The rows, in order; each connection is one part's.

        Raises:
            StoreError: the database does not answer, or does not hand them over.
        """
        del findings
        try:
            with psycopg.connect(**self.address) as connection, connection.cursor() as cursor:  # type: ignore[arg-type]
                cursor.execute(_ACT, self.acting)
                for before in range(self.place, self.last, _STEP):
                    with cursor.copy(_COPY, (before + 1, min(before + _STEP, self.last))) as copy:
                        yield from _rows(connection.pgconn)
                        copy.read()
        except psycopg.Error as error:
            raise StoreError("The log could not be read to its end: see `mat db status`, and try again.") from error


def _rows(answer: PGconn) -> Iterator[Row]:
    """The rows of a binary COPY that has begun, up to its last mark.

    Each row is five fields, each under its length; `text` travels as its bytes in UTF-8, which is what is hashed. Taken
    from libpq itself: a million rows pass here, and the cursor's own way costs as much again as checking them.
    """
    take = answer.get_copy_data
    data = bytes(take(0)[1])[_HEAD:]
    while len(data) > 2:
        body_end = len(data) - _FIXED
        seq, length = _BEFORE(data)
        if length == body_end - 18:
            leaf, prev, chain = _AFTER(data, body_end)
            yield (seq, data[18:body_end], leaf, prev, chain)
        else:
            yield _unusual(data)
        data = bytes(take(0)[1])


def _unusual(data: bytes) -> Row:
    """A row whose hashes are not of 32 bytes, which only somebody with the database in their hands can have made."""
    fields: list[bytes] = []
    at = 2
    for _ in range(5):
        length = max(int.from_bytes(data[at : at + 4], "big", signed=True), 0)
        fields.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    seq, body, leaf, prev, chain = fields
    return (int.from_bytes(seq, "big", signed=True), body, leaf, prev, chain)
