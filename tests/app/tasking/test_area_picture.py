"""The figures of an area as people at work read them: of their panel, of its current list, with few hidden."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.tasking.area_picture import read_area
from mat.errors import AccessRefused
from mat.store.tables import lists
from mat.store.tables.panel_referrals import referral
from mat.store.vocabulary import UserRole
from tests.panel_lists import AS_OF, ListMaker, events_of
from tests.referred import Referred
from tests.staff import Staff
from tests.statements import queries_of


@pytest.fixture
def maker(staff: Staff) -> ListMaker:
    return ListMaker(staff=staff)


def with_figures(maker: ListMaker, n: int, *, panel: str = "A", days: int = 0, more: int = 0) -> None:
    run = maker.run(panel=panel, as_of=AS_OF - timedelta(days=days))
    for number in range(more + 1):
        figure = {"measure": "da_crimes", "group": "ward", "value": f"W{number}", "n": n, "is_suppressed": False}
        maker.staff.row(lists.area_figure, run_id=run, panel_id=maker.staff.panels[panel], figure=figure)


def test_the_figures_are_those_of_the_current_list_of_the_panel_asked_for(staff: Staff, maker: ListMaker) -> None:
    with_figures(maker, 10, days=30)
    with_figures(maker, 20)
    with_figures(maker, 30, panel="B")
    auditor, analyst = staff.desk(UserRole.AUDITOR), staff.desk(UserRole.ANALYST, panel="A")

    own, both = read_area(analyst, staff.panels["B"]), read_area(auditor, staff.panels["B"])

    assert own.run is not None
    assert [run.panel for run in own.lists] == ["A"]
    assert (own.run.as_of, own.figures["n"].to_list(), own.waits) == (AS_OF, [20], None)
    assert [run.panel for run in both.lists] == ["A", "B"]
    assert both.figures["n"].to_list() == [30]
    assert [(event["fields"], event["details"]) for event in events_of(staff, "page_read")] == [
        (["area", "run"], {"page": "area"})
    ] * 2


def test_an_area_without_a_list_has_no_figures(staff: Staff) -> None:
    found = read_area(staff.desk(UserRole.CHAIR, panel="A"))

    assert (found.run, found.figures.height) == (None, 0)
    assert {(wait.waiting, wait.started, wait.waited_days) for wait in found.waits or []} == {(0, 0, None)}


def test_a_provider_reads_no_figures(staff: Staff) -> None:
    with pytest.raises(AccessRefused):
        read_area(staff.desk(UserRole.PROVIDER))


def test_the_queries_do_not_grow_with_the_area(staff: Staff, maker: ListMaker) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    read_area(coordinator)
    few = queries_of(lambda: read_area(coordinator))
    with_figures(maker, 10, more=40)
    with_figures(maker, 10, panel="B", more=3)

    assert queries_of(lambda: read_area(coordinator)) == few


def test_waits_are_those_of_the_stores_referrals_with_few_hidden(staff: Staff) -> None:
    at = Referred(staff=staff)
    started = [at.started() for _ in range(6)]
    waiting = [at.accepted() for _ in range(3)]
    with staff.superuser.begin() as connection:
        for days, ids in ((20, started), (4, waiting)):
            earlier = referral.c.received_at - timedelta(days=days)
            connection.execute(update(referral).where(referral.c.referral_id.in_(ids)).values(received_at=earlier))

    waits = read_area(at.coordinator).waits

    assert waits is not None
    (tier,) = [wait for wait in waits if wait.tier == "tier_3"]
    assert (tier.service, tier.caseload, tier.started, tier.waiting) == ("change", 6, 6, None)
    assert tier.waited_days == pytest.approx(20, abs=0.1)
    assert (tier.so_far_days, tier.usual_days) == (None, 70)
    (other,) = [wait for wait in waits if wait.tier == "tier_2"]
    assert (other.caseload, other.waiting, other.waited_days) == (0, 0, None)


def test_how_many_have_ended_is_not_to_be_worked_out_from_those_who_started(staff: Staff) -> None:
    at = Referred(staff=staff)
    for _ in range(5):
        at.started()
    at.closed()

    waits = read_area(at.coordinator).waits

    assert waits is not None
    (tier,) = [wait for wait in waits if wait.tier == "tier_3"]
    assert (tier.caseload, tier.started, tier.waiting).count(None) == 1, "6 started and 5 of them there leave 1"
