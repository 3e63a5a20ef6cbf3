"""Every page of the board, in the order of its list of pages."""

from __future__ import annotations

from collections.abc import Sequence

from app.screens import (
    actions,
    admin,
    area,
    assurance,
    candidates,
    disclosures,
    emergency,
    forward,
    meeting,
    model,
    my_work,
    prepare,
    provider,
    subject,
    support,
)
from app.screens.screen import Screen

#: The parts of the list of pages, in order.
PARTS = ("Work", "Cases", "Panel", "Services", "Watching over it")

SCREENS: Sequence[Screen] = (
    my_work.SCREEN,
    candidates.SCREEN,
    subject.SCREEN,
    forward.SCREEN,
    emergency.SCREEN,
    prepare.SCREEN,
    meeting.SCREEN,
    actions.SCREEN,
    provider.SCREEN,
    support.SCREEN,
    disclosures.SCREEN,
    assurance.SCREEN,
    model.SCREEN,
    area.SCREEN,
    admin.SCREEN,
)


def page_names() -> frozenset[str]:
    """The addresses of the pages, without their slash."""
    return frozenset(each.name for each in SCREENS)
