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
        "safety_gate": "The safety gate of this action is shut: see `mat safety gate` for what is missing.",
        "stays_what_it_is": "An action stays what it is and whose: give it up, and add another.",
        "uq_subject_alias_running": (
            "That id is another case's: go on with that one, nominate it with what was said of this one, and withdraw "
            "or discharge this one. Where no such case is open to you, ask the named reviewer."
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
        "begins_open": "An action begins open: add it, and let its owner accept it.",
        "started_first": "Only what was started is done: start it first.",
        "accepted_first": "Only what was accepted is started: accept it first.",
        "stays_closed": "A closed action stays closed: add a new one.",
        "uq_agenda_item": "The case is on the agenda of that meeting already.",
        "fk_meeting_panel_id": "There is no such panel: see `mat access places`.",
        "fk_research_request_service_id": "There is no such service: see `mat access places`.",
        "fk_research_request_meeting_id": "There is no such meeting: see `mat meetings list`.",
        "time_of_meeting": "The meeting has begun or ended meanwhile: see `mat meetings show`.",
        "uq_blind_judgement": "Your service has judged this case in this cycle already; a judgement is not changed.",
        "uq_nomination_open": "This case is nominated already: decide on that nomination, see `mat cases show`.",
        "pk_panel_case": "The panel works on this case already.",
        "pk_hold_owner": "Somebody has just taken this hold: see `mat cases holds`.",
        "pk_narrative_summary": "Somebody has just written a summary: read it, then write yours.",
        "pk_risk_summary": "Somebody has just written a summary: read it, then write yours.",
        "pk_safeguarding_flag": "Somebody has just set the flag: read it, then set yours.",
        "uq_referral_open": (
            "They are referred to that service on that pathway already, and it has not ended: see `mat referrals list`."
        ),
        "rule_in_the_way": "A rule stands in the way: `mat referrals show` says which.",
        "share_of_referral": "No open referral stands behind that share: see `mat referrals list`.",
        "uq_risk_alert": "The service was told of that already, for that day.",
        "uq_capacity": "The places from that day are set already: set them from a later day.",
        "disclosure_gate": "The safety gate of that action is shut: see `mat safety gate`.",
        "disclosure_action": "That action tells nobody anything: name one that does, see `mat actions list`.",
        "disclosure_given_up": "That action was given up: add another for what is disclosed now.",
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
