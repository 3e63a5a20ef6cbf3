"""After an older backup was restored, what had been removed is removed again."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, update

from app.tasking.certificates import all_kept
from app.tasking.desk import Desk
from app.tasking.legal_holds import release
from app.tasking.privacy_due import due, list_holds
from app.tasking.removals import propose_removal, remove_case
from app.tasking.replaying import Replayed, keep_certificates, replay_removals
from app.tasking.signing_in import sign_in
from governance.retention import load_retention
from mat.errors import AccessRefused, StoreError
from mat.settings import Settings
from mat.store.engine import Store
from mat.store.tables import cases, privacy
from mat.store.vocabulary import Channel, LegalHoldKind, RemovalGrounds, UserRole
from tests.privacy_cases import events, found_in, full_case, is_there, log_verifies, registered_file
from tests.staff import Staff
from tests.store_servers import TestServer

RULES = load_retention()
pytestmark = pytest.mark.slow


@dataclass
class Restored:
    """A store as it was before a case was removed, with the keys as they are after."""

    staff: Staff
    subject: UUID
    dpo: Desk


def before_and_after(staff: Staff, server: TestServer, home: Path, subject: UUID, deciders: tuple[UUID, UUID]) -> Staff:
    """Remove the case, then bring back the store as it was before, under the same keys."""
    original = staff.store.settings
    staff.store.close()
    staff.superuser.dispose()
    older = server.make_migrated(str(staff.superuser.url.database))
    staff.store = Store.open(original)
    proposer, remover = (Desk(staff.store, staff.session(each)) for each in deciders)
    propose_removal(proposer, subject, RemovalGrounds.REQUEST, "Asked for.")
    remove_case(remover, subject, RULES)
    staff.store.close()
    settings: Settings = server.settings(older, home)
    assert settings.key_dir == original.key_dir
    superuser = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    back = object.__new__(Staff)
    back.store, back.superuser = Store.open(settings), superuser
    back.panels, back.services, back.founder_id = staff.panels, staff.services, staff.founder_id
    return back


@pytest.fixture
def restored(staff: Staff, server: TestServer, tmp_path: Path) -> Generator[Restored]:
    """A case was removed, and a backup from before is in its place."""
    subject = full_case(staff, "CANARY")
    dpo = staff.user(UserRole.DPO)
    remover = staff.user(UserRole.DPO)
    registered_file(Desk(staff.store, staff.session(dpo)), tmp_path / "files" / "pack.txt", [subject])
    back = before_and_after(staff, server, tmp_path, subject, (dpo, remover))
    scope = sign_in(back.store, dpo, service=None, channel=Channel.CLI, seconds=3600)
    yield Restored(staff=back, subject=subject, dpo=Desk(back.store, scope))
    back.store.close()
    back.superuser.dispose()


def test_a_case_that_a_backup_brought_back_is_removed_again(restored: Restored) -> None:
    staff, dpo = restored.staff, restored.dpo
    assert is_there(staff, restored.subject)
    assert due(dpo).removals_to_repeat == 1

    done = replay_removals(dpo)

    assert done == Replayed(cases=1, absent=0, restricted=0)
    assert found_in(staff, "CANARY") == []
    assert events(staff)[-1] == "case_removed_again"
    assert due(dpo).removals_to_repeat == 0
    assert replay_removals(dpo) == Replayed(cases=0, absent=0, restricted=0)
    assert keep_certificates(dpo) == len(all_kept(staff.store.settings)) == 1
    assert log_verifies(staff)


def test_a_case_under_another_id_of_the_store_is_known_by_its_digest(restored: Restored) -> None:
    staff, dpo = restored.staff, restored.dpo
    with staff.tampering() as connection:
        connection.execute(
            update(cases.subject_alias)
            .where(cases.subject_alias.c.subject_id == restored.subject)
            .values(person_id="another")
        )
    returned = staff.subject("CANARY-P")

    done = replay_removals(dpo)

    assert done.cases == 1
    assert not is_there(staff, returned)
    assert not is_there(staff, restored.subject)


def test_a_hold_that_the_backup_brought_back_restricts_until_it_is_released(restored: Restored) -> None:
    staff, dpo = restored.staff, restored.dpo
    staff.row(
        privacy.legal_hold, restored.subject, kind=LegalHoldKind.INQUEST.value, reason="x", placed_by=staff.founder_id,
        placed_at=datetime.now(UTC),
    )  # fmt: skip

    held = replay_removals(dpo)
    [hold] = list_holds(dpo)
    release(dpo, hold.hold_id, "It was released before.")
    done = replay_removals(dpo)

    assert held == Replayed(cases=0, absent=0, restricted=1)
    assert done == Replayed(cases=1, absent=0, restricted=0)
    assert found_in(staff, "CANARY") == []


def test_a_case_that_came_back_out_of_sight_is_not_taken_for_removed(restored: Restored) -> None:
    staff = restored.staff
    with staff.tampering() as connection:
        connection.execute(update(cases.subject).values(is_sensitive=True))

    with pytest.raises(AccessRefused, match="also its named reviewer"):
        replay_removals(restored.dpo)

    assert is_there(staff, restored.subject)
    assert staff.count(privacy.removal) == 0


def test_a_backup_from_before_the_case_is_told_of_the_removal(restored: Restored) -> None:
    staff = restored.staff
    with staff.tampering() as connection:
        for table in reversed(list(cases.metadata.sorted_tables)):
            if "subject_id" in table.c:
                connection.execute(table.delete().where(table.c.subject_id == restored.subject))

    done = replay_removals(restored.dpo)

    assert done == Replayed(cases=0, absent=1, restricted=0)
    assert [row["subject_id"] for row in staff.all_of(privacy.removal)] == [restored.subject]


def test_a_certificate_that_was_changed_removes_nobody(restored: Restored) -> None:
    settings = restored.staff.store.settings
    [path] = (settings.key_dir / "removals").glob("*.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"grounds": "request"', '"grounds": "order"'))

    with pytest.raises(StoreError, match="is not a certificate"):
        replay_removals(restored.dpo)

    assert is_there(restored.staff, restored.subject)
