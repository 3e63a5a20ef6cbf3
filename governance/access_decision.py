"""Who may see what of one case: decided from the policy and from facts, without asking the database for its opinion.

Whatever grants a group, a conflict of interest, a restriction or the mark `sensitive` takes it away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from governance.access import FieldGroup, Policy, listed
from mat.store.vocabulary import Basis, Deed, UserRole


class Closed(StrEnum):
    """Why a case is closed to somebody, whatever else they hold."""

    CONFLICT = "conflict"
    RESTRICTED = "restricted"
    SENSITIVE = "sensitive"


class Services(StrEnum):
    """Of which services the rows are granted."""

    ANY = "any"
    OWN = "own"
    OWN_AGENCY = "own_agency"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A role running for the acting person. `panel_id` None = in every panel area."""

    role: UserRole
    panel_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A share of a case with the person's service or with them, or a victim it supports; running or not.

    `victim_id`: the victim it names, if it does. `expires_at` None = until it is ended.
    """

    basis: Basis
    victim_id: UUID | None
    from_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None

    def is_running(self, now: datetime) -> bool:
        """Whether it runs: from its first moment, until before the moment it expires."""
        return self.ended_at is None and self.from_at <= now and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What bears on who may see a case, at the moment it was asked for."""

    subject_id: UUID
    panel_id: UUID
    is_sensitive: bool
    is_restricted: bool
    is_in_conflict: bool
    given: Sequence[Given]
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLimit:
    """Rows that are granted. `victims` None = of every victim."""

    victims: frozenset[UUID] | None
    services: Services


#: Every row of the group.
WHOLE = RowLimit(victims=None, services=Services.ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """A field group that is kept back, and why, in a sentence."""

    group: str
    why: str


def why_closed(facts: CaseFacts, held: Collection[HeldRole]) -> Closed | None:
    """Why the case is closed to somebody who holds these roles; None = it is not."""
    if facts.is_in_conflict:
        return Closed.CONFLICT
    if facts.is_restricted and not _holds(UserRole.DPO, facts, held):
        return Closed.RESTRICTED
    if facts.is_sensitive and not _holds(UserRole.NAMED_REVIEWER, facts, held):
        return Closed.SENSITIVE
    return None


def granted(
    policy: Policy, held: Collection[HeldRole], facts: CaseFacts, deed: Deed = Deed.READ
) -> Mapping[str, tuple[RowLimit, ...]]:
    """By field group that is granted, which of its rows are: those within any of the limits."""
    if why_closed(facts, held) is not None:
        return MappingProxyType({})
    limits = {
        name: tuple(dict.fromkeys(_limits(group, held, facts, deed)))
        for name, group in policy.groups.items()
        if group.is_about_cases
    }
    return MappingProxyType({name: (WHOLE,) if WHOLE in found else found for name, found in limits.items() if found})


def not_shown(policy: Policy, held: Collection[HeldRole], shown: Collection[str]) -> Sequence[NotShown]:
    """What is kept back from somebody who is shown these groups, in the order of the policy, and what is never held."""
    roles = {each.role for each in held}
    kept = [
        NotShown(group=name, why=_why_not(policy, group, roles))
        for name, group in policy.groups.items()
        if name not in shown and group.is_about_cases
    ]
    return [*kept, *(NotShown(group=name, why=why) for name, why in policy.not_held.items())]


def _limits(group: FieldGroup, held: Collection[HeldRole], facts: CaseFacts, deed: Deed) -> Iterator[RowLimit]:
    for each in held:
        allowed = group.bases(each.role, deed)
        is_of_the_panel = each.panel_id is None or each.panel_id == facts.panel_id
        if is_of_the_panel and Basis.PANEL in allowed:
            yield WHOLE
        for given in facts.given:
            reaches = is_of_the_panel or given.basis is Basis.BREAK_GLASS
            if given.basis in allowed and reaches and given.is_running(facts.asked_at):
                yield from _limit(group, given)


def _limit(group: FieldGroup, given: Given) -> Iterator[RowLimit]:
    services = Services.ANY
    if given.basis in group.own_service_on:
        services = Services.OWN
    elif given.basis in group.own_agency_on:
        services = Services.OWN_AGENCY
    if given.basis not in group.victims_named_on:
        yield RowLimit(victims=None, services=services)
    elif given.victim_id is not None:
        yield RowLimit(victims=frozenset({given.victim_id}), services=services)


def _holds(role: UserRole, facts: CaseFacts, held: Collection[HeldRole]) -> bool:
    return any(each.role is role and each.panel_id in {None, facts.panel_id} for each in held)


def _why_not(policy: Policy, group: FieldGroup, roles: Collection[UserRole]) -> str:
    bases = sorted({basis for role in roles for basis in group.bases(role, Deed.READ)})
    if not bases:
        return f"Never shown to {listed(roles) or 'nobody'}."
    return f"Shown only on: {'; or '.join(policy.bases[basis] for basis in bases)}."
