"""Extracts of a few hundred suspects with plain histories, large enough for shares and spreads to mean something."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

PEOPLE = 220

Tables = Mapping[str, Iterable[tuple[object, ...]]]


def crowd_tables(people: int, *, busy: int | None = None, holds: int = 0) -> dict[str, list[tuple[object, ...]]]:
    """Suspects with one to three records each over four years; `busy`: from that one on, everybody has three more.

    The first `holds` people and their victims are recorded against each other, lately and often.
    """
    incidents: list[tuple[object, ...]] = []
    roles: list[tuple[object, ...]] = []

    def record(suspect: str, victim: str, day: date) -> None:
        number = f"I{len(incidents):05}"
        incidents.append((number, f"{day}T10:00", f"{day}T12:00", "harassment", "true", "true"))
        roles.extend([(number, suspect, "suspect"), (number, victim, "victim")])

    for n in range(people):
        for again in range(1 + n % 3):
            record(f"S{n:04}", f"V{n:04}", date(2024, 2, 1) - timedelta(days=(7 * n + 211 * again) % 1400))
        if busy is not None and n >= busy:
            for more in range(3):
                record(f"S{n:04}", f"V{n:04}", date(2024, 2, 5) + timedelta(days=n % 20 + more))
    for n in range(holds):
        for back in range(6):
            record(f"S{n:04}", f"V{n:04}", date(2024, 2, 20) - timedelta(days=back))
        record(f"V{n:04}", f"S{n:04}", date(2024, 2, 1))
    names = [f"{kind}{n:04}" for kind in "SV" for n in range(people)]
    return {
        "persons": [("person_id", "birth_date"), *((name, "1985-01-01") for name in names)],
        "incidents": [
            ("incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic"),
            *incidents,
        ],
        "involvements": [("incident_id", "person_id", "role"), *roles],
    }


def write_crowd(tables: Tables, folder: Path) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return folder
