"""Read one definition from its folder into a checked Instrument, or report all that is wrong with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_args

from clinic.core.errors import DefinitionError
from clinic.core.instrument import (
    NO_ANSWER,
    NOT_APPLICABLE,
    OWN_WORDS,
    PRIORITIES,
    RESPONDENT,
    WISH,
    ChangeRules,
    Checklist,
    Direction,
    Domain,
    Instrument,
    Item,
    Limits,
    Option,
    Page,
    Prompt,
    SafetyRules,
    Scoring,
    Source,
    Subtheme,
    Theme,
    Valence,
)
from clinic.core.shape import Problem, problems
from clinic.instruments.reader import Reader, read_yaml
from clinic.instruments.words import flatten, word_problems

STRUCTURE = "instrument.yaml"
_STATUSES = ("source", "draft", "reviewed")
_LISTS = ("due_lists", "strengths_list")
_LAST = ("check_answers", "send", "after_submit")


def load(folder: Path) -> Instrument:
    """Return the instrument in a folder, published or not.

    Raises DefinitionError that names every file, key and expectation that does not hold.
    """
    faults: dict[str, list[Problem]] = {STRUCTURE: []}
    tree = read_yaml(folder / STRUCTURE, faults[STRUCTURE])
    if tree is None:
        raise _refusal(folder, faults)
    trees: dict[str, object] = {}
    for path in word_files(folder):
        trees[_language(path)] = read_yaml(path, faults.setdefault(path.name, []))
    words = {language: flatten(one, faults[_file(language)]) for language, one in trees.items() if one is not None}
    instrument = _instrument(Reader(tree, "", faults[STRUCTURE]), words, digest(folder))
    # What was wrong in itself has been said; what follows from it would only be said twice.
    said = {problem.key for problem in faults[STRUCTURE]}
    faults[STRUCTURE] += [problem for problem in problems(instrument) if problem.key not in said]
    for language in dict.fromkeys((*instrument.reviewed, *trees)):
        found = faults.setdefault(_file(language), [])
        if language not in trees:
            found.append(Problem("(file)", f"words in {language}, a language of {STRUCTURE}; there is no such file"))
        elif language not in instrument.reviewed:
            found.append(Problem("(file)", f"a language of {STRUCTURE}; {language} is not there"))
        elif language in words:
            found += word_problems(instrument, language)
    if any(faults.values()):
        raise _refusal(folder, faults)
    return instrument


def digest(folder: Path) -> str:
    """Return the SHA-256 over structure and words: names and contents of the files, line ends as newlines."""
    total = hashlib.sha256()
    for path in sorted([*folder.glob(STRUCTURE), *word_files(folder)]):
        text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        # The length keeps the end of one file from passing for the beginning of the next.
        total.update(f"{path.name}\n{len(text)}\n".encode() + text)
    return total.hexdigest()


def word_files(folder: Path) -> list[Path]:
    """Return the files of words in a folder, by name."""
    return sorted(folder.glob("strings.*.yaml"))


def _language(path: Path) -> str:
    return path.name.removeprefix("strings.").removesuffix(".yaml")


def _file(language: str) -> str:
    return f"strings.{language}.yaml"


def _refusal(folder: Path, faults: Mapping[str, list[Problem]]) -> DefinitionError:
    every = ((file, one) for file, many in faults.items() for one in many)
    lines = dict.fromkeys(f"{file}: {one.key}: expected {one.expected}" for file, one in every)
    places = "1 place" if len(lines) == 1 else f"{len(lines)} places"
    return DefinitionError("\n".join([f"The definition in {folder} is wrong in {places}:", *lines]))


def _instrument(top: Reader, words: dict[str, dict[str, str]], fingerprint: str) -> Instrument:
    source, reviewed = _languages(top.part("languages"))
    order = dict.fromkeys([*sorted(reviewed, key=lambda language: language != source), *words])
    items = {key: _item(key, one) for key, one in top.part("items").parts().items()}
    pages = {key: _page(key, one) for key, one in top.part("pages").parts().items()}
    instrument = Instrument(
        id=top.text("id"),
        version=top.text("version"),
        digest=fingerprint,
        source_language=source,
        reviewed=reviewed,
        themes={key: _theme(key, one) for key, one in top.part("themes").parts().items()},
        subthemes={key: _subtheme(key, one) for key, one in top.part("subthemes").parts().items()},
        pages=pages,
        items=items,
        checklists={key: _checklist(key, one) for key, one in top.part("lists").parts().items()},
        domains={key: _domain(key, one) for key, one in top.part("domains").parts().items()},
        scale=_scale(top.part("scale")),
        picks=top.texts("picks"),
        wishes=top.texts("wishes"),
        respondents=top.texts("respondents"),
        ask_first=frozenset(top.texts("ask_first")),
        limits=_limits(top.part("limits"), len(items)),
        scoring=_scoring(top.part("scoring")),
        change=_change(top.part("change")),
        safety=_safety(top.part("safety")),
        words={language: words.get(language, {}) for language in order},
    )
    _about(top, tuple(pages))
    top.done()
    return instrument


def _about(top: Reader, pages: tuple[str, ...]) -> None:
    # These tell a reader what this is. The path itself is code, so the flow may only say what the code does.
    for key in ("source", "licence_note", "population", "recall"):
        top.text(key)
    top.flag("validated")
    top.must_be("flow", top.texts("flow"), (RESPONDENT, *pages, *_LISTS, WISH, PRIORITIES, OWN_WORDS, *_LAST))


def _languages(part: Reader) -> tuple[str, dict[str, str | None]]:
    reviewed: dict[str, str | None] = {}
    sources: list[str] = []
    for language, one in part.parts().items():
        status = one.one_of("status", _STATUSES)
        reviewed[language] = one.optional_text("reviewed_by")
        if status == "reviewed" and reviewed[language] is None:
            one.note("reviewed_by", "the name of the reviewer of a reviewed language")
        if status == "source":
            sources.append(language)
        one.done()
    if len(sources) != 1:
        part.note("", f"exactly one language with status: source; found {len(sources)}")
    return (sources or [*reviewed, ""])[0], reviewed


def _scale(part: Reader) -> tuple[int, ...]:
    part.must_be("special", part.texts("special"), (NOT_APPLICABLE, NO_ANSWER))
    values = part.wholes("values")
    part.done()
    return values


def _theme(key: str, one: Reader) -> Theme:
    theme = Theme(id=key, paper=one.text("paper"), subthemes=one.texts("subthemes"))
    one.done()
    return theme


def _subtheme(key: str, one: Reader) -> Subtheme:
    subtheme = Subtheme(
        id=key,
        theme=one.text("theme"),
        paper=one.text("paper"),
        items=one.texts("items"),
        domain=one.text_or_null("domain"),
    )
    one.done()
    return subtheme


def _page(key: str, one: Reader) -> Page:
    page = Page(id=key, items=one.texts("items"), has_helper=one.flag("helper"))
    one.done()
    return page


def _item(key: str, one: Reader) -> Item:
    item = Item(
        id=key,
        subtheme=one.text("subtheme"),
        domain=one.text_or_null("domain"),
        direction=one.one_of("direction", get_args(Direction)),
        safety_raw=frozenset(one.wholes("safety_raw_values", absent=())),
        na_cross=one.optional_text("na_cross"),
        has_own_na_label=one.flag("own_na_label", absent=False),
    )
    one.done()
    return item


def _checklist(key: str, one: Reader) -> Checklist:
    options = tuple(_option(row) for row in one.rows("options"))
    checklist = Checklist(key, one.one_of("show", ("always", ""), absent="") == "always", options)
    one.done()
    return checklist


def _option(row: Reader) -> Option:
    option = Option(
        code=row.text("code"),
        valence=row.one_of("valence", get_args(Valence)),
        source=row.one_of("source", get_args(Source)),
        paper=row.text_or_null("paper"),
        cross=row.optional_text("cross"),
        safety=row.one_of("safety", ("B", ""), absent="") == "B",
    )
    row.done()
    return option


def _domain(key: str, one: Reader) -> Domain:
    prompts = []
    for number, row in enumerate(one.rows("prompts")):
        prompts.append(Prompt(number, row.texts("when")))
        row.done()
    domain = Domain(key, one.texts("items"), one.texts("picks"), one.texts("cross"), tuple(prompts))
    one.done()
    return domain


def _limits(part: Reader, items: int) -> Limits:
    part.must_be("core_items", part.whole("core_items"), items)
    limits = Limits(**_wholes(part, Limits))
    part.done()
    return limits


def _scoring(part: Reader) -> Scoring:
    scoring = Scoring(profile=part.text("profile"), **_wholes(part, Scoring))
    part.done()
    return scoring


def _change(part: Reader) -> ChangeRules:
    change = ChangeRules(**_wholes(part, ChangeRules))
    part.done()
    return change


def _wholes(part: Reader, kind: type) -> dict[str, int]:
    return {one.name: part.whole(one.name) for one in fields(kind) if one.type is int}


def _safety(part: Reader) -> SafetyRules:
    phrases = part.part("phrases")
    rules = SafetyRules(
        checkin_options=part.texts("checkin_options"),
        phrases={language: phrases.texts(language) for language in phrases.names()},
        alert_on=frozenset(part.texts("alert_on")),
        wait_minutes=part.whole("wait_minutes"),
        ack_minutes_s3=part.whole("ack_minutes_s3"),
        ack_hours_s2=part.whole("ack_hours_s2"),
        required_settings=part.texts("required_settings"),
    )
    # A clinic may choose another way to show the check-in; these are what it begins with.
    part.one_of("show_checkin", ("triggered", "always", "off"))
    part.text("escalate_to")
    part.done()
    return rules
