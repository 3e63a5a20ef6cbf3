"""Features of every suspect in pandas: the same columns, from the same files, as `mat features` under its defaults.

Run as a program: SNAPSHOT AS_OF SCALE.parquet OUT.parquet.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pandas as pd

from experiments.benchmarks.inputs import COLUMNS, Absences, read_absences
from experiments.benchmarks.pandas_known import NO_WEIGHT, Known, days_before, in_force, read, read_known

UNITS_PER_POINT = 10_000
NO_LIMIT = 10**6


def write_features(snapshot: Path, as_of: date, scale: Path, out: Path) -> None:
    """Write one row per suspect, sorted by `person_id`: every feature but `inputs.LEFT_OUT`, then the flags."""
    known = read_known(snapshot, pd.Timestamp(as_of), scale)
    dyads = make_dyads(known)
    families = [
        suspect_sums(known),
        other_crimes(known),
        median_gaps(known),
        windowed(known.victims, "da_victim_count", (90, 365, 730, 1095, None)),
        both_roles(known),
        co_suspects(known),
        dyad_sums(dyads),
        unconnected(known, dyads, 1095),
        unconnected(known, dyads, None),
        breaches(known),
        custody_days(known),
    ]
    del dyads
    features = pd.concat([families[0], *(family.reindex(families[0].index) for family in families[1:])], axis=1)
    may_be_null = ["median_gap_days", "harm_max_365d", "harm_max_1095d", "harm_max_all"]
    filled = features.columns.difference(may_be_null)
    features = features.assign(**{column: features[column].fillna(0) for column in filled})
    restricted = known.numbered(in_force(read(snapshot, "restrictions"), known.midnight), "person_id")["person_id"]
    features = features[~features.index.isin(restricted)].sort_index()
    features.insert(0, "person_id", known.people[features.index])
    features.insert(1, "as_of", as_of)
    with_flags(features, read_absences(snapshot)).to_parquet(out, index=False, compression="zstd")


def within(days: int | None) -> int:
    """The largest age in a window."""
    return NO_LIMIT if days is None else days


def named(measure: str, days: int | None) -> str:
    """A feature's name in one window."""
    return f"{measure}_all" if days is None else f"{measure}_{days}d"


def windowed(rows: pd.DataFrame, measure: str, windows: tuple[int | None, ...]) -> pd.DataFrame:
    """Rows per person and window."""
    marks = {named(measure, days): rows["age"] <= within(days) for days in windows}
    return pd.DataFrame(marks).groupby(rows["person"]).sum()


def suspect_sums(known: Known) -> pd.DataFrame:
    """One row per suspect of a domestic incident: counts, dates and harm."""
    rows = known.suspects[known.suspects["is_domestic"]]
    person, age, units = rows["person"], rows["age"], rows["units"].clip(lower=0)
    counts = {
        "harm_unweighted_count_all": rows["is_crime"] & (rows["units"] == NO_WEIGHT),
        "high_risk_crime_count_365d": rows["is_high_risk"] & (age <= 365),
        "newly_recorded_count_90d": rows["known_age"] <= 90,
        "children_present_count_365d": rows["has_children"] & (age <= 365),
        "children_present_count_all": rows["has_children"],
    }
    harm = {
        "harm_previous_365d": units.where((age > 365) & (age <= 730), 0),
        "newly_recorded_harm_90d": units.where(rows["known_age"] <= 90, 0),
    }
    for days in (90, 365, 730, 1095, None):
        inside = age <= within(days)
        counts[named("da_suspect_count", days)] = inside
        counts[named("da_crime_count", days)] = inside & rows["is_crime"]
        harm[named("harm", days)] = units.where(inside, 0)
    heaviest = {
        named("harm_max", days): rows["units"].where(age <= within(days), NO_WEIGHT) for days in (365, 1095, None)
    }
    maxima = pd.DataFrame(heaviest).groupby(person).max()
    dates = age.groupby(person)
    return pd.concat(
        [
            pd.DataFrame(counts).groupby(person).sum(),
            pd.DataFrame({"days_since_last_da": dates.min(), "days_since_first_da": dates.max()}),
            pd.DataFrame(harm).groupby(person).sum() / UNITS_PER_POINT,
            maxima.where(maxima >= 0) / UNITS_PER_POINT,
        ],
        axis=1,
    )


def other_crimes(known: Known) -> pd.DataFrame:
    """One row per suspect of a crime that is not domestic."""
    rows = known.suspects[known.suspects["is_crime"] & ~known.suspects["is_domestic"]]
    return windowed(rows, "non_da_crime_count", (365, 1095, None))


def median_gaps(known: Known) -> pd.DataFrame:
    """One value per suspect with two or more dates."""
    rows = known.suspects.loc[known.suspects["is_domestic"], ["person", "age"]].sort_values(["person", "age"])
    gaps = rows["age"].diff()[(rows["person"] == rows["person"].shift()) & (rows["age"] != rows["age"].shift())]
    return gaps.groupby(rows["person"].loc[gaps.index]).median().to_frame("median_gap_days")


