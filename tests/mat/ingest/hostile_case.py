"""What a hostile case is, and the ways of breaking an extract that need more than a changed line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tests.mat.ingest.extract_builder import Break, typed

ROW, VALUE = "row", "value"


@dataclass(frozen=True)
class Case:
    """One broken extract: either `refused` is part of the sentence, or `aside` is the whole quarantine.

    An entry of `aside` reads "table row, row: reason + reason"; "value" after the rows says that they are accepted.
    """

    name: str
    broken: Break
    refused: str | None = None
    aside: list[str] = field(default_factory=list[str])

    def expected(self) -> dict[tuple[str, int], tuple[str, set[str]]]:
        """The quarantine as (table, row) -> (kind, reasons)."""
        found: dict[tuple[str, int], tuple[str, set[str]]] = {}
        for entry in "; ".join(self.aside).split("; ") if self.aside else []:
            place, _, reasons = entry.partition(": ")
            table, _, rows = place.removesuffix(" value").partition(" ")
            kind = VALUE if place.endswith(" value") else ROW
            found.update({(table, int(row)): (kind, set(reasons.split(" + "))) for row in rows.split(", ")})
        return found


def link_outside(directory: Path) -> None:
    outside = directory.parent / "outside.csv"
    (directory / "persons.csv").rename(outside)
    (directory / "persons.csv").symlink_to(outside)


def link_inside(directory: Path) -> None:
    (directory / "persons.csv").rename(directory / "people.txt")
    (directory / "persons.csv").symlink_to(directory / "people.txt")


def dangling_link(directory: Path) -> None:
    (directory / "persons.csv").unlink()
    (directory / "persons.csv").symlink_to(directory / "nowhere.csv")


def link_to_itself(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    (directory / "ties.csv").symlink_to(directory / "ties.csv")


def directory_instead(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    (directory / "ties.csv").mkdir()


def pipe_instead(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    os.mkfifo(directory / "ties.csv")


def both_formats(directory: Path) -> None:
    pl.read_csv(directory / "ties.csv", infer_schema=False).write_parquet(directory / "ties.parquet")


def no_parquet(directory: Path) -> None:
    (directory / "ties.csv").rename(directory / "ties.parquet")


def half_parquet(directory: Path) -> None:
    pl.read_csv(directory / "ties.csv", infer_schema=False).write_parquet(directory / "ties.parquet")
    (directory / "ties.csv").unlink()
    content = (directory / "ties.parquet").read_bytes()
    (directory / "ties.parquet").write_bytes(content[: len(content) // 2])


def nested_parquet(directory: Path) -> None:
    typed("ties", kind=pl.concat_list("kind"))(directory)


def binary_parquet(directory: Path) -> None:
    typed("ties", kind=pl.col("kind").cast(pl.Binary))(directory)
