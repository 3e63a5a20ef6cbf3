"""A small, valid extract of every contract table, and ways to break it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from mat.ingest import IngestReport, ingest_extract
from mat.snapshot import Snapshot

VALID = {
    "persons": """person_id,birth_date,sex,ethnicity,home_ward
P1,1980-02-03,M,W,Hanley
P2,1985,F,A,Hanley
P3,,F,,
P4,1990-12-31,M,B,Tunstall
P5,2001-01-01,X,M,Burslem
P6,1975-05-05,F,W,Burslem
""",
    "incidents": """incident_id,occurrence_id,occurred_at,recorded_at,offence_code,is_crime,is_domestic,ward,\
children_present,risk_grade,cancelled_at,outcome_code
I1,E1,2023-01-01T10:00,2023-01-02T09:00,8N,true,true,Hanley,true,high,,16
I2,E2,2023-02-01 10:00:00,2023-02-01,8N,TRUE,1,Hanley,false,medium,,
I3,E3,2023-03-01,,,0,True,Tunstall,,,,
I4,E4,2023-04-01T10:00:00Z,2023-04-01T12:00:00+01:00,49A,1,true,Hanley,0,standard,2023-05-01,
I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0,Hanley,,,,
""",
    "involvements": """incident_id,person_id,role,recorded_at,status,status_at
I1,P1,suspect,2023-01-03T10:00,charged,2023-01-05
I1,P2,victim,,,
I2,P1,suspect,,named,
I2,P3,victim,,,
I3,P4,suspect,,,
I3,P5,child,,,
I4,P1,suspect,,,
I4,P2,victim,,,
I5,P4,suspect,,,
I5,P4,witness,,,
""",
    "pairs": "incident_id,suspect_id,victim_id,relationship,injury,reported_by\nI1,P1,P2,intimate,bruise,neighbour\n",
    "ties": "person_id_a,person_id_b,kind,known_at\nP2,P1,intimate,2020-01-01\nP3,P2,family,2020-01-01\n",
    "orders": """order_id,person_id,protected_person_id,kind,issued_at,expires_at,recorded_at,conditions
O1,P1,P2,dvpo,2023-01-05,2023-02-02,,no contact
O2,P4,P4,bail,2023-03-02T10:00,,2023-03-02T11:00,
""",
    "order_breaches": "order_id,occurred_at,recorded_at\nO1,2023-01-10T22:00,2023-01-11T08:00\nO1,2023-01-12,\n",
    "assessments": """assessment_id,suspect_id,victim_id,assessed_at,form,score,grade
A1,P1,P2,2023-01-02,safelives_dash,14,high
""",
    "marac": "marac_id,victim_id,suspect_id,heard_at\nM1,P2,P1,2023-02-10\n",
    "programme_referrals": """referral_id,person_id,referred_at,source_agency,tier
R1,P1,2023-02-01,police,2
""",
    "programme_events": "referral_id,event,at,reason\nR1,received,2023-02-02,\nR1,consented,2023-02-09,\n",
    "custody": "person_id,from_at,to_at\nP1,2023-01-05,2023-01-20\nP4,2023-03-02,\n",
    "standing": "person_id,kind,from_at,to_at,level,source\nP1,mappa,2023-01-05,,2,MOSOVO\n",
    "restrictions": "person_id,from_at,to_at,reason\nP6,2023-01-01,2023-06-01,request\n",
    "nominations": """nomination_id,person_id,agency,nominated_at,reason
N1,P6,housing,2023-04-01,noise and fear
""",
    "person_merges": "old_id,new_id,merged_at,undone_at\nP9,P1,2023-03-01,\n",
    "identities": """record_id,agency,person_id,forename,surname,birth_date,postcode
D1,police,P1,Zebedee,Quux,1980-02-03,ST1 1AA
""",
}

Break = Callable[[Path], None]


def write_extract(directory: Path, *, tables: dict[str, str] | None = None) -> Path:
    """Write the tables as CSV files; by default the whole valid extract."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in (VALID if tables is None else tables).items():
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return directory


def as_parquet(directory: Path, target: Path) -> Path:
    """The same extract as Parquet files of text columns."""
    target.mkdir()
    for path in directory.glob("*.csv"):
        pl.read_csv(path, infer_schema=False).write_parquet(target / f"{path.stem}.parquet")
    return target


def add(table: str, *lines: str) -> Break:
    """Append rows to a table."""

    def broken(directory: Path) -> None:
        with (directory / f"{table}.csv").open("a", encoding="utf-8", newline="") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    return broken


def change(table: str, old: str, new: str) -> Break:
    """Replace the one occurrence of a piece of text in a table."""

    def broken(directory: Path) -> None:
        path = directory / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {table}"
        path.write_text(text.replace(old, new), encoding="utf-8", newline="")

    return broken


def rewrite(table: str, how: Callable[[bytes], bytes]) -> Break:
    """Put the bytes of a table through a function."""

    def broken(directory: Path) -> None:
        path = directory / f"{table}.csv"
        path.write_bytes(how(path.read_bytes()))

    return broken


def remove(table: str) -> Break:
    """Delete a table's file."""
    return lambda directory: (directory / f"{table}.csv").unlink()


def both(*breaks: Break) -> Break:
    """Break in several ways at once."""

    def broken(directory: Path) -> None:
        for each in breaks:
            each(directory)

    return broken


def typed(table: str, **columns: pl.Expr) -> Break:
    """Replace a CSV table by a Parquet one with the given columns changed."""

    def broken(directory: Path) -> None:
        path = directory / f"{table}.csv"
        frame = pl.read_csv(path, infer_schema=False).with_columns(**columns)
        frame.write_parquet(directory / f"{table}.parquet")
        path.unlink()

    return broken


def ingest(directory: Path, **options: object) -> tuple[IngestReport, Snapshot]:
    """Ingest beside the extract, with no limit on the quarantine unless one is given."""
    out = directory.parent / "snapshot"
    report = ingest_extract(directory, out, **{"max_quarantine": 1.0, **options})  # type: ignore[arg-type]
    return report, Snapshot.open(out)


def set_aside(snapshot: Snapshot) -> dict[tuple[str, int], tuple[str, set[str]]]:
    """The quarantine as (table, row) -> (kind, reasons)."""
    rows = snapshot.quarantine().collect().iter_rows(named=True)
    return {(row["table"], row["row"]): (row["kind"], set(row["reasons"])) for row in rows}
