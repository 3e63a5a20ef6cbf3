"""One list of everybody who may come before a panel, in an order that says nothing of rank.

Rank, reasons, movement and gaps of a case are fetched only once the service of who looks has judged it in this cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.tasking.case_access import held_roles
from app.tasking.case_names import case_names
from app.tasking.desk import Seen
from app.tasking.nominating.neutral_order import Candidacy, Numbers, Wanted, numbers_of, page_of
from app.tasking.nominating.places import Place, read_places
from app.tasking.nominating.resolved import resolved_to_list
from app.tasking.nominating.sight import MOST, AnyRow, is_one_of, open_groups, the_list, within
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState, PanelCaseState, Told
from mat.store.tables.cases import subject_identity
from mat.store.tables.lists import list_run, partner_nomination
from mat.store.tables.panel_nominating import blind_judgement, nomination, panel_case
from mat.store.tables.people import panel, service
from mat.store.vocabulary import Basis, Deed

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

#: Seats kept for people whom partners put forward, so that no list alone fills the panel; docs/cases.md says why two.
SEATS_FOR_PARTNERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said who put the case forward: an agency in an extract, or a service in the store."""

    by: str
    source: NominationSource
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the acting person's own service judged in this cycle."""

    concern: Concern
    reason: str
    rank_was_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One person on the list of candidates. `place` None = the service of who looks has not judged the case yet.

    `nomination`: how far the newest one has come; None = nobody has nominated the case. `standing`: None = the panel
    has never worked on it. `name`, `birth_date` None = not known, or not open to the person.
    """

    subject_id: UUID
    case: str
    name: str | None
    birth_date: date | None
    sources: Sequence[NominationSource]
    said: Sequence[Said]
    nomination: NominationState | None
    review_on: date | None
    version: int | None
    standing: PanelCaseState | None
    told: Told | None
    judged: Judged | None
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The capacity line, as far as somebody who works on the whole area may see who is on it.

    `reserved`: seats kept for partners' nominations, `taken`: of them, those that have somebody. `displaced`: how many
    of the listed lose their seat by that. `proposed`: proposed, or adopted in this cycle.
    """

    seats: int
    reserved: int
    taken: int
    listed: int
    partners_alone: int
    displaced: int
    proposed: int

    @property
    def seats_for_list(self) -> int:
        """The seats that are left for the list."""
        return self.seats - self.taken

    @property
    def free(self) -> int:
        """The seats that nobody is proposed for; below 0 = too many are."""
        return self.seats - self.proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """A page of the candidates. `after`: the case to ask on from; None = this is the last page.

    `people`: all candidates that are open to the person, `judged`: of them, those whom their own service has judged in
    this cycle. `capacity` None = single cases alone are open to them, which add up to nothing.
    """

    panel: str
    cycle: date
    model: str
    people: int
    judged: int
    capacity: Capacity | None
    candidates: Sequence[Candidate]
    after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A panel area whose candidates the person may list."""

    panel_id: UUID
    panel: str


def panel_areas(desk: Desk) -> Sequence[Area]:
    """The panel areas that have a list and whose candidates the person may list, by name; the reading is logged."""
    may = desk.policy.commands["list_candidates"]

    def read(work: Work) -> Seen[Sequence[Area]]:
        held = [each.panel_id for each in held_roles(work.connection) if each.role in may]
        has_list = exists().where(list_run.c.panel_id == panel.c.panel_id)
        asked = select(panel.c.panel_id, panel.c.name).where(panel.c.ended_at.is_(None), has_list)
        rows = work.connection.execute(asked.order_by(panel.c.name)).all()
        found = [Area(panel_id=row.panel_id, panel=row.name) for row in rows if {None, row.panel_id} & set(held)]
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("candidates_areas", read, command="list_candidates")


def list_candidates(
    desk: Desk, panel_id: UUID, *, after: UUID | None = None, size: int = 50, is_to_judge: bool = False
) -> Candidates:
    """A page of at most `size` (1 to 200) candidates of a panel, in the neutral order of the cycle.

    `is_to_judge`: those alone whom the acting person's service has not judged in it. Two readings are logged: the page,
    and the places of those already judged. The number of queries does not depend on how many candidates there are.

    Raises:
        StoreError: the panel has no list that the person may see.
    """
    return _listed(desk, panel_id, Wanted(size=max(1, min(size, MOST)), after=after, is_to_judge=is_to_judge))


def candidate(desk: Desk, panel_id: UUID, case: UUID) -> Candidate | None:
    """One of the candidates of a panel, logged as `list_candidates`; None = no candidate, or not open to the person.

    Raises:
        StoreError: the panel has no list that the person may see.
    """
    return next(iter(_listed(desk, panel_id, Wanted(size=1, case=case)).candidates), None)


def _listed(desk: Desk, panel_id: UUID, wanted: Wanted) -> Candidates:
    blind = desk.consult("candidates", lambda work: _read(desk, work, panel_id, wanted), command="list_candidates")
    judged = [each.subject_id for each in blind.candidates if each.judged is not None]
    if not judged:
        return blind
    places = read_places(desk, panel_id, judged, None if blind.capacity is None else blind.capacity.seats_for_list)
    shown = [replace(each, place=places.get(each.subject_id)) for each in blind.candidates]
    return replace(blind, candidates=shown)


def _read(desk: Desk, work: Work, panel_id: UUID, wanted: Wanted) -> Seen[Candidates]:
    run = the_list(work, panel_id)
    resolved = resolved_to_list(desk, work, run)
    found = page_of(work, run, resolved, replace(wanted, size=wanted.size + 1))
    page, numbers = found[: wanted.size], numbers_of(work, run, resolved)
    groups = open_groups(desk, work, [each.subject_id for each in page])
    shown = [each for each in page if each.subject_id in groups]
    read = {"case", "subject_identity", "narrative", "nominations", "panel_record", "judgements"}
    return Seen(
        answer=Candidates(
            panel=run.panel,
            cycle=run.as_of,
            model=run.model,
            people=numbers.candidates,
            judged=numbers.judged,
            capacity=_capacity(work, run, numbers) if _works_on_all(desk, work, run) else None,
            candidates=_candidates(work, run, shown, groups),
            after=page[-1].subject_id if len(found) > wanted.size else None,
        ),
        subjects=[each.subject_id for each in shown],
        groups=sorted(read & {group for each in shown for group in groups[each.subject_id]}),
    )


def _works_on_all(desk: Desk, work: Work, run: ImportedRun) -> bool:
    """Whether a role of the acting person opens the list and the nominations of the whole panel area."""
    roles = [each.role for each in held_roles(work.connection) if each.panel_id in {None, run.panel_id}]
    return any(
        all(Basis.PANEL in desk.policy.groups[group].bases(role, Deed.READ) for group in ("rank_band", "nominations"))
        for role in roles
    )


def _candidates(
    work: Work, run: ImportedRun, shown: Sequence[Candidacy], groups: Mapping[UUID, frozenset[str]]
) -> Sequence[Candidate]:
    names = case_names(work.connection, within(groups, "subject_identity"))
    known = _known(work, within(groups, "subject_identity"))
    said = _said(work, run, within(groups, "narrative"), within(groups, "nominations"))
    nominated = _newest_nominations(work, within(groups, "nominations"))
    standing = _standing(work, within(groups, "panel_record"))
    judged = _judged(work, run, within(groups, "judgements"))
    found: list[Candidate] = []
    for each in shown:
        case = each.subject_id
        person, newest, stands = known.get(case), nominated.get(case), standing.get(case)
        found.append(
            Candidate(
                subject_id=case,
                case=names[case],
                name=None if person is None else " ".join(filter(None, (person.forename, person.surname))) or None,
                birth_date=None if person is None else person.birth_date,
                sources=each.sources,
                said=said.get(case, []),
                nomination=None if newest is None else NominationState(newest.state),
                review_on=None if newest is None else newest.review_on,
                version=None if newest is None else newest.version,
                standing=None if stands is None else PanelCaseState(stands.state),
                told=None if stands is None else Told(stands.told),
                judged=judged.get(case),
                place=None,
            )
        )
    return found


def _capacity(work: Work, run: ImportedRun, numbers: Numbers) -> Capacity:
    seats = work.connection.scalars(select(panel.c.seats).where(panel.c.panel_id == run.panel_id)).one()
    adopted_now = and_(nomination.c.state == NominationState.ADOPTED.value, nomination.c.cycle == run.as_of)
    has_a_seat = or_(nomination.c.state == NominationState.PROPOSED.value, adopted_now)
    proposed = (
        work.connection.scalar(select(func.count()).where(nomination.c.panel_id == run.panel_id, has_a_seat)) or 0
    )
    reserved = min(SEATS_FOR_PARTNERS, seats // 2)
    taken = min(reserved, numbers.partners_alone)
    return Capacity(
        seats=seats,
        reserved=reserved,
        taken=taken,
        listed=numbers.listed,
        partners_alone=numbers.partners_alone,
        displaced=max(0, numbers.listed - (seats - taken)),
        proposed=proposed,
    )


def _known(work: Work, cases: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    asked = select(subject_identity).where(is_one_of(subject_identity.c.subject_id, cases))
    return {row.subject_id: row for row in work.connection.execute(asked)}


def _said(
    work: Work, run: ImportedRun, in_extract: Sequence[UUID], in_store: Sequence[UUID]
) -> Mapping[UUID, Sequence[Said]]:
    found: dict[UUID, list[Said]] = {}
    from_extract = select(partner_nomination).where(
        partner_nomination.c.run_id == run.run_id, is_one_of(partner_nomination.c.subject_id, in_extract)
    )
    for row in work.connection.execute(from_extract.order_by(partner_nomination.c.nominated_at)):
        said = Said(by=row.agency, source=NominationSource.PARTNER, reason=row.reason)
        found.setdefault(row.subject_id, []).append(said)
    is_open = nomination.c.state.in_(
        [NominationState.RECEIVED.value, NominationState.PROPOSED.value, NominationState.NOT_NOW.value]
    )
    from_store = (
        select(nomination, service.c.name.label("service"))
        .join(service, service.c.service_id == nomination.c.service_id)
        .where(is_one_of(nomination.c.subject_id, in_store), is_open)
    )
    for row in work.connection.execute(from_store.order_by(nomination.c.nomination_id)):
        said = Said(by=row.service, source=NominationSource(row.source), reason=row.reason)
        found.setdefault(row.subject_id, []).append(said)
    return found


def _newest_nominations(work: Work, cases: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    asked = (
        select(nomination)
        .ext(distinct_on(nomination.c.subject_id))
        .where(is_one_of(nomination.c.subject_id, cases))
        .order_by(nomination.c.subject_id, nomination.c.nomination_id.desc())
    )
    return {row.subject_id: row for row in work.connection.execute(asked)}


def _standing(work: Work, cases: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    asked = select(panel_case).where(is_one_of(panel_case.c.subject_id, cases))
    return {row.subject_id: row for row in work.connection.execute(asked)}


def _judged(work: Work, run: ImportedRun, cases: Sequence[UUID]) -> Mapping[UUID, Judged]:
    asked = select(blind_judgement).where(
        is_one_of(blind_judgement.c.subject_id, cases),
        blind_judgement.c.service_id == work.scope.service_id,
        blind_judgement.c.cycle == run.as_of,
    )
    return {
        row.subject_id: Judged(concern=Concern(row.concern), reason=row.reason, rank_was_known=row.rank_was_known)
        for row in work.connection.execute(asked)
    }
