"""Filling the form as a person does, page by page, with a finger or with the keyboard alone."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from clinic.core.answers import AnswerSet
from clinic.core.instrument import CHECKIN, OTHER_PICK, OWN_WORDS, PRIORITIES, RESPONDENT, WISH

MOST_PAGES = 30
CONTROLS = """() => [...document.querySelectorAll('main form :is(input, textarea):not([type=hidden])')]
  .map(one => ({id: one.id, name: one.name, value: one.value, type: one.type}))"""
FOCUSED = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const label = one.id && document.querySelector(`label[for="${one.id}"]`)
  const parts = [[one, null], ...(label ? [[label, null], [label, '::before']] : [])]
  const look = () => parts.map(([part, pseudo]) => {
    const s = getComputedStyle(part, pseudo)
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor].join()
  }).join('|')
  const focused = look()
  const box = (label || one).getBoundingClientRect()
  const at = document.elementFromPoint(box.x + Math.min(box.width / 2, 40), box.y + Math.min(box.height / 2, 30))
  const mine = [one, label].filter(Boolean)
  const seen = at !== null && mine.some(part => part.contains(at) || at.contains(part))
  one.blur()
  const plain = look()
  one.focus({preventScroll: true})
  return {id: one.id, name: one.name || '', text: one.textContent.trim(), value: one.value || '', tag: one.tagName,
          ringed: focused !== plain, seen}
}"""

Plan = Mapping[str, Collection[str]]


def plan_of(given: AnswerSet) -> dict[str, list[str]]:
    """Return what to choose or type by a field's name."""
    plan: dict[str, list[str]] = {item: [str(raw)] for item, raw in given.answers.items() if raw is not None}
    for tick in sorted(given.ticks):
        block, _, code = tick.partition(".")
        plan.setdefault(block, []).append(code)
    plan[PRIORITIES] = list(given.picks)
    plan |= {f"{WISH}-{domain}": [wish] for domain, wish in given.wishes.items()}
    for key, words in given.texts.items():
        plan["TXT" if key == OWN_WORDS else f"{PRIORITIES if key == OTHER_PICK else key}-text"] = [words]
    if given.checkin:
        plan[CHECKIN] = [given.checkin]
    if given.respondent:
        plan[RESPONDENT] = [given.respondent]
    return plan


class Hand(Protocol):
    """Chooses, types and presses."""

    def choose(self, page: Page, control: Mapping[str, str]) -> None: ...
    def type(self, page: Page, control: Mapping[str, str], words: str) -> None: ...
    def press(self, page: Page, go: str) -> None: ...


class Finger:
    """Taps on words, as on a phone."""

    def choose(self, page: Page, control: Mapping[str, str]) -> None:
        label = label_of(page, control)
        if not label.is_visible():
            page.locator("details:not([open])", has=label).locator("summary").click()
        # The button itself may lie over its words: what counts is that a tap on the words chooses.
        label.click(force=True)
        expect(page.locator(f"[id='{control['id']}']")).to_be_checked()

    def type(self, page: Page, control: Mapping[str, str], words: str) -> None:
        page.locator(f"[id='{control['id']}']").fill(words)

    def press(self, page: Page, go: str) -> None:
        with page.expect_navigation():
            page.locator(f"main button[name=go][value={go}]").first.click()


@dataclass
class Keys:
    """Uses Tab, arrows, Space and Enter alone; `problems` are the stops whose focus could not be seen."""

    problems: list[str] = field(default_factory=list)
    stops: int = 0

    def choose(self, page: Page, control: Mapping[str, str]) -> None:
        # A group of radio buttons is one stop: the arrows lead on within it.
        radio = control["type"] == "radio"
        label = label_of(page, control)
        if not label.is_visible():
            self._to(page, lambda at: at["tag"] == "SUMMARY" and page.locator("main details :focus").count() > 0)
            page.keyboard.press("Enter")
        at = self._to(page, lambda at: at["name"] == control["name"] if radio else at["id"] == control["id"])
        if not radio or at["id"] == control["id"]:
            page.keyboard.press("Space")
        for _ in range(8):
            if at["id"] == control["id"]:
                return
            page.keyboard.press("ArrowDown")
            at = self._look(page)
        raise AssertionError(f"the arrows do not lead to {control}")

    def type(self, page: Page, control: Mapping[str, str], words: str) -> None:
        self._to(page, lambda at: at["id"] == control["id"])
        page.keyboard.type(words)

    def press(self, page: Page, go: str) -> None:
        self._to(page, lambda at: at["tag"] == "BUTTON" and at["name"] == "go" and at["value"] == go)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def _to(self, page: Page, found: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        for _ in range(60):
            page.keyboard.press("Tab")
            at = self._look(page)
            if found(at):
                return at
        raise AssertionError(f"{page.url}: Tab does not lead there")

    def _look(self, page: Page) -> Mapping[str, Any]:
        at = page.evaluate(FOCUSED)
        if at is None:
            return {"id": "", "name": "", "text": "", "value": "", "tag": ""}
        self.stops += 1
        words = at["text"] or at["id"]
        if not at["ringed"]:
            self.problems.append(f"{page.url}: nothing shows that the focus is on “{words}”")
        if not at["seen"]:
            self.problems.append(f"{page.url}: “{words}” has the focus and is covered or out of sight")
        found: Mapping[str, Any] = at
        return found


def label_of(page: Page, control: Mapping[str, str]) -> Locator:
    return page.locator(f"label[for='{control['id']}']")


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def fill_page(page: Page, plan: Plan, hand: Hand | None = None) -> None:
    """Choose and type what the plan says for the fields of the page, from top to bottom."""
    hand = hand or Finger()
    for control in page.evaluate(CONTROLS):
        wanted = plan.get(control["name"], ())
        if control["type"] in ("radio", "checkbox"):
            if control["value"] in wanted:
                hand.choose(page, control)
        elif wanted:
            hand.type(page, control, *wanted)


def pages(page: Page, given: AnswerSet, hand: Hand | None = None, *, until: str = "/form/done") -> Iterator[str]:
    """Fill page after page until one at this address shows; give the address of each before it is filled."""
    hand, plan = hand or Finger(), plan_of(given)
    for _ in range(MOST_PAGES):
        here = path_of(page)
        yield here
        if here == until:
            return
        if here != "/form/support":
            fill_page(page, plan, hand)
        hand.press(page, "send" if here == "/form/check" else "next")
    raise AssertionError(f"the form does not end: {page.url}")


def walk(
    page: Page,
    given: AnswerSet,
    hand: Hand | None = None,
    *,
    until: str = "/form/done",
    on_page: Callable[[Page], object] = lambda _page: None,
) -> list[str]:
    """Fill page after page until one at this address shows; return the addresses of the pages seen."""
    seen = []
    for here in pages(page, given, hand, until=until):
        seen.append(here)
        on_page(page)
    return seen
