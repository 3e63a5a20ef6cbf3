"""Links: bounded, the strongest first, tokens unless permitted, and a second step only as far as it is open."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.desk import Desk
from app.tasking.subject.network import MOST_PEOPLE, Kind, Link, Network, Person, bounded, read_network
from mat.errors import AccessRefused
from mat.store.tables import lists
from mat.store.vocabulary import Basis, UserRole
from tests.panel_lists import AS_OF, ListMaker, events_of
from tests.staff import Staff
from tests.statements import queries_of


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def person(key: str, step: int) -> Person:
    kind = (Kind.SUBJECT, Kind.COUNTERPART, Kind.OTHER_CASE)[step]
    return Person(key=key, label=key, kind=kind, step=step, case=None)


def link(suspect: str, victim: str, records: int) -> Link:
    return Link(
        suspect=suspect, victim=victim, records=records, crimes=0, harm=0.0, last_on=date(2024, 1, 1), relationship=None
    )


@given(st.lists(st.integers(1, 50), max_size=400), st.lists(st.integers(1, 50), max_size=400))
def test_no_more_than_150_people_the_strongest_first_and_nobody_who_hangs_on_nobody(
    first: list[int], second: list[int]
) -> None:
    people = {"subject": person("subject", 0)}
    links: list[Link] = []
    for number, records in enumerate(first):
        people[f"V{number}"] = person(f"V{number}", 1)
        links.append(link("subject", f"V{number}", records))
    for number, records in enumerate(second if first else []):
        people[f"C{number}"] = person(f"C{number}", 2)
        links.append(link(f"C{number}", f"V{number % len(first)}", records))

    found = bounded(people, links, as_of=AS_OF, goes_beyond=True)

    keys = {each.key for each in found.people}
    assert len(found.people) == min(len(people), len(keys)) <= MOST_PEOPLE
    assert found.left_out == len(people) - len(keys)
    assert all({each.suspect, each.victim} <= keys for each in found.links)
    kept = [records for number, records in enumerate(first) if f"V{number}" in keys]
    left = [records for number, records in enumerate(first) if f"V{number}" not in keys]
    assert not left or min(kept) >= max(left)
    assert all(
        any(each.suspect == key and each.victim in keys for each in found.links) for key in keys if key.startswith("C")
    )


def a_pair(
    staff: Staff, run: UUID, subject: UUID, victim: UUID, subject_is: str = "suspect", *, records: int = 1
) -> None:
    staff.row(
        lists.dyad, subject, run_id=run, victim_id=victim, subject_is=subject_is, relationship=None,
        incident_count=records, crime_count=0, harm=0.0, first_on=AS_OF, last_on=AS_OF, is_reciprocal=False,
    )  # fmt: skip


def told(network: Network) -> set[tuple[str, str, int]]:
    labels = {each.key: each.label for each in network.people}
    return {(labels[each.suspect], labels[each.victim], each.records) for each in network.links}


def test_both_directions_and_whoever_shares_a_counterpart_are_linked(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject, other = staff.subject("P1"), staff.subject("P2")
    run = maker.run()
    ours, theirs = staff.victim(subject, "X1", "V1"), staff.victim(other, "X1", "V7")
    a_pair(staff, run, subject, ours, records=3)
    a_pair(staff, run, subject, ours, "victim", records=2)
    a_pair(staff, run, other, theirs, records=5)
    a_pair(staff, run, other, staff.victim(other, "X9", "V8"), records=9)

    found = read_network(analyst, subject)

    assert told(found) == {
        ("force:P1", "V1 X1", 3), ("V1 X1", "force:P1", 2), ("force:P2", "V1 X1", 5),
    }  # fmt: skip
    assert {each.case for each in found.people} == {subject, other, None}
    assert set(events_of(staff, "case_read")[-1]["fields"]) == {"links_graph", "subject_identity", "victim_identity"}


def test_a_counterpart_with_a_case_brings_their_own_counterparts_but_not_the_subject_again(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject, accuser = staff.subject("P1"), staff.subject("X1")
    run = maker.run()
    a_pair(staff, run, subject, staff.victim(subject, "X1", "V1"), records=3)
    a_pair(staff, run, accuser, staff.victim(accuser, "P1", "V1"), "victim", records=3)
    a_pair(staff, run, accuser, staff.victim(accuser, "X5", "V2"), records=4)

    found = read_network(analyst, subject)

    assert told(found) == {("force:P1", "V1 X1", 3), ("V1 X1", "V2 of V1", 4)}
    assert "X5" not in repr(found), "whom another case names stays unnamed here"


def test_a_panel_member_sees_tokens_and_one_step(staff: Staff, maker: ListMaker) -> None:
    subject, other = staff.subject("P1"), staff.subject("P2")
    run = maker.run()
    a_pair(staff, run, subject, staff.victim(subject, "X1", "V1"))
    a_pair(staff, run, other, staff.victim(other, "X1", "V7"))
    for case in (subject, other):
        staff.share(case, "housing", Basis.AGENDA)

    found = read_network(staff.desk(UserRole.PANEL_MEMBER, panel="A"), subject)

    assert told(found) == {("force:P1", "V1", 1)}
    assert not found.goes_beyond
    assert "X1" not in repr(found)


def test_the_model_owner_sees_topology_without_anybody(staff: Staff, maker: ListMaker) -> None:
    subject = staff.subject("P1")
    a_pair(staff, maker.run(), subject, staff.victim(subject, "X1", "V1"))

    found = read_network(staff.desk(UserRole.MODEL_OWNER), subject)

    assert told(found) == {("The subject", "V1", 1)}
    assert "P1" not in repr(found)


def test_a_case_that_is_closed_to_who_looks_is_no_second_step(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    subject, hidden = staff.subject("P1"), staff.subject("P2", is_sensitive=True)
    run = maker.run()
    a_pair(staff, run, subject, staff.victim(subject, "X1", "V1"))
    a_pair(staff, run, hidden, staff.victim(hidden, "X1", "V1"))

    assert told(read_network(analyst, subject)) == {("force:P1", "V1 X1", 1)}


def test_links_take_the_same_number_of_queries_however_many_there_are(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject, few = staff.subject("P1"), staff.subject("P2")
    run = maker.run()
    for number in range(20):
        a_pair(staff, run, subject, staff.victim(subject, f"X{number}", f"V{number}"))
    a_pair(staff, run, few, staff.victim(few, "Y1", "V1"))

    assert queries_of(lambda: read_network(analyst, subject)) == queries_of(lambda: read_network(analyst, few))


def test_links_are_refused_where_they_are_not_open(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.share(subject, "change", Basis.REFERRAL)

    with pytest.raises(AccessRefused):
        read_network(staff.desk(UserRole.PROVIDER, panel="A"), subject)
    with pytest.raises(AccessRefused):
        read_network(staff.desk(UserRole.ANALYST, panel="A"), uuid4())
