"""Small pieces of a page say a state in words, whichever it is."""

from __future__ import annotations

import pytest

from app.components.words import due_tag
from app.tasking.clocks import Due

SAID = {Due.OVERDUE: "Overdue", Due.TODAY: "Due today", Due.SOON: "Due soon", Due.LATER: "Later", None: "Closed"}


@pytest.mark.parametrize("due", [*Due, None])
def test_every_way_a_day_may_lie_is_said(due: Due | None) -> None:
    assert f">{SAID[due]}</strong>" in due_tag(due)
