"""Who the people of a case are: from the run's own persons, and names and postcodes from a snapshot where one is given.

One record of one agency gives the whole name and address; two are never mixed into a person who exists in neither.
What the store holds already is never overwritten, since somebody may have put it right.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import func, update

from app.tasking.runs.bulk import as_json, insert_frame, rows_of
from app.tasking.runs.frames import parsed, refuse_unstorable
from app.tasking.runs.opening import Files, Wanted, read_directory
from app.tasking.runs.reading import Document
from mat import CONTRACT_VERSION
from mat.errors import BadInput
from mat.schemas.extract import TABLES
from mat.snapshot import MANIFEST
from mat.store.tables import cases
from mat.vocabulary import DatePrecision

if TYPE_CHECKING:
    from sqlalchemy import Table

    from app.tasking.runs.histories import Known
    from app.tasking.runs.loading import Load

_TABLE = "identities"
_PLACE = f"{_TABLE}.parquet"
_NAMES = ("forename", "surname", "birth_date", "postcode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The identities of a snapshot: rows that name a person. `sources`: hashes of the files it was made from."""

    path: Path
    manifest_sha256: str
    sources: tuple[str, ...]
    is_synthetic: bool
    rows: pl.DataFrame


def read_identities(path: Path) -> Identities:
    """Read the identities of a snapshot, and nothing else of it.

    Raises:
        BadInput: it is no snapshot, has no identities, or they are not as ingest writes them.
    """
    wanted = Wanted(what="snapshot that `mat ingest` wrote", names=(MANIFEST, _PLACE))
    files = read_directory(path, wanted)
    try:
        return _read(files)
    except ValueError as error:
        raise BadInput(
            f"{path} cannot give identities: {error}. Nothing was imported; name the snapshot that `mat ingest` wrote."
        ) from error


def _read(files: Files) -> Identities:
    manifest = Document.read(files, MANIFEST)
    manifest.refuse_unless("kind", "snapshot")
    manifest.refuse_unless("contract_version", CONTRACT_VERSION)
    if _PLACE not in files.contents:
        raise ValueError("its extract had none, or it is the snapshot inside a run, which never holds any")
    rows = parsed(_PLACE, files.contents[_PLACE], TABLES[_TABLE].schema.create_empty().schema)
    refuse_unstorable(_PLACE, rows, ("record_id", "person_id"))
    return Identities(
        path=files.path,
        manifest_sha256=hashlib.sha256(files.contents[MANIFEST]).hexdigest(),
        sources=tuple(sorted(source.text("sha256") for source in manifest.every("source"))),
        is_synthetic=manifest.flag("is_synthetic"),
        rows=rows.drop_nulls("person_id"),
    )


def who_is_who(known: Known, identities: Identities | None, people: pl.Series) -> pl.DataFrame:
    """One row per id of `people`: `person_id`, name, birth date and its precision, sex, `home_ward`, `postcode`.

    Null where neither the run nor the snapshot says it. Of several records of one person the fullest is taken whole;
    of equally full ones, one under the id itself before one under an id merged into it, then the smallest `record_id`.
    """
    persons = known.history.persons.select(
        "person_id", "birth_date", "birth_date_precision", "sex", "home_ward"
    ).collect()
    named = people.to_frame("person_id").join(persons, on="person_id", how="left")
    if identities is None:
        return named.with_columns(pl.lit(None, pl.String).alias(name) for name in ("forename", "surname", "postcode"))
    joined = named.join(_best_records(identities.rows, known.merges), on="person_id", how="left", suffix="_said")
    is_said = pl.col("birth_date").is_null() & pl.col("birth_date_said").is_not_null()
    return joined.with_columns(
        pl.coalesce("birth_date", "birth_date_said").alias("birth_date"),
        pl.when(is_said)
        .then(pl.lit(DatePrecision.DAY.value))
        .otherwise("birth_date_precision")
        .alias("birth_date_precision"),
    ).drop("birth_date_said")


def load_who(load: Load, subjects: pl.DataFrame, who: pl.DataFrame, victims: pl.DataFrame) -> None:
    """Identity and address of everybody of `subjects` who goes in, and of `who` the names of earlier counterparts.

    `subjects`, `who`: as `who_is_who` gives them. `victims`: `victim_id`, `person_id` of those the cases had before.
    """
    theirs = load.keyed(subjects)
    name = ("forename", "surname")
    born = ("birth_date", "birth_date_precision")
    identity = theirs.select("subject_id", *name, *born, "sex").filter(_says_something(*name, *born, "sex"))
    address = theirs.select("subject_id", "postcode", "home_ward").filter(_says_something("postcode", "home_ward"))
    insert_frame(load.connection, cases.subject_identity, identity, load.in_panel, skips_known=True)
    insert_frame(load.connection, cases.subject_address, address, load.in_panel, skips_known=True)
    for group in (name, born, ("sex",)):
        _fill(load, cases.subject_identity, identity, group)
    for group in (("postcode",), ("home_ward",)):
        _fill(load, cases.subject_address, address, group)
    named = victims.join(who, on="person_id").select("victim_id", *name, "birth_date")
    for group in (name, ("birth_date",)):
        _fill(load, cases.victim_identity, named, group)


def _fill(load: Load, table: Table, rows: pl.DataFrame, group: tuple[str, ...]) -> None:
    """Fill a group of cells where all of them are empty."""
    key = next(iter(table.primary_key.columns))
    said = rows.select(key.name, *group).filter(_says_something(*group))
    given = rows_of(table, said.columns)
    statement = (
        update(table)
        .where(table.c[key.name] == given.c[key.name], func.num_nonnulls(*(table.c[name] for name in group)) == 0)
        .values({name: given.c[name] for name in group})
    )
    for part in as_json(said):
        load.connection.execute(statement, {"rows": part})


def _says_something(*names: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_not_null() for name in names)


def _best_records(rows: pl.DataFrame, merges: pl.DataFrame) -> pl.DataFrame:
    """One row per person: the record that is taken."""
    fullness = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int8) for name in _NAMES)
    return (
        rows.join(merges, left_on="person_id", right_on="old_id", how="left")
        .with_columns(
            pl.col("new_id").is_not_null().alias("is_former"),
            pl.coalesce("new_id", "person_id").alias("person_id"),
            fullness.alias("fullness"),
        )
        .sort("fullness", "is_former", "record_id", descending=[True, False, False])
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", *_NAMES)
    )
