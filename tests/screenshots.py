"""Every page of the board for each role of a demonstration store, as pictures: `make screenshots`.

The pages are those of `mat board --demo` on the store that the settings name; a page is drawn as tall as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.screens.catalogue import SCREENS
from tests.board_browser import DRAWN, chromium, file_name

_TALLEST = 6000
_WIDTH = 1280


def main(folder: Path) -> None:
    """Write the pictures into `folder`: PERSON/PAGE.png, the first pages in dark and narrow too."""
    with _board() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        door = browser.new_page()
        door.goto(f"{address}/sign-in")
        _picture(door, folder / "sign-in.png")
        people = door.get_by_role("button").all_inner_texts()
        door.close()
        for person in people:
            _pages_of(browser, address, person, folder / file_name(person.removeprefix("Be ")))
        coordinator = next(person for person in people if "Kim" in person)
        _pages_of(browser, address, coordinator, folder / "dark", scheme="dark")
        _pages_of(browser, address, coordinator, folder / "narrow", width=390)
        browser.close()


def _pages_of(
    browser: Browser, address: str, person: str, folder: Path, *, scheme: str = "light", width: int = _WIDTH
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=person, exact=True).click()
    page.wait_for_selector(DRAWN)
    listed = _links(page, ".mat-pages a") or ["/"]
    seen: set[str] = set()
    for link in listed:
        for part in _draw(page, address, link, folder, seen):
            _draw(page, address, part, folder, seen)
    for screen in SCREENS:
        if not screen.is_listed:
            for link in _links_to(page, address, listed, screen.name):
                for part in _draw(page, address, link, folder, seen):
                    _draw(page, address, part, folder, seen)
    context.close()


def _draw(page: Page, address: str, link: str, folder: Path, seen: set[str]) -> list[str]:
    """Draw a page once; the links to its other parts."""
    if link in seen:
        return []
    seen.add(link)
    page.goto(address + link)
    page.wait_for_selector(DRAWN)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", link.replace("case=", "")) or "my work"
    _picture(page, folder / f"{file_name(name) or 'my-work'}.png")
    return _links(page, ".mat-sections a:not([aria-current])")


def _picture(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    width = (page.viewport_size or {"width": _WIDTH})["width"]
    height = page.evaluate("Math.max(document.body.scrollHeight, document.querySelector('.stMain')?.scrollHeight ?? 0)")
    page.set_viewport_size({"width": width, "height": min(max(int(height), 600), _TALLEST)})
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": 900})
    print(path)


def _links(page: Page, selector: str) -> list[str]:
    return [link.get_attribute("href") or "/" for link in page.locator(selector).all()]


def _links_to(page: Page, address: str, listed: list[str], name: str) -> list[str]:
    """The first link to a page that is about one case, wherever the person meets one."""
    for link in listed:
        page.goto(address + link)
        page.wait_for_selector(DRAWN)
        found = [each for each in _links(page, "a.go") if each.startswith(f"/{name}?")]
        if found:
            return found[:1]
    return []


@contextmanager
def _board() -> Generator[str]:
    command = [sys.executable, "-m", "app.cli", "board", "--demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as board:
        try:
            lines = iter(board.stdout or ())
            yield next(line.split(" at ")[1].strip() for line in lines if " at http" in line)
        finally:
            board.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
