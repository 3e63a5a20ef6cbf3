"""The policy of access: read strictly, whole, as the board was planned, and shown by a page that cannot differ."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from governance.access import Policy, load_policy, read_policy
from governance.access_page import cell, documentation
from mat.errors import AccessRefused, SettingsError
from mat.store.tables import metadata
from mat.store.vocabulary import Basis, Deed, UserRole
from tests.architecture.pages import page

SHIPPED = (files("governance") / "access.toml").read_text(encoding="utf-8")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("version = 1", 'version = "1"', "version should be a int"),
        ("version = 1", "version = true", "version should be a int"),
        ("version = 1", "version = 1\nhidden = 2", "hidden means nothing here"),
        ("[groups.case]", "[groups.case]\nsecret = true", "groups.case.secret means nothing here"),
        ('analyst = ["panel"]', 'analyts = ["panel"]', "'analyts' is none of analyst, coordinator"),
        ('analyst = ["panel"]', 'analyst = ["pannel"]', "'pannel' is none of panel, agenda"),
        ('analyst = ["panel"]', 'analyst = "panel"', "should be a list, and is 'panel'"),
        ('analyst = ["panel"]', 'analyst = ["panel", "panel"]', "a list of different words"),
        ('analyst = ["panel"]', "analyst = [1]", "a list of different words"),
        ('tables = ["subject"]', "tables = []", "groups.case names no table"),
        ('tables = ["subject"]', 'tables = ["subject", "suspects"]', "the table suspects, which there is not"),
        ('tables = ["subject"]', 'tables = ["subject", "narrative"]', "the table narrative is in two groups"),
        ('tables = ["risk_summary"]', 'tables = ["list_run"]', "the table list_run is in two groups"),
        ('tables = ["share"]', 'tables = ["store"]', "the table store is in two groups"),
        ('"narrative", "history_event"', '"history_event"', "the table narrative is in no group"),
        ('agency = "who is at work"', "", "the table agency is in no group"),
        (
            'tables = ["risk_summary"]',
            'tables = ["panel"]\n#',
            "the table panel is in two groups",
        ),
        ('own = "user"', 'own = "everybody"', "'everybody' is none of user, service"),
        ("own_when_closed = true", 'own_when_closed = "yes"', "should be a bool"),
        (
            'victims_named_on = ["client", "need_to_know"]',
            'victims_named_on = ["referral"]',
            "limits referral, on which",
        ),
        (
            'every_reading_logged = ["raw_score", "marks"]',
            'every_reading_logged = ["score"]',
            "'score', which is no group",
        ),
        ('add_agency = ["administrator"]', "add_agency = []", "commands.add_agency is for nobody"),
        ('add_agency = ["administrator"]', 'add_agency = ["root"]', "'root' is none of analyst"),
        ('dpo = "data protection officer"', "", "roles.dpo is missing"),
        ('panel = "holds the role', "#", "bases.panel is missing"),
        ("[groups.case]", "[groups.case", "is not TOML"),
    ],
)
def test_a_policy_that_is_not_whole_is_refused_by_what_is_wrong(before: str, after: str, fault: str) -> None:
    assert before in SHIPPED

    with pytest.raises(SettingsError, match=re.escape(fault)) as refused:
        read_policy(SHIPPED.replace(before, after, 1))

    assert str(refused.value).startswith("access.toml")


def test_a_table_about_a_case_cannot_be_filed_as_about_none() -> None:
    moved = SHIPPED.replace('tables = ["narrative", ', "tables = [", 1).replace(
        'agency = "who is at work"', 'agency = "who is at work"\nnarrative = "hidden here"', 1
    )

    with pytest.raises(SettingsError, match="no_case names narrative, which is about a case"):
        read_policy(moved)


def test_every_table_is_in_one_place() -> None:
    policy = load_policy()

    placed = [table for group in policy.groups.values() for table in group.tables] + list(policy.no_case)

    assert sorted(placed) == sorted(metadata.tables)


def given_in_code() -> dict[str, set[str]]:
    """Every command that code gives or reads by, with the files it is in."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")) + sorted((ROOT / "governance").rglob("*.py")):
        for name in _commands(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(path.name)
    return found


def _commands(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "working":
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
        if called == "consult":
            named = [each.value for each in node.keywords if each.arg == "command"]
            yield from (each.value for each in named if isinstance(each, ast.Constant) and isinstance(each.value, str))
            if not named:
                yield "read_case"
        if called == "_end" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            yield str(node.args[1].value)


def test_every_command_that_code_gives_is_in_the_policy() -> None:
    unknown = {name: places for name, places in given_in_code().items() if name not in load_policy().commands}

    assert unknown == {}


def test_every_command_of_the_policy_is_given_by_code() -> None:
    mentioned = set(given_in_code()) | _words_in_code()

    assert sorted(set(load_policy().commands) - mentioned) == []


def _words_in_code() -> set[str]:
    """Commands handed on by name, such as one of a table of deeds."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    return set(re.findall(r'"([a-z_]+)"', text))


def test_the_page_says_what_the_policy_says() -> None:
    assert page("access.md") == documentation(load_policy()), "run `mat access table > docs/access.md`"


def test_the_page_names_every_role_basis_group_table_and_command() -> None:
    text = page("access.md")
    policy = load_policy()
    words = {word.replace("_", " ") for word in (*UserRole, *Basis, *policy.groups, *policy.commands)}

    assert {word for word in words if word not in text} == set()
    assert {table for table in metadata.tables if f"`{table}`" not in text} == set()


#: The plan of the board, row by row: v = in scope of the case, c = on a condition, - = never.
BOARD = """
subject identity                     | v | v | v | c | c | c | c | -
subject address                      | v | v | v | c | c | c | - | -
rank band and reasons                | v | v | v | c | c | - | c | v
raw score                            | v | v | c | - | - | - | - | v
narrative                            | v | v | v | c | c | - | - | -
agreed risk summary                  | v | v | v | v | v | c | - | -
victim identity                      | v | v | v | c | c | - | - | -
children                             | v | v | v | c | c | c | - | -
service needs                        | - | v | v | c | c | c | - | -
links graph                          | v | v | v | c | c | - | - | v
"""
BOARD_ROLES = (
    "analyst",
    "coordinator",
    "chair",
    "panel_member",
    "victim_service",
    "provider",
    "auditor",
    "model_owner",
)
#: Where the policy departs from the plan: (group, role) with its reason. Decision record 0011 says more.
DEPARTURES = {
    ("case", "model_owner"): "that a case exists, under an id that stands for nobody: the plan's pseudonym",
    ("raw_score", "chair"): "the condition, logged, holds for every reader of the score",
    ("risk_summary", "panel_member"): "in scope of a case is, for a partner, a share of it",
    ("risk_summary", "victim_service"): "in scope of a case is, for a victim service, a client in it",
    ("marks", "chair"): "as the raw score: the condition, logged, holds for every reader",
    ("clients", "analyst"): "who supports whom is the coordinator's to arrange; the victim's identity is shown",
}
#: What the plan has no row for: who looked, and what the panel itself wrote.
BESIDE_THE_PLAN = {"audit log", "the panel's own record"}
#: Groups that stand for one side of a row whose other side is a group of its own.
PARTS = {
    "rank_reasons": {"victim_service"},
    "narrative": {"panel_member", "victim_service"},
    "children": {"provider"},
    "service_needs": {"victim_service"},
    "victim_needs": {"panel_member", "provider"},
    "hold_work": {"panel_member", "victim_service", "auditor", "model_owner"},
    "run": set(BOARD_ROLES),
    "area": set(BOARD_ROLES),
    "clients": {"panel_member"},
}


def mark(policy: Policy, group: str, role: str) -> str:
    bases = policy.groups[group].bases(UserRole(role), Deed.READ)
    if not bases:
        return "-"
    return "v" if Basis.PANEL in bases else "c"


def test_the_policy_agrees_with_the_plan_of_the_board_or_says_where_not() -> None:
    policy = load_policy()
    plan = {cells[0].strip(): [each.strip() for each in cells[1:]] for cells in _rows()}
    departed: set[tuple[str, str]] = set()

    for group in policy.groups.values():
        if group.board_row in BESIDE_THE_PLAN:
            continue
        for role, planned in zip(BOARD_ROLES, plan[group.board_row], strict=True):
            if mark(policy, group.name, role) != planned and role not in PARTS.get(group.name, set()):
                departed.add((group.name, role))

    assert departed == set(DEPARTURES)


def test_every_row_of_the_plan_is_some_groups_and_no_part_gives_more_than_the_plan() -> None:
    policy = load_policy()
    plan = {cells[0].strip(): [each.strip() for each in cells[1:]] for cells in _rows()}

    assert set(plan) == {group.board_row for group in policy.groups.values()} - BESIDE_THE_PLAN
    for row, planned in plan.items():
        groups = [group.name for group in policy.groups.values() if group.board_row == row]
        for role, allowed in zip(BOARD_ROLES, planned, strict=True):
            given = {mark(policy, group, role) for group in groups if group not in {"run", "area"}}
            if allowed != "-":
                assert given - {"-"}, f"{role} is given nothing of {row}"
            elif (row, role) != ("subject identity", "model_owner"):
                assert given == {"-"}, f"{role} is given some of {row}"


#: What the panel writes of a case: nothing of it is the model owner's, and an emergency opens none of it.
PANEL_WORK = {
    "nominations", "judgements", "panel_record", "minutes", "research", "actions", "safety", "gate_statements",
    "orders", "process_links", "referrals", "meetings", "seats",
}  # fmt: skip


def _rows() -> list[list[str]]:
    return [line.split("|") for line in BOARD.strip().splitlines()]


def test_nothing_the_plan_forbids_is_held_or_shown() -> None:
    policy = load_policy()

    assert set(policy.not_held) == {"victim safe address", "protected characteristics, row level"}
    assert not [
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if re.search(r"ethnic|religion|disab|safe_address", column.name)
    ]
    assert {name for name, group in policy.groups.items() if group.read.get(UserRole.PROVIDER)} == {
        "case", "subject_identity", "subject_address", "risk_summary", "safeguarding_flag", "service_needs", "area",
        "referrals", "referral_answers",
    }  # fmt: skip
    for_auditors = {name for name in PANEL_WORK if policy.groups[name].read.get(UserRole.AUDITOR)}
    assert for_auditors == {"nominations", "meetings", "seats"}
    assert not [name for name in PANEL_WORK if policy.groups[name].read.get(UserRole.MODEL_OWNER)]
    in_an_emergency = [policy.groups[name].bases(UserRole.PANEL_MEMBER, Deed.READ) for name in PANEL_WORK]
    assert not [bases for bases in in_an_emergency if Basis.BREAK_GLASS in bases]
    administrator = {name for name, group in policy.groups.items() if group.read.get(UserRole.ADMINISTRATOR)}
    assert administrator == {"run"}


@pytest.mark.parametrize("role", ["model_owner"])
def test_the_log_is_searched_by_everybody_the_plan_names_and_not_by(role: str) -> None:
    planned = {UserRole(each) for each in BOARD_ROLES} - {UserRole(role)}

    assert planned <= load_policy().commands["search_log"]
    assert UserRole(role) not in load_policy().commands["search_log"]


def test_a_refusal_says_for_whom_it_is_and_as_whom_one_acts() -> None:
    with pytest.raises(AccessRefused, match="that is for administrator, and you act as chair, DPO"):
        load_policy().refuse_unless([UserRole.DPO, UserRole.CHAIR], "add_user")
    with pytest.raises(AccessRefused, match="nobody with a role here"):
        load_policy().refuse_unless([], "add_user")
    with pytest.raises(KeyError):
        load_policy().refuse_unless([UserRole.DPO], "read_minds")


def test_a_cell_says_on_what_a_role_reads_and_writes() -> None:
    groups = load_policy().groups

    assert cell(groups["children"], UserRole.PANEL_MEMBER) == "child services (writes)"
    assert cell(groups["data_rights"], UserRole.ANALYST) == "panel (writes, does not read)"
    assert cell(groups["raw_score"], UserRole.PROVIDER) == "-"
