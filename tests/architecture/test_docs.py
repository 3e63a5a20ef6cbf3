"""The pages name everything there is, and nothing that is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from app.ranked_list import COLUMNS as RANKED_COLUMNS
from features.catalogue import CATALOGUE, documentation
from mat import CONTRACT_VERSION, vocabulary
from mat.definitions import load_definitions
from mat.harm import shipped_scales
from mat.ingest.mapping import load_mapping
from mat.ingest.quarantine import SCHEMA as QUARANTINE_SCHEMA
from mat.reviews import no_reviews
from mat.schemas.extract import TABLES, ColumnContract
from mat.settings import Settings, load_settings
from models.registry import NAMES as MODELS
from tests.architecture.pages import DOCS, Table, all_pages, fenced, page, quoted, spelled_out, tables

FEATURES = [spec.name for spec in CATALOGUE]
FLAGS = [flag.name for flag in load_definitions().flags]
HOLDS = [hold.value for hold in vocabulary.Hold]
GAPS = [gap.value for gap in vocabulary.DataGap]
REASONS = [reason.value for reason in vocabulary.QuarantineReason]
RELATIONSHIPS = [
    "suspect_id", "victim_id", "incident_count", "crime_count", "harm", "first_on", "last_on", "is_reciprocal",
]  # fmt: skip
SETTINGS = [each.name for each in fields(Settings) if each.name != "warnings"]
RESTRICTIONS = [column.name for column in TABLES["restrictions"].columns]

#: What stands in the first column of a table under such a head, on any page.
CLOSED_LISTS = {
    "reason": REASONS,
    "feature": FEATURES,
    "flag": FLAGS,
    "hold": HOLDS,
    "data gap": GAPS,
    "setting": SETTINGS,
}


def words_of(column: ColumnContract) -> list[str]:
    return [word.value for word in column.vocabulary] if column.vocabulary else []


def commands() -> dict[str, set[str]]:
    """Each command of the command line with its options."""
    from typer.main import get_command

    from app.cli import app

    return {name: _options(command) for name, command in getattr(get_command(app), "commands").items()}  # noqa: B009


def _options(command: object) -> set[str]:
    """The options of a command, those of its own commands included; the library types a group as any command."""
    own = {option for parameter in getattr(command, "params") for option in parameter.opts}  # noqa: B009
    return {option for option in own if option.startswith("--")}.union(
        *(_options(inner) for inner in getattr(command, "commands", {}).values())
    )


def names(cells: Iterable[str]) -> list[str]:
    return [name for cell in cells for name in quoted(cell)]


def table_under(page_name: str, heading: str, first_head: str) -> Table:
    found = [each for each in tables(page_name) if each.heading == heading and each.head[0] == first_head]
    assert len(found) == 1, f"{page_name}: expected one table {first_head!r} under {heading!r}, found {len(found)}"
    return found[0]


def test_contract_has_one_section_per_table_and_no_other() -> None:
    headings = re.findall(r"(?m)^### `(\w+)`$", page("contract.md"))

    assert sorted(headings) == sorted(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_contract_says_of_every_column_what_the_schema_says(name: str) -> None:
    expected = [(column.name, column.kind.value, _filled(column)) for column in TABLES[name].columns]

    section = table_under("contract.md", f"`{name}`", "column")

    said = [(cells[0].strip("`"), cells[1], cells[2]) for cells in section.rows]
    assert said == expected


def _filled(column: ColumnContract) -> str:
    if column.is_key:
        return "key"
    if not column.is_optional:
        return "required"
    return "optional, strict" if column.is_strict else "optional"


@pytest.mark.parametrize("name", TABLES)
def test_contract_lists_every_word_of_a_closed_list_in_its_order_and_no_other(name: str) -> None:
    section = table_under("contract.md", f"`{name}`", "column")

    for column, cells in zip(TABLES[name].columns, section.rows, strict=True):
        listed = [name for name in dict.fromkeys(quoted(cells[3])) if name in words_of(column)]
        assert listed == words_of(column), column.name


@pytest.mark.parametrize("name", TABLES)
def test_contract_says_where_ids_lead_and_what_empty_cells_become(name: str) -> None:
    section = table_under("contract.md", f"`{name}`", "column")

    for column, cells in zip(TABLES[name].columns, section.rows, strict=True):
        if column.names is not None:
            assert column.names in quoted(cells[3]), column.name
        if column.falls_back_to is not None:
            assert column.falls_back_to.rpartition(".")[2] in quoted(cells[3]), column.name
        if column.when_empty is not None:
            assert f"empty is `{column.when_empty}`" in cells[3], column.name


def test_contract_marks_exactly_the_required_tables() -> None:
    sentence = re.search(r"(?s)(`\w+`, `\w+` and\s`\w+`) are\s+required", page("contract.md"))

    assert sentence is not None
    assert quoted(sentence[1]) == [name for name, table in TABLES.items() if table.is_required]


def test_contract_is_of_this_version() -> None:
    assert f"Contract version {CONTRACT_VERSION}." in page("contract.md")


def test_quarantine_is_described_column_by_column_and_reason_by_reason() -> None:
    heading = "What is set aside: the quarantine"

    assert names(table_under("contract.md", heading, "column").column("column")) == list(QUARANTINE_SCHEMA)
    assert names(table_under("contract.md", heading, "reason").column("reason")) == REASONS
    for kind in vocabulary.QuarantineKind:
        assert f"`{kind}`" in page("contract.md")


def test_ranked_list_is_described_column_by_column() -> None:
    described = table_under("contract.md", "The RUN directory", "column")

    assert names(described.column("column")) == list(RANKED_COLUMNS)


def test_reviews_are_described_column_by_column() -> None:
    reviews = no_reviews()

    described = table_under("contract.md", "Reviews", "column")

    assert names(described.column("column")) == reviews.resolved.columns
    assert reviews.restrictions.columns == RESTRICTIONS
    assert set(RESTRICTIONS) <= set(quoted(page("contract.md").partition("`restrictions.csv`:")[2]))
    assert {outcome.value for outcome in vocabulary.ResolutionOutcome} <= set(names(described.column("says")))


def test_settings_are_described_with_their_defaults() -> None:
    words = {"None": "not set", "": "empty", "{}": "empty"}
    defaults = {name: words.get(str(getattr(Settings(), name)), str(getattr(Settings(), name))) for name in SETTINGS}

    described = table_under("contract.md", "Settings", "setting")

    assert {row[0].strip("`"): row[1].strip("`") for row in described.rows} == defaults


def test_settings_and_mapping_shown_on_the_page_can_be_read(tmp_path: Path) -> None:
    mapping, settings = fenced(page("contract.md"), "toml")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    (tmp_path / "mat.toml").write_text(settings, encoding="utf-8")

    read_mapping = load_mapping(tmp_path / "map.toml")
    read_settings = load_settings(tmp_path / "mat.toml", {})

    assert read_mapping.rule("custody").skip
    assert read_mapping.rule("involvements").columns["role"].splits_rows
    assert read_settings.panel_size == 15


def test_known_by_is_said_of_every_table() -> None:
    described = table_under("definitions.md", "Knowing and time", "table")

    assert sorted(names(described.column("table"))) == sorted(TABLES)
    for name, says in described.rows:
        columns = {column.name for column in TABLES[name.strip("`")].columns}
        assert set(quoted(says)) <= columns, name


def test_every_feature_has_one_definition() -> None:
    defined = [
        name for each in tables("definitions.md") if each.head[0] == "feature" for name in names(each.column("feature"))
    ]

    assert sorted(defined) == sorted(FEATURES)


def test_relationships_are_described_column_by_column() -> None:
    described = table_under("definitions.md", "Relationships", "column")

    assert names(described.column("column")) == RELATIONSHIPS


def test_flags_holds_gaps_and_scales_are_described_in_their_order() -> None:
    described = {
        head: names(table_under("definitions.md", heading, head).column(head))
        for heading, head in [("Flags", "flag"), ("Holds", "hold"), ("Data gaps", "data gap"), ("Harm scales", "scale")]
    }

    assert described["flag"] == FLAGS
    assert described["hold"] == HOLDS
    assert described["data gap"] == GAPS
    assert described["scale"] == list(shipped_scales())


def test_flag_rules_on_the_page_are_those_shipped() -> None:
    said = {row[0].strip("`"): row[1] for row in table_under("definitions.md", "Flags", "flag").rows}

    for flag in load_definitions().flags:
        for condition in flag.conditions:
            assert f"`{condition.feature}` >= {condition.at_least:g}" in said[flag.name]
        if flag.not_assessable_without:
            assert f'null ("not assessable") without `{flag.not_assessable_without}`' in said[flag.name]
        if flag.any_flag:
            assert said[flag.name] == "any of the four above"
            assert list(flag.any_flag) == FLAGS[:4]


def test_barred_features_on_the_page_are_those_of_the_catalogue() -> None:
    barred = names(table_under("definitions.md", "Barred from scoring", "never scored").column("never scored"))

    assert sorted(barred) == sorted(spec.name for spec in CATALOGUE if not spec.model_use)


def test_features_page_is_what_the_catalogue_generates() -> None:
    assert page("features.md") == documentation(), "run `mat catalogue > docs/features.md`"


def test_every_command_is_named_and_described() -> None:
    described = table_under("contract.md", "Commands", "command")

    assert sorted(cell.strip("`").split()[1] for cell in described.column("command")) == sorted(commands())


def test_pages_name_no_command_and_no_option_that_does_not_exist() -> None:
    known = commands()
    options = {"--help", "--version"}.union(*known.values())
    said = {
        (name, command) for name, text in all_pages().items() for command in re.findall(r"`mat ([a-z][a-z-]*)", text)
    }
    said_options = {
        (name, option)
        for name, text in all_pages().items()
        for each in quoted(text)
        if not each.startswith(("python", "pytest", "pip", "git"))
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", each)
    }

    assert said
    assert said_options
    assert sorted((name, command) for name, command in said if command not in known) == []
    assert sorted((name, option) for name, option in said_options if option not in options) == []


def test_tables_of_all_pages_name_only_what_exists() -> None:
    wrong = [
        (each.page, each.heading, name)
        for page_name in all_pages()
        for each in tables(page_name)
        if each.head[0] in CLOSED_LISTS
        for name in names(each.column(each.head[0]))
        if name not in CLOSED_LISTS[each.head[0]]
    ]

    assert wrong == []


def test_pages_name_only_columns_their_tables_have() -> None:
    dotted = re.compile(rf"^({'|'.join(TABLES)})\.(\w+)$")
    said = [
        (name, match[1], match[2])
        for name, text in all_pages().items()
        for each in quoted(text)
        if (match := dotted.match(each)) and match[2] not in {"csv", "parquet"}
    ]

    wrong = [found for found in said if found[2] not in {column.name for column in TABLES[found[1]].columns}]

    assert wrong == []


@pytest.mark.parametrize("name", ["contract.md", "definitions.md", "README.md"])
def test_every_name_with_an_underscore_in_backticks_exists(name: str) -> None:
    known = {
        *TABLES,
        *(column.name for table in TABLES.values() for column in table.columns),
        *(word for table in TABLES.values() for column in table.columns for word in words_of(column)),
        *(member.value for member in (*vocabulary.ResolutionOutcome, *vocabulary.DatePrecision)),
        *FEATURES, *FLAGS, *HOLDS, *GAPS, *REASONS, *RELATIONSHIPS, *SETTINGS, *RANKED_COLUMNS, *QUARANTINE_SCHEMA,
        *MODELS, *shipped_scales(), *no_reviews().resolved.columns,
        "as_of", "birth_date_precision", "is_suppressed", "extracted_at", "starts_with", "high_risk",
    }  # fmt: skip
    families = {feature.rpartition("_")[0] for feature in FEATURES}

    said = [each for each in quoted(page(name)) if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9*]+)+", each)]

    assert said or name == "README.md"
    unknown = {
        each for each in said if each not in known and not (each.endswith("_*") and each.removesuffix("_*") in families)
    }
    assert unknown == set()


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for name, text in all_pages().items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            path = (DOCS / file).resolve() if file else DOCS / name
            if not path.is_file() or (anchor and anchor not in _anchors(path)):
                broken.append((name, target))

    assert broken == []


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", page("README.md")))

    assert {name for name in all_pages() if name != "README.md"} <= linked


def test_patterns_in_braces_stand_for_each_name() -> None:
    assert spelled_out("harm_{90d, all}") == ["harm_90d", "harm_all"]
