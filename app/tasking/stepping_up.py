"""Proving again who one is, before what could do most harm: roles, emergencies, and files that leave the building.

It counts for five minutes. At the command line the sign-in is as fresh as the command, so that only an emergency asks
for more there.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from governance.audit import Event
from mat.errors import AccessRefused
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

NOT_PROVEN = "Prove again who you are: this counts for five minutes."


class NotProven(AccessRefused):
    """The person should prove again who they are, and then ask once more."""


def step_up(desk: Desk) -> Desk:
    """Note that the person has just proved again who they are; their desk.

    Whoever calls this has asked for the proof: at the board a new sign-in, on the command line a typed confirmation.

    Raises:
        AccessRefused: the session has ended.
    """
    with desk.working("prove_again") as work:
        work.connection.execute(select(func.acting.step_up()))
        work.record(Event(operation=Operation.SIGN_IN, event="stepped_up"))
    return desk


def refuse_proof(desk: Desk) -> None:
    """Note in the log that somebody should have proved again who they are, and did not."""
    with suppress(AccessRefused), desk.working("prove_again"):
        raise AccessRefused(NOT_PROVEN)


def refuse_unless_proven(work: Work) -> None:
    """Refuse a command of somebody at the board who has not proved again who they are.

    Raises:
        NotProven: not in the last five minutes.
    """
    if not work.connection.scalar(select(func.acting.proven())):
        raise NotProven(NOT_PROVEN)


def is_proven(desk: Desk) -> bool:
    """Whether a command that needs the proof would be taken now; for what a page offers."""
    with desk.store.transaction(desk.scope) as connection:
        return bool(connection.scalar(select(func.acting.proven())))
