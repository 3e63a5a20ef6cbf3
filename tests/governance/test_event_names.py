"""Every event that mat writes is described, with its operation, on the page of the log; nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from governance.audit import BREAK_GLASS
from mat.store.vocabulary import Operation

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "audit.md"
#: The one name that is put together, from the table of what ended.
ENDED = {"agency_ended", "panel_ended", "service_ended"}
ROW = re.compile(r"^\| `([a-z_]+)` \| ([a-z_]+) \| .+ \|$", re.MULTILINE)


def modules() -> list[ast.Module]:
    paths = [*(PROJECT / "app").rglob("*.py"), *(PROJECT / "governance").rglob("*.py")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def events_in(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Each event that is made: what names it, and its operation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == "Event":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            operation = given["operation"]
            assert isinstance(operation, ast.Attribute)
            yield given["event"], Operation[operation.attr].value


def said_by(named: ast.expr) -> set[str]:
    if isinstance(named, ast.Constant) and isinstance(named.value, str):
        return {named.value}
    if isinstance(named, ast.IfExp):
        return said_by(named.body) | said_by(named.orelse)
    if isinstance(named, ast.JoinedStr):
        return ENDED
    return {BREAK_GLASS} if name_of(named) == "BREAK_GLASS" else set()


def helpers(tree: ast.Module) -> Mapping[str, tuple[int, str]]:
    """Functions that name an event by one of their parameters: which, and the operation."""
    found: dict[str, tuple[int, str]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            parameters = [each.arg for each in function.args.args]
            for named, operation in events_in(function):
                if isinstance(named, ast.Name) and named.id in parameters:
                    found[function.name] = (parameters.index(named.id), operation)
    return found


def calls(tree: ast.Module, of: Mapping[str, tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in of:
            place, operation = of[name_of(node.func)]
            if place < len(node.args):
                yield from ((name, operation) for name in said_by(node.args[place]))


def written() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    trees = modules()
    shared = {name: place for tree in trees for name, place in helpers(tree).items() if not name.startswith("_")}
    for tree in trees:
        for named, operation in events_in(tree):
            found |= {(name, operation) for name in said_by(named)}
        found |= set(calls(tree, {**shared, **helpers(tree)}))
    return found


def test_the_page_lists_every_event_with_its_operation() -> None:
    listed = ROW.findall(PAGE.read_text(encoding="utf-8"))

    assert len(listed) == len(set(listed))
    assert set(listed) == written()
    assert [name for name, _ in listed] == sorted(name for name, _ in listed)


def test_events_named_through_a_function_are_among_them() -> None:
    assert {("case_removed", "erasure"), ("legal_hold_placed", "decision"), ("case_read", "consultation")} <= written()
