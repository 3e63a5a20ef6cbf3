"""Rows that stories are told in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.reference.snapshots import Row, ago, row

Story = Iterable[Row | list[Row]]
Cells = dict[str, dict[str, Any]]

SECOND = timedelta(seconds=1)


def pair(name: str, suspect: str, victim: str) -> Row:
    return row("pairs", incident_id=name, suspect_id=suspect, victim_id=victim)


def tie(one: str, other: str, known_at: datetime) -> Row:
    return row("ties", person_id_a=one, person_id_b=other, kind="family", known_at=known_at)


def merge(old: str, new: str, merged_at: datetime, undone_at: datetime | None = None) -> Row:
    return row("person_merges", old_id=old, new_id=new, merged_at=merged_at, undone_at=undone_at)


def restriction(person: str, from_at: datetime, to_at: datetime | None = None) -> Row:
    return row("restrictions", person_id=person, from_at=from_at, to_at=to_at, reason="r")


def stay(person: str, from_at: datetime, to_at: datetime | None = None) -> Row:
    return row("custody", person_id=person, from_at=from_at, to_at=to_at)


def order(name: str, person: str, recorded_at: datetime) -> Row:
    return row("orders", order_id=name, person_id=person, kind="bail", issued_at=recorded_at, recorded_at=recorded_at)


def breach(name: str, occurred_at: datetime, recorded_at: datetime | None = None) -> Row:
    return row("order_breaches", order_id=name, occurred_at=occurred_at, recorded_at=recorded_at or occurred_at)


def eliminated(name: str, person: str, status_at: datetime | None, *, role: str = "suspect") -> Row:
    return row(
        "involvements",
        incident_id=name,
        person_id=person,
        role=role,
        recorded_at=ago(50),
        status="eliminated",
        status_at=status_at,
    )
