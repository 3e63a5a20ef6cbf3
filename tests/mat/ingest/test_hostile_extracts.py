"""Every way in which an extract may be broken that we could think of, in one table, and what ingest makes of it.

A case either ends with one sentence, or sets aside exactly the rows listed: everything else is accepted.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from mat.errors import BadInput
from tests.mat.ingest.extract_builder import add, both, change, ingest, remove, rewrite, set_aside, typed, write_extract
from tests.mat.ingest.hostile_case import (
    ROW,
    Case,
    binary_parquet,
    both_formats,
    dangling_link,
    directory_instead,
    half_parquet,
    link_inside,
    link_outside,
    link_to_itself,
    nested_parquet,
    no_parquet,
    pipe_instead,
)

BIG = "x" * 10_000_000
CHILDREN_OF_P1 = (
    "person_merges 1: child_of_quarantined; "
    "involvements 1, 3, 7: child_of_quarantined; "
    "pairs 1: child_of_quarantined; "
    "ties 1: child_of_quarantined; "
    "orders 1: child_of_quarantined; "
    "order_breaches 1, 2: child_of_quarantined; "
    "assessments 1: child_of_quarantined; "
    "marac 1: child_of_quarantined; "
    "programme_referrals 1: child_of_quarantined; "
    "programme_events 1, 2: child_of_quarantined; "
    "custody 1: child_of_quarantined; "
    "standing 1: child_of_quarantined; "
    "identities 1 value: child_of_quarantined"
)
CHILDREN_OF_I5 = "involvements 9, 10: child_of_quarantined"

CASES = [
    # Files and directories
    Case("required table missing", remove("incidents"), refused="has no incidents.csv or incidents.parquet"),
    Case("optional table missing", remove("custody")),
    Case("table there twice", both_formats, refused="both ties.csv and ties.parquet"),
    Case("link out of the directory", link_outside, refused="persons.csv leads out of"),
    Case("link within the directory", link_inside),
    Case("dangling link", dangling_link, refused="persons.csv is not a readable file"),
    Case("link to itself", link_to_itself, refused="ties.csv is a link that leads to itself"),
    Case("directory instead of a file", directory_instead, refused="ties.csv is not a readable file"),
    Case("pipe instead of a file", pipe_instead, refused="ties.csv is not a readable file"),
    Case("file of no bytes", rewrite("ties", lambda _: b""), refused="ties.csv is empty"),
    Case("nothing but white space", rewrite("ties", lambda _: b" \n\n"), refused="ties.csv is empty"),
    Case(
        "empty required table",
        rewrite("persons", lambda c: c.split(b"\n")[0] + b"\n"),
        refused="persons.csv has a header but no rows",
    ),
    Case("empty optional table", rewrite("ties", lambda c: c.split(b"\n")[0])),
    # Encodings
    Case("byte order mark", rewrite("persons", lambda c: b"\xef\xbb\xbf" + c)),
    Case(
        "Latin-1",
        rewrite("persons", lambda c: c.replace(b"Tunstall", b"Tunst\xe4ll")),
        refused="persons.csv is not in UTF-8 (line 5",
    ),
    Case("UTF-16", rewrite("persons", lambda c: c.decode().encode("utf-16")), refused="persons.csv is not in UTF-8"),
    Case(
        "UTF-16 without byte order mark",
        rewrite("persons", lambda c: c.decode().encode("utf-16-le")),
        refused="persons.csv is not in UTF-8",
    ),
    Case("compressed", rewrite("persons", gzip.compress), refused="persons.csv"),
    Case("Windows line ends", rewrite("incidents", lambda c: c.replace(b"\n", b"\r\n"))),
    Case("old Macintosh line ends", rewrite("incidents", lambda c: c.replace(b"\n", b"\r"))),
    Case("no line end at the end", rewrite("involvements", lambda c: c.rstrip(b"\n"))),
    Case("blank lines", rewrite("involvements", lambda c: c.replace(b"\nI3", b"\n\nI3") + b"\n\n")),
    # Headers
    Case(
        "required column missing",
        change("incidents", "is_domestic", "is_domstic"),
        refused="no column 'is_domestic', which incidents requires: did you mean 'is_domstic'?",
    ),
    Case(
        "contract column twice",
        change("persons", "birth_date,sex", "sex,sex"),
        refused="has the column 'sex' more than once",
    ),
    Case("foreign column twice", change("persons", "birth_date,sex", "shoe,shoe")),
    Case("semicolons", rewrite("persons", lambda c: c.replace(b",", b";")), refused="look separated by ';'"),
    Case("white space around names", change("persons", "person_id,birth_date", ' person_id ," birth_date"')),
    # Rows
    Case(
        "row too long",
        change("persons", "P6,1975-05-05,F,W,Burslem", "P6,1975-05-05,F,W,Burslem,extra"),
        aside=["persons 6: malformed_row; restrictions 1: child_of_quarantined", "nominations 1: child_of_quarantined"],
    ),
    Case(
        "row too short",
        change("incidents", "I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0,Hanley,,,,", "I5,E5,2023-05-01"),
        aside=["incidents 5: malformed_row", CHILDREN_OF_I5],
    ),
    Case(
        "quote that never closes",
        change("persons", "P5,2001-01-01,X,M,Burslem", 'P5,"2001-01-01,X,M,Burslem'),
        aside=["persons 5: malformed_row; involvements 6: child_of_quarantined"],
    ),
    Case(
        "text after a closing quote",
        change("persons", "P5,2001-01-01,X,M,Burslem", 'P5,2001-01-01,X,M,"Burs"lem'),
        aside=["persons 5: malformed_row; involvements 6: child_of_quarantined"],
    ),
    Case("quote inside plain text", change("persons", "M,Burslem", 'M,5" Burslem')),
    Case("line break inside quotes", change("persons", "M,Burslem", 'M,"Burs\n\nlem, ""old"""')),
    Case(
        "NUL byte",
        change("persons", "M,Burslem", "M,Burs\0lem"),
        aside=["persons 5: malformed_row; involvements 6: child_of_quarantined"],
    ),
    Case("field of 10 MB", change("orders", "no contact", BIG)),
    Case("quoted field of 10 MB", change("orders", "no contact", f'"{BIG}, ""{BIG}"""')),
    Case(
        "field of 10 MB beside a ragged row",
        both(change("orders", "no contact", f'"{BIG}"'), add("orders", "O3,P1")),
        aside=["orders 3: malformed_row"],
    ),
    Case("formula and HTML", change("orders", "no contact", "=cmd|'/c calc'!A0 <script>alert(1)</script>")),
    # Cells
    Case("empty key", add("persons", ",1990-01-01,F,W,Hanley"), aside=["persons 7: missing_value"]),
    Case("key of white space", add("persons", "   ,1990-01-01,F,W,Hanley"), aside=["persons 7: missing_value"]),
    Case("white space around ids", change("involvements", "I5,P4,witness", " I5 ,\u00a0P4,witness ")),
    Case(
        "required time empty",
        change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,"),
        aside=["incidents 5: missing_value", CHILDREN_OF_I5],
    ),
    Case(
        "day that does not exist",
        change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,2023-02-30"),
        aside=["incidents 5: unparseable", CHILDREN_OF_I5],
    ),
    Case(
        "British date without a format",
        change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,01/05/2023"),
        aside=["incidents 5: unparseable", CHILDREN_OF_I5],
    ),
    Case(
        "truth value that is none",
        change("incidents", "8N,1,0,Hanley", "8N,yes,0,Hanley"),
        aside=["incidents 5: unparseable", CHILDREN_OF_I5],
    ),
    Case(
        "every reason at once",
        change("incidents", "I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0", "I5,E5,never,2023-05-02T10:00,8N,,2"),
        aside=["incidents 5: missing_value + unparseable", CHILDREN_OF_I5],
    ),
    Case("unknown role", add("involvements", "I5,P1,Suspect,,,"), aside=["involvements 11: unknown_value"]),
    Case(
        "unknown optional words",
        both(change("persons", "P5,2001-01-01,X", "P5,2001-01-01,?"), change("incidents", "standard", "low")),
        aside=["persons 5 value: unknown_value; incidents 4 value: unknown_value"],
    ),
    Case(
        "optional values that cannot be read",
        both(
            change("persons", "P5,2001-01-01", "P5,2001-13-01"),
            change("assessments", "safelives_dash,14", "safelives_dash,14 ticks"),
            change("orders", "2023-02-02", "soon"),
        ),
        aside=["persons 5 value: unparseable; assessments 1 value: unparseable; orders 1 value: unparseable"],
    ),
    Case(
        "optional values that must not be guessed",
        both(
            change("incidents", "2023-05-02T10:00", "2023-05-02T25:00"),
            change("involvements", "I1,P1,suspect,2023-01-03T10:00,charged", "I1,P1,suspect,2023-01-03T10:00,chargd"),
            change("involvements", "I2,P1,suspect,,named,", "I2,P1,suspect,,named,?"),
            change("involvements", "I4,P1,suspect,,,", "I4,P1,suspect,?,,"),
            change("custody", "2023-01-20", "?"),
        ),
        aside=[
            "incidents 5: unparseable; involvements 1: unknown_value; involvements 3, 7: unparseable",
            "custody 1: unparseable",
            CHILDREN_OF_I5,
        ],
    ),
    Case("years 0001 and 9999", add("incidents", "I6,,0001-01-01,9999-12-31T23:59:59,,1,1,,,,,")),
    Case(
        "year 0000 and year 10000 after conversion",
        add("incidents", "I6,,0000-01-01,,,1,1,,,,,", "I7,,9999-12-31T23:59:59-05:00,,,1,1,,,,,"),
        aside=["incidents 6, 7: unparseable"],
    ),
    Case(
        "mixed zones in one column",
        add(
            "incidents",
            "I6,,2023-07-01T12:00:00+0200,2023-07-01T11:00:00,,1,1,,,,,",
            "I7,,2023-07-01 10:00:00.123456Z,2023-07-01T12:00:00.5+01,,1,1,,,,,",
            "I8,,2023-07-01T10:00Z,2023-07-01 10:59,,1,1,,,,,",
        ),
        aside=["incidents 8: recorded_before_occurred"],
    ),
    # Chronology
    Case(
        "recorded before it occurred",
        both(
            change("incidents", "2023-05-02T10:00", "2023-05-01T09:59"),
            change("involvements", "2023-01-03T10:00", "2022-12-31"),
            change("order_breaches", "2023-01-11T08:00", "2023-01-10T21:00"),
        ),
        aside=[
            "incidents 5: recorded_before_occurred; involvements 1: recorded_before_occurred",
            "order_breaches 1: recorded_before_occurred",
            CHILDREN_OF_I5,
        ],
    ),
    Case(
        "recorded on the same day, without a time",
        both(
            change("incidents", "2023-05-02T10:00", "2023-05-01"),
            change("involvements", "2023-01-03T10:00", "2023-01-01"),
        ),
    ),
    Case(
        "ends before it starts",
        both(
            change("orders", "2023-02-02", "2023-01-04"),
            change("custody", "2023-01-20", "2023-01-04"),
            change("standing", "2023-01-05,,2", "2023-01-05,2023-01-04,2"),
            change("restrictions", "2023-06-01", "2022-06-01"),
            change("person_merges", "2023-03-01,", "2023-03-01,2023-02-28"),
        ),
        aside=[
            "orders 1: end_before_start; order_breaches 1, 2: child_of_quarantined",
            "custody 1: end_before_start; standing 1: end_before_start; restrictions 1: end_before_start",
            "person_merges 1: end_before_start",
        ],
    ),
    Case(
        "the repeated autumn hour",
        add(
            "incidents",
            "I6,,2023-10-29T01:50,2023-10-29T01:10,,1,1,,,,,",
            "I7,,2023-10-29T02:10,2023-10-29T01:50,,1,1,,,,,",
            "I8,,2023-10-28T01:50,2023-10-28T01:10,,1,1,,,,,",
        ),
        aside=["incidents 7, 8: recorded_before_occurred"],
    ),
    # Keys
    Case(
        "equal rows, also when written differently",
        add(
            "incidents",
            "I5,E5,2023-05-01 10:00:00,2023-05-02T09:00Z,8N,TRUE,False,Hanley,,,,",
            " I5,E5,2023-05-01T10:00,2023-05-02T10:00,8N,1,0,Hanley,,,,",
        ),
        aside=["incidents 6, 7: duplicate"],
    ),
    Case(
        "one key, two contents",
        add("persons", "P1,1981-02-03,M,W,Hanley"),
        aside=["persons 1, 7: conflicting_key", CHILDREN_OF_P1],
    ),
    Case(
        "duplicate and conflict together",
        add("nominations", "N1,P6,housing,2023-04-01,noise and fear", "N1,P6,housing,2023-04-02,noise and fear"),
        aside=["nominations 1, 3: conflicting_key; nominations 2: conflicting_key + duplicate"],
    ),
    Case(
        "conflict with a row at fault",
        add("incidents", "I5,E5,never,,8N,1,0,Hanley,,,,"),
        aside=["incidents 5: conflicting_key; incidents 6: conflicting_key + unparseable", CHILDREN_OF_I5],
    ),
    Case(
        "bad cells that differ only in their text",
        add("persons", "P7,never,F,W,", "P7,sometime,F,W,", "P8,never,F,W,", "P8, never,F,W,"),
        aside=[
            "persons 7, 8: conflicting_key + unparseable; persons 9 value: unparseable",
            "persons 10: duplicate + unparseable",
        ],
    ),
    Case(
        "year and first of January are not the same",
        add("persons", "P5,2001,X,M,Burslem"),
        aside=["persons 5, 7: conflicting_key; involvements 6: child_of_quarantined"],
    ),
    Case(
        "equal and conflicting events of a programme",
        add("programme_events", "R1,consented,2023-02-09,", "R1,received,2023-02-02,by letter"),
        aside=["programme_events 1, 4: conflicting_key; programme_events 3: duplicate"],
    ),
    Case(
        "tie given from both ends",
        add("ties", "P1,P2,intimate,2020-01-01", "P2,P3,family,2021-01-01", "P2,P3,household,2021-01-01"),
        aside=["ties 2, 4: conflicting_key; ties 3: duplicate"],
    ),
    Case("tie of a person with themselves", add("ties", "P1,P1,family,2020-01-01"), aside=["ties 3: self_tie"]),
    # References
    Case(
        "ids that name nobody",
        both(add("involvements", "I5,P77,victim,,,", "I77,P1,victim,,,"), add("custody", "P77,2020-01-01,")),
        aside=["involvements 11, 12: orphan; custody 3: orphan"],
    ),
    Case(
        "optional ids that name nobody",
        both(change("orders", "O1,P1,P2", "O1,P1,P77"), change("identities", "police,P1", "police,P77")),
        aside=["orders 1 value: orphan; identities 1 value: orphan"],
    ),
    Case(
        "one parent missing, the other set aside",
        both(
            change("incidents", "I5,E5,2023-05-01T10:00", "I5,E5,never"),
            change("involvements", "I5,P4,witness", "I5,P77,witness"),
        ),
        aside=[
            "incidents 5: unparseable; involvements 9: child_of_quarantined",
            "involvements 10: child_of_quarantined + orphan",
        ],
    ),
    Case("duplicate parent", add("persons", "P1,1980-02-03,M,W,Hanley"), aside=["persons 7: duplicate"]),
    Case("breaches without their table of orders", remove("orders"), aside=["order_breaches 1, 2: orphan"]),
    Case("old id that is no person", add("involvements", "I5,P9,victim,,,")),
    Case(
        "old id of a merge set aside",
        both(change("person_merges", "P9,P1", "P9,P77"), add("involvements", "I5,P9,victim,,,")),
        aside=["person_merges 1: orphan; involvements 11: child_of_quarantined"],
    ),
    Case(
        "chain of merges and a break in it",
        add("person_merges", "P8,P9,2023-03-02,", "P7,P6,2023-03-02,", "Q1,Q2,2023-03-02,", "Q2,Q3,2023-03-02,"),
        aside=["person_merges 4: child_of_quarantined; person_merges 5: orphan"],
    ),
    Case(
        "merges in a circle, and into themselves",
        add(
            "person_merges",
            "Q1,Q2,2023-03-02,2023-03-03",
            "Q2,Q3,2023-03-02,",
            "Q3,Q1,2024-03-02,",
            "P3,P3,2023-03-02,",
            "Q4,Q1,2023-03-02,",
        ),
        aside=["person_merges 2, 3, 4, 5: cycle; person_merges 6: child_of_quarantined"],
    ),
    # Valid, though it may look odd
    Case(
        "nothing to quarantine",
        both(
            add("incidents", "I6,,2099-01-01,,,true,true,,,,,"),
            add("order_breaches", "O2,2020-01-01,"),
            add("involvements", "I4,P2,suspect,,,"),
        ),
    ),
    # Parquet
    Case("Parquet that is none", no_parquet, refused="ties.parquet cannot be read"),
    Case("half a Parquet file", half_parquet, refused="ties.parquet cannot be read"),
    Case("lists in Parquet", nested_parquet, refused="expected text, a number, a truth value or a date"),
    Case("bytes in Parquet", binary_parquet, refused="expected text, a number, a truth value or a date"),
    Case(
        "Parquet of other types",
        both(
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
        "Parquet times of other units and zones",
        both(
            typed("ties", known_at=pl.col("known_at").str.to_datetime("%Y-%m-%d", time_unit="ns", time_zone="UTC")),
            typed("marac", heard_at=pl.col("heard_at").str.to_datetime("%Y-%m-%d", time_unit="ms")),
            typed("persons", birth_date=pl.lit(-700_000).cast(pl.Int32).cast(pl.Date)),
        ),
        aside=[],
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

        aside = case.expected()
        assert set_aside(snapshot) == aside
        for table, counts in report.counts.items():
            rows = sum(1 for (name, _), (kind, _) in aside.items() if name == table and kind == ROW)
            assert (counts.quarantined, counts.accepted + rows) == (rows, counts.rows_in)
            assert snapshot.table(table).select(pl.len()).collect().item() == counts.accepted


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
