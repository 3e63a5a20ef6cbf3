"""Synthetic extracts: a city to practise on, a force and a nation to measure speed on.

Everybody in them is invented and every record simulated. They prove that the machinery works and never how well it
would do on real people. The same profile and seed give byte-identical files.
"""

from __future__ import annotations

from pathlib import Path

from mat.outputs import whole_directory
from mat.progress import SILENT, Progress
from mat.snapshot import SYNTHETIC_MARK
from mat.synthetic.bulk import write_bulk
from mat.synthetic.calibration import Calibration, calibrate
from mat.synthetic.city import simulate_city
from mat.synthetic.profiles import PROFILES, load_profile
from mat.synthetic.targets import load_targets
from mat.synthetic.wards import write_wards
from mat.synthetic.write import SynthReport, write_csv_tables

__all__ = ["DEFAULT_SEED", "PROFILES", "Calibration", "SynthReport", "calibrate", "synthesise"]

#: The seed of the demonstration city.
DEFAULT_SEED = 20240331

_MARK = (
    "Synthetic records (profile {profile}, seed {seed}): nobody in them exists. They prove that the machinery works "
    "and never how well it would do on real people. Lists made from this folder say so while this file is in it.\n"
)


def synthesise(profile: str, seed: int, out: Path, *, progress: Progress = SILENT) -> SynthReport:
    """Write a synthetic extract of the named profile into the new directory `out`.

    The city comes as CSV with a few deliberate flaws, and with the folder `wards` beside its tables; force and national
    come as Parquet without either.

    Raises:
        BadInput: no profile has this name.
        OutputError: `out` exists already, or cannot be written.
    """
    chosen = load_profile(profile)
    with whole_directory(out) as folder:
        if chosen.file_format == "parquet":
            rows = write_bulk(chosen, seed, folder, progress=progress)
        else:
            city = simulate_city(chosen, seed, progress=progress)
            progress.step("Writing the extract")
            rows = write_csv_tables(city.tables, folder)
            write_wards([ward.name for ward in load_targets().wards], seed, folder)
        (folder / SYNTHETIC_MARK).write_text(_MARK.format(profile=profile, seed=seed), encoding="utf-8")
    return SynthReport(profile=profile, seed=seed, path=out, rows=rows)
