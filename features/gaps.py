"""What the extract could not tell about each suspect; shown beside the rank, and never taken for good conduct."""

from __future__ import annotations

import polars as pl

from features.matrix import Population
from mat.snapshot import Snapshot, cell_set_aside
from mat.vocabulary import DataGap, DatePrecision, QuarantineKind, Role

#: Which gap everyone has where the extract lacks a table or "table.column".
_ABSENCES: tuple[tuple[str, DataGap], ...] = (
    ("ties", DataGap.NO_TIES),
    ("custody", DataGap.NO_CUSTODY),
    ("orders", DataGap.NO_ORDERS),
    ("order_breaches", DataGap.NO_ORDERS),
    ("incidents.children_present", DataGap.NO_CHILDREN_PRESENT),
    ("incidents.cancelled_at", DataGap.NO_CANCELLATIONS),
    ("involvements.status", DataGap.NO_ELIMINATIONS),
    ("incidents.recorded_at", DataGap.NO_RECORDED_AT),
)


def data_gaps(population: Population, features: pl.DataFrame) -> pl.DataFrame:
    """One row per suspect, in the order of `features`: `person_id`, `data_gaps` (sorted list of short codes)."""
    known = population.history
    everyone = sorted({gap.value for source, gap in _ABSENCES if _is_absent(known.snapshot, source)})
    own = {
        DataGap.BIRTH_DATE_UNKNOWN: pl.col("birth_date").is_null(),
        DataGap.BIRTH_YEAR_ONLY: (pl.col("birth_date_precision") == DatePrecision.YEAR).fill_null(value=False),
        DataGap.VALUE_SET_ASIDE: pl.col("has_value_set_aside").fill_null(value=False),
        DataGap.UNWEIGHTED_CRIMES: pl.col("harm_unweighted_count_all") > 0,
        DataGap.NO_VICTIM_RECORDED: pl.col("distinct_victims_all") == 0,
    }
    codes = [pl.when(applies).then(pl.lit(gap.value)) for gap, applies in own.items()]
    return (
        features.lazy()
        .select("person_id", "harm_unweighted_count_all", "distinct_victims_all")
        .join(
            known.persons.select("person_id", "birth_date", "birth_date_precision"),
            on="person_id",
            how="left",
            maintain_order="left",
        )
        .join(_people_with_values_set_aside(population), on="person_id", how="left", maintain_order="left")
        .select(
            "person_id",
            pl.concat_list(*codes, *(pl.lit(code) for code in everyone))
            .list.drop_nulls()
            .list.sort()
            .alias("data_gaps"),
        )
        .collect()
    )


def _is_absent(snapshot: Snapshot, source: str) -> bool:
    table, _, column = source.partition(".")
    return not (snapshot.has_column(table, column) if column else snapshot.has_table(table))


def _people_with_values_set_aside(population: Population) -> pl.LazyFrame:
    """One row per person of whom, or of whose known DA records as suspect or orders, a value could not be read."""
    known = population.history
    values = known.snapshot.quarantine().filter(pl.col("kind") == QuarantineKind.VALUE)
    suspects = known.involvements.filter(pl.col("role") == Role.SUSPECT, "is_domestic").select(
        "incident_id", "person_id"
    )
    incidents = values.filter(pl.col("table").is_in(["incidents", "involvements"])).select(
        cell_set_aside("incident_id")
    )
    of_records = suspects.join(incidents.unique(), on="incident_id", how="semi").select("person_id")
    told = (
        values.filter(pl.col("table") == "pairs")
        .select(cell_set_aside("incident_id"), cell_set_aside("suspect_id"))
        .unique()
    )
    of_pairs = suspects.rename({"person_id": "suspect_id"}).join(told, on=["incident_id", "suspect_id"], how="semi")
    orders = values.filter(pl.col("table") == "orders").select(cell_set_aside("order_id")).unique()
    of_orders = known.orders.join(orders, on="order_id", how="semi").select("person_id")
    of_persons = values.filter(pl.col("table") == "persons").select(cell_set_aside("person_id"))
    now = pl.coalesce("new_id", "person_id").alias("person_id")
    of_persons = of_persons.join(known.merges.lazy(), left_on="person_id", right_on="old_id", how="left").select(now)
    of_pairs = of_pairs.select(pl.col("suspect_id").alias("person_id"))
    people = pl.concat([of_records, of_pairs, of_orders, of_persons]).unique()
    return people.with_columns(pl.lit(value=True).alias("has_value_set_aside"))
