"""Every page and part of the board for each role of a demonstration store, as pictures: `make screenshots`.

The pages are those of `mat board --demo` on the store that the settings name. Each person signs in once and walks from
page to page by their links; a page is drawn as tall as it is. `--help` says what can be chosen.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

from tests.board_browser import DRAWN, chromium, file_name

#: As tall as most pages are, so that few have to be laid out again.
_TALL, _TALLEST = 3000, 8000
_WIDTH, _NARROW = 1280, 390
_BELOW = 24
#: Who made the store holds three roles, which others walk with too.
_FOUNDER = "Be yourself"
_RUNNING, _RESTING = (f"[data-testid=stApp][data-test-script-state={state}]" for state in ("running", "notRunning"))
#: What stands in place of a field whose code the browser is still reading.
_ON_ITS_WAY = "[data-testid=stSkeleton]"
_SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_BOTTOM = f"() => document.querySelector('{DRAWN}').getBoundingClientRect().bottom"
#: Links that lead to more rows of what is drawn already.
_ROWS = frozenset({"after", "earlier", "panel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """One person's walk: what the button at the door says, where the pictures go, and how the pages are looked at."""

    button: str
    folder: Path
    scheme: str = "light"
    width: int = _WIDTH

    @property
    def words(self) -> str:
        """Who walks, and how, in a few words."""
        how = [self.scheme] if self.scheme != "light" else []
        return ", ".join([self.button.removeprefix("Be "), *how, *(["narrow"] if self.width == _NARROW else [])])


def main(arguments: Sequence[str]) -> None:
    """Write the pictures: PERSON/PAGE.png of whoever was asked for, else of one person of each role."""
    asked = _asked(arguments)
    began = time.monotonic()
    with board() as address:
        tours = _tours(address, asked)
        print(f"{len(tours)} walks over the board, {asked.at_once} at a time, into {asked.folder}", flush=True)
        with ThreadPoolExecutor(asked.at_once) as walkers:
            walks = (walkers.submit(_walk, address, tour, asked.page) for tour in tours)
            for place, (tour, walk) in enumerate(zip(tours, list(walks), strict=True), start=1):
                pictures, spent = walk.result(), time.monotonic() - began
                print(f"{place} of {len(tours)}  {tour.words}: {pictures} pictures, {spent:.0f} s", flush=True)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go: PERSON/PAGE.png")
    parser.add_argument("--as", dest="people", action="append", metavar="NAME", help="a first name; may be repeated")
    parser.add_argument("--page", action="append", metavar="NAME", help="of the address, such as area; may be repeated")
    parser.add_argument("--dark", action="store_true", help="in dark")
    parser.add_argument("--narrow", action="store_true", help="on a telephone")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="how many walk at a time")
    return parser.parse_args(arguments)


def _tours(address: str, asked: argparse.Namespace) -> list[Tour]:
    """Who walks: whoever was asked for, else one of each role, and the coordinator in dark as well."""
    people = _people_at_the_door(address, asked.folder)
    if asked.people:
        wanted = {f"be {name.lower()}" for name in asked.people}
        chosen = [button for button in people if button.lower() in wanted]
    else:
        others = {button: sentence for button, sentence in people.items() if button != _FOUNDER}
        chosen = list({sentence: button for button, sentence in reversed(others.items())}.values())[::-1]
    if not chosen:
        sys.exit(f"Nobody of that name is at the door: {', '.join(button.removeprefix('Be ') for button in people)}.")
    tours = [
        Tour(
            button=button,
            folder=asked.folder
            / (file_name(button.removeprefix("Be ")) + "-dark" * asked.dark + "-narrow" * asked.narrow),
            scheme="dark" if asked.dark else "light",
            width=_NARROW if asked.narrow else _WIDTH,
        )
        for button in chosen
    ]
    if not (asked.people or asked.dark or asked.narrow):
        tours += [
            replace(each, folder=asked.folder / "kim-dark", scheme="dark") for each in tours if "Kim" in each.button
        ]
    return tours


