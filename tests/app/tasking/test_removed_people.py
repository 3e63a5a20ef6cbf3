"""Whoever was removed is known again by digests under one key, which every account that works with the store shares."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Text, func, literal, select

from app.tasking.removals import propose_removal, remove_case
from app.tasking.removed_people import KEY_NAME, removal_key, removed_people
from governance.retention import load_retention, local_day
from mat.errors import StoreError
from mat.store.vocabulary import RemovalGrounds, UserRole
from tests.privacy_cases import is_there
from tests.staff import NAMESPACE, Staff

RULES = load_retention()
TODAY = local_day(datetime.now(UTC))


def proposed(staff: Staff, subject: UUID) -> None:
    propose_removal(staff.desk(UserRole.COORDINATOR), subject, RemovalGrounds.REQUEST, "Asked for.")


def remove(staff: Staff, subject: UUID) -> None:
    proposed(staff, subject)
    remove_case(staff.desk(UserRole.DPO), subject, RULES)


def test_nobody_who_was_removed_is_brought_back_by_an_older_run(staff: Staff) -> None:
    subject = staff.subject("P-1")
    staff.subject("P-2")
    remove(staff, subject)

    found = {}
    for role in (UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR):
        with staff.store.transaction(staff.scope(role)) as connection:
            found[role] = removed_people(connection, staff.store.settings, NAMESPACE, TODAY, ["P-1", "P-2", "P-3"])
    with staff.store.transaction(staff.scope(UserRole.ANALYST)) as connection:
        elsewhere = removed_people(connection, staff.store.settings, "other", TODAY, ["P-1"])
        newer = removed_people(connection, staff.store.settings, NAMESPACE, TODAY + timedelta(days=1), ["P-1"])

    assert found == {UserRole.ANALYST: {"P-1"}, UserRole.COORDINATOR: {"P-1"}, UserRole.CHAIR: frozenset()}
    assert elsewhere == newer == frozenset()


def test_a_lost_key_of_the_digests_is_missed_and_not_made_again(staff: Staff) -> None:
    remove(staff, staff.subject("P-1"))
    (staff.store.settings.key_dir / KEY_NAME).unlink()

    with pytest.raises(StoreError, match="put it back"), staff.store.transaction(staff.scope(UserRole.ANALYST)) as one:
        removed_people(one, staff.store.settings, NAMESPACE, TODAY, ["P-1"])


def test_a_key_of_other_removals_is_refused_before_anybody_comes_back(staff: Staff) -> None:
    remove(staff, staff.subject("P-1"))
    (staff.store.settings.key_dir / KEY_NAME).write_text("ab" * 32 + "\n")

    with (
        pytest.raises(StoreError, match="would come back"),
        staff.store.transaction(staff.scope(UserRole.ANALYST)) as one,
    ):
        removed_people(one, staff.store.settings, NAMESPACE, TODAY, ["P-1"])


def test_another_account_makes_no_key_of_its_own_once_an_import_has_used_one(staff: Staff, tmp_path: Path) -> None:
    (tmp_path / "of_another").mkdir(mode=0o700)
    of_another = replace(staff.store.settings, key_dir=tmp_path / "of_another")
    with staff.store.transaction(staff.scope(UserRole.ANALYST)) as one:
        removed_people(one, staff.store.settings, NAMESPACE, TODAY, ["P-1"])

    with (
        pytest.raises(StoreError, match=r"removal\.key is not there.* account that made this store"),
        staff.store.transaction(staff.scope(UserRole.DPO)) as two,
    ):
        removal_key(two, of_another)
    made = list(of_another.key_dir.iterdir())
    (of_another.key_dir / KEY_NAME).touch(mode=0o600)
    (of_another.key_dir / KEY_NAME).write_text("ab" * 32 + "\n")

    with (
        pytest.raises(StoreError, match="is not the key"),
        staff.store.transaction(staff.scope(UserRole.DPO)) as two,
    ):
        removal_key(two, of_another)
    assert made == []


def test_the_key_of_a_store_is_said_once_and_by_those_alone_who_use_it(staff: Staff) -> None:
    def known_by(role: UserRole, digest: str | None) -> str | None:
        with staff.store.transaction(staff.scope(role)) as connection:
            return connection.scalar(select(func.acting.removal_key(literal(digest, Text))))

    said = [
        known_by(UserRole.CHAIR, "a" * 64),
        known_by(UserRole.ANALYST, "no digest"),
        known_by(UserRole.DPO, "b" * 64),
        known_by(UserRole.ANALYST, "c" * 64),
        known_by(UserRole.PROVIDER, None),
    ]

    assert said == [None, None, "b" * 64, "b" * 64, None]


def test_the_lost_key_is_missed_also_where_the_certificates_went_with_it(staff: Staff) -> None:
    remove(staff, staff.subject("P-1"))
    shutil.rmtree(staff.store.settings.key_dir / "removals")
    (staff.store.settings.key_dir / KEY_NAME).unlink()
    following = staff.subject("P-2")
    proposed(staff, following)

    with pytest.raises(StoreError, match="put it back"):
        remove_case(staff.desk(UserRole.DPO), following, RULES)

    assert is_there(staff, following)


@pytest.mark.parametrize("damage", ["open", "short", "link"])
def test_a_key_of_the_digests_that_is_not_safe_is_refused(staff: Staff, damage: str) -> None:
    subject = staff.subject("P-1")
    proposed(staff, subject)
    key = staff.store.settings.key_dir / KEY_NAME
    key.write_text("00" * (8 if damage == "short" else 32))
    key.chmod(0o644 if damage == "open" else 0o600)
    if damage == "link":
        key.rename(key.with_name("elsewhere"))
        key.symlink_to(key.with_name("elsewhere"))

    with pytest.raises(StoreError, match=KEY_NAME):
        remove_case(staff.desk(UserRole.DPO), subject, RULES)

    assert is_there(staff, subject)
