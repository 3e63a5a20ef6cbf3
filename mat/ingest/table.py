"""Takes one table from its file to accepted rows and quarantine entries.

Checks run from the cell outwards: cells, times, keys, references. A row set aside by one check is still looked at by
the others, so that its entry names every reason at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from mat.ingest import quarantine
from mat.ingest.chronology import chronology_faults, involvement_faults
from mat.ingest.faults import Faults, marked
from mat.ingest.keys import key_faults, self_ties, undirected
from mat.ingest.mapping import ExtractMapping
from mat.ingest.parse import cell_faults, date_mark, parse, precision
from mat.ingest.read import SourceTable, header_of, read_table
from mat.ingest.references import Parents, cycle_faults, ids, merge_reference_faults, reference_faults
from mat.ingest.report import TableCounts
from mat.ingest.shape import Layout, given, lay_out, shaped
from mat.ingest.sources import SourceFile, readable
from mat.schemas.extract import ColumnContract, TableContract
from mat.vocabulary import QuarantineReason


@dataclass(slots=True, kw_only=True)
class Earlier:
    """What the tables read so far offer to the next; filled table by table.

    `occurrences`: one row per incident id that names one occurrence, set aside or not: `incident_id`, `occurred_at`,
    `is_date`. `recorded`: one row per accepted incident: `incident_id`, `recorded_at`.
    """

    parents: dict[str, Parents] = field(default_factory=dict[str, Parents])
    occurrences: pl.DataFrame = field(default_factory=pl.DataFrame)
    recorded: pl.LazyFrame = field(default_factory=pl.LazyFrame)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTable:
    """One table after all checks: `parsed` rows with their marks, which of them are lost, and `faults` by place.

    `entries` are its rows of the quarantine, `excused` the inversions that the repeated autumn hour explains.
    """

    contract: TableContract
    source: SourceTable
    layout: Layout
    parsed: pl.DataFrame
    is_lost: pl.Series
    faults: pl.DataFrame
    excused: int
    entries: pl.DataFrame
    set_aside_ids: pl.DataFrame

    def parents(self) -> Parents:
        """The ids this table offers to others."""
        accepted = self.parsed.select(id=self.contract.key[0])  # a key of one column, so accepted ids are distinct
        if self.is_lost.any():
            accepted = accepted.filter(~self.is_lost)
        set_aside = self.set_aside_ids
        if set_aside.height:
            set_aside = set_aside.join(accepted, on="id", how="anti")
        return Parents(accepted=accepted, set_aside=set_aside)

    def counts(self, written: int) -> TableCounts:
        """Rows in, accepted and set aside; the two ways of counting must agree.

        Raises:
            AssertionError: a row was lost or invented, which is a defect in mat.
        """
        rows = self.entries.filter(pl.col("kind") == "row")
        accepted = self.parsed.filter(~self.is_lost).get_column("row").n_unique()
        if accepted + rows.height != self.source.rows_in:
            raise AssertionError(
                f"{self.contract.name}: {self.source.rows_in} rows in, but {accepted} accepted and {rows.height} set "
                "aside"
            )
        kept = self.faults.filter(~self.is_lost.gather(self.faults["at"]))
        values = kept.group_by("column", "reason").len().sort("column", "reason")
        return TableCounts(
            rows_in=self.source.rows_in,
            accepted=accepted,
            quarantined=rows.height,
            written=written,
            values_set_aside=kept.height,
            reasons=quarantine.counts_per_reason(rows),
            values={f"{column}: {reason}": number for column, reason, number in values.iter_rows()},
        )


def check_table(contract: TableContract, file: SourceFile, mapping: ExtractMapping, earlier: Earlier) -> CheckedTable:
    """Read one table and find everything that is wrong with it.

    Raises:
        ExtractError: the file cannot be read or lacks a required column.
        MappingError: the mapping names a column the file does not have.
    """
    header = header_of(file)
    layout = lay_out(contract, mapping, file, header)
    source = read_table(file, header, layout.wanted)

    def texts_of(rows: pl.Series) -> pl.DataFrame:
        with readable(file.path):
            return given(source, layout, contract, rows)

    with readable(file.path):
        parsed = undirected(parse(shaped(source, layout, contract), contract, layout.rules, mapping.timezone), contract)
    faults, excused = _faults(contract, parsed, mapping.timezone, earlier)
    faults.extend(key_faults(parsed, contract, faults.row_places(), texts_of))
    faults.extend(_references(contract, parsed, faults, earlier.parents))
    found = faults.frame()
    by_row = found.with_columns(row=parsed["row"].gather(found["at"]))
    is_lost = marked(parsed.height, faults.row_places())
    lost_rows = _rows_without_survivor(parsed["row"], is_lost)
    malformed = source.malformed.get_column("row")
    texts = texts_of(by_row["row"].unique())
    file.check_unchanged()
    return CheckedTable(
        contract=contract,
        source=source,
        layout=layout,
        parsed=parsed,
        is_lost=is_lost,
        faults=found,
        excused=excused,
        entries=quarantine.entries(contract, by_row, lost_rows, malformed, texts),
        set_aside_ids=_ids_set_aside(contract, texts, lost_rows, malformed),
    )


def accepted_rows(table: CheckedTable, earlier: Earlier) -> pl.LazyFrame:
    """The accepted rows in the table's schema: absent columns and values set aside null, fall-backs filled in."""
    contract = table.contract
    unmatched = table.faults.filter(~pl.col("is_row")).filter(pl.col("column").is_in(_optional_ids(contract)))
    nulled = {
        str(name): marked(table.parsed.height, faults["at"]).alias(f"nulled:{name}")
        for (name,), faults in unmatched.group_by("column")
    }
    frame = table.parsed.with_columns(table.is_lost.alias("is_lost"), *nulled.values()).lazy()
    if table.is_lost.any():
        frame = frame.filter(~pl.col("is_lost"))
    types = contract.schema.create_empty().schema
    given_names = [column.name for column in contract.columns]
    present = [name for name in given_names if name in table.parsed.columns]
    cells = [
        (pl.when(~pl.col(f"nulled:{name}")).then(name) if name in nulled else pl.col(name)).alias(name)
        for name in present
    ]
    derived = [
        precision(table.parsed, name.removesuffix("_precision")).alias(name)
        for name in types
        if name not in given_names
    ]
    missing = [pl.lit(None, dtype=types[name]).alias(name) for name in given_names if name not in present]
    frame = frame.select(*cells, *derived, *missing)
    for column in contract.columns:
        frame = _filled(frame, column, earlier)
    return frame.select(list(types)).cast(types)


