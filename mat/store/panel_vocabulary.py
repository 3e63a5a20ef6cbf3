"""The words of the panel's work: closed lists, each word with its meaning.

A word is stored as its value and never renamed; a word that is no longer used stays, because the log holds it.
"""

from __future__ import annotations

from enum import StrEnum


class Concern(StrEnum):
    """What a service thinks of a case before it sees the rank."""

    HIGH = "high"
    SOME = "some"
    LITTLE = "little"
    CANNOT_SAY = "cannot_say"


class FormAnswer(StrEnum):
    """What became of a form by which an agency put somebody forward."""

    TAKEN_UP = "taken_up"
    SET_ASIDE = "set_aside"


class NominationSource(StrEnum):
    """Where a nomination came from."""

    LIST = "list"
    PARTNER = "partner"
    HOLD = "hold"
    PANEL = "panel"


class NominationState(StrEnum):
    """How far a nomination has come."""

    RECEIVED = "received"
    PROPOSED = "proposed"
    NOT_NOW = "not_now"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    ADOPTED = "adopted"


class PanelCaseState(StrEnum):
    """Whether the panel works on a case."""

    ACTIVE = "active"
    DISCHARGED = "discharged"


class Told(StrEnum):
    """Whether a subject has been told that the panel looks at them."""

    UNDECIDED = "undecided"
    TOLD = "told"
    NOT_TO_BE_TOLD = "not_to_be_told"


class MarkKind(StrEnum):
    """When a score was marked beside what the entry records alone would give."""

    ENTRY = "entry"
    REVIEW = "review"
    EXIT = "exit"


class MeetingState(StrEnum):
    """How far a meeting has come."""

    PLANNED = "planned"
    RELEASED = "released"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """Whether an invited service came."""

    INVITED = "invited"
    PRESENT = "present"
    APOLOGIES = "apologies"
    ABSENT = "absent"


class ItemKind(StrEnum):
    """Whether a meeting looks at a case for the first time or again."""

    NEW = "new"
    REVIEW = "review"


class ItemState(StrEnum):
    """How far a case on an agenda has come."""

    WAITING = "waiting"
    DISCUSSED = "discussed"
    DECIDED = "decided"
    DEFERRED = "deferred"


class StatementType(StrEnum):
    """What kind of statement it is: Data Protection Act 2018 s.38 keeps facts apart from personal assessments."""

    FACT = "fact"
    INTELLIGENCE = "intelligence"
    OPINION = "opinion"


class Heading(StrEnum):
    """The five kinds of intervention of a MATAC."""

    SUPPORT = "support"
    PREVENTION = "prevention"
    DIVERSION = "diversion"
    DISRUPTION = "disruption"
    ENFORCEMENT = "enforcement"


class Decided(StrEnum):
    """What a panel decided of a case: one of the five headings, to discharge it, or to do nothing and why."""

    SUPPORT = "support"
    PREVENTION = "prevention"
    DIVERSION = "diversion"
    DISRUPTION = "disruption"
    ENFORCEMENT = "enforcement"
    DISCHARGE = "discharge"
    NO_ACTION = "no_action"


class ResearchState(StrEnum):
    """What became of a question to a service."""

    ASKED = "asked"
    SHARED = "shared"
    WITHHELD = "withheld"
    NOTHING_HELD = "nothing_held"
    WITHDRAWN = "withdrawn"


class ActionState(StrEnum):
    """How far an action has come."""

    OPEN = "open"
    ACCEPTED = "accepted"
    STARTED = "started"
    BLOCKED = "blocked"
    DONE = "done"
    CLOSED = "closed"


class Reaches(StrEnum):
    """What the suspect, or whoever lives with them, notices of an action."""

    VISIT = "visit"
    LETTER = "letter"
    DISCLOSURE = "disclosure"
    NOTIFICATION = "notification"
    NOTHING = "nothing"


class ActionOutcome(StrEnum):
    """How an action ended. `not_possible`: circumstances changed; `not_done_by_agency`: they had not."""

    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NOT_DONE_BY_AGENCY = "not_done_by_agency"
    NO_LONGER_NEEDED = "no_longer_needed"


class Wishes(StrEnum):
    """What a victim wants of an action towards the subject."""

    AGREES = "agrees"
    AGAINST = "against"
    NO_VIEW = "no_view"
    NOT_REACHABLE = "not_reachable"


class OrderState(StrEnum):
    """How an order stands."""

    ISSUED = "issued"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    DISCHARGED = "discharged"
    REFUSED = "refused"


class Process(StrEnum):
    """Other processes that hold a case: shown and timed, done there."""

    MARAC = "marac"
    MAPPA = "mappa"
    IOM = "iom"
    DRIVE = "drive"
    DVDS_RIGHT_TO_KNOW = "dvds_right_to_know"
    DVDS_RIGHT_TO_ASK = "dvds_right_to_ask"


class Pathway(StrEnum):
    """Adults and children are referred separately, to separate groups."""

    ADULT = "adult"
    CHILD = "child"


class AgeBand(StrEnum):
    """How old somebody is who is referred, as far as a provider needs it before it knows who they are."""

    UNDER_16 = "under_16"
    FROM_16 = "16_17"
    FROM_18 = "18_24"
    FROM_25 = "25_34"
    FROM_35 = "35_44"
    FROM_45 = "45_54"
    FROM_55 = "55_and_over"


class SexStream(StrEnum):
    """Which group somebody who is referred would be in."""

    MEN = "men"
    WOMEN = "women"
    OTHER = "other"


class PartnerContact(StrEnum):
    """Whether support was offered to the partner of who is referred."""

    NOT_YET = "not_yet"
    OFFERED = "offered"
    TAKEN_UP = "taken_up"
    REFUSED = "refused"


class ReferralState(StrEnum):
    """How far a referral has come."""

    RECEIVED = "received"
    TRIAGE = "triage"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WAITING = "waiting"
    STARTED = "started"
    PAUSED = "paused"
    CLOSED = "closed"


class Closure(StrEnum):
    """How a referral that was accepted ended."""

    PLANNED = "planned"
    UNPLANNED = "unplanned"
    UNSUITABLE = "unsuitable"
    TRANSFERRED = "transferred"
    CONSENT_WITHDRAWN = "consent_withdrawn"


class ReferralAnswer(StrEnum):
    """What a service said last of a referral: that it does not take it, or that its work with them has ended."""

    DECLINED = "declined"
    CLOSED = "closed"


class RuleAnswer(StrEnum):
    """Whether an eligibility rule is met."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_KNOWN = "not_known"
    OVERRIDDEN = "overridden"


class AlertKind(StrEnum):
    """A change of risk that a provider must know of: its kind and day, never the story."""

    NEW_INCIDENT = "new_incident"
    ORDER_BREACH = "order_breach"
    RISK_GRADE_UP = "risk_grade_up"
    RELEASE_FROM_CUSTODY = "release_from_custody"


class DisclosureState(StrEnum):
    """How a disclosure stands."""

    RUNNING = "running"
    EXPIRED = "expired"
    RECALLED = "recalled"
    RETURNED = "returned"


class NeedKind(StrEnum):
    """What of a subject a service must know to reach them."""

    LANGUAGE = "language"
    ACCESS = "access"
    CAPACITY = "capacity"
    SEX_STREAM = "sex_stream"
    AGE_STREAM = "age_stream"
