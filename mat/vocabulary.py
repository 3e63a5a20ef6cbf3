"""The closed word lists of the contract, each word with its meaning.

A word that is not listed here is not accepted anywhere; adding one is a change of the contract.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person was in one incident. A role belongs to the incident, never to the person."""

    SUSPECT = "suspect"
    VICTIM = "victim"
    WITNESS = "witness"
    INVOLVED = "involved"  # named in a non-crime that has no suspect; forms no dyad
    CHILD = "child"  # present or living there; forms no dyad


class Status(StrEnum):
    """How far an involvement got; `eliminated` suspects stop counting."""

    NAMED = "named"
    ARRESTED = "arrested"
    CHARGED = "charged"
    CONVICTED = "convicted"
    ELIMINATED = "eliminated"


class Sex(StrEnum):
    """As recorded; U is shown in every report, never dropped."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "X"
    UNKNOWN = "U"


class Ethnicity(StrEnum):
    """Self-defined, high level (16+1 codes folded to six); U = not stated."""

    WHITE = "W"
    ASIAN = "A"
    BLACK = "B"
    MIXED = "M"
    OTHER = "O"
    UNKNOWN = "U"


class RiskGrade(StrEnum):
    """The officer's grade on the day; not a prediction."""

    STANDARD = "standard"
    MEDIUM = "medium"
    HIGH = "high"


class Relationship(StrEnum):
    """What the suspect is to the victim."""

    INTIMATE = "intimate"
    EX_INTIMATE = "ex_intimate"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    OTHER_FAMILY = "other_family"
    OTHER = "other"


class Tie(StrEnum):
    """Why two people are connected outside incidents."""

    INTIMATE = "intimate"
    FAMILY = "family"
    HOUSEHOLD = "household"


class OrderKind(StrEnum):
    """Civil and criminal orders, notices and conditions a person may be under."""

    DVPN = "dvpn"
    DVPO = "dvpo"
    DAPN = "dapn"
    DAPO = "dapo"
    NON_MOLESTATION = "non_molestation"
    RESTRAINING = "restraining"
    OCCUPATION = "occupation"
    SPO = "spo"
    BAIL = "bail"
    LICENCE = "licence"
    COMMUNITY = "community"
    CBO = "cbo"


class AssessmentForm(StrEnum):
    """Which risk form; the 14-tick threshold belongs to the 24-item SafeLives form only."""

    SAFELIVES_DASH = "safelives_dash"
    POLICE_DASH = "police_dash"
    DARA = "dara"


class ProgrammeEvent(StrEnum):
    """What happened to a behaviour-change referral."""

    RECEIVED = "received"
    CONSENTED = "consented"
    DECLINED = "declined"
    WAITING = "waiting"
    OFFERED = "offered"
    STARTED = "started"
    TIER_CHANGED = "tier_changed"
    NOT_ATTENDED = "not_attended"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CLOSED_PLANNED = "closed_planned"
    CLOSED_UNPLANNED = "closed_unplanned"
    CLOSED_UNSUITABLE = "closed_unsuitable"
    CLOSED_TRANSFERRED = "closed_transferred"
    RE_REFERRED = "re_referred"


class Standing(StrEnum):
    """What else is known about a person's situation; shown beside the rank, never scored."""

    DECEASED = "deceased"
    PRISON = "prison"
    MOVED_AWAY = "moved_away"
    OUT_OF_AREA = "out_of_area"
    MAPPA = "mappa"
    IOM = "iom"
    DRIVE = "drive"
    PROBATION = "probation"
    MATAC_CURRENT = "matac_current"
    MATAC_DISCHARGED = "matac_discharged"
    SENSITIVE = "sensitive"


class QuarantineReason(StrEnum):
    """Why a row or a value was set aside; the closed list of the contract."""

    MISSING_VALUE = "missing_value"  # an empty cell where the contract wants one filled
    UNKNOWN_VALUE = "unknown_value"  # a word outside its closed list
    UNPARSEABLE = "unparseable"  # not a date, number or truth value
    ORPHAN = "orphan"  # names a row that does not exist
    RECORDED_BEFORE_OCCURRED = "recorded_before_occurred"
    END_BEFORE_START = "end_before_start"
    DUPLICATE = "duplicate"  # equal to an earlier row in every column
    CONFLICTING_KEY = "conflicting_key"  # same key, different content: nobody can say which is right
    CHILD_OF_QUARANTINED = "child_of_quarantined"  # names a row that was set aside
    SELF_TIE = "self_tie"
    CYCLE = "cycle"  # merges that lead back to where they began
    MALFORMED_ROW = "malformed_row"  # the row itself cannot be read


class QuarantineKind(StrEnum):
    """Whether the whole row was set aside, or one value of an accepted row."""

    ROW = "row"
    VALUE = "value"


class DatePrecision(StrEnum):
    """How exactly a birth date is known."""

    DAY = "day"
    YEAR = "year"


class Hold(StrEnum):
    """A human looks before the person may be listed; in the order in which they apply."""

    UNDER_16 = "under_16"
    UNDER_18 = "under_18"
    SENSITIVE = "sensitive"
    COUNTER_ALLEGATION = "counter_allegation"
    MOSTLY_VICTIM = "mostly_victim"
    INSUFFICIENT_DATA = "insufficient_data"


class ResolutionOutcome(StrEnum):
    """What a reviewer decided about a hold; only `list` lets the person be listed."""

    LIST = "list"
    DO_NOT_LIST = "do_not_list"
    KEEP_HELD = "keep_held"


class DataGap(StrEnum):
    """What the extract could not tell about a person; shown beside the rank, never counted as good conduct."""

    BIRTH_DATE_UNKNOWN = "birth_date_unknown"  # age, and so the holds under 16 and under 18, cannot be assessed
    BIRTH_YEAR_ONLY = "birth_year_only"  # age is within a year
    VALUE_SET_ASIDE = "value_set_aside"  # a value of one of the person's records could not be read
    UNWEIGHTED_CRIMES = "unweighted_crimes"  # some crimes have no weight in the scale in use
    NO_VICTIM_RECORDED = "no_victim_recorded"  # no record as suspect names a victim: repeat and serial unseen
    NO_TIES = "no_ties"  # table absent: whether victims are connected is seen from shared incidents alone
    NO_CUSTODY = "no_custody"  # table absent: a quiet year may be a year inside
    NO_ORDERS = "no_orders"  # orders or their breaches absent
    NO_CHILDREN_PRESENT = "no_children_present"  # column absent
    NO_CANCELLATIONS = "no_cancellations"  # column absent: cancelled records may still count
    NO_ELIMINATIONS = "no_eliminations"  # column absent: eliminated suspects may still count
    NO_RECORDED_AT = "no_recorded_at"  # column absent: when the force knew is not known