def _faults(contract: TableContract, parsed: pl.DataFrame, timezone: str, earlier: Earlier) -> tuple[Faults, int]:
    faults = cell_faults(parsed, contract)
    faults.extend(self_ties(parsed, contract))
    own, excused = chronology_faults(parsed, contract.name, timezone)
    faults.extend(own)
    if contract.name == "involvements":
        late, spared = involvement_faults(parsed, earlier.occurrences, timezone)
        faults.extend(late)
        excused += spared
    if contract.name == "person_merges":
        faults.extend(cycle_faults(parsed))
    return faults, excused


def _references(contract: TableContract, parsed: pl.DataFrame, faults: Faults, parents: dict[str, Parents]) -> Faults:
    if contract.name == "person_merges":
        return merge_reference_faults(parsed, contract, parents["persons"], faults.row_places())
    return reference_faults(parsed, contract, parents)


def _rows_without_survivor(rows: pl.Series, is_lost: pl.Series) -> pl.Series:
    lost = pl.DataFrame({"row": rows.filter(is_lost)}).unique()
    kept = pl.DataFrame({"row": rows}).lazy().filter(~is_lost)
    surviving = kept.join(lost.lazy(), on="row", how="semi").collect()
    return lost.join(surviving, on="row", how="anti").to_series()


def _ids_set_aside(
    contract: TableContract, texts: pl.DataFrame, lost_rows: pl.Series, malformed: pl.Series
) -> pl.DataFrame:
    rows = pl.concat([lost_rows, malformed])
    return ids(texts.filter(pl.col("row").is_in(rows.implode())).get_column(contract.key[0]))


def _optional_ids(contract: TableContract) -> list[str]:
    return [column.name for column in contract.columns if column.names is not None and column.is_optional]


def _filled(frame: pl.LazyFrame, column: ColumnContract, earlier: Earlier) -> pl.LazyFrame:
    if column.when_empty is not None:
        return frame.with_columns(pl.col(column.name).fill_null(pl.lit(column.when_empty.value)))
    if column.falls_back_to is None:
        return frame
    if "." not in column.falls_back_to:
        return frame.with_columns(pl.col(column.name).fill_null(pl.col(column.falls_back_to)))
    recorded = earlier.recorded.rename({"recorded_at": "incident_recorded_at"})
    joined = frame.join(recorded, on="incident_id", how="left", maintain_order="left")
    filled = pl.col(column.name).fill_null(pl.col("incident_recorded_at"))
    return joined.with_columns(filled.alias(column.name)).drop("incident_recorded_at")


def occurrences(incidents: CheckedTable) -> pl.DataFrame:
    """One row per incident id that names one occurrence: `incident_id`, `occurred_at`, `is_date`; set aside or not."""
    found = incidents.parsed.select("incident_id", "occurred_at", is_date=date_mark("occurred_at"))
    repeated = [QuarantineReason.CONFLICTING_KEY.value, QuarantineReason.DUPLICATE.value]
    places = incidents.faults.filter(pl.col("reason").is_in(repeated)).get_column("at")
    if places.len():
        found = found.filter(~marked(found.height, places))
    return found.drop_nulls(["incident_id", "occurred_at"])
