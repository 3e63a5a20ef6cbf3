"""What is known of a case when a meeting comes to it: who, told or not, children, facts and opinions, research."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.components.lists import bullets, summary
from app.components.meeting import KINDS, research_tag
from app.components.records import rounded
from app.components.text import Html, as_lines, day, in_words, link
from app.components.words import Tone, due_tag, empty, heading, hint, inset, notice, tag, unmarked
from app.screens.screen import Visit
from app.screens.subject import BAR, bar, first_said
from app.screens.subject_parts import unranked
from app.tasking.meetings.research import Request
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reading import read_subject
from mat.store.panel_vocabulary import ResearchState

_GROUPS = BAR | {
    "rank_reasons", "narrative", "narrative_summary", "risk_summary", "children", "service_needs", "research",
    "actions", "orders", "process_links",
}  # fmt: skip


def show_who(visit: Visit, case: UUID) -> SubjectPage | None:
    """Draw who the case is about and what nobody may overlook; what was read of it.

    None = the case is not open, which is said.
    """
    page = visit.read(lambda: read_subject(visit.desk, case, groups=_GROUPS))
    if page is not None:
        visit.show(bar(page), *first_said(page))
    return page


def show_known(visit: Visit, page: SubjectPage) -> None:
    """Draw the rest of what is known of the case."""
    visit.show(*known_of(page), hint(link("The whole page of this person", "subject", {"case": page.subject_id})))


def known_of(page: SubjectPage) -> Sequence[Html]:
    """What a page says of its case to a meeting, facts before opinions; nothing of what it does not hold."""
    return [
        *_children(page), *_rank(page), *_written(page), *_statements(page), *_research(page), *_undone(page),
    ]  # fmt: skip


def _children(page: SubjectPage) -> Sequence[Html]:
    notes = [each for each in page.said if each.about == "children"]
    is_set = None if page.children_affected is None else page.children_affected.is_set
    if is_set is None and not notes:
        return []
    said = {True: "Children are affected.", False: "No children are affected.", None: ""}[is_set]
    tone = Tone.WARN if is_set else Tone.INFO
    shown = [heading("Children")]
    if said:
        shown.append(notice(said, tone))
    return [*shown, *[inset(as_lines(each.content)) for each in notes]]


def _rank(page: SubjectPage) -> Sequence[Html]:
    """Place and why, for a service that has judged; else nothing of it is there to be drawn."""
    if page.placed is None:
        return []
    placed = page.placed
    tied = ", tied" if placed.tied else ""
    said = (
        unranked(placed)
        if placed.rank is None
        else f"{placed.rank}{tied}; between {placed.rank_low or placed.rank} and {placed.rank_high or placed.rank} "
        "under other choices"
    )
    facts: dict[str, object] = {"Place on the list": said}
    if page.why is not None and page.why.sentences:
        facts["Because"] = bullets([rounded(each) for each in page.why.sentences])
    return [heading("Where the list puts them"), summary(facts)]


def _written(page: SubjectPage) -> Sequence[Html]:
    shown: list[Html] = []
    for each in page.said:
        if each.about != "children":
            title = in_words(each.about)
            shown += [heading(title[:1].upper() + title[1:]), inset(as_lines(each.content))]
            shown.append(unmarked(each.by, each.at))
    return shown


def _statements(page: SubjectPage) -> Sequence[Html]:
    if page.statements is None:
        return []
    shown: list[Html] = []
    for kind, title in KINDS.items():
        these = [each for each in page.statements if each.kind is kind]
        if these:
            shown.append(heading(f"{title} on record: {len(these)}"))
            shown.append(
                bullets(
                    [
                        Html("{}{}").format(
                            as_lines(each.content), hint(f"{each.by}, from {each.source or 'no source'}")
                        )
                        for each in these
                    ]
                )
            )
    return shown or [heading("Statements"), empty("No statement is on record.")]


def _research(page: SubjectPage) -> Sequence[Html]:
    if page.research is None:
        return []
    asked = [each for each in page.research if each.state is not ResearchState.WITHDRAWN]
    shown = [heading(f"What agencies say: {len(asked)}")]
    return [*shown, bullets([_answer(each) for each in asked]) if asked else empty("No agency was asked.")]


def _answer(each: Request) -> Html:
    kind = "" if each.statement_type is None else tag(each.statement_type)
    said = each.answer if each.answer is not None else each.withheld_why
    words = as_lines(said) if said else Html("")
    late = Html(" ").join([research_tag(each.state), due_tag(each.due)]) if each.due else research_tag(each.state)
    return Html("<strong>{}</strong> {} {} {}{}").format(
        each.service, late, kind, words, hint(f"Asked: {each.question}")
    )


def _undone(page: SubjectPage) -> Sequence[Html]:
    if page.actions is None:
        return []
    left = [each for each in page.actions if each.due is not None]
    if not left:
        return [heading("Actions of this case"), empty("No action is open.")]
    return [
        heading(f"Actions of this case: {len(left)} open"),
        bullets(
            [
                Html("<strong>{}</strong>: {} {} {}").format(
                    each.service,
                    each.what,
                    tag(each.state),
                    Html("due {} {}").format(day(each.due_on), due_tag(each.due)),
                )
                for each in left
            ]
        ),
    ]
