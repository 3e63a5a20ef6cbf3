"""A meeting to watch, on the store of the demonstration: `python -m experiments.benchmarks.meeting_stage MAT.TOML`.

The month ends with a meeting called and not yet held. Here its agenda is released, it is opened, every agency signs the
register, and the first case is put on the table. Prints the id of the meeting; where it is open already, no more.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from app.tasking.demonstration.cast import let_in
from app.tasking.desk import Desk
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import discuss, open_meeting, sign_register
from app.tasking.meetings.planning import list_meetings, release_meeting
from app.tasking.signing_in import end_own_session
from experiments.benchmarks.records import CannotMeasureError
from mat.settings import load_settings
from mat.store.engine import Store
from mat.store.panel_vocabulary import ItemState, MeetingState
from mat.store.vocabulary import Channel

_SECONDS = 600
#: Who signs, one for each agency that is invited.
SIGNING = ("Kim Coordinator", "Hanna Housing", "Sam Socialwork", "Pat Probation", "Ivy Idva")


def main(config: Path) -> None:
    """Open the meeting, and print its id."""
    store = Store.open(load_settings(config, {}))
    try:
        print(opened(store))
    finally:
        store.close()


def opened(store: Store) -> UUID:
    """The open meeting of a demonstration store; the next one that was called is opened where none is.

    Raises:
        CannotMeasureError: there is neither.
    """
    with ExitStack() as stack:

        def desk_of(name: str) -> Desk:
            desk = let_in(store, name, channel=Channel.CLI, seconds=_SECONDS)
            stack.callback(end_own_session, store, desk.scope)
            return desk

        kim = desk_of(SIGNING[0])
        found = {each.state: each.meeting_id for each in list_meetings(kim)}
        if MeetingState.OPEN in found:
            return found[MeetingState.OPEN]
        if MeetingState.PLANNED not in found:
            raise CannotMeasureError("no meeting of this store is open, and none is planned")
        meeting = found[MeetingState.PLANNED]
        release_meeting(kim, meeting)
        open_meeting(kim, meeting)
        for desk in (kim, *(desk_of(each) for each in SIGNING[1:])):
            sign_register(desk, meeting)
        discuss(kim, next(each.item_id for each in read_agenda(kim, meeting).items if each.state is ItemState.WAITING))
        return meeting


if __name__ == "__main__":
    main(Path(sys.argv[1]))
