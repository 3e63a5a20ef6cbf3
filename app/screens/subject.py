"""Page 3, Subject: one person, in parts of which only the chosen one is read, as far as each is open to who looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from app.components.frame import identity_bar
from app.components.lists import sections
from app.components.text import Html, day, in_words, link
from app.components.words import Tone, empty, heading, notice, paragraph, tag
from app.screens import subject_parts, subject_work
from app.screens.deciding import ask_judgement
from app.screens.screen import Screen, Visit
from app.tasking.subject.page import ChildrenFlag, Stay, SubjectPage
from app.tasking.subject.reading import read_subject
from app.wording import SEX_WORDS
from governance.retention import local_day
from mat.store.panel_vocabulary import Told
from mat.store.vocabulary import Deed

BAR = frozenset({"subject_identity", "panel_record", "rank_band", "safeguarding_flag"})
_UNSEEN = "records that are not shown to you may say otherwise"
_RECORDS = frozenset({"narrative", "links_graph", "victim_identity"})
_WRITTEN = frozenset({"narrative", "narrative_summary", "risk_summary", "service_needs", "children"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the page. `groups`: what it reads besides the bar; whoever may read one of `needs` is offered it."""

    title: str
    groups: frozenset[str]
    needs: frozenset[str]
    draw: Callable[[Visit, SubjectPage], None]
    is_of_a_day: bool = True


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "profile": Part(
            title="Profile",
            groups=_RECORDS
            | {"narrative_summary", "risk_summary", "nominations", "process_links", "actions", "orders"},
            needs=frozenset({"case"}),
            draw=subject_parts.profile,
        ),
        "timeline": Part(
            title="Who does what to whom",
            groups=_RECORDS,
            needs=frozenset({"narrative", "links_graph"}),
            draw=subject_parts.timeline_part,
        ),
        "why": Part(
            title="Why this rank",
            groups=_RECORDS | {"rank_reasons", "raw_score", "marks"},
            needs=frozenset({"rank_band"}),
            draw=subject_parts.why,
        ),
        "holds": Part(
            title="Both sides",
            groups=_RECORDS | {"hold_work"},
            needs=frozenset({"links_graph"}),
            draw=subject_parts.holds,
        ),
        "links": Part(
            title="Links",
            groups=frozenset(),
            needs=frozenset({"links_graph"}),
            draw=subject_parts.links,
        ),
        "acting": Part(
            title="Orders and actions",
            groups=_RECORDS | {"orders", "actions", "process_links"},
            needs=frozenset({"orders", "actions", "process_links"}),
            draw=subject_work.acting,
            is_of_a_day=False,
        ),
        "said": Part(
            title="Research and statements",
            groups=_WRITTEN | {"research", "nominations"},
            needs=_WRITTEN | {"research"},
            draw=subject_work.said,
            is_of_a_day=False,
        ),
        "history": Part(
            title="As the panel saw it",
            groups=frozenset(),
            needs=frozenset({"rank_band"}),
            draw=subject_parts.history,
        ),
        "challenge": Part(
            title="Challenge or correct",
            groups=_WRITTEN,
            needs=frozenset({"data_rights", "narrative"}),
            draw=subject_work.challenge,
            is_of_a_day=False,
        ),
    }
)


_NO_DAY = "The address asks for a day that there is not: this is shown as it stands now."
#: The parts that ask for the judgement; the others show nothing that waits for it.
_JUDGED_ON = ("why", "history")


def draw(visit: Visit) -> None:
    """The bar, the parts, and the chosen one."""
    case = visit.asked_id("case")
    if case is None:
        visit.show(empty("No case was asked for: choose one from Candidates, a meeting or My work."))
        if visit.may("break_glass"):
            visit.show(paragraph(link("Open one in an emergency", "emergency")))
        return
    offered = {name: part for name, part in PARTS.items() if _is_offered(visit, part)}
    chosen = visit.asked("part") or "profile"
    chosen = chosen if chosen in offered else next(iter(offered))
    part = offered[chosen]
    on = _day(visit.asked("on")) if part.is_of_a_day else None
    page = visit.read(lambda: read_subject(visit.desk, case, on=on, groups=BAR | part.groups))
    if page is None:
        if visit.may("break_glass"):
            visit.show(paragraph(link("Open it in an emergency", "emergency")))
        return
    visit.show(bar(page), *first_said(page), sections("subject", _titles(offered), chosen, _query(case, visit)))
    visit.show(heading(part.title))
    if on is not None:
        visit.show(_then(page, case, chosen))
    elif part.is_of_a_day and visit.asked("on") is not None:
        visit.show(notice(_NO_DAY, Tone.WARN))
    if page.is_blind and chosen in _JUDGED_ON:
        ask_judgement(visit, page.subject_id)
    part.draw(visit, page)


