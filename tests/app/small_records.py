"""A few hundred invented suspects over six years, of whom those with many records mostly come again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from app.provenance import rfgv_hash
from models.detectors import Detection, Status, table
from models.promotion import Ground, Verdict

START, DAYS, PEOPLE = date(2018, 1, 1), 2_250, 400
#: As-of date of the models trained on them; the records end shortly before.
AS_OF = "2024-03-01"

Row = tuple[str, ...]


def _incidents() -> Iterator[tuple[int, date]]:
    """Person and date: person n comes about every 1,500 / (1 + n % 6) days, a few times not."""
    for person in range(PEOPLE):
        every = 1_500 // (1 + person % 6)
        first = (person * 137) % every
        for turn, day in enumerate(range(first, DAYS, every)):
            if (person + turn) % 5:
                yield person, START + timedelta(days=day)


def write_records(directory: Path) -> Path:
    incidents: list[Row] = [
        ("incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic", "ward")
    ]
    involvements: list[Row] = [("incident_id", "person_id", "role")]
    for number, (person, day) in enumerate(_incidents()):
        code = "strangulation" if number % 7 == 0 else "harassment"
        known = day + timedelta(days=number % 4)
        incidents.append((f"I{number}", str(day), str(known), code, "true", "true", "Hanley"))
        involvements += [(f"I{number}", f"P{person}", "suspect"), (f"I{number}", f"V{person}", "victim")]
    persons: list[Row] = [("person_id", "birth_date", "sex", "ethnicity", "home_ward")]
    persons += [(f"{kind}{n}", "1985-01-01", "U", "U", "Hanley") for kind in "PV" for n in range(PEOPLE)]
    directory.mkdir(parents=True)
    for name, rows in {"incidents": incidents, "involvements": involvements, "persons": persons}.items():
        with (directory / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return directory


METHOD = """
[backtest]
target = "any"
training_periods = 4
refits = 1
"""


def write_settings(path: Path, data_dir: Path) -> Path:
    path.write_text(f'data_dir = "{data_dir}"\n{METHOD}', encoding="utf-8")
    return path


def write_backtest(
    directory: Path,
    model_file: Path,
    *,
    champion: str = "scorecard",
    is_synthetic: bool = False,
    hashes: Mapping[str, str] | None = None,
    settings: Mapping[str, object] | None = None,
    status: Status = Status.PASSED,
) -> Path:
    """A finished backtest as far as a promotion reads it, made under the rules of the model's file."""
    document = json.loads(model_file.read_text(encoding="utf-8"))
    is_proven = champion != "rfgv"
    verdict = Verdict(
        champion=champion,
        candidate=champion if is_proven else "scorecard",
        baseline="rfgv",
        panel_size=20,
        fold=date(2022, 10, 1),
        gain=0.02,
        low=0.01 if is_proven else -0.01,
        high=0.03,
        reason=Ground.GAIN_PROVEN if is_proven else Ground.GAIN_NOT_PROVEN,
        sentences=("It was judged on one fold.", f"So {champion} it is."),
        people=400,
        events=100,
    )
    manifest = {
        "kind": "backtest",
        "is_synthetic": is_synthetic,
        "hashes": {**document["hashes"], **(hashes or {})},
        "settings": {
            "target": "any",
            "label_days": 365,
            "population_days": 0,
            "panel_size": 20,
            "rfgv": rfgv_hash(None),
            **(settings or {}),
        },
    }
    metrics = pl.DataFrame(
        {
            "as_of": pl.Series([None, date(2022, 10, 1), date(2022, 10, 1)], dtype=pl.Date),
            "model": verdict.candidate,
            "metric": ["captured", "captured", "gain"],
            "label": pl.Series([None, None, None], dtype=pl.Utf8),
            "capacity": "20",
            "value": [0.3, 0.4, verdict.gain],
            "low": [0.2, 0.3, verdict.low],
            "high": [0.4, 0.5, verdict.high],
        }
    )
    seen = Detection(name="jump", subject="x", status=status, value=0.0, threshold=0.1, sentence="The largest rise.")
    directory.mkdir(parents=True)
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (directory / "verdict.json").write_text(json.dumps(verdict.to_json()), encoding="utf-8")
    metrics.write_parquet(directory / "metrics.parquet")
    table([seen]).write_parquet(directory / "detectors.parquet")
    return directory
