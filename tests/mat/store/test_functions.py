"""No function that the application may call tells anything of a case to somebody who has nothing to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from mat.store.scope import Scope
from mat.store.tables import cases, lists, panel_actions, panel_meetings, privacy
from mat.store.vocabulary import UserRole
from tests.filled_cases import FilledCases
from tests.staff import NAMESPACE, Staff

PERSON = "P-1"
#: What each function is asked of a case.
ASKED: Mapping[str, str] = {
    "agenda_load": "SELECT * FROM acting.agenda_load(:meeting)",
    "audit_forget": "SELECT audit_forget(:case, ARRAY[]::uuid[])",
    "audit_hash": "SELECT audit_hash(:case, 'words')",
    "audit_names": "SELECT * FROM audit_names(ARRAY[:case], false)",
    "break_glass": "SELECT acting.break_glass(:namespace, :person, 'an emergency that is none at all')",
    "cases_in": "SELECT * FROM acting.cases_in(:run)",
    "cases_of": "SELECT * FROM acting.cases_of(:panel, :namespace, ARRAY[:person])",
    "challenged": "SELECT * FROM acting.challenged(ARRAY[:case])",
    "counterparts_of": "SELECT * FROM acting.counterparts_of(ARRAY[:case], ARRAY[:counterpart])",
    "facts_of": "SELECT subject_id, panel_id, basis FROM acting.facts_of(ARRAY[:case])",
    "gate_of": "SELECT * FROM acting.gate_of(:action)",
    "is_held": "SELECT acting.is_held(:case)",
    "is_there": "SELECT acting.is_there(:case)",
    "lock_file_against_holds": "SELECT acting.lock_file_against_holds(:file)",
    "mark_sensitive": "SELECT acting.mark_sensitive(ARRAY[:case])",
    "closed_in_file": "SELECT acting.closed_in_file(:file)",
    "people_in_outgoing": "SELECT acting.people_in_outgoing(:file)",
    "note_people_in_file": "SELECT acting.note_people_in_file(:file, ARRAY[:case])",
    "open_broken": "SELECT * FROM acting.open_broken(:file)",
    "open_judgements": "SELECT * FROM acting.open_judgements(:meeting)",
    "open_work": "SELECT * FROM acting.open_work(:meeting)",
    "raise_alerts": "SELECT acting.raise_alerts(:run)",
    "referral_totals": "SELECT * FROM acting.referral_totals(:provider, NULL, NULL)",
    "told_of_emergency": "SELECT acting.told_of_emergency()",
    "remove_bare_cases": "SELECT * FROM acting.remove_bare_cases(ARRAY[:case])",
    "removed": "SELECT * FROM acting.removed(ARRAY[:digest])",
    "withdraw_outgoing": "SELECT acting.withdraw_outgoing(:file)",
}
#: Functions that are asked of no one case, and answer rows: none of a case out of sight.
LISTING: Mapping[str, str] = {
    "audit_people_with_texts": "SELECT audit_people_with_texts(1000000)",
    "barred": "SELECT acting.barred()",
    "closed": "SELECT acting.closed()",
    "closed_to_imports": "SELECT acting.closed_to_imports()",
    "hidden": "SELECT acting.hidden(true)",
    "resolutions_to_export": "SELECT * FROM acting.resolutions_to_export(:namespace)",
    "restrictions_to_export": "SELECT * FROM acting.restrictions_to_export(:namespace)",
    "running_shares": "SELECT * FROM acting.running_shares('case', 'read')",
    "shared": "SELECT acting.shared('case', 'read')",
    "victims": "SELECT acting.victims('victim_identity', 'read')",
}
#: About who is acting, about sessions, about the log as a whole, or the ids of removals: no case in them.
ABOUT_NO_CASE = {
    "audit_append", "audit_ends_with", "audit_log", "count_what_was_imported", "empty_outgoing", "end_session",
    "end_sessions_in", "file_of_token", "holds_everywhere", "holds_for", "holds_somewhere", "imports_for",
    "is_founding_time", "panels", "proven", "removal_key", "removals_known", "roles", "roles_to_tell", "service_id",
    "services", "session_id", "step_up", "stepped_up", "store", "take_up", "today", "user_id", "wait_for_imports",
}  # fmt: skip
#: Whoever imports into a panel area must know again, mark and leave out cases of that area that they never see. Those
#: who hold a role there learn the ids, which stand for nobody, of what is closed to them, and how the log calls it.
#: What is counted of meetings and referrals counts also what is closed.
OF_THE_PANEL = {
    "agenda_load", "audit_hash", "audit_names", "barred", "cases_in", "cases_of", "closed", "closed_to_imports",
    "counterparts_of", "hidden", "lock_file_against_holds", "mark_sensitive", "open_work", "referral_totals",
    "resolutions_to_export", "restrictions_to_export",
}  # fmt: skip
#: A removal is known again in every panel area, by digests that only the holder of the key can make. Who may destroy a
#: file that is of any panel area is told whether a legal hold keeps it. Whoever may come to a meeting is told how long
#: its agenda is.
ELSEWHERE = {
    ("removed", "analyst of B"), ("removed", "coordinator of B"), ("lock_file_against_holds", "administrator"),
    ("agenda_load", "panel_member of A"), ("agenda_load", "victim_service of A"),
}  # fmt: skip


@pytest.fixture
def there(staff: Staff) -> dict[str, Any]:
    """A case of panel A with everything that a function could tell of it."""
    return everything_of(staff)


def everything_of(staff: Staff, **values: Any) -> dict[str, Any]:
    filled = FilledCases(staff=staff)
    case, (victim, _) = filled.make(panel="A", **values)
    meeting = filled.of_meeting["A"]
    staff.row(
        panel_meetings.seat, meeting_id=meeting, panel_id=staff.panels["A"], service_id=staff.services["housing"],
        user_id=staff.founder_id, attendance="present", signed_at=datetime.now(UTC),
    )  # fmt: skip
    now = datetime.now(UTC)
    staff.row(cases.subject_alias, case, namespace=NAMESPACE, person_id=PERSON, valid_from=now)
    staff.row(
        privacy.data_request, case, kind="challenge", about="whole_case", statement="it is not so", received_at=now,
        due_on=now.date(), recorded_by=staff.founder_id,
    )  # fmt: skip
    file = staff.row(
        privacy.file_register, panel_id=staff.panels["A"], kind="run", path="/nowhere", sha256="0" * 64, size=1,
        purpose="for the test", recipients=[], made_by=staff.founder_id, made_at=now, expires_at=now + timedelta(1),
    )  # fmt: skip
    staff.row(privacy.file_person, case, file_id=file)
    staff.row(
        privacy.legal_hold, case, kind="inquest", reason="for the test", placed_by=staff.founder_id, placed_at=now
    )
    staff.row(
        privacy.removal, subject_id=uuid7(), panel_id=staff.panels["A"], digests=["d" * 64], removed_at=now,
        proposed_by=staff.founder_id, removed_by=staff.user(UserRole.DPO), certificate={}, certificate_hash=b"0" * 32,
    )  # fmt: skip
    counterpart = next(r["person_id"] for r in staff.all_of(cases.victim_identity) if r["victim_id"] == victim)
    run = next(row["run_id"] for row in staff.all_of(lists.list_place) if row["subject_id"] == case)
    return {
        "case": case, "file": file, "run": run, "person": PERSON, "counterpart": counterpart, "digest": "d" * 64,
        "namespace": NAMESPACE, "panel": staff.panels["A"], "meeting": meeting, "provider": filled.outside,
        "action": staff.all_of(panel_actions.action)[0]["action_id"],
    }  # fmt: skip


def not_there(there: Mapping[str, Any]) -> dict[str, Any]:
    """The same questions about somebody who does not exist."""
    other = {
        **{name: uuid7() for name in ("action", "case", "file", "meeting", "provider", "run")},
        "person": "P-0",
        "counterpart": "V-0",
        "digest": "e" * 64,
    }
    return {**there, **other}


def answer(staff: Staff, scope: Scope | None, statement: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """What a function says in this session, undone at once: its rows, or the SQLSTATE of its refusal."""
    named = {name: value for name, value in values.items() if f":{name}" in statement}
    with staff.store.transaction(scope) as connection:
        savepoint = connection.begin_nested()
        try:
            return "", str(connection.execute(text(statement), named).all())
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", "")), ""
        finally:
            savepoint.rollback()


def strangers(staff: Staff) -> dict[str, Scope | None]:
    """Everybody who has nothing to do with a case of panel A that is shared with nobody."""
    of_a = (UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.PANEL_MEMBER, UserRole.SERVICE_MANAGER)
    of_b = (UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR, UserRole.NAMED_REVIEWER)
    found: dict[str, Scope | None] = {f"{role.value} of A": staff.scope(role, panel="A") for role in of_a}
    found |= {f"{role.value} of B": staff.scope(role, panel="B") for role in of_b}
    without = staff.session(staff.user(UserRole.COORDINATOR))
    with staff.tampering() as connection:
        connection.execute(text("DELETE FROM role_grant WHERE user_id = :user"), {"user": without.user_id})
    return found | {"administrator": staff.scope(UserRole.ADMINISTRATOR), "without a role": without, "nobody": None}


def test_every_function_that_the_app_may_call_is_asked_here_or_about_no_case(staff: Staff) -> None:
    callable_ones = text(
        "SELECT DISTINCT proname::text FROM pg_proc"
        " WHERE pronamespace IN ('acting'::regnamespace, 'public'::regnamespace) AND prorettype <> 'trigger'::regtype"
        " AND has_function_privilege('mat_app', pg_proc.oid, 'EXECUTE')"
    )

    with staff.superuser.begin() as connection:
        found = set(connection.scalars(callable_ones))

    assert found == {*ASKED, *LISTING, *ABOUT_NO_CASE}


def test_of_a_case_out_of_sight_a_function_says_what_it_says_of_one_that_is_not_there(
    staff: Staff, there: dict[str, Any]
) -> None:
    told: list[str] = []
    for name, scope in strangers(staff).items():
        for function, statement in ASKED.items():
            if (function, name) in ELSEWHERE:
                continue
            if answer(staff, scope, statement, there) != answer(staff, scope, statement, not_there(there)):
                told.append(f"{function} to {name}: {answer(staff, scope, statement, there)}")
        for function, statement in LISTING.items():
            if any(str(value) in answer(staff, scope, statement, there)[1] for value in (there["case"], PERSON)):
                told.append(f"{function} to {name}")

    assert told == []


def test_whoever_has_to_do_with_the_case_is_told_by_most_functions(staff: Staff, there: dict[str, Any]) -> None:
    """Or the test before would show nothing."""
    scope = staff.scope(UserRole.COORDINATOR, UserRole.DPO, service="police")
    silent = {
        function
        for function, statement in ASKED.items()
        if answer(staff, scope, statement, there) == answer(staff, scope, statement, not_there(there))
    }

    assert silent == {
        "audit_hash", "audit_names", "break_glass", "mark_sensitive", "note_people_in_file", "open_broken",
        "raise_alerts", "remove_bare_cases", "told_of_emergency", "closed_in_file", "withdraw_outgoing",
        "people_in_outgoing",
    }  # fmt: skip


@pytest.mark.parametrize("closed", ["sensitive", "restricted"])
def test_that_a_case_is_closed_is_told_in_its_own_panel_area_for_imports_alone(staff: Staff, closed: str) -> None:
    there = everything_of(staff, is_sensitive=closed == "sensitive")
    with staff.superuser.begin() as connection:
        if closed == "restricted":
            connection.execute(
                insert(privacy.restriction).values(
                    restriction_id=uuid7(), subject_id=there["case"], panel_id=staff.panels["A"], reason="for the test",
                    from_at=datetime.now(UTC) - timedelta(1), made_by=staff.founder_id,
                )
            )  # fmt: skip
    told: list[str] = []

    for role in (UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR, UserRole.MODEL_OWNER):
        scope = staff.scope(role, panel="A")
        for function in sorted({*ASKED} - OF_THE_PANEL - {"removed"}):
            statement = ASKED[function]
            if answer(staff, scope, statement, there) != answer(staff, scope, statement, not_there(there)):
                told.append(f"{function} to {role.value}")
        with staff.store.transaction(scope) as connection:
            assert connection.scalar(select(cases.subject.c.subject_id)) is None

    assert told == []


def test_an_import_learns_of_another_panel_areas_case_that_there_is_one_and_not_where_or_why(staff: Staff) -> None:
    there = everything_of(staff, is_sensitive=True)
    scope = staff.scope(UserRole.ANALYST, panel="B")
    asked = {**there, "panel": staff.panels["B"]}

    state, rows = answer(staff, scope, ASKED["cases_of"], asked)

    assert (state, rows) == ("", str([(PERSON, there["case"], False, False, True)]))
    assert answer(staff, scope, ASKED["cases_of"], there) == ("", "[]")


def test_the_counterparts_of_a_case_are_told_to_an_import_that_names_them_alone(
    staff: Staff, there: dict[str, Any]
) -> None:
    scope = staff.scope(UserRole.ANALYST, panel="A")

    def known(counterpart: str) -> list[Any]:
        with staff.store.transaction(scope) as connection:
            values = {"case": there["case"], "counterpart": counterpart}
            return list(connection.execute(text(ASKED["counterparts_of"]), values))

    named, guessed = known(there["counterpart"]), known("V-0")
    assert {row.person_id for row in named} == {there["counterpart"], None}
    assert [(row.victim_id, row.person_id) for row in guessed] == [(None, None)]


def test_nobody_holds_up_the_people_of_a_file_that_is_not_theirs(staff: Staff, there: dict[str, Any]) -> None:
    locking = text("SELECT count(*) FROM pg_locks WHERE relation = 'subject'::regclass AND mode = 'RowShareLock'")

    for name, scope in strangers(staff).items():
        if name == "administrator":
            continue
        with staff.store.transaction(scope) as connection:
            connection.execute(text(ASKED["lock_file_against_holds"]), {"file": there["file"]})
            assert connection.scalar(locking) == 0
