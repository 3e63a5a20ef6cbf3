"""What waits for an answer of whoever answers for privacy: emergency uses to review, and requests with their clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.components.lists import Task
from app.components.text import Html, case_link, code, day, in_words, link, moment
from app.components.words import Tone, due_tag, tag
from app.screens.screen import Visit
from app.tasking.clocks import Due, load_clocks
from app.tasking.emergencies import Use, uses
from app.tasking.requests import Request, list_requests
from governance.retention import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """`late_requests`: those whose day has passed, `requests`: the others."""

    emergencies: Sequence[Task] = ()
    requests: Sequence[Task] = ()
    late_requests: Sequence[Task] = ()

    @property
    def waiting(self) -> int:
        """How many wait for an answer."""
        return len(self.emergencies) + len(self.requests) + len(self.late_requests)


def answers_of(visit: Visit) -> Answers:
    """What the person may review or answer; nothing is read for whoever may do neither."""
    waiting = uses(visit.desk) if visit.may("review_break_glass") else ()
    asked = list_requests(visit.desk) if visit.may("answer_request") else ()
    today, clocks = local_day(datetime.now(UTC)), load_clocks(visit.desk.store.settings.clocks)
    dues = [(each, clocks.due(each.due_on, today)) for each in asked]
    return Answers(
        emergencies=[_emergency(each) for each in waiting],
        requests=[_request(each, due) for each, due in dues if due is not Due.OVERDUE],
        late_requests=[_request(each, due) for each, due in dues if due is Due.OVERDUE],
    )


def _emergency(each: Use) -> Task:
    return Task(
        what=Html("{}: {}").format(case_link(each.case, each.subject_id), each.reason),
        about=Html("{}, {}, {} · {}").format(
            each.user, each.service, moment(each.used_at), link("Review", "assurance", {"part": "emergencies"})
        ),
        states=[tag("To be reviewed", Tone.WARN)],
    )


def _request(each: Request, due: Due) -> Task:
    return Task(
        what=Html("{}: {}").format(case_link(each.case, each.subject_id), in_words(each.kind)),
        about=f"about the {code(each.about.value)} · received {day(each.received_on)}, answer by {day(each.due_on)}",
        states=[due_tag(due)],
    )
