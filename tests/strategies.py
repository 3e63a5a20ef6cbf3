"""Small random extracts that keep to the contract, crowded around the dates where the definitions turn.

Few people and few incidents, so that roles, pairs, merges and windows collide often. Cells are text, as in a CSV file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

AS_OF = date(2024, 3, 1)
MIDNIGHT = datetime(2024, 3, 1)

#: A harm scale for these extracts: zero, tiny, sub-codes with and without a row of their own.
SCALE = """\
code,weight,label,source,high_risk
abh,1826.25,Actual bodily harm,test,0
8N,10,Assault,test,0
8N/06,20.5,Assault of a kind,test,1
nil,0,Nothing,test,0
stalk,0.5,Stalking,test,1
tiny,0.0001,Least,test,0
"""

Extract = dict[str, pl.DataFrame]

#: Settings for tests that write and read files: shrinking takes minutes, and the failing cells name their small world.
FILES = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)

_TIMES = [timedelta(), timedelta(seconds=1), timedelta(hours=23, minutes=59, seconds=59)]
_BOUNDARIES = [
    MIDNIGHT - timedelta(days=days + shift)
    for days in (0, 90, 365, 730, 1095)
    for shift in (-1, 0, 1)
] + [MIDNIGHT - timedelta(days=2500)]  # fmt: skip
_MOMENTS = [day + time for day in _BOUNDARIES for time in _TIMES]
_AROUND_AS_OF = [MIDNIGHT + timedelta(seconds=seconds) for seconds in (-86400, -1, 0, 1)]

_ORDINARY = [MIDNIGHT - timedelta(days=days, hours=9) for days in (3, 8, 20, 60, 150, 300, 500, 900)]

ordinary = st.sampled_from(_ORDINARY)
around_as_of = st.sampled_from(_AROUND_AS_OF)
moments = st.one_of(ordinary, st.sampled_from(_MOMENTS), around_as_of)
seldom = st.one_of(st.none(), st.none(), st.none(), moments)
maybe_moments = st.one_of(st.none(), moments)
starts = st.one_of(ordinary, moments)
codes = st.sampled_from(["abh", "ABH ", "8N", "8n/06", "8N/07", "nil", "stalk", "tiny", "other", "abh/1", None])
births = st.sampled_from(
    [None, "2006-03-01", "2006-03-02", "2008-03-01", "2008-03-02", "2008-02-29", "2005", "2006", "2007", "2008", "1970"]
)
statuses = st.sampled_from([None, None, None, None, "named", "charged", "eliminated"])
relationships = st.sampled_from([None, "intimate", "sibling", "neighbour"])  # the last is no word of the contract

_ABSENT_TABLES = (
    "pairs", "ties", "orders", "order_breaches", "assessments", "marac", "programme_referrals", "programme_events",
    "custody", "standing", "restrictions", "nominations", "person_merges", "identities",
)  # fmt: skip
_ABSENT_COLUMNS = (
    "persons.birth_date", "incidents.recorded_at", "incidents.offence_code", "incidents.children_present",
    "incidents.cancelled_at", "involvements.recorded_at", "involvements.status", "involvements.status_at",
    "pairs.relationship", "orders.recorded_at", "orders.expires_at", "order_breaches.recorded_at", "custody.to_at",
    "standing.to_at", "restrictions.to_at", "person_merges.undone_at",
)  # fmt: skip


@st.composite
def extracts(draw: st.DrawFn, *, worlds: int = 1, is_clean: bool = False) -> Extract:
    """Draw one extract; absent tables are missing keys, absent columns missing columns, empty cells null.

    `worlds` small extracts that share no id are put into one, since the time goes into files rather than rows. Where
    `is_clean`, no row depends on another to be accepted (no cycle of merges, no two rows of one key that differ): then
    rows may be taken away without bringing others back.
    """
    drawn = [_world(draw, f"W{number}" if worlds > 1 else "", is_clean=is_clean) for number in range(worlds)]
    absent = draw(st.sets(st.sampled_from(_ABSENT_TABLES), max_size=4))
    absent_columns = draw(st.sets(st.sampled_from(_ABSENT_COLUMNS), max_size=3))
    return {
        name: _frame(columns, [row for world in drawn for row in world.get(name, [])]).drop(
            [column for column in columns if f"{name}.{column}" in absent_columns]
        )
        for name, columns in _COLUMNS.items()
        if name not in absent
    }


def _world(draw: st.DrawFn, prefix: str, *, is_clean: bool) -> dict[str, list[dict[str, Any]]]:
    people = [f"{prefix}P{number}" for number in range(1, draw(st.integers(4, 6)) + 1)]
    incidents = _incidents(draw, prefix)
    involvements = _involvements(draw, incidents, people)
    return {
        "persons": [{"person_id": person, "birth_date": draw(births), "sex": None} for person in people],
        "incidents": list(incidents.values()),
        "involvements": involvements,
        "pairs": _pairs(draw, involvements, people, is_clean=is_clean),
        "ties": _ties(draw, people, is_clean=is_clean),
        "person_merges": _merges(draw, people, prefix, is_clean=is_clean),
        **_orders(draw, people, prefix),
        "custody": _spans(draw, people, 5),
        "standing": _spans(draw, people, 3, kind=st.sampled_from(["sensitive", "sensitive", "mappa", "deceased"])),
        "restrictions": _spans(draw, people, 2, reason=st.just("asked")),
        **_beside_the_quantities(draw, people, prefix),
    }


def write_extract(folder: Path, extract: Mapping[str, pl.DataFrame], *, file_format: str = "csv") -> Path:
    """Write the tables as files of one format and return their folder.

    "csv" and "parquet" hold text; "typed" is Parquet with moments and truth values of their own types.
    """
    folder.mkdir(parents=True)
    for name, table in extract.items():
        if file_format == "csv":
            table.write_csv(folder / f"{name}.csv")
        else:
            (typed(table) if file_format == "typed" else table).write_parquet(folder / f"{name}.parquet")
    return folder


def typed(table: pl.DataFrame) -> pl.DataFrame:
    """The same table with moments as datetimes and truth values as booleans; birth dates stay text (1970 is a year)."""
    moment_columns = [column for column in table.columns if column.endswith("_at") or column == "at"]
    truth_columns = [column for column in table.columns if column.startswith("is_") or column == "children_present"]
    return table.with_columns(
        *(
            (
                pl.col(column)
                + pl.when(pl.col(column).str.len_chars() == 10).then(pl.lit(" 00:00:00")).otherwise(pl.lit(""))
            ).str.to_datetime("%Y-%m-%d %H:%M:%S")
            for column in moment_columns
        ),
        *(
            pl.when(pl.col(column).is_not_null())
            .then(pl.col(column).str.to_lowercase().is_in(["true", "1"]))
            .alias(column)
            for column in truth_columns
        ),
    )


def text(moment: datetime | None) -> str | None:
    """A moment as a cell; midnights of even days are dates alone, which the contract reads as 00:00."""
    if moment is None:
        return None
    if moment.time() == datetime.min.time() and moment.day % 2 == 0:
        return moment.date().isoformat()
    return moment.isoformat(sep=" ")


def _incidents(draw: st.DrawFn, prefix: str) -> dict[str, dict[str, Any]]:
    facts = st.fixed_dictionaries(
        {
            "occurred_at": starts,
            "recorded_at": seldom,
            "offence_code": codes,
            "is_crime": st.sampled_from(["true", "1", "FALSE"]),
            "is_domestic": st.sampled_from(["true", "1", "True", "0"]),
            "children_present": st.sampled_from(["true", "false", None]),
            "cancelled_at": seldom,
        }
    )
    first = {
        "occurred_at": MIDNIGHT - timedelta(days=30),
        "recorded_at": None,
        "offence_code": "abh",
        "is_crime": "1",
        "is_domestic": "1",
        "children_present": None,
        "cancelled_at": None,
    }
    drawn = [first, *draw(st.lists(facts, min_size=3, max_size=7))]
    for row in drawn:
        if row["recorded_at"] is not None:
            row["recorded_at"] = max(row["occurred_at"], row["recorded_at"])
    named = {f"{prefix}I{number}": row for number, row in enumerate(drawn, start=1)}
    return {name: {"incident_id": name} | row for name, row in named.items()}


def _involvements(draw: st.DrawFn, incidents: dict[str, dict[str, Any]], people: list[str]) -> list[dict[str, Any]]:
    someone = st.sampled_from(people)
    part = st.one_of(
        st.tuples(st.just(people[0]), st.just("suspect")),
        st.tuples(st.sampled_from(people[:2]), st.just("suspect")),
        st.tuples(someone, st.just("suspect")),
        st.tuples(someone, st.just("victim")),
        st.tuples(someone, st.just("victim")),
        st.tuples(someone, st.sampled_from(["witness", "involved", "child"])),
    )
    facts = st.tuples(st.sampled_from(sorted(incidents)), part, seldom, statuses, maybe_moments)
    drawn = draw(st.lists(facts, min_size=14, max_size=36, unique_by=lambda row: row[:2]))
    first = (min(incidents), (people[0], "suspect"))
    rows = [(*first, None, None, None), *(row for row in drawn if row[:2] != first)]
    return [
        {
            "incident_id": incident,
            "person_id": person,
            "role": role,
            "recorded_at": None if recorded is None else max(incidents[incident]["occurred_at"], recorded),
            "status": status,
            "status_at": status_at,
        }
        for incident, (person, role), recorded, status, status_at in rows
    ]


def _pairs(
    draw: st.DrawFn, involvements: list[dict[str, Any]], people: list[str], *, is_clean: bool
) -> list[dict[str, Any]]:
    """Rows of pairs, more often than not about people who hold the roles."""
    someone = st.sampled_from(people if is_clean else [*people, "nobody"])
    incidents = st.sampled_from(sorted({row["incident_id"] for row in involvements}))
    held = [
        (one["incident_id"], one["person_id"], other["person_id"])
        for one in involvements
        for other in involvements
        if one["role"] == "suspect" and other["role"] == "victim" and one["incident_id"] == other["incident_id"]
    ]
    anyone = st.tuples(incidents, someone, someone)
    half = (
        st.sampled_from(held).flatmap(lambda row: st.tuples(st.just(row[0]), st.just(row[1]), someone))
        if held
        else anyone
    )
    triples = st.one_of(st.sampled_from(held), half, anyone) if held else anyone
    rows = [
        {"incident_id": incident, "suspect_id": suspect, "victim_id": victim, "relationship": relationship}
        for (incident, suspect, victim), relationship in draw(st.lists(st.tuples(triples, relationships), max_size=6))
    ]
    return _one_per(rows, "incident_id", "suspect_id", "victim_id") if is_clean else rows


def _ties(draw: st.DrawFn, people: list[str], *, is_clean: bool) -> list[dict[str, Any]]:
    facts = st.fixed_dictionaries(
        {
            "person_id_a": st.sampled_from(people),
            "person_id_b": st.sampled_from(people),
            "kind": st.sampled_from(["intimate", "family", "household"]),
            "known_at": st.one_of(moments, around_as_of),
        }
    )
    rows = draw(st.lists(facts, max_size=5))
    if not is_clean:
        return rows
    for row in rows:
        row["person_id_a"], row["person_id_b"] = sorted((row["person_id_a"], row["person_id_b"]))
    return _one_per(rows, "person_id_a", "person_id_b", "kind")


def _merges(draw: st.DrawFn, people: list[str], prefix: str, *, is_clean: bool) -> list[dict[str, Any]]:
    facts = st.fixed_dictionaries(
        {
            "old_id": st.sampled_from([*people, f"{prefix}P0"]),
            "new_id": st.sampled_from(people),
            "merged_at": starts,
            "undone_at": seldom,
        }
    )
    rows = _one_per(draw(st.lists(facts, max_size=4)), "old_id")
    for row in rows:
        if row["undone_at"] is not None:
            row["undone_at"] = max(row["merged_at"], row["undone_at"])
    return [row for row in rows if row["old_id"] < row["new_id"]] if is_clean else rows


def _orders(draw: st.DrawFn, people: list[str], prefix: str) -> dict[str, list[dict[str, Any]]]:
    facts = st.fixed_dictionaries(
        {
            "person_id": st.sampled_from(people),
            "kind": st.sampled_from(["dvpn", "bail", "restraining"]),
            "issued_at": starts,
            "expires_at": maybe_moments,
            "recorded_at": seldom,
        }
    )
    orders = [
        {"order_id": f"{prefix}O{number}"} | row
        for number, row in enumerate(draw(st.lists(facts, max_size=3)), start=1)
    ]
    for row in orders:
        if row["expires_at"] is not None:
            row["expires_at"] = max(row["issued_at"], row["expires_at"])
    if not orders:
        return {"orders": [], "order_breaches": []}
    breach_facts = st.fixed_dictionaries(
        {
            "order_id": st.sampled_from([row["order_id"] for row in orders]),
            "occurred_at": starts,
            "recorded_at": seldom,
        }
    )
    breaches = _one_per(draw(st.lists(breach_facts, max_size=6)), "order_id", "occurred_at")
    for row in breaches:
        if row["recorded_at"] is not None:
            row["recorded_at"] = max(row["occurred_at"], row["recorded_at"])
    return {"orders": orders, "order_breaches": breaches}


def _spans(draw: st.DrawFn, people: list[str], most: int, **words: st.SearchStrategy[str]) -> list[dict[str, Any]]:
    """Rows of custody, standing or restrictions: a person from one moment to another, or still."""
    facts = st.fixed_dictionaries(
        {"person_id": st.sampled_from(people), "from_at": starts, "to_at": maybe_moments, **words}
    )
    rows = _one_per(draw(st.lists(facts, max_size=most)), "person_id", "from_at", *sorted({"kind"} & set(words)))
    for row in rows:
        if row["to_at"] is not None:
            row["to_at"] = max(row["from_at"], row["to_at"])
    return rows


def _beside_the_quantities(draw: st.DrawFn, people: list[str], prefix: str) -> dict[str, list[dict[str, Any]]]:
    """At most one row of each table that no quantity reads."""
    if draw(st.booleans()):
        return {}
    person, at = draw(st.sampled_from(people)), draw(moments)
    return {
        "assessments": [
            {
                "assessment_id": f"{prefix}A1",
                "suspect_id": person,
                "victim_id": people[0],
                "assessed_at": at,
                "form": "dara",
            }
        ],
        "marac": [{"marac_id": f"{prefix}M1", "victim_id": people[0], "suspect_id": person, "heard_at": at}],
        "programme_referrals": [
            {"referral_id": f"{prefix}R1", "person_id": person, "referred_at": at, "source_agency": "police"}
        ],
        "programme_events": [{"referral_id": f"{prefix}R1", "event": "received", "at": at}],
        "nominations": [
            {
                "nomination_id": f"{prefix}N1",
                "person_id": person,
                "agency": "housing",
                "nominated_at": at,
                "reason": "worry",
            }
        ],
        "identities": [{"record_id": f"{prefix}D1", "agency": "police", "person_id": person, "surname": "Bell"}],
    }


def _one_per(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    return list({tuple(row[column] for column in key): row for row in rows}.values())


_COLUMNS = {
    "persons": ("person_id", "birth_date", "sex"),
    "incidents": (
        "incident_id", "occurred_at", "recorded_at", "offence_code", "is_crime", "is_domestic", "children_present",
        "cancelled_at",
    ),
    "involvements": ("incident_id", "person_id", "role", "recorded_at", "status", "status_at"),
    "pairs": ("incident_id", "suspect_id", "victim_id", "relationship"),
    "ties": ("person_id_a", "person_id_b", "kind", "known_at"),
    "person_merges": ("old_id", "new_id", "merged_at", "undone_at"),
    "orders": ("order_id", "person_id", "kind", "issued_at", "expires_at", "recorded_at"),
    "order_breaches": ("order_id", "occurred_at", "recorded_at"),
    "custody": ("person_id", "from_at", "to_at"),
    "standing": ("person_id", "kind", "from_at", "to_at"),
    "restrictions": ("person_id", "from_at", "to_at", "reason"),
    "assessments": ("assessment_id", "suspect_id", "victim_id", "assessed_at", "form"),
    "marac": ("marac_id", "victim_id", "suspect_id", "heard_at"),
    "programme_referrals": ("referral_id", "person_id", "referred_at", "source_agency"),
    "programme_events": ("referral_id", "event", "at"),
    "nominations": ("nomination_id", "person_id", "agency", "nominated_at", "reason"),
    "identities": ("record_id", "agency", "person_id", "surname"),
}  # fmt: skip


def _frame(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> pl.DataFrame:
    cells = {
        column: [text(row[column]) if isinstance(row[column], datetime) else row[column] for row in rows]
        for column in columns
    }
    return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
