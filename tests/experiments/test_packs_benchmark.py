"""The benchmark of packs sets pages with what the templates ask for today."""

from __future__ import annotations

from datetime import UTC, datetime

from app.packs.typesetting import typeset
from experiments.benchmarks.packs import pack
from tests.read_back import opened


def test_the_invented_pack_is_set() -> None:
    paper = typeset("pack.typ", pack(1), at=datetime(2026, 11, 3, 9, tzinfo=UTC))

    said = " ".join(opened(paper.content).pages)
    assert "An Example" in said
    assert "NOT TO BE TOLD" in said
