"""The pictures of the pages in `docs`, made again from the demonstration: `make pictures`.

They are cuts of pages that Kim Coordinator sees, and one that Noor Newstart does, of people who do not exist. Looking
is logged.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.board_browser import chromium
from tests.screenshots import board, signed_in, step_to

_AROUND = 12
_BOX = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A part of a page, from the top of one element to the bottom of another. `link`: with what `_asked` finds."""

    name: str
    link: str
    first: str
    last: str


CUTS = (
    Cut(name="candidate", link="{chosen}", first=".stMain .mat-card >> nth=0", last="[data-testid=stForm] >> nth=0"),
    Cut(
        name="why",
        link="/subject?case={case}&part=why",
        first=".stMain h2:text-is('Points')",
        last=".mat-table:has-text('Points, which add up')",
    ),
    Cut(name="timeline", link="/subject?case={both}&part=timeline", first=".mat-timeline", last=".mat-timeline"),
    Cut(name="agenda", link="{meeting}", first=".stMain h2 >> nth=0", last=".mat-table >> nth=0"),
    Cut(name="wards", link="/area?part=wards", first="h2 >> nth=0", last="[data-testid=stVegaLiteChart] >> nth=0"),
)
OF_A_SERVICE = Cut(
    name="provider",
    link="/provider",
    first=".stMain h2:has-text('Places and waits')",
    last="[data-testid=stVegaLiteChart] >> nth=1",
)


def main(folder: Path) -> None:
    """Write each cut into `folder` as NAME.png."""
    with board() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        with signed_in(browser, address, "Be Kim") as page:
            asked = _asked(page)
            for cut in CUTS:
                step_to(page, cut.link.format(**asked))
                _write(page, cut, folder / f"{cut.name}.png")
        with signed_in(browser, address, "Be Noor") as page:
            step_to(page, OF_A_SERVICE.link)
            _write(page, OF_A_SERVICE, folder / f"{OF_A_SERVICE.name}.png")
        browser.close()


def _asked(page: Page) -> dict[str, str]:
    """Of those whom Kim's service has judged: the opened row of the first, their case, and that of one once held.

    `meeting`: that which is to come.
    """
    step_to(page, "/candidates")
    decide = re.compile("^Decide")
    judged = page.get_by_role("link", name=decide).first.get_attribute("href") or ""
    held = page.get_by_role("row").filter(has_text="held, and resolved").get_by_role("link", name=decide)
    while not held.count():
        step_to(page, page.get_by_role("link", name="More candidates").get_attribute("href") or "")
    both = held.first.get_attribute("href") or ""
    step_to(page, "/prepare")
    meeting = page.get_by_role("link", name=re.compile("^Prepare the meeting")).first.get_attribute("href") or ""
    return {"chosen": judged, "case": _case(judged), "both": _case(both), "meeting": meeting}


def _case(link: str) -> str:
    return parse_qs(urlsplit(link).query)["chosen"][0]


def _write(page: Page, cut: Cut, path: Path) -> None:
    left, top, right, _ = page.locator(cut.first).first.evaluate(_BOX)
    others = page.locator(cut.last).first.evaluate(_BOX)
    box = {
        "x": min(left, others[0]) - _AROUND,
        "y": top - _AROUND,
        "width": max(right, others[2]) - min(left, others[0]) + 2 * _AROUND,
        "height": others[3] - top + 2 * _AROUND,
    }
    page.evaluate("document.fonts.ready.then(() => true)")
    page.screenshot(path=path, clip=box)  # type: ignore[arg-type]
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
