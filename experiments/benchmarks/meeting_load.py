"""The load of a meeting: `python -m experiments.benchmarks.meeting_load MAT.TOML MEETING MINUTES PEOPLE` as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from experiments.benchmarks.board_served import board_of
from experiments.benchmarks.meeting_crowd import MeetingCrowd, people


def main(arguments: Sequence[str]) -> None:
    """Measure, and print what was found."""
    config, meeting, minutes, sessions = arguments
    with board_of(Path(config)) as served:
        crowd = MeetingCrowd(served, UUID(meeting))
        load = asyncio.run(crowd.work(people(int(sessions)), float(minutes) * 60))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main(sys.argv[1:])
