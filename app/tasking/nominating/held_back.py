"""Nobody comes before a panel while the current list holds them: first somebody reads both sides and decides `list`.

There is no way around it by a reason: whoever has one decides the hold with it, and that decision stays with the case.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from app.tasking.ages import age_on
from app.tasking.nominating.resolved import open_holds
from app.wording import HOLD_WORDS
from governance.retention import local_day
from mat.definitions import load_definitions
from mat.errors import StoreError
from mat.store.tables.cases import subject_identity
from mat.vocabulary import Hold

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

TOO_YOUNG = (
    "Nobody under 16 is proposed or adopted, and no decision lifts it: refer them to children's social care, and "
    "exclude them or take the nomination back."
)


def refuse_while_held(desk: Desk, work: Work, case: UUID, run: ImportedRun) -> None:
    """Let pass a case that the list does not hold, or of which every hold was resolved to `list`.

    Raises:
        StoreError: a hold is open, or the person is of an age that no decision lifts.
    """
    held = open_holds(desk, work, run, [case]).get(case, ())
    if Hold.UNDER_16 in held or _is_too_young(desk, work, case):
        raise StoreError(TOO_YOUNG)
    if held:
        why = "; ".join(HOLD_WORDS[each] for each in held)
        raise StoreError(
            f"The current list holds this person ({why}): nobody proposes or adopts them before somebody has read both "
            "sides and decided the hold `list`, for each pair where it goes by pair: see `mat cases holds`."
        )


def _is_too_young(desk: Desk, work: Work, case: UUID) -> bool:
    """Whether the birth date of a case is of an age whose hold nothing lifts, on this day, on a list or not."""
    rules = load_definitions(desk.store.settings.definitions).holds
    ages = [rule.age_under for rule in rules if rule.age_under is not None and not rule.can_be_lifted]
    asked = select(subject_identity.c.birth_date, subject_identity.c.birth_date_precision)
    row = work.connection.execute(asked.where(subject_identity.c.subject_id == case)).first()
    if not ages or row is None or row.birth_date is None:
        return False
    today = local_day(datetime.now(UTC))
    if row.birth_date_precision == "year":
        return bool(today.year - row.birth_date.year <= max(ages))
    return age_on(row.birth_date, today) < max(ages)
