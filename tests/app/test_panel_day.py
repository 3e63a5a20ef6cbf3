"""The page of a working day: every command of it is played in its order, and answers as shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from app.cli import execute
from app.tasking import role_grants
from app.tasking.desk import Desk
from governance.retention import local_day
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.keyboard import sit_down, use_store
from tests.staff import Staff

#: Each makes, reads or imports a whole run, or plays a day.
pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "panel-day.md").read_text(encoding="utf-8")
_ID = r"[0-9a-f-]{36}"
_HOLES = {"TIME": r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY": r"\d{4}-\d\d-\d\d", "ID": rf"(?:ID|{_ID})"}
_NAMED = ("GRANT", "SHARE", "CASE", "REQUEST")


@dataclass
class Typed:
    """One command of the page: who gives it, and what is shown of its answer."""

    who: str
    command: str
    shown: list[str] = field(default_factory=list[str])


def typed() -> Iterator[Typed]:
    for who, block in re.findall(r"```console (\w+)\n(.*?)```", PAGE, re.DOTALL):
        one: Typed | None = None
        for line in block.splitlines():
            if line.startswith("$ mat "):
                if one is not None:
                    yield one
                one = Typed(who, line.removeprefix("$ mat "))
            elif one is not None:
                one.shown.append(line)
        if one is not None:
            yield one


def pattern(shown: list[str], known: dict[str, str]) -> str:
    """What an answer must look like; ids seen before are the same again, others are named for later."""
    found: set[str] = set()

    def part(word: str) -> str:
        if word in _HOLES:
            return _HOLES[word]
        if word in _NAMED:
            if word in known:
                return known[word]
            is_again = word in found
            found.add(word)
            return f"(?P={word})" if is_again else f"(?P<{word}>{_ID})"
        if word == "...":
            return r"[\s\S]*?"
        return r"\s+" if word.isspace() else re.escape(word)

    words = re.split(r"(\s+|\.\.\.|\b[A-Z]{2,}\b)", "\n".join(shown).strip())
    return "".join(part(word) for word in words if word)


@pytest.fixture
def day(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> dict[str, UUID]:
    """Who is at work on the page, and the case it speaks of."""
    use_store(staff, monkeypatch)
    subject = staff.subject("P1042")
    staff.client(staff.victim(subject), subject)
    staff.user(UserRole.CHAIR, name="Chris Chapman")
    return {
        "fay": staff.founder_id,
        "carl": staff.user(UserRole.COORDINATOR, name="Carl Cole"),
        "dora": staff.user(UserRole.DPO, name="Dora Dean"),
    }


def test_every_command_of_the_day_answers_as_shown(
    staff: Staff, day: dict[str, UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"YESTERDAY": (local_day(datetime.now(UTC)) - timedelta(days=1)).isoformat()}
    commands = list(typed())

    for one in commands:
        if one.who not in day:
            users = staff.all_of(people.app_user)
            day[one.who] = next(row["user_id"] for row in users if row["name"].casefold().startswith(one.who))
        sit_down(staff, day[one.who])
        words = [known.get(word, word) for word in shlex.split(one.command)]

        code = execute(words)

        said = capsys.readouterr()
        match = re.fullmatch(pattern(one.shown, known), said.out.strip())
        assert code == 0, (one.command, said.err)
        assert match is not None, f"{one.command} printed\n{said.out}"
        known |= match.groupdict()
    assert len(commands) >= 20


def test_the_owner_of_the_database_helps_who_is_left_to_grant_alone(staff: Staff, day: dict[str, UUID]) -> None:
    for role in (UserRole.CHAIR, UserRole.DPO):
        staff.user(role)
    with staff.tampering() as connection:
        connection.execute(
            text("UPDATE role_grant SET ended_at = now(), ended_by = :fay WHERE user_id <> :fay"), {"fay": day["fay"]}
        )
    statement = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[0]
    newcomer = staff.user(UserRole.MODEL_OWNER)

    with staff.superuser.begin() as connection:
        added = connection.execute(text(statement)).rowcount
    lone, helped = (Desk(staff.store, staff.session(day[name])) for name in ("fay", "carl"))
    grant = role_grants.propose_role(
        lone,
        role_grants.NewRole(
            user_id=newcomer,
            service_id=staff.services["police"],
            role=UserRole.CHAIR,
            panel_id=None,
            reason="Takes the place of the one who left.",
        ),
    )
    role_grants.confirm_role(helped, grant)

    given = [
        row for row in staff.all_of(people.role_grant) if row["user_id"] == day["carl"] and row["ended_at"] is None
    ]
    assert added == 1
    assert [(row["role"], row["is_founding"]) for row in given] == [("chair", True)]
    assert next(each for each in role_grants.grants(helped) if each.grant_id == grant).is_founding is False
