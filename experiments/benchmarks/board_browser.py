"""One real Chromium beside the light client: the same clicks at the same board, in turns, while nobody else is there.

The times of Chromium are taken inside the page: from the click to the page drawn whole, and, within that, from the
click sent to the last message, which is what the light client measures.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.async_api import Page, async_playwright

from experiments.benchmarks.board_wire import signed_in, wire

_ROUNDS = 5
_DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]:has(.mat-foot)"
_NOTE = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  window.benchSent = performance.now();
  if (!this.benchHeard) {
    this.benchHeard = true;
    this.addEventListener("message", () => { window.benchHeard = performance.now(); });
  }
  return send.call(this, data);
};
"""
_CLICK = """
([address, title, drawn]) => new Promise((resolve) => {
  const began = performance.now();
  const look = () => {
    const heading = document.querySelector("h1");
    const isThere = heading && heading.textContent === title && document.querySelector(drawn);
    if (isThere) {
      resolve([performance.now() - began, window.benchHeard - window.benchSent]);
    } else {
      requestAnimationFrame(look);
    }
  };
  document.querySelector(`a.go[href="${address}"]`).click();
  requestAnimationFrame(look);
})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Medians in seconds over the same clicks. `light`: the light client. `wire`: the same stretch in Chromium.

    `drawn`: in Chromium, from the click until the page stands whole.
    """

    clicks: int
    light: float
    wire: float
    drawn: float


async def beside(address: str, name: str, pages: Mapping[str, str]) -> Beside | None:
    """Click through pages (address: title) as somebody, in turns; None = Chromium is not on this machine."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        return None
    light: list[float] = []
    seen: list[tuple[float, float]] = []
    async with async_playwright() as playwright, wire(address, await signed_in(address, name)) as opened:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = await browser.new_context(reduced_motion="reduce")
        cookies = await signed_in(address, name)
        await context.add_cookies([{"name": key, "value": value, "url": address} for key, value in cookies.items()])
        page = await context.new_page()
        await page.add_init_script(_NOTE)
        await page.goto(address)
        await page.wait_for_selector(_DRAWN)
        await opened.click("/")
        for _ in range(_ROUNDS):
            for each, title in pages.items():
                light.append((await opened.click(each)).seconds)
                seen.append(await _clicked(page, each, title))
        await browser.close()
    return Beside(
        clicks=len(light),
        light=statistics.median(light),
        wire=statistics.median(each for _, each in seen),
        drawn=statistics.median(each for each, _ in seen),
    )


async def _clicked(page: Page, address: str, title: str) -> tuple[float, float]:
    drawn, heard = await page.evaluate(_CLICK, [address, title, _DRAWN])
    return drawn / 1000, heard / 1000
