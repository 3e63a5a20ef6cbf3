"""The ranked list as contract: its columns, in order, and what must hold in every row."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from mat.vocabulary import DataGap, Hold, Standing

_REASON: dict[str, dy.Column] = {"feature": dy.String(), "value": dy.String(), "points": dy.Float64()}


class RankedList(dy.Schema):
    """One row per person of the population."""

    #: 1..n over those neither held nor deceased, else null.
    rank = dy.Int64(nullable=True, min=1)
    #: Above the capacity line. Listing itself is a nomination, which a person makes.
    is_listed = dy.Bool()
    #: Place in the order of everyone not deceased, held or not; null if not held.
    held_rank = dy.Int64(nullable=True, min=1)
    #: The same score as another person with a rank.
    tied = dy.Bool()
    person_id = dy.String(primary_key=True)
    score = dy.Float64(allow_inf=False, allow_nan=False)
    model = dy.String()
    model_version = dy.String()
    definitions_version = dy.String()
    scale = dy.String()
    #: Sentences of the three largest points; null = no further reason with points.
    reason_1 = dy.String(nullable=True)
    reason_2 = dy.String(nullable=True)
    reason_3 = dy.String(nullable=True)
    #: Every reason; the points add up to the score.
    reasons = dy.List(dy.Struct(_REASON))
    #: Flags; null = not assessable.
    is_serial_distinct = dy.Bool(nullable=True)
    is_serial_unconnected = dy.Bool(nullable=True)
    is_repeat = dy.Bool(nullable=True)
    is_high_harm = dy.Bool(nullable=True)
    is_priority = dy.Bool(nullable=True)
    #: Every hold that applies, resolved or not, in order.
    holds = dy.List(dy.String())
    #: The first unresolved hold; null = none.
    hold = dy.String(nullable=True)
    #: Best and worst rank under other choices; null without a rank.
    rank_low = dy.Int64(nullable=True, min=1)
    rank_high = dy.Int64(nullable=True, min=1)
    data_gaps = dy.List(dy.String())
    standing = dy.List(dy.String())

    @dy.rule()
    def only_the_ranked_are_listed(cls) -> pl.Expr:
        return ~pl.col("is_listed") | pl.col("rank").is_not_null()

    @dy.rule()
    def the_held_have_no_rank(cls) -> pl.Expr:
        return pl.col("hold").is_null() | pl.col("rank").is_null()

    @dy.rule()
    def nobody_has_both_a_rank_and_a_held_rank(cls) -> pl.Expr:
        return pl.col("rank").is_null() | pl.col("held_rank").is_null()

    @dy.rule()
    def the_hold_is_one_of_the_holds(cls) -> pl.Expr:
        return pl.col("hold").is_null() | pl.col("holds").list.contains(pl.col("hold"))

    @dy.rule()
    def the_rank_lies_in_its_range(cls) -> pl.Expr:
        in_range = (pl.col("rank_low") <= pl.col("rank")) & (pl.col("rank") <= pl.col("rank_high"))
        return pl.col("rank").is_null() | in_range.fill_null(value=False)

    @dy.rule()
    def words_are_of_their_lists(cls) -> pl.Expr:
        return pl.all_horizontal(
            pl.col(column).list.eval(pl.element().is_in([word.value for word in words])).list.all()
            for column, words in (("holds", Hold), ("data_gaps", DataGap), ("standing", Standing))
        )
