"""Write the default harm scale as a Parquet file, so that every engine weighs by the same numbers.

Run as a program: OUT.parquet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mat.harm import Scale, load_scale
from mat.settings import Settings


def default_scale() -> Scale:
    """The scale `mat features` takes where none is named."""
    return load_scale(Settings().harm_scale)


def write_scale(out: Path) -> None:
    """Write one row per code: `code`, `weight_units` (ten-thousandths), `is_high_risk`."""
    default_scale().table.write_parquet(out)


if __name__ == "__main__":
    write_scale(Path(sys.argv[1]))
