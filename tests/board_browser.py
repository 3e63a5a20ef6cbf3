"""The board in a real browser, Debian's Chromium driven by Playwright: what it asks for and is told is noted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, WebSocket

from app.serving.house import COOKIE, House
from tests.board_clients import Clock
from tests.filled_cases import CANARY

#: Marks that the shell draws last.
DRAWN = ".mat-foot"
#: What stands in place of a field whose code the browser is still reading.
_ON_ITS_WAY = "[data-testid=stSkeleton]"
_PATIENCE = 20_000
#: Until what is folded away stands open at its height. It takes half a second to open; what is in it moves meanwhile,
#: and a press that begins on a button then may end beside it, and counts for nothing.
_OPENED = """(details, patience) => new Promise((opened, failed) => {
  const began = performance.now()
  let height = -1
  let still = 0
  const look = () => {
    const isStill = details.open && details.offsetHeight === height && !details.getAnimations().length
    still = isStill ? still + 1 : 0
    height = details.offsetHeight
    if (still === 10) opened()
    else if (performance.now() - began > patience) failed(new Error('it did not open'))
    else requestAnimationFrame(look)
  }
  look()
})"""


def chromium(playwright: Playwright) -> Browser:
    """Debian's Chromium; a test that needs it fails where it is missing, and is never skipped."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium is missing: apt-get install chromium (.ci/run does), or leave out `make test-slow`.")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@dataclass(kw_only=True)
class Noted:
    """What a browser asked for, was told and complained about. `told`: bodies and frames as text."""

    asked: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])

    def elsewhere(self, address: str) -> list[str]:
        """What was asked of anybody but the board."""
        own = (address + "/", address.replace("http", "ws") + "/", "data:", "blob:")
        return [each for each in self.asked if not each.startswith(own)]

    def canaries(self) -> set[str]:
        """Every canary among what was told."""
        return {found for text in self.told for found in CANARY.findall(text)}


@dataclass(kw_only=True)
class Desktop:
    """Somebody at a browser of their own."""

    address: str
    context: BrowserContext
    page: Page
    noted: Noted

    def go(self, path: str = "") -> None:
        """Open an address of the board as if it were typed, and wait until the page is there."""
        self.page.goto(f"{self.address}/{path}")
        self.wait()

    def wait(self) -> None:
        """Until the page is drawn whole."""
        self.page.wait_for_selector(DRAWN, timeout=_PATIENCE)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=_PATIENCE)
        self.page.wait_for_selector(_ON_ITS_WAY, state="detached", timeout=_PATIENCE)

    def prove(self) -> None:
        """Prove again who one is, and come back."""
        self.page.get_by_role("link", name="Prove again that it is you").click()
        self.page.wait_for_selector("h1:text('Prove again that it is you')")
        assert self.faults() == []
        self.page.get_by_role("button", name="It is me").click()
        self.wait()

    def unfold(self, words: str) -> None:
        """Open what is folded away under these words, and wait until nothing in it moves any more."""
        folded = self.page.locator("details").filter(has=self.page.locator("summary", has_text=words)).first
        folded.locator("summary").first.click()
        folded.evaluate(_OPENED, _PATIENCE)

    def says(self) -> str:
        """The words of the page."""
        return " ".join(self.page.inner_text("body").split())

    def faults(self) -> list[str]:
        """What axe-core finds wrong with the page, a line each."""
        found: Sequence[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for each in found
            for node in each["nodes"]
        ]


@contextmanager
def desktop(browser: Browser, address: str, token: str | None = None, *, scheme: str = "light") -> Generator[Desktop]:
    """A browser of its own at the board; with a token, signed in."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    if token is not None:
        context.add_cookies([{"name": COOKIE, "value": token, "url": address, "httpOnly": True, "sameSite": "Lax"}])
    noted = Noted()
    page = context.new_page()
    _note(page, noted)
    try:
        yield Desktop(address=address, context=context, page=page, noted=noted)
    finally:
        context.close()


def _note(page: Page, noted: Noted) -> None:
    def frame(payload: str | bytes) -> None:
        noted.told.append(payload if isinstance(payload, str) else payload.decode("utf-8", "replace"))

    def socket(opened: WebSocket) -> None:
        noted.asked.append(opened.url)
        opened.on("framereceived", frame)

    page.on("websocket", socket)
    page.on("request", lambda request: noted.asked.append(request.url))
    page.on("pageerror", lambda error: noted.complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: noted.complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on(
        "response",
        lambda answer: noted.complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
    )


@dataclass(kw_only=True)
class Board:
    """A board that is served, and the browser that comes to it."""

    address: str
    house: House
    clock: Clock
    browser: Browser

    @contextmanager
    def as_user(self, user: UUID, *, scheme: str = "light", service: str | None = None) -> Generator[Desktop]:
        """Somebody signed in, in a browser of their own."""
        token = self.house.sessions.begin(user, service)
        with desktop(self.browser, self.address, token, scheme=scheme) as at:
            yield at
        self.house.sessions.end(token)

    @contextmanager
    def as_nobody(self) -> Generator[Desktop]:
        """A browser in which nobody is signed in."""
        with desktop(self.browser, self.address) as at:
            yield at


def file_name(words: str) -> str:
    """A name for a picture."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
