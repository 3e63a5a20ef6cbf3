"""The words of an access export: what each part and each column is called for the person it is about.

A moment is said as the clocks of England and Wales show it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from app.wording import in_words

HEADINGS: Mapping[str, str] = {
    "subject": "Your case",
    "subject_alias": "The numbers you are known by",
    "subject_identity": "Your name, date of birth and sex as recorded",
    "subject_address": "Your address as recorded",
    "narrative": "What was written about you",
    "narrative_summary": "Summaries of what was written about you",
    "risk_summary": "Summaries of risk",
    "service_need": "Services you may need",
    "hold_resolution": "Decisions on whether you may be on a list",
    "list_place": "Your place on the lists",
    "list_reason": "Reasons for your place",
    "list_score": "Your score, from which the place comes",
    "case_standing": "Your standing with the police and courts",
    "partner_nomination": "Why you were named to the panel",
    "history_event": "Incidents",
    "case_order": "Orders",
    "dyad": "You and another person",
    "restriction": "Times when nothing was to be done with your data",
    "data_request": "What you asked, and the answers",
    "retention_review": "Whether your data are still needed",
    "nomination": "That you were put forward for the panel",
    "blind_judgement": "What an agency thought before the panel met",
    "panel_case": "How your case stands with the panel",
    "panel_mark": "Your score when the panel began, looked again and ended",
    "agenda_item": "Meetings that had your case",
    "minute_line": "What was said at meetings",
    "decision": "What was decided",
    "research_request": "What agencies were asked, and answered",
    "action": "What agencies undertook to do",
    "action_step": "How that went",
    "kept_order": "Orders whose time the panel keeps",
    "kept_breach": "Breaches of orders that were recorded",
    "process_link": "Other processes that had your case",
    "referral": "Referrals to a programme",
    "referral_event": "How a referral went",
    "referral_check": "Whether you could join a programme",
    "referral_answer": "What a programme answered",
    "risk_alert": "Changes of risk that a programme was told of",
    "disclosure": "What was disclosed, and to whom",
    "shared_with": "Kinds of services that had your case",
    "files": "Files with your data that were made",
    "log_texts": "Reasons that were written down",
}
COLUMNS: Mapping[str, str] = {
    "opened_at": "opened",
    "cycle": "list as of",
    "decided_reason": "why it was decided so",
    "review_on": "looked at again on",
    "judged_at": "written",
    "adopted_at": "taken up",
    "discharged_at": "ended",
    "discharge_reason": "why it ended",
    "told": "whether you were told",
    "not_told_why": "why you were not told",
    "told_review_on": "telling you looked at again on",
    "as_of": "as of",
    "without_new_events": "score from the first records alone",
    "marked_at": "worked out",
    "late_reason": "why it was added later",
    "asked_at": "asked",
    "withheld_why": "why it was not shared",
    "reaches": "what you would notice",
    "success_test": "how one would know it worked",
    "moved_at": "when",
    "to_state": "then",
    "served_at": "served",
    "notified_at": "when you told the police where you live",
    "ended_at": "ended",
    "sex_stream": "group",
    "consented_on": "agreed to",
    "started_at": "started",
    "override_reason": "why it did not stand in the way",
    "happened_on": "day",
    "gateway": "legal ground",
    "expires_on": "until",
    "recalled_at": "asked back",
    "namespace": "whose numbers",
    "person_id": "your number",
    "valid_from": "from",
    "valid_to": "to",
    "forename": "first name",
    "birth_date": "date of birth",
    "birth_date_precision": "how exact the date is",
    "home_ward": "ward",
    "statement_type": "kind of statement",
    "written_at": "written",
    "agreed_at": "agreed",
    "resolved_at": "decided",
    "review_by": "looked at again by",
    "list_as_of": "list as of",
    "rank": "place",
    "is_listed": "on the list",
    "held_rank": "place among those held back",
    "tied": "same place as others",
    "rank_low": "place, at the highest",
    "rank_high": "place, at the lowest",
    "hold": "held back because",
    "holds": "all reasons to hold back",
    "data_gaps": "what was missing in the records",
    "reason_1": "first reason",
    "reason_2": "second reason",
    "reason_3": "third reason",
    "from_at": "from",
    "to_at": "to",
    "lifted_reason": "why it was lifted",
    "received_at": "received",
    "due_on": "due",
    "extended_to": "more time until",
    "extended_reason": "why more time",
    "answered_at": "answered",
    "rule": "rule",
    "next_due_on": "looked at again on",
    "decided_at": "decided",
    "kind_of_service": "kind of service",
    "made_at": "made",
    "destroyed_at": "destroyed",
    "at": "when",
    "incident_id": "incident",
    "occurred_at": "happened",
    "recorded_at": "recorded",
    "offence_code": "code of the offence",
    "offence_label": "offence",
    "is_crime": "recorded as a crime",
    "is_domestic": "recorded as domestic abuse",
    "is_cancelled": "cancelled",
    "outcome_code": "outcome",
    "order_id": "order",
    "issued_at": "issued",
    "expires_at": "ends",
    "subject_is": "you stand as",
    "incident_count": "incidents",
    "crime_count": "crimes",
    "first_on": "first",
    "last_on": "last",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?P<time> \d\d:\d\d)?")


def heading(part: str) -> str:
    """What a part of an export is called."""
    return HEADINGS.get(part, part.replace("_", " "))


def column(name: str) -> str:
    """What a column of a part is called."""
    return COLUMNS.get(name, name.replace("_", " "))


def value(found: object) -> str:
    """One value in words; nothing for null."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, list):
        return ", ".join(value(each) for each in cast("list[object]", found))
    text = str(found)
    moment = _MOMENT.fullmatch(text)
    return in_words(text) if moment is None else _moment(text, has_time=moment["time"] is not None)


def _moment(text: str, *, has_time: bool) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{found.day} {found:%B %Y}"
    return f"{day}, {found:%H:%M}" if has_time else day
