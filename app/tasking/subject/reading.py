"""Reading the page of one person in one transaction with its entry in the log: what may be seen is decided before.

Place, reasons and score are not even fetched while the service of who looks could judge the case and has not.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.case_access import CASE, NOT_OPEN, looker_of
from app.tasking.desk import Seen
from app.tasking.subject.pages import EVERYTHING, Reading, pages_in
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.subject.page import SubjectPage


def read_subject(
    desk: Desk, case: UUID, *, on: date | None = None, groups: Collection[str] = EVERYTHING
) -> SubjectPage:
    """The page of one person, as far as it is open; the reading is logged.

    `on`: as the panel saw it at the end of that day, None = now. `groups`: what is wanted of it; each reading of scores
    and marks is an event of its own. The number of queries does not depend on how much is recorded.

    Raises:
        AccessRefused: there is no such case, or none that is open to the person; which of the two is not said.
        BadInput: the day is still to come.
    """
    now = datetime.now(UTC)
    if on is not None and on > local_day(now):
        raise BadInput(f"{on} is still to come: name today or a day before it.")

    def read(work: Work) -> Seen[SubjectPage]:
        looker = looker_of(work, desk.policy, [case])
        if CASE not in looker.groups(case):
            raise AccessRefused(NOT_OPEN)
        reading = Reading(desk=desk, work=work, looker=looker, wanted=frozenset(groups), now=now, on=on)
        page = pages_in(reading, [case]).get(case)
        if page is None:
            raise AccessRefused(NOT_OPEN)
        return Seen(answer=page, subjects=[case], groups=sorted(page.groups))

    return desk.consult("subject" if on is None else f"subject on {on.isoformat()}", read)
