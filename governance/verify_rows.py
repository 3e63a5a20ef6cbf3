"""Checks consecutive rows of the log one by one, in one pass and little memory; many times a million an hour.

This is the reader's own reckoning: it shares no line with what writes the log, so that a fault there is not repeated
here. Hashes are SHA-256: leaf of 0x00 and the body, node of 0x01 and two nodes, chain of 0x02, the chain before and the
leaf. The form of a body is one regular expression, because a body that can be spelled in two ways can be read in two.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from governance.verify_findings import Findings, Kind

#: seq, body in UTF-8, leaf, prev, chain.
Row = tuple[int, bytes, bytes, bytes, bytes]
#: seq, id, hashes by name and people of an event that has texts, the last two as JSON.
KeptText = tuple[int, bytes, bytes, bytes]

BEFORE_THE_FIRST = bytes(32)
MOST_BYTES = 64 * 1024
#: How far a time may lie before the latest before it without a warning: writers wait for each other.
TOLERANCE = timedelta(minutes=5)

_SHA = hashlib.sha256


#: So many names in details are told apart by the expression itself; more are looked up one by one.
_NAMED = 5


def _canonical_form() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """RFC 8785 of exactly the keys an event has: what changes from event to event, and the rest, mostly the same.

    Groups of the first: time, details, the first names in them, the rest of them, event, id; of the second: texts.
    """
    uuid = rb'"[0-9a-f-]{36}"'
    own_id = rb'"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'
    time = rb'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)"'
    plain = rb'[^"\\\x00-\x1f]*+'
    text = rb'"' + plain + rb'(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))' + plain + rb')*+"'
    word = rb'"[a-z_]++"'
    name = rb'"[a-z][a-z0-9_]*+":'

    def many(one: bytes) -> bytes:
        return rb"\[(?:" + one + rb"(?:," + one + rb")*+)?\]"

    def flat(value: bytes) -> bytes:
        return rb"(\{(?:" + name + value + rb"(?:," + name + value + rb")*+)?\})"

    def flat_by_name(value: bytes, names: int) -> bytes:
        name_seen = rb'"([a-z][a-z0-9_]*+)":' + value
        inner = rb"((?:," + name + value + rb")*+)"
        for _ in range(names - 1):
            inner = rb"(?:," + name_seen + inner + rb")?"
        return rb"(\{(?:" + name_seen + inner + rb")?\})"

    # Most texts hold no escape, and to say so first spares each of them a loop.
    value = rb'(?:"' + plain + rb'"|' + text + rb"|(?:-?[1-9][0-9]{0,15}+|0)|true|false|null|" + many(text) + rb")"
    changing = {
        b"actor": uuid,
        b"agency": uuid,
        b"at": time,
        b"channel": word,
        b"details": flat_by_name(value, _NAMED),
        b"event": rb'"([a-z_]++)"',
        b"fields": many(word),
        b"id": own_id,
        b"operation": word,
        b"people": many(rb'"[0-9a-f]{32}"'),
    }
    lasting = {
        b"purpose": word,
        b"recipients": many(text),
        b"roles": many(word),
        b"service": uuid,
        b"session": uuid,
        b"texts": flat(rb'"[0-9a-f]{64}"'),
        b"tool": text,
        b"v": rb"1",
    }

    def joined(parts: dict[bytes, bytes]) -> bytes:
        return rb",".join(b'"' + key + b'":' + form for key, form in parts.items())

    return re.compile(rb"\{" + joined(changing) + rb","), re.compile(joined(lasting) + rb"\}")


_CHANGING, _LASTING = _canonical_form()
_NAMES = re.compile(rb'"([a-z][a-z0-9_]*+)":')
_KEY_CHANGED, _CHECKPOINT_MADE = b"signing_key_changed", b"checkpoint_made"
_ERASING = frozenset({b"case_removed", b"case_removed_again"})
_BY_THE_DPO = re.compile(rb'"roles":\[[^]]*"dpo"')
_KEPT = frozenset({_KEY_CHANGED, _CHECKPOINT_MADE}) | _ERASING
_PEOPLE = b'"people":'
_BATCH = 512
_NO_TEXTS = b"{}"
#: Ends of bodies that were found well-formed and without texts: a session writes the same one every time.
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The log as it stood after one event: the nodes of its root, left to right, over `count` rows; its chain."""

    nodes: tuple[bytes, ...]
    count: int
    chain: bytes


