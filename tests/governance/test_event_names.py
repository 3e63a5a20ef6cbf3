"""Every event that mat writes is described, with its operation, on the page of the log; nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from governance.audit import BREAK_GLASS
from mat.store.vocabulary import Operation

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "audit.md"
#: The names that are put together: from the table of what ended, and from what a service answers.
ENDED = {"agency_ended", "panel_ended", "service_ended"}
ANSWERED = {"research_nothing_held", "research_shared", "research_withheld"}
ROW = re.compile(r"^\| `([a-z_]+)` \| ([a-z_]+) \| .+ \|$", re.MULTILINE)


def modules() -> list[ast.Module]:
    paths = [*(PROJECT / "app").rglob("*.py"), *(PROJECT / "governance").rglob("*.py")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def events_in(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each event that is made: what names it, and its operation, or each that it may be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == "Event":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            if "operation" not in given:
                continue
            operation = given["operation"]
            for one in (operation.body, operation.orelse) if isinstance(operation, ast.IfExp) else (operation,):
                yield given["event"], one


def operation_of(said: ast.expr) -> str:
    assert isinstance(said, ast.Attribute)
    return Operation[said.attr].value


def said_by(named: ast.expr, tables: Mapping[str, set[str]]) -> set[str]:
    if isinstance(named, ast.Constant) and isinstance(named.value, str):
        return {named.value}
    if isinstance(named, ast.IfExp):
        return said_by(named.body, tables) | said_by(named.orelse, tables)
    if isinstance(named, ast.JoinedStr):
        return ANSWERED if said_by(named.values[0], {}) == {"research_"} else ENDED
    if isinstance(named, ast.Subscript):
        return tables.get(name_of(named.value), set())
    return {BREAK_GLASS} if name_of(named) == "BREAK_GLASS" else set()


def tables_of(tree: ast.Module) -> Mapping[str, set[str]]:
    """The names in each dictionary of a module."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = {name for value in node.value.values for name in said_by(value, {})}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A function that names an event by a parameter. `operation`: what it always is, or the parameter that says it."""

    parameters: list[str]
    event: str
    operation: str


def helpers(tree: ast.Module) -> Mapping[str, Helper]:
    found: dict[str, Helper] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            given = [each.arg for each in function.args.args]
            named_alone = [each.arg for each in function.args.kwonlyargs]
            for named, said in events_in(function):
                if name_of(named) in {*given, *named_alone}:
                    operation = name_of(said) if isinstance(said, ast.Name) else operation_of(said)
                    found[function.name] = Helper(parameters=given, event=name_of(named), operation=operation)
    return found


def argument(call: ast.Call, parameters: list[str], wanted: str) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return {**named, **dict(zip(parameters, call.args, strict=False))}.get(wanted)


def calls(tree: ast.Module, of: Mapping[str, Helper]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in of:
            helper = of[name_of(node.func)]
            named = argument(node, helper.parameters, helper.event)
            said = argument(node, helper.parameters, helper.operation)
            if named is not None:
                operation = helper.operation if said is None else operation_of(said)
                yield from ((name, operation) for name in said_by(named, tables_of(tree)))


def written() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    trees = modules()
    shared = {name: helper for tree in trees for name, helper in helpers(tree).items() if not name.startswith("_")}
    for tree in trees:
        for named, said in events_in(tree):
            if isinstance(said, ast.Attribute):
                found |= {(name, operation_of(said)) for name in said_by(named, tables_of(tree))}
        found |= set(calls(tree, {**shared, **helpers(tree)}))
    return found


def test_the_page_lists_every_event_with_its_operation() -> None:
    listed = ROW.findall(PAGE.read_text(encoding="utf-8"))

    assert len(listed) == len(set(listed))
    # of an event that is one operation or another, as the case is, the page says which are true
    assert set(listed) <= written()
    assert {name for name, _ in listed} == {name for name, _ in written()}
    assert [name for name, _ in listed] == sorted(name for name, _ in listed)


def test_events_named_through_a_function_are_among_them() -> None:
    assert {("case_removed", "erasure"), ("legal_hold_placed", "decision"), ("case_read", "consultation")} <= written()
