"""Faults made on purpose do what they say and nothing else; what is left of a list is counted by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.disturb import Tables, merge_people, short_history, split_people, under_recorded, undisturbed
from experiments.lessons import CONFIGS
from experiments.sensitivity import kept, main, views


@st.composite
def extracts(draw: st.DrawFn) -> Tables:
    """A small extract: people of two sexes, incidents on days of two years, each with a suspect and a victim."""
    people = [f"P{number}" for number in range(draw(st.integers(4, 12)))]
    sexes = [draw(st.sampled_from(["F", "M"])) for _ in people]
    couples = draw(st.lists(st.permutations(people).map(lambda order: order[:2]), min_size=1, max_size=25))
    days = [draw(st.dates(date(2020, 1, 1), date(2021, 12, 31))) for _ in couples]
    names = [f"I{number}" for number in range(len(couples))]
    return {
        "persons": pl.DataFrame({"person_id": people, "sex": sexes}),
        "incidents": pl.DataFrame({"incident_id": names, "occurred_at": [day.isoformat() for day in days]}),
        "involvements": pl.DataFrame(
            {
                "incident_id": [name for name in names for _ in range(2)],
                "person_id": [person for couple in couples for person in couple],
                "role": ["suspect", "victim"] * len(couples),
            }
        ),
        "pairs": pl.DataFrame(
            {
                "incident_id": names,
                "suspect_id": [couple[0] for couple in couples],
                "victim_id": [couple[1] for couple in couples],
            }
        ),
        "custody": pl.DataFrame({"person_id": people[:2], "from_at": ["2020-06-01", "2021-06-01"]}),
    }


_SHARES = st.floats(0, 1)
_SEEDS = st.integers(0, 3)


def _same(one: Tables, other: Tables) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


@given(extracts(), _SHARES, _SEEDS)
def test_a_split_loses_no_incident_and_no_role(tables: Tables, share: float, seed: int) -> None:
    found = split_people(tables, share, seed)

    assert found.tables["incidents"].equals(tables["incidents"])
    back = found.tables["involvements"].join(found.ids, on="person_id", how="left", maintain_order="left")
    assert (
        back.with_columns(pl.coalesce("true_id", "person_id").alias("person_id"))
        .drop("true_id")
        .equals(tables["involvements"])
    )
    assert set(found.tables["involvements"]["person_id"]) <= set(found.tables["persons"]["person_id"])


@given(extracts(), _SEEDS)
def test_a_split_leaves_records_under_both_ids_and_pairs_agree_with_roles(tables: Tables, seed: int) -> None:
    found = split_people(tables, 1.0, seed)

    recorded = set(found.tables["involvements"]["person_id"])
    assert {*found.ids["person_id"], *found.ids["true_id"]} <= recorded
    several = tables["involvements"].group_by("person_id").len().filter(pl.col("len") > 1)
    assert found.ids.height == several.height
    suspects = found.tables["involvements"].filter(pl.col("role") == "suspect")
    joined = found.tables["pairs"].join(suspects, on="incident_id")
    assert joined["suspect_id"].to_list() == joined["person_id"].to_list()


@given(extracts(), st.floats(0, 0.5), _SEEDS)
def test_nobody_is_lost_in_a_merge(tables: Tables, share: float, seed: int) -> None:
    found = merge_people(tables, share, seed)

    known = set(found.tables["persons"]["person_id"])
    assert known | set(found.ids["true_id"]) == set(tables["persons"]["person_id"])
    assert found.ids["true_id"].n_unique() == found.ids.height
    assert found.tables["incidents"].equals(tables["incidents"])
    assert found.tables["involvements"].height == tables["involvements"].height
    for name, column in (("involvements", "person_id"), ("pairs", "suspect_id"), ("custody", "person_id")):
        assert set(found.tables[name][column]) <= known


@given(extracts(), _SEEDS)
def test_the_merged_are_of_one_sex_and_never_of_one_incident(tables: Tables, seed: int) -> None:
    found = merge_people(tables, 0.5, seed)

    sex = dict(tables["persons"].iter_rows())
    for now, true in found.ids.iter_rows():
        assert sex[now] == sex[true]
    per_incident = found.tables["involvements"].group_by("incident_id").agg(pl.col("person_id").n_unique())
    assert per_incident["person_id"].eq(2).all()


@given(extracts(), st.dates(date(2020, 1, 1), date(2021, 12, 31)))
def test_a_short_history_keeps_all_that_happened_since_and_all_people(tables: Tables, begins: date) -> None:
    found = short_history(tables, begins).tables

    kept_incidents = set(found["incidents"]["incident_id"])
    assert kept_incidents == {
        name for name, day in tables["incidents"].iter_rows() if date.fromisoformat(day) >= begins
    }
    assert set(found["involvements"]["incident_id"]) == kept_incidents
    assert set(found["pairs"]["incident_id"]) == kept_incidents
    assert found["persons"].equals(tables["persons"])


@given(extracts(), _SHARES, _SEEDS)
def test_only_the_incidents_of_the_group_are_never_recorded(tables: Tables, share: float, seed: int) -> None:
    found = under_recorded(tables, attribute="sex", group="F", share=share, seed=seed).tables

    lost = set(tables["incidents"]["incident_id"]) - set(found["incidents"]["incident_id"])
    sex = dict(tables["persons"].iter_rows())
    suspects = dict(tables["pairs"].select("incident_id", "suspect_id").iter_rows())
    theirs = {name for name, suspect in suspects.items() if sex[suspect] == "F"}
    assert lost <= theirs
    assert len(lost) == int(share * len(theirs))
    left = tables["involvements"].filter(~pl.col("incident_id").is_in(sorted(lost)))
    assert found["involvements"].equals(left)
    assert found["persons"].equals(tables["persons"])


@given(extracts(), _SHARES, _SEEDS)
def test_the_same_seed_gives_the_same_fault(tables: Tables, share: float, seed: int) -> None:
    def faults() -> list[Tables]:
        return [
            split_people(tables, share, seed).tables,
            merge_people(tables, share / 2, seed).tables,
            under_recorded(tables, attribute="sex", group="F", share=share, seed=seed).tables,
        ]

    for once, again in zip(faults(), faults(), strict=True):
        assert _same(once, again)


def test_nothing_disturbed_is_the_same_tables() -> None:
    tables = {"persons": pl.DataFrame({"person_id": ["P1"]})}

    assert undisturbed(tables).tables is tables
    assert undisturbed(tables).ids.is_empty()


def _scores(places: dict[str, int], harm: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "as_of": [date(2022, 1, 1)] * len(places),
            "person_id": list(places),
            "place": list(places.values()),
            "harm": [harm.get(person, 0.0) for person in places],
            "serious": [harm.get(person, 0.0) > 5 for person in places],
        }
    )


def test_a_list_is_judged_by_the_people_its_ids_stand_for() -> None:
    harm = {"A": 10.0, "B": 6.0, "C": 4.0}
    truth = _scores({"A": 1, "B": 2, "C": 3, "D": 4}, harm)
    found = _scores({"A+2": 1, "A": 2, "D": 3, "C": 4}, {})
    ids = pl.DataFrame({"person_id": ["A+2", "D", "D"], "true_id": ["A", "D", "B"]})

    left = kept(truth, found, ids, label="serious", seats=(2, 3))

    assert left.folds == 1
    assert left.overlap == {2: 0.5, 3: pytest.approx(2 / 3)}
    assert left.captured == {2: 0.5, 3: 0.8}
    assert left.captured_before == {2: 0.8, 3: 1.0}
    assert left.auc_before == 1.0
    assert left.auc == pytest.approx(0.875)


def test_what_happened_has_everyone_and_expects_nothing_of_the_unrecorded() -> None:
    day = date(2022, 1, 1)
    before = pl.DataFrame(
        {"as_of": [day, day], "person_id": ["A", "B"], "selected": [True, True], "outcome": [True, True],
         "probability": [0.9, 0.8]}
    )  # fmt: skip
    after = pl.DataFrame(
        {"as_of": [day], "person_id": ["A"], "selected": [True], "outcome": [False], "probability": [0.4]}
    )

    happened = views(before, after)["what happened"]

    assert happened.rows() == [(day, "A", True, True, 0.4), (day, "B", False, True, 0.0)]


@pytest.mark.slow
def test_the_whole_experiment_runs_with_two_models(tmp_path: Path) -> None:
    text = (CONFIGS / "sensitivity.toml").read_text(encoding="utf-8")
    small = text.replace('["rfgv", "scorecard", "boosted"]', '["rfgv", "scorecard"]').replace(
        "refits = 3", "refits = 1"
    )
    (tmp_path / "small.toml").write_text(small, encoding="utf-8")
    out = tmp_path / "report.md"

    assert main(["--config", str(tmp_path / "small.toml"), "--out", str(out)]) == 0

    report = out.read_text(encoding="utf-8")
    assert "nobody in the city exists" in report
    assert "| 365 | 3 | 0 | none |" in report
    assert "what happened" in report
