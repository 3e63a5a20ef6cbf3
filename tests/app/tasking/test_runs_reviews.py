"""Decisions about holds in the store, and their way into the next list through the files that `--reviews` reads."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from sqlalchemy import text

from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.reviews_out import export_reviews
from app.tasking.runs.importing import import_run
from app.tasking.runs.reading import read_run
from mat.errors import AccessRefused, BadInput, OutputError
from mat.reviews import load_reviews
from mat.store.tables import audit, cases, privacy
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.staff import NAMESPACE, Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow

MakeRun = Callable[..., Path]
WriteStory = Callable[..., Path]


@pytest.fixture
def analyst(staff: Staff, story_run: Path) -> Desk:
    desk = staff.desk(UserRole.ANALYST, panel="A")
    import_run(desk, read_run(story_run, date(2024, 6, 1)))
    return desk


def case_of(staff: Staff, person_id: str) -> UUID:
    return next(row["subject_id"] for row in staff.all_of(cases.subject_alias) if row["person_id"] == person_id)


def victim_of(staff: Staff, person_id: str, counterpart: str) -> UUID:
    subject = case_of(staff, person_id)
    return next(
        row["victim_id"]
        for row in staff.all_of(cases.victim_identity)
        if row["subject_id"] == subject and row["person_id"] == counterpart
    )


def decision(hold: Hold, outcome: ResolutionOutcome = ResolutionOutcome.LIST, **given: Any) -> Resolution:
    return Resolution(hold=hold, outcome=outcome, **{"reason": "both sides read", **given})


def decide_at(staff: Staff, moment: datetime) -> None:
    """As if everything had been decided then."""
    with staff.tampering() as connection:
        connection.execute(text("UPDATE hold_resolution SET resolved_at = :at"), {"at": moment})
        connection.execute(text("UPDATE subject_alias SET valid_from = :at"), {"at": moment - timedelta(days=1)})


def test_a_decision_about_a_pair_is_kept_and_logged(staff: Staff, analyst: Desk) -> None:
    victim = victim_of(staff, "AGAINST", "COUNTER")

    made = resolve_hold(
        analyst,
        case_of(staff, "AGAINST"),
        decision(Hold.COUNTER_ALLEGATION, victim_id=victim, review_by=date(2099, 1, 1)),
    )

    (row,) = staff.all_of(cases.hold_resolution)
    assert (row["resolution_id"], row["hold"], row["outcome"]) == (made, "counter_allegation", "list")
    assert (row["victim_id"], row["review_by"], row["reason"]) == (victim, date(2099, 1, 1), "both sides read")
    (event,) = [
        body
        for body in (json.loads(row["body"]) for row in staff.all_of(audit.audit_event))
        if body["event"] == "hold_resolved"
    ]
    assert event["operation"] == "decision"
    assert "both sides" not in json.dumps(event)


UNFIT: dict[str, tuple[str, Callable[[Staff], Resolution], str]] = {
    "nothing lifts it": ("CHILD", lambda _: decision(Hold.UNDER_16), "Nothing lifts"),
    "no counterpart": ("AGAINST", lambda _: decision(Hold.COUNTER_ALLEGATION), "for each counterpart"),
    "a counterpart too many": (
        "AGAINST",
        lambda staff: decision(Hold.MOSTLY_VICTIM, victim_id=victim_of(staff, "AGAINST", "COUNTER")),
        "leave the counterpart out",
    ),
    "another's counterpart": (
        "AGAINST",
        lambda staff: decision(Hold.COUNTER_ALLEGATION, victim_id=victim_of(staff, "COUNTER", "AGAINST")),
        "against each other",
    ),
    "not held so": (
        "LEAD",
        lambda staff: decision(Hold.COUNTER_ALLEGATION, victim_id=victim_of(staff, "LEAD", "V1")),
        "does not hold this case",
    ),
    "a review in the past": (
        "AGAINST",
        lambda staff: decision(
            Hold.COUNTER_ALLEGATION,
            victim_id=victim_of(staff, "AGAINST", "COUNTER"),
            review_by=date(2020, 1, 1),
        ),
        "has passed",
    ),
    "no reason": (
        "AGAINST",
        lambda staff: decision(Hold.COUNTER_ALLEGATION, victim_id=victim_of(staff, "AGAINST", "COUNTER"), reason="  "),
        "reason of a decision is empty",
    ),
}


def test_a_decision_that_does_not_fit_the_case_is_refused(staff: Staff, analyst: Desk) -> None:
    for person, resolution, expected in UNFIT.values():
        with pytest.raises(BadInput, match=expected):
            resolve_hold(analyst, case_of(staff, person), resolution(staff))

    assert staff.count(cases.hold_resolution) == 0


def test_under_16_may_still_be_kept_held(staff: Staff, analyst: Desk) -> None:
    resolve_hold(analyst, case_of(staff, "CHILD"), decision(Hold.UNDER_16, ResolutionOutcome.DO_NOT_LIST))

    assert staff.count(cases.hold_resolution) == 1


def test_a_sensitive_case_is_the_named_reviewers_to_decide(staff: Staff, analyst: Desk) -> None:
    secret = case_of(staff, "SECRET")

    with pytest.raises(AccessRefused, match="No case under that id is open to you"):
        resolve_hold(analyst, secret, decision(Hold.SENSITIVE))

    resolve_hold(staff.desk(UserRole.NAMED_REVIEWER, panel="A"), secret, decision(Hold.SENSITIVE))
    assert staff.count(cases.hold_resolution) == 1


def test_nobody_else_decides_about_holds(staff: Staff, analyst: Desk) -> None:
    del analyst
    for role in set(UserRole) - {UserRole.ANALYST, UserRole.COORDINATOR, UserRole.NAMED_REVIEWER}:
        with pytest.raises(AccessRefused, match="You may not resolve hold"):
            resolve_hold(staff.desk(role), case_of(staff, "CHILD"), decision(Hold.UNDER_18))


def test_what_is_exported_is_what_reviews_reads(staff: Staff, analyst: Desk, tmp_path: Path) -> None:
    resolve_hold(
        analyst,
        case_of(staff, "AGAINST"),
        decision(
            Hold.COUNTER_ALLEGATION,
            victim_id=victim_of(staff, "AGAINST", "COUNTER"),
            review_by=date(2099, 1, 1),
            reason='=cmd|"calc"!A1, "two"\nlines <b>',
        ),
    )
    resolve_hold(analyst, case_of(staff, "CHILD"), decision(Hold.UNDER_18, ResolutionOutcome.KEEP_HELD))
    decide_at(staff, datetime(2024, 7, 1, 9, 30, 15, 250_000, tzinfo=UTC))
    restricted = case_of(staff, "LEAD")
    at = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    staff.row(privacy.restriction, restricted, from_at=at, reason="the DPO's own words", made_by=staff.founder_id)

    exported = export_reviews(analyst, tmp_path / "reviews")

    reviews = load_reviews(tmp_path / "reviews")
    assert (exported.resolved, exported.restrictions) == (2, 1)
    assert reviews.resolved.sort("person_id").to_dicts() == [
        {
            "person_id": "AGAINST",
            "hold": "counter_allegation",
            "counterparty_id": "COUNTER",
            "outcome": "list",
            "resolved_at": datetime(2024, 7, 1, 10, 30, 15, 250_000),
            "review_by": datetime(2099, 1, 1),
            "resolved_by": "analyst person",
            "reason": '=cmd|"calc"!A1, "two"\nlines <b>',
        },
        {
            "person_id": "CHILD",
            "hold": "under_18",
            "counterparty_id": None,
            "outcome": "keep_held",
            "resolved_at": datetime(2024, 7, 1, 10, 30, 15, 250_000),
            "review_by": None,
            "resolved_by": "analyst person",
            "reason": "both sides read",
        },
    ]
    assert reviews.restrictions.to_dicts() == [
        {
            "person_id": "LEAD",
            "from_at": datetime(2024, 1, 2, 3, 4, 5),
            "to_at": None,
            "reason": "restricted in the case store",
        }
    ]


def test_nothing_decided_is_two_files_with_a_header(analyst: Desk, tmp_path: Path) -> None:
    export_reviews(analyst, tmp_path / "reviews")

    reviews = load_reviews(tmp_path / "reviews")
    assert (reviews.resolved.height, reviews.restrictions.height) == (0, 0)


def test_the_next_run_lists_and_leaves_out_as_decided(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory, tmp_path: Path
) -> None:
    resolve_hold(
        analyst,
        case_of(staff, "AGAINST"),
        decision(Hold.COUNTER_ALLEGATION, victim_id=victim_of(staff, "AGAINST", "COUNTER")),
    )
    reviewer = staff.desk(UserRole.NAMED_REVIEWER, panel="A")
    resolve_hold(reviewer, case_of(staff, "SECRET"), decision(Hold.SENSITIVE, reason="known to me"))
    decide_at(staff, datetime(2024, 4, 1, 12, tzinfo=UTC))
    at = datetime(2024, 4, 1, 12, tzinfo=UTC)
    staff.row(privacy.restriction, case_of(staff, "LEAD"), from_at=at, reason="x", made_by=staff.founder_id)

    export_reviews(analyst, tmp_path / "reviews")
    run = make_run(write_story(), "--reviews", str(tmp_path / "reviews"), as_of="2024-04-05")

    ranked = {row["person_id"]: row for row in pl.read_parquet(run / "ranked.parquet").to_dicts()}
    assert "LEAD" not in ranked
    assert (ranked["AGAINST"]["hold"], ranked["COUNTER"]["hold"]) == (None, "counter_allegation")
    assert ranked["SECRET"]["hold"] is None
    assert "known to me" not in (tmp_path / "reviews" / "resolved.csv").read_text()


def test_a_restriction_goes_out_under_every_id_and_a_decision_under_those_it_was_made_for(
    staff: Staff, analyst: Desk, tmp_path: Path
) -> None:
    subject = case_of(staff, "CHILD")
    resolve_hold(analyst, subject, decision(Hold.UNDER_18, ResolutionOutcome.KEEP_HELD))
    later = datetime.now(UTC) + timedelta(seconds=5)
    staff.row(cases.subject_alias, subject, namespace=NAMESPACE, person_id="CHILD-NEW", valid_from=later)
    ended = {"person_id": "CHILD-GONE", "valid_from": later, "valid_to": later}
    staff.row(cases.subject_alias, subject, namespace=NAMESPACE, **ended)
    staff.row(cases.subject_alias, subject, namespace="other force", person_id="OTHER", valid_from=later)
    now = datetime.now(UTC)
    staff.row(privacy.restriction, subject, from_at=now, reason="x", made_by=staff.founder_id)
    lifted = {"from_at": now - timedelta(days=2), "to_at": now - timedelta(days=1)}
    staff.row(privacy.restriction, case_of(staff, "LEAD"), reason="x", made_by=staff.founder_id, **lifted)

    export_reviews(analyst, tmp_path / "reviews")

    reviews = load_reviews(tmp_path / "reviews")
    assert reviews.resolved["person_id"].to_list() == ["CHILD"]
    assert reviews.restrictions["person_id"].to_list() == ["CHILD", "CHILD-NEW"]


def test_an_export_is_a_disclosure_to_whoever_makes_it_and_is_registered(
    staff: Staff, analyst: Desk, tmp_path: Path
) -> None:
    out = tmp_path / "reviews"
    resolve_hold(analyst, case_of(staff, "CHILD"), decision(Hold.UNDER_18, ResolutionOutcome.KEEP_HELD))

    export_reviews(analyst, out, reason="for the list of May")

    bodies = [json.loads(row["body"]) for row in staff.all_of(audit.audit_event)]
    (event,) = [body for body in bodies if body["event"] == "reviews_exported"]
    assert (event["operation"], event["recipients"]) == ("disclosure", [str(analyst.scope.user_id)])
    assert len(event["people"]) == 1
    assert "for the list of May" in {row["content"] for row in staff.all_of(audit.audit_payload)}
    (entry,) = [row for row in staff.all_of(privacy.file_register) if row["kind"] == "reviews"]
    assert entry["path"] == str(out)
    assert [path.stat().st_mode & 0o077 for path in (out, *out.iterdir())] == [0, 0, 0]


@pytest.mark.parametrize("what", ["a directory", "a file", "a link", "a dangling link"])
def test_an_export_never_takes_the_place_of_anything(analyst: Desk, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    target = tmp_path / "target"
    target.mkdir()
    make: Mapping[str, Callable[[], object]] = {
        "a directory": out.mkdir,
        "a file": out.touch,
        "a link": partial(out.symlink_to, target),
        "a dangling link": partial(out.symlink_to, tmp_path / "nowhere"),
    }
    make[what]()

    with pytest.raises(OutputError, match="never overwritten"):
        export_reviews(analyst, out)

    assert list(target.iterdir()) == []


def test_no_log_entry_no_export(staff: Staff, analyst: Desk, tmp_path: Path) -> None:
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    with pytest.raises(Exception, match="permission denied"):
        export_reviews(analyst, tmp_path / "reviews")

    assert list(tmp_path.glob("*reviews*")) == []


def test_nobody_but_makers_of_lists_exports(staff: Staff, tmp_path: Path) -> None:
    for role in set(UserRole) - {UserRole.ANALYST, UserRole.COORDINATOR}:
        with pytest.raises(AccessRefused, match="You may not export reviews"):
            export_reviews(staff.desk(role), tmp_path / "reviews")

    assert not (tmp_path / "reviews").exists()


def test_decisions_of_another_panel_stay_there(staff: Staff, analyst: Desk, tmp_path: Path) -> None:
    resolve_hold(analyst, case_of(staff, "CHILD"), decision(Hold.UNDER_18, ResolutionOutcome.KEEP_HELD))

    export_reviews(staff.desk(UserRole.ANALYST, panel="B"), tmp_path / "reviews")

    with (tmp_path / "reviews" / "resolved.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 1
