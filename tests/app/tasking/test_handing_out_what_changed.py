"""A file is made of what was open, and leaves only while it still is: to whoever made it, and to whoever it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.tasking.conflicts import declare_conflict, end_conflict
from app.tasking.desk import Desk
from app.tasking.handing_out import Given, Outgoing, fetch_once, hand_out
from app.tasking.restrictions import restrict
from app.tasking.shares import end_share
from app.tasking.signing_in import sign_in
from app.tasking.stepping_up import step_up
from mat.errors import AccessRefused
from mat.store.tables.privacy import outgoing_file
from mat.store.vocabulary import Basis, Channel, FileKind, UserRole
from tests.panel_lists import events_of
from tests.staff import Staff

pytestmark = pytest.mark.slow
CONTENT = b"who did what to whom"


@pytest.fixture
def desk(staff: Staff) -> Desk:
    """A coordinator at the board who has just proved who they are."""
    user = staff.user(UserRole.COORDINATOR)
    return step_up(Desk(staff.store, sign_in(staff.store, user, service=None, channel=Channel.BOARD, seconds=3600)))


def made(staff: Staff, *subjects: UUID, **changed: Any) -> Outgoing:
    given: dict[str, Any] = {
        "name": "pack.pdf",
        "media_type": "application/pdf",
        "content": CONTENT,
        "kind": FileKind.PACK,
        "subjects": subjects,
        "given": Given(purpose="For the meeting on Tuesday.", recipients=("housing",)),
        "command": "make_pack",
        "panel_id": staff.panels["A"],
    }
    return Outgoing(**{**given, **changed})


def _in_conflict(_: Staff, desk: Desk, subject: UUID) -> None:
    declare_conflict(desk, subject, "The subject is a neighbour.")


def _restricted(staff: Staff, _: Desk, subject: UUID) -> None:
    restrict(staff.desk(UserRole.DPO), subject, "A court asked for it.")


def _sensitive(staff: Staff, _: Desk, subject: UUID) -> None:
    with staff.tampering() as connection:
        connection.execute(text("UPDATE subject SET is_sensitive = true WHERE subject_id = :id"), {"id": subject})


CLOSING = [_in_conflict, _restricted, _sensitive]


@pytest.mark.parametrize("close", CLOSING)
def test_what_is_closed_after_it_was_read_is_not_handed_out(
    staff: Staff, desk: Desk, close: Callable[[Staff, Desk, UUID], None]
) -> None:
    subject = staff.subject("P1")
    outgoing = made(staff, subject, staff.subject("P2"))
    close(staff, desk, subject)

    with pytest.raises(AccessRefused, match="no longer open to you"):
        hand_out(desk, outgoing)

    assert staff.count(outgoing_file) == 0


@pytest.mark.parametrize("close", CLOSING)
def test_what_is_closed_after_it_was_handed_out_is_not_fetched(
    staff: Staff, desk: Desk, close: Callable[[Staff, Desk, UUID], None]
) -> None:
    subject = staff.subject("P1")
    out = hand_out(desk, made(staff, subject, staff.subject("P2")))
    close(staff, desk, subject)

    with pytest.raises(AccessRefused, match="no longer open to you"):
        fetch_once(desk, out.token)


def test_one_that_is_opened_does_not_make_up_for_one_that_is_closed(staff: Staff, desk: Desk) -> None:
    first, second = staff.subject("P1"), staff.subject("P2")
    running = declare_conflict(desk, first, "The subject is a neighbour.")
    of_the_log = made(staff, first, second, may_name_closed=True)
    unchanged, changed = hand_out(desk, of_the_log), hand_out(desk, of_the_log)
    assert fetch_once(desk, unchanged.token).content == CONTENT

    end_conflict(staff.desk(UserRole.CHAIR), running, "They moved.")
    declare_conflict(desk, second, "The subject is a cousin.")

    with pytest.raises(AccessRefused, match="no longer open to you"):
        fetch_once(desk, changed.token)


def _reader_in_conflict(staff: Staff, _: Desk, subject: UUID, __: UUID) -> None:
    declare_conflict(staff.desk(UserRole.PANEL_MEMBER, service="housing"), subject, "The subject is a neighbour.")


def _share_ended(_: Staff, desk: Desk, __: UUID, share: UUID) -> None:
    end_share(desk, share, "It was taken off the agenda.")


def _less_shared(staff: Staff, desk: Desk, subject: UUID, share: UUID) -> None:
    staff.share(subject, "housing", Basis.ACTION)
    end_share(desk, share, "It was taken off the agenda.")


@pytest.mark.parametrize("change", [_reader_in_conflict, _share_ended, _less_shared])
def test_what_its_readers_may_not_read_any_more_is_not_fetched(
    staff: Staff, desk: Desk, change: Callable[[Staff, Desk, UUID, UUID], None]
) -> None:
    subject = staff.subject("P1")
    share = staff.share(subject, "housing", Basis.AGENDA)
    outgoing = made(staff, subject, reader_id=staff.services["housing"])
    unchanged, changed = hand_out(desk, outgoing), hand_out(desk, outgoing)
    assert fetch_once(desk, unchanged.token).content == CONTENT

    change(staff, desk, subject, share)

    with pytest.raises(AccessRefused, match="Somebody's sight has changed"):
        fetch_once(desk, changed.token)
    assert events_of(staff, "command_refused")[-1]["details"] == {
        "command": "hand_out", "file": str(changed.file_id), "why": "sight_changed",
    }  # fmt: skip


@pytest.mark.parametrize("change", [_reader_in_conflict, _share_ended])
def test_what_its_readers_may_not_read_any_more_is_not_handed_out(
    staff: Staff, desk: Desk, change: Callable[[Staff, Desk, UUID, UUID], None]
) -> None:
    subject = staff.subject("P1")
    share = staff.share(subject, "housing", Basis.AGENDA)
    change(staff, desk, subject, share)

    with pytest.raises(AccessRefused, match="Somebody's sight has changed"):
        hand_out(desk, made(staff, subject, reader_id=staff.services["housing"]))

    assert staff.count(outgoing_file) == 0


@pytest.mark.parametrize("moment", ["NULL", "now() - interval '1 day'"])
def test_a_file_that_left_has_left_whatever_sql_is_typed(staff: Staff, desk: Desk, moment: str) -> None:
    out = hand_out(desk, made(staff, staff.subject("P1")))
    fetch_once(desk, out.token)

    with staff.store.transaction(desk.scope) as connection, pytest.raises(IntegrityError, match="is said once"):
        connection.execute(text(f"UPDATE outgoing_file SET fetched_at = {moment}"))

    assert [each["fetched_at"] is None for each in staff.all_of(outgoing_file)] == [False]
