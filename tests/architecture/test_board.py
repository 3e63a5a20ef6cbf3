"""What pages may not do, found in their source: a trap each that was met when the board was tried."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
DRAWN = sorted([*(APP / "screens").glob("**/*.py"), *(APP / "components").glob("**/*.py")])
#: Of Streamlit, what reads its text as Markdown or HTML, fetches through /media, or draws everything at once.
REFUSED = {
    "write", "markdown", "title", "header", "subheader", "caption", "code", "latex", "text", "metric", "json",
    "dataframe", "data_editor", "table", "image", "audio", "video", "pdf", "logo", "download_button", "link_button",
    "file_uploader", "camera_input", "audio_input", "chat_input", "chat_message", "error", "warning", "info", "success",
    "exception", "toast", "help", "echo", "map", "pydeck_chart", "graphviz_chart", "plotly_chart", "bokeh_chart",
    "pyplot", "iframe", "cache_data", "cache_resource", "connection", "secrets", "tabs", "login", "logout",
    "experimental_rerun", "balloons", "snow",
}  # fmt: skip
CALLBACKS = {"on_click", "on_change", "on_submit", "unsafe_allow_html", "unsafe_allow_javascript"}
#: What draws a part of a page without the rest, past the shell: here alone, where the session is asked for first.
BY_ITSELF = APP / "screens" / "screen.py"


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_a_page_draws_with_components_and_plain_fields_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    names = {node.attr for node in streamlit_names(tree)}
    words = {word.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords}
    assert names & REFUSED == set()
    assert words & CALLBACKS == set()
    assert path == BY_ITSELF or (names & {"fragment"}, words & {"run_every"}) == (set(), set())


def streamlit_names(tree: ast.AST) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
            yield node


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_a_page_asks_commands_and_never_the_database(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }

    assert not [name for name in imported if name.startswith(("sqlalchemy", "psycopg", "mat.store.tables"))]
    if path.parent.name == "components":
        assert "streamlit" not in imported


def test_the_script_of_the_board_is_short_and_no_folder_of_pages_lies_beside_it() -> None:
    assert len((APP / "board.py").read_text(encoding="utf-8").splitlines()) < 60
    assert not (APP / "pages").exists()
    assert not (APP / ".streamlit").exists()


def test_no_module_beside_the_script_hides_another_of_its_name() -> None:
    beside = {path.stem for path in APP.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    others = set(sys.stdlib_module_names) | set(packages_distributions()) | {"mat", "features", "models", "governance"}

    assert beside & others == set()
