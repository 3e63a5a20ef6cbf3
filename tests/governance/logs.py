"""Logs for tests, made by lines of their own: rows, checkpoints and keys as they should be, to be tampered with."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.verify_findings import Findings
from governance.verify_rows import Row

ORIGIN = "mat.test/log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the log."""

    seq: int
    body: bytes
    leaf: bytes
    prev: bytes
    chain: bytes

    @property
    def row(self) -> Row:
        return (self.seq, self.body, self.leaf, self.prev, self.chain)


def sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def body(number: int, **changes: object) -> bytes:
    """The body of an event as mat writes it."""
    content: dict[str, object] = {
        "v": 1,
        "id": str(UUID(int=(0x018F_0000_0000_7000_8000 << 48) + number)),
        "at": f"2026-11-23T10:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        "operation": "consultation",
        "event": "case_read",
        "actor": str(UUID(int=1)),
        "agency": str(UUID(int=2)),
        "service": str(UUID(int=3)),
        "session": str(UUID(int=4)),
        "roles": ["analyst"],
        "purpose": "tasking",
        "channel": "cli",
        "people": [f"{number:032x}"],
        "fields": ["case"],
        "recipients": [],
        "details": {"number": number, "page": "case"},
        "texts": {},
        "tool": "mat 0.1.0",
        **changes,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chained(bodies: Sequence[bytes], *, first: int = 1, before: bytes = bytes(32)) -> list[Line]:
    """Rows over bodies, hashed and chained as they should be."""
    lines: list[Line] = []
    for seq, content in enumerate(bodies, start=first):
        leaf = sha(b"\x00" + content)
        chain = sha(b"\x02" + before + leaf)
        lines.append(Line(seq=seq, body=content, leaf=leaf, prev=before, chain=chain))
        before = chain
    return lines


def some_log(size: int, special: Mapping[int, Mapping[str, object]] | None = None) -> list[Line]:
    """A log of that size; `special`: what differs in the body of single events, by seq."""
    return chained([body(seq, **(special or {}).get(seq, {})) for seq in range(1, size + 1)])


def rehashed(lines: Sequence[Line], *, start: int = 1) -> list[Line]:
    """The same bodies, hashed and chained anew from `start` (a seq) on, as somebody who rewrites a log would."""
    before = lines[start - 2].chain if start > 1 else bytes(32)
    return [*lines[: start - 1], *chained([each.body for each in lines[start - 1 :]], first=start, before=before)]


def renumbered(lines: Sequence[Line]) -> list[Line]:
    """The same rows, numbered without a gap."""
    return [replace(line, seq=seq) for seq, line in enumerate(lines, start=1)]


def root(lines: Sequence[Line]) -> bytes:
    """RFC 6962, section 2.1, over the bodies."""

    def of(leaves: Sequence[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << ((len(leaves) - 1).bit_length() - 1)
        return sha(b"\x01" + of(leaves[:split]) + of(leaves[split:]))

    return of([sha(b"\x00" + each.body) for each in lines]) if lines else sha(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some rows of a log, as a part that can be sent to another process."""

    lines: Sequence[Line]
    place: int

    def rows(self, findings: Findings) -> Iterator[Row]:
        assert findings.kept == []
        return (line.row for line in self.lines)


def in_parts(lines: Sequence[Line], cuts: Sequence[int]) -> list[Piece]:
    """A log cut before these places."""
    return [Piece(lines=lines[start:stop], place=start) for start, stop in pairwise([0, *cuts, len(lines)])]


def key(number: int) -> Ed25519PrivateKey:
    """A key that is the same every time."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def key_hash(private: Ed25519PrivateKey, name: str = ORIGIN) -> bytes:
    return sha(name.encode() + b"\n\x01" + private.public_key().public_bytes_raw())[:4]


def public_line(private: Ed25519PrivateKey, name: str = ORIGIN) -> str:
    """The public half as a line."""
    material = base64.b64encode(b"\x01" + private.public_key().public_bytes_raw()).decode()
    return f"{name}+{key_hash(private, name).hex()}+{material}"


def signed(text: str, private: Ed25519PrivateKey, name: str = ORIGIN) -> str:
    """The note over a text."""
    signature = base64.b64encode(key_hash(private, name) + private.sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {signature}\n"


def checkpoint(lines: Sequence[Line], private: Ed25519PrivateKey, *, origin: str = ORIGIN) -> str:
    """The signed checkpoint over rows."""
    encoded = base64.b64encode(root(lines)).decode()
    chain = lines[-1].chain.hex() if lines else "00" * 32
    text = f"{origin}\n{len(lines)}\n{encoded}\nchain {chain} at 2026-11-23T12:00:00Z\n"
    return signed(text, private)
