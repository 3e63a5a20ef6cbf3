"""People for the board of a long list: `python -m experiments.benchmarks.board_cast MAT.TOML`.

The month of the demonstration is played on a city's list alone. Here its people come to work, each in their role, and
the police judge the first page of candidates, so that places, reasons and movements are drawn as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.commands.acting import acting_desk
from app.tasking.demonstration.cast import gathered
from app.tasking.nominating.candidates import list_candidates
from app.tasking.nominating.judgements import judge
from mat.settings import load_settings
from mat.store.panel_vocabulary import Concern

#: As many as a page of Candidates shows.
_JUDGED = 20


def main(config: Path) -> None:
    """Bring everybody to work in the store that a `mat.toml` names."""
    with acting_desk(load_settings(config, {})) as founder, gathered(founder) as cast:
        for each in list_candidates(cast.coordinator, cast.panel_id, size=_JUDGED).candidates:
            judge(cast.coordinator, each.subject_id, Concern.SOME, "Judged so that the board has a place to show.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
