"""What the database refuses, said as a sentence: the last word is its own, whatever was checked before."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import psycopg
from psycopg.errors import ForeignKeyViolation
from sqlalchemy.exc import IntegrityError

from mat.errors import AccessRefused, StaleRow, StoreError

_WALL = (
    "Nobody works in a victim service and in a behaviour-change service: end the one membership before you add the "
    "other, or name a service manager for where the two meet."
)
_TWO_PEOPLE = "A role is granted by two people, and neither is the one who gets it: ask somebody else to do this."
#: By constraint: what a person may not do whatever their role.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "wall": _WALL,
        "role_of_service": (
            "That role does not belong to that kind of service: victim services and behaviour-change services have "
            "roles of their own."
        ),
        "role_of_member": "A role is held by somebody who works in the service: add them as a member first.",
        "ck_role_grant_two_other_people": _TWO_PEOPLE,
        "ck_role_grant_everywhere": (
            "Administrators, auditors, data protection officers and model owners answer for every panel area: "
            "leave the panel out."
        ),
        "ck_break_glass_reviewed_by_another": "An emergency use is reviewed by somebody else than the one who made it.",
    }
)
#: By constraint: what is there already, or does not fit.
UNFIT: Mapping[str, str] = MappingProxyType(
    {
        "uq_agency_name": "There is an agency of that name, or was: choose another name, see `mat access places`.",
        "uq_service_name": "The agency has or had a service of that name: choose another, see `mat access places`.",
        "uq_panel_name": "There is a panel area of that name, or was: choose another name, see `mat access places`.",
        "ck_panel_seats": "A panel has at least one seat.",
        "uq_user_login_os_name": "Somebody signs in with that account of this machine already: end their user first.",
        "uq_user_login_external": "Somebody signs in with that identity already: end their user first.",
        "ck_user_login_one_way_to_sign_in": (
            "A person signs in with an account of this machine or with an identity of a provider (its issuer and the "
            "id there): give one of the two."
        ),
        "uq_membership_running": "They work in that service already: see `mat access users`.",
        "ck_share_expires": "A share ends after it begins: give a later day.",
        "fk_share_victim_id": "That victim is not of this case.",
        "fk_client_victim_id": "That victim is not of this case.",
        "stays_ended": "It has ended, and what has ended stays so: begin a new one.",
    }
)


@contextmanager
def said_plainly() -> Generator[None]:
    """Turn a refusal of the database in the block into its sentence.

    Raises:
        AccessRefused: the wall, or the rule of two people.
        StaleRow: what it is about was removed meanwhile.
        StoreError: it is there already, or does not fit.
    """
    try:
        yield
    except IntegrityError as error:
        name = _constraint(error)
        if name in REFUSED:
            raise AccessRefused(REFUSED[name]) from None
        if name in UNFIT:
            raise StoreError(UNFIT[name]) from None
        if isinstance(error.orig, ForeignKeyViolation):
            raise StaleRow("What this is about was removed by somebody else meanwhile: look again.") from None
        raise


def _constraint(error: IntegrityError) -> str:
    cause = error.orig
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""
