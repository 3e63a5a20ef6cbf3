"""The links of one person: at most two steps and 150 people, the strongest first, counterparts under their tokens.

The second step goes through counterparts who are recorded in other cases too, and only as far as those cases, and who
the counterparts are, are open to who looks; everybody else of another case stays unnamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Text, any_, literal, or_, select, true

from app.tasking.case_access import Row, panel_of
from app.tasking.case_names import case_names
from app.tasking.desk import Seen
from app.tasking.nominating.sight import AnyRow, is_one_of, open_groups, refuse_unless_open, within
from app.tasking.subject.lists import end_of, lists_then
from app.tasking.subject.timelines import UNNAMED, called, in_natural_order
from mat.store.tables.cases import subject_alias, victim, victim_identity
from mat.store.tables.lists import dyad
from mat.vocabulary import Role

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST_PEOPLE = 150
_SUBJECT = "subject"


class Kind(StrEnum):
    """Who somebody in the links is."""

    SUBJECT = "subject"
    COUNTERPART = "counterpart"
    OTHER_CASE = "other_case"
    THEIR_COUNTERPART = "their_counterpart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the links. `label`: an id, a name or a token, as far as it is open. `step`: 0 = the subject.

    `case`: the case they have, where it is open to who looks.
    """

    key: str
    label: str
    kind: Kind
    step: int
    case: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What is recorded of one person against another; the other way round is another link, never netted."""

    suspect: str
    victim: str
    records: int
    crimes: int
    harm: float
    last_on: date
    relationship: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """People and links, the strongest first. `left_out`: people beyond the 150. `as_of`: of the records; None = none.

    `goes_beyond` False = who the counterparts are is not open to who looks, so that there is no second step.
    """

    people: Sequence[Person]
    links: Sequence[Link]
    left_out: int
    as_of: date | None
    goes_beyond: bool


def read_network(desk: Desk, case: UUID, *, on: date | None = None) -> Network:
    """The links of one person; the reading is logged, for every case of which something is shown.

    `on`: from the records that the panel had at the end of that day, None = now. The number of queries does not depend
    on how many links there are.

    Raises:
        AccessRefused: the case, or its links, are not open to the person.
    """

    def read(work: Work) -> Seen[Network]:
        panel_id = panel_of(work, case)
        groups = refuse_unless_open(desk, work, case, "links_graph")
        lists = lists_then(work, panel_id, case, datetime.now(UTC) if on is None else end_of(on))
        run = lists.speaking
        if run is None:
            nobody = Network(people=(), links=(), left_out=0, as_of=None, goes_beyond=False)
            return Seen(answer=nobody, subjects=[case], groups=["links_graph"])
        own = _own(work, run.run_id, case, groups)
        people, links = _built(own, _beyond(desk, work, run.run_id, own))
        found = bounded(people, links, as_of=run.as_of, goes_beyond="victim_identity" in groups)
        shown = {each.case for each in found.people if each.case is not None}
        read_groups = ["links_graph", *(each for each in ("subject_identity", "victim_identity") if each in groups)]
        return Seen(answer=found, subjects=sorted({case, *shown}), groups=read_groups)

    return desk.consult("links", read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The case itself. `who`: counterparts by their victim ids, `person_ids`: of the subject; as far as open."""

    case: UUID
    label: str
    rows: Sequence[AnyRow]
    tokens: Mapping[UUID, str]
    who: Mapping[UUID, Row]
    person_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beyond:
    """Pairs of other cases that lead on from our counterparts. `same`: counterparts there who are one of ours, by both
    ids; `ourselves`: those who are our subject. `is_one`: cases of people who are one of our counterparts.
    """

    rows: Sequence[AnyRow]
    same: Mapping[UUID, UUID]
    ourselves: frozenset[UUID]
    is_one: Mapping[UUID, UUID]
    tokens: Mapping[UUID, str]
    names: Mapping[UUID, str]


def _own(work: Work, run_id: UUID, case: UUID, groups: frozenset[str]) -> _Own:
    is_known = [case] if "subject_identity" in groups else []
    ids = select(subject_alias.c.person_id).where(
        is_one_of(subject_alias.c.subject_id, is_known), subject_alias.c.valid_to.is_(None)
    )
    return _Own(
        case=case,
        label=case_names(work.connection, is_known)[case] if is_known else "The subject",
        rows=_dyads(work, dyad.c.run_id == run_id, dyad.c.subject_id == case),
        tokens=_tokens(work, victim.c.subject_id == case),
        who=_who(work, [case] if "victim_identity" in groups else []),
        person_ids=work.connection.scalars(ids).all(),
    )


def _dyads(work: Work, *where: ColumnElement[bool]) -> Sequence[AnyRow]:
    return work.connection.execute(select(dyad).where(*where)).all()


def _tokens(work: Work, *where: ColumnElement[bool]) -> Mapping[UUID, str]:
    asked = select(victim.c.victim_id, victim.c.token).where(*where)
    return {row.victim_id: row.token for row in work.connection.execute(asked)}


def _who(work: Work, cases: Sequence[UUID]) -> Mapping[UUID, Row]:
    asked = select(victim_identity).where(is_one_of(victim_identity.c.subject_id, cases))
    return {row["victim_id"]: dict(row) for row in work.connection.execute(asked).mappings()}