@dataclass(slots=True, kw_only=True)
class Stretch:
    """What one pass over consecutive rows found.

    `place`: how many rows stand before it. `first_prev`, `last_chain`: what joins it to its neighbours. `nodes`:
    complete trees, left to right. `marks`: by seq, where asked for. `ids`: of every event, 36 letters each, and `seqs`
    their numbers. `texts`: seq, id, the hashes of texts and the people of the event, both as JSON. `erasures` and
    `keys`: seq and details of events that remove people, or change the signing key. `checkpoints`: seqs of events with
    which one was signed. `latest`, `earliest`: times, as text, the latter with its seq.
    """

    place: int
    count: int = 0
    first_seq: int = 0
    first_prev: bytes = BEFORE_THE_FIRST
    last_seq: int = 0
    last_chain: bytes = BEFORE_THE_FIRST
    nodes: tuple[bytes, ...] = ()
    marks: dict[int, Mark] = field(default_factory=dict[int, Mark])
    ids: bytes = b""
    seqs: array[int] = field(default_factory=lambda: array("q"))
    texts: list[KeptText] = field(default_factory=list[KeptText])
    erasures: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    keys: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    checkpoints: list[int] = field(default_factory=list[int])
    latest: bytes = b""
    earliest: tuple[bytes, int] | None = None
    findings: Findings = field(default_factory=Findings)


class Part(Protocol):
    """A piece of the log that any process can read by itself; `place` rows stand before it."""

    @property
    def place(self) -> int:
        """How many rows stand before this piece."""
        ...

    def rows(self, findings: Findings) -> Iterator[Row]:
        """Its rows, in order; what cannot be read is told to `findings`."""
        ...


def read_part(part: Part, asked: Sequence[int], findings: Findings) -> Stretch:
    """Read one part, in this process or another. `asked`: seqs whose mark is wanted, of the whole log."""
    wanted = [seq for seq in asked if seq > part.place]
    return read_stretch(part.rows(findings), place=part.place, asked=wanted, findings=findings)


def read_stretch(rows: Iterable[Row], *, place: int, asked: Sequence[int], findings: Findings) -> Stretch:
    """Check rows in the order they come and say what they are, holding a few at a time.

    `place`: how many rows stand before the first; 0 = this is the beginning, which is checked as such. `asked`: seqs
    whose mark is wanted, ascending. `findings`: takes what is found.
    """
    passing = _Pass(place, asked, findings)
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        passing.take(batch)
    return passing.end()


