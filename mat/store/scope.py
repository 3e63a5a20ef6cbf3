"""Who is at work, for whom and why: stated with every call, and told to the database in every transaction.

The database trusts only the user, the service and the session of a scope, which its secret proves, and looks up for
itself what they may see; `roles` here are for the check before the query and for the sentence that refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from mat.store.vocabulary import Channel, Purpose, UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One person, acting for one service of one agency, for one purpose.

    `roles`: those running for this user in this service when the session began. `secret`: made with the session and
    kept nowhere; the store holds a hash of it.
    """

    user_id: UUID
    agency_id: UUID
    service_id: UUID
    session_id: UUID
    secret: str = field(repr=False)
    roles: frozenset[UserRole]
    purpose: Purpose
    channel: Channel
