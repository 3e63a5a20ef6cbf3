"""Files that leave the building: made after a proof, registered and logged, fetched once by the one who asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.tasking.conflicts import declare_conflict
from app.tasking.desk import Desk, SessionEnded
from app.tasking.files_outside import destroy_file, list_files, say_destroyed
from app.tasking.handing_out import Given, Handed, Outgoing, empty_what_nobody_fetched, fetch_once, hand_out
from app.tasking.signing_in import end_own_session, sign_in
from app.tasking.stepping_up import NotProven, is_proven, step_up
from mat.errors import AccessRefused, BadInput
from mat.store.tables import people
from mat.store.tables.audit import audit_event, audit_payload
from mat.store.tables.privacy import file_person, outgoing_file
from mat.store.vocabulary import Channel, FileFate, FileKind, UserRole
from tests.simultaneous import at_once
from tests.staff import Staff

CONTENT = b"who did what to whom"
_COLUMNS = "made_by, :session, NULL, 'read_meeting', 'x.pdf', 'application/pdf', NULL, NULL, NULL, NULL"


def at_the_board(staff: Staff, *roles: UserRole, panel: str | None = None) -> Desk:
    user = staff.user(*roles, panel=panel)
    return Desk(staff.store, sign_in(staff.store, user, service=None, channel=Channel.BOARD, seconds=3600))


def events(staff: Staff) -> list[dict[str, Any]]:
    rows = sorted(staff.all_of(audit_event), key=lambda row: row["seq"])
    return [json.loads(row["body"]) for row in rows]


def made(**changed: Any) -> Outgoing:
    given: dict[str, Any] = {
        "name": "minutes of the meeting.pdf",
        "media_type": "application/pdf",
        "content": CONTENT,
        "kind": FileKind.PACK,
        "subjects": [],
        "given": Given(purpose="For the meeting on Tuesday.", recipients=("housing", "Mx Outside")),
        "command": "read_meeting",
    }
    return Outgoing(**{**given, **changed})


def handed(staff: Staff) -> tuple[Desk, Handed]:
    desk = step_up(at_the_board(staff, UserRole.COORDINATOR, panel="A"))
    return desk, hand_out(desk, made(panel_id=staff.panels["A"], subjects=[staff.subject()]))


def test_of_two_services_of_one_name_the_log_names_the_one_it_was_made_for(staff: Staff) -> None:
    desk = step_up(at_the_board(staff, UserRole.COORDINATOR, panel="A"))
    police = staff.services["police"]
    agency = next(row["agency_id"] for row in staff.all_of(people.service) if row["service_id"] == police)
    with staff.superuser.begin() as connection:
        connection.execute(
            people.service.insert().values(service_id=uuid4(), agency_id=agency, name="housing", kind="panel_partner")
        )

    for reader in (row["service_id"] for row in staff.all_of(people.service) if row["name"] == "housing"):
        hand_out(desk, made(panel_id=staff.panels["A"], reader_id=reader))
        told = next(each for each in reversed(events(staff)) if each["event"] == "file_handed_out")
        assert str(reader) in told["recipients"]


def test_what_is_handed_out_is_registered_logged_and_fetched_once(staff: Staff) -> None:
    desk = step_up(at_the_board(staff, UserRole.COORDINATOR, panel="A"))
    subject = staff.subject()

    out = hand_out(desk, made(subjects=[subject], panel_id=staff.panels["A"], fields=("minutes",)))

    assert (out.size, out.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    (row,) = staff.all_of(outgoing_file)
    assert row["token_hash"] == hashlib.sha256(out.token.encode()).digest()
    assert row["expires_at"] - row["made_at"] == timedelta(minutes=10)
    (listed,) = list_files(desk)
    assert listed.path == "fetched: minutes of the meeting.pdf"
    assert listed.recipients == ("Mx Outside", "housing")
    assert [each["subject_id"] for each in staff.all_of(file_person)] == [subject]
    disclosed = next(each for each in events(staff) if each["event"] == "file_handed_out")
    assert set(disclosed["recipients"]) == {str(staff.services["housing"]), "outside the store"}
    assert len(disclosed["people"]) == 1
    assert "Tuesday" not in str(disclosed)
    assert {each["name"] for each in staff.all_of(audit_payload)} == {"reason", "recipients"}

    fetched = fetch_once(desk, out.token)

    assert (fetched.name, fetched.media_type, fetched.content) == (out.name, "application/pdf", CONTENT)
    (row,) = staff.all_of(outgoing_file)
    assert row["content"] is None
    with pytest.raises(AccessRefused, match="fetched before"):
        fetch_once(desk, out.token)
    assert [each["event"] for each in events(staff)][-2:] == ["file_fetched", "command_refused"]
    assert events(staff)[-1]["details"]["why"] == "fetched_before"
    with pytest.raises(AccessRefused, match="no such file"):
        fetch_once(desk, "a slip")
    assert events(staff)[-1]["details"] == {"command": "hand_out", "file": None, "why": "unknown"}


def test_of_two_at_the_same_moment_one_gets_it(staff: Staff) -> None:
    desk, out = handed(staff)

    outcomes = at_once(*[lambda: fetch_once(Desk(staff.store, desk.scope), out.token)] * 2)

    assert sorted(type(each).__name__ for each in outcomes) == ["Fetched", "RefusedWithDetails"]


def _another(staff: Staff, _: Desk) -> Desk:
    return at_the_board(staff, UserRole.COORDINATOR, panel="A")


def _another_session(staff: Staff, desk: Desk) -> Desk:
    user = desk.scope.user_id
    return Desk(staff.store, sign_in(staff.store, user, service=None, channel=Channel.BOARD, seconds=3600))


def _later(staff: Staff, desk: Desk) -> Desk:
    with staff.tampering() as connection:
        connection.execute(text("UPDATE outgoing_file SET made_at = now() - interval '10 minutes', expires_at = now()"))
    return desk


def _role_ended(staff: Staff, desk: Desk) -> Desk:
    with staff.tampering() as connection:
        asked = text("UPDATE role_grant SET panel_id = :panel WHERE user_id = :user")
        connection.execute(asked, {"panel": staff.panels["B"], "user": desk.scope.user_id})
    return desk


def _in_conflict(staff: Staff, desk: Desk) -> Desk:
    (row,) = staff.all_of(file_person)
    declare_conflict(desk, row["subject_id"], "The subject is a neighbour.")
    return desk


@pytest.mark.parametrize(
    ("who", "sentence", "why"),
    [
        (_another, "no such file", "not_theirs"),
        (_another_session, "no such file", "not_theirs"),
        (_later, "within ten minutes", "too_late"),
        (_role_ended, "no role for the panel area", "role_ended"),
        (_in_conflict, "no longer open to you", "closed_since"),
    ],
)
def test_who_may_not_fetch_it_is_told_in_a_sentence_and_logged_with_the_file(
    staff: Staff, who: Callable[[Staff, Desk], Desk], sentence: str, why: str
) -> None:
    desk, out = handed(staff)

    with pytest.raises(AccessRefused, match=sentence):
        fetch_once(who(staff, desk), out.token)

    assert events(staff)[-1]["event"] == "command_refused"
    assert events(staff)[-1]["details"] == {"command": "hand_out", "file": str(out.file_id), "why": why}
    assert [each["fetched_at"] for each in staff.all_of(outgoing_file)] == [None]


def test_with_the_session_the_content_goes(staff: Staff) -> None:
    desk, out = handed(staff)
    end_own_session(staff.store, desk.scope)

    with pytest.raises(SessionEnded):
        fetch_once(desk, out.token)
    empty_what_nobody_fetched(staff.store)

    assert [each["content"] for each in staff.all_of(outgoing_file)] == [None]


def test_what_can_still_be_fetched_is_left_and_what_cannot_is_emptied(staff: Staff) -> None:
    desk, _ = handed(staff)
    empty_what_nobody_fetched(staff.store)
    assert [each["content"] for each in staff.all_of(outgoing_file)] == [CONTENT]

    _later(staff, desk)
    empty_what_nobody_fetched(staff.store)

    assert [each["content"] for each in staff.all_of(outgoing_file)] == [None]


def test_at_the_board_nothing_is_handed_out_without_a_fresh_proof(staff: Staff) -> None:
    desk = at_the_board(staff, UserRole.COORDINATOR)

    with pytest.raises(NotProven, match="Prove again"):
        hand_out(desk, made())
    assert not is_proven(desk)
    hand_out(step_up(desk), made())
    assert is_proven(desk)
    with staff.tampering() as connection:
        connection.execute(text("UPDATE work_session SET stepped_up_at = stepped_up_at - interval '5 minutes'"))

    with pytest.raises(NotProven):
        hand_out(desk, made())
    with staff.store.transaction(desk.scope) as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(
            text(f"INSERT INTO outgoing_file SELECT file_id, 'x', {_COLUMNS}, now(), now() FROM file_register"),
            {"session": desk.scope.session_id},
        )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"given": Given(purpose=" ", recipients=("housing",))}, "What the file is for"),
        ({"given": Given(purpose="For Tuesday.", recipients=())}, "who gets the file"),
        ({"command": "lock_decisions"}, "You may not lock decisions"),
    ],
)
def test_what_is_refused_leaves_nothing(staff: Staff, changed: dict[str, Any], sentence: str) -> None:
    desk = step_up(at_the_board(staff, UserRole.COORDINATOR))

    with pytest.raises(BadInput, match=sentence):
        hand_out(desk, made(**changed))

    assert staff.count(outgoing_file) == 0


def test_a_role_in_one_panel_area_hands_out_nothing_of_another(staff: Staff) -> None:
    desk = step_up(at_the_board(staff, UserRole.COORDINATOR, panel="B"))

    with pytest.raises(AccessRefused, match="no role for the panel area"):
        hand_out(desk, made(panel_id=staff.panels["A"]))


def test_a_removal_takes_a_file_back_that_has_not_left_and_lists_one_that_has(staff: Staff) -> None:
    desk, unfetched = handed(staff)
    fetched = hand_out(desk, made(panel_id=staff.panels["A"]))
    fetch_once(desk, fetched.token)
    dpo = staff.desk(UserRole.DPO)

    assert destroy_file(dpo, unfetched.file_id) is FileFate.DESTROYED
    assert destroy_file(dpo, fetched.file_id) is FileFate.HANDED_OUT

    with pytest.raises(AccessRefused, match="within ten minutes"):
        fetch_once(desk, unfetched.token)
    (left,) = list_files(dpo)
    assert left.fate is FileFate.HANDED_OUT
    say_destroyed(dpo, fetched.file_id, "Housing wrote that it is shredded.")
    assert list_files(dpo) == []
