"""The demonstration city, written once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mat.synthetic import DEFAULT_SEED, synthesise


@pytest.fixture(scope="session")
def city_extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of the city extract of the default seed; read, never changed."""
    return synthesise("city", DEFAULT_SEED, tmp_path_factory.mktemp("synthetic") / "city").path