class _Pass:
    """One pass: each batch of rows is checked for its links, then for its form, then taken into the tree."""

    def __init__(self, place: int, asked: Sequence[int], findings: Findings) -> None:
        self._stretch = Stretch(place=place, findings=findings)
        self._findings = findings
        self._is_begun = False
        self._before = BEFORE_THE_FIRST
        self._expected = 1
        self._changed: set[int] = set()
        self._ids: list[bytes] = []
        self._known_ends: set[bytes] = set()
        self._known_orders: set[tuple[bytes | None, ...]] = set()
        self._asked = iter(asked)
        self._next_asked = next(self._asked, None)
        self._edge: list[bytes] = []
        self._complete: list[bytes] = []
        self._position = place

    def take(self, batch: Sequence[Row]) -> None:
        if not self._is_begun:
            self._begin(batch[0])
        leaves = self._check_links(batch)
        self._check_forms(batch)
        self._grow(batch, leaves)

    def end(self) -> Stretch:
        found = self._stretch
        found.count = self._position - found.place
        found.last_seq, found.last_chain = self._expected - 1, self._before
        found.nodes = (*self._edge, *self._complete)
        found.ids = b"".join(self._ids)
        return found

    def _begin(self, first: Row) -> None:
        self._is_begun = True
        if self._stretch.place > 0:
            self._expected, self._before = first[0], first[3]
        self._stretch.first_seq, self._stretch.first_prev = self._expected, self._before

    def _check_links(self, batch: Sequence[Row]) -> list[bytes]:
        """The leaves as the bodies give them."""
        sha, before, expected = _SHA, self._before, self._expected
        leaves: list[bytes] = []
        for row in batch:
            seq, body, leaf, prev, chain = row
            own_leaf = sha(b"\x00" + body).digest()
            own_chain = sha(b"\x02" + prev + leaf).digest()
            if own_leaf != leaf or prev != before or seq != expected or own_chain != chain:
                chain = self._diagnose(row, before, expected)
            leaves.append(own_leaf)
            before, expected = chain, seq + 1
        self._before, self._expected = before, expected
        return leaves

    def _diagnose(self, row: Row, before: bytes, expected: int) -> bytes:
        """Say what is wrong with a row that does not fit; returns the chain that the next one should follow."""
        seq, body, leaf, prev, chain = row
        own_leaf = _SHA(b"\x00" + body).digest()
        tell = self._findings.add
        if seq > expected:
            which = f"Event {expected} is" if seq == expected + 1 else f"Events {expected} to {seq - 1} are"
            tell(Kind.MISSING, expected, f"{which} not there")
        elif seq < expected:
            tell(Kind.OUT_OF_ORDER, seq, f"Event {seq} comes where event {expected} should")
        if chain == _chained(before, own_leaf) and (leaf != own_leaf or prev != before):
            if leaf != own_leaf:
                tell(Kind.LEAF_CHANGED, seq, f"The hash beside event {seq} is not that of its body")
            if prev != before:
                tell(Kind.PREV_CHANGED, seq, f"Event {seq} names another event than {seq - 1} as the one before it")
            return chain
        if leaf != own_leaf:
            self._changed.add(seq)
            tell(Kind.BODY_CHANGED, seq, f"The body of event {seq} is not what was hashed when it was written")
        if prev != before and seq == expected:
            tell(Kind.LINK_BROKEN, seq, f"Event {seq} does not follow the event before it")
        own_chain = _chained(prev, leaf)
        if chain != own_chain:
            tell(Kind.CHAIN_CHANGED, seq, f"The chain of event {seq} is not made of its hash and the chain before it")
        return own_chain

    def _check_forms(self, batch: Sequence[Row]) -> None:
        match, found, known, orders = _CHANGING.match, self._stretch, self._known_ends, self._known_orders
        latest, ids, seqs = found.latest, self._ids, found.seqs
        for row in batch:
            seq, body = row[0], row[1]
            form = match(body)
            end = None if form is None else body[form.end() :]
            is_text = (body.isascii() and len(body) <= MOST_BYTES) or _is_text(body)
            if form is None or not is_text or (end not in known and not self._is_end(seq, end, form)):
                self._tell_form(seq)
                continue
            groups = form.groups()
            at, event, own_id = groups[0], groups[-2], groups[-1]
            ids.append(own_id)
            seqs.append(seq)
            if at > latest:
                if not latest:
                    found.earliest = (at, seq)
                latest = at
            elif at < latest:
                self._tell_time(seq, at, latest)
            if (key := groups[2:-2]) not in orders and not self._is_ordered(key, groups[1]):
                self._tell_form(seq)
            if event in _KEPT:
                self._keep(seq, event, groups[1], body[form.end() :])
        found.latest = latest

    def _is_end(self, seq: int, end: bytes | None, form: re.Match[bytes]) -> bool:
        """Whether a body ends as it should; its texts are kept, to be looked at once the whole log is known."""
        match = None if end is None else _LASTING.fullmatch(end)
        if match is None or end is None:
            return False
        if match[1] != _NO_TEXTS:
            people = form[0][form[0].rindex(_PEOPLE) + len(_PEOPLE) : -1]
            self._stretch.texts.append((seq, form.groups()[-1], match[1], people))
            return _is_sorted(_NAMES.findall(match[1]))
        if len(self._known_ends) < _MOST_KNOWN:
            self._known_ends.add(end)
        return True

    def _is_ordered(self, named: tuple[bytes | None, ...], details: bytes) -> bool:
        """Whether the names of details stand in their order, none twice."""
        if not _is_sorted(_NAMES.findall(details)):
            return False
        if not named[-1] and len(self._known_orders) < _MOST_KNOWN:
            self._known_orders.add(named)
        return True

    def _tell_form(self, seq: int) -> None:
        if seq not in self._changed:
            self._findings.add(Kind.NOT_CANONICAL, seq, f"Event {seq} is not written as mat writes events")

    def _tell_time(self, seq: int, at: bytes, latest: bytes) -> None:
        if self._stretch.earliest is None or at < self._stretch.earliest[0]:
            self._stretch.earliest = (at, seq)
        tell_time(seq, at, latest, self._findings)

    def _keep(self, seq: int, event: bytes, details: bytes, end: bytes) -> None:
        """Keep what is looked at once the whole log is known; that somebody was removed, of the DPO alone."""
        if event in _ERASING:
            if _BY_THE_DPO.search(end) is not None:
                self._stretch.erasures.append((seq, details))
            return
        self._stretch.checkpoints.append(seq)
        if event == _KEY_CHANGED:
            self._stretch.keys.append((seq, details))

    def _grow(self, batch: Sequence[Row], leaves: Sequence[bytes]) -> None:
        done = 0
        while self._next_asked is not None and self._next_asked <= batch[-1][0]:
            until = next((at for at, row in enumerate(batch, start=1) if row[0] == self._next_asked), None)
            if until is not None and until >= done:
                self._add(leaves[done:until])
                done = until
                nodes, count = (*self._edge, *self._complete), self._position - self._stretch.place
                mark = Mark(nodes=nodes, count=count, chain=batch[until - 1][4])
                self._stretch.marks[self._next_asked] = mark
            self._next_asked = next(self._asked, None)
        self._add(leaves[done:])

    def _add(self, leaves: Sequence[bytes]) -> None:
        """Put leaves under the tree; a node whose left neighbour lies before this stretch waits at the edge."""
        sha, edge, complete, position = _SHA, self._edge, self._complete, self._position
        for leaf in leaves:
            node, level = leaf, position
            while level & 1:
                if not complete:
                    edge.append(node)
                    break
                node = sha(b"\x01" + complete.pop() + node).digest()
                level >>= 1
            else:
                complete.append(node)
            position += 1
        self._position = position


def tell_time(seq: int, at: bytes, latest: bytes, findings: Findings) -> None:
    """Warn where an event's time lies further before the latest than writers wait for each other."""
    try:
        early = datetime.fromisoformat(latest.decode()) - datetime.fromisoformat(at.decode())
    except ValueError:
        findings.add(Kind.NOT_CANONICAL, seq, f"Event {seq} or one before it has a time that no calendar has")
        return
    if early > TOLERANCE:
        minutes = early.total_seconds() / 60
        findings.add(Kind.TIME_BACKWARDS, seq, f"Event {seq} is {minutes:.0f} minutes earlier than one before it")


def _chained(before: bytes, leaf: bytes) -> bytes:
    return _SHA(b"\x02" + before + leaf).digest()


def _is_sorted(names: list[bytes]) -> bool:
    return names == sorted(set(names))


def _is_text(body: bytes) -> bool:
    if len(body) > MOST_BYTES:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
