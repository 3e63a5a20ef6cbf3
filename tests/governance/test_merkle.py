"""The tree of the log is that of RFC 6962, by its published values and by its own definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.merkle import (
    EMPTY_ROOT,
    GrowingRoot,
    consistency_proof,
    hash_leaf,
    hash_node,
    inclusion_proof,
    is_consistent,
    is_included,
    root_of,
)

#: The test vectors published with Certificate Transparency, the reference implementation of RFC 6962.
BODIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [hash_leaf(body) for body in BODIES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 8, ["96a296d2", "5f083f0a", "6b47aaf2"]),
    (5, 8, ["bc1a0643", "ca854ea1", "d37ee418"]),
    (2, 3, ["fac54203"]),
    (1, 5, ["6e340b9c", "5f083f0a", "bc1a0643"]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d2", "5f083f0a", "6b47aaf2"]),
    (6, 8, ["0ebc5d34", "ca854ea1", "d37ee418"]),
    (2, 5, ["5f083f0a", "bc1a0643"]),
]


def leaves_of(size: int) -> list[bytes]:
    return [hash_leaf(str(number).encode()) for number in range(size)]


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(power for exponent in range(20) if (power := 2**exponent) < len(leaves))
    return hash_node(defined_root(leaves[:split]), defined_root(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_a_root_is_the_published_one(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "expected"), INCLUSION)
def test_an_inclusion_proof_is_the_published_one(index: int, size: int, expected: list[str]) -> None:
    proof = inclusion_proof(LEAVES[:size], index)

    assert [node.hex()[:8] for node in proof] == expected
    assert is_included(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("older", "size", "expected"), CONSISTENCY)
def test_a_consistency_proof_is_the_published_one(older: int, size: int, expected: list[str]) -> None:
    proof = consistency_proof(LEAVES[:size], older)

    assert [node.hex()[:8] for node in proof] == expected
    assert is_consistent(older, bytes.fromhex(ROOTS[older]), size, bytes.fromhex(ROOTS[size]), proof)


def test_nothing_has_the_root_of_nothing() -> None:
    assert GrowingRoot().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == ROOTS[0]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=200))
def test_a_root_grown_leaf_by_leaf_is_the_root_by_definition_at_every_size(leaves: list[bytes]) -> None:
    growing = GrowingRoot()
    for size, leaf in enumerate(leaves, start=1):
        growing.extend([leaf])

        assert growing.root() == defined_root(leaves[:size])
    assert growing.size == len(leaves)


@given(st.data(), st.integers(1, 70))
def test_a_proof_shows_its_own_leaf_and_no_other(data: st.DataObject, size: int) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    proof, root = inclusion_proof(leaves, index), root_of(leaves)

    assert is_included(leaves[index], index, size, proof, root)
    assert is_included(leaves[other], index, size, proof, root) == (index == other)
    assert is_included(leaves[index], other, size, proof, root) == (index == other)
    assert not is_included(leaves[index], index, size, [*proof, EMPTY_ROOT], root)
    assert not proof or not is_included(leaves[index], index, size, proof[:-1], root)


@given(st.data(), st.integers(2, 70))
def test_a_log_whose_beginning_was_changed_is_consistent_with_no_proof(data: st.DataObject, size: int) -> None:
    older = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, older - 1))
    leaves = leaves_of(size)
    rewritten = [*leaves[:changed], EMPTY_ROOT, *leaves[changed + 1 :]]
    older_root, root = root_of(leaves[:older]), root_of(leaves)

    assert is_consistent(older, older_root, size, root, consistency_proof(leaves, older))
    for proof in (consistency_proof(leaves, older), consistency_proof(rewritten, older)):
        assert not is_consistent(older, older_root, size, root_of(rewritten), proof)
        assert not is_consistent(older, older_root, size, root, [*proof, EMPTY_ROOT])


@pytest.mark.parametrize(
    ("older", "older_root", "size", "root", "expected"),
    [
        (0, EMPTY_ROOT, 5, root_of(leaves_of(5)), True),
        (0, bytes(32), 5, root_of(leaves_of(5)), False),
        (5, root_of(leaves_of(5)), 5, root_of(leaves_of(5)), True),
        (5, bytes(32), 5, root_of(leaves_of(5)), False),
        (6, root_of(leaves_of(6)), 5, root_of(leaves_of(5)), False),
        (3, root_of(leaves_of(3)), 5, root_of(leaves_of(5)), False),
    ],
)
def test_without_a_proof_only_equal_logs_and_the_empty_one_are_consistent(
    older: int, older_root: bytes, size: int, root: bytes, expected: bool
) -> None:
    assert is_consistent(older, older_root, size, root, []) is expected


@pytest.mark.parametrize("index", [-1, 4])
def test_there_is_no_proof_of_what_is_not_there(index: int) -> None:
    with pytest.raises(ValueError, match=f"4 events has no event at place {index}"):
        inclusion_proof(leaves_of(4), index)
    with pytest.raises(ValueError, match="never had"):
        consistency_proof(leaves_of(4), 5)

    assert not is_included(leaves_of(4)[0], index, 4, [], root_of(leaves_of(4)))
