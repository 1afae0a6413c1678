"""A test client that checks every page it fetches, so that no test has to remember to."""

from html import unescape
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

XHTML = "{http://www.w3.org/1999/xhtml}"
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
CONTROLS = {"input", "select", "textarea"}
OUTSIDE_HELP = {"988lifeline.org", "findahelpline.com"}
# A name that is kept free for examples, which the tests give the pages that a clinic links to.
EXAMPLES = ".example"
OWN_SCHEMES = {"tel", "sms", "mailto"}


class PageClient(FlaskClient):
    """Check each HTML answer; `redirect=True` is not followed here, so that every step is seen."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        # Nobody reads the page of a redirect, and the framework writes it.
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            problems = page_problems(response.get_data(as_text=True))
            assert problems == [], f"{response.request.path}: {problems}"
        return response

    def token(self, path: str = "/login") -> str:
        """Fetch a page and return the token of its first form."""
        return form_token(self.get(path))

    def submit(self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None) -> TestResponse:
        """Fetch a page with a form (the one at `path` unless told), and post to `path` with its token."""
        return self.post(path, data={"csrf_token": self.token(page or path), **(data or {})})


def plain(text: str) -> Response:
    """Return what a view made for a test answers: text, which is not checked as a page."""
    return Response(text, mimetype="text/plain")


def form_token(response: TestResponse) -> str:
    for element in parsed(response).iter(f"{XHTML}input"):
        if element.get("name") == "csrf_token":
            return element.get("value", "")
    raise AssertionError(f"{response.request.path} has no form with a token")


def parsed(response: TestResponse) -> Element:
    return parse(response.get_data(as_text=True))


def parse(html: str) -> Element:
    # A page with any error of syntax raises here.
    tree: Element = html5lib.HTMLParser(strict=True).parse(html)
    return tree


def text_of(element: Element) -> str:
    return " ".join(unescape("".join(element.itertext())).split())


def page_problems(html: str) -> list[str]:
    """Return everything that is wrong with a page, in words."""
    try:
        tree = parse(html)
    except html5lib.html5parser.ParseError as error:
        return [f"does not parse: {error}"]
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    return [
        *_document_problems(tree, elements),
        *_id_problems(elements),
        *_label_problems(tree, elements),
        *_inline_problems(elements),
        *_link_problems(elements),
    ]


def _document_problems(tree: Element, elements: list[Element]) -> list[str]:
    problems = []
    if not tree.get("lang"):
        problems.append("html has no lang")
    if tree.get("dir") not in ("ltr", "rtl"):
        problems.append("html has no dir")
    titles = [element for element in elements if element.tag == f"{XHTML}title"]
    if len(titles) != 1 or not text_of(titles[0]):
        problems.append("needs one title")
    headings = [element for element in elements if element.tag == f"{XHTML}h1"]
    if len(headings) != 1 or not text_of(headings[0]):
        problems.append(f"has {len(headings)} h1")
    if titles and "depression" in text_of(titles[0]).casefold():
        problems.append("the title names the illness")
    return problems


def _id_problems(elements: list[Element]) -> list[str]:
    ids = [element.get("id", "") for element in elements if element.get("id") is not None]
    doubled = sorted({one for one in ids if ids.count(one) > 1})
    problems = [f"id twice: {one}" for one in doubled]
    for element in elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
            for one in element.get(name, "").split():
                if one not in ids:
                    problems.append(f"{name} names no element: {one}")
    return problems


def _label_problems(tree: Element, elements: list[Element]) -> list[str]:
    labelled = {element.get("for") for element in elements if element.tag == f"{XHTML}label" and text_of(element)}
    within = {
        child for label in tree.iter(f"{XHTML}label") if text_of(label) for child in label.iter() if child is not label
    }
    problems = []
    for element in elements:
        name = element.tag.removeprefix(XHTML)
        if name in CONTROLS and element.get("type") not in UNLABELLED:
            named = element.get("id") in labelled or element in within
            if not named and not element.get("aria-label") and not element.get("aria-labelledby"):
                problems.append(f"no label: {name} {element.get('name')}")
        if name == "button" and not text_of(element) and not element.get("aria-label"):
            problems.append("a button without words")
        if name == "fieldset" and not any(child.tag == f"{XHTML}legend" and text_of(child) for child in element):
            problems.append("a fieldset without a legend")
    return problems


def _inline_problems(elements: list[Element]) -> list[str]:
    problems = []
    for element in elements:
        name = element.tag.rpartition("}")[2]
        if name == "style" or element.get("style") is not None:
            problems.append(f"inline style on {name}")
        if name == "script" and (not element.get("src") or text_of(element)):
            problems.append("inline script")
        problems.extend(f"inline {attribute}" for attribute in element.attrib if attribute.startswith("on"))
    return problems


def _link_problems(elements: list[Element]) -> list[str]:
    problems = []
    for element in elements:
        for name in ("href", "src", "action", "formaction"):
            value = element.get(name)
            if value is not None and not _may_lead_to(value):
                problems.append(f"leads outside: {value}")
    return problems


def _may_lead_to(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in OWN_SCHEMES:
        return True
    if parts.scheme == "https":
        return parts.hostname in OUTSIDE_HELP or (parts.hostname or "").endswith(EXAMPLES)
    return not parts.scheme and not parts.netloc