def both_roles(known: Known) -> pd.DataFrame:
    """One value per person who is suspect and victim of one incident."""
    suspects = known.suspects.loc[known.suspects["is_domestic"], ["person", "incident"]]
    both = suspects.merge(known.victims[["person", "incident"]], on=["person", "incident"])
    return both.groupby("person").size().to_frame("both_role_incidents_all")


def co_suspects(known: Known) -> pd.DataFrame:
    """One value per suspect of an incident with others."""
    rows = known.suspects.loc[known.suspects["is_domestic"], ["person", "incident"]]
    together = rows[rows["incident"].duplicated(keep=False)]
    pairs = together.merge(together.rename(columns={"person": "other"}), on="incident")
    pairs = pairs.loc[pairs["person"] != pairs["other"], ["person", "other"]].drop_duplicates()
    return pairs.groupby("person").size().to_frame("co_suspects_all")


def known_pairs(known: Known) -> pd.DataFrame:
    """One row per pair of a counting incident, accepted or set aside; -1 for somebody in no counting incident."""
    ids = pd.Index(known.incidents["incident_id"])
    given = [read(known.snapshot, "pairs").assign(is_accepted=True), pairs_set_aside(known).assign(is_accepted=False)]
    rows = pd.concat([part for part in given if not part.empty] or given[:1])
    pairs = pd.DataFrame(
        {
            "incident": ids.get_indexer(pd.Index(rows["incident_id"])),
            "suspect": known.people.get_indexer(pd.Index(known.identify(rows["suspect_id"]))),
            "victim": known.people.get_indexer(pd.Index(known.identify(rows["victim_id"]))),
            "is_accepted": rows["is_accepted"].to_numpy(dtype=bool),
        }
    )
    pairs = pairs[pairs["incident"] >= 0].drop_duplicates()
    if pairs.empty:
        return pairs
    first_known = known.recorded.groupby(["incident", "person", "is_suspect"], as_index=False)["known_at"].min()
    late = first_known[first_known["known_at"] >= known.midnight]
    for column, is_suspect in (("suspect", True), ("victim", False)):
        not_yet = late.loc[late["is_suspect"] == is_suspect, ["incident", "person"]]
        pairs = pairs.merge(not_yet.rename(columns={"person": column}), on=["incident", column], how="left_anti")
    return pairs


def pairs_set_aside(known: Known) -> pd.DataFrame:
    """One row per row of pairs in quarantine, as far as it names anybody."""
    rows = read(known.snapshot, "quarantine")
    raw = rows.loc[(rows["table"] == "pairs") & (rows["kind"] == "row"), "raw"]
    cells = {name: raw.str.extract(rf'"{name}": ?"([^"]*)"', expand=False) for name in COLUMNS["pairs"]}
    return pd.DataFrame({name: cell.str.strip() for name, cell in cells.items()})


def make_dyads(known: Known) -> pd.DataFrame:
    """One row per suspect and victim: how often in which window, and the age of the latest incident."""
    suspects = known.suspects.loc[known.suspects["is_domestic"], ["person", "incident", "age"]]
    suspects = suspects.rename(columns={"person": "suspect"})
    victims = known.victims[["person", "incident"]].rename(columns={"person": "victim"})
    pairs = known_pairs(known)
    everyone = suspects[~suspects["incident"].isin(pairs["incident"])].merge(victims, on="incident")
    named_pairs = (
        pairs[pairs["is_accepted"]]
        .merge(suspects, on=["incident", "suspect"])
        .merge(victims, on=["incident", "victim"])
    )
    rows = pd.concat([everyone, named_pairs], ignore_index=True)
    rows = rows[rows["suspect"] != rows["victim"]]
    rows = rows.assign(in_365d=rows["age"] <= 365, in_1095d=rows["age"] <= 1095, in_all=True)
    return (
        rows.groupby(["suspect", "victim"])
        .agg(
            latest_age=("age", "min"),
            in_365d=("in_365d", "sum"),
            in_1095d=("in_1095d", "sum"),
            in_all=("in_all", "sum"),
        )
        .reset_index()
    )


def dyad_sums(dyads: pd.DataFrame) -> pd.DataFrame:
    """One row per suspect of a dyad."""
    turned = dyads[["suspect", "victim"]].rename(columns={"suspect": "victim", "victim": "suspect"})
    both_ways = dyads[["suspect", "victim"]].merge(turned, on=["suspect", "victim"])
    measures = {named("distinct_victims", days): dyads["latest_age"] <= within(days) for days in (365, 730, 1095, None)}
    most = dyads.groupby("suspect")[["in_365d", "in_1095d", "in_all"]].max()
    return pd.concat(
        [
            pd.DataFrame(measures).groupby(dyads["suspect"]).sum(),
            most.rename(columns=lambda name: name.replace("in_", "max_same_victim_")),
            both_ways.groupby("suspect").size().rename("reciprocal_counterparties_all"),
        ],
        axis=1,
    )


