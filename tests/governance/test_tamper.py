"""The tamper matrix: whatever is done to a log, held against one checkpoint, is found and called by its name.

The log's database is in the hands of whoever tampers, and so are all hashes; the checkpoint and the public key are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.verify import Report, verify_rows
from governance.verify_findings import Kind
from tests.governance.logs import Line, body, chained, checkpoint, key, public_line, rehashed, renumbered, some_log

SIZE = 12
LINES = some_log(SIZE)
NOTE = checkpoint(LINES, key(1))
PUBLIC = public_line(key(1))
FIRST, MIDDLE, LAST = 1, 6, SIZE


#: What a body with another id or time brings about besides: an event that seems to come twice, a time of no calendar.
FOLLOWING = {(kind, seq) for kind in (Kind.REPEATED, Kind.NOT_CANONICAL) for seq in range(1, SIZE + 1)}


def verified(lines: Sequence[Line], *, note: str | None = NOTE) -> Report:
    given_notes = [] if note is None else [("the checkpoint", note)]
    return verify_rows([line.row for line in lines], checkpoints=given_notes, public_key=PUBLIC)


def found(lines: Sequence[Line], *, note: str | None = NOTE) -> set[tuple[Kind, int | None]]:
    return {(finding.kind, finding.seq) for finding in verified(lines, note=note).findings}


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def changed(lines: Sequence[Line], which: int, /, **values: object) -> list[Line]:
    """The log with some columns of one row changed."""
    return [replace(line, **values) if line.seq == which else line for line in lines]  # type: ignore[arg-type]


def test_the_log_as_it_was_written_holds() -> None:
    assert verified(LINES).findings == ()


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST])
@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("body", Kind.BODY_CHANGED),
        ("leaf", Kind.LEAF_CHANGED),
        ("prev", Kind.PREV_CHANGED),
        ("chain", Kind.CHAIN_CHANGED),
    ],
)
def test_any_byte_of_a_row_changed_is_found_in_its_row_and_column_without_a_checkpoint(
    seq: int, column: str, kind: Kind
) -> None:
    whole: bytes = getattr(LINES[seq - 1], column)
    for place in range(len(whole)):
        tampered = changed(LINES, seq, **{column: flipped(whole, place)})

        assert (kind, seq) in found(tampered, note=None)
        assert found(tampered, note=None) - {(kind, seq)} <= FOLLOWING


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST])
@pytest.mark.parametrize(("change", "kind"), [(-1, Kind.OUT_OF_ORDER), (1, Kind.MISSING), (100, Kind.MISSING)])
def test_another_number_is_found(seq: int, change: int, kind: Kind) -> None:
    tampered = changed(LINES, seq, seq=seq + change)

    assert kind in {each for each, _ in found(tampered, note=None)}
    assert any(each in {seq - 1, seq, seq + 1} for _, each in found(tampered, note=None))


@pytest.mark.parametrize("seq", [FIRST, MIDDLE])
def test_a_row_removed_from_inside_is_found_even_if_the_rest_is_renumbered(seq: int) -> None:
    removed = [line for line in LINES if line.seq != seq]

    assert (Kind.MISSING, seq) in found(removed, note=None)
    assert (Kind.LINK_BROKEN, seq) in found(renumbered(removed), note=None)


@pytest.mark.parametrize("seq", [FIRST, MIDDLE])
def test_a_row_removed_and_all_after_it_hashed_anew_is_found_by_the_checkpoint(seq: int) -> None:
    rewritten = chained([line.body for line in LINES if line.seq != seq])

    assert found(rewritten) == {(Kind.CUT, SIZE)}
    assert found([*rewritten, *chained([body(99)], first=SIZE, before=rewritten[-1].chain)]) == {
        (Kind.ROOT_DIFFERS, SIZE)
    }


@pytest.mark.parametrize("kept", [SIZE - 1, MIDDLE, FIRST])
def test_a_tail_cut_off_is_found_by_the_checkpoint_and_by_nothing_else(kept: int) -> None:
    assert found(LINES[:kept], note=None) == set()
    assert found(LINES[:kept]) == {(Kind.CUT, kept + 1)}
    assert "the end of the log was cut off" in verified(LINES[:kept]).findings[0].sentence


def test_a_log_emptied_is_found() -> None:
    assert found([]) == {(Kind.EMPTY, None), (Kind.CUT, 1)}


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST])
def test_a_body_rewritten_and_all_after_it_hashed_anew_is_found_by_the_checkpoint(seq: int) -> None:
    rewritten = rehashed(changed(LINES, seq, body=body(seq, event="nothing_happened")), start=seq)

    assert found(rewritten, note=None) == set()
    assert found(rewritten) == {(Kind.ROOT_DIFFERS, SIZE)}


@pytest.mark.parametrize(("one", "other"), [(1, 2), (5, 6), (2, 9), (11, 12)])
def test_two_rows_that_changed_places_are_found(one: int, other: int) -> None:
    places = list(LINES)
    places[one - 1], places[other - 1] = places[other - 1], places[one - 1]
    bodies = changed(changed(LINES, one, body=LINES[other - 1].body), other, body=LINES[one - 1].body)

    assert {Kind.MISSING, Kind.OUT_OF_ORDER} <= {kind for kind, _ in found(places, note=None)}
    assert (Kind.LINK_BROKEN, one) in found(renumbered(places), note=None)
    assert {(Kind.BODY_CHANGED, one), (Kind.BODY_CHANGED, other)} <= found(bodies, note=None)
    assert (Kind.ROOT_DIFFERS, SIZE) in found(rehashed(bodies))


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST])
def test_an_event_written_again_is_found_however_well_it_is_hashed(seq: int) -> None:
    again = rehashed([*LINES, *chained([LINES[seq - 1].body], first=SIZE + 1, before=LINES[-1].chain)])

    assert found(again) == {(Kind.REPEATED, SIZE + 1)}


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST])
def test_an_event_put_in_between_is_found(seq: int) -> None:
    bodies = [line.body for line in LINES]
    bodies.insert(seq - 1, body(500))
    squeezed_in = renumbered([*LINES[: seq - 1], replace(LINES[seq - 1], body=body(500)), *LINES[seq - 1 :]])

    assert found(chained(bodies)) == {(Kind.ROOT_DIFFERS, SIZE)}
    assert (Kind.BODY_CHANGED, seq) in found(squeezed_in, note=None)
    assert (Kind.LINK_BROKEN, seq + 1) in found(squeezed_in, note=None)


def test_an_event_put_at_the_end_is_in_the_tail_that_nothing_protects_and_the_report_says_so() -> None:
    report = verified([*LINES, *chained([body(500)], first=SIZE + 1, before=LINES[-1].chain)])

    assert report.holds
    assert report.newest_outside is not None
    assert report.size - report.newest_outside.size == 1


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_a_checkpoint_with_any_letter_changed_agrees_with_no_log(place: int, letter: str) -> None:
    note = NOTE[:place] + letter + NOTE[place + 1 :]

    assert (note == NOTE) == verified(LINES, note=note).holds


TAMPERED_NOTES: dict[str, tuple[Callable[[], str], Kind]] = {
    "signed by somebody else": (lambda: checkpoint(LINES, key(2)), Kind.KEY_UNKNOWN),
    "of another log": (lambda: checkpoint(some_log(SIZE, {3: {"event": "x"}}), key(1)), Kind.ROOT_DIFFERS),
    "of a longer log": (lambda: checkpoint(some_log(SIZE + 3), key(1)), Kind.CUT),
    "of an earlier root": (
        lambda: NOTE.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"),
        Kind.SIGNATURE_WRONG,
    ),
    "another chain": (
        lambda: NOTE.replace("chain ", "chain f", 1).replace(" at ", "# at ", 1),
        Kind.CHECKPOINT_UNREADABLE,
    ),
    "another time": (lambda: NOTE.replace("12:00:00Z", "12:00:01Z"), Kind.SIGNATURE_WRONG),
    "not a note": (lambda: "hello", Kind.CHECKPOINT_UNREADABLE),
    "nothing": (lambda: "", Kind.CHECKPOINT_UNREADABLE),
}


@pytest.mark.parametrize(("note", "kind"), TAMPERED_NOTES.values(), ids=TAMPERED_NOTES.keys())
def test_a_checkpoint_that_is_not_the_one_signed_is_called_by_its_name(note: Callable[[], str], kind: Kind) -> None:
    assert {each for each, _ in found(LINES, note=note())} == {kind}


def test_checkpoints_of_two_logs_are_told_apart() -> None:
    notes = [("ours", NOTE), ("theirs", checkpoint(LINES, key(1), origin="mat.test/other"))]

    report = verify_rows([line.row for line in LINES], checkpoints=notes, public_key=PUBLIC)

    assert [finding.kind for finding in report.findings] == [Kind.OTHER_LOG]


@given(st.data())
def test_no_row_changed_at_any_place_agrees_with_the_checkpoint(data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, SIZE))
    column = data.draw(st.sampled_from(["body", "leaf", "prev", "chain"]))
    whole: bytes = getattr(LINES[seq - 1], column)
    place = data.draw(st.integers(0, len(whole) - 1))
    letter = data.draw(st.binary(min_size=1, max_size=3))
    content = whole[:place] + letter + whole[place + 1 :]
    tampered = changed(LINES, seq, **{column: content})

    assert verified(tampered).holds == (content == whole)
    if column == "body":
        assert verified(rehashed(tampered, start=seq)).holds == (content == whole)
