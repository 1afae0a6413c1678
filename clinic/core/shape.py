"""Find everything in an instrument that does not fit together: ids, memberships, numbers and limits."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from clinic.core.instrument import (
    HELPED,
    NO_ANSWER,
    NO_PICK,
    NONE_OF_THESE,
    OTHER_PICK,
    PROXY,
    SELF,
    SOMETHING_ELSE,
    Domain,
    Instrument,
)
from clinic.core.safety import LEVELS, plain

# The burden is counted as 4 minus the raw answer and a score as 25 a step, so no other scale can be scored.
SCALE = (0, 1, 2, 3, 4)
CHECKIN_OPTIONS = frozenset({"no", "yes_past", "yes_now", NO_ANSWER})
WISHES = frozenset({"now", "later", "no", NO_ANSWER})
RESPONDENTS = frozenset({SELF, HELPED, PROXY})
QUALITY_NOTES = ("fast", "identical", "many_na")
CONTEXT_NOTES = ("no_current_treatment",)

# Ids become parts of dotted keys, of page addresses and of column names.
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the dotted key where it stands, and what was expected there."""

    key: str
    expected: str


def problems(instrument: Instrument) -> list[Problem]:
    """Return every way in which an instrument contradicts itself; an empty list means that it may be used."""
    found = [
        *_ids(instrument),
        *_themes(instrument),
        *_pages(instrument),
        *_items(instrument),
        *_checklists(instrument),
        *_domains(instrument),
        *_choices(instrument),
        *_numbers(instrument),
        *_safety(instrument),
    ]
    return list(dict.fromkeys(found))


def most_questions(instrument: Instrument) -> int:
    """Return how many questions one person can be asked at most, by the structure alone.

    Who answers, the core items, the due lists, the strengths list, the check-in, one wish for each gap, the
    picks and own words.
    """
    always = sum(one.always for one in instrument.checklists.values())
    due = min(instrument.limits.max_followups, len(instrument.checklists) - always)
    return 1 + len(instrument.items) + due + always + 1 + len(instrument.domains) + 2


def _ids(instrument: Instrument) -> Iterator[Problem]:
    groups: dict[str, Iterable[str]] = {
        "themes": instrument.themes,
        "subthemes": instrument.subthemes,
        "pages": instrument.pages,
        "items": instrument.items,
        "lists": instrument.checklists,
        "domains": instrument.domains,
    }
    for group, ids in groups.items():
        for one in ids:
            if not _ID.fullmatch(one):
                yield Problem(f"{group}.{one}", "an id of letters, digits and _ that begins with a letter")


def _themes(instrument: Instrument) -> Iterator[Problem]:
    for key, theme in instrument.themes.items():
        yield from _known(f"themes.{key}.subthemes", theme.subthemes, instrument.subthemes, "a subtheme")
    for key, subtheme in instrument.subthemes.items():
        at = f"subthemes.{key}"
        yield from _known(f"{at}.theme", [subtheme.theme], instrument.themes, "a theme")
        holders = [name for name, theme in instrument.themes.items() if key in theme.subthemes]
        if holders != [subtheme.theme]:
            yield Problem(f"{at}.theme", f"to stand in its own theme only; it stands in {_list(holders)}")
        yield from _known(f"{at}.items", subtheme.items, instrument.items, "an item")
        if not subtheme.items:
            yield Problem(f"{at}.items", "at least one item")
        if key not in instrument.checklists:
            yield Problem(f"lists.{key}", "a list, because every subtheme has one; it is missing")
        yield from _known_or_none(f"{at}.domain", subtheme.domain, instrument.domains, "a domain")
        for one in subtheme.items:
            item = instrument.items.get(one)
            if item and item.domain != subtheme.domain:
                yield Problem(f"items.{one}.domain", f"{_id(subtheme.domain)}, like its subtheme {key}")
    # Answers store the order of the subthemes nowhere, so Table 1 must read the same in both places.
    in_themes = [one for theme in instrument.themes.values() for one in theme.subthemes]
    if sorted(in_themes) == sorted(instrument.subthemes) and in_themes != list(instrument.subthemes):
        yield Problem("subthemes", f"the order of the themes: {_list(in_themes)}")


