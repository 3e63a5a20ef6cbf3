"""Make the city with a seed and print published against generated; exit 1 where a quantity is out of tolerance.

Run it after any change to the simulation: `python -m experiments.calibrate_city --seed 7`. The comparison reads the
written files only, so it would notice a mistake in writing as well as one in simulating.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import polars as pl

from mat.errors import CheckFailed, MatError
from mat.synthetic import DEFAULT_SEED, Calibration, calibrate, synthesise


def report(calibration: Calibration) -> str:
    """The calibration as text, one line per published quantity, those out of tolerance marked."""
    lines = [f"{'quantity':58} {'published':>12} {'generated':>12} {'tolerance':>10}"]
    for quantity, published, generated, tolerance, holds in calibration.rows.iter_rows():
        number = "12,.4f" if published < 1 else "12,.0f"
        mark = "" if holds else "  OUT"
        lines.append(f"{quantity:58} {published:{number}} {generated:{number}} {tolerance:10,.3g}{mark}")
    return "\n".join(lines)


def calibrate_seed(seed: int) -> Calibration:
    """Make the city of one seed in a temporary directory and compare it with what is published."""
    with tempfile.TemporaryDirectory() as folder:
        return calibrate(synthesise("city", seed, Path(folder) / "city").path)


def main() -> int:
    """Print the report; 0 where everything is within tolerance, 1 where not, 2 for bad input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="seed of the city (default: the demonstration)")
    seed = parser.parse_args().seed
    try:
        calibration = calibrate_seed(seed)
        print(f"Synthetic city, seed {seed}: it proves machinery, never accuracy.\n")
        print(report(calibration))
        out = calibration.rows.filter(~pl.col("holds"))["quantity"].to_list()
        if out:
            raise CheckFailed(f"{len(out)} of {calibration.rows.height} quantities are out of tolerance: {out[0]}...")
    except MatError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"\nAll {calibration.rows.height} quantities are within tolerance.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
