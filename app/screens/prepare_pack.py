"""The pack of a meeting as each service will read it, looked at before anything is handed over."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.components.lists import bullets, sections, summary_card, table
from app.components.text import Html, code, day, hidden, link
from app.components.words import Tone, empty, heading, hint, paragraph, tag
from app.screens.meeting_known import known_of
from app.screens.papers import offer_pack
from app.screens.screen import Visit
from app.screens.subject import bar, first_said
from app.tasking.meetings.preparing import Preparation
from app.tasking.packs.pack import Pack, PackCase, pack_for


def pack_part(visit: Visit, found: Preparation) -> None:
    """The services that are invited, and of the chosen one every case with what its people will read."""
    if not found.seats:
        visit.show(empty("Nobody is invited: there is nobody to make a pack for."))
        return
    visit.show(
        paragraph("A service is handed what its own people may read, and nothing else. Look at it as they will.")
    )
    services = {str(each.service_id): each.service for each in found.seats}
    asked = visit.asked("service")
    chosen = asked if asked in services else next(iter(services))
    here: dict[str, str | UUID] = {"meeting": found.meeting.meeting_id, "part": "pack"}
    visit.show(sections("prepare", services, chosen, here, asks="service", about="Services"))
    pack = visit.read(lambda: pack_for(visit.desk, found.meeting.meeting_id, UUID(chosen)))
    if pack is None:
        return
    here["service"] = chosen
    visit.show(heading(f"As {pack.service} will read it", level=3), _about(pack))
    if pack.left_out:
        left = [f"{found.called(each.subject_id, each.case)}: {each.why}" for each in pack.left_out]
        visit.show(heading(f"Cases that are not in it: {len(left)}", level=3), bullets(left))
    if not pack.cases:
        visit.show(empty("No case of this agenda is open to that service."))
        return
    case = next((each for each in pack.cases if each.item.subject_id == visit.asked_id("case")), None)
    if case is not None:
        _show(visit, case, here)
    visit.show(_cases(pack, found, case, here))
    offer_pack(visit, found.meeting, pack.service_id, pack.service)


def _about(pack: Pack) -> Html:
    facts: dict[str, object] = {
        "Cases": len(pack.cases),
        "Read in the role of": code(pack.role.value),
        "To be destroyed by": day(pack.destroy_on),
    }
    if pack.without_rank:
        facts["Without a rank"] = f"{len(pack.without_rank)}, because your own service is to judge them first"
    return summary_card("The pack", facts, level=4)


def _cases(pack: Pack, found: Preparation, chosen: PackCase | None, here: Mapping[str, str | UUID]) -> Html:
    rows = [
        (
            found.called(each.item.subject_id, each.item.case),
            Html(" ").join([tag(code(group)) for group in sorted(each.page.groups)]),
            "open above"
            if each is chosen
            else link(
                Html("Look{}").format(hidden(f" at {each.item.case}")),
                "prepare",
                {**here, "case": each.item.subject_id},
            ),
        )
        for each in pack.cases
    ]
    return table("What it holds of each case", ("Case", "What they will read of it", "Next"), rows)


def _show(visit: Visit, case: PackCase, here: Mapping[str, str | UUID]) -> None:
    kept_back = sorted({each.group for each in case.page.not_shown})
    visit.show(
        bar(case.page),
        *first_said(case.page),
        *known_of(case.page),
        hint(
            Html("Not in it: {}. {}").format(
                ", ".join(code(each) for each in kept_back) or "nothing", link("Close", "prepare", here)
            )
        ),
        tag("end of this case", Tone.PLAIN),
    )
