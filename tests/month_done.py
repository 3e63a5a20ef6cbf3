"""What the log must say of a month through the pages, and which kinds of text may have come to whose browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Who did what, in its order: everything but shares, which follow from it, and readings.
DONE: Sequence[tuple[str, str]] = (
    *(("Kim", "case_judged"),) * 3,
    ("Kim", "case_nominated"), ("Kim", "case_proposed"),
    ("Kim", "case_nominated"), ("Kim", "case_proposed"),
    ("Kim", "case_nominated"), ("Kim", "case_put_off"),
    ("Kim", "meeting_planned"), ("Kim", "services_invited"),
    ("Kim", "case_put_on_agenda"), ("Kim", "case_put_on_agenda"),
    ("Kim", "research_asked"), ("Kim", "research_asked"), ("Hanna", "research_shared"), ("Pat", "research_withheld"),
    ("Pat", "conflict_declared"), ("Kim", "case_given_time"), ("Kim", "meeting_released"), ("Kim", "meeting_opened"),
    ("Kim", "register_signed"), ("Hanna", "register_signed"), ("Pat", "register_signed"), ("Ivy", "register_signed"),
    ("Kim", "attendance_marked"), ("Kim", "case_discussed"), ("Hanna", "case_judged"), ("Pat", "case_judged"),
    ("Kim", "statement_minuted"), ("Chris", "statement_minuted"), ("Chris", "case_decided"),
    ("Kim", "action_added"), ("Kim", "action_added"), ("Chris", "decisions_locked"),
    ("Chris", "case_discussed"), ("Hanna", "case_judged"), ("Chris", "case_decided"), ("Kim", "action_added"),
    ("Chris", "decisions_locked"),
    ("Kim", "nomination_adopted"), ("Kim", "case_adopted"), ("Kim", "nomination_adopted"), ("Kim", "case_adopted"),
    ("Kim", "risk_summary_agreed"), ("Kim", "telling_forbidden"),
    ("Chris", "meeting_closed"), ("Chris", "checkpoint_made"), ("Chris", "meeting_checkpoint_made"),
    ("Hanna", "action_accepted"), ("Hanna", "action_started"), ("Hanna", "action_finished"),
    ("Chris", "action_confirmed"), ("Kim", "action_carried_over"),
    ("Kim", "client_added"), ("Pat", "command_refused"), ("Ivy", "safety_check_recorded"),
    ("Pat", "action_accepted"), ("Pat", "action_started"),
    ("Kim", "referral_made"), ("Noor", "referral_taken_up"), ("Noor", "eligibility_answered"),
    ("Noor", "referral_accepted"), ("Noor", "referral_started"),
    ("Kim", "risk_alert_raised"), ("Noor", "risk_alert_seen"), ("Noor", "session_attended"),
    ("Noor", "referral_closed"),
    ("Kim", "disclosure_registered"), ("Kim", "disclosure_recalled"), ("Chris", "disclosure_returned"),
    ("Hanna", "person_put_forward"), ("Kim", "form_taken_up"),
)  # fmt: skip
_OF_THE_PANEL = frozenset({"action", "blind_judgement", "decision", "minute_line", "research_request"})
#: Of which kinds of text a canary came to whose browser: what was imported, and what others typed.
TOLD: Mapping[str, frozenset[str]] = {
    "Kim Coordinator": _OF_THE_PANEL | {"disclosure", "nomination", "partner_nomination", "risk_summary"},
    "Chris Chair": _OF_THE_PANEL | {"disclosure"},
    "Hanna Housing": _OF_THE_PANEL,
    "Pat Probation": _OF_THE_PANEL,
    "Ivy Idva": frozenset({"safety_check", "victim_identity"}),
    "Noor Newstart": frozenset({"risk_summary"}),
}
#: Field groups that are never read for a provider.
NEVER = frozenset(
    {
        "raw_score",
        "marks",
        "rank_band",
        "rank_reasons",
        "narrative",
        "narrative_summary",
        "victim_identity",
        "links_graph",
    }
    | {"clients", "safety", "minutes", "research", "judgements", "panel_record", "actions", "disclosures"}
)
