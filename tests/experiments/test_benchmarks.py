"""The alternatives the benchmarks measure do the same work: equal cells on random snapshots of all they read."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from experiments.benchmarks import duckdb_features, pandas_features
from experiments.benchmarks.agreement import compare
from experiments.benchmarks.inputs import LEFT_OUT
from experiments.benchmarks.scale_table import default_scale, write_scale
from features.matrix import build_matrix
from mat.snapshot import Snapshot
from tests.reference.snapshots import AS_OF, Row, ago, incident, row, write_snapshot

ENGINES = {"DuckDB": duckdb_features.write_features, "pandas": pandas_features.write_features}
Engine = Callable[[Path, date, Path, Path], None]

CODES = [" common_assault", "Wounding", "coercive_control", "criminal_damage/1", "stalking", "no such code", "", None]


def random_story(seed: int) -> list[Row | list[Row]]:
    """Some hundred incidents among few people, so that everything meets: roles, windows, merges, pairs and holds."""
    chance = random.Random(seed)
    people = [f"p{number}" for number in range(30)]

    def some_time() -> int:
        return chance.choice([0, 1, 89, 90, 91, 364, 365, 366, 729, 730, 731, 1094, 1095, 1096, chance.randrange(2500)])

    def someone() -> str:
        return chance.choice(people)

    story: list[Row | list[Row]] = []
    for number in range(150):
        days = some_time()
        suspects = set(chance.choices(people, k=chance.choice([0, 1, 1, 1, 2])))
        victims = set(chance.choices(people, k=chance.choice([0, 1, 1, 2, 3])))
        story.append(
            incident(
                f"i{number}",
                days,
                " ".join(sorted(suspects)),
                " ".join(sorted(victims)),
                recorded=ago(days - chance.choice([-1, 0, 0, 5, 60])),
                linked=ago(days - chance.choice([-1, 0, 0, 40, 400])),
                crime=chance.random() < 0.7,
                domestic=chance.random() < 0.8,
                offence_code=chance.choice(CODES),
                children_present=chance.choice([True, False, None]),
                cancelled_at=chance.choice([None] * 8 + [ago(0), ago(1)]),
            )
        )
        story += [
            row("pairs", incident_id=f"i{number}", suspect_id=suspect, victim_id=victim)
            for suspect in sorted(suspects)
            for victim in sorted(victims)
            if number % 3 == 0 and chance.random() < 0.6
        ]
    for number in range(12):
        one, other = sorted(chance.sample(people, 2))
        story += [
            row("ties", person_id_a=one, person_id_b=other, kind=f"{number}", known_at=ago(some_time())),
            row("orders", order_id=f"o{number}", person_id=someone(), recorded_at=ago(some_time())),
            row("custody", person_id=someone(), from_at=ago(some_time()), to_at=chance.choice([None, ago(0), ago(3)])),
        ]
        happened = some_time()
        story.append(
            row(
                "order_breaches",
                order_id=f"o{chance.randrange(12)}",
                occurred_at=ago(happened),
                recorded_at=ago(happened - chance.choice([0, 5])),
            )
        )
    story += [
        row("restrictions", person_id="p0", from_at=ago(5), to_at=None),
        row("restrictions", person_id="p1", from_at=ago(5), to_at=ago(0)),
        row("restrictions", person_id="p2", from_at=ago(0), to_at=None),
        row("person_merges", old_id="p3", new_id="p4", merged_at=ago(5), undone_at=None),
        row("person_merges", old_id="p4", new_id="p5", merged_at=ago(9), undone_at=ago(0)),
        row("person_merges", old_id="p6", new_id="p7", merged_at=ago(9), undone_at=ago(1)),
        *(
            row(
                "quarantine",
                table="pairs",
                row=number,
                kind=chance.choice(["row", "row", "value"]),
                raw=json.dumps({"incident_id": f"i{number}", "suspect_id": someone(), "victim_id": someone()}),
            )
            for number in range(0, 150, 8)
        ),
    ]
    return story


def with_eliminations(snapshot: Path, seed: int) -> None:
    """Eliminate some of the suspects."""
    path = snapshot / "involvements.parquet"
    rows = pl.read_parquet(path)
    chance = random.Random(seed)
    status = [chance.choice([None, "named", "eliminated"]) for _ in range(rows.height)]
    moments = [chance.choice([None, ago(0), ago(1)]) for _ in range(rows.height)]
    rows.with_columns(
        pl.Series("status", status, pl.String), pl.Series("status_at", moments, pl.Datetime("us"))
    ).write_parquet(path)


def features_of_mat(snapshot: Path, out: Path) -> None:
    build_matrix(Snapshot.open(snapshot), AS_OF, default_scale()).frame.write_parquet(out)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@pytest.mark.parametrize("seed", range(4))
def test_an_alternative_gives_every_cell_that_mat_gives(tmp_path: Path, seed: int, engine: Engine) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot", random_story(seed))
    with_eliminations(snapshot, seed)
    ours, theirs, scale = tmp_path / "ours", tmp_path / "theirs", tmp_path / "scale"
    features_of_mat(snapshot, ours)
    write_scale(scale)

    engine(snapshot, AS_OF, scale, theirs)

    agreement = compare(ours, theirs)
    assert agreement.differing == {}
    assert agreement.is_exact
    assert agreement.only_ours == LEFT_OUT
    assert agreement.rows[0] > 10


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_an_alternative_gives_nulls_for_what_is_absent(tmp_path: Path, engine: Engine) -> None:
    absent = ["ties", "orders", "order_breaches", "custody", "pairs", "person_merges", "restrictions"]
    snapshot = write_snapshot(
        tmp_path / "snapshot", random_story(9), absent=absent, absent_columns=["incidents.children_present"]
    )
    ours, theirs, scale = tmp_path / "ours", tmp_path / "theirs", tmp_path / "scale"
    features_of_mat(snapshot, ours)
    write_scale(scale)

    engine(snapshot, AS_OF, scale, theirs)

    agreement = compare(ours, theirs)
    assert agreement.differing == {}
    assert agreement.is_exact
    assert pl.read_parquet(theirs)["custody_days_365d"].null_count() == agreement.rows[0]


def test_the_stories_reach_every_column(tmp_path: Path) -> None:
    frames = []
    for seed in range(4):
        snapshot = write_snapshot(tmp_path / f"snapshot{seed}", random_story(seed))
        frames.append(build_matrix(Snapshot.open(snapshot), AS_OF, default_scale()).frame)

    cells = pl.concat(frames).drop("person_id", "as_of")

    unvaried = [column.name for column in cells if column.drop_nulls().n_unique() < 2]
    assert unvaried == []


def test_files_agree_only_where_every_shared_cell_does(tmp_path: Path) -> None:
    ours = pl.DataFrame({"person_id": ["a", "b"], "harm_all": [0.1, None], "extra": [1, 2]})
    ours.write_parquet(tmp_path / "ours")
    ours.select("person_id", pl.col("harm_all").fill_null(0.0)).write_parquet(tmp_path / "zero")
    ours.reverse().write_parquet(tmp_path / "other_order")
    ours.head(1).write_parquet(tmp_path / "shorter")
    ours.drop("extra").write_parquet(tmp_path / "fewer_columns")
    ours.with_columns(more=1).write_parquet(tmp_path / "more_columns")

    found = {
        name: compare(tmp_path / "ours", tmp_path / name)
        for name in ("ours", "zero", "other_order", "shorter", "fewer_columns", "more_columns")
    }

    assert {name: agreement.is_exact for name, agreement in found.items()} == {
        "ours": True,
        "zero": False,
        "other_order": False,
        "shorter": False,
        "fewer_columns": True,
        "more_columns": False,
    }
    assert found["zero"].differing == {"harm_all": 1}
    assert found["fewer_columns"].only_ours == ("extra",)
