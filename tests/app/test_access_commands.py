"""`mat access` at the keyboard: names and ids as typed, empty states, JSON, and errors that say what to do."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.cli import execute
from app.commands.access_cases import TOLD
from app.tasking import emergencies
from app.tasking.role_grants import ROLE_WAITS
from app.tasking.runs.loading import IDENTITY_CHANGED
from governance.access import load_policy
from governance.access_page import documentation
from mat.store.panel_vocabulary import ReferralAnswer
from mat.store.tables import cases, people
from mat.store.vocabulary import UserRole
from tests.access_model import World, may
from tests.access_situations import Situations, actor_of
from tests.filled_cases import canaries_in, case_tables
from tests.keyboard import Keyboard, sit_down, use_store
from tests.store_servers import TestServer

pytestmark = pytest.mark.slow

REASON = ("--reason", "for the test, at some length")


@pytest.fixture
def keyboard(keyboard: Keyboard) -> Keyboard:
    keyboard.group = ("access",)
    return keyboard


def test_the_table_is_the_page_and_needs_no_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["access", "table"]) == 0

    assert capsys.readouterr().out == documentation(load_policy())


def test_who_is_acting_and_in_which_roles(keyboard: Keyboard) -> None:
    person = keyboard.newcomer(UserRole.CHAIR, UserRole.COORDINATOR)

    said, answered = keyboard.type("who"), keyboard.ask("who")

    assert f"Your id: {person}" in said
    assert answered["roles"] == [{"role": "chair", "panel": None}, {"role": "coordinator", "panel": None}]


def test_an_account_nobody_knows_is_told_to_ask(keyboard: Keyboard) -> None:
    assert "knows nobody under the account" in keyboard.fail("who")


def test_a_service_is_set_up_staffed_and_ended_from_the_keyboard(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    keyboard.newcomer(UserRole.ADMINISTRATOR)

    keyboard.type("add-agency", "North Health", "--kind", "health")
    keyboard.type("add-service", "Liaison", "--agency", "North Health", "--kind", "panel-partner")
    keyboard.type("add-panel", "North", "--seats", "12")
    user = keyboard.ask("add-user", "Nell North", "--account", "nell")["user"]
    keyboard.type("add-member", "Nell North", "--service", "Liaison")
    proposed = keyboard.ask("propose-role", user, "panel member", "--service", "Liaison", "--panel", "North", *REASON)
    granter = keyboard.newcomer(UserRole.CHAIR)
    for role in (UserRole.DPO, UserRole.CHAIR):
        staff.user(role)
    second = keyboard.ask("roles")["roles"]
    keyboard.type("confirm-role", proposed["grant"])
    listed = keyboard.type("users")

    assert proposed["waits"]
    assert second[0]["grant_id"] == proposed["grant"]
    assert re.search(rf"Nell North +North Health +Liaison +panel partner +- +{user}", listed)
    keyboard.type("end-role", proposed["grant"])
    keyboard.newcomer(UserRole.ADMINISTRATOR)
    keyboard.type("end-member", user, "--service", "Liaison")
    for kind, name in (("user", "Nell North"), ("service", "Liaison"), ("agency", "North Health"), ("panel", "North")):
        assert f"The {kind} has ended" in keyboard.type(f"end-{kind}", name)
    assert granter != user
    assert "There is no user 'Nell North'" in keyboard.fail("end-user", "Nell North")


def test_a_case_is_shared_and_the_share_ended_from_the_keyboard(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    subject = staff.subject("P1")
    staff.victim(subject, forename="Vera")
    coordinator = keyboard.newcomer(UserRole.COORDINATOR)
    assert keyboard.type("shares", "P1") == "The case is shared with nobody.\n"

    share = keyboard.ask("share", "force:P1", "--with", "housing", "--for", "need-to-know", "--victim", "V1", *REASON)
    member = keyboard.newcomer(UserRole.PANEL_MEMBER)
    shown = keyboard.type("case", subject)
    keyboard.sit_down(coordinator)
    listed = keyboard.type("shares", "P1")
    keyboard.type("end-share", share["share"], *REASON)
    keyboard.sit_down(member)

    assert "forename Vera" in shown
    assert re.search(r"\n  [a-z, ]*raw score[a-z, ]*: Never shown to panel member\.", shown)
    assert "need to know" in listed
    assert "yes" in listed
    assert "No case under that id is open to you" in keyboard.fail("case", subject)


def test_a_conflict_and_its_end(keyboard: Keyboard) -> None:
    subject = keyboard.staff.subject("P1")
    coordinator = keyboard.newcomer(UserRole.COORDINATOR)
    assert keyboard.type("conflicts") == "No conflict of interest runs.\n"

    conflict = keyboard.ask("conflict", "P1", *REASON)["conflict"]
    refusal = keyboard.fail("case", subject)
    keyboard.newcomer(UserRole.CHAIR)
    keyboard.type("end-conflict", conflict, *REASON)
    keyboard.sit_down(coordinator)

    assert "No case under that id is open to you" in refusal
    assert f"(case {subject})" in keyboard.type("case", "P1")


def test_clients_are_added_and_ended_by_token(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    subject = staff.subject("P1")
    staff.victim(subject)
    keyboard.newcomer(UserRole.COORDINATOR)

    client = keyboard.ask("add-client", "P1", "V1", "--service", "support")["client"]
    wrong = keyboard.fail("add-client", "P1", "V7", "--service", "support")
    keyboard.type("end-client", client)

    assert "nobody under the token 'V7'" in wrong
    assert [row["ended_at"] is None for row in staff.all_of(cases.client)] == [False]


def test_an_emergency_from_the_keyboard_to_its_review(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = keyboard.staff.subject("P1")
    member = keyboard.newcomer(UserRole.PANEL_MEMBER)

    monkeypatch.setattr("sys.stdin", io.StringIO("P2\n"))
    mistyped = keyboard.fail("break-glass", "force:P1", *REASON, prompts=2)
    monkeypatch.setattr("sys.stdin", io.StringIO("P1\n"))
    opened = keyboard.ask("break-glass", "force:P1", *REASON)
    assert f"(case {subject})" in keyboard.type("case", "P1")
    keyboard.newcomer(UserRole.DPO)
    told, again = keyboard.ask("notices")["notices"], keyboard.type("notices")
    waiting = keyboard.ask("reviews")["uses"]
    for_reviewer = keyboard.type("reviews")
    keyboard.newcomer(UserRole.CHAIR)
    for_chair = keyboard.type("reviews")
    keyboard.newcomer(UserRole.DPO)
    keyboard.type("review", opened["use"], "--finding", "It was needed.")

    assert "Say what you found with" in for_reviewer
    assert "force:P1" in for_chair
    assert "Say what you found" not in for_chair
    assert "What was typed is not" in mistyped
    assert opened["case"] == str(subject)
    assert [each["about_id"] for each in told] == [opened["use"]]
    assert again == "There is nothing new you must be told of.\n"
    assert [each["use_id"] for each in waiting] == [opened["use"]]
    assert keyboard.type("reviews") == "No emergency use waits for a review.\n"
    assert member != opened["use"]


def test_a_list_of_cases_is_paged(keyboard: Keyboard) -> None:
    subjects = sorted(keyboard.staff.subject(f"P{number}") for number in range(3))
    keyboard.newcomer(UserRole.COORDINATOR)
    assert keyboard.type("cases", "--panel", "B") == "No case of this panel is open to you.\n"

    first = keyboard.ask("cases", "--panel", "A", "--size", "2")
    rest = keyboard.ask("cases", "--panel", "A", "--after", first["after"])

    assert [each["case"] for each in first["cases"] + rest["cases"]] == [str(subject) for subject in subjects]
    assert "There are more: go on with --after" in keyboard.type("cases", "--panel", "A", "--size", "2")


def test_sessions_are_listed_and_ended(keyboard: Keyboard) -> None:
    keyboard.newcomer(UserRole.ADMINISTRATOR)
    other = keyboard.staff.session(keyboard.staff.founder_id)

    listed = keyboard.ask("sessions")["sessions"]
    keyboard.type("end-session", other.session_id)

    assert str(other.session_id) in {each["session_id"] for each in listed}
    assert "No such session is running" in keyboard.fail("end-session", other.session_id)


WRONG: tuple[tuple[tuple[str, ...], str], ...] = (
    (("add-agency", "X", "--kind", "bakery"), "--kind should be one of police, local_authority"),
    (("add-service", "X", "--agency", "Nowhere", "--kind", "police"), "There is no agency 'Nowhere'"),
    (("add-member", "Second granter", "--service", "housing"), "several of the name 'Second granter'"),
    (
        ("propose-role", "Fay Founder", "boss", "--service", "Domestic abuse unit", *REASON),
        "ROLE should be one of analyst",
    ),
    (("confirm-role", "seven"), "GRANT should be an id as mat prints it, not 'seven': see `mat access roles`"),
    (("end-session", "x"), "SESSION should be an id"),
    (("share", "P1", "--with", "housing", "--for", "agenda", *REASON), "You may not read case"),
    (("break-glass", "P1", *REASON), "NAMESPACE:ID"),
    (("add-user", "X"), "account of this machine or with an identity"),
)


def test_what_was_mistyped_is_said_in_one_sentence_that_says_what_to_do(keyboard: Keyboard) -> None:
    keyboard.newcomer(UserRole.ADMINISTRATOR)
    keyboard.staff.user(UserRole.CHAIR)

    for words, sentence in WRONG:
        assert sentence in keyboard.fail(*words)


def test_the_same_id_in_two_namespaces_asks_for_the_namespace(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    for namespace in ("force", "other"):
        values = {"namespace": namespace, "person_id": "P1"}
        staff.row(
            cases.subject_alias, staff.subject(), **values, valid_from=staff.all_of(people.app_user)[0]["added_at"]
        )
    keyboard.newcomer(UserRole.COORDINATOR)

    assert "stands for several people" in keyboard.fail("case", "P1")
    assert keyboard.type("case", "other:P1").startswith("other:P1, panel area A")


def test_no_answer_of_the_command_line_shows_a_canary_that_is_denied(
    server: TestServer, standing: Situations, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way somebody stands to a case, as text and as JSON, with the log on stderr."""
    staff = standing.staff
    use_store(staff, monkeypatch)
    monkeypatch.setenv("MAT_LOG", "1")
    world = World.of(staff)
    rows = [(table.name, row) for table in case_tables() for row in staff.all_of(table)]
    wrong: list[str] = []

    for name in ("panel_member of A", "provider of A", "victim_service of A", "auditor of all", "role ended"):
        sit_down(staff, standing.users[name])
        _, actor = actor_of(staff, staff.session(standing.users[name]))
        for situation in (
            "of panel A",
            "shared for agenda",
            "shared for referral",
            "client",
            "in conflict",
            "sensitive",
        ):
            case = standing.cases[situation]
            allowed = {
                canary
                for table, row in rows
                if row["subject_id"] == case and may(actor, world, table, row)
                for canary in canaries_in(str(dict(row)))
            }
            for words in ((), ("--json",)):
                execute(["access", "case", str(case), *words])
                said = capsys.readouterr()
                if not canaries_in(said.out) <= allowed or canaries_in(said.err):
                    wrong.append(f"{name}, {situation}")
    logging.getLogger("mat").handlers.clear()

    assert wrong == []


