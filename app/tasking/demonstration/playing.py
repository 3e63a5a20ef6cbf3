"""A month of a panel's work, scene by scene: every rule of it runs once, and every page has something true to show.

What is said in it is made up, about people who do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.tasking.demonstration import acting, keeping, meeting, nominating, orders, provider, writing
from app.tasking.demonstration.cast import PARTS, gathered
from app.tasking.demonstration.month import Month
from mat.progress import SILENT, Progress

if TYPE_CHECKING:
    from app.tasking.desk import Desk

#: The scenes in their order, each under its title.
SCENES: Sequence[tuple[str, Callable[[Month], None]]] = (
    ("The list is opened", nominating.choose),
    ("Judged before the rank is shown", nominating.judge_blind),
    ("Partners put people forward", nominating.put_people_forward),
    ("Holds are worked", nominating.work_holds),
    ("A first, short meeting", meeting.first_meeting),
    ("Victims are supported", writing.support_victims),
    ("The first actions", acting.first_actions),
    ("A programme begins", provider.open_places),
    ("An order, and a breach", orders.order_and_breach),
    ("More people are proposed", nominating.propose_more),
    ("What is written of a case", writing.write_profiles),
    ("The second meeting is prepared", meeting.prepare),
    ("The second meeting is held", meeting.hold_meeting),
    ("Actions are agreed", acting.agree_actions),
    ("The safety gate", acting.pass_the_gate),
    ("Actions are brought on", acting.bring_on),
    ("Orders and their clocks", orders.keep_clocks),
    ("Other processes", orders.link_processes),
    ("Referrals to behaviour change", provider.refer_more),
    ("The provider's figures", provider.add_up),
    ("Disclosures", keeping.disclose_and_recall),
    ("Who has been told", writing.tell_subjects),
    ("Emergencies", keeping.break_the_glass),
    ("What people ask of their data", keeping.answer_people),
    ("The next meeting", meeting.call_next),
    ("Those who watch", keeping.look_in),
)


def play(founder: Desk, *, listener: Progress = SILENT) -> Month:
    """Play the month on the list of a demonstration store, once; what happened, by scene.

    Each command is a transaction of its own: what was played before somebody interrupts it stays, and it is not played
    there again.

    Raises:
        AccessRefused: the store is not one for demonstrations, or whoever asks may not add people.
        StoreError: it was played here before, others work here, or the list is too short for it.
    """
    listener.step("Everybody comes to work")
    with gathered(founder) as cast:
        month = Month(cast=cast)
        month.tell(f"{len(PARTS)} people begin work, in roles that one person proposed and another confirmed.")
        month.end_scene("Everybody comes to work")
        for title, scene in SCENES:
            listener.step(title)
            scene(month)
            month.end_scene(title)
    return month