def _pages(instrument: Instrument) -> Iterator[Problem]:
    seats = Counter(item for page in instrument.pages.values() for item in page.items)
    for key, page in instrument.pages.items():
        yield from _known(f"pages.{key}.items", page.items, instrument.items, "an item")
        if not page.items:
            yield Problem(f"pages.{key}.items", "at least one item")
    for item in instrument.items:
        if seats[item] != 1:
            yield Problem(f"items.{item}", f"to stand on exactly one page; it stands on {seats[item]}")


def _items(instrument: Instrument) -> Iterator[Problem]:
    for key, item in instrument.items.items():
        at = f"items.{key}"
        yield from _known(f"{at}.subtheme", [item.subtheme], instrument.subthemes, "a subtheme")
        holders = [name for name, subtheme in instrument.subthemes.items() if key in subtheme.items]
        if holders != [item.subtheme]:
            yield Problem(f"{at}.subtheme", f"to stand in its own subtheme only; it stands in {_list(holders)}")
        yield from _known_or_none(f"{at}.domain", item.domain, instrument.domains, "a domain")
        yield from _known_or_none(f"{at}.na_cross", item.na_cross, instrument.domains, "a domain")
        if item.na_cross is not None and item.na_cross == item.domain:
            yield Problem(f"{at}.na_cross", "a domain other than the item's own")
        if not item.safety_raw <= set(instrument.scale):
            yield Problem(f"{at}.safety_raw_values", f"values of the scale {_list(instrument.scale)}")


def _checklists(instrument: Instrument) -> Iterator[Problem]:
    for key, one in instrument.checklists.items():
        at = f"lists.{key}"
        if key not in instrument.subthemes:
            yield Problem(at, f"the id of a subtheme; allowed are {_list(instrument.subthemes)}")
        if not one.options:
            yield Problem(f"{at}.options", "at least one option")
        for code, times in Counter(option.code for option in one.options).items():
            if times > 1:
                yield Problem(f"{at}.options.{code}", f"each code once in a list; it stands {times} times")
        for option in one.options:
            where = f"{at}.options.{option.code}"
            if not _ID.fullmatch(option.code) or option.code in (SOMETHING_ELSE, NONE_OF_THESE):
                yield Problem(where, "a code of letters, digits and _, other than those that every list has")
            if (option.source == "table1") != (option.paper is not None):
                yield Problem(f"{where}.paper", "the paper's term for table1, null for an extension")
            yield from _cross(instrument, key, where, option.code, option.cross)
    if (always := sum(one.always for one in instrument.checklists.values())) != 1:
        yield Problem("lists", f"exactly one list with show: always; found {always}")
    yield from _known("ask_first", sorted(instrument.ask_first), instrument.checklists, "a list")
    for key in dict.fromkeys(tick.partition(".")[0] for tick in sorted(instrument.safety_ticks)):
        if key not in instrument.ask_first:
            yield Problem("ask_first", f"every list with a safety code; {key} is missing")


def _cross(instrument: Instrument, key: str, where: str, code: str, cross: str | None) -> Iterator[Problem]:
    yield from _known_or_none(f"{where}.cross", cross, instrument.domains, "a domain")
    subtheme = instrument.subthemes.get(key)
    if cross is not None and subtheme and cross == subtheme.domain:
        yield Problem(f"{where}.cross", "a domain other than the list's own")
    domain = instrument.domains.get(cross) if cross else None
    if domain and f"{key}.{code}" not in domain.cross:
        yield Problem(f"domains.{cross}.cross", f"to hold {key}.{code}, whose option points to this domain")


