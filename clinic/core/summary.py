"""A result to the one page: every line in words of one language, built once for screen and PDF."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from clinic.core.answers import AnswerSet
from clinic.core.change import compare
from clinic.core.gaps import wish_domains
from clinic.core.instrument import NO_PICK, NONE_OF_THESE, OTHER_PICK, OWN_WORDS, SOMETHING_ELSE, Instrument
from clinic.core.occasion import AgreedBefore, Occasion
from clinic.core.page import (
    Agreed,
    AnswerGroup,
    AnswerRow,
    Bar,
    Context,
    Fact,
    Footer,
    Gaps,
    Header,
    High,
    Matters,
    OwnWords,
    Page,
    Run,
    Text,
    ThemeBars,
)
from clinic.core.path import asked_lists
from clinic.core.result import Result, evaluate
from clinic.core.scoring import Score
from clinic.core.summary_gaps import gap_box
from clinic.core.summary_safety import safety_strip
from clinic.core.voice import Voice, lowered, plain, raised, strong

OWN_WORDS_SHOWN = 300
AGREED_ROWS = 3
NO_SCORE = "–"


def build(
    instrument: Instrument, frame: Mapping[str, Any], language: str, given: AnswerSet, occasion: Occasion
) -> Page:
    """Return the one page for an answer set, in a language that the instrument and the frame have."""
    voice = Voice(instrument, frame, language)
    result = evaluate(instrument, given, occasion.core_seconds)
    asked = wish_domains(instrument, given, result.scores.burdens)
    return Page(
        language=language,
        title=f"{voice.put('document')}: {voice.put('kind')}",
        clip_mark=voice.put("clip"),
        more_mark=voice.put("more"),
        header=_header(voice, given, result, occasion),
        safety=safety_strip(voice, given, result.safety, occasion),
        matters=_matters(voice, given, occasion),
        gaps=_gaps(voice, given, result, occasion, asked),
        context=_context(voice, given, result),
        themes=_themes(voice, result),
        agreed=_agreed(voice, occasion),
        footer=_footer(voice, given, occasion),
        all_answers=tuple(_all_answers(voice, given, result, asked)),
    )


def _header(voice: Voice, given: AnswerSet, result: Result, occasion: Occasion) -> Header:
    done = result.completion
    visit = voice.weekday_moment(occasion.visit_at) if occasion.visit_at else voice.put("no_visit")
    if occasion.clinician:
        visit = f"{visit} · {occasion.clinician}"
    filled = voice.moment(occasion.filled_at) if occasion.filled_at else voice.put("not_given")
    who = voice.put(f"respondent.{given.respondent or 'none'}")
    count = voice.put(f"completion.{done.state}", n=done.responded, all=done.items)
    told = occasion.form_language
    language = voice.frame.get(f"languages.{told}", told) if told else voice.put("not_given")
    notes = [] if occasion.is_sent else [voice.put("not_sent")]
    notes += [voice.put("note", note=voice.say(f"quality.{note}")) for note in done.quality_notes]
    notes += [voice.say(f"context.{note}") for note in done.context_notes]
    return Header(
        document=voice.put("document"),
        kind=voice.put("kind"),
        visit=Fact(voice.put("visit"), visit),
        name=occasion.name or voice.put("unread_name" if occasion.is_damaged else "no_name"),
        ids=(
            Fact(voice.put("born"), _born(voice, occasion)),
            Fact(voice.put("record"), occasion.record_number or _lacks(voice, occasion)),
        ),
        facts=(
            Fact(voice.put("filled" if occasion.is_sent else "saved"), filled),
            Fact(voice.put("how"), voice.put(f"mode.{occasion.mode}")),
            Fact(voice.put("language"), language),
            Fact(voice.put("by"), who, loud=given.by_proxy),
            Fact(voice.put("answers"), count, loud=done.state != "complete"),
            Fact(voice.put("instrument"), voice.put("instrument_version", version=voice.instrument.version)),
        ),
        notes=tuple(notes),
    )


def _born(voice: Voice, occasion: Occasion) -> str:
    born = occasion.born_on
    if born is None:
        return _lacks(voice, occasion)
    today = occasion.printed_at.date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return voice.put("date.age", day=voice.day(born), age=age)


def _lacks(voice: Voice, occasion: Occasion) -> str:
    return voice.put("unread" if occasion.is_damaged else "not_given")


def _matters(voice: Voice, given: AnswerSet, occasion: Occasion) -> Matters:
    proxy = "_proxy" if given.by_proxy else ""
    own = given.texts.get(OWN_WORDS, "").strip()
    last_label = (
        voice.put("last_on", day=voice.day(occasion.agreed_before_on))
        if occasion.agreed_before_on
        else voice.put("last")
    )
    return Matters(
        title=voice.put(f"matters{proxy}"),
        picks=tuple(_pick(voice, given, pick) for pick in given.picks),
        no_picks=voice.put("no_picks"),
        words_label=voice.put(f"words{proxy}"),
        words=_own_words(voice, own) if own else None,
        no_words=voice.put("no_words"),
        last_label=last_label,
        last=tuple(_before(voice, one) for one in occasion.agreed_before),
        no_last=voice.put("no_last"),
    )


def _before(voice: Voice, one: AgreedBefore) -> Text:
    outcome = voice.put(f"outcome.{one.happened or 'none'}")
    if one.helped is not None:
        outcome = voice.put("outcome.helped", outcome=outcome, amount=lowered(voice.say(f"scale.{one.helped}")))
    who = f" ({voice.put(f'done_by.{one.who}')})" if one.who else ""
    return (Run(f"{outcome}: ", "strong"), Run(f"{one.what}{who}"))


def _pick(voice: Voice, given: AnswerSet, pick: str) -> Text:
    label = voice.say(f"pick.{pick}")
    words = given.texts.get(OTHER_PICK, "").strip() if pick == OTHER_PICK else ""
    if words:
        return strong(voice.put("other_pick", label=label, words=words))
    return plain(label) if pick == NO_PICK else strong(label)


def _own_words(voice: Voice, own: str) -> OwnWords:
    if len(own) <= OWN_WORDS_SHOWN:
        return OwnWords(voice.quoted(own), None, own)
    # The cut falls between words, unless somebody wrote three hundred characters without a space.
    whole_words = re.match(rf"(?s).{{1,{OWN_WORDS_SHOWN}}}(?=\s)", own)
    shown = (whole_words[0] if whole_words else own[:OWN_WORDS_SHOWN]).rstrip()
    mark = voice.put("cut", shown=len(shown), all=len(own))
    return OwnWords(f"{voice.put('quote_open')}{shown} …", mark, own)


def _gaps(voice: Voice, given: AnswerSet, result: Result, occasion: Occasion, asked: Collection[str]) -> Gaps:
    earlier = occasion.earlier
    changes = compare(voice.instrument, earlier.given, given) if earlier else {}
    legend = voice.put("legend_proxy" if given.by_proxy else "legend")
    return Gaps(
        title=voice.put("gaps"),
        note=_compared(voice, given, occasion),
        legend=legend if any(gap.open for gap in result.gaps.values()) else None,
        boxes=tuple(
            gap_box(voice, given, result, gap, occasion, changes.get(key), is_asked=key in asked)
            for key, gap in result.gaps.items()
        ),
    )


def _compared(voice: Voice, given: AnswerSet, occasion: Occasion) -> str:
    today: date = (occasion.filled_at or occasion.printed_at).date()
    told = []
    if occasion.earlier:
        then = occasion.earlier.filled_on
        days = (today - then).days
        near = days < voice.instrument.change.min_days_apart
        told.append(voice.put("overlap" if near else "compared", day=voice.short_day(then), days=days))
    elif occasion.other_kind_on:
        key = "other_kind_now" if given.by_proxy else "other_kind"
        told.append(voice.put(key, day=voice.short_day(occasion.other_kind_on)))
    if occasion.other_rules_on:
        told.append(voice.put("other_rules", day=voice.short_day(occasion.other_rules_on)))
    if occasion.unsent_on:
        told.append(voice.put("unsent", day=voice.short_day(occasion.unsent_on)))
    return " ".join(told) or voice.put("first_form")


def _context(voice: Voice, given: AnswerSet, result: Result) -> Context:
    return Context(
        helps_title=voice.put("helps"),
        helps=tuple(_strength(voice, given, one) for one in result.strengths),
        no_helps=voice.put("no_helps"),
        high_title=voice.put("high"),
        high_note=voice.put("high_note"),
        high=tuple(_high(voice, given, result, key) for key in result.also_high),
        no_high=voice.put("no_high"),
    )


def _strength(voice: Voice, given: AnswerSet, key: str) -> str:
    if key in voice.instrument.items:
        answer = voice.answer(key, given.answers.get(key))
        return raised(voice.put("strength", item=voice.say(f"item.{key}.short"), answer=answer.lower()))
    return voice.option(key)


def _high(voice: Voice, given: AnswerSet, result: Result, key: str) -> High:
    name = voice.put("high_row", name=voice.say(f"subtheme.{key}"), score=result.scores.subthemes[key].shown)
    ticked = [
        voice.option(f"{key}.{option.code}")
        for option in voice.instrument.checklists[key].options
        if option.valence in ("barrier", "need") and f"{key}.{option.code}" in given.ticks
    ]
    other = given.texts.get(key, "").strip()
    if other and key in result.checklists_due:
        ticked.append(voice.put("something_else", words=other))
    return High(name, tuple(ticked) if key in result.checklists_due else ())


def _themes(voice: Voice, result: Result) -> tuple[ThemeBars, ...]:
    def bar(key: str) -> Bar:
        score: Score = result.scores.subthemes[key]
        return Bar(voice.say(f"subtheme.{key}"), score.shown, NO_SCORE if score.shown is None else str(score.shown))

    return tuple(
        ThemeBars(voice.say(f"theme.{theme.id}"), tuple(bar(key) for key in theme.subthemes))
        for theme in voice.instrument.themes.values()
    )


def _agreed(voice: Voice, occasion: Occasion) -> Agreed:
    rows = [
        (
            one.what,
            raised(voice.put(f"done_by.{one.who}")) if one.who else "",
            voice.day(one.due_on) if one.due_on else voice.put("next_visit"),
        )
        for one in occasion.agreed_today[:AGREED_ROWS]
    ]
    empty = [("", "", "")] * (AGREED_ROWS - len(rows))
    return Agreed(
        title=voice.put("agreed"),
        columns=(voice.put("what"), voice.put("who"), voice.put("when")),
        rows=(*rows, *empty),
        notes_label=voice.put("notes"),
    )


def _footer(voice: Voice, given: AnswerSet, occasion: Occasion) -> Footer:
    rules = voice.instrument.scoring
    source = voice.language == voice.instrument.source_language
    status = "source" if source else "reviewed" if occasion.reviewer else "draft"
    printed = voice.put(
        "printed" if occasion.printed_by else "printed_nobody",
        by=occasion.printed_by,
        at=voice.moment(occasion.printed_at),
        version=voice.instrument.version,
        profile=rules.profile,
        language=voice.frame.get(f"languages.{voice.language}", voice.language),
        status=voice.put(f"status.{status}", name=occasion.reviewer),
    )
    return Footer(
        disclaimer=voice.say("disclaimer.summary_proxy" if given.by_proxy else "disclaimer.summary"),
        scale=voice.put("scale", watch=rules.watch, gap=rules.gap, priority=rules.priority),
        printed=printed,
        page=voice.put("page"),
    )


def _all_answers(voice: Voice, given: AnswerSet, result: Result, asked: Collection[str]) -> Iterator[AnswerGroup]:
    instrument = voice.instrument
    none = voice.put("all.none")
    who = voice.say(f"respondent.{given.respondent}") if given.respondent else voice.put("respondent.none")
    yield AnswerGroup(voice.put("all.respondent"), (AnswerRow(voice.say("respondent.text"), who),))
    for page in instrument.pages.values():
        rows = (AnswerRow(voice.say(f"item.{i}.text"), voice.answer(i, given.answers.get(i))) for i in page.items)
        yield AnswerGroup(voice.say(f"page.{page.id}.heading"), tuple(rows))
    lists = (*asked_lists(instrument, given), instrument.strengths_list)
    rows = (AnswerRow(voice.say(f"list.{key}.prompt"), _ticked(voice, given, key) or none) for key in lists)
    yield AnswerGroup(voice.put("all.ticked"), tuple(rows))
    if given.checkin or result.safety.triggers:
        proxy = "_proxy" if given.by_proxy else ""
        question = voice.say("safety.checkin.text_proxy" if given.by_proxy else "safety.checkin.text")
        answer = voice.say(f"safety.checkin{proxy}.{given.checkin}") if given.checkin else none
        yield AnswerGroup(voice.put("all.safety"), (AnswerRow(question, answer),))
    wishes = tuple(
        AnswerRow(voice.put("all.wish", domain=voice.say(f"domain.{key}")), _wish(voice, given, key) or none)
        for key in asked
    )
    if wishes:
        yield AnswerGroup(voice.put("all.wishes"), wishes)
    picks = " · ".join("".join(run.text for run in _pick(voice, given, pick)) for pick in given.picks)
    yield AnswerGroup(
        voice.put("all.own_words"),
        (
            AnswerRow(voice.put("all.priorities"), picks or voice.put("all.nothing")),
            AnswerRow(voice.say("own_words.text"), given.texts.get(OWN_WORDS, "").strip() or none),
        ),
    )


def _wish(voice: Voice, given: AnswerSet, domain: str) -> str | None:
    wish = given.wishes.get(domain)
    return voice.say(f"wish.{wish}") if wish else None


def _ticked(voice: Voice, given: AnswerSet, key: str) -> str:
    options = voice.instrument.checklists[key].options
    words = [voice.option(f"{key}.{o.code}") for o in options if f"{key}.{o.code}" in given.ticks]
    own = given.texts.get(key, "").strip()
    if own:
        words.append(voice.put("something_else", words=own))
    elif f"{key}.{SOMETHING_ELSE}" in given.ticks:
        words.append(voice.say("list.something_else"))
    if f"{key}.{NONE_OF_THESE}" in given.ticks:
        words.append(voice.say("list.none_of_these"))
    return " · ".join(words)
