"""A browser page that is watched: what it logs, what it asks other places for, and what axe-core finds on it."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SCHEMES = ("light", "dark")
PHONE, DESK = 360, 1280
HEIGHTS = {PHONE: 740, DESK: 800}

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !one.closest('.bc-scroll, svg'))
    .slice(0, 4).map(one => one.tagName + '.' + one.className + ' ends at ' + one.getBoundingClientRect().right)
    .concat('the page is ' + document.documentElement.scrollWidth + ' wide, the screen ' + width)
}"""
RUN_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found =>
  found.violations.flatMap(one => one.nodes.slice(0, 3).map(node =>
    one.id + ': ' + node.target.join(' ') + ' (' + (node.failureSummary || '').replace(/\\s+/g, ' ') + ')')))"""


@dataclass
class Watch:
    """What went wrong on a page so far, beside what a test looks at itself."""

    origin: str
    problems: list[str] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        """Begin to watch a page."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # The browser logs the status of a refused page as well, and that page is meant to be refused.
        is_status = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        refused = message.text.startswith("Failed to load resource: the server responded with a status of 503")
        if (is_status or refused) and message.location["url"] in self.documents:
            return
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin and parts.scheme not in ("data", "blob"):
            self.problems.append(f"asked another place: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.request.resource_type == "document":
            self.documents.add(response.url)
        elif response.status >= 400:
            self.problems.append(f"{response.status} for {response.url}")


def overflow(page: Page) -> list[str]:
    """Return what makes a page scroll sideways."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


def examine(page: Page, name: str) -> list[str]:
    """Return what is wrong with a page in both colour schemes, at a phone's and at a desk's width.

    Everything on it that can be folded is open. Where CLINIC_TEST_SHOTS names a folder, pictures are kept there for
    people to look at.
    """
    before = page.viewport_size
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found, shots = [], os.environ.get("CLINIC_TEST_SHOTS")
    for width, height in HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{name} {width}: {one}" for one in overflow(page)]
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{name} {width} {scheme}: {one}" for one in page.evaluate(RUN_AXE, list(RULES))]
            if shots:
                page.screenshot(path=f"{shots}/{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
    return found


def said(problems: list[str]) -> str:
    """Return problems one a line, for the message of a failed test."""
    return json.dumps(problems, indent=1, ensure_ascii=False)
