"""Pages drawn without a browser: a screen for a desk, through Streamlit's own test runner."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from streamlit.testing.v1 import AppTest

from app.screens.screen import Screen, Visit
from app.tasking.acting_as import acting_as
from app.tasking.desk import Desk

#: What an address may say where a number belongs.
NO_NUMBERS = ("\u00b2", "\u0663", "-1", "1e9", "9" * 19, "9" * 5000)
_SCRIPT = "from tests.board_pages import drawing\ndrawing.draw()\n"


@dataclass
class _Drawing:
    screen: Screen | None = None
    visit: Visit | None = None

    def draw(self) -> None:
        assert self.screen is not None
        assert self.visit is not None
        self.screen.draw(self.visit)


drawing = _Drawing()


def visit_of(desk: Desk, *, is_demonstration: bool = False) -> Visit:
    """A visit of whoever sits at a desk."""
    return Visit(
        desk=desk,
        who=acting_as(desk),
        roles=desk.scope.roles,
        policy=desk.policy,
        is_demonstration=is_demonstration,
    )


def drawn(visit: Visit, screen: Screen, **query: str) -> AppTest:
    """A screen drawn once; its fields can be set and it be run again."""
    drawing.screen, drawing.visit = screen, visit
    page = AppTest.from_string(_SCRIPT, default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def markup(page: AppTest) -> str:
    """The markup that the components made of a page."""
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def words(page: AppTest) -> str:
    """What a page says, without its markup, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup(page))).split())
