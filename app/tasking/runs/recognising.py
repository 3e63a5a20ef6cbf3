"""Which case each person of a run is: found, opened, or left out because the store must not take them.

A merge or split of ids moves no case, restriction or removal: it raises a notice, and a case may get a further id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import polars as pl
from sqlalchemy import ARRAY, Connection, Text, Uuid, func, literal, select
from uuid_utils.compat import uuid7

from app.tasking.removed_people import removed_people
from app.tasking.runs.bulk import read_frame
from mat.settings import Settings
from mat.store.tables.cases import subject_alias
from mat.store.tables.people import conflict

if TYPE_CHECKING:
    from app.tasking.runs.histories import Known

_KNOWN, _RENAMED, _NEW, _SPLIT = "known", "renamed", "new", "split"
_RESTRICTED, _REMOVED, _ELSEWHERE, _UNCLEAR = "restricted", "removed", "other_panel", "unclear"
#: Why somebody of a run has no row in the store.
LEFT_OUT = (_RESTRICTED, _REMOVED, _ELSEWHERE, _UNCLEAR)
_CASES = {
    "person_id": pl.String(),
    "subject_id": pl.String(),
    "is_here": pl.Boolean(),
    "is_closed": pl.Boolean(),
    "is_unnamed": pl.Boolean(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Everybody of a run who goes into the store: `people` has `person_id`, `subject_id` and `state`.

    `changed`: one row per case whose ids changed, `about_id`, `person_id`, `to_role`. `left_out`: how many are not in
    `people`, by reason. `unnamed`: ids that must not be named as anybody's counterpart. `in_conflict`: how many of
    `people` the acting person has a conflict of interest with, and so never reads.
    """

    people: pl.DataFrame
    changed: pl.DataFrame
    left_out: Mapping[str, int]
    unnamed: pl.Series
    in_conflict: int

    def subjects(self, *states: str) -> pl.DataFrame:
        """The people in one of the states; all where none is named."""
        return self.people.filter(pl.col("state").is_in(states)) if states else self.people

    @property
    def opened(self) -> pl.DataFrame:
        """Those who had no case."""
        return self.subjects(_NEW, _SPLIT)

    @property
    def renamed(self) -> pl.DataFrame:
        """Those whose case was known under an id that was merged into theirs."""
        return self.subjects(_RENAMED)

    @property
    def split(self) -> pl.DataFrame:
        """Those whose id stood for another person's case until now."""
        return self.subjects(_SPLIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where a run goes: a panel, and the force whose ids it speaks of."""

    panel_id: UUID
    panel: str
    namespace: str


def notice_id(about: str, person_id: str) -> UUID:
    """The id of the notice that a case and an id have to do with each other: the same for every run that says so."""
    return uuid5(UUID(about), person_id)


def recognise(
    connection: Connection, settings: Settings, known: Known, area: Area, counterparts: pl.Series
) -> Recognised:
    """Find the case of everybody in `known.people`."""
    everybody = pl.concat([known.people, counterparts]).unique()
    former = known.merges.join(everybody.to_frame("new_id"), on="new_id", how="semi")
    ids = pl.concat([everybody, former["old_id"]]).unique()
    cases = _cases(connection, area, ids)
    before = _before(former, cases)
    removed = removed_people(connection, settings, area.namespace, known.history.as_of, ids.to_list())
    barred = _with_new_ids(pl.Series("person_id", list(removed), dtype=pl.String), former)
    states = _states(known.people, cases, before, barred)
    states = _without_doubles(connection, states, area.namespace)
    people = states.filter(~pl.col("state").is_in(LEFT_OUT))
    counts = dict(states.group_by("state").len().iter_rows())
    return Recognised(
        people=_with_new_cases(people).select("person_id", "subject_id", "state"),
        changed=_changed(states, before),
        left_out={reason: int(counts.get(reason, 0)) for reason in LEFT_OUT},
        unnamed=_unnamed(known, cases, former),
        in_conflict=_in_conflict(connection, people),
    )


def _cases(connection: Connection, area: Area, ids: pl.Series) -> pl.DataFrame:
    wanted = literal(ids.to_list(), ARRAY(Text))
    found = func.acting.cases_of(area.panel_id, area.namespace, wanted).table_valued(*_CASES)
    return read_frame(connection, select(*(found.c[name] for name in _CASES)), _CASES)


def _before(former: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """One row per person into whose id others were merged: the cases that those ids stood for."""
    return (
        former.join(cases, left_on="old_id", right_on="person_id")
        .group_by(pl.col("new_id").alias("person_id"))
        .agg(
            pl.col("subject_id").unique().sort().alias("former"),
            pl.col("is_here").first().alias("former_is_here"),
            pl.col("is_closed").any().alias("former_is_closed"),
        )
    )


def _with_new_ids(ids: pl.Series, former: pl.DataFrame) -> pl.Series:
    return pl.concat([ids, former.filter(pl.col("old_id").is_in(ids.implode()))["new_id"]]).unique()


def _states(people: pl.Series, cases: pl.DataFrame, before: pl.DataFrame, removed: pl.Series) -> pl.DataFrame:
    """One row per person: `state`, and the case they have or take over, if any."""
    joined = (
        people.to_frame("person_id")
        .join(cases, on="person_id", how="left", maintain_order="left")
        .join(before, on="person_id", how="left", maintain_order="left")
    )
    taken = joined["subject_id"].drop_nulls()
    sole = pl.col("former").list.first()
    can_take_over = (pl.col("former").list.len() == 1) & ~sole.is_in(taken.implode())
    return joined.with_columns(
        pl.when(pl.col("person_id").is_in(removed.implode()))
        .then(pl.lit(_REMOVED))
        .when(pl.col("is_closed"))
        .then(pl.lit(_RESTRICTED))
        .when(~pl.col("is_here"))
        .then(pl.lit(_ELSEWHERE))
        .when(pl.col("subject_id").is_not_null())
        .then(pl.lit(_KNOWN))
        .when(pl.col("former_is_closed"))
        .then(pl.lit(_RESTRICTED))
        .when(can_take_over & (~pl.col("former_is_here")))
        .then(pl.lit(_ELSEWHERE))
        .when(can_take_over)
        .then(pl.lit(_RENAMED))
        .otherwise(pl.lit(_NEW))
        .alias("state")
    ).with_columns(pl.when(pl.col("state") == _RENAMED).then(sole).otherwise("subject_id").alias("subject_id"))


def _without_doubles(connection: Connection, states: pl.DataFrame, namespace: str) -> pl.DataFrame:
    """Where several people of the run are one case, the id that the case had first keeps it."""
    has_case = pl.col("state").is_in([_KNOWN, _RENAMED])
    doubles = states.filter(has_case).filter(pl.col("subject_id").is_duplicated())
    if doubles.is_empty():
        return states
    subjects = [UUID(each) for each in doubles["subject_id"].unique()]
    asked = select(subject_alias.c.person_id, subject_alias.c.valid_from).where(
        subject_alias.c.namespace == namespace,
        subject_alias.c.subject_id == func.any(literal(subjects, ARRAY(Uuid))),
        subject_alias.c.valid_to.is_(None),
    )
    seen = read_frame(connection, asked, {"person_id": pl.String(), "valid_from": pl.Datetime("us", "UTC")})
    ordered = doubles.join(seen, on="person_id", how="left").sort(
        "subject_id", pl.col("state") == _RENAMED, "valid_from", "person_id", nulls_last=True
    )
    further = ordered.filter(pl.int_range(pl.len()).over("subject_id") > 0).select(
        "person_id",
        pl.when((pl.col("state") == _KNOWN) & pl.col("valid_from").is_null())
        .then(pl.lit(_UNCLEAR))
        .otherwise(pl.lit(_SPLIT))
        .alias("further"),
    )
    return (
        states.join(further, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("further", "state").alias("state"))
        .drop("further")
    )


def _in_conflict(connection: Connection, people: pl.DataFrame) -> int:
    own = select(conflict.c.subject_id).where(
        conflict.c.user_id == func.acting.user_id(), conflict.c.ended_at.is_(None)
    )
    conflicted = pl.Series([str(each) for each in connection.scalars(own)], dtype=pl.String)
    return int(people["subject_id"].is_in(conflicted.implode()).sum())


def _with_new_cases(people: pl.DataFrame) -> pl.DataFrame:
    is_opened = pl.col("state").is_in([_NEW, _SPLIT])
    opened = people.filter(is_opened).select("person_id")
    fresh = opened.with_columns(pl.Series("fresh", [str(uuid7()) for _ in range(opened.height)], dtype=pl.String))
    return people.join(fresh, on="person_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("fresh", "subject_id").alias("subject_id")
    )


def _changed(states: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """One row per case and id that came to have to do with each other; whose case is closed is for the DPO."""
    merged = (
        states.join(before.select("person_id"), on="person_id", how="semi")
        .explode("former")
        .filter((pl.col("former") != pl.col("subject_id").fill_null("")) | (pl.col("state") == _RENAMED))
        .select(
            pl.col("former").alias("about_id"),
            "person_id",
            pl.when("former_is_closed").then(pl.lit("dpo")).otherwise(pl.lit("coordinator")).alias("to_role"),
        )
    )
    split = states.filter(pl.col("state").is_in([_SPLIT, _UNCLEAR])).select(
        pl.col("subject_id").alias("about_id"), "person_id", pl.lit("coordinator").alias("to_role")
    )
    return pl.concat([merged, split]).unique(["about_id", "person_id"], maintain_order=True)


def _unnamed(known: Known, cases: pl.DataFrame, former: pl.DataFrame) -> pl.Series:
    hidden = cases.filter("is_unnamed")["person_id"]
    return pl.concat([known.sensitive, _with_new_ids(hidden, former)]).unique()
