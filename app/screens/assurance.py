"""Page 10, Assurance: who did and saw what, emergencies, whether the log holds, and how lists are overridden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from app.components.lists import Cell, sections, summary_card, table
from app.components.text import Html, as_label, case_link, case_token, in_words, link, with_commands
from app.components.words import Tone, empty, heading, hint, inset, notice, paragraph
from app.screens.log_search import draw_search
from app.screens.screen import Screen, Visit
from app.tasking.daily_checkpoint import sign_now
from app.tasking.emergencies import Use, review, uses
from app.tasking.log_reading import verify_log
from app.tasking.nominating.overrides import RUBBER_STAMP, Overrides, overrides
from app.tasking.runs.listing import list_runs


def draw(visit: Visit) -> None:
    """The part that the address asks for, of those the person may give the commands of."""
    parts = {name: (title, drawn) for name, (title, command, drawn) in _PARTS.items() if visit.may(command)}
    asked = visit.asked("part") or ""
    chosen = asked if asked in parts else next(iter(parts))
    visit.show(sections("assurance", {name: title for name, (title, _) in parts.items()}, chosen))
    parts[chosen][1](visit)


def _emergencies(visit: Visit) -> None:
    visit.show(heading("Emergencies that wait for a review"))
    waiting = uses(visit.desk)
    if not waiting:
        visit.show(empty("No emergency use waits for a review."))
    for use in waiting:
        _emergency(visit, use)


def _emergency(visit: Visit, use: Use) -> None:
    facts = {
        "By": f"{use.user}, {use.service}",
        "Case": _called(use),
        "When": use.used_at,
        "Reason given": use.reason,
    }
    about = link("Who saw and did what with this case", "assurance", {"part": "search", "case": use.subject_id})
    visit.show(summary_card("Emergency use", facts, actions=[about]))
    if not visit.may("review_break_glass"):
        return
    with st.form(f"review {use.use_id}"):
        finding = st.text_area(as_label(f"What the review of {use.user}'s use found"), max_chars=2000)
        is_sent = st.form_submit_button("Record the review")
    if is_sent:
        visit.do(lambda: review(visit.desk, use.use_id, finding, version=use.version), "The review is recorded.")


def _called(use: Use) -> Html | str:
    """Whoever may not know whose case it is has no page about it either."""
    return case_token(use.subject_id) if use.case == str(use.subject_id) else case_link(use.case, use.subject_id)


def _verify(visit: Visit) -> None:
    visit.show(
        heading("Does the log hold?"),
        paragraph("Every event is read again and compared with those before it and with the signed checkpoints."),
        hint(
            "A checkpoint signs the log as it is now, so that what came before it cannot be written anew. The first of "
            "a day is made by itself."
        ),
    )
    left, right, _ = st.columns([1, 1, 2])
    is_asked = left.button("Verify now")
    if visit.may("make_checkpoint") and right.button("Sign a checkpoint"):
        visit.do(
            lambda: sign_now(visit.desk),
            "The log as it is now is signed, and the checkpoint kept. To hand one to a partner: mat audit checkpoint.",
        )
    if not is_asked:
        return
    report = visit.read(lambda: verify_log(visit.desk, given=(), public_key=None))
    if report is None:
        return
    if report.holds:
        visit.show(notice(f"The log holds: {report.size} events, each as it was written and in its place.", Tone.GOOD))
    else:
        visit.show(
            notice("The log does not hold. Keep everything as it is, and tell the auditor and the DPO.", Tone.BAD),
            table("Findings", ("Kind", "What"), [[each.kind, each.sentence] for each in report.findings]),
        )
    visit.show(
        inset(
            with_commands(
                "What this proves beyond this machine is said by `mat audit verify` with a checkpoint that a partner "
                "agency holds."
            )
        )
    )


def _overridden(visit: Visit) -> None:
    visit.show(heading("How often people decide otherwise than the list"))
    lists = [run for run in list_runs(visit.desk) if run.is_current]
    if not lists:
        visit.show(empty("No panel of yours has a list."))
    for run in lists:
        found = visit.read(lambda panel=run.panel_id: overrides(visit.desk, panel))  # type: ignore[misc]
        if found is not None:
            visit.show(summary_card(f"{run.panel}, list of {in_words(found.cycle)}", _rates(found)))
            if found.is_rubber_stamp:
                visit.show(notice(RUBBER_STAMP, Tone.WARN))


def _rates(found: Overrides) -> Mapping[str, Cell]:
    share = "nobody is above the line" if found.share_not_proposed is None else f"{found.share_not_proposed:.0%}"
    return {
        "Above the line and not proposed": f"{found.first_not_proposed} of {found.first} ({share})",
        "Proposed from below the line": f"{found.from_below} of {found.proposed}",
        "Put off": found.put_off,
        "Excluded": found.excluded,
        "Judged by somebody who knew the rank": f"{found.judged_knowing} of {found.judged}",
    }


#: Part of the page: its title, the command that opens it, and what draws it.
_PARTS: Mapping[str, tuple[str, str, Callable[[Visit], None]]] = MappingProxyType(
    {
        "search": ("Search the log", "search_log", draw_search),
        "emergencies": ("Emergencies", "list_reviews", _emergencies),
        "verify": ("Verify", "verify_log", _verify),
        "overrides": ("Overrides", "read_overrides", _overridden),
    }
)
SCREEN = Screen(
    name="assurance",
    title="Assurance",
    part="Watching over it",
    commands=tuple(command for _, command, _ in _PARTS.values()),
    draw=draw,
)
