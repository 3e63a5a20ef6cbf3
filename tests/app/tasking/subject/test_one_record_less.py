"""What the page says of one record less, against a list made again without that record."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from app.tasking.nominating.judgements import judge
from app.tasking.subject.reading import read_subject
from app.tasking.subject.reasons import without_a_record
from mat.store.panel_vocabulary import Concern
from mat.store.vocabulary import UserRole
from tests.app.conftest import STORY
from tests.app.imported_runs import bring_in, case_of
from tests.staff import Staff

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("model", "feature"),
    [("harm_365d", "harm_365d"), ("count_365d", "da_suspect_count_365d"), ("rfgv", "harm_730d")],
)
def test_one_record_less_is_what_the_list_says_without_it(
    staff: Staff,
    write_story: Callable[..., Path],
    make_run: Callable[..., Path],
    model: str,
    feature: str,
) -> None:
    analyst = staff.desk(UserRole.ANALYST, panel="A")
    bring_in(analyst, make_run(write_story(), "--model", model))
    case = case_of(staff)["LEAD"]
    judge(analyst, case, Concern.HIGH, "we know them")
    page = read_subject(analyst, case)
    assert page.why is not None
    reason = next(each for each in page.why.reasons if each.feature == feature)
    said = next(each for each in without_a_record(page.why, model) if each.startswith(reason.label))
    heaviest = max((each.event for each in reason.behind if each.event), key=lambda each: (each.harm or 0.0, each.on))
    gone = (heaviest.incident_id, "LEAD", "suspect")

    kept = [row for row in STORY["involvements"] if tuple(row) != gone]
    again = make_run(write_story(involvements=kept), "--model", model)

    value = pl.read_parquet(again / "features.parquet").filter(person_id="LEAD")[feature].item()
    score = pl.read_parquet(again / "ranked.parquet").filter(person_id="LEAD")["score"].item()
    assert len(kept) == len(STORY["involvements"]) - 1
    numbers = [float(each.replace(",", "")) for each in re.findall(r"(?:be|score) ([\d,.]+) instead", said)]
    assert numbers == pytest.approx([value] if model == "rfgv" else [value, score], abs=0.05)
    if model == "rfgv":
        assert page.why.score is not None
        assert score <= page.why.score
