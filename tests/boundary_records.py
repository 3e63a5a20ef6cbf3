"""A handful of invented people whose records lie exactly on the edges of the year after one as-of date, or just off.

Every date is said in days from `AS_OF`, so that what a test expects can be counted on fingers.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from mat.harm import Scale, load_scale
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot

AS_OF = date(2022, 3, 1)
#: The label year is 365 days long: it ends with the day before `AS_OF` + 365.
YEAR = 365
#: How far back a record may lie for its suspect to be judged, where a test limits that.
POPULATION_DAYS = 100
#: Harm points of every crime.
POINTS = 7.0

_MIDNIGHT, _LAST_SECOND = time(0), time(23, 59, 59)

#: Suspect, day from `AS_OF`, time of day. Everybody has a record before `AS_OF`.
_CRIMES = (
    ("FIRST_DAY", -30, _MIDNIGHT),
    ("FIRST_DAY", 0, _MIDNIGHT),
    ("LAST_DAY", -30, _MIDNIGHT),
    ("LAST_DAY", YEAR - 1, _LAST_SECOND),
    ("DAY_AFTER", -30, _MIDNIGHT),
    ("DAY_AFTER", YEAR, _MIDNIGHT),
    ("DAY_BEFORE", -1, _LAST_SECOND),
    ("FORMER", -30, _MIDNIGHT),
    ("CURRENT", 40, _MIDNIGHT),
    ("DEAD", -30, _MIDNIGHT),
    ("DIED_LATER", -30, _MIDNIGHT),
    ("AT_THE_LIMIT", -POPULATION_DAYS, _MIDNIGHT),
    ("OVER_THE_LIMIT", -POPULATION_DAYS - 1, _LAST_SECOND),
)
_DEATHS = (("DEAD", -5), ("DIED_LATER", 5))
#: FORMER becomes CURRENT after `AS_OF`, and CURRENT is restricted after that.
_MERGED, _RESTRICTED = 10, 20


def write_boundaries(folder: Path) -> tuple[Snapshot, Scale]:
    """The snapshot of the records, read from CSV files, and the scale that weighs them."""
    extract = folder / "extract"
    extract.mkdir()
    crimes = [(f"I{number}", who, _moment(day, at)) for number, (who, day, at) in enumerate(_CRIMES)]
    _write(extract, "persons", "person_id", [(who,) for who in dict.fromkeys(who for who, _, _ in _CRIMES)])
    _write(
        extract,
        "incidents",
        "incident_id,occurred_at,recorded_at,offence_code,is_crime,is_domestic",
        [(number, at, at, "hit", "true", "true") for number, _, at in crimes],
    )
    _write(
        extract, "involvements", "incident_id,person_id,role", [(number, who, "suspect") for number, who, _ in crimes]
    )
    _write(extract, "standing", "person_id,kind,from_at", [(who, "deceased", _moment(day)) for who, day in _DEATHS])
    _write(extract, "person_merges", "old_id,new_id,merged_at", [("FORMER", "CURRENT", _moment(_MERGED))])
    _write(extract, "restrictions", "person_id,from_at,reason", [("CURRENT", _moment(_RESTRICTED), "asked for")])
    ingest_extract(extract, folder / "snapshot", max_quarantine=0.0)
    (folder / "scale.csv").write_text(f"code,weight,label,source\nhit,{POINTS},A blow,test\n", encoding="utf-8")
    return Snapshot.open(folder / "snapshot"), load_scale(str(folder / "scale.csv"))


def _moment(day: int, at: time = _MIDNIGHT) -> str:
    return datetime.combine(AS_OF + timedelta(days=day), at).isoformat()


def _write(folder: Path, table: str, header: str, rows: Sequence[tuple[str, ...]]) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header.split(","), *rows])
