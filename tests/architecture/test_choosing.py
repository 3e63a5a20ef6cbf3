"""Every list to choose from is one whose words differ: a browser gives a choice back by its words alone."""

from __future__ import annotations

import ast
from pathlib import Path
from uuid import UUID

from app.components.text import told_apart

SCREENS = Path(__file__).parents[2] / "app" / "screens"
ONE, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))


def test_screens_choose_by_one_function() -> None:
    bare = [
        f"{path.name}:{node.lineno}"
        for path in sorted(SCREENS.glob("*.py"))
        if path.name != "choosing.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"selectbox", "multiselect"}
    ]
    assert bare == []


def test_words_that_look_the_same_are_followed_by_what_is_known_of_each() -> None:
    more = {ONE: "City council", OTHER: "Southshire", THIRD: "City council"}

    assert told_apart({ONE: "Housing", OTHER: "housing ", THIRD: "Probation"}, more) == {
        ONE: "Housing (City council)",
        OTHER: "housing  (Southshire)",
        THIRD: "Probation",
    }


def test_where_nothing_more_is_known_the_end_of_the_id_tells_them_apart() -> None:
    words = told_apart({ONE: "Gareth Samename", OTHER: "Gareth Samename", THIRD: "Gareth Samename\u200b"})

    assert len(set(words.values())) == 3
    assert words[ONE] == "Gareth Samename [1: 00000001]"
