"""Transactions of the case store: who they act for, what they leave behind, and how they fail."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import text

from mat.store.engine import Store
from mat.store.scope import Scope
from mat.store.vocabulary import Channel, Purpose, UserRole

TOLD = text("SELECT current_setting('mat.user', true), current_setting('mat.service', true)")


def make_scope() -> Scope:
    return Scope(
        user_id=uuid4(),
        agency_id=uuid4(),
        service_id=uuid4(),
        session_id=uuid4(),
        roles=frozenset({UserRole.ANALYST}),
        purpose=Purpose.TASKING,
        channel=Channel.CLI,
    )


def test_a_transaction_tells_the_database_who_acts_and_the_next_one_forgets_it(store: Store) -> None:
    scope = make_scope()

    with store.transaction(scope) as connection:
        during = connection.execute(TOLD).one()
    with store.transaction(None) as connection:
        after = connection.execute(TOLD).one()

    assert tuple(during) == (str(scope.user_id), str(scope.service_id))
    assert tuple(after) == ("", "")


def test_everyday_work_is_done_as_a_role_that_owns_nothing(store: Store) -> None:
    with store.transaction(None) as connection:
        role = connection.scalar(text("SELECT current_user"))

    assert role == "mat_app"
