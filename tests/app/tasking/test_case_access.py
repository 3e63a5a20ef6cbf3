"""What a person is shown of a case: exactly what the policy grants, and never without an entry in the log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.commands.access_lines import as_plain
from app.tasking import conflicts, shares
from app.tasking.case_access import LIST_GROUPS, CaseView, facts_of, held_roles, list_cases, read_case
from app.tasking.desk import Desk
from app.tasking.shares import NewShare
from governance.access import load_policy
from governance.access_decision import RowLimit, Services, granted
from mat.errors import AccessRefused, MatError
from mat.store.tables import audit, metadata
from mat.store.vocabulary import Basis, UserRole
from tests.access_model import GROUP_OF, POLICY, Row, World, may
from tests.access_situations import Situations
from tests.filled_cases import canaries_in, case_tables
from tests.staff import EVERYWHERE, Staff
from tests.statements import queries_of, statements

#: Rows that are somebody's own stand outside a case as it is read: they are listed elsewhere.
OWN = {table for table, group in GROUP_OF.items() if POLICY["groups"][group].get("own")}


@pytest.fixture(autouse=True)
def nobody_judges_first(standing: Situations) -> Generator[None]:
    with standing.nothing_to_judge():
        yield


def text_of(view: object) -> str:
    return json.dumps(as_plain(view), default=str)


def allowed_canaries(
    made: Situations, name: str, rows: dict[str, list[Row]], is_allowed: Callable[..., bool]
) -> set[str]:
    case = made.cases[name]
    return {
        canary
        for table, found in rows.items()
        for row in found
        if row["subject_id"] == case and is_allowed(table, row)
        for canary in canaries_in(json.dumps(as_plain(dict(row)), default=str))
    }


@pytest.mark.slow
def test_a_case_shows_every_canary_that_is_granted_and_none_that_is_not(
    standing: Situations,
) -> None:
    """Every free text and identity of every case is a canary; every role stands to every case in every way there is."""
    made, staff = standing, standing.staff
    world = World.of(staff)
    rows: dict[str, list[Row]] = {table.name: list(staff.all_of(table)) for table in case_tables()}
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    wrong: list[str] = []
    shown = refused = 0

    for name, (scope, actor) in made.actors().items():
        desk = Desk(staff.store, scope)
        for situation, case in made.cases.items():
            is_known = may(actor, world, "subject", world.subjects[case])
            may_see = {
                is_own: allowed_canaries(
                    made,
                    situation,
                    rows,
                    lambda table, row, actor=actor, is_own=is_own: (
                        may(actor, world, table, row) and (table in OWN) is is_own
                    ),
                )
                for is_own in (False, True)
            }
            expected = may_see[False] if is_known else set()
            try:
                found = canaries_in(text_of(read_case(desk, case).shown))
                shown += len(found)
            except AccessRefused as refusal:
                found, refused = canaries_in(str(refusal)), refused + 1
            if not expected <= found <= expected | may_see[True]:
                wrong.append(f"{name}, {situation}: {sorted(found - expected)} and not {sorted(expected - found)}")
    logging.getLogger().removeHandler(handler)

    assert wrong == []
    assert shown > 2000
    assert refused > 100
    assert canaries_in(heard.getvalue()) == set()
    assert canaries_in(" ".join(row["body"] for row in staff.all_of(audit.audit_event))) == set()


def test_the_decision_before_a_query_agrees_with_the_policy_without_the_database(standing: Situations) -> None:
    """Facts in, field groups out: no row is fetched, so no rule of the database can make up for a mistake here."""
    staff, world = standing.staff, World.of(standing.staff)
    rows = [(table.name, row) for table in case_tables() if table.name not in OWN for row in staff.all_of(table)]
    wrong: list[str] = []
    shown = 0

    for name, (scope, actor) in standing.actors().items():
        with staff.store.transaction(scope) as connection:
            held = held_roles(connection)
            facts = facts_of(connection, list(standing.cases.values()))
        decided = {each.subject_id: granted(load_policy(), held, each) for each in facts}
        for table, row in rows:
            limits = decided.get(row["subject_id"], {}).get(GROUP_OF[table], ())
            is_granted = any(is_within(limit, row, scope.service_id, world) for limit in limits)
            shown += is_granted
            if is_granted != may(actor, world, table, row):
                wrong.append(f"{name} on {table}: {is_granted}")

    assert sorted(set(wrong)) == []
    assert shown > 3000


def is_within(limit: RowLimit, row: Row, service: UUID, world: World) -> bool:
    if limit.victims is not None and row["victim_id"] not in limit.victims:
        return False
    if limit.services is Services.OWN:
        return bool(row["service_id"] == service)
    return limit.services is Services.ANY or world.agency_of[row["service_id"]] == world.agency_of[service]


def test_a_list_shows_of_each_case_what_is_granted_and_holds_back_the_rest(
    standing: Situations,
) -> None:
    made, staff = standing, standing.staff
    world = World.of(staff)
    rows: dict[str, list[Row]] = {table.name: list(staff.all_of(table)) for table in case_tables()}
    wrong: list[str] = []

    for name, (scope, actor) in made.actors().items():
        for panel, panel_id in staff.panels.items():
            expected = {
                canary
                for situation, case in made.cases.items()
                if world.subjects[case]["panel_id"] == panel_id
                for canary in allowed_canaries(
                    made,
                    situation,
                    rows,
                    lambda table, row, actor=actor: GROUP_OF[table] in LIST_GROUPS and may(actor, world, table, row),
                )
            }
            try:
                found = canaries_in(
                    text_of([view.shown for view in list_cases(Desk(staff.store, scope), panel_id).cases])
                )
            except AccessRefused:
                found = set()
            if found != expected:
                wrong.append(f"{name}, panel {panel}: {sorted(found ^ expected)}")

    assert wrong == []


def test_a_closed_case_is_refused_in_the_words_of_one_that_is_not_there(standing: Situations) -> None:
    """Whatever is asked of it, by whomever, the sentence says nothing."""
    staff = standing.staff

    for role in UserRole:
        area, situation = ("all", "sensitive") if role in EVERYWHERE else ("B", "of panel A")
        desk, case = (
            Desk(staff.store, staff.session(standing.users[f"{role.value} of {area}"])),
            standing.cases[situation],
        )
        for deed in DEEDS:
            told = []
            for asked in (case, uuid7()):
                with pytest.raises(MatError) as refusal:
                    deed(desk, asked, staff.services["housing"])
                told.append(str(refusal.value))
            assert told[0] == told[1]
            assert canaries_in(told[0]) == set()


DEEDS: tuple[Callable[[Desk, Any, Any], object], ...] = (
    lambda desk, case, _: read_case(desk, case),
    lambda desk, case, _: shares.shares_of(desk, case),
    lambda desk, case, _: conflicts.declare_conflict(desk, case, "for the test"),
    lambda desk, case, service: shares.open_share(
        desk, NewShare(subject_id=case, service_id=service, basis=Basis.AGENDA, reason="for the test")
    ),
)


def test_a_group_that_is_not_granted_is_never_fetched(
    standing: Situations,
) -> None:
    made, staff = standing, standing.staff
    desk = Desk(staff.store, staff.session(made.users["provider of A"]))

    with statements() as sent:
        view = read_case(desk, made.cases["shared for referral"])

    granted = {table for group in view.shown for table in load_policy().groups[group].tables}
    asked = {table.name for table in case_tables() if any(f"FROM {table.name}" in each for each in sent)}
    assert asked == granted
    assert "list_score" not in granted


def test_what_is_kept_back_is_named_with_the_reason(
    standing: Situations,
) -> None:
    made, staff = standing, standing.staff
    desk = Desk(staff.store, staff.session(made.users["panel_member of A"]))

    view = read_case(desk, made.cases["shared for agenda"])

    why = {each.group: each.why for each in view.not_shown}
    case_groups = {name for name, group in load_policy().groups.items() if group.is_about_cases}
    assert set(why) | set(view.shown) == case_groups | {
        "victim safe address",
        "protected characteristics, row level",
    }
    assert why["raw_score"] == "Never shown to panel member."
    assert why["children"].startswith("Shown only on: a care, health or education service")
    assert why["victim safe address"].startswith("Never held")


def test_the_raw_score_is_logged_every_time_and_other_groups_once_a_quarter_of_an_hour(
    standing: Situations,
) -> None:
    made, staff = standing, standing.staff
    desk, case = Desk(staff.store, staff.session(made.users["analyst of A"])), made.cases["of panel A"]

    def readings() -> int:
        return sum(
            row["event"] == "case_read" and row["actor"] == desk.scope.user_id
            for row in staff.all_of(audit.audit_index)
        )

    before = readings()

    for _ in range(3):
        read_case(desk, case)
    with_score = readings() - before
    for _ in range(3):
        read_case(desk, case, groups=["narrative"])

    assert with_score == 3
    assert readings() - before == 4


def test_no_entry_in_the_log_no_case(staff: Staff) -> None:
    made = Situations(staff=staff)
    desk = Desk(staff.store, staff.session(made.users["analyst of A"]))
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))
    seen: list[CaseView] = []

    with pytest.raises(Exception, match="permission denied"):
        seen.append(read_case(desk, made.cases["of panel A"]))

    assert seen == []


def test_a_list_is_paged_in_the_order_cases_were_opened_and_shows_none_twice(staff: Staff) -> None:
    cases = [staff.subject(f"P{number}") for number in range(7)]
    staff.subject("elsewhere", panel="B")
    desk = staff.desk(UserRole.COORDINATOR)
    found, after, pages = [], None, 0

    while True:
        listed = list_cases(desk, staff.panels["A"], after=after, size=3)
        found += [view.subject_id for view in listed.cases]
        after, pages = listed.after, pages + 1
        if after is None:
            break

    assert found == sorted(cases)
    assert pages == 3


def test_a_list_takes_as_many_queries_for_fifty_cases_as_for_one(staff: Staff) -> None:
    desk = staff.desk(UserRole.COORDINATOR)
    counts: list[int] = []

    for opened in (1, 49):
        for number in range(opened):
            staff.subject(f"P{opened}-{number}")
        counts.append(queries_of(lambda: list_cases(desk, staff.panels["A"])))

    assert counts[0] == counts[1] < 20


def test_the_newest_run_that_speaks_of_a_case_is_shown(staff: Staff) -> None:
    made = Situations(staff=staff)
    case = made.cases["of panel A"]
    lists = metadata.tables
    old = {row["subject_id"]: row for row in staff.all_of(lists["list_place"])}[case]
    run = {row["run_id"]: row for row in staff.all_of(lists["list_run"])}[old["run_id"]]
    newer = staff.row(
        lists["list_run"],
        **{**run, "run_id": uuid7(), "as_of": run["as_of"].replace(year=2026), "content_hash": "newer"},
    )
    staff.row(lists["list_place"], **{**old, "run_id": newer, "rank": 99})

    with made.nothing_to_judge():
        view = read_case(Desk(staff.store, staff.session(made.users["chair of A"])), case)

    assert [row["rank"] for row in view.shown["rank_band"]["list_place"]] == [99]
    assert len(view.shown["rank_band"]["case_standing"]) == 1
