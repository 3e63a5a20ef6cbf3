"""The reader holds texts beside the log against it, and lets none be gone but by an erasure that the log tells of."""

from __future__ import annotations

import hmac
import json
from uuid import UUID

import pytest

from governance.verify import Log, Report, verify, verify_rows
from governance.verify_findings import Kind
from tests.governance.logs import Line, body, in_parts, some_log

REMOVING: dict[str, object] = {
    "event": "case_removed",
    "operation": "erasure",
    "people": [],
    "roles": ["auditor", "dpo"],
}


def text_of(number: int, content: str) -> tuple[str, str, bytes, str]:
    own_id = str(json.loads(body(number))["id"])
    return (own_id, "reason", bytes([number]) * 32, content)


def with_texts(*numbers: int, removing: dict[int, object] | None = None) -> list[Line]:
    """Six events, each about a person of its own; some with a text, some that remove people."""
    special: dict[int, dict[str, object]] = {
        number: {"texts": {"reason": hmac.digest(bytes([number]) * 32, f"text {number}".encode(), "sha256").hex()}}
        for number in numbers
    }
    for number, people in (removing or {}).items():
        special[number] = {**REMOVING, "details": {"people": people}}
    return some_log(6, special)


def verified(lines: list[Line], *numbers: int) -> Report:
    return verify_rows([line.row for line in lines], texts=[text_of(each, f"text {each}") for each in numbers])


def found(report: Report) -> list[tuple[Kind, int | None]]:
    return [(finding.kind, finding.seq) for finding in report.findings]


def test_texts_that_still_exist_are_held_against_their_hashes_and_those_of_the_removed_are_counted() -> None:
    lines = with_texts(2, 3, 5, removing={6: [f"{3:032x}"]})

    report = verified(lines, 2, 5)

    assert report.holds
    assert (report.texts_kept, report.texts_gone) == (2, 1)
    assert verify_rows([line.row for line in lines]).texts_kept is None


def test_what_others_than_the_dpo_say_of_a_removal_counts_for_nothing() -> None:
    special: dict[int, dict[str, object]] = {
        2: {"texts": {"reason": "0" * 64}},
        6: {**REMOVING, "details": {"people": [f"{2:032x}"]}, "roles": ["provider"], "recipients": ['"roles":["dpo"']},
    }

    report = verify_rows([line.row for line in some_log(6, special)], texts=[])

    assert found(report) == [(Kind.TEXT_MISSING, 2)]


@pytest.mark.parametrize(
    "removing",
    [{}, {6: [f"{2:032x}"]}, {6: []}, {6: "0"}, {6: None}, {1: [f"{3:032x}"]}],
    ids=["nobody removed", "somebody else removed", "no people", "a word", "nothing", "removed before"],
)
def test_a_text_that_no_erasure_took_is_missing(removing: dict[int, object]) -> None:
    report = verified(with_texts(2, 3, 5, removing=removing), 2, 5)

    assert found(report) == [(Kind.TEXT_MISSING, 3)]
    assert (report.texts_kept, report.texts_gone) == (2, 0)


def test_another_event_that_names_a_person_does_not_take_their_texts() -> None:
    lines = some_log(6, {2: {"texts": {"reason": "0" * 64}}, 5: {"details": {"people": [f"{2:032x}"]}}})

    assert found(verified(lines)) == [(Kind.TEXT_MISSING, 2)]


def test_a_text_and_the_erasure_that_took_it_may_lie_in_different_parts() -> None:
    lines = with_texts(2, 3, removing={6: [f"{2:032x}"]})

    report = verify(Log(parts=in_parts(lines, [4]), texts=[text_of(3, "text 3")]))

    assert report.holds
    assert (report.texts_kept, report.texts_gone) == (1, 1)


@pytest.mark.parametrize(
    "text", [text_of(2, "text 3"), text_of(2, "text 2\n"), (text_of(2, "")[0], "reason", bytes(32), "text 2")]
)
def test_a_text_that_was_changed_is_found(text: tuple[str, str, bytes, str]) -> None:
    report = verify_rows([line.row for line in with_texts(2)], texts=[text])

    assert found(report) == [(Kind.TEXT_CHANGED, 2)]


@pytest.mark.parametrize(
    "text",
    [(text_of(2, "")[0], "note", bytes([2]) * 32, "text 2"), (str(UUID(int=9)), "reason", bytes([2]) * 32, "text 2")],
)
def test_a_text_that_was_put_there_is_found(text: tuple[str, str, bytes, str]) -> None:
    report = verify_rows([line.row for line in with_texts(2)], texts=[text_of(2, "text 2"), text])

    assert found(report) == [(Kind.TEXT_UNKNOWN, None)]
