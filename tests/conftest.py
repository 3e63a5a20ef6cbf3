"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real datasets; tests that need it skip with a message where it is absent."""
    repository = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("MAT_SHARED", repository.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"real data not found: set MAT_SHARED to the folder that holds data/ (looked in {folder})")
    return folder