def _people_at_the_door(address: str, folder: Path) -> dict[str, str]:
    """The buttons of the door, and the sentence on the role of whoever is behind each."""
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        door = browser.new_page()
        door.goto(f"{address}/sign-in")
        folder.mkdir(parents=True, exist_ok=True)
        door.screenshot(path=folder / "sign-in.png", full_page=True)
        sentences = door.locator(".mat-people .mat-hint").all_inner_texts()
        people = dict(zip(door.get_by_role("button").all_inner_texts(), sentences, strict=True))
        browser.close()
    return people


def _walk(address: str, tour: Tour, only: Sequence[str] | None) -> int:
    """Every page and part that the person finds, a picture each; how many there are."""
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        with signed_in(browser, address, tour.button, scheme=tour.scheme, width=tour.width) as page:
            pictures = sum(1 for _ in _pages(page, tour.folder, only))
        browser.close()
    return pictures


def _pages(page: Page, folder: Path, only: Sequence[str] | None) -> Iterator[Path]:
    """One picture of each kind of page: the first met of those that differ in the case or the row they are about."""
    seen: set[str] = set()
    ahead = _links(page, ".mat-pages a") or ["/"]
    while ahead:
        link = ahead.pop(0)
        if kind_of(link) in seen:
            continue
        seen.add(kind_of(link))
        step_to(page, link)
        seen.update(kind_of(here) for here in _links(page, ".mat-sections a[aria-current]"))
        name = urlsplit(link).path.strip("/")
        if only is None or (name or "my-work") in only:
            yield picture(page, folder / f"{kind_of(link)}.png")
        ahead += _links(page, ".mat-sections a:not([aria-current])") + _links(page, ".stMain a.go")


def kind_of(link: str) -> str:
    """What pages of one kind have in common, as the name of a picture: the page and its part, whatever the case."""
    parts = urlsplit(link)
    asked = [
        value if re.fullmatch(r"[a-z_]+", value) else name
        for name, value in parse_qsl(parts.query)
        if name not in _ROWS
    ]
    return file_name("-".join([parts.path.strip("/") or "my-work", *asked]))


@contextmanager
def signed_in(
    browser: Browser, address: str, button: str, *, scheme: str = "light", width: int = _WIDTH
) -> Generator[Page]:
    """A browser at the first page of whoever is behind a button of the door."""
    context = browser.new_context(
        viewport={"width": width, "height": _TALL},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=button, exact=True).click()
    _wait(page)
    yield page
    context.close()


def step_to(page: Page, link: str) -> None:
    """Go where a link of the page leads, without loading the board again; by its address where no link does."""
    found = page.locator(f"a.go[href='{link}']")
    if found.count() == 0:
        address = urlsplit(page.url)
        page.goto(f"{address.scheme}://{address.netloc}{link}")
    else:
        found.first.evaluate("link => link.click()")
        with suppress(TookTooLong):  # it may be drawn between two looks
            page.wait_for_selector(_RUNNING, timeout=10_000)
    _wait(page)


def picture(page: Page, path: Path) -> Path:
    """The page down to its foot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.evaluate(_SETTLED)
    bottom = int(page.evaluate(_BOTTOM)) + _BELOW
    size = page.viewport_size or {"width": _WIDTH, "height": _TALL}
    if bottom > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": min(bottom, _TALLEST)})
        page.evaluate(_SETTLED)
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": size["width"], "height": min(bottom, _TALLEST)})
    if bottom > size["height"]:
        page.set_viewport_size(size)
    return path


def _wait(page: Page) -> None:
    page.wait_for_selector(DRAWN, timeout=60_000)
    page.wait_for_selector(_RESTING, timeout=60_000)
    page.wait_for_selector(_ON_ITS_WAY, state="detached", timeout=60_000)


def _links(page: Page, selector: str) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all(selector, "links => links.map(link => link.getAttribute('href'))")
    return [href for href in hrefs if href.startswith("/")]


@contextmanager
def board() -> Generator[str]:
    """The address of a board on the store that the settings name, for as long as it is needed."""
    command = [sys.executable, "-m", "app.cli", "board", "--demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as served:
        try:
            lines = iter(served.stdout or ())
            yield next(line.split(" at ")[1].strip() for line in lines if " at http" in line)
        finally:
            served.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
