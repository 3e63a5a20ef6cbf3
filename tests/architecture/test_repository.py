"""Rules about the repository itself that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("mat", "features", "models", "app", "experiments", "governance")

# Spelled in parts, so that this file does not break its own rule.
HOSTS = re.compile("|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.org", "deb" + r"\.debian"]))
MACHINE_PATHS = re.compile("|".join(f"/{folder}/" for folder in ("wo" + "rk", "fa" + "rm", "ro" + "ot")))


def committed_text() -> dict[Path, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    texts: dict[Path, str] = {}
    for name in listed:
        path = REPOSITORY / name
        if path.is_file():
            try:
                texts[Path(name)] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    assert len(texts) > 50
    return texts


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    found = [
        f"{name}:{number}"
        for name, text in committed_text().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if HOSTS.search(line) or MACHINE_PATHS.search(line)
    ]

    assert found == []


def test_no_module_is_over_450_lines() -> None:
    long = [name for name, text in committed_text().items() if name.suffix == ".py" and text.count("\n") > 450]

    assert long == []


def test_layers_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"

    result = subprocess.run([lint], check=False, cwd=REPOSITORY, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("trap", ["app/models.py", "app/app.py", "app/features.py", "app/mat.py", "app/pages"])
def test_nothing_beside_the_board_script_shadows_a_package(trap: str) -> None:
    assert not (REPOSITORY / trap).exists()


def test_tests_are_no_packages() -> None:
    assert list((REPOSITORY / "tests").rglob("__init__.py")) == []


def test_every_package_is_imported_from_this_checkout() -> None:
    program = f"import importlib; print([importlib.import_module(name).__file__ for name in {PACKAGES!r}])"

    printed = subprocess.run(
        [sys.executable, "-c", program], cwd="/", check=True, capture_output=True, text=True
    ).stdout

    assert all(str(REPOSITORY / package / "__init__.py") in printed for package in PACKAGES)


def test_committed_pages_do_not_send_readers_elsewhere() -> None:
    pages = {name: text for name, text in committed_text().items() if name.suffix == ".md"}

    assert [name for name, text in pages.items() if "shared/" + "design" in text] == []


@pytest.mark.slow
def test_a_built_wheel_carries_every_resource(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ".", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path],
        cwd=REPOSITORY,
        check=True,
    )
    wheel = next(tmp_path.glob("mat-*.whl"))
    target = tmp_path / "installed"

    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel], check=True
    )

    resources = [path for path in (REPOSITORY / "mat" / "config").rglob("*") if path.is_file()]
    assert len(resources) >= 8
    assert [path for path in resources if not (target / path.relative_to(REPOSITORY)).is_file()] == []
