"""Fixtures every test may use, and how properties are tried: the same examples every time, on slow machines too.

`MAT_EXPLORE=1` tries new examples; one that fails is printed with what reproduces it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.store_servers",
    "tests.staff",
    "tests.keyboard",
    "tests.panel_lists",
    "tests.panel_work",
    "tests.referred",
    "tests.access_situations",
]

_SLOW_MACHINES = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=_SLOW_MACHINES)
settings.register_profile("explore", deadline=None, suppress_health_check=_SLOW_MACHINES, print_blob=True)
settings.load_profile("explore" if os.environ.get("MAT_EXPLORE") else "repeatable")


@pytest.fixture(autouse=True)
def own_main() -> Generator[None]:
    """Streamlit's test runner leaves a page as `__main__`, which processes that a later test starts would run."""
    found = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = found


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real datasets; tests that need it skip with a message where it is absent."""
    repository = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("MAT_SHARED", repository.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"real data not found: set MAT_SHARED to the folder that holds data/ (looked in {folder})")
    return folder
