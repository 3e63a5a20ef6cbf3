"""The words of the case store: closed lists, each word with its meaning.

A word is stored as its value and never renamed; a word that is no longer used stays, because the log holds it.
"""

from __future__ import annotations

from enum import StrEnum


class AgencyKind(StrEnum):
    """What an agency is for."""

    POLICE = "police"
    LOCAL_AUTHORITY = "local_authority"
    HEALTH = "health"
    PROBATION = "probation"
    HOUSING = "housing"
    EDUCATION = "education"
    VOLUNTARY = "voluntary"
    OVERSIGHT = "oversight"


class ServiceKind(StrEnum):
    """What a service of an agency does; one agency may run several, with a wall between some of them."""

    POLICE = "police"
    PANEL_PARTNER = "panel_partner"
    CHILD_SERVICE = "child_service"
    VICTIM_SERVICE = "victim_service"
    BEHAVIOUR_CHANGE = "behaviour_change"
    OVERSIGHT = "oversight"


class UserRole(StrEnum):
    """What a person may be at work; granted by two others, for one service and one panel area or all."""

    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    CHAIR = "chair"
    PANEL_MEMBER = "panel_member"
    VICTIM_SERVICE = "victim_service"
    PROVIDER = "provider"
    AUDITOR = "auditor"
    MODEL_OWNER = "model_owner"
    DPO = "dpo"
    NAMED_REVIEWER = "named_reviewer"
    SERVICE_MANAGER = "service_manager"
    ADMINISTRATOR = "administrator"


class Basis(StrEnum):
    """Why a case may be seen: a role in its panel area, or a share of this kind that is running now."""

    PANEL = "panel"
    AGENDA = "agenda"
    ACTION = "action"
    ACTION_ADDRESS = "action_address"
    TRIAGE = "triage"
    REFERRAL = "referral"
    CLIENT = "client"
    CHILD_SERVICES = "child_services"
    NEED_TO_KNOW = "need_to_know"
    INCIDENT = "incident"
    OVERLAP = "overlap"
    BREAK_GLASS = "break_glass"


class Deed(StrEnum):
    """What may be done with a field group."""

    READ = "read"
    WRITE = "write"


class Channel(StrEnum):
    """Where a person acts from."""

    CLI = "cli"
    BOARD = "board"


class Purpose(StrEnum):
    """Why a person is at work in the store; stated with every call."""

    TASKING = "tasking"
    SAFEGUARDING = "safeguarding"
    BEHAVIOUR_CHANGE = "behaviour_change"
    ASSURANCE = "assurance"
    DATA_PROTECTION = "data_protection"
    MODEL_REVIEW = "model_review"
    ADMINISTRATION = "administration"


class Operation(StrEnum):
    """Kinds of processing that are logged: Data Protection Act 2018 s.62(1), and five that a panel must answer for."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    DECISION = "decision"
    OVERRIDE = "override"
    SIGN_IN = "sign_in"
    REFUSAL = "refusal"
    CHECKPOINT = "checkpoint"


class RequestKind(StrEnum):
    """What a person, or somebody for them, may ask of the data held on them."""

    RECTIFICATION = "rectification"
    CHALLENGE = "challenge"
    RESTRICTION = "restriction"
    ERASURE = "erasure"
    ACCESS = "access"


class FileKind(StrEnum):
    """Files with personal data outside the store, each registered with an expiry."""

    RUN = "run"
    SNAPSHOT = "snapshot"
    PACK = "pack"
    EXPORT = "export"
    REVIEWS = "reviews"
    BACKUP = "backup"
    SUBJECT_ACCESS = "subject_access"


class RequestAbout(StrEnum):
    """What of a case a request is about; a challenge names a place on the list, a hold, a statement or a record."""

    WHOLE_CASE = "whole_case"
    PLACE = "place"
    HOLD = "hold"
    STATEMENT = "statement"
    IDENTITY = "identity"
    RECORD = "record"


class RequestOutcome(StrEnum):
    """How a request was answered."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REFUSED = "refused"


class LegalHoldKind(StrEnum):
    """Why a case must be kept whatever else is decided."""

    DISCLOSURE = "disclosure"
    REVIEW_OF_DEATH = "review_of_death"
    INQUEST = "inquest"
    LITIGATION = "litigation"
    COMPLAINT = "complaint"


class ReviewDecision(StrEnum):
    """What a retention review decided."""

    KEEP = "keep"
    REMOVE = "remove"


class RemovalGrounds(StrEnum):
    """Why a case is removed; the one thing about it that a certificate may say."""

    REQUEST = "request"
    RETENTION = "retention"
    OPENED_IN_ERROR = "opened_in_error"
    ORDER = "order"


class ProposalEnd(StrEnum):
    """How a proposal to remove a case ended, where the case is still there."""

    WITHDRAWN = "withdrawn"
    RESTRICTED = "restricted"


class FileFate(StrEnum):
    """What became of a registered file that should be destroyed."""

    DESTROYED = "destroyed"
    GONE = "gone"
    CHANGED = "changed"
    UNSAFE = "unsafe"
    HELD = "held"
    BACKUP = "backup"
    HANDED_OUT = "handed_out"
