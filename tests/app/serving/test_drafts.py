"""What stands typed and unsent: its writer's alone, for its place, for an hour, and never after signing out."""

from __future__ import annotations

from uuid import uuid4

from app.serving.drafts import KEPT_SECONDS, Drafts, Owner
from tests.board_clients import Clock

PLACE = "minute of an item"
TYPED = {PLACE: "Half a sentence"}


def test_a_field_is_filled_again_for_its_writer_in_the_same_service_alone(clock: Clock) -> None:
    drafts, session = Drafts(lambda: clock.seconds), uuid4()
    one = Owner(user_id=uuid4(), service_id=uuid4())

    drafts.keep(one, session, PLACE, TYPED)

    assert drafts.of_now(one, PLACE) == TYPED
    assert drafts.of_before(one, session, PLACE) == {}
    assert drafts.of_before(one, uuid4(), PLACE) == TYPED
    assert drafts.of_now(one, "minute of another") == {}
    assert drafts.of_now(Owner(user_id=uuid4(), service_id=one.service_id), PLACE) == {}
    assert drafts.of_now(Owner(user_id=one.user_id, service_id=uuid4()), PLACE) == {}


def test_it_is_forgotten_an_hour_after_it_was_typed_and_once_it_is_sent(clock: Clock) -> None:
    drafts, session = Drafts(lambda: clock.seconds), uuid4()
    one = Owner(user_id=uuid4(), service_id=uuid4())
    drafts.keep(one, session, PLACE, TYPED)
    clock.seconds += KEPT_SECONDS - 1
    assert drafts.of_now(one, PLACE) == TYPED
    clock.seconds += 1
    assert drafts.of_now(one, PLACE) == {}

    drafts.keep(one, session, PLACE, TYPED)
    drafts.keep(one, session, PLACE, {PLACE: " \n"})

    assert drafts.of_now(one, PLACE) == {}


def test_who_signs_out_leaves_nothing_not_even_of_a_session_before(clock: Clock) -> None:
    drafts, session = Drafts(lambda: clock.seconds), uuid4()
    one, other = (Owner(user_id=uuid4(), service_id=uuid4()) for _ in range(2))
    drafts.keep(one, session, PLACE, TYPED)
    drafts.keep(one, uuid4(), "/actions", TYPED)
    drafts.keep(other, session, PLACE, TYPED)

    drafts.forget(one)

    assert drafts.of_now(one, PLACE) == drafts.of_now(one, "/actions") == {}
    assert drafts.of_now(other, PLACE) == TYPED
