"""The month that is played: every rule has run, every state is there, everything adds up, and it is played once."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, create_engine, select

from app.cli import execute
from app.commands.demonstration import summary_of, told_of
from app.tasking.acting_on.action_lists import action_totals
from app.tasking.acting_on.due import MyWork, my_work
from app.tasking.changing.totals import totals
from app.tasking.demonstration import cast
from app.tasking.demonstration.month import Month
from app.tasking.demonstration.playing import SCENES, play
from app.tasking.desk import Desk
from app.tasking.founding import Founding, found
from app.tasking.log_reading import verify_log
from app.tasking.runs.importing import import_run
from app.tasking.runs.reading import read_run
from app.tasking.signing_in import end_own_session, sign_in
from governance.signing import make_keys
from mat.errors import AccessRefused, StoreError
from mat.settings import Settings
from mat.snapshot import SYNTHETIC_MARK
from mat.store import panel_vocabulary as words
from mat.store.engine import Store
from mat.store.tables import (
    cases,
    panel_actions,
    panel_disclosures,
    panel_meetings,
    panel_nominating,
    panel_orders,
    panel_referrals,
    people,
)
from mat.store.vocabulary import Channel, UserRole
from mat.vocabulary import ResolutionOutcome
from tests.store_servers import TestServer

#: Each makes, imports and plays a whole month.
pytestmark = pytest.mark.slow

LISTED, AS_OF = 24, date(2024, 4, 1)


def small_city(folder: Path) -> Path:
    """People with two victims each, one held with one pair and one with two, one nominated, one sensitive."""
    incidents: list[tuple[str, ...]] = []
    roles: list[tuple[str, ...]] = []

    def record(suspect: str, victim: str, days_before: int) -> None:
        number, day = f"I{len(incidents):04}", AS_OF - timedelta(days=days_before)
        incidents.append((number, f"{day}T10:00", f"{day}T12:00", "harassment", "true", "true"))
        roles.extend([(number, suspect, "suspect"), (number, victim, "victim")])

    for n in range(LISTED + 1):
        for back in (10, 60):
            record(f"S{n:02}", f"V{n:02}", back + n)
            record(f"S{n:02}", f"W{n:02}", 2 * back + n)
    for held, others in (("H1", ("X1",)), ("H2", ("X2", "X3"))):
        for other in others:
            record(held, other, 5)
            record(held, other, 8)
            record(other, held, 20)
    record("SECRET", "X4", 30)
    names = sorted({person for _, person, _ in roles})
    tables: dict[str, list[tuple[str, ...]]] = {
        "persons": [("person_id", "birth_date"), *((name, "1985-01-01") for name in names)],
        "incidents": [
            ("incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic"), *incidents
        ],
        "involvements": [("incident_id", "person_id", "role"), *roles],
        "nominations": [
            ("nomination_id", "person_id", "agency", "nominated_at", "reason"),
            ("N1", f"S{LISTED:02}", "Housing", "2024-03-01T10:00", "Shouting is heard."),
        ],
        "standing": [("person_id", "kind", "from_at"), ("SECRET", "sensitive", "2020-01-01")],
        "orders": [
            ("order_id", "person_id", "kind", "issued_at", "expires_at"),
            ("O1", "S00", "restraining", "2024-01-01T10:00", "2034-01-01T10:00"),
        ],
    }  # fmt: skip
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    (folder / SYNTHETIC_MARK).write_text("Synthetic records: nobody in them exists.\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-city")
    extract = small_city(folder / "city")
    assert execute(["run", str(extract), "--as-of", AS_OF.isoformat(), "--out", str(folder / "run")]) == 0
    return folder / "run"


def founded(settings: Settings, *, is_demonstration: bool) -> tuple[Store, Desk, Engine]:
    store = Store.open(settings, for_founding=True)
    founding = Founding(os_name="founder", person="Fay Founder", seats=20, is_demonstration=is_demonstration)
    found(store, founding)
    make_keys(settings.key_dir, name=founding.origin, data_dir=settings.data_dir)
    superuser = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with superuser.begin() as connection:
        user = connection.scalars(select(people.app_user.c.user_id)).one()
    return store, Desk(store, sign_in(store, user, service=None, channel=Channel.CLI, seconds=3600)), superuser


@dataclass(frozen=True, kw_only=True)
class Played:
    """A store in which the month was played. `rows_of`: past row-level security."""

    founder: Desk
    month: Month
    superuser: Engine

    def states(self, table: Table, column: str = "state") -> Counter[str]:
        with self.superuser.begin() as connection:
            return Counter(connection.scalars(select(table.c[column])))

    def desk(self, role: UserRole) -> Desk:
        """A new session of the first of the cast with a role: theirs have ended with the month."""
        name = next(part.name for part in cast.PARTS if part.role is role)
        return cast.let_in(self.founder.store, name, channel=Channel.BOARD, seconds=600)


@pytest.fixture(scope="module")
def played(server: TestServer, a_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Played]:
    name = server.make_migrated()
    settings = server.settings(name, tmp_path_factory.mktemp("played"))
    store, founder, superuser = founded(settings, is_demonstration=True)
    try:
        import_run(founder, read_run(a_run, date(2024, 6, 1)))
        yield Played(founder=founder, month=play(founder), superuser=superuser)
    finally:
        superuser.dispose()
        store.close()
        server.drop(name)


def test_every_scene_says_what_happened_and_every_rule_refused_what_it_should(played: Played) -> None:
    month = played.month

    assert [scene.title for scene in month.scenes] == ["Everybody comes to work", *(title for title, _ in SCENES)]
    assert all(scene.lines and all(line.endswith((".", ")")) for line in scene.lines) for scene in month.scenes)
    refused = [line for scene in month.scenes for line in scene.lines if ", and is refused: " in line]
    assert month.refusals == len(refused) > 20
    told = " ".join(line for scene in month.scenes for line in scene.lines)
    assert "offender" not in told
    assert "None" not in told.replace("None known", "")


def test_people_and_programs_are_told_the_same(played: Played) -> None:
    told = "\n".join(told_of(played.month))
    summary = json.loads(json.dumps(summary_of(played.month), default=str))

    assert all(len(line) <= 160 for line in told.splitlines())
    assert all(scene["title"] in told for scene in summary["scenes"])
    shown = " ".join(told.split())
    assert [
        line for scene in summary["scenes"] for line in scene["happened"] if " ".join(line.split()) not in shown
    ] == []
    assert summary["cases"]["tenant"] == str(played.month.cases["tenant"])
    assert {person["role"] for person in summary["people"]} == {role.value for role in UserRole}


@pytest.mark.parametrize(
    ("table", "column", "vocabulary", "never"),
    [
        (panel_nominating.nomination, "state", words.NominationState, set[str]()),
        (panel_nominating.nomination, "source", words.NominationSource, {"panel"}),
        (panel_nominating.panel_case, "state", words.PanelCaseState, set[str]()),
        (panel_nominating.panel_case, "told", words.Told, set[str]()),
        (panel_nominating.panel_mark, "kind", words.MarkKind, set[str]()),
        (panel_nominating.blind_judgement, "concern", words.Concern, set[str]()),
        (panel_meetings.meeting, "state", words.MeetingState, {"released", "open", "cancelled"}),
        (panel_meetings.seat, "attendance", words.Attendance, {"absent"}),
        (panel_meetings.agenda_item, "state", words.ItemState, {"discussed"}),
        (panel_meetings.agenda_item, "kind", words.ItemKind, set[str]()),
        (panel_meetings.decision, "heading", words.Decided, set[str]()),
        (panel_meetings.minute_line, "statement_type", words.StatementType, set[str]()),
        (panel_meetings.research_request, "state", words.ResearchState, set[str]()),
        (panel_actions.action, "state", words.ActionState, set[str]()),
        (panel_actions.safety_check, "wishes", words.Wishes, {"not_reachable"}),
        (panel_orders.kept_order, "state", words.OrderState, {"expired", "discharged"}),
        (panel_orders.process_link, "process", words.Process, set[str]()),
        (panel_referrals.referral, "state", words.ReferralState, set[str]()),
        (panel_referrals.referral, "pathway", words.Pathway, set[str]()),
        (panel_referrals.referral_check, "answer", words.RuleAnswer, set[str]()),
        (panel_referrals.risk_alert, "kind", words.AlertKind, {"risk_grade_up"}),
        (panel_disclosures.disclosure, "state", words.DisclosureState, {"expired"}),
        (cases.narrative, "statement_type", words.StatementType, set[str]()),
        (cases.hold_resolution, "outcome", ResolutionOutcome, set[str]()),
    ],
)  # fmt: skip
def test_every_state_is_there_that_a_day_can_bring_about(
    played: Played, table: Table, column: str, vocabulary: type[StrEnum], never: set[str]
) -> None:
    there = played.states(table, column)

    assert {word.value for word in vocabulary} - set(there) == never


def test_everything_adds_up(played: Played) -> None:
    kim = played.desk(UserRole.COORDINATOR)

    service = played.month.cast.services[cast.NEW_START]
    counted = totals(kim, service)
    actions = action_totals(kim)

    assert all(each.adds_up for each in counted)
    assert sum(each.received for each in counted) == played.states(panel_referrals.referral).total()
    assert any(each.again for each in counted)
    assert sum(each.all for each in actions) == played.states(panel_actions.action).total()
    outcomes = [
        sum(ended)
        for ended in zip(
            *((each.done, each.not_possible, each.not_done_by_agency, each.no_longer_needed) for each in actions),
            strict=True,
        )
    ]
    assert all(outcomes)
    assert sum(outcomes) == played.states(panel_actions.action)["closed"]


def test_something_waits_for_everybody(played: Played) -> None:
    def waits(role: UserRole) -> MyWork:
        return my_work(played.desk(role))

    coordinator, panel, support = (
        waits(UserRole.COORDINATOR),
        waits(UserRole.PANEL_MEMBER),
        waits(UserRole.VICTIM_SERVICE),
    )

    assert coordinator.actions
    assert coordinator.awaiting
    assert len(waits(UserRole.CHAIR).awaiting) > len(coordinator.awaiting), "nobody confirms their own"
    assert coordinator.gates
    assert coordinator.holds
    assert {clock.due.value for order in coordinator.orders for clock in order.clocks} >= {"overdue", "soon", "later"}
    assert coordinator.next_meeting is not None
    assert panel.research
    assert support.checks


def test_the_log_holds_and_nobody_of_the_cast_is_left_at_work(played: Played) -> None:
    report = verify_log(played.desk(UserRole.AUDITOR), given=[], public_key=None, with_index=True)

    assert report.holds
    assert report.size > 500
    for desk in played.month.cast.desks.values():
        with pytest.raises(AccessRefused, match="session has ended"):
            my_work(desk)


def test_everybody_is_let_in_by_name_and_nobody_else(played: Played) -> None:
    store = played.founder.store

    roles = {
        part.name: cast.let_in(store, part.name, channel=Channel.BOARD, seconds=60).scope.roles for part in cast.PARTS
    }

    assert roles == {part.name: {part.role} for part in cast.PARTS}
    with pytest.raises(StoreError, match="Nobody called 'Fay Founder'"):
        cast.let_in(store, "Fay Founder", channel=Channel.BOARD, seconds=60)


def test_a_second_time_gets_one_sentence_and_changes_nothing(played: Played) -> None:
    before = played.states(people.app_user, "name")

    with pytest.raises(StoreError, match="played in this store before"):
        play(played.founder)

    assert played.states(people.app_user, "name") == before


def test_it_is_played_in_no_store_for_real_people(store_settings: Settings) -> None:
    store, founder, superuser = founded(store_settings, is_demonstration=False)

    with pytest.raises(AccessRefused, match="in a demonstration store alone"):
        play(founder)

    with pytest.raises(AccessRefused, match="but in a demonstration store"):
        cast.let_in(store, "Kim Coordinator", channel=Channel.BOARD, seconds=60)

    with superuser.begin() as connection:
        assert connection.scalars(select(people.app_user.c.name)).all() == ["Fay Founder"]
    superuser.dispose()
    end_own_session(store, founder.scope)
    store.close()


def test_it_needs_a_list_and_nobody_else_at_work(store_settings: Settings) -> None:
    store, founder, superuser = founded(store_settings, is_demonstration=True)

    with pytest.raises(StoreError, match="No panel area has a list yet"):
        play(founder)

    superuser.dispose()
    store.close()
