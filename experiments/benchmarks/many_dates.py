"""Feature matrices at the first of N months: `python -m experiments.benchmarks.many_dates SNAPSHOT N`.

With N = 1 the matrix is made as `mat features` makes it; with more, the records are read once. Prints, as JSON, the
seconds from opening the snapshot to the last matrix, and a count of rows so that nothing is left undone.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path

from features.matrix import build_matrix, matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.numbered import number_snapshot
from mat.snapshot import Snapshot

#: The first of the month after the last.
_END = date(2024, 4, 1)


def main(snapshot: Path, months: int) -> None:
    """Make the matrices and print what they took."""
    scale, definitions = load_scale("statutory_max_days"), load_definitions()
    began = time.perf_counter()
    opened = Snapshot.open(snapshot)
    if months == 1:
        rows = build_matrix(opened, _END, scale, definitions).frame.height
    else:
        numbered = number_snapshot(opened)
        rows = sum(
            numbered.with_ids(matrix(read_population(known_by(numbered, as_of)), scale, definitions).frame).height
            for as_of in _months(months)
        )
    print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}))


def _months(count: int) -> list[date]:
    last = _END.year * 12 + _END.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - count + 1, last + 1)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