def _domains(instrument: Instrument) -> Iterator[Problem]:
    for key, domain in instrument.domains.items():
        at = f"domains.{key}"
        yield from _known(f"{at}.items", domain.items, instrument.items, "an item")
        if not domain.items:
            yield Problem(f"{at}.items", "at least one item")
        for one in domain.items:
            item = instrument.items.get(one)
            if item and item.domain != key:
                yield Problem(f"items.{one}.domain", f"{key}, because domains.{key}.items holds {one}")
        for one, item in instrument.items.items():
            if item.domain == key and one not in domain.items:
                yield Problem(f"{at}.items", f"to hold {one}, whose domain is {key}")
        topics = [pick for pick in instrument.picks if pick not in (OTHER_PICK, NO_PICK)]
        yield from _known(f"{at}.picks", domain.picks, topics, "a pick")
        for code in domain.cross:
            option = instrument.options.get(code)
            if option is None:
                yield Problem(f"{at}.cross", f"a code of a list as SUB.code; {code} is none")
            elif option.cross != key:
                yield Problem(f"{at}.cross", f"codes whose option says cross: {key}; {code} does not")
        yield from _prompts(instrument, at, domain)
    picks = Counter(pick for domain in instrument.domains.values() for pick in domain.picks)
    for pick, times in picks.items():
        if times > 1:
            yield Problem("domains", f"each pick in one domain at most; {pick} stands in {times}")


def _prompts(instrument: Instrument, at: str, domain: Domain) -> Iterator[Problem]:
    if len(domain.prompts) < 2:
        yield Problem(f"{at}.prompts", "at least two, because the page prints two")
    for prompt in domain.prompts:
        for when in prompt.when:
            name, _, rest = when.partition(".")
            whole_list = rest == "*" and name in instrument.checklists
            note = when.startswith("note:") and when.removeprefix("note:") in CONTEXT_NOTES
            if not (when in instrument.options or whole_list or note):
                yield Problem(
                    f"{at}.prompts.{prompt.number}.when",
                    f'SUB.code, "SUB.*" or "note:{CONTEXT_NOTES[0]}"; {when} is none of these',
                )


def _choices(instrument: Instrument) -> Iterator[Problem]:
    topics = [pick for pick in instrument.picks if pick not in (OTHER_PICK, NO_PICK)]
    yield from _known("picks", topics, instrument.subthemes, "a subtheme")
    if instrument.picks[-2:] != (OTHER_PICK, NO_PICK):
        yield Problem("picks", f"{OTHER_PICK} and {NO_PICK} as the last two")
    yield from _exactly("wishes", instrument.wishes, WISHES)
    yield from _exactly("respondents", instrument.respondents, RESPONDENTS)
    yield from _exactly("safety.checkin_options", instrument.safety.checkin_options, CHECKIN_OPTIONS)
    if instrument.scale != SCALE:
        yield Problem("scale.values", f"{_list(SCALE)}, the only scale that the scoring knows")


