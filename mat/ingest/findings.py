"""What an analyst must be told before trusting a list made from this extract, each as one sentence."""

from __future__ import annotations

import polars as pl

from mat.ingest.references import Parents
from mat.ingest.table import CheckedTable
from mat.vocabulary import Role

_MANY_INCIDENTS = 3
_NAMED_IN_FULL = 20


def people_set_aside(
    involvements: CheckedTable, incidents: pl.DataFrame, known: Parents, set_aside: pl.DataFrame
) -> pl.DataFrame:
    """One row per person set aside, or missing, who is named in three or more DA incidents; most incidents first.

    `id`, `incidents` (how many), `reasons` (null = not in persons). `incidents` given: `incident_id` and `is_domestic`
    of all of them, set aside or not; `known`: the persons accepted; `set_aside`: see `reasons_set_aside`.
    """
    return (
        involvements.parsed.lazy()
        .select("incident_id", id="person_id")
        .drop_nulls()
        .join(known.accepted.lazy(), on="id", how="anti")
        .join(incidents.lazy().filter("is_domestic"), on="incident_id", how="semi")
        .group_by("id")
        .agg(incidents=pl.col("incident_id").n_unique())
        .filter(pl.col("incidents") >= _MANY_INCIDENTS)
        .join(set_aside.lazy(), on="id", how="left")
        .sort(pl.col("incidents"), pl.col("id"), descending=[True, False])
        .collect()
    )


def lead(people: pl.DataFrame) -> list[str]:
    """One sentence per person of `people_set_aside`, the first of them in full."""
    sentences = [
        (
            f"{person} {_why(reasons)} but is named in {incidents} domestic incidents, none of which counts: mend this "
            "first."
        )
        for person, incidents, reasons in people.head(_NAMED_IN_FULL).iter_rows()
    ]
    if people.height > _NAMED_IN_FULL:
        sentences.append(
            f"{people.height - _NAMED_IN_FULL:,} more people set aside or missing are named in three or more domestic "
            "incidents: see the quarantine."
        )
    return sentences


def reasons_set_aside(persons: CheckedTable) -> pl.DataFrame:
    """One row per person id with a row set aside, be it a mere duplicate: `id`, `reasons`."""
    lost = persons.parsed.filter(persons.is_lost).select("row", id="person_id").drop_nulls()
    named = lost.join(persons.entries.select("row", "reasons"), on="row")
    return named.group_by("id").agg(pl.col("reasons").explode().unique().sort())


def _why(reasons: list[str] | None) -> str:
    return f"was set aside ({', '.join(reasons)})" if reasons else "is not in persons"


def names_a_victim(involvements: CheckedTable) -> bool:
    """Whether any accepted involvement says who a victim was."""
    is_victim = (involvements.parsed["role"] == Role.VICTIM.value).fill_null(value=False)
    return bool((is_victim & ~involvements.is_lost).any())


def reservations(table: CheckedTable) -> list[str]:
    """What was read of one table with a reservation."""
    file = table.source.file.name
    sentences: list[str] = []
    if table.excused:
        sentences.append(
            f"{file}: {table.excused:,} rows run backwards within the hour that the clocks repeat in autumn; they were "
            "accepted."
        )
    if table.source.blank_lines:
        sentences.append(f"{file}: {table.source.blank_lines:,} blank lines were passed over; they are no rows.")
    if table.source.malformed.height:
        sentences.append(
            f"{file}: {table.source.malformed.height:,} rows cannot be read, mostly because they do not have as many "
            "cells as the header."
        )
    return sentences


def gaps(absent_columns: list[str], *, has_victims: bool) -> list[str]:
    """What the extract cannot say because a column, or every victim, is missing."""
    sentences = [sentence for column, sentence in _WHEN_ABSENT.items() if column in absent_columns]
    return sentences if has_victims else [*sentences, _NO_VICTIM]


_NO_VICTIM = (
    "No victim is recorded at all: repeat and serial suspects, counter-allegations and the holds that rest on victims "
    "cannot be assessed."
)
_WHEN_ABSENT = {
    "incidents.recorded_at": (
        "incidents.recorded_at is not in the extract, so every record counts as known when it occurred: every backtest "
        "may flatter."
    ),
    "incidents.occurrence_id": "incidents.occurrence_id is not in the extract: frequency may count crimes, not events.",
    "incidents.cancelled_at": "incidents.cancelled_at is not in the extract: cancelled records still count.",
    "involvements.status": "involvements.status is not in the extract: eliminated suspects still count.",
}
