"""Commands on the case store act as the user whom the store knows this machine's account as."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from app.commands.telling import of_demonstration
from app.tasking.daily_checkpoint import make_if_due
from app.tasking.desk import Desk
from app.tasking.signing_in import end_own_session, sign_in_as_os_user
from mat.errors import StoreError
from mat.settings import Settings
from mat.store.engine import Store


def account() -> str:
    """The account of this machine that runs the command."""
    return pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def acting_desk(settings: Settings, *, is_checking: bool = False) -> Generator[Desk]:
    """The desk of whoever runs the command, in a session that ends with it; the day's first may sign the log.

    `is_checking`: the command finds out whether the log holds, so that it signs nothing.

    Raises:
        StoreError: the store is not there, down, or of another revision.
        AccessRefused: the store does not know the account.
    """
    store = Store.open(settings)
    of_demonstration.set(store.is_demonstration)
    try:
        scope = sign_in_as_os_user(store, account(), settings.service)
        try:
            desk = Desk(store, scope)
            yield desk
            if desk.has_appended and not is_checking and (failure := make_if_due(desk)) is not None:
                print(failure, file=sys.stderr)
        finally:
            with suppress(StoreError):
                end_own_session(store, scope)
    finally:
        store.close()