def test_agencies_services_and_panels_are_listed_with_their_ids(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    keyboard.newcomer(UserRole.ADMINISTRATOR)
    keyboard.type("add-agency", "Empty House", "--kind", "housing")

    said, answered = keyboard.type("places"), keyboard.ask("places")

    assert re.search(rf"Haven +voluntary +change +behaviour change +{staff.services['change']}", said)
    assert re.search(r"Empty House +housing +- +- +[0-9a-f-]{36}", said)
    assert re.search(rf"A +\d+ +{staff.panels['A']}", said)
    assert {each["panel"] for each in answered["panels"]} >= {"A", "B"}


def test_a_case_is_a_calm_page_with_names_and_local_times(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    subject = staff.subject("P1")
    coordinator = keyboard.newcomer(UserRole.COORDINATOR)
    summer = datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    staff.row(
        cases.narrative,
        subject,
        statement_type="fact",
        content="He said so.\n\x1b[31mLoudly.",
        written_by=staff.founder_id,
        written_at=summer,
    )
    staff.client(staff.victim(subject, forename="Vera"), subject)

    page = keyboard.type("case", "P1")

    assert page.startswith("force:P1, panel area A, as it is open to you on ")
    assert "  2026-07-01 12:30  statement type fact; content He said so." in page
    assert "written by Fay Founder  (" in page
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  service support; victim V1; added by .*  \([0-9a-f-]{36}\)", page)
    assert not re.search(r"UUID\(|datetime|\x1b|\+00:00|None|\[\]", page)
    assert str(coordinator) not in page
    order = [
        page.index(f"\n{head}\n") for head in ("Case", "Subject identity", "Narrative", "Victim identity", "Clients")
    ]
    assert order == sorted(order)


def test_a_demonstration_store_says_so_on_every_page_and_in_json(keyboard: Keyboard) -> None:
    keyboard.newcomer(UserRole.ADMINISTRATOR)
    plain, answered = keyboard.type("who"), keyboard.ask("who")
    with keyboard.staff.tampering() as connection:
        connection.execute(text("UPDATE store SET is_demonstration = true"))

    said = [keyboard.type(page) for page in ("who", "users", "places", "roles", "sessions")]

    assert "DEMONSTRATION" not in plain
    assert "is_demonstration" not in answered
    assert all(page.startswith("DEMONSTRATION STORE: for synthetic records, never for real people.\n") for page in said)
    assert keyboard.ask("users")["is_demonstration"]


def test_a_word_that_is_missing_is_explained_by_its_own_commands_help(keyboard: Keyboard) -> None:
    assert "`mat access share --help`" in keyboard.fail("share", "P1")
    assert "`mat access --help`" in keyboard.fail("no-such-command")


def test_roles_name_people_and_say_which_wait(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    keyboard.newcomer(UserRole.CHAIR)
    for role in (UserRole.ADMINISTRATOR, UserRole.DPO):
        staff.user(role)
    person = staff.user(UserRole.PANEL_MEMBER)
    grant = keyboard.ask("propose-role", person, "panel_member", "--service", "housing", "--panel", "B", *REASON)[
        "grant"
    ]

    page = keyboard.type("roles")

    first = page.splitlines()[1]
    assert first.endswith(grant)
    assert "panel member" in first
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d +- +no +", first)
    assert "Waiting for a second person, who confirms with `mat access confirm-role ID`:\n  panel_member person" in page
    assert REASON[1] in page
    assert len(re.findall(r"[0-9a-f-]{36}", first)) == 1


def test_a_page_says_that_the_case_is_challenged(keyboard: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    keyboard.staff.subject("P1")
    keyboard.newcomer(UserRole.COORDINATOR)
    before = keyboard.type("case", "P1")

    execute(["privacy", "record", "P1", "--kind", "challenge", "--statement", "It was not me.", "--about", "place"])
    capsys.readouterr()
    page = keyboard.type("case", "P1")

    assert "CHALLENGED" not in before
    assert re.search(r"\nCHALLENGED since [0-9-]{10}, and not answered yet: place\.\n", page)


def test_the_same_share_twice_names_the_one_that_runs(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P1")
    keyboard.newcomer(UserRole.COORDINATOR)
    sharing = ("share", "P1", "--with", "housing", "--for", "agenda", *REASON)

    first = keyboard.ask(*sharing)["share"]
    again = keyboard.fail(*sharing)
    keyboard.type("end-share", first, *REASON)
    keyboard.type(*sharing)

    assert f"`mat access end-share {first}`" in again


def test_every_kind_of_notice_is_said_in_words() -> None:
    answers = {f"referral_{each}" for each in ReferralAnswer}

    assert set(TOLD) == {emergencies.USED, ROLE_WAITS, IDENTITY_CHANGED, "order_served", "order_broken", *answers}


def test_a_notice_of_a_role_names_who_is_to_get_it_as_long_as_it_waits(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    administrator = keyboard.newcomer(UserRole.ADMINISTRATOR)
    chair, dpo = staff.user(UserRole.CHAIR), staff.user(UserRole.DPO)
    person = staff.user(UserRole.PANEL_MEMBER, name="Hal Hill", panel="A")
    proposal = ("propose-role", person, "panel_member", "--service", "housing", "--panel", "B", *REASON)
    grant = keyboard.ask(*proposal)["grant"]

    keyboard.sit_down(chair)
    waiting = keyboard.type("notices")
    keyboard.sit_down(administrator)
    keyboard.type("end-role", grant)
    keyboard.sit_down(dpo)
    ended = keyboard.type("notices")

    assert "Hal Hill, proposed as panel member by administrator person, waits for a second person" in waiting
    assert "taken back or ended since" in ended
