"""A keyboard at which one person of a store with staff sits after another, giving commands as one types them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update
from uuid_utils.compat import uuid7

from app.cli import execute
from app.commands.acting import account
from mat.store.tables import people

if TYPE_CHECKING:
    from uuid import UUID

    from app.tasking.desk import Desk
    from mat.store.vocabulary import UserRole
    from tests.staff import Staff


@dataclass(kw_only=True)
class Keyboard:
    """A keyboard. `group`: the words with which every command typed at it begins."""

    staff: Staff
    capsys: pytest.CaptureFixture[str]
    group: tuple[str, ...] = ()

    def sit_down(self, user: UUID) -> None:
        """Let the account of this machine be that user's."""
        sit_down(self.staff, user)

    def newcomer(self, *roles: UserRole, panel: str | None = None, service: str | None = None) -> UUID:
        """Let a new person with these roles sit down; who it is."""
        user = self.staff.user(*roles, panel=panel, service=service)
        self.sit_down(user)
        return user

    def of(self, desk: Desk) -> Keyboard:
        """The same keyboard, once whoever works at that desk has sat down."""
        self.sit_down(desk.scope.user_id)
        return self

    def type(self, *words: object) -> str:
        """Give a command that should work; what it printed."""
        code = execute([*self.group, *map(str, words)])
        said = self.capsys.readouterr()
        assert code == 0, said.err
        return said.out

    def ask(self, *words: object) -> Any:
        """Give a command that should work as a program does; what it answered."""
        return json.loads(self.type(*words, "--json"))

    def fail(self, *words: object, prompts: int = 0) -> str:
        """Give a command that should be refused; the one sentence on stderr, after so many lines of questions."""
        code = execute([*self.group, *map(str, words)])
        said = self.capsys.readouterr()
        assert (code, said.out) == (2, "")
        assert said.err.count("\n") == 1 + prompts
        return said.err


def sit_down(staff: Staff, user: UUID) -> None:
    """Let the account of this machine be that user's."""
    login = people.user_login
    with staff.superuser.begin() as connection:
        connection.execute(update(login).where(login.c.os_name == account()).values(os_name=f"away-{uuid7()}"))
        connection.execute(insert(login).values(login_id=uuid7(), user_id=user, os_name=account()))


def use_store(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands find the store of the staff."""
    settings = staff.store.settings
    monkeypatch.setenv("MAT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MAT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MAT_KEY_DIR", str(settings.key_dir))


@pytest.fixture
def keyboard(staff: Staff, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    """A keyboard on a store with staff, with nobody at it yet."""
    use_store(staff, monkeypatch)
    return Keyboard(staff=staff, capsys=capsys)