def _numbers(instrument: Instrument) -> Iterator[Problem]:
    s, c, limits = instrument.scoring, instrument.change, instrument.limits
    lists = len(instrument.checklists)
    if not 0 < s.watch < s.gap < s.priority <= 100:
        yield Problem("scoring", f"0 < watch < gap < priority <= 100; found {s.watch}, {s.gap}, {s.priority}")
    bounds = (
        ("scoring.priority_min_answered", s.priority_min_answered, 1, len(instrument.items)),
        ("scoring.worst_burden", s.worst_burden, 1, SCALE[-1]),
        ("scoring.cross_min_burden", s.cross_min_burden, 1, SCALE[-1]),
        ("scoring.also_high", s.also_high, 1, 100),
        ("scoring.also_high_max", s.also_high_max, 1, len(instrument.subthemes)),
        ("scoring.strength_min_raw", s.strength_min_raw, 1, SCALE[-1]),
        ("scoring.min_valid_subthemes", s.min_valid_subthemes, 1, len(instrument.subthemes)),
        ("scoring.identical_count", s.identical_count, 2, len(instrument.items)),
        ("scoring.many_na", s.many_na, 1, len(instrument.items)),
        ("scoring.fast_seconds", s.fast_seconds, 1, 3600),
        ("change.min_items_domain", c.min_items_domain, 1, len(instrument.items)),
        ("change.min_items_overall", c.min_items_overall, 1, len(instrument.items)),
        ("change.min_days_apart", c.min_days_apart, 0, 366),
        ("limits.max_followups", limits.max_followups, 1, lists),
        ("limits.max_picks", limits.max_picks, 1, max(len(instrument.picks) - 1, 1)),
        ("limits.else_chars", limits.else_chars, 1, 10_000),
        ("limits.own_words_chars", limits.own_words_chars, 1, 10_000),
    )
    for key, value, least, most in bounds:
        if not least <= value <= most:
            yield Problem(key, f"a number from {least} to {most}; found {value}")
    ordered = (
        ("change.domain_possible", c.domain_possible, "domain_clear", c.domain_clear),
        ("change.overall_possible", c.overall_possible, "overall_clear", c.overall_clear),
        ("limits.minutes_few", limits.minutes_few, "minutes_max", limits.minutes_max),
    )
    for key, lower, name, upper in ordered:
        if not 0 < lower < upper <= 100:
            yield Problem(key, f"more than 0 and less than {name}, at most 100; found {lower} and {upper}")
    if limits.else_chars > limits.own_words_chars:
        yield Problem("limits.else_chars", f"at most own_words_chars ({limits.own_words_chars})")
    if (most := most_questions(instrument)) > limits.hard_cap_questions:
        yield Problem("limits.hard_cap_questions", f"at least {most}, as many as one person can be asked")


def _safety(instrument: Instrument) -> Iterator[Problem]:
    rules = instrument.safety
    yield from _known("safety.alert_on", sorted(rules.alert_on), LEVELS[1:], "a level that can alert")
    if "S3" not in rules.alert_on:
        yield Problem("safety.alert_on", "S3 among the levels that alert")
    for name in ("wait_minutes", "ack_minutes_s3", "ack_hours_s2"):
        if (value := getattr(rules, name)) < 1:
            yield Problem(f"safety.{name}", f"at least 1; found {value}")
    for language, phrases in rules.phrases.items():
        at = f"safety.phrases.{language}"
        for phrase in phrases:
            normal = plain(phrase).strip()
            if phrase != normal or not re.fullmatch(r"\w+(?: \w+)*", phrase):
                yield Problem(at, f"phrases in normal form; {phrase!r} would be {normal!r}")
    for language in instrument.reviewed:
        if not rules.phrases.get(language):
            yield Problem(f"safety.phrases.{language}", "at least one phrase for every language")
    if not rules.required_settings:
        yield Problem("safety.required_settings", "at least one, or forms open with nobody responsible")


def _known(key: str, ids: Iterable[str], known: Collection[str], what: str) -> Iterator[Problem]:
    for one in ids:
        if one not in known:
            yield Problem(key, f"the id of {what}; {_id(one)} is none of {_list(known)}")


def _known_or_none(key: str, one: str | None, known: Collection[str], what: str) -> Iterator[Problem]:
    return _known(key, [] if one is None else [one], known, f"{what}, or null")


def _exactly(key: str, given: tuple[str, ...], expected: frozenset[str]) -> Iterator[Problem]:
    if set(given) != expected:
        yield Problem(key, f"exactly {_list(sorted(expected))}; found {_list(given)}")


def _id(one: str | None) -> str:
    return "null" if one is None else one or "an empty id"


def _list(ids: Iterable[object]) -> str:
    return ", ".join(map(str, ids)) or "none"
