"""Page 8, Partner support: whom a victim service supports, what she is to be asked, and what she may have to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import streamlit as st

from app.components.lists import pager, summary_card, table
from app.components.text import Html, case_link, day, in_words, link, order_name
from app.components.words import Tone, due_tag, empty, heading, hint, notice, tag
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Screen, Visit
from app.screens.supporting import offer_service
from app.tasking.acting_on.clients import Client, LastCheck, Support, ToAsk, read_support
from app.tasking.acting_on.order_lists import Order
from app.tasking.acting_on.safety import NewCheck, record_check
from app.tasking.case_names import called_both
from mat.store.panel_vocabulary import Told, Wishes

_PARTS: Mapping[str, str] = {
    "wishes_said": "Her wishes, in her words",
    "safe_timing": "When it is safe",
    "child_contact": "What contact the suspect has with children",
    "who_tells_her": "Who tells her, and when",
    "capacity_or_interpreter": "Interpreter, or help to decide",
}
_WISHES: Mapping[Wishes, str] = {
    Wishes.AGREES: "She agrees",
    Wishes.AGAINST: "She is against it",
    Wishes.NO_VIEW: "She has no view",
    Wishes.NOT_REACHABLE: "She could not be reached",
}
_AGAINST = frozenset({Wishes.AGAINST, Wishes.NOT_REACHABLE})


def draw(visit: Visit) -> None:
    """Whom to ask first, the form for the one chosen, the clients, and what has happened."""
    after = visit.asked_id("after")
    found = visit.read(lambda: read_support(visit.desk, after=after))
    if found is None:
        return
    case, token = visit.asked_id("case"), visit.asked("of")
    _to_ask(visit, found)
    if case is not None and token and visit.may("record_check"):
        _ask(visit, found, case, token)
        if any((each.subject_id, each.token) == (case, token) for each in found.to_ask):
            offer_service(visit, case, token)
    if visit.may("add_client") and not found.clients:
        return
    _clients(visit, found, case, token)
    visit.show(pager("support", {}, earlier=after is not None, after=found.after, words="clients"))
    _happened(visit, found)


def _to_ask(visit: Visit, found: Support) -> None:
    whose = " Here are those whom no service supports." if visit.may("add_client") else ""
    waits = f"Something is to reach the suspect, and waits until it is known to be safe.{whose}"
    visit.show(heading("To be asked first"), hint(waits))
    if not found.to_ask:
        visit.show(empty("Nothing waits for an answer of hers."))
        return
    names = {(each.subject_id, each.token): each.name for each in found.clients}
    rows = [
        (
            link(names.get((each.subject_id, each.token)) or each.token, "support", _here(each)),
            _suspect(found, each),
            Html("{} {}").format(day(each.due_on), due_tag(each.due)),
            each.actions,
        )
        for each in found.to_ask
    ]
    heads = ("Whom", "Of the case", "The first is due", "Actions that wait")
    visit.show(table("Without a safety check that counts now", heads, rows, numbers={"Actions that wait"}))


def _here(each: ToAsk | Client) -> Mapping[str, str | UUID]:
    return {"case": each.subject_id, "of": each.token}


def _suspect(found: Support, each: ToAsk | Client | Order) -> Html:
    called = called_both(found.people.get(each.subject_id), each.case)
    return case_link(called, each.subject_id)


def _ask(visit: Visit, found: Support, case: UUID, token: str) -> None:
    """Her last check, and the form for a new one; sent about an older check than there is, it does nothing."""
    known = next((each for each in found.clients if (each.subject_id, each.token) == (case, token)), None)
    called = token if known is None or known.name is None else f"{known.name} ({token})"
    before = None if known is None else known.check
    visit.show(heading(f"What is safe for {in_words(called)}"))
    if before is not None:
        visit.show(_last(before))
    name = f"check {case} {token}"
    key = form_as_read(visit, name, None if before is None else before.check_id, written=tuple(_PARTS))
    with st.form(key):
        left, right = st.columns(2)
        wishes = choose("What she wants", _WISHES, at=left)
        asked_on = right.date_input("When she was asked, or one tried", value=None, format=DAY)
        said = {
            part: st.text_area(title, max_chars=2000, key=f"{key} {part}", height=80) for part, title in _PARTS.items()
        }
        is_sent = st.form_submit_button("Record the check")
    if not is_sent:
        return
    if wishes is None or not isinstance(asked_on, date):
        visit.show(notice("Say what she wants, and when she was asked.", Tone.BAD))
        return

    check = NewCheck(subject_id=case, token=token, wishes=wishes, asked_on=asked_on, **said)
    visit.do(lambda: record_check(visit.desk, check), "The check is recorded: what waits for her goes by it from now.")


def _last(check: LastCheck) -> Html:
    facts: dict[str, object] = {
        "What she wants": Html("{} {}").format(_wishes_tag(check.wishes), _runs(check)),
        **{title: getattr(check, part) for part, title in _PARTS.items()},
        "Recorded": check.recorded_at,
    }
    return summary_card("What was recorded last", facts)


def _wishes_tag(wishes: Wishes) -> Html:
    return tag(_WISHES[wishes], Tone.WARN if wishes in _AGAINST else Tone.GOOD)


def _runs(check: LastCheck) -> Html:
    if check.is_running:
        return Html("counts until {}").format(day(check.valid_until))
    return tag(f"counted until {day(check.valid_until)}", Tone.WARN)


def _clients(visit: Visit, found: Support, case: UUID | None, token: str | None) -> None:
    visit.show(heading("Your clients"))
    if not found.clients:
        visit.show(
            empty("No client of your service is in a case of the panel. The coordinator says who supports whom.")
        )
        return
    rows = [
        (
            Html("<strong>{}</strong> {}").format(each.name or each.token, hint("open above"))
            if (each.subject_id, each.token) == (case, token)
            else link(each.name or each.token, "support", _here(each)),
            each.token,
            _suspect(found, each),
            _told(each),
            tag("never asked", Tone.WARN) if each.check is None else _wishes_tag(each.check.wishes),
            None if each.check is None else _runs(each.check),
        )
        for each in found.clients
    ]
    heads = ("Who", "In the case as", "Suspect", "Does the suspect know?", "Her wishes", "Her check")
    visit.show(table("Whom your service supports", heads, rows))


def _told(each: Client) -> Html:
    """What the suspect was told, which she may hear of from them."""
    if each.told is Told.TOLD:
        return Html("{} {}").format(tag("told"), hint(each.told_what or ""))
    if each.told is Told.NOT_TO_BE_TOLD:
        return Html("{} {}").format(tag("NOT TO BE TOLD", Tone.BAD), hint(each.not_told_why or ""))
    return tag("not told so far", Tone.WARN)


def _happened(visit: Visit, found: Support) -> None:
    visit.show(heading("What has happened"))
    if not found.orders and not found.overruled and not found.answers:
        visit.show(empty("No order of a client's case was served or broken, and nothing else is to be told."))
    if found.orders:
        heads = ("Order", "Protects", "Of the case", "Served", "Broken", "Until")
        visit.show(table("Orders served or broken", heads, [_order_row(found, each) for each in found.orders]))
    if found.overruled:
        rows = [
            (each.token, case_link(each.case, each.subject_id), each.what, each.reason, each.decided_at)
            for each in found.overruled
        ]
        of_wishes = ("Whose wishes", "Case", "What goes ahead", "The chair's reason", "Decided")
        visit.show(table("Going ahead against her wishes, or without having reached her", of_wishes, rows))
    if found.answers:
        answers = [
            (
                case_link(called_both(found.people.get(each.subject_id), each.case), each.subject_id),
                Html("{} {}").format(tag(each.answer), "" if each.closure is None else tag(each.closure)),
                each.service,
                each.reason,
                each.answered_at,
            )
            for each in found.answers
        ]
        of_answers = ("Suspect", "What", "Service", "Why, as both sides are told", "When")
        visit.show(table("Referrals to behaviour change that were declined or have ended", of_answers, answers))


def _order_row(found: Support, each: Order) -> Sequence[object]:
    broken = (
        Html("{} {}").format(
            tag("once" if each.breaches == 1 else f"{each.breaches} times", Tone.BAD), in_words(each.last_breach_at)
        )
        if each.breaches
        else "no"
    )
    return (
        Html("{} {}").format(order_name(each.kind.value), tag(each.state)),
        each.token,
        _suspect(found, each),
        each.served_at,
        broken,
        each.expires_at,
    )


SCREEN = Screen(name="support", title="Partner support", part="Services", commands=("record_check",), draw=draw)
