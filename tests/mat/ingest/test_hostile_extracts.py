"""Every way in which an extract may be broken that we could think of, in one table, and what ingest makes of it.

A case either ends with one sentence, or sets aside exactly the rows listed: everything else is accepted.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from mat.errors import BadInput
from tests.mat.ingest.extract_builder import (
    Break,
    add,
    both,
    change,
    ingest,
    remove,
    rewrite,
    set_aside,
    typed,
    write_extract,
)

ROW, VALUE = "row", "value"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One broken extract: either `refused` is part of the sentence, or `aside` is the whole quarantine."""

    name: str
    broken: Break
    refused: str | None = None
    aside: dict[tuple[str, int], tuple[str, set[str]]] = field(default_factory=dict)


def _link_outside(directory: Path) -> None:
    outside = directory.parent / "outside.csv"
    (directory / "persons.csv").rename(outside)
    (directory / "persons.csv").symlink_to(outside)


def _link_inside(directory: Path) -> None:
    (directory / "persons.csv").rename(directory / "people.txt")
    (directory / "persons.csv").symlink_to(directory / "people.txt")


def _dangling_link(directory: Path) -> None:
    (directory / "persons.csv").unlink()
    (directory / "persons.csv").symlink_to(directory / "nowhere.csv")


def _link_to_itself(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    (directory / "ties.csv").symlink_to(directory / "ties.csv")


def _directory_instead(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    (directory / "ties.csv").mkdir()


def _pipe_instead(directory: Path) -> None:
    (directory / "ties.csv").unlink()
    os.mkfifo(directory / "ties.csv")


def _both_formats(directory: Path) -> None:
    pl.read_csv(directory / "ties.csv", infer_schema=False).write_parquet(directory / "ties.parquet")


def _no_parquet(directory: Path) -> None:
    (directory / "ties.csv").rename(directory / "ties.parquet")


def _half_parquet(directory: Path) -> None:
    pl.read_csv(directory / "ties.csv", infer_schema=False).write_parquet(directory / "ties.parquet")
    (directory / "ties.csv").unlink()
    content = (directory / "ties.parquet").read_bytes()
    (directory / "ties.parquet").write_bytes(content[: len(content) // 2])


def _nested_parquet(directory: Path) -> None:
    typed("ties", kind=pl.concat_list("kind"))(directory)


def _binary_parquet(directory: Path) -> None:
    typed("ties", kind=pl.col("kind").cast(pl.Binary))(directory)


BIG = "x" * 10_000_000
CHILDREN_OF_P1 = {
    ("person_merges", 1): (ROW, {"child_of_quarantined"}),
    ("involvements", 1): (ROW, {"child_of_quarantined"}),
    ("involvements", 3): (ROW, {"child_of_quarantined"}),
    ("involvements", 7): (ROW, {"child_of_quarantined"}),
    ("pairs", 1): (ROW, {"child_of_quarantined"}),
    ("ties", 1): (ROW, {"child_of_quarantined"}),
    ("orders", 1): (ROW, {"child_of_quarantined"}),
    ("order_breaches", 1): (ROW, {"child_of_quarantined"}),
    ("order_breaches", 2): (ROW, {"child_of_quarantined"}),
    ("assessments", 1): (ROW, {"child_of_quarantined"}),
    ("marac", 1): (ROW, {"child_of_quarantined"}),
    ("programme_referrals", 1): (ROW, {"child_of_quarantined"}),
    ("programme_events", 1): (ROW, {"child_of_quarantined"}),
    ("programme_events", 2): (ROW, {"child_of_quarantined"}),
    ("custody", 1): (ROW, {"child_of_quarantined"}),
    ("standing", 1): (ROW, {"child_of_quarantined"}),
    ("identities", 1): (VALUE, {"child_of_quarantined"}),
}
CHILDREN_OF_I5 = {
    ("involvements", 9): (ROW, {"child_of_quarantined"}),
    ("involvements", 10): (ROW, {"child_of_quarantined"}),
}

CASES = [
    # Files and directories
    Case(
        name="required table missing", broken=remove("incidents"), refused="has no incidents.csv or incidents.parquet"
    ),
    Case(name="optional table missing", broken=remove("custody")),
    Case(name="table there twice", broken=_both_formats, refused="both ties.csv and ties.parquet"),
    Case(name="link out of the directory", broken=_link_outside, refused="persons.csv leads out of"),
    Case(name="link within the directory", broken=_link_inside),
    Case(name="dangling link", broken=_dangling_link, refused="persons.csv is not a readable file"),
    Case(name="link to itself", broken=_link_to_itself, refused="ties.csv is a link that leads to itself"),
    Case(name="directory instead of a file", broken=_directory_instead, refused="ties.csv is not a readable file"),
    Case(name="pipe instead of a file", broken=_pipe_instead, refused="ties.csv is not a readable file"),
    Case(name="file of no bytes", broken=rewrite("ties", lambda _: b""), refused="ties.csv is empty"),
    Case(name="nothing but white space", broken=rewrite("ties", lambda _: b" \n\n"), refused="ties.csv is empty"),
    Case(
        name="empty required table",
        broken=rewrite("persons", lambda c: c.split(b"\n")[0] + b"\n"),
        refused="persons.csv has a header but no rows",
    ),
    Case(name="empty optional table", broken=rewrite("ties", lambda c: c.split(b"\n")[0])),
    # Encodings
    Case(name="byte order mark", broken=rewrite("persons", lambda c: b"\xef\xbb\xbf" + c)),
    Case(
        name="Latin-1",
        broken=rewrite("persons", lambda c: c.replace(b"Tunstall", b"Tunst\xe4ll")),
        refused="persons.csv is not in UTF-8 (line 5",
    ),
    Case(
        name="UTF-16",
        broken=rewrite("persons", lambda c: c.decode().encode("utf-16")),
        refused="persons.csv is not in UTF-8",
    ),
    Case(
        name="UTF-16 without byte order mark",
        broken=rewrite("persons", lambda c: c.decode().encode("utf-16-le")),
        refused="persons.csv is not in UTF-8",
    ),
    Case(name="compressed", broken=rewrite("persons", gzip.compress), refused="persons.csv"),
    Case(name="Windows line ends", broken=rewrite("incidents", lambda c: c.replace(b"\n", b"\r\n"))),
    Case(name="old Macintosh line ends", broken=rewrite("incidents", lambda c: c.replace(b"\n", b"\r"))),
    Case(name="no line end at the end", broken=rewrite("involvements", lambda c: c.rstrip(b"\n"))),
    Case(name="blank lines", broken=rewrite("involvements", lambda c: c.replace(b"\nI3", b"\n\nI3") + b"\n\n")),
    # Headers
    Case(
        name="required column missing",
        broken=change("incidents", "is_domestic", "is_domstic"),
        refused="no column 'is_domestic', which incidents requires: did you mean 'is_domstic'?",
    ),
    Case(
        name="contract column twice",
        broken=change("persons", "birth_date,sex", "sex,sex"),
        refused="has the column 'sex' more than once",
    ),
    Case(name="foreign column twice", broken=change("persons", "birth_date,sex", "shoe,shoe")),
    Case(
        name="semicolons",
        broken=rewrite("persons", lambda c: c.replace(b",", b";")),
        refused="look separated by ';'",
    ),
    Case(
        name="white space around names", broken=change("persons", "person_id,birth_date", ' person_id ," birth_date"')
    ),
    # Rows
    Case(
        name="row too long",
        broken=change("persons", "P6,1975-05-05,F,W,Burslem", "P6,1975-05-05,F,W,Burslem,extra"),
        aside={
            ("persons", 6): (ROW, {"malformed_row"}),
            ("restrictions", 1): (ROW, {"child_of_quarantined"}),
            ("nominations", 1): (ROW, {"child_of_quarantined"}),
        },
    ),
    Case(
        name="row too short",
        broken=change("incidents", "I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0,Hanley,,,,", "I5,E5,2023-05-01"),
        aside={("incidents", 5): (ROW, {"malformed_row"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="quote that never closes",
        broken=change("persons", "P5,2001-01-01,X,M,Burslem", 'P5,"2001-01-01,X,M,Burslem'),
        aside={
            ("persons", 5): (ROW, {"malformed_row"}),
            ("involvements", 6): (ROW, {"child_of_quarantined"}),
        },
    ),
    Case(
        name="text after a closing quote",
        broken=change("persons", "P5,2001-01-01,X,M,Burslem", 'P5,2001-01-01,X,M,"Burs"lem'),
        aside={
            ("persons", 5): (ROW, {"malformed_row"}),
            ("involvements", 6): (ROW, {"child_of_quarantined"}),
        },
    ),
    Case(name="quote inside plain text", broken=change("persons", "M,Burslem", 'M,5" Burslem')),
    Case(name="line break inside quotes", broken=change("persons", "M,Burslem", 'M,"Burs\n\nlem, ""old"""')),
    Case(
        name="NUL byte",
        broken=change("persons", "M,Burslem", "M,Burs\0lem"),
        aside={
            ("persons", 5): (ROW, {"malformed_row"}),
            ("involvements", 6): (ROW, {"child_of_quarantined"}),
        },
    ),
    Case(name="field of 10 MB", broken=change("orders", "no contact", BIG)),
    Case(name="quoted field of 10 MB", broken=change("orders", "no contact", f'"{BIG}, ""{BIG}"""')),
    Case(
        name="field of 10 MB beside a ragged row",
        broken=both(change("orders", "no contact", f'"{BIG}"'), add("orders", "O3,P1")),
        aside={("orders", 3): (ROW, {"malformed_row"})},
    ),
    Case(name="formula and HTML", broken=change("orders", "no contact", "=cmd|'/c calc'!A0 <script>alert(1)</script>")),
    # Cells
    Case(
        name="empty key",
        broken=add("persons", ",1990-01-01,F,W,Hanley"),
        aside={("persons", 7): (ROW, {"missing_value"})},
    ),
    Case(
        name="key of white space",
        broken=add("persons", "   ,1990-01-01,F,W,Hanley"),
        aside={("persons", 7): (ROW, {"missing_value"})},
    ),
    Case(name="white space around ids", broken=change("involvements", "I5,P4,witness", " I5 ,\u00a0P4,witness ")),
    Case(
        name="required time empty",
        broken=change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,"),
        aside={("incidents", 5): (ROW, {"missing_value"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="day that does not exist",
        broken=change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,2023-02-30"),
        aside={("incidents", 5): (ROW, {"unparseable"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="British date without a format",
        broken=change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,01/05/2023"),
        aside={("incidents", 5): (ROW, {"unparseable"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="truth value that is none",
        broken=change("incidents", "8N,1,0,Hanley", "8N,yes,0,Hanley"),
        aside={("incidents", 5): (ROW, {"unparseable"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="every reason at once",
        broken=change(
            "incidents", "I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0", "I5,E5,never,2023-05-02T10:00,8N,,2"
        ),
        aside={("incidents", 5): (ROW, {"missing_value", "unparseable"}), **CHILDREN_OF_I5},
    ),
    Case(
        name="unknown role",
        broken=add("involvements", "I5,P1,Suspect,,,"),
        aside={("involvements", 11): (ROW, {"unknown_value"})},
    ),
    Case(
        name="unknown optional words",
        broken=both(change("persons", "P5,2001-01-01,X", "P5,2001-01-01,?"), change("incidents", "standard", "low")),
        aside={("persons", 5): (VALUE, {"unknown_value"}), ("incidents", 4): (VALUE, {"unknown_value"})},
    ),
    Case(
        name="optional values that cannot be read",
        broken=both(
            change("persons", "P5,2001-01-01", "P5,2001-13-01"),
            change("assessments", "safelives_dash,14", "safelives_dash,14 ticks"),
            change("orders", "2023-02-02", "soon"),
        ),
        aside={
            ("persons", 5): (VALUE, {"unparseable"}),
            ("assessments", 1): (VALUE, {"unparseable"}),
            ("orders", 1): (VALUE, {"unparseable"}),
        },
    ),
    Case(
        name="optional values that must not be guessed",
        broken=both(
            change("incidents", "2023-05-02T10:00", "2023-05-02T25:00"),
            change("involvements", "I1,P1,suspect,2023-01-03T10:00,charged", "I1,P1,suspect,2023-01-03T10:00,chargd"),
            change("involvements", "I2,P1,suspect,,named,", "I2,P1,suspect,,named,?"),
            change("involvements", "I4,P1,suspect,,,", "I4,P1,suspect,?,,"),
            change("custody", "2023-01-20", "?"),
        ),
        aside={
            ("incidents", 5): (ROW, {"unparseable"}),
            **CHILDREN_OF_I5,
            ("involvements", 1): (ROW, {"unknown_value"}),
            ("involvements", 3): (ROW, {"unparseable"}),
            ("involvements", 7): (ROW, {"unparseable"}),
            ("custody", 1): (ROW, {"unparseable"}),
        },
    ),
    Case(
        name="years 0001 and 9999",
        broken=add("incidents", "I6,,0001-01-01,9999-12-31T23:59:59,,1,1,,,,,"),
    ),
    Case(
        name="year 0000 and year 10000 after conversion",
        broken=add("incidents", "I6,,0000-01-01,,,1,1,,,,,", "I7,,9999-12-31T23:59:59-05:00,,,1,1,,,,,"),
        aside={("incidents", 6): (ROW, {"unparseable"}), ("incidents", 7): (ROW, {"unparseable"})},
    ),
    Case(
        name="mixed zones in one column",
        broken=add(
            "incidents",
            "I6,,2023-07-01T12:00:00+0200,2023-07-01T11:00:00,,1,1,,,,,",
            "I7,,2023-07-01 10:00:00.123456Z,2023-07-01T12:00:00.5+01,,1,1,,,,,",
            "I8,,2023-07-01T10:00Z,2023-07-01 10:59,,1,1,,,,,",
        ),
        aside={("incidents", 8): (ROW, {"recorded_before_occurred"})},
    ),
    # Chronology
    Case(
        name="recorded before it occurred",
        broken=both(
            change("incidents", "2023-05-02T10:00", "2023-05-01T09:59"),
            change("involvements", "2023-01-03T10:00", "2022-12-31"),
            change("order_breaches", "2023-01-11T08:00", "2023-01-10T21:00"),
        ),
        aside={
            ("incidents", 5): (ROW, {"recorded_before_occurred"}),
            **CHILDREN_OF_I5,
            ("involvements", 1): (ROW, {"recorded_before_occurred"}),
            ("order_breaches", 1): (ROW, {"recorded_before_occurred"}),
        },
    ),
    Case(
        name="recorded on the same day, without a time",
        broken=both(
            change("incidents", "2023-05-02T10:00", "2023-05-01"),
            change("involvements", "2023-01-03T10:00", "2023-01-01"),
        ),
    ),
    Case(
        name="ends before it starts",
        broken=both(
            change("orders", "2023-02-02", "2023-01-04"),
            change("custody", "2023-01-20", "2023-01-04"),
            change("standing", "2023-01-05,,2", "2023-01-05,2023-01-04,2"),
            change("restrictions", "2023-06-01", "2022-06-01"),
            change("person_merges", "2023-03-01,", "2023-03-01,2023-02-28"),
        ),
        aside={
            ("orders", 1): (ROW, {"end_before_start"}),
            ("order_breaches", 1): (ROW, {"child_of_quarantined"}),
            ("order_breaches", 2): (ROW, {"child_of_quarantined"}),
            ("custody", 1): (ROW, {"end_before_start"}),
            ("standing", 1): (ROW, {"end_before_start"}),
            ("restrictions", 1): (ROW, {"end_before_start"}),
            ("person_merges", 1): (ROW, {"end_before_start"}),
        },
    ),
    Case(
        name="the repeated autumn hour",
        broken=add(
            "incidents",
            "I6,,2023-10-29T01:50,2023-10-29T01:10,,1,1,,,,,",
            "I7,,2023-10-29T02:10,2023-10-29T01:50,,1,1,,,,,",
            "I8,,2023-10-28T01:50,2023-10-28T01:10,,1,1,,,,,",
        ),
        aside={
            ("incidents", 7): (ROW, {"recorded_before_occurred"}),
            ("incidents", 8): (ROW, {"recorded_before_occurred"}),
        },
    ),
    # Keys
    Case(
        name="equal rows, also when written differently",
        broken=add(
            "incidents",
            "I5,E5,2023-05-01 10:00:00,2023-05-02T09:00Z,8N,TRUE,False,Hanley,,,,",
            " I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0,Hanley,,,,",
        ),
        aside={("incidents", 6): (ROW, {"duplicate"}), ("incidents", 7): (ROW, {"duplicate"})},
    ),
    Case(
        name="one key, two contents",
        broken=add("persons", "P1,1981-02-03,M,W,Hanley"),
        aside={
            ("persons", 1): (ROW, {"conflicting_key"}),
            ("persons", 7): (ROW, {"conflicting_key"}),
            **CHILDREN_OF_P1,
        },
    ),
    Case(
        name="duplicate and conflict together",
        broken=add("nominations", "N1,P6,housing,2023-04-01,noise and fear", "N1,P6,housing,2023-04-02,noise and fear"),
        aside={
            ("nominations", 1): (ROW, {"conflicting_key"}),
            ("nominations", 2): (ROW, {"duplicate", "conflicting_key"}),
            ("nominations", 3): (ROW, {"conflicting_key"}),
        },
    ),
    Case(
        name="conflict with a row at fault",
        broken=add("incidents", "I5,E5,never,,8N,1,0,Hanley,,,,"),
        aside={
            ("incidents", 5): (ROW, {"conflicting_key"}),
            ("incidents", 6): (ROW, {"unparseable", "conflicting_key"}),
            **CHILDREN_OF_I5,
        },
    ),
    Case(
        name="bad cells that differ only in their text",
        broken=add("persons", "P7,never,F,W,", "P7,sometime,F,W,", "P8,never,F,W,", "P8, never,F,W,"),
        aside={
            ("persons", 7): (ROW, {"unparseable", "conflicting_key"}),
            ("persons", 8): (ROW, {"unparseable", "conflicting_key"}),
            ("persons", 9): (VALUE, {"unparseable"}),
            ("persons", 10): (ROW, {"unparseable", "duplicate"}),
        },
    ),
    Case(
        name="year and first of January are not the same",
        broken=add("persons", "P5,2001,X,M,Burslem"),
        aside={
            ("persons", 5): (ROW, {"conflicting_key"}),
            ("persons", 7): (ROW, {"conflicting_key"}),
            ("involvements", 6): (ROW, {"child_of_quarantined"}),
        },
    ),
    Case(
        name="equal and conflicting events of a programme",
        broken=add("programme_events", "R1,consented,2023-02-09,", "R1,received,2023-02-02,by letter"),
        aside={
            ("programme_events", 1): (ROW, {"conflicting_key"}),
            ("programme_events", 3): (ROW, {"duplicate"}),
            ("programme_events", 4): (ROW, {"conflicting_key"}),
        },
    ),
    Case(
        name="tie given from both ends",
        broken=add("ties", "P1,P2,intimate,2020-01-01", "P2,P3,family,2021-01-01", "P2,P3,household,2021-01-01"),
        aside={
            ("ties", 2): (ROW, {"conflicting_key"}),
            ("ties", 3): (ROW, {"duplicate"}),
            ("ties", 4): (ROW, {"conflicting_key"}),
        },
    ),
    Case(
        name="tie of a person with themselves",
        broken=add("ties", "P1,P1,family,2020-01-01"),
        aside={("ties", 3): (ROW, {"self_tie"})},
    ),
    # References
    Case(
        name="ids that name nobody",
        broken=both(add("involvements", "I5,P77,victim,,,", "I77,P1,victim,,,"), add("custody", "P77,2020-01-01,")),
        aside={
            ("involvements", 11): (ROW, {"orphan"}),
            ("involvements", 12): (ROW, {"orphan"}),
            ("custody", 3): (ROW, {"orphan"}),
        },
    ),
    Case(
        name="optional ids that name nobody",
        broken=both(change("orders", "O1,P1,P2", "O1,P1,P77"), change("identities", "police,P1", "police,P77")),
        aside={("orders", 1): (VALUE, {"orphan"}), ("identities", 1): (VALUE, {"orphan"})},
    ),
    Case(
        name="one parent missing, the other set aside",
        broken=both(
            change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,never"),
            change("involvements", "I5,P4,witness", "I5,P77,witness"),
        ),
        aside={
            ("incidents", 5): (ROW, {"unparseable"}),
            ("involvements", 9): (ROW, {"child_of_quarantined"}),
            ("involvements", 10): (ROW, {"child_of_quarantined", "orphan"}),
        },
    ),
    Case(
        name="duplicate parent",
        broken=add("persons", "P1,1980-02-03,M,W,Hanley"),
        aside={("persons", 7): (ROW, {"duplicate"})},
    ),
    Case(
        name="breaches without their table of orders",
        broken=remove("orders"),
        aside={("order_breaches", 1): (ROW, {"orphan"}), ("order_breaches", 2): (ROW, {"orphan"})},
    ),
    Case(name="old id that is no person", broken=add("involvements", "I5,P9,victim,,,")),
    Case(
        name="old id of a merge set aside",
        broken=both(change("person_merges", "P9,P1", "P9,P77"), add("involvements", "I5,P9,victim,,,")),
        aside={("person_merges", 1): (ROW, {"orphan"}), ("involvements", 11): (ROW, {"child_of_quarantined"})},
    ),
    Case(
        name="chain of merges and a break in it",
        broken=add("person_merges", "P8,P9,2023-03-02,", "P7,P6,2023-03-02,", "Q1,Q2,2023-03-02,", "Q2,Q3,2023-03-02,"),
        aside={("person_merges", 4): (ROW, {"child_of_quarantined"}), ("person_merges", 5): (ROW, {"orphan"})},
    ),
    Case(
        name="merges in a circle, and into themselves",
        broken=add(
            "person_merges",
            "Q1,Q2,2023-03-02,2023-03-03",
            "Q2,Q3,2023-03-02,",
            "Q3,Q1,2024-03-02,",
            "P3,P3,2023-03-02,",
            "Q4,Q1,2023-03-02,",
        ),
        aside={
            ("person_merges", 2): (ROW, {"cycle"}),
            ("person_merges", 3): (ROW, {"cycle"}),
            ("person_merges", 4): (ROW, {"cycle"}),
            ("person_merges", 5): (ROW, {"cycle"}),
            ("person_merges", 6): (ROW, {"child_of_quarantined"}),
        },
    ),
    # Valid, though it may look odd
    Case(
        name="nothing to quarantine",
        broken=both(
            add("incidents", "I6,,2099-01-01,,,true,true,,,,,"),
            add("order_breaches", "O2,2020-01-01,"),
            add("involvements", "I4,P2,suspect,,,"),
        ),
    ),
    # Parquet
    Case(name="Parquet that is none", broken=_no_parquet, refused="ties.parquet cannot be read"),
    Case(name="half a Parquet file", broken=_half_parquet, refused="ties.parquet cannot be read"),
    Case(name="lists in Parquet", broken=_nested_parquet, refused="expected text, a number, a truth value or a date"),
    Case(name="bytes in Parquet", broken=_binary_parquet, refused="expected text, a number, a truth value or a date"),
    Case(
        name="Parquet of other types",
        broken=both(
            typed(
                "incidents",
                occurred_at=pl.col("occurred_at").str.slice(0, 10).str.to_date("%Y-%m-%d"),
                recorded_at=pl.lit(None),
                is_crime=pl.col("is_crime").str.to_lowercase().is_in(["1", "true"]).cast(pl.Float64),
                is_domestic=pl.col("is_domestic").str.to_lowercase().is_in(["1", "true"]).cast(pl.Int8),
                ward=pl.col("ward").cast(pl.Categorical),
                risk_grade=pl.col("risk_grade").cast(pl.Enum(["standard", "medium", "high"])),
            ),
            typed("assessments", score=pl.col("score").cast(pl.Float32)),
        ),
    ),
    Case(
        name="Parquet times of other units and zones",
        broken=both(
            typed("ties", known_at=pl.col("known_at").str.to_datetime("%Y-%m-%d", time_unit="ns", time_zone="UTC")),
            typed("marac", heard_at=pl.col("heard_at").str.to_datetime("%Y-%m-%d", time_unit="ms")),
            typed("persons", birth_date=pl.lit(-700_000).cast(pl.Int32).cast(pl.Date)),
        ),
        aside={},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_extract_is_refused_in_a_sentence_or_loses_exactly_the_rows_at_fault(
    case: Case, tmp_path: Path
) -> None:
    extract = write_extract(tmp_path / "extract")
    case.broken(extract)

    if case.refused is not None:
        with pytest.raises(BadInput) as refusal:
            ingest(extract)

        assert case.refused in str(refusal.value)
        assert len(str(refusal.value).splitlines()) == 1
        assert not (tmp_path / "snapshot").exists()
        assert list(tmp_path.glob(".snapshot*")) == []
    else:
        report, snapshot = ingest(extract)

        assert set_aside(snapshot) == case.aside
        for table, counts in report.counts.items():
            rows = sum(1 for (name, _), (kind, _) in case.aside.items() if name == table and kind == ROW)
            assert (counts.quarantined, counts.accepted + rows) == (rows, counts.rows_in)
            assert snapshot.table(table).select(pl.len()).collect().item() == counts.accepted


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
