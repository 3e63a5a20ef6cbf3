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
    "shared_with": "Kinds of services that had your case",
    "files": "Files with your data that were made",
    "log_texts": "Reasons that were written down",
}
COLUMNS: Mapping[str, str] = {
    "opened_at": "opened",
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
