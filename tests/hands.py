"""The hands of somebody at the board in a real browser: they click and type what a page offers, by its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time

from playwright.sync_api import Error, Locator, expect

from tests.board_browser import Desktop

_PATIENCE, _REST = 20_000, 4_000
_AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
#: Marks the document once its page has come to rest again.
_MARK = """() => {
  const app = document.querySelector('[data-testid=stApp]')
  delete document.documentElement.dataset.rested
  window.matResting?.disconnect()
  window.matResting = new MutationObserver(() => {
    if (app.dataset.testScriptState === 'notRunning') document.documentElement.dataset.rested = 'yes'
  })
  window.matResting.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] })
}"""


@dataclass(frozen=True, kw_only=True)
class Hands:
    """Somebody's hands at a browser of their own. `name`: whom the door of the demonstration knows."""

    at: Desktop
    name: str

    def sign_in(self) -> None:
        """Come in through the door, as who they are."""
        self.at.page.goto(self.at.address)
        person = self.at.page.locator("li").filter(has_text=self.name)
        person.get_by_role("button").click()
        self.at.wait()

    def turn_to(self, page: str, *then: str | re.Pattern[str]) -> None:
        """Choose a page from the list of pages, then follow links on it by their words."""
        self.click(self.at.page.get_by_role("navigation", name="Pages").get_by_role("link", name=page, exact=True))
        self.at.page.wait_for_selector(f"h1:text-is('{page}')", timeout=_PATIENCE)
        for words in then:
            self.follow(words)

    def follow(self, words: str | re.Pattern[str]) -> None:
        """Follow a link of the page by its words, those that are heard alone included."""
        self.click(self.at.page.locator(".stMain").get_by_role("link", name=words, exact=True).first)

    def press(self, words: str, then: str) -> None:
        """Press a button outside a form, the first that begins so, and wait for what the page says then."""
        self.click(self.at.page.get_by_role("button", name=re.compile(f"^{re.escape(words)}")).first)
        self.hear(then)

    def click(self, what: Locator) -> None:
        """Click, and wait until the page was drawn after it."""
        self.at.page.evaluate(_MARK)
        what.click()
        self.at.page.wait_for_selector("html[data-rested]", state="attached", timeout=_PATIENCE)
        self._drawn()

    def open(self, words: str) -> None:
        """Open what is folded away under these words."""
        self.at.unfold(words)
        self._drawn()

    def form(self, send: str, *, about: str = "") -> Form:
        """The form that is sent by a button of this name; of several the first, or the one that says `about`."""
        button = self.at.page.locator("button", has_text=re.compile(f"^{re.escape(send)}$"))
        form = self.at.page.locator("[data-testid=stForm]").filter(has=button, has_text=about).first
        form.wait_for(timeout=_PATIENCE)
        return Form(hands=self, send=send, where=form)

    def hear(self, words: str) -> None:
        """Wait until the page says something: it is drawn part by part, and a part may be late on a busy machine.

        What stands in a field is what somebody typed, and not what the page says.
        """
        said = self.at.page.locator(".stMain").get_by_text(words).and_(self.at.page.locator(":not(textarea, input)"))
        said.filter(visible=True).first.wait_for(timeout=_PATIENCE)
        self._drawn()

    def sees(self, words: str) -> bool:
        """Whether the page says something now. Its silence means something once what stands beside it was heard."""
        return words in self.at.says()

    def _drawn(self) -> None:
        """Until the page rests; one that draws itself again every few seconds may not, on a busy machine."""
        self.at.page.wait_for_timeout(100)
        with suppress(Error):
            self.at.page.wait_for_selector(_AT_REST, timeout=_REST)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a page; what fills it in gives the form back.

    It is found by its words and not by roles: while a list is open, the rest of the page has none. A field is found by
    how its label begins.
    """

    hands: Hands
    send: str
    where: Locator

    def write(self, label: str, words: str) -> Form:
        """Write into a field."""
        name = json.dumps(label)
        self.where.locator(f"textarea[aria-label^={name}], input[aria-label^={name}]").fill(words)
        return self

    def choose(self, label: str, option: str) -> Form:
        """Choose from a list, of which the option is the only one that begins so."""
        field, taken = self._take(label, option)
        expect(field).to_have_attribute("aria-expanded", "false", timeout=_PATIENCE)
        field.press("Tab")
        expect(field).to_have_value(taken, timeout=_PATIENCE)
        return self

    def choose_also(self, label: str, option: str) -> Form:
        """Choose one of those of which several may be chosen."""
        field, taken = self._take(label, option)
        expect(self.where.get_by_text(taken).first).to_be_visible(timeout=_PATIENCE)
        field.press("Escape")
        return self

    def _take(self, label: str, option: str) -> tuple[Locator, str]:
        """Type what an option is called, and take the first once the list offers it; the field, and its words whole."""
        field = self.where.locator(f"[role=combobox][aria-label^={json.dumps(label)}]")
        field.click()
        field.press_sequentially(option)
        first = self.hands.at.page.locator("[role=option]").filter(visible=True).first
        expect(first).to_contain_text(option, ignore_case=True, timeout=_PATIENCE)
        words = first.inner_text()
        field.press("Enter")
        return field, words

    def choices(self) -> list[str]:
        """What its lists are called."""
        fields = self.where.get_by_role("combobox").all()
        return [str(each.get_attribute("aria-label")) for each in fields]

    def mark(self, option: str | re.Pattern[str]) -> Form:
        """Mark one of several, or tick a box."""
        self.where.locator("label").filter(has_text=option).first.click()
        return self

    def day(self, label: str, on: date) -> Form:
        """Give a day, part by part as the field takes it."""
        return self._parts(label, {"day": f"{on:%d}", "month": f"{on:%m}", "year": f"{on:%Y}"})

    def time(self, label: str, at: time) -> Form:
        """Give a time of the day."""
        return self._parts(label, {"hour": f"{at:%H}", "minute": f"{at:%M}"})

    def _parts(self, label: str, parts: Mapping[str, str]) -> Form:
        for part, figures in parts.items():
            name = json.dumps(f"{part}, {label}")
            self.where.locator(f"[role=spinbutton][aria-label^={name}]").press_sequentially(figures)
        return self

    def sent(self, then: str) -> None:
        """Send it, and wait for what the page says then."""
        self.hands.click(self.where.get_by_role("button", name=self.send, exact=True))
        self.hands.hear(then)
