"""A demonstration store for a month through the pages: a small list with names, and a cast with nothing done yet."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, select

from app.cli import execute
from app.tasking.demonstration.cast import gathered
from app.tasking.desk import Desk
from app.tasking.founding import Founding, found
from app.tasking.runs.identities import read_identities
from app.tasking.runs.importing import import_run
from app.tasking.runs.reading import read_run
from app.tasking.signing_in import sign_in
from governance.signing import make_keys
from mat.snapshot import SYNTHETIC_MARK
from mat.store.engine import Store
from mat.store.tables import audit, people
from mat.store.vocabulary import Channel
from tests.store_servers import TestServer

AS_OF, READ_ON = date(2024, 4, 1), date(2024, 6, 1)
#: Suspects by id, with their names and how many incidents each has; each has one victim.
SUSPECTS = {"P101": ("Alan", "Ash", 4), "P102": ("Bert", "Birch", 3), "P103": ("Carl", "Cedar", 2)}
VICTIMS = {"P201": "Vera", "P202": "Wilma", "P203": "Xenia"}
#: The surname of every victim.
HER_NAME = "canary-victim_identity-surname-1"


@dataclass(frozen=True, kw_only=True)
class City:
    """The store, and its rows past row-level security."""

    store: Store
    superuser: Engine

    def rows(self, table: Table) -> list[Mapping[str, Any]]:
        """Every row of a table."""
        with self.superuser.begin() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def events(self) -> list[dict[str, Any]]:
        """Every event of the log, in order, with the name of who did it."""
        names = {str(row["user_id"]): row["name"] for row in self.rows(people.app_user)}
        rows = sorted(self.rows(audit.audit_event), key=lambda row: row["seq"])
        bodies = [json.loads(row["body"]) for row in rows]
        return [{**body, "who": names.get(str(body.get("actor")))} for body in bodies]


@contextmanager
def city_at_work(server: TestServer, folder: Path) -> Generator[City]:
    """A store with the list of a small city, at which everybody of the cast works in their role."""
    name = server.make_migrated()
    settings = server.settings(name, folder)
    store = Store.open(settings, for_founding=True)
    superuser = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    city = City(store=store, superuser=superuser)
    try:
        founding = Founding(os_name="founder", person="Fay Founder", seats=20, is_demonstration=True)
        found(store, founding)
        make_keys(settings.key_dir, name=founding.origin, data_dir=settings.data_dir)
        (user,) = [row["user_id"] for row in city.rows(people.app_user)]
        founder = Desk(store, sign_in(store, user, service=None, channel=Channel.CLI, seconds=600))
        run, snapshot = _made(folder)
        import_run(founder, read_run(run, READ_ON), identities=read_identities(snapshot))
        with gathered(founder):
            pass
        yield city
    finally:
        superuser.dispose()
        store.close()
        server.drop(name)


def _made(folder: Path) -> tuple[Path, Path]:
    """A run and a snapshot of the city's records."""
    extract, run, snapshot = folder / "city", folder / "run", folder / "snapshot"
    extract.mkdir()
    for table, rows in _records().items():
        with (extract / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    (extract / SYNTHETIC_MARK).write_text("Synthetic records: nobody in them exists.\n", encoding="utf-8")
    assert execute(["run", str(extract), "--as-of", AS_OF.isoformat(), "--model", "harm_365d", "--out", str(run)]) == 0
    assert execute(["ingest", str(extract), "--out", str(snapshot)]) == 0
    return run, snapshot


def _records() -> Mapping[str, Iterable[tuple[str, ...]]]:
    incidents: list[tuple[str, ...]] = []
    involved: list[tuple[str, ...]] = []
    for (suspect, (_, _, number)), victim in zip(SUSPECTS.items(), VICTIMS, strict=True):
        for back in range(number):
            incident, day = f"I{len(incidents):04}", AS_OF - timedelta(days=10 + 20 * back)
            incidents.append((incident, f"{day}T10:00", f"{day}T12:00", "harassment", "true", "true"))
            involved += [(incident, suspect, "suspect"), (incident, victim, "victim")]
    names = {person: (forename, surname) for person, (forename, surname, _) in SUSPECTS.items()}
    names |= {person: (forename, HER_NAME) for person, forename in VICTIMS.items()}
    return {
        "persons": [
            ("person_id", "birth_date", "sex"),
            *((each, "1985-01-01", "M" if each in SUSPECTS else "F") for each in names),
        ],
        "incidents": [
            ("incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic"), *incidents
        ],
        "involvements": [("incident_id", "person_id", "role"), *involved],
        "nominations": [
            ("nomination_id", "person_id", "agency", "nominated_at", "reason"),
            ("N1", next(iter(SUSPECTS)), "Housing", "2024-03-01T10:00", "Shouts: canary-partner_nomination-reason-1"),
        ],
        "identities": [
            ("record_id", "agency", "person_id", "forename", "surname", "birth_date", "postcode"),
            *((f"R{each}", "Police", each, *name, "1985-01-01", "ST1 1AA") for each, name in names.items()),
        ],
    }  # fmt: skip
