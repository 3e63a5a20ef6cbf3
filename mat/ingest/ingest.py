"""The composition of ingest: every table in turn, parents first, into one snapshot that appears whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from mat import CONTRACT_VERSION, __version__
from mat.errors import ExtractError
from mat.ingest import findings, quarantine
from mat.ingest.mapping import ExtractMapping, load_mapping
from mat.ingest.references import with_merged
from mat.ingest.report import FileFacts, IngestReport, TableCounts
from mat.ingest.sources import SourceFile, locate, not_read, open_source
from mat.ingest.table import CheckedTable, Earlier, accepted_rows, check_table, occurrences
from mat.outputs import whole_directory
from mat.progress import SILENT, Progress
from mat.schemas.extract import TABLES, TableContract
from mat.snapshot import MANIFEST, QUARANTINE, SYNTHETIC_MARK

#: Larger tables are validated for types and empty cells alone; keys and words were checked while they were read.
_FULLY_VALIDATED_ROWS = 2_000_000
_FIRST_ROWS = 10
_LONGEST_RAW = 200
_WITH_RECORDED_AT = ("incidents", "involvements", "orders", "order_breaches")


def ingest_extract(
    source: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    max_quarantine: float = 0.05,
    progress: Progress = SILENT,
) -> IngestReport:
    """Write the snapshot of the extract in `source` to `out`, which must not exist.

    `max_quarantine`: the largest share (0 to 1, inclusive) of any required table's rows that may be set aside;
    duplicates do not count.

    Raises:
        ExtractError: a table is missing, unreadable, empty, or too much of it would be set aside.
        MappingError: the mapping does not fit the contract or the extract.
        OutputError: `out` exists already or cannot be written.
    """
    rules = load_mapping(mapping) if mapping is not None else ExtractMapping()
    with whole_directory(out) as staging:
        run = _Run(staging=staging, mapping=rules)
        found = locate(source, rules)
        for contract in TABLES.values():
            if contract.name in found:
                progress.step(f"Reading {contract.name}")
                run.take(contract, open_source(found[contract.name], rules.rule(contract.name)))
        progress.step("Writing the manifest")
        run.refuse_if_too_bad(max_quarantine)
        report = run.report(out, not_read(source, found))
        pl.concat([pl.DataFrame(schema=quarantine.SCHEMA), *run.entries]).write_parquet(staging / QUARANTINE)
        _write_manifest(staging / MANIFEST, report, is_synthetic=(source / SYNTHETIC_MARK).is_file())
    return report


@dataclass(slots=True, kw_only=True)
class _Run:
    """One ingest under way: what later tables and the report need of the tables taken so far."""

    staging: Path
    mapping: ExtractMapping
    earlier: Earlier = field(default_factory=Earlier)
    counts: dict[str, TableCounts] = field(default_factory=dict[str, TableCounts])
    entries: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    files: list[FileFacts] = field(default_factory=list[FileFacts])
    absent_columns: list[str] = field(default_factory=list[str])
    columns_not_read: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    people_set_aside: pl.DataFrame = field(default_factory=pl.DataFrame)
    incidents: pl.DataFrame = field(default_factory=pl.DataFrame)
    persons_set_aside: pl.DataFrame = field(default_factory=pl.DataFrame)
    has_victims: bool = False
    latest_recorded_at: datetime | None = None

    def take(self, contract: TableContract, file: SourceFile) -> None:
        """Read, check and write one table."""
        table = check_table(contract, file, self.mapping, self.earlier)
        if contract.is_required and table.source.rows_in == 0:
            raise ExtractError(f"{file.name} has a header but no rows: expected at least one row of {contract.name}.")
        written = _write(contract, accepted_rows(table, self.earlier), table.parsed.height, self.staging)
        self._remember(table, written)
        self._note(table, written.select(pl.len()).collect().item())

    def _note(self, table: CheckedTable, written: int) -> None:
        name, file = table.contract.name, table.source.file
        self.counts[name] = table.counts(written)
        self.entries.append(table.entries)
        self.files.append(FileFacts(table=name, name=file.name, size=file.size, sha256=file.sha256))
        self.absent_columns.extend(f"{name}.{column}" for column in table.layout.absent(table.contract))
        self.columns_not_read.extend(f"{name}.{column}" for column in table.layout.not_read)
        self.warnings.extend(findings.reservations(table))

    def _remember(self, table: CheckedTable, written: pl.LazyFrame) -> None:
        name, earlier = table.contract.name, self.earlier
        if name == "incidents":
            earlier.occurrences = occurrences(table)
            earlier.recorded = written.select("incident_id", "recorded_at")
            self.incidents = table.parsed.select("incident_id", "is_domestic")
        if name == "persons":
            self.persons_set_aside = findings.reasons_set_aside(table)
        if name == "involvements":
            self.people_set_aside = findings.people_set_aside(
                table, self.incidents, earlier.parents["persons"], self.persons_set_aside
            )
            self.has_victims = findings.names_a_victim(table)
        if name == "person_merges":
            earlier.parents["persons"] = with_merged(earlier.parents["persons"], table.parents())
        elif name in _NAMED_BY_OTHERS:
            earlier.parents[name] = table.parents()
        if name in _WITH_RECORDED_AT:
            self._see_latest(written, table.source.file)

    def _see_latest(self, written: pl.LazyFrame, file: SourceFile) -> None:
        is_past = pl.col("recorded_at") <= file.modified_at(self.mapping.timezone)
        latest = written.select(pl.col("recorded_at").filter(is_past).max()).collect().item()
        if isinstance(latest, datetime):
            self.latest_recorded_at = max(latest, self.latest_recorded_at or latest)

    def refuse_if_too_bad(self, max_quarantine: float) -> None:
        """Stop where too much of a required table would be set aside.

        Raises:
            ExtractError: with the counts per reason and the first rows.
        """
        for contract in TABLES.values():
            if not contract.is_required:
                continue
            counts = self.counts[contract.name]
            rows = pl.concat(self.entries).filter((pl.col("table") == contract.name) & (pl.col("kind") == "row"))
            share = quarantine.beyond_duplicates(rows) / counts.rows_in
            if share > max_quarantine:
                raise ExtractError(_too_bad(contract.name, counts, rows, share, max_quarantine))

    def report(self, out: Path, files_not_read: list[str]) -> IngestReport:
        """The report on everything taken."""
        extracted_at = self.mapping.extracted_at or self.latest_recorded_at
        return IngestReport(
            path=out,
            counts=self.counts,
            absent_tables=tuple(name for name in TABLES if name not in self.counts),
            absent_columns=tuple(self.absent_columns),
            columns_not_read=tuple(self.columns_not_read),
            files_not_read=tuple(files_not_read),
            warnings=(*findings.gaps(self.absent_columns, has_victims=self.has_victims), *self.warnings),
            lead=tuple(findings.lead(self.people_set_aside)),
            people_set_aside=dict(self.people_set_aside.select("id", "incidents").iter_rows()),
            files=tuple(self.files),
            timezone=self.mapping.timezone,
            extracted_at=extracted_at.isoformat() if extracted_at else None,
            mapping_hash=self.mapping.digest,
        )


_NAMED_BY_OTHERS = {column.names for table in TABLES.values() for column in table.columns if column.names}


def _too_bad(table: str, counts: TableCounts, rows: pl.DataFrame, share: float, limit: float) -> str:
    first = rows.filter(pl.col("reasons") != pl.lit(["duplicate"])).head(_FIRST_ROWS)
    reasons = ", ".join(f"{reason} {number:,}" for reason, number in counts.reasons.items())
    sentence = (
        f"{share:.1%} of the rows of {table} would be set aside, more than the {limit:.1%} allowed ({reasons}): mend "
        "the extract or the mapping, or raise --max-quarantine knowingly. The first rows:"
    )
    lines = [sentence]
    lines.extend(
        f"  {table} row {row['row']}: {', '.join(row['reasons'])}: {row['raw'][:_LONGEST_RAW]}"
        for row in first.iter_rows(named=True)
    )
    return "\n".join(lines)


def _write(contract: TableContract, frame: pl.LazyFrame, height: int, staging: Path) -> pl.LazyFrame:
    """Write the accepted rows, held against their schema; a row that does not keep to it is a defect in mat."""
    path = staging / f"{contract.name}.parquet"
    if height <= _FULLY_VALIDATED_ROWS:
        rows = frame.collect()
        contract.schema.validate(rows)
        rows.write_parquet(path)
        return rows.lazy()
    frame.sink_parquet(path)
    written = pl.scan_parquet(path, glob=False)
    columns = contract.schema.columns()
    types, empty = written.collect_schema(), written.null_count().collect().row(0, named=True)
    wrong = [
        name for name, column in columns.items() if types[name] != column.dtype or (empty[name] and not column.nullable)
    ]
    if wrong:
        raise AssertionError(f"{contract.name}.{wrong[0]} does not keep to its schema after checking")
    return written


def _write_manifest(path: Path, report: IngestReport, *, is_synthetic: bool) -> None:
    facts = report.as_json()
    del facts["path"]
    manifest = {
        "kind": "snapshot",
        "contract_version": CONTRACT_VERSION,
        "tool_version": __version__,
        "is_synthetic": is_synthetic,
        **facts,
        "created_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
    }
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
