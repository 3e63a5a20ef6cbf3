"""A case opened from a form and the id by which the force knows its person: said by people, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.cli import execute
from app.tasking.desk import Desk
from app.tasking.nominating.identifying import identify
from app.tasking.runs.identities import read_identities
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.tables import cases, people
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import bring_in, case_of, events
from tests.staff import Staff

WHY = "The officer in the case knows him."
IDENTITIES = [
    ("record_id", "agency", "person_id", "forename", "surname", "birth_date", "postcode"),
    ("R1", "police", "LEAD", "Zeb", "Quux", "1990-01-01", "ST1 1AA"),
]


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def opened_from_a_form(staff: Staff, **identity: object) -> UUID:
    case = staff.subject()
    staff.row(cases.subject_identity, case, **{"forename": "zeb", "surname": "QUUX", **identity})
    return case


def aliases(staff: Staff) -> list[tuple[UUID, str, str]]:
    return [(row["subject_id"], row["namespace"], row["person_id"]) for row in staff.all_of(cases.subject_alias)]


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.COORDINATOR])
def test_a_case_without_an_id_is_given_one_and_no_second(staff: Staff, role: UserRole) -> None:
    case, desk = opened_from_a_form(staff), staff.desk(role, panel="A")

    identify(desk, case, " LEAD ", WHY)

    assert aliases(staff) == [(case, "force", "LEAD")]
    (said,) = events(staff, "case_identified")
    assert "LEAD" not in str(said)
    with pytest.raises(StoreError, match="knows them as LEAD already"):
        identify(desk, case, "OTHER", WHY)
    with pytest.raises(BadInput, match="is empty"):
        identify(desk, case, "", WHY)


def test_the_id_of_another_case_is_refused_alike_whoever_may_see_it(staff: Staff, analyst: Desk) -> None:
    """Whether it is of the same panel area, of another, or sensitive; and the refusal is logged."""
    staff.subject("HERE")
    staff.subject("THERE", panel="B")
    staff.subject("HIDDEN", is_sensitive=True)
    case = opened_from_a_form(staff)
    said: set[str] = set()

    for taken in ("HERE", "THERE", "HIDDEN"):
        with pytest.raises(AccessRefused, match="another case's") as refused:
            identify(analyst, case, taken, WHY)
        said.add(str(refused.value))

    assert len(said) == 1
    assert len(events(staff, "command_refused")) == 3
    assert case not in case_of(staff).values()


def test_who_does_not_work_on_cases_there_says_no_id(staff: Staff) -> None:
    case = opened_from_a_form(staff)

    with pytest.raises(AccessRefused, match="No case under that id"):
        identify(staff.desk(UserRole.COORDINATOR, panel="B"), case, "LEAD", WHY)
    for role in (UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.PROVIDER):
        with pytest.raises(AccessRefused, match="You may not identify case"):
            identify(staff.desk(role, panel="A"), case, "LEAD", WHY)
    assert aliases(staff) == []


@pytest.mark.slow
def test_an_import_finds_the_case_and_opens_no_other(staff: Staff, analyst: Desk, story_run: Path) -> None:
    case = opened_from_a_form(staff)
    identify(analyst, case, "LEAD", WHY)

    bring_in(analyst, story_run)

    assert case_of(staff)["LEAD"] == case


@pytest.mark.slow
def test_an_import_tells_once_of_a_case_that_may_be_the_second_of_somebody(
    staff: Staff, analyst: Desk, write_story: Callable[..., Path], make_run: Callable[..., Path], tmp_path: Path
) -> None:
    extract, snapshot = write_story(identities=IDENTITIES), tmp_path / "with-names"
    assert execute(["ingest", str(extract), "--out", str(snapshot), "--max-quarantine", "1"]) == 0
    names = read_identities(snapshot)
    bring_in(analyst, make_run(extract), identities=names)
    listed = case_of(staff)["LEAD"]
    (known,) = (row for row in staff.all_of(cases.subject_identity) if row["subject_id"] == listed)
    second = opened_from_a_form(staff, birth_date=known["birth_date"])
    opened_from_a_form(staff, birth_date=datetime(1950, 1, 1, tzinfo=UTC).date())
    assert staff.all_of(people.notice) == []

    for as_of in ("2024-04-02", "2024-04-03"):
        bring_in(analyst, make_run(extract, as_of=as_of), identities=names)

    (told,) = staff.all_of(people.notice)
    assert (told["kind"], told["to_role"], told["about_id"]) == ("identity_changed", "coordinator", second)
    assert case_of(staff)["LEAD"] == listed
