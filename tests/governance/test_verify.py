"""Verifying says what the bytes say: a log that holds is said to hold, how far and by whose word."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.merkle import root_of
from governance.verify import Log, Report, verify, verify_rows
from governance.verify_findings import Findings, Kind
from governance.verify_rows import read_stretch
from governance.verify_tree import Tree
from tests.governance.logs import Line, body, chained, checkpoint, in_parts, key, public_line, root, signed, some_log

KEY, NEXT_KEY, STRANGER = key(1), key(2), key(3)
GOVERNANCE = Path(__file__).resolve().parents[2] / "governance"
READERS = sorted(GOVERNANCE.glob("verify*.py"))


def verified(lines: Sequence[Line], *notes: str, public_key: str | None = public_line(KEY)) -> Report:
    given_notes = [(f"checkpoint {number}", note) for number, note in enumerate(notes, start=1)]
    return verify_rows([line.row for line in lines], checkpoints=given_notes, public_key=public_key)


def kinds(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}


@pytest.mark.parametrize("reader", READERS, ids=[path.stem for path in READERS])
def test_readers_share_no_code_with_writers(reader: Path) -> None:
    tree = ast.parse(reader.read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    own = {name for name in imported if name.startswith(("governance", "app"))}
    assert len(READERS) >= 5
    assert [name for name in own if not name.startswith("governance.verify")] == []
    assert "rfc8785" not in imported


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 511, 512, 513, 1300])
def test_a_log_that_holds_has_its_root_and_nothing_against_it(size: int) -> None:
    lines = some_log(size)

    report = verified(lines, checkpoint(lines, KEY))

    assert report.findings == report.warnings == ()
    assert report.holds
    assert (report.size, report.root, report.last_chain) == (size, root(lines), lines[-1].chain)
    assert report.newest_outside is not None
    assert report.newest_outside.size == size


@given(st.integers(1, 300), st.lists(st.integers(1, 299), max_size=6))
def test_the_root_is_the_same_however_the_log_is_cut_to_be_read(size: int, cuts: list[int]) -> None:
    lines = some_log(size)
    edges = [0, *sorted({cut for cut in cuts if cut < size}), size]
    tree, findings = Tree(), Findings()

    for start, stop in pairwise(edges):
        rows = [line.row for line in lines[start:stop]]
        stretch = read_stretch(rows, place=start, asked=[], findings=findings)
        tree.add(stretch.nodes, place=start, count=stretch.count)

    assert tree.root() == root_of([line.leaf for line in lines])
    assert findings.kept == []


@given(st.integers(1, 200), st.data())
def test_the_root_at_every_size_is_that_of_the_writer(size: int, data: st.DataObject) -> None:
    lines = some_log(size)
    sizes = data.draw(st.lists(st.integers(1, size), unique=True, max_size=5))

    report = verified(lines, *(checkpoint(lines[:each], KEY) for each in sizes))

    assert report.holds
    assert report.root == root_of([line.leaf for line in lines])


def test_a_log_read_by_two_processes_gives_the_same_report() -> None:
    lines = some_log(60, {20: {"event": "signing_key_changed", "details": {"old_key": "x", "new_key": "y"}}})
    notes = [("a", checkpoint(lines[:33], KEY)), ("b", checkpoint(lines[:40], KEY))]

    one = verify(Log(parts=in_parts(lines, [])), given=notes, public_key=public_line(KEY))
    several = verify(Log(parts=in_parts(lines, [7, 20, 33])), given=notes, public_key=public_line(KEY))

    assert one == several
    assert one.holds


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (some_log(60)[:20] + some_log(60)[21:], {Kind.MISSING}),
        (some_log(60)[:20] + chained([body(seq) for seq in range(21, 61)], first=21), {Kind.LINK_BROKEN}),
        (some_log(60)[:20] + some_log(60)[19:], {Kind.OUT_OF_ORDER, Kind.REPEATED}),
    ],
)
def test_what_is_wrong_where_two_processes_meet_is_found(lines: list[Line], expected: set[Kind]) -> None:
    report = verify(Log(parts=in_parts(lines, [20, 40])))

    assert expected <= kinds(report)
    assert {20, 21} & {finding.seq for finding in report.findings}


def test_an_empty_log_is_no_log() -> None:
    report = verified([])

    assert kinds(report) == {Kind.EMPTY}
    assert "restore" in report.findings[0].sentence


def test_without_a_checkpoint_a_whole_rewrite_is_not_seen_and_the_report_names_none() -> None:
    report = verified(some_log(9, {3: {"event": "something_else"}}))

    assert report.holds
    assert report.newest is None
    assert report.newest_outside is None


NOT_CANONICAL = {
    "a space": body(3).replace(b'"v":1', b'"v": 1'),
    "another order": body(3).replace(b'"tool":"mat 0.1.0","v":1', b'"v":1,"tool":"mat 0.1.0"'),
    "a key too many": body(3).replace(b'"v":1', b'"v":1,"w":1'),
    "a key missing": body(3).replace(b',"v":1', b""),
    "another version": body(3).replace(b'"v":1', b'"v":2'),
    "a number as a float": body(3, details={"number": 1.5}),
    "a leading zero": body(3).replace(b'"number":3', b'"number":03'),
    "minus nothing": body(3).replace(b'"number":3', b'"number":-0'),
    "details out of order": body(3).replace(b'{"number":3,"page":"case"}', b'{"page":"case","number":3}'),
    "a detail twice": body(3).replace(b'{"number":3,"page":"case"}', b'{"number":3,"number":3}'),
    "details in details": body(3, details={"a": {"b": 1}}),
    "an escape too many": body(3).replace(b'"case"', b'"c\\u0061se"'),
    "a slash escaped": body(3).replace(b'"page":"case"', b'"page":"a\\/b"'),
    "a control letter": body(3).replace(b'"page":"case"', b'"page":"a\tb"'),
    "capitals in an escape": body(3).replace(b'"page":"case"', b'"page":"\\u001F"'),
    "no text": b"\xff" + body(3)[1:],
    "no utf-8": body(3).replace(b'"page":"case"', b'"page":"\xff\xfe"'),
    "no calendar has it": body(3, at="2026-13-45T10:00:03.000000Z"),
    "no json": b"hello",
    "nothing": b"",
    "too long": body(3, details={"page": "x" * 65536}),
    "texts out of order": body(3, texts={"a": "0" * 64, "b": "0" * 64}).replace(b'"a":"0', b'"c":"0'),
}


@pytest.mark.parametrize("content", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_a_body_that_mat_would_not_have_written_is_found_even_if_all_hashes_fit(content: bytes) -> None:
    lines = chained([body(1), body(2), content, body(4)])

    report = verified(lines)

    assert kinds(report) == {Kind.NOT_CANONICAL}
    assert report.findings[0].seq in {3, 4}


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
_values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), _texts, st.lists(_texts, max_size=3)
)
_names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)


@given(st.dictionaries(_names, _values, max_size=6), st.lists(_texts, max_size=3))
def test_whatever_the_writer_writes_is_canonical_to_the_reader(details: dict[str, Any], recipients: list[str]) -> None:
    content: dict[str, Any] = {**json.loads(body(1)), "details": details, "recipients": recipients}

    report = verified(chained([rfc8785.dumps(content)]))

    assert report.findings == ()


@given(st.binary(max_size=40))
def test_rows_of_any_bytes_are_told_and_never_raise(content: bytes) -> None:
    report = verify_rows([(1, content, content, content, content)])

    assert not report.holds


@pytest.mark.parametrize(("minutes", "is_warned"), [(4, False), (6, True)])
def test_a_clock_set_back_is_a_warning_and_no_finding(minutes: int, is_warned: bool) -> None:
    lines = some_log(
        5, {3: {"at": "2026-11-23T12:00:00.000000Z"}, 4: {"at": f"2026-11-23T11:{60 - minutes}:00.000000Z"}}
    )

    report = verified(lines[:4])

    assert report.holds
    assert [warning.seq for warning in report.warnings] == ([4] if is_warned else [])


def test_a_clock_set_back_between_two_processes_is_seen() -> None:
    lines = some_log(40, {10: {"at": "2026-11-23T23:00:00.000000Z"}})

    report = verify(Log(parts=in_parts(lines[:30], [10])))

    assert report.holds
    assert [warning.seq for warning in report.warnings] == [11]


def test_a_checkpoint_signed_by_partners_too_counts_once_for_the_key_that_is_pinned() -> None:
    lines = some_log(5)
    note = checkpoint(lines, KEY)
    partner = signed(note.partition("\n\n")[0] + "\n", STRANGER, "partner").rpartition("\n\n")[2]

    assert verified(lines, note + partner).holds
    assert verified(lines, note + partner, public_key=public_line(STRANGER, "partner")).holds


@pytest.mark.parametrize("line", ["", "nonsense", public_line(KEY)[:-1], public_line(KEY).replace("mat", "mad")])
def test_a_public_key_that_is_none_is_told(line: str) -> None:
    report = verified(some_log(3), public_key=line)

    assert kinds(report) == {Kind.KEY_UNREADABLE}


def test_checkpoints_kept_beside_the_log_are_all_there() -> None:
    lines = some_log(9, {3: {"event": "checkpoint_made"}, 7: {"event": "checkpoint_made"}})
    kept = [("kept", checkpoint(lines[:3], KEY))]

    report = verify(Log(parts=in_parts(lines, []), kept=kept), public_key=public_line(KEY))

    assert [(finding.kind, finding.seq) for finding in report.findings] == [(Kind.CHECKPOINT_MISSING, 7)]


def test_every_finding_says_what_it_means_and_what_to_do() -> None:
    findings = Findings()

    for kind in Kind:
        findings.add(kind, 1, "Something at a place")

    assert all(len(finding.sentence) > 60 for finding in findings.kept)
    assert len({finding.sentence for finding in findings.kept}) == len(Kind)


def test_all_findings_are_counted_and_the_first_of_a_kind_are_kept() -> None:
    lines = [line.row for line in some_log(100)]
    wrong = [(seq, content, hashlib.sha256(leaf).digest(), prev, chain) for seq, content, leaf, prev, chain in lines]

    report = verify_rows(wrong)

    assert report.counts[Kind.LEAF_CHANGED] == 100
    assert len(report.findings) == 20
