"""Joins stretches of the log that were read apart: each must follow the one before it, and no event may come twice."""

from __future__ import annotations

import binascii
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from governance.verify_findings import Findings, Kind
from governance.verify_rows import BEFORE_THE_FIRST, KeptText, Stretch, tell_time
from governance.verify_tree import Tree


@dataclass(slots=True, kw_only=True)
class Joined:
    """The log as a whole. `size`: number of the last event. The rest is as in its stretches."""

    size: int = 0
    root: bytes = b""
    last_chain: bytes = BEFORE_THE_FIRST
    marks: dict[int, tuple[bytes, bytes]] = field(default_factory=dict[int, tuple[bytes, bytes]])
    texts: list[KeptText] = field(default_factory=list[KeptText])
    erasures: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    keys: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    checkpoints: list[int] = field(default_factory=list[int])

    def at(self, size: int) -> tuple[bytes, bytes]:
        """Root and chain after `size` events; nothing where there is no event of that number."""
        return (Tree().root(), BEFORE_THE_FIRST) if size == 0 else self.marks.get(size, (b"", b""))


def join(stretches: Iterable[Stretch], findings: Findings) -> Joined:
    """The whole log, with what is wrong where its stretches meet told to `findings`."""
    joined, tree = Joined(), Tree()
    latest, ids, seqs = b"", [b""], array("q")
    for stretch in stretches:
        if stretch.count == 0:
            continue
        _check_seam(joined, stretch, findings)
        if stretch.earliest is not None and stretch.earliest[0] < latest:
            tell_time(stretch.earliest[1], stretch.earliest[0], latest, findings)
        latest = max(latest, stretch.latest)
        for size, mark in stretch.marks.items():
            until = tree.copy()
            until.add(mark.nodes, place=stretch.place, count=mark.count)
            joined.marks[size] = (until.root(), mark.chain)
        tree.add(stretch.nodes, place=stretch.place, count=stretch.count)
        joined.size, joined.last_chain = stretch.last_seq, stretch.last_chain
        joined.texts += stretch.texts
        joined.erasures += stretch.erasures
        joined.keys += stretch.keys
        joined.checkpoints += stretch.checkpoints
        ids.append(stretch.ids)
        seqs.extend(stretch.seqs)
    joined.root = tree.root()
    if joined.size == 0:
        findings.add(Kind.EMPTY, None, "The log holds no event")
    _look_for_repeated(b"".join(ids), seqs, findings)
    return joined


def _check_seam(joined: Joined, stretch: Stretch, findings: Findings) -> None:
    """The first row of a stretch follows the last of the one before it."""
    if stretch.place == 0:
        return
    expected, first = joined.size + 1, stretch.first_seq
    if first > expected:
        findings.add(Kind.MISSING, expected, f"Events {expected} to {first - 1} are not there")
    elif first < expected:
        findings.add(Kind.OUT_OF_ORDER, first, f"Event {first} comes where event {expected} should")
    elif stretch.first_prev != joined.last_chain:
        findings.add(Kind.LINK_BROKEN, first, f"Event {first} does not follow the event before it")


def _look_for_repeated(ids: bytes, seqs: array[int], findings: Findings) -> None:
    """Ids that come twice; `ids` are 36 letters each, the digits of which are compared as two whole numbers."""
    halves = np.frombuffer(binascii.unhexlify(ids.replace(b"-", b"")), dtype=">u8").reshape(-1, 2).astype("u8")
    if np.unique(halves[:, 0]).size == len(halves):
        return
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    ordered = halves[order]
    is_repeated = (ordered[1:] == ordered[:-1]).all(axis=1)
    numbers = np.frombuffer(seqs, dtype="i8")[order]
    for first, again in zip(numbers[:-1][is_repeated], numbers[1:][is_repeated], strict=True):
        older, newer = sorted((int(first), int(again)))
        findings.add(Kind.REPEATED, newer, f"Event {newer} is event {older} again")