def _is_offered(visit: Visit, part: Part) -> bool:
    return any(visit.policy.groups[group].bases(role, Deed.READ) for group in part.needs for role in visit.roles)


def _titles(parts: Mapping[str, Part]) -> Mapping[str, str]:
    return {name: part.title for name, part in parts.items()}


def _query(case: UUID, visit: Visit) -> Mapping[str, str | UUID]:
    on = _day(visit.asked("on"))
    return {"case": case} if on is None else {"case": case, "on": on.isoformat()}


def _day(asked: str | None) -> date | None:
    try:
        return None if asked is None else date.fromisoformat(asked)
    except ValueError:
        return None


def bar(page: SubjectPage) -> Html:
    """Who the page is about, and what must be seen before anything else."""
    who = page.identity
    facts: list[tuple[str, object]] = []
    if who is not None:
        born = who.birth_date if who.birth_date_precision != "year" else f"{who.birth_date:%Y} (year only)"
        facts += [
            ("Known as", ", ".join(who.known_as)),
            ("Born", born),
            ("Age", who.age),
            ("Sex", SEX_WORDS.get(who.sex or "", who.sex)),
        ]
    facts.append(("Panel area", page.panel))
    if page.standing is not None:
        lead = f", lead {page.standing.lead}" if page.standing.lead else ""
        facts.append(("With the panel", f"{in_words(page.standing.state)}{lead}"))
    if page.children_affected is not None:
        facts.append(("Children affected", _children(page.children_affected, page)))
    name = (who.name if who is not None else None) or page.called
    return identity_bar(name, facts, list(_tags(page)))


def _children(flag: ChildrenFlag, page: SubjectPage) -> str:
    """Who said what of children, and where nobody did, what the records say."""
    if flag.is_set is not None:
        said = f"flag set by {flag.by} on {day(flag.on or date.min)}: {in_words(flag.is_set)}"
        return said if flag.is_set or page.timelines.shows_events else f"{said}; {_UNSEEN}"
    present = page.children_present
    return "no flag is set" + (f"; {present}" if present else "")


def _tags(page: SubjectPage) -> Sequence[Html]:
    found: list[Html] = []
    if page.is_sensitive:
        found.append(tag("Sensitive", Tone.BAD))
    if page.standing is not None and page.standing.told is Told.NOT_TO_BE_TOLD:
        found.append(tag("Not to be told", Tone.BAD))
    found += [tag(_stay(each), Tone.WARN) for each in page.stays or () if each.to_on is None or _goes_on(each, page)]
    if page.placed is not None and page.placed.hold is not None:
        found.append(tag("Held", Tone.WARN))
    if page.challenges:
        found.append(tag("Challenged", Tone.WARN))
    return list(dict.fromkeys(found))


def _goes_on(stay: Stay, page: SubjectPage) -> bool:
    return page.records is not None and stay.to_on is not None and stay.to_on >= page.records.as_of


def _stay(stay: Stay) -> str:
    level = f" {stay.level}" if stay.level else ""
    until = "" if stay.to_on is None else f" until {day(stay.to_on)}"
    return f"{stay.kind.replace('_', ' ')}{level}{until}".capitalize()


_TOLD = {Told.NOT_TO_BE_TOLD: Tone.BAD, Told.UNDECIDED: Tone.WARN, Told.TOLD: Tone.INFO}


def first_said(page: SubjectPage) -> Sequence[Html]:
    """Sentences that nobody may overlook."""
    said: list[Html] = []
    if page.standing is not None:
        said.append(notice(page.standing.told_sentence(local_day(page.read_at)), _TOLD[page.standing.told]))
    if page.is_children_flag_contradicted:
        present = page.children_present
        words = f"The flag says that no children are affected; the records say that children were {present}."
        said.append(notice(words, Tone.WARN))
    said += [
        notice(f"Challenged since {day(each.since)}, and not answered yet: {in_words(each.about)}.", Tone.WARN)
        for each in page.challenges
    ]
    return said


def _then(page: SubjectPage, case: UUID, part: str) -> Html:
    that = "no list that is still kept" if page.that_list is None else f"the list of {day(page.that_list.as_of)}"
    back = link("Back to now", "subject", {"case": case, "part": part})
    when = Html("As the panel saw it at the end of {}: it worked from {}. {}").format(
        day(page.on or date.min), that, back
    )
    return notice(when, Tone.WARN)


SCREEN = Screen(name="subject", title="Subject", part="Cases", commands=("read_case",), draw=draw, is_listed=False)
