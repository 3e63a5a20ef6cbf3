"""What of each table the person whom a case is about is given, and what never: the list that an access export follows.

A table that is not named here is not exported, and an unnamed column of a named table neither: what is new is withheld
until somebody decides on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table

from app.tasking.moves import REFERRAL
from mat.store.panel_vocabulary import Process
from mat.store.tables import (
    cases,
    lists,
    panel_actions,
    panel_disclosures,
    panel_meetings,
    panel_nominating,
    panel_orders,
    panel_referrals,
    privacy,
)
from mat.store.vocabulary import ServiceKind

OTHERS = "s.45(4)(e): to protect the rights and freedoms of others"
INQUIRY = "s.45(4)(a) or (b): not to obstruct an inquiry, or prejudice the prevention or detection of crime"

#: What is never in an export, said in every one whether there is any of it or not: even its absence would tell.
WITHHELD = (
    f"Who other people are, their needs, and which services support them: {OTHERS}.",
    f"What is recorded of children: {OTHERS}.",
    f"The place of an incident, and who was present beside the person: {OTHERS}.",
    f"Which agency or person reported or nominated somebody: {OTHERS}.",
    f"Whether a service for victims or for children had the case, or what it did or said: {OTHERS}.",
    f"What victims said before something was done, and whether a process for their safety had the case: {OTHERS}.",
    f"Who of the staff wrote, read or decided something, beyond their role: {OTHERS}.",
    f"Whether the case must be kept for proceedings or a review: {INQUIRY}.",
    "More may be withheld where s.45(4) allows it: this is said to everybody, whether there is any or not.",
)
RIGHTS = (
    "You may ask for correction (s.46), erasure or restriction (s.47), complain to the controller, ask the Information "
    "Commissioner to look into what was withheld (s.51), and apply to a court (s.167)."
)

#: The columns of each table that are the person's own; those under `texts` wait for somebody to read them.
OWN: Mapping[Table, tuple[str, ...]] = {
    panel_nominating.nomination: ("cycle", "state", "decided_at", "review_on"),
    panel_referrals.referral: (
        "pathway", "tier", "age_band", "sex_stream", "consented_on", "state", "received_at", "started_at", "closure",
    ),
    panel_referrals.referral_event: ("event", "occurred_at"),
    panel_referrals.referral_answer: ("answer", "closure", "answered_at"),
    cases.subject: ("opened_at",),
    cases.subject_alias: ("namespace", "person_id", "valid_from", "valid_to"),
    cases.subject_identity: ("forename", "surname", "birth_date", "birth_date_precision", "sex"),
    cases.subject_address: ("postcode", "home_ward"),
    cases.narrative: ("statement_type", "written_at"),
    cases.narrative_summary: ("written_at",),
    cases.risk_summary: ("agreed_at",),
    cases.service_need: ("kind", "written_at"),
    cases.hold_resolution: ("hold", "outcome", "resolved_at", "review_by"),
    lists.list_place: (
        "run_id", "rank", "is_listed", "held_rank", "tied", "rank_low", "rank_high", "hold", "holds", "data_gaps",
        "standing",
    ),
    lists.list_score: ("run_id", "score"),
    lists.case_standing: ("kind", "from_at", "to_at", "level"),
    privacy.restriction: ("from_at", "to_at"),
    privacy.data_request: ("kind", "about", "received_at", "due_on", "extended_to", "outcome", "answered_at"),
    privacy.retention_review: ("rule", "due_on", "decision", "next_due_on", "decided_at"),
}  # fmt: skip
#: Free text about the person, or records they may not know of: decided on one by one.
TEXTS: Mapping[Table, tuple[str, ...]] = {
    panel_nominating.nomination: ("reason", "decided_reason"),
    panel_referrals.referral: ("reason",),
    panel_referrals.referral_event: ("note",),
    panel_referrals.referral_answer: ("reason",),
    cases.narrative: ("content",),
    cases.narrative_summary: ("content",),
    cases.risk_summary: ("content",),
    cases.service_need: ("content",),
    cases.hold_resolution: ("reason",),
    lists.list_reason: ("reason_1", "reason_2", "reason_3"),
    lists.partner_nomination: ("reason",),
    privacy.restriction: ("reason", "lifted_reason"),
    privacy.data_request: ("statement", "answer", "extended_reason"),
    privacy.retention_review: ("reason",),
}
#: One passage for the whole row, since that there is such a record may be what the person does not know.
RECORDS: Mapping[Table, tuple[str, ...]] = {
    panel_nominating.blind_judgement: ("cycle", "concern", "reason", "judged_at"),
    panel_nominating.panel_case: (
        "state", "adopted_at", "discharged_at", "discharge_reason", "told", "told_on", "told_what", "not_told_why",
        "told_review_on",
    ),
    panel_nominating.panel_mark: ("kind", "as_of", "score", "rank", "without_new_events", "marked_at"),
    panel_meetings.agenda_item: ("kind", "state", "late_reason"),
    panel_meetings.minute_line: ("statement_type", "content", "written_at"),
    panel_meetings.decision: ("heading", "content", "decided_at"),
    panel_meetings.research_request: (
        "question", "asked_at", "state", "statement_type", "answer", "withheld_why", "answered_at",
    ),
    panel_actions.action: ("heading", "code", "what", "success_test", "reaches", "state", "due_on", "made_at"),
    panel_actions.action_step: ("move", "to_state", "outcome", "note", "moved_at"),
    panel_orders.kept_order: (
        "order_id", "kind", "issued_at", "served_at", "expires_at", "notified_at", "conditions", "state",
    ),
    panel_orders.kept_breach: ("occurred_at", "content", "recorded_at"),
    panel_orders.process_link: ("process", "reference", "level", "from_at", "ended_at"),
    panel_referrals.referral_check: ("rule", "answer", "override_reason", "answered_at"),
    panel_referrals.risk_alert: ("kind", "happened_on"),
    panel_disclosures.disclosure: (
        "gateway", "necessity", "recipients", "what", "made_at", "expires_on", "state", "recalled_at",
    ),
    lists.history_event: (
        "incident_id", "occurred_at", "recorded_at", "role", "status", "offence_code", "offence_label", "is_crime",
        "is_domestic", "is_cancelled", "risk_grade", "outcome_code",
    ),
    lists.case_order: ("order_id", "kind", "issued_at", "expires_at", "conditions", "breaches"),
    lists.dyad: ("subject_is", "incident_count", "crime_count", "first_on", "last_on"),
}  # fmt: skip
ABOUT_OTHERS = frozenset({"intelligence"})
#: Services of which nobody is told that they had to do with a case.
BEHIND_THE_WALL = (ServiceKind.VICTIM_SERVICE.value, ServiceKind.CHILD_SERVICE.value)
#: What is in a referral and says nothing of a partner.
_OF_THE_REFERRAL = ("received", "attended", "missed", "rules_answered", "rule_overridden", *REFERRAL.moves)
#: Gateways through which nobody is told of a suspect to keep somebody else, or a child, safe.
_NOT_TO_PROTECT_SOMEBODY = (
    "crime_and_disorder",
    "policing_purpose",
    "law_enforcement",
    "mappa",
    "consent",
    "court_order",
)
#: Rows that would tell a suspect of what somebody else asked, was told, or did to be safe.
LEFT_OUT: Mapping[Table, ColumnElement[bool]] = {
    panel_orders.process_link: panel_orders.process_link.c.process.not_in([Process.MAPPA, Process.IOM, Process.DRIVE]),
    panel_referrals.referral_event: panel_referrals.referral_event.c.event.not_in(_OF_THE_REFERRAL),
    panel_referrals.referral_check: panel_referrals.referral_check.c.rule == "partner_support",
    panel_disclosures.disclosure: panel_disclosures.disclosure.c.gateway.not_in(_NOT_TO_PROTECT_SOMEBODY),
}
#: Events whose texts are of victims, partners, children, or whom a case was disclosed to.
EVENTS_ABOUT_OTHERS = frozenset(
    {
        "children_flagged", "children_noted", "client_added", "client_ended", "conflict_declared", "conflict_ended",
        "disclosure_recalled", "disclosure_registered", "disclosure_returned", "nobody_known_stated",
        "partner_offered", "process_ended", "process_linked", "research_asked", "research_nothing_held",
        "research_shared", "research_withdrawn", "research_withheld", "safety_check_recorded", "wishes_overridden",
    }
)  # fmt: skip
