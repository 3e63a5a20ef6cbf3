"""A mapping says where each contract table and column of a foreign extract is found, without code.

Every name in it is checked against the contract and every unknown key is refused with the nearest valid one, so that
a slip of the pen never silently leaves a column unread.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from mat.errors import MappingError
from mat.schemas.extract import TABLES, Kind, TableContract
from mat.toml_files import parse_toml

DEFAULT_TIMEZONE = "Europe/London"

#: Columns that no tasking list needs; a mapping lifts one of them only by naming it under `[refuse] allow`.
REFUSED_BY_DEFAULT = (
    "religion",
    "faith",
    "belief",
    "sexual_orientation",
    "sexuality",
    "gender_identity",
    "trade_union",
    "political_opinion",
    "immigration_status",
    "disability",
    "health_condition",
    "medical_notes",
    "pregnancy",
    "dna",
    "fingerprint",
    "photograph",
    "nhs_number",
    "national_insurance_number",
    "victim_address",
    "refuge_address",
)

_TESTS = ("equals", "in", "starts_with", "contains")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTest:
    """A truth read off a source cell: `then` where the cell passes, else `otherwise`; an empty cell never passes."""

    kind: str
    words: tuple[str, ...]
    then: str = "true"
    otherwise: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """Where one contract column comes from: a source column, perhaps translated, or a constant.

    `values` translates whole cells (several translations split the row); `formats` are tried in order and replace
    the ISO formats.
    """

    source: str | None = None
    constant: str | None = None
    formats: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    test: CellTest | None = None

    @property
    def splits_rows(self) -> bool:
        """Whether one source row may become several."""
        return any(len(targets) > 1 for targets in self.values.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """Where one contract table comes from; columns without a rule are found under their contract name."""

    file: str | None = None
    format: str | None = None
    separator: str = ","
    skip: bool = False
    ignore: frozenset[str] = frozenset()
    columns: Mapping[str, ColumnRule] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractMapping:
    """A whole mapping. `digest` is the SHA-256 of the file and the value maps it names; null without a file."""

    tables: Mapping[str, TableRule] = field(default_factory=lambda: MappingProxyType({}))
    timezone: str = DEFAULT_TIMEZONE
    extracted_at: datetime | None = None
    refused: frozenset[str] = frozenset(REFUSED_BY_DEFAULT)
    digest: str | None = None

    def rule(self, table: str) -> TableRule:
        """The rule of one contract table; an empty one where the mapping does not mention it."""
        return self.tables.get(table, TableRule())

    def refuses(self, column: str) -> bool:
        """Whether a column, by its name in the source or in the contract, must not be read."""
        return plain_name(column) in self.refused


def plain_name(name: str) -> str:
    """A column name in lower case with every run of other characters than letters and digits as one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """The end of a sentence: the nearest valid name, else all of them."""
    names = sorted(valid)
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"expected one of {', '.join(names)}." if names else "none are expected here."


