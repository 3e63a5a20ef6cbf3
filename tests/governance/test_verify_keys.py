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


def test_a_checkpoint_given_that_cannot_be_used_speaks_against_the_file_alone() -> None:
    lines = some_log(12)
    edited = checkpoint(lines[:6], KEY).replace("\n6\n", "\n5\n")
    unusable = {
        Kind.SIGNATURE_WRONG: edited,
        Kind.KEY_UNKNOWN: checkpoint(some_log(20), STRANGER),
        Kind.OTHER_LOG: checkpoint(lines[:6], KEY, origin="mat.test/other"),
    }
    own = [("own", checkpoint(lines, KEY))]

    for kind, note in unusable.items():
        log = Log(parts=in_parts(lines, []), kept=own)
        report = verify(log, given=[("theirs", note)], public_key=public_line(KEY))

        assert [finding.kind for finding in report.findings] == [kind]
        assert (report.holds, report.is_damaged) == (False, False)


def test_a_checkpoint_by_a_retired_key_still_shows_that_the_log_was_rewritten() -> None:
    lines = some_log(12, changing_key(6))

    report = verified(lines, checkpoint(lines[:6], KEY), checkpoint(some_log(9), KEY))

    assert set(found(report)) == {(Kind.KEY_RETIRED, 9), (Kind.ROOT_DIFFERS, 9)}
    assert report.is_damaged


def test_a_public_key_given_that_signed_nothing_here_is_one_finding_against_the_key() -> None:
    lines = some_log(12)
    log = Log(parts=in_parts(lines, []), kept=[("six", checkpoint(lines[:6], KEY)), ("all", checkpoint(lines, KEY))])

    given = verify(log, public_key=public_line(NEXT_KEY), is_key_given=True)
    beside = verify(Log(parts=in_parts(lines, []), kept=log.kept), public_key=public_line(NEXT_KEY), is_key_given=False)

    assert (found(given), given.is_damaged) == ([(Kind.KEY_NOT_OF_LOG, None)], False)
    assert (found(beside), beside.is_damaged) == ([(Kind.KEY_UNKNOWN, 6), (Kind.KEY_UNKNOWN, 12)], True)


def test_a_key_that_signed_before_is_trusted_beside_the_one_that_signs_now() -> None:
    lines = some_log(12)
    log = Log(parts=in_parts(lines, []), kept=[("all", checkpoint(lines, KEY))])

    report = verify(log, public_key=public_line(NEXT_KEY), earlier_keys=["not a key", public_line(KEY)])

    assert report.holds