def _beyond(desk: Desk, work: Work, run_id: UUID, own: _Own) -> _Beyond:
    ours = {row["person_id"]: victim_id for victim_id, row in own.who.items()}
    shared = _people(work, victim_identity, own.case, [*ours, *own.person_ids])
    selves = _people(work, subject_alias, own.case, ours)
    groups = open_groups(desk, work, sorted({row.subject_id for row in (*shared, *selves)}))
    linked = set(within(groups, "links_graph")) & set(within(groups, "subject_identity"))
    naming = linked & set(within(groups, "victim_identity"))
    same = {row.victim_id: ours[row.person_id] for row in shared if row.subject_id in naming and row.person_id in ours}
    is_one = {row.subject_id: ours[row.person_id] for row in selves if row.subject_id in linked}
    leads_on = or_(is_one_of(dyad.c.victim_id, same), is_one_of(dyad.c.subject_id, is_one))
    return _Beyond(
        rows=_dyads(work, dyad.c.run_id == run_id, leads_on),
        same=same,
        ourselves=frozenset(row.victim_id for row in shared if row.person_id in set(own.person_ids)),
        is_one=is_one,
        tokens=_tokens(work, is_one_of(victim.c.subject_id, is_one)),
        names=case_names(work.connection, linked),
    )


def _people(work: Work, table: Table, case: UUID, person_ids: Iterable[str]) -> Sequence[AnyRow]:
    """Rows of other cases that name one of these people."""
    runs_on = table.c.valid_to.is_(None) if "valid_to" in table.c else true()
    named = table.c.person_id == any_(literal(sorted(set(person_ids)), ARRAY(Text)))
    return work.connection.execute(select(table).where(named, table.c.subject_id != case, runs_on)).all()


def _built(own: _Own, beyond: _Beyond) -> tuple[dict[str, Person], list[Link]]:
    people = {_SUBJECT: Person(key=_SUBJECT, label=own.label, kind=Kind.SUBJECT, step=0, case=own.case)}
    cases = {victim_id: case for case, victim_id in beyond.is_one.items()}
    links: list[Link] = []
    for row in own.rows:
        key = _key(row.victim_id)
        people[key] = Person(
            key=key,
            label=_label(own, row.victim_id),
            kind=Kind.COUNTERPART,
            step=1,
            case=cases.get(row.victim_id),
        )
        links.append(_link(row, _SUBJECT, key))
    for row in beyond.rows:
        if row.victim_id in beyond.ourselves or row.subject_id not in beyond.names:
            continue
        here, there = _ends(row, own, beyond)
        if here.key != there.key:
            people.setdefault(here.key, here)
            people.setdefault(there.key, there)
            links.append(_link(row, here.key, there.key))
    return people, list(dict.fromkeys(links))


def _ends(row: AnyRow, own: _Own, beyond: _Beyond) -> tuple[Person, Person]:
    """The person of another case, and their counterpart there; one of them is a counterpart of ours."""
    one, same = beyond.is_one.get(row.subject_id), beyond.same.get(row.victim_id)
    other_case = Person(
        key=str(row.subject_id),
        label=beyond.names[row.subject_id],
        kind=Kind.OTHER_CASE,
        step=2,
        case=row.subject_id,
    )
    here = other_case if one is None else _counterpart(own, one)
    if same is not None:
        return here, _counterpart(own, same)
    token = beyond.tokens.get(row.victim_id, UNNAMED)
    label = f"{token} of {here.label.partition(' ')[0]}"
    return here, Person(key=_key(row.victim_id), label=label, kind=Kind.THEIR_COUNTERPART, step=2, case=None)


def _counterpart(own: _Own, victim_id: UUID) -> Person:
    return Person(key=_key(victim_id), label=_label(own, victim_id), kind=Kind.COUNTERPART, step=1, case=None)


def _label(own: _Own, victim_id: UUID) -> str:
    token, who = own.tokens.get(victim_id, UNNAMED), own.who.get(victim_id)
    return token if who is None else f"{token} {called(who)}"


def _key(victim_id: UUID) -> str:
    return f"v-{victim_id}"


def _link(row: AnyRow, here: str, there: str) -> Link:
    suspect, hurt = (here, there) if row.subject_is == Role.SUSPECT.value else (there, here)
    return Link(
        suspect=suspect,
        victim=hurt,
        records=row.incident_count,
        crimes=row.crime_count,
        harm=row.harm,
        last_on=row.last_on,
        relationship=row.relationship,
    )


def bounded(people: Mapping[str, Person], links: Sequence[Link], *, as_of: date, goes_beyond: bool) -> Network:
    """At most 150 people: of each step those with the most records first, and nobody without whom they hang on."""
    kept = {_SUBJECT: people[_SUBJECT]}
    for step in (1, 2):
        reach = {
            each: [link for link in links if each in {link.suspect, link.victim} and _other(link, each) in kept]
            for each, person in people.items()
            if person.step == step
        }
        for key in sorted(
            (each for each, found in reach.items() if found), key=lambda each: _strength(people[each], reach[each])
        ):
            if len(kept) < MOST_PEOPLE:
                kept[key] = people[key]
    shown = [link for link in links if {link.suspect, link.victim} <= kept.keys()]
    return Network(
        people=tuple(kept.values()),
        links=tuple(sorted(shown, key=lambda each: (-each.records, -each.harm, each.suspect, each.victim))),
        left_out=len(people) - len(kept),
        as_of=as_of,
        goes_beyond=goes_beyond,
    )


def _other(link: Link, key: str) -> str:
    return link.victim if link.suspect == key else link.suspect


def _strength(person: Person, links: Sequence[Link]) -> tuple[object, ...]:
    last = max(each.last_on for each in links)
    records = sum(each.records for each in links)
    return (-records, -last.toordinal(), in_natural_order(person.label), person.key)