def load_mapping(path: Path) -> ExtractMapping:
    """Read a mapping file and the value maps it names.

    Raises:
        MappingError: the file cannot be read, or names something the contract does not have.
    """
    try:
        content = path.read_bytes()
        tree = parse_toml(content)
    except (OSError, ValueError) as error:
        raise MappingError(f"{path} cannot be read as a mapping ({error}): expected a TOML file in UTF-8.") from error
    return _Reader(path=path, content=content).mapping(tree)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads one mapping file, collecting the bytes its digest covers."""

    path: Path
    content: bytes

    def mapping(self, tree: dict[str, object]) -> ExtractMapping:
        self._only(tree, ("timezone", "extracted_at", "refuse", "tables"), "the mapping")
        tables = {
            self._contract_table(name): self._table(TABLES[name], self._section(body, f"[tables.{name}]"))
            for name, body in self._section(tree.get("tables", {}), "[tables]").items()
            if self._contract_table(name)
        }
        timezone = self._timezone(tree.get("timezone", DEFAULT_TIMEZONE))
        mapping = ExtractMapping(
            tables=MappingProxyType(tables),
            timezone=timezone,
            extracted_at=self._extracted_at(tree.get("extracted_at"), timezone),
            refused=self._refused(self._section(tree.get("refuse", {}), "[refuse]")),
            digest=hashlib.sha256(self.content).hexdigest(),
        )
        self._refuse_mapped(mapping)
        return mapping

    def _refuse_mapped(self, mapping: ExtractMapping) -> None:
        for table, rule in mapping.tables.items():
            for column, column_rule in rule.columns.items():
                for name in (column, column_rule.source or ""):
                    if mapping.refuses(name):
                        raise MappingError(
                            f"{self.path}: {table}.{column} maps {name!r}, which is on the refuse-list: take the line "
                            "out, or name the column under [refuse] allow once that has been decided."
                        )

    def _contract_table(self, name: str) -> str:
        if name not in TABLES:
            raise MappingError(f"{self.path}: there is no table {name!r} in the contract: {did_you_mean(name, TABLES)}")
        return name

    def _table(self, contract: TableContract, body: dict[str, object]) -> TableRule:
        where = f"[tables.{contract.name}]"
        self._only(body, ("file", "format", "separator", "skip", "ignore", "columns"), where)
        names = [column.name for column in contract.columns]
        columns: dict[str, ColumnRule] = {}
        for name, rule in self._section(body.get("columns", {}), f"{where[:-1]}.columns]").items():
            self._contract_column(contract, name)
            kind = contract.columns[names.index(name)].kind
            columns[name] = self._column(f"{contract.name}.{name}", kind, rule)
        ignore = self._texts(body.get("ignore", []), f"{where} ignore")
        for name in ignore:
            self._contract_column(contract, name)
        skip = body.get("skip", False)
        if skip not in (True, False) or (skip and contract.is_required):
            raise MappingError(f"{self.path}: {where} skip must be true or false, and a required table stays.")
        return TableRule(
            file=self._optional_text(body, "file", where),
            format=self._one_of(body.get("format"), ("csv", "parquet"), f"{where} format"),
            separator=self._separator(body.get("separator", ","), where),
            skip=bool(skip),
            ignore=frozenset(ignore),
            columns=MappingProxyType(columns),
        )

    def _contract_column(self, contract: TableContract, name: str) -> None:
        names = [column.name for column in contract.columns]
        if name not in names:
            raise MappingError(
                f"{self.path}: {contract.name} has no column {name!r} in the contract: {did_you_mean(name, names)}"
            )

    def _column(self, where: str, kind: Kind, rule: object) -> ColumnRule:
        if isinstance(rule, str):
            return ColumnRule(source=rule)
        body = self._section(rule, where)
        self._only(body, ("from", "constant", "format", "values", "then", "otherwise", *_TESTS), where)
        source = self._optional_text(body, "from", where)
        if (source is None) == ("constant" not in body):
            raise MappingError(
                f"{self.path}: {where} needs either `from` (a source column) or `constant`, and not both."
            )
        if source is None:
            if len(body) > 1:
                raise MappingError(f"{self.path}: {where} is a constant, so nothing else can be said about it.")
            return ColumnRule(constant=self._cell(body["constant"], where))
        return ColumnRule(
            source=source,
            formats=self._formats(body.get("format", []), kind, where),
            values=self._values(body.get("values", {}), where),
            test=self._test(body, where),
        )

    def _formats(self, value: object, kind: Kind, where: str) -> tuple[str, ...]:
        formats = self._texts([value] if isinstance(value, str) else value, f"{where} format")
        if formats and kind not in (Kind.MOMENT, Kind.DAY):
            raise MappingError(f"{self.path}: {where} is not a date or time, so it takes no `format`.")
        for pattern in formats:
            if pattern != "%Y" and not _can_read(pattern):
                raise MappingError(
                    f"{self.path}: {where} has the format {pattern!r}, which cannot read a date: expected for instance "
                    "'%d/%m/%Y %H:%M' or '%Y'."
                )
        return formats

    def _values(self, value: object, where: str) -> Mapping[str, tuple[str, ...]]:
        if isinstance(value, str):
            return self._values_from_csv(self.path.parent / value, where)
        found: dict[str, tuple[str, ...]] = {}
        for cell, target in self._section(value, f"{where} values").items():
            targets = cast("list[object]", target) if isinstance(target, list) else [target]
            found[cell.strip()] = tuple(dict.fromkeys(self._cell(each, where) for each in targets)) or ("",)
        return MappingProxyType(found)

    def _values_from_csv(self, path: Path, where: str) -> Mapping[str, tuple[str, ...]]:
        try:
            content = path.read_bytes()
            frame = pl.read_csv(content, infer_schema=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise MappingError(
                f"{self.path}: {where} names the value map {path.name}, which cannot be read as CSV "
                f"({str(error).splitlines()[0]})."
            ) from error
        if frame.width != 2:
            raise MappingError(
                f"{self.path}: the value map {path.name} has {frame.width} columns; expected two, the source's value "
                "and the contract's."
            )
        self.content += content
        pairs = frame.select(pl.all().fill_null("").str.strip_chars())
        grouped = pairs.group_by(pairs.columns[0], maintain_order=True).agg(pl.col(pairs.columns[1]).unique())
        return MappingProxyType({str(cell): tuple(sorted(targets)) for cell, targets in grouped.iter_rows()})

    def _test(self, body: dict[str, object], where: str) -> CellTest | None:
        named = [kind for kind in _TESTS if kind in body]
        if not named:
            if "then" in body or "otherwise" in body:
                raise MappingError(
                    f"{self.path}: {where} has `then` or `otherwise` without equals, in, starts_with or contains."
                )
            return None
        if len(named) > 1 or "values" in body or "format" in body:
            raise MappingError(
                f"{self.path}: {where} takes one of equals, in, starts_with, contains, and then no values or format."
            )
        words = body[named[0]]
        listed = cast("list[object]", words) if isinstance(words, list) else [words]
        return CellTest(
            kind=named[0],
            words=tuple(self._cell(word, where) for word in listed),
            then=self._cell(body.get("then", True), where),
            otherwise=self._cell(body.get("otherwise", False), where),
        )

    def _refused(self, body: dict[str, object]) -> frozenset[str]:
        self._only(body, ("columns", "allow"), "[refuse]")
        named = self._texts(body.get("columns", []), "[refuse] columns")
        allowed = {plain_name(name) for name in self._texts(body.get("allow", []), "[refuse] allow")}
        return frozenset(plain_name(name) for name in (*REFUSED_BY_DEFAULT, *named)) - allowed

    def _timezone(self, value: object) -> str:
        try:
            return ZoneInfo(str(value)).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise MappingError(
                f"{self.path}: there is no timezone {value!r}: expected a name such as 'Europe/London'."
            ) from error

    def _extracted_at(self, value: object, timezone: str) -> datetime | None:
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise MappingError(
                f"{self.path}: extracted_at is {value!r}: expected a date or time such as 2024-03-31T06:00."
            ) from error
        return (moment.astimezone(ZoneInfo(timezone)) if moment.tzinfo else moment).replace(tzinfo=None)

    def _separator(self, value: object, where: str) -> str:
        if not isinstance(value, str) or len(value.encode()) != 1 or value in {'"', "\n", "\r", "\0", "\x01"}:
            raise MappingError(
                f"{self.path}: {where} separator is {value!r}: expected one plain character, such as ';'."
            )
        return value

    def _one_of(self, value: object, valid: tuple[str, ...], where: str) -> str | None:
        if value is not None and value not in valid:
            raise MappingError(f"{self.path}: {where} is {value!r}: {did_you_mean(str(value), valid)}")
        return None if value is None else str(value)

    def _optional_text(self, body: dict[str, object], key: str, where: str) -> str | None:
        value = body.get(key)
        if value is not None and not (isinstance(value, str) and value):
            raise MappingError(f"{self.path}: {where} {key} is {value!r}: expected a name in quotes.")
        return value

    def _texts(self, value: object, where: str) -> tuple[str, ...]:
        items = cast("list[object]", value) if isinstance(value, list) else []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in items):
            raise MappingError(f"{self.path}: {where} is {value!r}: expected a list of names in quotes.")
        return tuple(str(item) for item in items)

    def _section(self, value: object, where: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise MappingError(f"{self.path}: {where} is {value!r}: expected a section with names in it.")
        return cast("dict[str, object]", value)

    def _only(self, body: dict[str, object], valid: tuple[str, ...], where: str) -> None:
        for key in body:
            if key not in valid:
                raise MappingError(f"{self.path}: {where} has the unknown key {key!r}: {did_you_mean(key, valid)}")

    def _cell(self, value: object, where: str) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, str | int):
            return str(value).strip()
        raise MappingError(
            f"{self.path}: {where} has the value {value!r}: expected text, a whole number, a date or true."
        )


def _can_read(pattern: str) -> bool:
    moment = datetime(2001, 12, 23, 12, 0, tzinfo=UTC)
    try:
        return pl.Series([moment.strftime(pattern)]).str.to_date(pattern, strict=False).to_list() == [moment.date()]
    except (pl.exceptions.PolarsError, ValueError):
        return False
