"""The code of the README is run as it stands, in an empty folder, and prints what the README shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(?P<language>\w+)(?: file=(?P<file>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a console block and the output shown under it, in which a line `...` stands for any lines."""

    line: str
    shown: str


def readme() -> str:
    return (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands(body: str) -> list[Command]:
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [Command(line=part.split("\n", 1)[0], shown=part.split("\n", 1)[1].strip()) for part in parts]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Command, subprocess.CompletedProcess[str]]]:
    folder = tmp_path_factory.mktemp("readme")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    results: list[tuple[Command, subprocess.CompletedProcess[str]]] = []
    for block in _BLOCK.finditer(readme()):
        if block["file"]:
            target = folder / block["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block["body"], encoding="utf-8")
        elif block["language"] == "console":
            for command in commands(block["body"]):
                result = subprocess.run(
                    shlex.split(command.line), cwd=folder, env=environment, check=False, capture_output=True, text=True
                )
                results.append((command, result))
    return results


def test_every_command_works(played: list[tuple[Command, subprocess.CompletedProcess[str]]]) -> None:
    assert len(played) >= 5
    assert [(command.line, result.stderr) for command, result in played if result.returncode != 0] == []


def test_what_is_shown_is_what_is_printed(played: list[tuple[Command, subprocess.CompletedProcess[str]]]) -> None:
    shown = [(command, result) for command, result in played if command.shown not in ("", "...")]

    assert len(shown) >= 2
    for command, result in shown:
        wanted = ".*".join(re.escape(part.strip()) for part in re.split(r"^\.\.\.$", command.shown, flags=re.MULTILINE))
        assert re.fullmatch(wanted, result.stdout.strip(), re.DOTALL), f"{command.line} printed\n{result.stdout}"


def test_make_targets_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", readme(), re.MULTILINE)) <= targets


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", readme())

    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
