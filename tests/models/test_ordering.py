"""The order of the list: hand-worked ties, places of the held, and what holds for any population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.schemas.matrix import FeatureMatrix
from models.ordering import order, order_by_score
from models.ranker import Scored

MakeMatrix = Callable[..., FeatureMatrix]
MakePeople = Callable[..., pl.DataFrame]
Row = dict[str, float | str]


def person(name: str, *, harm: float = 0.0, count: int = 0) -> Row:
    return {"person_id": name, "harm_365d": harm, "da_suspect_count_365d": count}


def with_scores(matrix: FeatureMatrix, scores: Sequence[float | None]) -> pl.DataFrame:
    return matrix.frame.select("person_id").with_columns(pl.Series("score", scores, dtype=pl.Float64))


def in_rank_order(ranks: pl.DataFrame) -> str:
    return "".join(ranks.filter(pl.col("rank").is_not_null()).sort("rank")["person_id"])


def test_more_score_comes_first(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([person("A"), person("B"), person("C")])

    ranks = order_by_score(with_scores(matrix, [1.0, 3.0, 2.0]), matrix, make_people(matrix), top=2)

    assert ranks.columns == ["person_id", "rank", "held_rank", "tied", "is_listed"]
    assert ranks["person_id"].to_list() == ["A", "B", "C"]
    assert ranks["rank"].to_list() == [3, 1, 2]
    assert ranks["is_listed"].to_list() == [False, True, True]
    assert ranks["held_rank"].to_list() == [None, None, None]
    assert ranks["tied"].to_list() == [False, False, False]


def test_ties_go_to_harm_then_to_records_then_to_the_id(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix(
        [
            person("A", harm=10, count=2),
            person("B", harm=10, count=2),
            person("C", harm=10, count=3),
            person("D", harm=20, count=1),
            person("E", harm=90, count=9),
        ]
    )

    ranks = order_by_score(with_scores(matrix, [5, 5, 5, 5, 4]), matrix, make_people(matrix), top=20)

    assert in_rank_order(ranks) == "DCABE"
    assert ranks["tied"].to_list() == [True, True, True, True, False]


def test_without_a_usable_scale_harm_does_not_settle_ties(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([person("A", harm=10, count=1), person("B", harm=0, count=2)], usable=False)

    ranks = order_by_score(with_scores(matrix, [5, 5]), matrix, make_people(matrix), top=20)

    assert in_rank_order(ranks) == "BA"


def test_ids_are_compared_as_text(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([person("P10"), person("P9"), person("p1"), person("É1")])

    ranks = order_by_score(with_scores(matrix, [1, 1, 1, 1]), matrix, make_people(matrix), top=20)

    assert ranks.sort("rank")["person_id"].to_list() == ["P10", "P9", "p1", "É1"]


def test_held_people_keep_their_place_and_take_none_from_the_others(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    matrix = make_matrix([person(name) for name in "ABCDEF"])
    people = make_people(matrix, held="ACE")

    ranks = order_by_score(with_scores(matrix, [9, 8, 7, 6, 5, 4]), matrix, people, top=2)

    assert ranks["rank"].to_list() == [None, 1, None, 2, None, 3]
    assert ranks["held_rank"].to_list() == [1, None, 3, None, 5, None]
    assert ranks["is_listed"].to_list() == [False, True, False, True, False, False]


def test_the_deceased_have_no_place_and_are_passed_over_in_the_places_of_the_held(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    matrix = make_matrix([person(name) for name in "ABCDE"])
    people = make_people(matrix, held="CD", deceased="AD")

    ranks = order_by_score(with_scores(matrix, [9, 8, 7, 6, 5]), matrix, people, top=20)

    assert ranks["rank"].to_list() == [None, 1, None, None, 2]
    assert ranks["held_rank"].to_list() == [None, None, 2, None, None]
    assert ranks["is_listed"].to_list() == [False, True, False, False, True]


@pytest.mark.parametrize(
    ("held", "deceased", "tied"),
    [
        ("", "", [True, True, False]),
        ("A", "", [False, False, False]),
        ("", "B", [False, False, False]),
        ("AB", "", [False, False, False]),
    ],
)
def test_only_people_with_a_rank_are_tied_and_only_with_each_other(
    held: str, deceased: str, tied: list[bool], make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    matrix = make_matrix([person("A"), person("B"), person("C")])
    people = make_people(matrix, held=held, deceased=deceased)

    ranks = order_by_score(with_scores(matrix, [5, 5, 1]), matrix, people, top=20)

    assert ranks["tied"].to_list() == tied


def test_nobody_is_ranked_in_an_empty_population(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([])

    ranks = order_by_score(with_scores(matrix, []), matrix, make_people(matrix), top=20)

    assert ranks.height == 0
    assert ranks.schema["rank"] == pl.Int64


def test_a_scored_list_is_ordered_by_its_score(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([person("A"), person("B")])
    scores = with_scores(matrix, [1, 2])

    ranks = order(Scored(frame=scores, specs=()), matrix, make_people(matrix), top=1)

    assert ranks.equals(order_by_score(scores, matrix, make_people(matrix), top=1))


@pytest.mark.parametrize("score", [None, float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_a_defect(
    score: float | None, make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    matrix = make_matrix([person("A"), person("B")])

    with pytest.raises(ValueError, match="score is null or not a finite number"):
        order_by_score(with_scores(matrix, [1.0, score]), matrix, make_people(matrix), top=20)


def test_people_who_are_not_those_of_the_matrix_are_a_defect(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([person("A"), person("B")])
    people = make_people(matrix)
    scores = with_scores(matrix, [1, 2])

    for wrong in (people.head(1), pl.concat([people, people]), people.with_columns(person_id=pl.lit("A"))):
        with pytest.raises(ValueError, match="people are not one row per person"):
            order_by_score(scores, matrix, wrong, top=20)
    with pytest.raises(ValueError, match="scores are not one row per person"):
        order_by_score(scores.head(1), matrix, people, top=20)


#: Few different values, so that ties of every kind occur.
populations = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 1.5]),  # score
        st.sampled_from([0.0, 0.5, 100.0]),  # harm
        st.integers(0, 2),  # count
        st.booleans(),  # held
        st.sampled_from([False, False, False, True]),  # deceased
    ),
    max_size=25,
)
Population = list[tuple[float, float, int, bool, bool]]


@settings(deadline=None)
@given(rows=populations, usable=st.booleans(), top=st.integers(1, 30))
def test_the_order_is_the_stated_one(
    rows: Population, usable: bool, top: int, make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    names = [f"P{place:02d}" for place in range(len(rows))]
    matrix = make_matrix(
        [person(name, harm=harm, count=count) for name, (_, harm, count, _, _) in zip(names, rows, strict=True)],
        usable=usable,
    )
    held = [name for name, row in zip(names, rows, strict=True) if row[3]]
    deceased = [name for name, row in zip(names, rows, strict=True) if row[4]]

    ranks = order_by_score(
        with_scores(matrix, [row[0] for row in rows]),
        matrix,
        make_people(matrix, held=held, deceased=deceased),
        top=top,
    )

    by_rule = sorted(
        (-score, -harm if usable else 0, -count, name)
        for name, (score, harm, count, _, is_deceased) in zip(names, rows, strict=True)
        if not is_deceased
    )
    alive = [key[3] for key in by_rule]
    ranked = [name for name in alive if name not in held]
    assert ranks["person_id"].to_list() == names
    for name, rank, held_rank, tied, is_listed in ranks.iter_rows():
        score = rows[names.index(name)][0]
        assert rank == (ranked.index(name) + 1 if name in ranked else None)
        assert held_rank == (alive.index(name) + 1 if name in alive and name in held else None)
        assert tied == (name in ranked and [rows[names.index(other)][0] for other in ranked].count(score) > 1)
        assert is_listed == (name in ranked[:top])


@settings(deadline=None)
@given(rows=populations, data=st.data())
def test_the_order_of_rows_does_not_change_a_rank(
    rows: Population, data: st.DataObject, make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    matrix = make_matrix([person(f"P{place:02d}", harm=row[1], count=row[2]) for place, row in enumerate(rows)])
    people = make_people(matrix, held=[f"P{place:02d}" for place, row in enumerate(rows) if row[3]])
    scores = with_scores(matrix, [row[0] for row in rows])
    shuffled = data.draw(st.permutations(range(len(rows))))
    turned = replace(matrix, frame=matrix.frame[shuffled])

    ranks = order_by_score(scores.reverse(), turned, people, top=5)

    assert ranks["person_id"].to_list() == turned.frame["person_id"].to_list()
    assert ranks.sort("person_id").equals(order_by_score(scores, matrix, people, top=5))
