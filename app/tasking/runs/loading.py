"""A recognised run into the tables of the store: cases first, then the list, then what lies behind it.

Every row names the panel area, so that the database can refuse it; nothing here commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Text,
    Uuid,
    and_,
    exists,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.ranked_list import FLAGS
from app.tasking.runs.bulk import Constants, insert_frame
from app.tasking.runs.recognising import notice_id
from app.tasking.runs.tokens import known_counterparts, tokens_for
from mat.store.tables import cases, lists, people
from mat.store.vocabulary import UserRole

if TYPE_CHECKING:
    from app.tasking.runs.histories import Histories, Known
    from app.tasking.runs.reading import ReadRun
    from app.tasking.runs.recognising import Area, Recognised

#: What a notice of a merge or split is called.
IDENTITY_CHANGED = "identity_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One import under way. `subjects`: `person_id`, `subject_id` of everybody who goes in."""

    connection: Connection
    area: Area
    run_id: UUID
    user_id: UUID
    now: datetime
    subjects: pl.DataFrame

    @property
    def in_panel(self) -> dict[str, ColumnElement[UUID]]:
        """What every row of a case says."""
        return {"panel_id": literal(self.area.panel_id, Uuid)}

    @property
    def of_run(self) -> dict[str, ColumnElement[UUID]]:
        """What every row of a case that came with the run says."""
        return {**self.in_panel, "run_id": literal(self.run_id, Uuid)}

    def keyed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of people who go in, with `subject_id` in place of `person_id`."""
        return frame.join(self.subjects, on="person_id", how="inner", maintain_order="left").drop("person_id")


def load_cases(load: Load, found: Recognised) -> None:
    """Open cases, note further ids, raise notices."""
    connection = load.connection
    opened = found.opened
    by = {"opened_at": literal(load.now), "opened_by": literal(load.user_id, Uuid)}
    insert_frame(connection, cases.subject, opened.select("subject_id"), {**load.in_panel, **by})
    _end_aliases(load, found.split["person_id"])
    _add_aliases(load, opened.select("person_id", "subject_id", pl.lit(None, pl.String).alias("judgement_id")))
    judged = _with_notice(found.renamed.select("person_id", pl.col("subject_id").alias("about_id")))
    _add_aliases(load, judged.rename({"about_id": "subject_id", "notice_id": "judgement_id"}))
    notices = _with_notice(found.changed).select("notice_id", "to_role", "about_id")
    constants: Constants = {"kind": literal(IDENTITY_CHANGED), "told_at": literal(load.now)}
    insert_frame(connection, people.notice, notices, constants, skips_known=True)


def tell_of_second_cases(load: Load) -> None:
    """Tell the coordinator of each case without an id whose person has the name and birth date of one that has one.

    Once for each such pair. Nothing is joined: a person says that two are one, or that they are not.
    """
    unknown, known, alias = cases.subject_identity.alias(), cases.subject_identity.alias(), cases.subject_alias
    own = cases.subject_alias.alias()
    has_id = exists().where(own.c.subject_id == unknown.c.subject_id, own.c.valid_to.is_(None))
    is_alike = and_(
        known.c.panel_id == unknown.c.panel_id,
        func.lower(known.c.surname) == func.lower(unknown.c.surname),
        func.lower(known.c.forename) == func.lower(unknown.c.forename),
        known.c.birth_date == unknown.c.birth_date,
    )
    pairs = (
        select(unknown.c.subject_id, alias.c.person_id)
        .join(known, is_alike)
        .join(alias, and_(alias.c.subject_id == known.c.subject_id, alias.c.valid_to.is_(None)))
        .where(unknown.c.panel_id == load.area.panel_id, alias.c.namespace == load.area.namespace, ~has_id)
    )
    rows = [
        {"notice_id": notice_id(str(about), person), "to_role": UserRole.COORDINATOR.value, "about_id": about}
        for about, person in load.connection.execute(pairs)
    ]
    if rows:
        constants = {"kind": IDENTITY_CHANGED, "told_at": load.now}
        writing = insert(people.notice).values([{**row, **constants} for row in rows])
        load.connection.execute(writing.on_conflict_do_nothing())


def mark_sensitive(load: Load, known: Known) -> None:
    """Hide the sensitive from everybody but the named reviewer; last, since whoever imports reads them no more."""
    hidden = load.subjects.filter(pl.col("person_id").is_in(known.sensitive.implode()))["subject_id"]
    load.connection.execute(select(func.acting.mark_sensitive(literal([UUID(each) for each in hidden], ARRAY(Uuid)))))


def load_list(load: Load, run: ReadRun) -> None:
    """Places, reasons, scores, evidence and the figures of the area."""
    ranked = load.keyed(run.ranked)
    flags = pl.concat_list(pl.when(name).then(pl.lit(name)) for name in FLAGS).list.drop_nulls().alias("flags")
    places = (
        "rank",
        "is_listed",
        "held_rank",
        "tied",
        "rank_low",
        "rank_high",
        "hold",
        "holds",
        "data_gaps",
        "standing",
    )
    ranked = ranked.join(_compared(load, run), on="subject_id", how="left", maintain_order="left")
    placed = ranked.select("subject_id", *places, "compared", flags)
    insert_frame(load.connection, lists.list_place, placed, load.of_run)
    sentences = ("reason_1", "reason_2", "reason_3")
    reasons = ranked.select("subject_id", *sentences, _of_reasons("feature", "value").alias("reasons"))
    insert_frame(load.connection, lists.list_reason, reasons, load.of_run)
    scores = ranked.select("subject_id", "score", _of_reasons("feature", "points").alias("points"))
    insert_frame(load.connection, lists.list_score, scores, load.of_run)
    insert_frame(load.connection, lists.list_evidence, load.keyed(run.evidence), load.of_run)
    figures = run.area.select(pl.struct(pl.all()).alias("figure"))
    insert_frame(load.connection, lists.area_figure, figures, load.of_run)


def _compared(load: Load, run: ReadRun) -> pl.DataFrame:
    """`subject_id`, `compared`: a rank on each list compared, the list's own first; no row for whoever has no rank."""
    listed = pl.struct("model", "scale", "rank").alias("compared")
    if run.places is None:
        return load.subjects.select("subject_id", pl.lit(None, pl.List(pl.Null)).alias("compared"))
    return load.keyed(run.places).group_by("subject_id", maintain_order=True).agg(listed)


