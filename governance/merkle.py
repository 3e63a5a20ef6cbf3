"""The Merkle tree of RFC 6962 over the leaves of the log: its root, and the two proofs that can be made from it.

A leaf here is already a hash, SHA-256 of 0x00 and the event's body; a node is SHA-256 of 0x01 and its two children.
The two first bytes keep a leaf from ever passing for a node. `governance.verify` has its own tree and shares none of
these lines: a property test holds the two to each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

#: Root of a log without events: the hash of nothing.
EMPTY_ROOT = hashlib.sha256(b"").digest()


def hash_leaf(body: bytes) -> bytes:
    """The 32 bytes that stand for one event in the tree."""
    return hashlib.sha256(b"\x00" + body).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The 32 bytes that stand for two neighbouring trees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingRoot:
    """The root of a tree that grows by one leaf at a time, in memory that grows with the logarithm of its size."""

    __slots__ = ("_complete", "size")

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take in leaves, in the order of the log."""
        for leaf in leaves:
            node, place = leaf, self.size
            while place % 2 == 1:
                node = hash_node(self._complete.pop(), node)
                place //= 2
            self._complete.append(node)
            self.size += 1

    def root(self) -> bytes:
        """Root of what was taken in so far."""
        if not self._complete:
            return EMPTY_ROOT
        root = self._complete[-1]
        for node in reversed(self._complete[:-1]):
            root = hash_node(node, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over all leaves."""
    growing = GrowingRoot()
    growing.extend(leaves)
    return growing.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes that lead from the leaf at `index` (from 0) to the root, nearest first.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"a log of {len(leaves)} events has no event at place {index}")
    if len(leaves) == 1:
        return []
    split = _largest_power_of_two_below(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` stands at `index` (from 0) of the log of `size` events with this root."""
    if not 0 <= index < size:
        return False
    node, place, last, steps = leaf, index, size - 1, list(proof)
    while last > 0:
        has_left_neighbour = place % 2 == 1
        if has_left_neighbour or place < last:
            if not steps:
                return False
            step = steps.pop(0)
            node = hash_node(step, node) if has_left_neighbour else hash_node(node, step)
        place //= 2
        last //= 2
    return not steps and node == root


def consistency_proof(leaves: Sequence[bytes], older_size: int) -> list[bytes]:
    """The nodes that show the log of `older_size` events to be the beginning of this one.

    Empty where the two are equal, or the older one is empty: then there is nothing to show.

    Raises:
        ValueError: `older_size` is below 0 or above the number of leaves.
    """
    if not 0 <= older_size <= len(leaves):
        raise ValueError(f"a log of {len(leaves)} events never had {older_size}")
    return _subproof(leaves, older_size, is_whole=True) if 0 < older_size < len(leaves) else []


def is_consistent(older_size: int, older_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the older log, of this size and root, is the beginning of the newer one."""
    if not 0 <= older_size <= size:
        return False
    if older_size == 0:
        return not proof and older_root == EMPTY_ROOT
    if older_size == size:
        return not proof and older_root == root
    return bool(proof) and _leads_to_both(older_size, older_root, size, root, proof)


def _leads_to_both(older_size: int, older_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2: one walk that ends at both roots."""
    steps = list(proof)
    place, last = older_size - 1, size - 1
    while place % 2 == 1:
        place, last = place // 2, last // 2
    older = newer = older_root if place == 0 else steps.pop(0)
    for step in steps:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            older, newer = hash_node(step, older), hash_node(step, newer)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            newer = hash_node(newer, step)
        place, last = place // 2, last // 2
    return last == 0 and older == older_root and newer == root


def _subproof(leaves: Sequence[bytes], older_size: int, *, is_whole: bool) -> list[bytes]:
    if older_size == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _largest_power_of_two_below(len(leaves))
    if older_size <= split:
        return [*_subproof(leaves[:split], older_size, is_whole=is_whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], older_size - split, is_whole=False), root_of(leaves[:split])]


def _largest_power_of_two_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
