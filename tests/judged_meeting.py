"""A meeting of panel A among the situations of access: every case of it, judged by some services and not by others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from mat.store.tables import lists, panel_meetings, panel_nominating
from tests.access_situations import Situations


def judged_meeting(standing: Situations, services: Collection[str]) -> UUID:
    """The meeting that every case of panel A is on, the police and `services` invited.

    The police judged all cases, the others every second one.
    """
    staff, found = standing.staff, standing.filled.of_meeting["A"]
    for service in (*services, "police"):
        staff.row(panel_meetings.seat, meeting_id=found, panel_id=staff.panels["A"], service_id=staff.services[service])
    run = standing.filled.of_run["A"]
    cycle = next(row["as_of"] for row in staff.all_of(lists.list_run) if row["run_id"] == run)
    of_a = [case for name, case in standing.cases.items() if name != "of panel B"]
    for place, case in enumerate(of_a):
        for service in ("police", *(services if place % 2 else ())):
            staff.row(
                panel_nominating.blind_judgement, case, service_id=staff.services[service], cycle=cycle,
                concern="some", reason="r", judged_by=staff.founder_id, judged_at=datetime.now(UTC),
                rank_was_known=False,
            )  # fmt: skip
    return found
