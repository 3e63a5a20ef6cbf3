from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from app.evidence import evidence
from app.pipeline import Choices, TaskingList, make_list
from features.catalogue import CATALOGUE
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.reviews import no_reviews
from mat.snapshot import Snapshot


@pytest.fixture(scope="module")
def tasking(story_run: Path) -> TaskingList:
    choices = Choices(
        as_of=date(2024, 4, 1),
        scale=load_scale("statutory_max_days"),
        model="rfgv",
        panel_size=20,
        definitions=load_definitions(),
        rfgv=None,
        seed=1,
        reviews=no_reviews(),
        high_harm=None,
    )
    return make_list(Snapshot.open(story_run / "snapshot"), choices)


def _behind(tasking: TaskingList, feature: str, value: str = "1") -> dict[str, list[str]]:
    """Incidents behind one feature, had the reasons of everyone named it alone."""
    reasons = pl.lit([{"feature": feature, "value": value, "points": 1.0}])
    ranked = tasking.ranked.with_columns(reasons.alias("reasons"))
    rows = evidence(tasking.population, ranked, tasking.choices.scale)
    return dict(rows.group_by("person_id").agg("incident_id").iter_rows())


def test_the_evidence_covers_the_listed_and_the_held_but_not_the_sensitive(story_run: Path) -> None:
    people = pl.read_parquet(story_run / "evidence.parquet")["person_id"].unique()

    assert sorted(people) == ["=1+1", "AGAINST", "CHILD", "COUNTER", "LEAD", "http://example.org"]


def test_only_features_that_the_reasons_name_have_evidence(story_run: Path) -> None:
    ranked = pl.read_parquet(story_run / "ranked.parquet")
    named = ranked.select("person_id", pl.col("reasons").list.eval(pl.element().struct.field("feature"))).explode(
        "reasons"
    )

    rows = pl.read_parquet(story_run / "evidence.parquet")

    assert rows.columns == ["person_id", "feature", "incident_id"]
    assert rows.join(named, left_on=["person_id", "feature"], right_on=["person_id", "reasons"], how="anti").is_empty()


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("da_suspect_count_730d", ["I1", "I2"]),
        ("da_suspect_count_all", ["I1", "I2"]),
        ("da_crime_count_90d", ["I1", "I2"]),
        ("days_since_last_da", ["I2"]),
        ("days_since_first_da", ["I1"]),
        ("harm_730d", ["I1", "I2"]),
        ("harm_max_365d", ["I1"]),
        ("harm_previous_365d", []),
        ("high_risk_crime_count_365d", ["I1"]),
        ("harm_unweighted_count_all", []),
        ("newly_recorded_count_90d", ["I1", "I2"]),
        ("newly_recorded_harm_90d", ["I1", "I2"]),
        ("distinct_victims_730d", ["I1", "I2"]),
        ("max_same_victim_365d", ["I1", "I2"]),
        ("non_da_crime_count_365d", ["I11"]),
        ("children_present_count_365d", []),
        ("median_gap_days", ["I1", "I2"]),
        ("custody_days_365d", []),
    ],
)
def test_each_feature_is_backed_by_the_records_it_counts(
    tasking: TaskingList, feature: str, expected: list[str]
) -> None:
    assert sorted(_behind(tasking, feature).get("LEAD", [])) == sorted(expected)


def test_every_count_of_records_a_model_may_use_equals_its_evidence(tasking: TaskingList) -> None:
    countable = [
        spec.name
        for spec in CATALOGUE
        if spec.model_use and spec.unit in {"records", "crimes"} and not spec.name.startswith("max_same_victim")
    ]
    features = tasking.matrix.frame

    for name in countable:
        found = _behind(tasking, name)
        for person, value in features.select("person_id", name).iter_rows():
            if person not in {"SECRET", "DEAD"}:
                assert len(found.get(person, [])) == (value or 0), (name, person)
