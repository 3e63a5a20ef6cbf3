"""Who may come in, as the store knows them: by an identity, or, in a demonstration, by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.demonstration.cast import ISSUER, PARTS, external_id
from app.tasking.signing_in import Place, places
from mat.store.vocabulary import UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: One sentence each, for whoever chooses whom to be.
_SENTENCES = {
    UserRole.ANALYST: "Prepares the list of suspects and the intelligence for the panel.",
    UserRole.COORDINATOR: "Runs the panel: picks cases, shares them, follows actions.",
    UserRole.CHAIR: "Leads the panel and answers for what it decides.",
    UserRole.PANEL_MEMBER: "Works for an agency at the panel: answers its questions and does its actions.",
    UserRole.VICTIM_SERVICE: "Supports victims, and asks them before anything reaches a suspect.",
    UserRole.PROVIDER: "Runs a behaviour-change programme: takes referrals, sees no score and no victim.",
    UserRole.AUDITOR: "Looks into who did and saw what.",
    UserRole.MODEL_OWNER: "Answers for the model that ranks, without knowing anybody.",
    UserRole.DPO: "Data protection officer: answers people's requests and reviews emergencies.",
    UserRole.NAMED_REVIEWER: "Works on cases marked sensitive, which nobody else sees.",
    UserRole.SERVICE_MANAGER: "Told where services on both sides of a wall meet, and no more.",
    UserRole.ADMINISTRATOR: "Adds people, agencies and services.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody who may come in, and where they work."""

    user_id: UUID
    name: str
    places: Sequence[Place]

    @property
    def sentence(self) -> str:
        """What they are there for."""
        roles = sorted({role for place in self.places for role in place.roles}, key=list(UserRole).index)
        return " ".join(_SENTENCES[role] for role in roles)


def known_by_identity(store: Store, issuer: str, external: str) -> Known | None:
    """Whom the store knows under an identity of a provider; None = nobody."""
    with store.door() as connection:
        user = connection.scalar(select(func.acting.user_of_identity(issuer, external)))
        return None if user is None else Known(user_id=user, name="", places=places(connection, user))


def demonstration_people(store: Store, account: str) -> Sequence[Known]:
    """Everybody whom one may choose to be in a demonstration store: its founder, and who plays the month."""
    found: list[Known] = []
    with store.door() as connection:
        founder = connection.scalar(select(func.acting.user_of_os(account)))
        if founder is not None:
            found.append(Known(user_id=founder, name="You, who made this store", places=places(connection, founder)))
        for name in (part.name for part in PARTS):
            user = connection.scalar(select(func.acting.user_of_identity(ISSUER, external_id(name))))
            if user is not None:
                found.append(Known(user_id=user, name=name, places=places(connection, user)))
    return [each for each in found if each.places]
