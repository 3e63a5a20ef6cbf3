"""A reviewer's decision lifts one hold, for one pair where there is one, until something new becomes known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.holds import circumstances
from features.matrix import matrix, read_population
from features.resolutions import first_unresolved
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.snapshot import Snapshot
from tests.reference.snapshots import AS_OF, Row, ago, incident, row, write_snapshot

Story = list[Row | list[Row]]
SCHEMA = {
    "person_id": pl.String,
    "hold": pl.String,
    "counterparty_id": pl.String,
    "outcome": pl.String,
    "resolved_at": pl.Datetime("us"),
    "review_by": pl.Datetime("us"),
}
BOTH_WAYS: Story = [incident("i", 40, "a", "b"), incident("j", 30, "b", "a")]
MOSTLY_VICTIM: Story = [incident("i", 40, "a", "b"), incident("u", 30, "c", "a"), incident("v", 29, "c", "a")]


def decision(
    hold: str,
    days_ago: int,
    *,
    counterparty: str | None = None,
    outcome: str = "list",
    review_by: datetime | None = None,
    person: str = "a",
) -> tuple[Any, ...]:
    return (person, hold, counterparty, outcome, ago(days_ago), review_by)


def hold_of(folder: Path, story: Story, decisions: list[tuple[Any, ...]], person: str = "a") -> str | None:
    population = read_population(known_by(Snapshot.open(write_snapshot(folder, story)), AS_OF))
    definitions = load_definitions()
    features = matrix(population, load_scale("count"), definitions).frame
    knows = features.select("person_id", pl.lit(value=False).alias("is_insufficient"))
    holds = circumstances(population, features, knows, definitions)
    resolved = pl.DataFrame(decisions, schema=SCHEMA, orient="row")
    found = first_unresolved(population, holds, resolved, definitions)
    assert found["person_id"].to_list() == features["person_id"].to_list()
    return found.filter(pl.col("person_id") == person)["hold"].item()


COUNTER = "counter_allegation"
VICTIM = "mostly_victim"


@pytest.mark.parametrize(
    ("what", "decisions", "hold"),
    [
        ("nobody decided", [], COUNTER),
        ("listed for this pair", [decision(COUNTER, 10, counterparty="b")], None),
        ("another pair", [decision(COUNTER, 10, counterparty="c")], COUNTER),
        ("no pair named", [decision(COUNTER, 10)], COUNTER),
        ("decided on the day", [decision(COUNTER, 0, counterparty="b")], COUNTER),
        ("kept held", [decision(COUNTER, 10, counterparty="b", outcome="keep_held")], COUNTER),
        ("not to be listed", [decision(COUNTER, 10, counterparty="b", outcome="do_not_list")], COUNTER),
        ("review overdue", [decision(COUNTER, 10, counterparty="b", review_by=ago(1))], COUNTER),
        ("review today", [decision(COUNTER, 10, counterparty="b", review_by=ago(0))], None),
        ("decided before the last record", [decision(COUNTER, 35, counterparty="b")], COUNTER),
        ("another hold", [decision(VICTIM, 10)], COUNTER),
        ("somebody else", [decision(COUNTER, 10, counterparty="a", person="b")], COUNTER),
        (
            "the latest wins: not to be listed",
            [
                decision(COUNTER, 10, counterparty="b"),
                decision(COUNTER, 5, counterparty="b", outcome="do_not_list"),
            ],
            COUNTER,
        ),
        (
            "the latest wins: listed",
            [
                decision(COUNTER, 5, counterparty="b"),
                decision(COUNTER, 10, counterparty="b", outcome="do_not_list"),
            ],
            None,
        ),
        (
            "at one moment the cautious one wins",
            [
                decision(COUNTER, 5, counterparty="b", outcome="do_not_list"),
                decision(COUNTER, 5, counterparty="b"),
            ],
            COUNTER,
        ),
    ],
)
def test_a_counter_allegation_is_resolved_for_the_pair(
    tmp_path: Path, what: str, decisions: list[tuple[Any, ...]], hold: str | None
) -> None:
    assert hold_of(tmp_path / "s", BOTH_WAYS, decisions) == hold, what


def test_every_counterparty_must_be_resolved(tmp_path: Path) -> None:
    story = [*BOTH_WAYS, incident("k", 28, "a", "c"), incident("l", 27, "c", "a")]
    one = decision(COUNTER, 10, counterparty="b")
    other = decision(COUNTER, 9, counterparty="c")

    assert hold_of(tmp_path / "one", story, [one]) == COUNTER
    assert hold_of(tmp_path / "both", story, [one, other]) is None


def test_a_record_that_became_known_since_reopens_although_it_happened_before(tmp_path: Path) -> None:
    late = incident("k", 35, "b", "a", recorded=ago(10))
    decided = [decision(COUNTER, 20, counterparty="b")]

    assert hold_of(tmp_path / "before", BOTH_WAYS, decided) is None
    assert hold_of(tmp_path / "after", [*BOTH_WAYS, late], decided) == COUNTER


def test_a_record_with_somebody_else_does_not_reopen_the_pair(tmp_path: Path) -> None:
    story = [*BOTH_WAYS, incident("k", 5, "a", "c")]

    assert hold_of(tmp_path / "s", story, [decision(COUNTER, 20, counterparty="b")]) is None


def test_a_person_level_hold_is_lifted_alone_and_the_next_applies(tmp_path: Path) -> None:
    story = [*BOTH_WAYS, incident("u", 30, "c", "a"), incident("v", 29, "c", "a")]

    assert hold_of(tmp_path / "none", story, []) == COUNTER
    assert hold_of(tmp_path / "first", story, [decision(COUNTER, 10, counterparty="b")]) == VICTIM
    both = [decision(COUNTER, 10, counterparty="b"), decision(VICTIM, 10)]
    assert hold_of(tmp_path / "both", story, both) is None


@pytest.mark.parametrize(("role", "people"), [("suspect", ("a", "z")), ("victim", ("z", "a"))])
def test_a_new_record_in_either_role_reopens_a_person_level_hold(
    tmp_path: Path, role: str, people: tuple[str, str]
) -> None:
    new = incident("n", 5, *people)

    assert hold_of(tmp_path / "old", MOSTLY_VICTIM, [decision(VICTIM, 10)]) is None
    new_counts = [*MOSTLY_VICTIM, incident("w", 28, "c", "a"), new]
    assert hold_of(tmp_path / "new", new_counts, [decision(VICTIM, 10)]) == VICTIM, role


def test_the_latest_decision_about_a_person_wins_whomever_it_names(tmp_path: Path) -> None:
    decisions = [decision(VICTIM, 10, counterparty="c"), decision(VICTIM, 5, outcome="keep_held")]

    assert hold_of(tmp_path / "s", MOSTLY_VICTIM, decisions) == VICTIM


def test_no_decision_lists_a_child_under_sixteen(tmp_path: Path) -> None:
    child = row(
        "persons",
        person_id="a",
        birth_date=ago(365 * 14).date(),
        birth_date_precision="day",
        sex="U",
        ethnicity="U",
    )
    decisions = [decision("under_16", 10), decision("under_18", 10)]

    assert hold_of(tmp_path / "s", [child, incident("i", 40, "a", "b")], decisions) == "under_16"