def _of_reasons(*fields: str) -> pl.Expr:
    """Some fields of each reason: who may not read the score must not be able to add it up."""
    return pl.col("reasons").list.eval(pl.struct(pl.element().struct.field(*fields)))


def load_histories(load: Load, histories: Histories, who: pl.DataFrame) -> pl.DataFrame:
    """Counterparts under their tokens, and everything behind the list that names them or not.

    `who`: as `identities.who_is_who` gives it. Returns one row per counterpart that the cases had before.
    """
    connection = load.connection
    wanted = load.keyed(histories.counterparts)
    known = known_counterparts(connection, wanted)
    before, fresh = known.drop_nulls("counterpart_id"), tokens_for(wanted, known)
    insert_frame(connection, cases.victim, fresh.select("victim_id", "subject_id", "token"), load.in_panel)
    naming = fresh.drop("token").rename({"counterpart_id": "person_id"})
    named = naming.join(who.select("person_id", "forename", "surname", "birth_date"), on="person_id", how="left")
    insert_frame(connection, cases.victim_identity, named, load.in_panel)
    keys = ["subject_id", "counterpart_id", "victim_id"]
    victims = pl.concat([before.select(keys), fresh.select(keys)])
    _load_events(load, histories.events, victims)
    _load_dyads_and_orders(load, histories, victims)
    insert_frame(connection, lists.case_standing, load.keyed(histories.standing), load.of_run)
    insert_frame(connection, lists.partner_nomination, load.keyed(histories.nominations), load.of_run)
    return before.rename({"counterpart_id": "person_id"})


def _load_events(load: Load, events: pl.DataFrame, victims: pl.DataFrame) -> None:
    numbered, between = load.keyed(events).with_row_index("event"), ("injuries", "callers")
    tokens = (
        numbered.select("event", "subject_id", pl.col("counterparts").alias("counterpart_id"), *between)
        .explode("counterpart_id", *between)
        .join(victims, on=["subject_id", "counterpart_id"], maintain_order="left")
        .group_by("event", maintain_order=True)
        .agg(pl.col("victim_id").alias("counterparts"), *between)
    )
    rows = (
        numbered.drop("counterparts", *between)
        .join(tokens, on="event", how="left", maintain_order="left")
        .with_columns(pl.col("counterparts", *between).fill_null(pl.lit([], pl.List(pl.String))))
    )
    insert_frame(load.connection, lists.history_event, rows.drop("event"), load.of_run)


def _load_dyads_and_orders(load: Load, histories: Histories, victims: pl.DataFrame) -> None:
    on = ["subject_id", "counterpart_id"]
    dyads = load.keyed(histories.dyads).join(victims, on=on).drop("counterpart_id")
    insert_frame(load.connection, lists.dyad, dyads, load.of_run)
    orders = load.keyed(histories.orders).join(victims, on=on, how="left").drop("counterpart_id")
    insert_frame(load.connection, lists.case_order, orders, load.of_run)


def _with_notice(rows: pl.DataFrame) -> pl.DataFrame:
    ids = [str(notice_id(about, person)) for about, person in rows.select("about_id", "person_id").iter_rows()]
    return rows.with_columns(pl.Series("notice_id", ids, dtype=pl.String))


def _add_aliases(load: Load, rows: pl.DataFrame) -> None:
    constants: Constants = {
        **load.in_panel,
        "namespace": literal(load.area.namespace),
        "valid_from": literal(load.now),
        "valid_to": null(),
    }
    ids = pl.Series("alias_id", [str(uuid7()) for _ in range(rows.height)], dtype=pl.String)
    insert_frame(load.connection, cases.subject_alias, rows.with_columns(ids), constants)


def _end_aliases(load: Load, person_ids: pl.Series) -> None:
    if person_ids.is_empty():
        return
    load.connection.execute(
        update(cases.subject_alias)
        .where(
            cases.subject_alias.c.namespace == load.area.namespace,
            cases.subject_alias.c.person_id == func.any(literal(person_ids.to_list(), ARRAY(Text))),
            cases.subject_alias.c.valid_to.is_(None),
        )
        .values(valid_to=load.now)
    )