def unconnected(known: Known, dyads: pd.DataFrame, days: int | None) -> pd.DataFrame:
    """One value per suspect with a victim in the window: groups of victims unconnected to each other."""
    victims = dyads.loc[dyads["latest_age"] <= within(days), ["suspect", "victim"]]
    several = victims[victims["suspect"].duplicated(keep=False)].reset_index(drop=True).reset_index(names="node")
    edges = connections(known, several)
    label = several["node"].copy()
    while True:
        reachable = edges.assign(label=label.loc[edges["other"]].to_numpy())
        smallest: pd.Series = reachable.groupby("node")["label"].min()
        lower: pd.Series = smallest[smallest < label.loc[smallest.index]]
        if lower.empty:
            break
        label.loc[lower.index] = lower
    joined = several.loc[label != several["node"], "suspect"].value_counts()
    groups = victims["suspect"].value_counts()
    return groups.sub(joined, fill_value=0).to_frame(named("unconnected_victims", days))


def connections(known: Known, several: pd.DataFrame) -> pd.DataFrame:
    """One row per direction of each connection between two victims of one suspect: `node`, `other`."""
    shared = known.victims[known.victims["incident"].duplicated(keep=False)][["person", "incident"]]
    met = shared.merge(shared.rename(columns={"person": "person_b"}), on="incident")
    met = met.loc[met["person"] != met["person_b"], ["person", "person_b"]].drop_duplicates()
    ties = read(known.snapshot, "ties")
    ties = known.numbered(ties[ties["known_at"] < known.midnight], "person_id_a", "person_id_b")
    tied = pd.DataFrame({"person": ties["person_id_a"], "person_b": ties["person_id_b"]})
    links = pd.concat([met, tied, tied.rename(columns={"person": "person_b", "person_b": "person"})])
    other = several.rename(columns={"victim": "person_b", "node": "other"})
    return several.merge(links, left_on="victim", right_on="person").merge(other, on=["suspect", "person_b"])


def breaches(known: Known) -> pd.DataFrame:
    """One row per person with a breach of an own order."""
    orders = read(known.snapshot, "orders")
    orders = orders.loc[orders["recorded_at"] < known.midnight, ["order_id", "person_id"]]
    rows = read(known.snapshot, "order_breaches")
    rows = rows[(rows["recorded_at"] < known.midnight) & (rows["occurred_at"] < known.midnight)]
    rows = known.numbered(rows.merge(orders, on="order_id"), "person_id").rename(columns={"person_id": "person"})
    rows = rows.assign(age=days_before(known.midnight, rows["occurred_at"]))
    return windowed(rows, "order_breach_count", (365, 1095, None))


def custody_days(known: Known) -> pd.DataFrame:
    """One value per person inside in the last 365 days; days covered twice count once."""
    rows = read(known.snapshot, "custody")
    rows = known.numbered(rows[rows["from_at"] < known.midnight], "person_id")
    stays = pd.DataFrame(
        {
            "person": rows["person_id"],
            "start": days_before(known.midnight, rows["from_at"]).clip(upper=365),
            "end": days_before(known.midnight, rows["to_at"].where(rows["to_at"] < known.midnight, known.midnight)),
        }
    )
    stays = stays[stays["start"] > stays["end"]].sort_values(["person", "start", "end"], ascending=[True, False, False])
    before = stays.groupby("person")["end"].cummin().groupby(stays["person"]).shift(fill_value=NO_LIMIT)
    uncovered = stays["start"].where(stays["start"] < before, before) - stays["end"]
    days = uncovered.clip(lower=0).groupby(stays["person"]).sum()
    return days.to_frame("custody_days_365d")


def with_flags(features: pd.DataFrame, absences: Absences) -> pd.DataFrame:
    """The flags of the shipped definitions, and nulls where a source is absent."""
    serial = (features["distinct_victims_1095d"] >= 2) & (features["da_suspect_count_1095d"] >= 2)
    unconnected_flag = (features["unconnected_victims_all"] >= 2) & (not absences.ties)
    repeat = features["max_same_victim_365d"] >= 2
    high_harm = features["high_risk_crime_count_365d"] >= 1
    nulls = {
        "is_serial_unconnected": absences.ties,
        "order_breach_count_365d": absences.orders,
        "order_breach_count_1095d": absences.orders,
        "order_breach_count_all": absences.orders,
        "custody_days_365d": absences.custody,
        "children_present_count_365d": absences.children_present,
        "children_present_count_all": absences.children_present,
    }
    return features.assign(
        is_serial_distinct=serial,
        is_serial_unconnected=unconnected_flag,
        is_repeat=repeat,
        is_high_harm=high_harm,
        is_priority=serial | unconnected_flag | repeat | high_harm,
    ).assign(**{column: None for column, is_absent in nulls.items() if is_absent})


if __name__ == "__main__":
    write_features(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
