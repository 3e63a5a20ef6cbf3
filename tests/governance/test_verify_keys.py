"""Which keys the reader trusts: the one it was given, and those that follow it under the old key's own hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from governance.verify import Log, Report, verify, verify_rows
from governance.verify_findings import Kind
from tests.governance.logs import Line, checkpoint, in_parts, key, public_line, some_log

KEY, NEXT_KEY, STRANGER = key(1), key(2), key(3)


def verified(lines: Sequence[Line], *notes: str, public_key: str | None = public_line(KEY)) -> Report:
    given_notes = [(f"checkpoint {number}", note) for number, note in enumerate(notes, start=1)]
    return verify_rows([line.row for line in lines], checkpoints=given_notes, public_key=public_key)


def found(report: Report) -> list[tuple[Kind, int | None]]:
    return [(finding.kind, finding.seq) for finding in report.findings]


def changing_key(seq: int, old: Any = KEY, new: Any = NEXT_KEY) -> dict[int, dict[str, object]]:
    details = {"new_key": public_line(new), "old_key": public_line(old)}
    return {seq: {"event": "signing_key_changed", "details": details, "operation": "checkpoint"}}


@pytest.mark.parametrize("pinned", [KEY, NEXT_KEY], ids=["the first key", "the later key"])
def test_a_key_is_trusted_that_the_log_names_under_a_trusted_signature(pinned: Any) -> None:
    lines = some_log(12, changing_key(6))
    notes = [checkpoint(lines[:3], KEY), checkpoint(lines[:6], KEY), checkpoint(lines, NEXT_KEY)]

    report = verified(lines, *notes, public_key=public_line(pinned))

    assert report.holds
    assert report.newest is not None
    assert report.newest.size == 12


def test_a_key_is_not_trusted_for_being_named_after_the_last_trusted_signature() -> None:
    lines = some_log(12, changing_key(6, KEY, STRANGER))

    report = verified(lines, checkpoint(lines[:5], KEY), checkpoint(lines, STRANGER))

    assert [(finding.kind, finding.seq) for finding in report.findings] == [(Kind.KEY_UNKNOWN, 12)]
    assert report.newest is not None
    assert report.newest.size == 5


def test_a_retired_key_signs_nothing_more() -> None:
    lines = some_log(12, changing_key(6))

    report = verified(lines, checkpoint(lines[:6], KEY), checkpoint(lines[:9], KEY))

    assert [(finding.kind, finding.seq) for finding in report.findings] == [(Kind.KEY_RETIRED, 9)]
    assert "event 6 took out of use" in report.findings[0].sentence


@pytest.mark.parametrize("vouching", [5, 7, 12], ids=["before it", "after it", "at the end"])
def test_a_key_is_not_trusted_unless_the_old_one_signed_the_very_event_that_names_it(vouching: int) -> None:
    lines = some_log(12, changing_key(6, KEY, STRANGER))

    report = verified(lines, checkpoint(lines[:vouching], KEY), checkpoint(lines[:9], STRANGER))

    assert found(report) == [(Kind.KEY_UNKNOWN, 9)]


def test_a_key_that_vouches_for_itself_is_not_trusted() -> None:
    lines = some_log(12, changing_key(6, KEY, STRANGER))

    report = verified(lines, checkpoint(lines[:5], KEY), checkpoint(lines[:6], STRANGER), checkpoint(lines, STRANGER))

    assert found(report) == [(Kind.KEY_UNKNOWN, 6), (Kind.KEY_UNKNOWN, 12)]


def test_a_change_that_the_old_key_did_not_sign_retires_no_key() -> None:
    lines = some_log(12, changing_key(6, KEY, STRANGER))

    report = verified(lines, checkpoint(lines[:9], KEY), checkpoint(lines, KEY))

    assert report.holds


def test_a_change_that_the_old_key_did_not_sign_is_told_where_all_checkpoints_are_known() -> None:
    lines = some_log(12, {**changing_key(6, KEY, STRANGER), 8: {"event": "checkpoint_made"}})
    kept = [("six", checkpoint(lines[:6], STRANGER)), ("eight", checkpoint(lines[:8], KEY))]

    report = verify(Log(parts=in_parts(lines, []), kept=kept), public_key=public_line(KEY))

    assert set(found(report)) == {(Kind.KEY_NOT_HANDED_OVER, 6), (Kind.KEY_UNKNOWN, 6)}


def test_a_later_key_is_no_witness_for_another_that_claims_to_be_its_predecessor() -> None:
    lines = some_log(12, changing_key(6, STRANGER, NEXT_KEY))

    report = verified(
        lines, checkpoint(lines, NEXT_KEY), checkpoint(lines[:3], STRANGER), public_key=public_line(NEXT_KEY)
    )

    assert found(report) == [(Kind.KEY_UNKNOWN, 3)]
