"""What is recorded of a person, in counts both ways, beside the form of the judgement: nothing here tells a rank."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.components.records import others
from app.components.text import day, link
from app.screens.screen import Visit
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reading import read_subject

#: Records and other people under tokens: no place, reason or score, and no name of a victim.
_READ = frozenset({"narrative", "links_graph"})


def recorded_in_short(visit: Visit, case: UUID) -> Mapping[str, object]:
    """Counts as suspect and as victim, the last day, and how many other people; as far as open to who looks."""
    page = visit.read(lambda: read_subject(visit.desk, case, groups=_READ))
    if page is None:
        return {}
    return {**_facts(page), "More": link("Every record, on Subject", "subject", {"case": case, "part": "timeline"})}


def _facts(page: SubjectPage) -> Mapping[str, object]:
    if page.records is None:
        return {"Records": "no list brought any of this person"}
    found: dict[str, object] = {}
    if page.as_both is not None:
        both = page.as_both
        found["Domestic abuse records"] = f"{both.as_suspect} as suspect, {both.as_victim} as victim; never netted"
        found["The last of them"] = "there is none" if both.last_on is None else day(both.last_on)
    if page.timelines.shows_pairs:
        found["Other people"] = others(page.timelines)
    return found or {"Records": "not shown to you"}
