"""The register of disclosures: gateway, necessity, recipients and expiry; recalled, returned, and behind the gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking.changing import disclosures
from app.tasking.changing.disclosures import NewDisclosure
from app.tasking.changing.gateways import Tells, load_gateways
from app.tasking.desk import Desk
from app.tasking.moves import DISCLOSURE
from mat.errors import AccessRefused, BadInput, MatError, SettingsError, StaleRow, StoreError
from mat.store.panel_vocabulary import DisclosureState, Wishes
from mat.store.tables import audit, panel_disclosures, people
from mat.store.vocabulary import UserRole
from tests.at_the_gate import UNNOTICED, AtTheGate
from tests.referred import today
from tests.simultaneous import at_once
from tests.staff import Staff
from tests.statements import statements

#: Each has a store of its own.
pytestmark = pytest.mark.slow

SENTENCE = "a canary in plain words"


@pytest.fixture
def gate(staff: Staff) -> AtTheGate:
    """A case, and everybody who has to do with its actions."""
    return AtTheGate(staff=staff)


def new(gate: AtTheGate, **changed: Any) -> NewDisclosure:
    given: dict[str, Any] = {
        "subject_id": gate.subject,
        "gateway": "safeguarding_of_children",
        "necessity": "A child lives there.",
        "recipients": ["Social worker of the family"],
        "what": "The dates of the last three incidents.",
        "field_groups": ["narrative_summary"],
        "expires_on": today() + timedelta(days=30),
    }
    return NewDisclosure(**{**given, **changed})


def state_of(gate: AtTheGate, disclosure: UUID) -> str:
    rows = gate.staff.all_of(panel_disclosures.disclosure)
    return str(next(row["state"] for row in rows if row["disclosure_id"] == disclosure))


def run_out(gate: AtTheGate, disclosure: UUID) -> None:
    columns = panel_disclosures.disclosure.c
    with gate.staff.tampering() as connection:
        connection.execute(
            update(panel_disclosures.disclosure)
            .where(columns.disclosure_id == disclosure)
            .values(expires_on=today() - timedelta(days=1))
        )


def last_event(gate: AtTheGate) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(max(gate.staff.all_of(audit.audit_event), key=lambda row: row["seq"])["body"])
    return body


def test_a_disclosure_is_registered_whole_and_logged_as_one(gate: AtTheGate) -> None:
    made = disclosures.disclose(
        gate.coordinator,
        new(gate, necessity=SENTENCE, what=SENTENCE, recipients=[SENTENCE], service_id=gate.staff.services["children"]),
    )
    event = last_event(gate)
    (line,) = disclosures.register(gate.chair).disclosures

    assert (line.disclosure_id, line.case, line.state, line.due) == (made, "force:P1", DisclosureState.RUNNING, "later")
    assert (line.recipients, line.service, line.made_by) == ([SENTENCE], "children", "coordinator person")
    assert (event["operation"], event["event"]) == ("disclosure", "disclosure_registered")
    assert event["recipients"] == [str(gate.staff.services["children"])]
    assert event["fields"] == ["narrative_summary"]
    assert set(event["texts"]) == {"reason", "what", "recipients"}
    assert SENTENCE not in json.dumps(event)


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"gateway": "nonsense"}, "no gateway 'nonsense': name one of crime_and_disorder"),
    ({"necessity": " "}, "is empty"),
    ({"what": ""}, "is empty"),
    ({"recipients": []}, "name from 1 to 50"),
    ({"recipients": ["Somebody", " "]}, "is empty"),
    ({"field_groups": []}, "Say which field groups"),
    ({"field_groups": ["everything"]}, "'everything' is no field group"),
    ({"expires_on": today() - timedelta(days=1)}, "has passed"),
]


def test_a_disclosure_that_lacks_something_is_refused(gate: AtTheGate) -> None:
    for changed, sentence in UNFIT:
        with pytest.raises(BadInput, match=sentence):
            disclosures.disclose(gate.coordinator, new(gate, **changed))

    assert gate.staff.count(panel_disclosures.disclosure) == 0


def test_telling_a_person_needs_an_action_whose_gate_is_open(gate: AtTheGate) -> None:
    gate.staff.victim(gate.subject)
    action, unnoticed = gate.add("right_to_know"), gate.add(UNNOTICED)

    def tell(action_id: UUID | None) -> UUID:
        return disclosures.disclose(gate.coordinator, new(gate, gateway="right_to_know", action_id=action_id))

    with pytest.raises(StoreError, match="is an action of its own"):
        tell(None)
    with pytest.raises(StoreError, match="name one of the kind right_to_know"):
        tell(unnoticed)
    with pytest.raises(StoreError, match="gate of that action is shut"):
        tell(action)
    with pytest.raises(AccessRefused, match="none of this case"):
        tell(uuid7())
    gate.check()
    made = tell(action)

    assert state_of(gate, made) == "running"
    assert last_event(gate)["details"]["action"] == str(action)


def test_an_action_behind_any_disclosure_must_have_its_gate_open(gate: AtTheGate) -> None:
    gate.staff.victim(gate.subject)
    visit, unnoticed = gate.add("tenancy_visit"), gate.add(UNNOTICED)

    with pytest.raises(StoreError, match="gate of that action is shut"):
        disclosures.disclose(gate.coordinator, new(gate, action_id=visit))
    disclosures.disclose(gate.coordinator, new(gate, action_id=unnoticed))
    gate.check(wishes=Wishes.AGAINST)
    with pytest.raises(StoreError, match="gate of that action is shut"):
        disclosures.disclose(gate.coordinator, new(gate, action_id=visit))


def test_the_database_holds_the_gate_and_the_case_of_the_action(gate: AtTheGate) -> None:
    gate.staff.victim(gate.subject)
    action = gate.add("right_to_know")
    elsewhere = gate.staff.subject("P2")
    made = disclosures.disclose(gate.coordinator, new(gate))
    copied = text(
        "INSERT INTO disclosure (disclosure_id, subject_id, panel_id, gateway, necessity, recipients, action_id,"
        " field_groups, what, made_by, made_at, expires_on)"
        " SELECT :new, :subject, panel_id, gateway, necessity, recipients, :action, field_groups, what, made_by,"
        " made_at, expires_on FROM disclosure"
    )

    for subject in (gate.subject, elsewhere):
        given = {"new": uuid7(), "subject": subject, "action": action}
        with (
            pytest.raises(DBAPIError, match="gate is shut"),
            gate.staff.store.transaction(gate.chair.scope) as connection,
        ):
            connection.execute(copied, given)
    for statement in ("UPDATE disclosure SET recipients = '{}'", "UPDATE disclosure SET expires_on = '9999-01-01'"):
        with pytest.raises(DBAPIError, match="42501"), gate.staff.store.transaction(gate.chair.scope) as connection:
            connection.execute(text(statement))

    assert [row["disclosure_id"] for row in gate.staff.all_of(panel_disclosures.disclosure)] == [made]


MOVES: dict[str, Callable[[AtTheGate, UUID], None]] = {
    "recall": lambda gate, one: disclosures.recall(gate.coordinator, one, "Sent to the wrong team."),
    "confirm_return": lambda gate, one: disclosures.confirm_return(gate.chair, one, "They said so in writing."),
    "expire": run_out,
}
WAYS = {"running": (), "expired": ("expire",), "recalled": ("recall",), "returned": ("recall", "confirm_return")}


def in_state(gate: AtTheGate, state: DisclosureState) -> UUID:
    made = disclosures.disclose(gate.coordinator, new(gate))
    for name in WAYS[state.value]:
        MOVES[name](gate, made)
    return made


@pytest.mark.parametrize("state", list(DisclosureState))
def test_every_move_from_every_state_is_made_or_refused_as_the_machine_says(
    gate: AtTheGate, state: DisclosureState
) -> None:
    legal = {name: to for each, name, to in DISCLOSURE.table() if each is state and name != "expire"}
    found: dict[str, DisclosureState | None] = {}

    for name in legal:
        made = in_state(gate, state)
        try:
            MOVES[name](gate, made)
        except StoreError:
            found[name] = None
        else:
            found[name] = DisclosureState(state_of(gate, made))

    assert found == legal


def test_what_has_run_out_shows_so_at_once_and_is_written_by_the_next_command(gate: AtTheGate) -> None:
    old = disclosures.disclose(gate.coordinator, new(gate))
    run_out(gate, old)

    (shown,) = disclosures.register(gate.coordinator).disclosures
    before = state_of(gate, old)
    disclosures.disclose(gate.coordinator, new(gate))
    events = [json.loads(row["body"]) for row in gate.staff.all_of(audit.audit_event)]

    assert (shown.state, shown.due, before) == (DisclosureState.EXPIRED, "overdue", "running")
    assert state_of(gate, old) == "expired"
    assert [each["details"] for each in events if each["event"] == "disclosures_expired"] == [{"disclosures": 1}]


def test_one_that_ran_out_is_recalled_at_the_version_that_was_read(gate: AtTheGate) -> None:
    old = disclosures.disclose(gate.coordinator, new(gate))
    run_out(gate, old)
    (shown,) = disclosures.register(gate.coordinator).disclosures

    disclosures.recall(gate.coordinator, old, "It was to be back.", version=shown.version)

    assert state_of(gate, old) == "recalled"


def test_what_is_due_is_what_expires_in_a_week_or_has_and_is_not_back(gate: AtTheGate) -> None:
    soon = disclosures.disclose(gate.coordinator, new(gate, expires_on=today() + timedelta(days=7)))
    later = disclosures.disclose(gate.coordinator, new(gate, expires_on=today() + timedelta(days=8)))
    recalled, back = in_state(gate, DisclosureState.RECALLED), in_state(gate, DisclosureState.RETURNED)
    run_out(gate, recalled)
    run_out(gate, back)

    due = {each.disclosure_id for each in disclosures.register(gate.coordinator, is_due=True).disclosures}
    every = {each.disclosure_id for each in disclosures.register(gate.coordinator).disclosures}

    assert due == {soon, recalled}
    assert every == {soon, later, recalled, back}


def test_a_recall_needs_a_reason_the_version_and_somebody_first(gate: AtTheGate) -> None:
    made = disclosures.disclose(gate.coordinator, new(gate))

    with pytest.raises(BadInput, match="is empty"):
        disclosures.recall(gate.coordinator, made, " ")
    with pytest.raises(StaleRow):
        disclosures.recall(gate.coordinator, made, "Wrong team.", version=7)
    outcomes = at_once(
        lambda: disclosures.recall(gate.coordinator, made, "Wrong team."),
        lambda: disclosures.recall(gate.chair, made, "Wrong team."),
    )

    assert sum(isinstance(each, MatError) for each in outcomes) == 1
    assert last_event(gate)["event"] == "disclosure_recalled"


def test_who_has_no_part_in_the_case_registers_and_reads_nothing(gate: AtTheGate) -> None:
    made = disclosures.disclose(gate.coordinator, new(gate))
    of_b = gate.staff.desk(UserRole.COORDINATOR, panel="B")
    conflicted = gate.staff.desk(UserRole.COORDINATOR, panel="A")
    gate.staff.row(
        people.conflict, gate.subject, user_id=conflicted.scope.user_id, reason="cousin",
        declared_by=conflicted.scope.user_id, declared_at=datetime.now(UTC),
    )  # fmt: skip

    for desk in (of_b, conflicted):
        assert disclosures.register(desk).disclosures == []
        with pytest.raises(AccessRefused, match="No disclosure under that id"):
            disclosures.recall(desk, made, "Wrong team.")
        with pytest.raises(AccessRefused):
            disclosures.disclose(desk, new(gate))
    for role in (UserRole.ANALYST, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.PROVIDER):
        with pytest.raises(AccessRefused, match="You may not"):
            disclosures.register(gate.staff.desk(role))
    with pytest.raises(AccessRefused, match="You may not recall"):
        disclosures.recall(gate.staff.desk(UserRole.AUDITOR), made, "Wrong team.")
    assert [each.disclosure_id for each in disclosures.register(gate.staff.desk(UserRole.AUDITOR)).disclosures] == [
        made
    ]


def test_what_is_told_of_a_sensitive_case_is_its_named_reviewers_to_register(gate: AtTheGate) -> None:
    """Nobody else may even know of it; and no provider is referred to it inside the store."""
    sensitive = gate.staff.subject("P9", is_sensitive=True)
    reviewer = gate.staff.desk(UserRole.NAMED_REVIEWER, panel="A")

    made = disclosures.disclose(reviewer, new(gate, subject_id=sensitive))

    assert [each.disclosure_id for each in disclosures.register(reviewer).disclosures] == [made]
    for desk in (gate.coordinator, gate.chair, gate.staff.desk(UserRole.DPO), gate.staff.desk(UserRole.AUDITOR)):
        assert disclosures.register(desk).disclosures == []
    for desk in (gate.coordinator, gate.chair, gate.staff.desk(UserRole.DPO)):
        with pytest.raises(AccessRefused, match="No case under that id"):
            disclosures.disclose(desk, new(gate, subject_id=sensitive))
        with pytest.raises(AccessRefused, match="No disclosure under that id"):
            disclosures.recall(desk, made, "Wrong team.")
    disclosures.recall(reviewer, made, "Wrong team.")
    assert state_of(gate, made) == "recalled"


def test_a_page_takes_as_many_queries_however_long_it_is(gate: AtTheGate) -> None:
    disclosures.disclose(gate.coordinator, new(gate))
    few = count(gate.coordinator)

    made = [disclosures.disclose(gate.coordinator, new(gate)) for _ in range(4)]
    many = count(gate.staff.desk(UserRole.COORDINATOR))
    first = disclosures.register(gate.coordinator, size=4)
    rest = disclosures.register(gate.coordinator, subject_id=gate.subject, after=first.after, size=4)

    assert few == many
    assert [each.disclosure_id for each in rest.disclosures] == [made[-1]]
    assert rest.after is None


def count(desk: Desk) -> int:
    with statements() as heard:
        disclosures.register(desk)
    return len(heard)


def test_every_shipped_gateway_has_a_source_and_clares_law_tells_a_person() -> None:
    found = load_gateways()

    assert all(each.source for each in found.gateways.values())
    assert {each.code for each in found.gateways.values() if each.tells is Tells.PERSON} == {
        "right_to_know", "right_to_ask",
    }  # fmt: skip


GATEWAY = '[[gateway]]\ncode = "a"\ntitle = "A"\ntells = "agency"\nsource = "An Act."\n'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f'version = "1"\n{GATEWAY}{GATEWAY}', "has the gateway 'a' twice"),
        (f'version = "1"\n{GATEWAY}more = 1\n', "'more' is not a setting"),
        ('version = "1"\n' + GATEWAY.replace("agency", "anybody"), "tells should be one of agency, person"),
        ('version = "1"\n' + GATEWAY.replace("An Act.", " "), "source should be words"),
        ('version = "1"\n', "lacks gateway"),
        ("not toml", "is not TOML"),
    ],
)
def test_a_file_of_gateways_that_cannot_be_used_says_why(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "gateways.toml"
    path.write_text(content)

    with pytest.raises(SettingsError, match=sentence):
        load_gateways(path)
