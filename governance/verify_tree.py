"""The reader's own Merkle tree of RFC 6962, put together from stretches of the log that were read apart.

It shares no line with `governance.merkle`, by which checkpoints are written: a property test holds the two together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

_SHA = hashlib.sha256


class Tree:
    """A root put together from the nodes of stretches that follow each other."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, bytes]] = []

    def add(self, nodes: Sequence[bytes], *, place: int, count: int) -> None:
        """Take in the nodes of a stretch of `count` rows that begins after `place` rows."""
        for level, node in zip(_levels(place, place + count), nodes, strict=False):
            self._push(level, node)

    def root(self) -> bytes:
        """Root of what was taken in."""
        if not self._nodes:
            return _SHA(b"").digest()
        root = self._nodes[-1][1]
        for _, node in reversed(self._nodes[:-1]):
            root = _SHA(b"\x01" + node + root).digest()
        return root

    def copy(self) -> Tree:
        """The same tree, to go on with apart."""
        other = Tree()
        other._nodes = list(self._nodes)
        return other

    def _push(self, level: int, node: bytes) -> None:
        while self._nodes and self._nodes[-1][0] == level:
            node = _SHA(b"\x01" + self._nodes.pop()[1] + node).digest()
            level += 1
        self._nodes.append((level, node))


def _levels(start: int, stop: int) -> Iterator[int]:
    """Heights of the complete trees that rows `start` to `stop` (exclusive) make, left to right."""
    while start < stop:
        largest = (stop - start).bit_length() - 1
        level = largest if start == 0 else min(largest, (start & -start).bit_length() - 1)
        yield level
        start += 1 << level
