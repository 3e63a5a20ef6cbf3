"""What a snapshot knew on one date, in pandas: incidents weighed, people numbered, roles ready to be counted.

Only merges, sorts and built-in group-by reductions are used, never a Python function per row or group.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.benchmarks.inputs import COLUMNS, ColumnType, file_of

DAY = pd.Timedelta(days=1)
DTYPES: dict[ColumnType, str] = {"VARCHAR": "str", "TIMESTAMP": "datetime64[us]", "BOOLEAN": "boolean"}
NO_WEIGHT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known at `midnight`.

    `incidents`: one row per counting incident, indexed by number. `recorded`: one row per suspect or victim of one,
    known or not. `suspects` and `victims`: one row per person and incident; victims of domestic incidents only.
    `people`: person ids in order; a person is a position in it.
    """

    snapshot: Path
    midnight: pd.Timestamp
    merges: pd.Series
    people: pd.Index
    incidents: pd.DataFrame
    recorded: pd.DataFrame
    suspects: pd.DataFrame
    victims: pd.DataFrame

    def identify(self, ids: pd.Series) -> pd.Series:
        """Present ids."""
        return replaced(ids, self.merges)

    def numbered(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Rows whose person ids in `columns` are of `people`, with their positions in place of ids."""
        for column in columns:
            positions = self.people.get_indexer(pd.Index(self.identify(frame[column])))
            frame = frame.assign(**{column: positions})[positions >= 0]
        return frame


def read(snapshot: Path, table: str) -> pd.DataFrame:
    """The columns of a table that features need; empty where the snapshot has no such table."""
    columns = COLUMNS[table]
    path = file_of(snapshot, table)
    if path is None:
        return pd.DataFrame({column: pd.Series(dtype=DTYPES[kind]) for column, kind in columns.items()})
    frame = pd.read_parquet(path, columns=list(columns))
    return frame.astype({column: DTYPES[kind] for column, kind in columns.items()})


def read_known(snapshot: Path, midnight: pd.Timestamp, scale: Path) -> Known:
    """Read incidents and roles, and number people and incidents."""
    merges = known_merges(snapshot, midnight)
    incidents, ids = counting_incidents(snapshot, midnight, scale)
    rows = read(snapshot, "involvements")
    rows = rows[rows["role"].isin(["suspect", "victim"])]
    rows = rows.assign(incident=ids.get_indexer(pd.Index(rows["incident_id"]))).drop(columns="incident_id")
    rows = rows[rows["incident"] >= 0]
    recorded_at = incidents["recorded_at"].to_numpy()[rows["incident"]]
    is_suspect = rows["role"] == "suspect"
    eliminated = (rows["status"] == "eliminated") & ~(rows["status_at"] >= midnight)
    persons, people = pd.factorize(replaced(rows["person_id"], merges), sort=True)
    recorded = pd.DataFrame(
        {
            "incident": rows["incident"],
            "person": persons,
            "is_suspect": is_suspect,
            "known_at": rows["recorded_at"].where(rows["recorded_at"] > recorded_at, recorded_at),
            "is_eliminated": is_suspect & eliminated,
        }
    )
    del rows, is_suspect, eliminated, persons
    roles = recorded[(recorded["known_at"] < midnight) & ~recorded["is_eliminated"]].drop(columns="is_eliminated")
    if not merges.empty:
        roles = roles.groupby(["incident", "person", "is_suspect"])[["known_at"]].min().reset_index()
    facts = incidents.drop(columns="recorded_at")
    suspects = roles[roles["is_suspect"]].drop(columns="is_suspect")
    suspects = suspects.assign(known_age=days_before(midnight, suspects["known_at"])).drop(columns="known_at")
    suspects = suspects.join(facts, on="incident")
    victims = roles.loc[~roles["is_suspect"], ["person", "incident"]].join(facts[["age", "is_domestic"]], on="incident")
    return Known(
        snapshot=snapshot,
        midnight=midnight,
        merges=merges,
        people=pd.Index(people),
        incidents=facts.assign(incident_id=ids),
        recorded=recorded,
        suspects=suspects,
        victims=victims[victims["is_domestic"]].drop(columns="is_domestic"),
    )


def known_merges(snapshot: Path, midnight: pd.Timestamp) -> pd.Series:
    """The last id of each chain, by the id merged away."""
    rows = in_force(read(snapshot, "person_merges"), midnight, begins="merged_at", ends="undone_at")
    steps = rows.set_index("old_id")["new_id"]
    ends = steps
    while True:
        further = replaced(ends, steps)
        if further.equals(ends):
            return ends
        ends = further


def replaced(ids: pd.Series, merges: pd.Series) -> pd.Series:
    """Ids with those merged away replaced."""
    return ids if merges.empty else ids.map(merges).fillna(ids)


def in_force(
    rows: pd.DataFrame, midnight: pd.Timestamp, *, begins: str = "from_at", ends: str = "to_at"
) -> pd.DataFrame:
    """Rows that began before midnight and had not ended by then."""
    return rows[(rows[begins] < midnight) & ~(rows[ends] < midnight)]


def days_before(midnight: pd.Timestamp, moments: pd.Series) -> pd.Series:
    """Whole days from the date of each moment to midnight."""
    days: pd.Series = (midnight - moments.dt.normalize()) // DAY
    return days.astype("int32")


def counting_incidents(snapshot: Path, midnight: pd.Timestamp, scale: Path) -> tuple[pd.DataFrame, pd.Index]:
    """One row per counting incident, weighed, and the ids in the same order."""
    rows = read(snapshot, "incidents")
    rows = rows[
        (rows["recorded_at"] < midnight) & (rows["occurred_at"] < midnight) & ~(rows["cancelled_at"] < midnight)
    ]
    codes, names = pd.factorize(rows["offence_code"])
    weights = weigh(pd.Series(names), scale)
    is_crime = rows["is_crime"].to_numpy(dtype=bool)
    units = weights["units"].to_numpy()[codes]
    facts = pd.DataFrame(
        {
            "recorded_at": rows["recorded_at"].to_numpy(),
            "age": days_before(midnight, rows["occurred_at"]).to_numpy(),
            "is_domestic": rows["is_domestic"].to_numpy(dtype=bool),
            "is_crime": is_crime,
            "has_children": rows["children_present"].fillna(value=False).to_numpy(dtype=bool),
            "units": pd.Series(units).where(is_crime & (codes >= 0), NO_WEIGHT),
            "is_high_risk": weights["is_high_risk"].to_numpy()[codes] & is_crime & (codes >= 0),
        }
    )
    return facts, pd.Index(rows["incident_id"])


def weigh(codes: pd.Series, scale: Path) -> pd.DataFrame:
    """One row per code as written, then one for none: `units` (`NO_WEIGHT` where there is none), `is_high_risk`."""
    table = pd.read_parquet(scale).set_index("code")
    exact = codes.str.strip().str.upper()
    parent = exact.str.split("/", n=1).str[0].str.strip()
    listed = exact.where(exact.isin(table.index), parent)
    units = listed.map(table["weight_units"]).fillna(NO_WEIGHT).astype("int64")
    is_high_risk = listed.map(table["is_high_risk"].astype("boolean")).astype("boolean").fillna(value=False)
    rows = pd.DataFrame({"units": units, "is_high_risk": is_high_risk.astype(bool)})
    return pd.concat([rows, pd.DataFrame({"units": [NO_WEIGHT], "is_high_risk": [False]})], ignore_index=True)
