"""One gap box of the one page: level, score, change, reasons, ticks and ideas, and all that stands behind the flag."""

from collections.abc import Sequence
from fractions import Fraction

from clinic.core.answers import AnswerSet
from clinic.core.change import Change
from clinic.core.gaps import Gap, cross_signals
from clinic.core.instrument import NOT_APPLICABLE, SOMETHING_ELSE, Domain, Instrument
from clinic.core.occasion import Occasion
from clinic.core.page import GapBox, Run, Text, Why, WhyRow
from clinic.core.result import Result
from clinic.core.scoring import MAX_RAW, decimals, half_up
from clinic.core.voice import Voice, lowered, plain, sentence, strong

TICKS_SHOWN = 3
IDEAS_SHOWN = 2


def gap_box(
    voice: Voice,
    given: AnswerSet,
    result: Result,
    gap: Gap,
    occasion: Occasion,
    change: Change | None,
    *,
    is_asked: bool,
) -> GapBox:
    """Return the box of one domain, with everything that "Why this flag?" shows; `is_asked` tells of its wish."""
    domain = voice.instrument.domains[gap.domain]
    level = gap.level or ("not_applicable" if gap.score.state == "not_applicable" else "insufficient")
    ticks = _tick_words(voice, given, domain, result.checklists_due)
    ideas = _ideas(voice, given, domain, result) if gap.open else ()
    shown = gap.score.shown
    same_questions = change is not None and change.before is not None and change.after == gap.score.value
    return GapBox(
        id=gap.domain,
        name=voice.say(f"domain.{gap.domain}"),
        level=level,
        level_word=voice.say(f"level.{level}"),
        starred=level == "priority_gap" or (level == "watch" and gap.picked),
        few=_few(voice, gap),
        score=shown,
        score_text=voice.put("no_score") if shown is None else voice.put("score", score=shown),
        cuts=(voice.instrument.scoring.watch, voice.instrument.scoring.gap, voice.instrument.scoring.priority),
        before=half_up(change.before) if change and change.before is not None and same_questions else None,
        facts=(
            (voice.put("help"), _wish(voice, given, gap.domain, is_asked=is_asked)),
            (voice.put("change"), _change(voice, gap, change, occasion)),
            (voice.put("because"), plain(_because(voice, given, result, gap))),
        ),
        talked_about=voice.put("talked_about"),
        ticks=ticks[:TICKS_SHOWN],
        more_ticks=voice.put("more", n=len(ticks) - TICKS_SHOWN) if len(ticks) > TICKS_SHOWN else None,
        ideas=ideas[:IDEAS_SHOWN],
        why=_why(voice, given, result, gap, ticks, ideas),
    )


def ticked_codes(instrument: Instrument, given: AnswerSet, domain: Domain, due: Sequence[str]) -> tuple[str, ...]:
    """Return a domain's ticked barriers and needs: its own subthemes first, then cross codes, in Table-1 order.

    A tick counts only while its list is due. A "something else" with own words stands as "SUB.something_else".
    """
    own, cross = [], []
    for key, subtheme in instrument.subthemes.items():
        if key not in due:
            continue
        codes = [f"{key}.{o.code}" for o in instrument.checklists[key].options if o.valence in ("barrier", "need")]
        if subtheme.domain == domain.id:
            own += [code for code in codes if code in given.ticks]
            if given.texts.get(key, "").strip():
                own.append(f"{key}.{SOMETHING_ELSE}")
        else:
            cross += [code for code in codes if code in given.ticks and code in domain.cross]
    return (*own, *cross)


def chosen_ideas(instrument: Instrument, domain: Domain, ticked: Sequence[str], notes: Sequence[str]) -> list[int]:
    """Return the numbers of a domain's prompts: first those that answer a ticked code or a note, then the rest."""
    facts = {*ticked, *(f"note:{note}" for note in notes)}
    lists = {f"{code.partition('.')[0]}.*" for code in ticked}

    def answers(when: Sequence[str]) -> bool:
        return not facts.isdisjoint(when) or not lists.isdisjoint(when)

    return [p.number for p in sorted(domain.prompts, key=lambda p: not answers(p.when))]


def _tick_words(voice: Voice, given: AnswerSet, domain: Domain, due: Sequence[str]) -> tuple[str, ...]:
    return tuple(_tick(voice, given, code) for code in ticked_codes(voice.instrument, given, domain, due))


def _tick(voice: Voice, given: AnswerSet, key: str) -> str:
    subtheme, _, code = key.partition(".")
    if code == SOMETHING_ELSE:
        return voice.put("something_else", words=given.texts[subtheme].strip())
    words = voice.option(key)
    # Only a list made wholly of needs asks "what would you like", so only its words read well after "Wants".
    wishes = all(option.valence == "need" for option in voice.instrument.checklists[subtheme].options)
    return voice.put("wants", words=lowered(words)) if wishes else words


def _ideas(voice: Voice, given: AnswerSet, domain: Domain, result: Result) -> tuple[str, ...]:
    due = {*result.checklists_due, voice.instrument.strengths_list}
    ticked = [tick for tick in given.ticks if tick.partition(".")[0] in due]
    numbers = chosen_ideas(voice.instrument, domain, ticked, result.completion.context_notes)
    return tuple(voice.say(f"prompt.{domain.id}.{number}") for number in numbers)


def _few(voice: Voice, gap: Gap) -> str | None:
    if gap.level is None or gap.score.state not in ("partial", "insufficient"):
        return None
    return voice.put("few", answered=gap.score.answered, applicable=gap.score.applicable)


def _wish(voice: Voice, given: AnswerSet, domain: str, *, is_asked: bool) -> Text:
    wish = given.wishes.get(domain)
    if wish is not None and is_asked:
        return strong(voice.say(f"wish.{wish}"))
    return plain(voice.put("not_answered" if is_asked else "not_asked_gap"))


def _change(voice: Voice, gap: Gap, change: Change | None, occasion: Occasion) -> Text:
    if change is None or occasion.earlier is None:
        others = occasion.other_kind_on or occasion.other_rules_on or occasion.unsent_on
        return plain(voice.put("change_words.other" if others else "change_words.first"))
    if change.before is None or change.after is None:
        least = voice.instrument.change.min_items_domain
        return plain(voice.put("change_words.not_comparable", least=least))
    day = voice.short_day(occasion.earlier.filled_on)
    if not change.marked:
        return plain(voice.put("change_words.no_clear_change", day=day))
    than = "change_words.than" if change.after == gap.score.value else "change_words.than_common"
    rest = voice.put(than, day=day, before=half_up(change.before), after=half_up(change.after))
    return (Run(voice.put(f"change_words.{change.result}"), "strong"), Run(rest))


def _because(voice: Voice, given: AnswerSet, result: Result, gap: Gap) -> str:
    parts = [*_score_reason(voice, gap), *_hardest(voice, given, result, gap)]
    if gap.picked:
        parts.append(voice.put("reason.pick_proxy" if given.by_proxy else "reason.pick"))
    for reason in gap.because:
        kind, _, codes = reason.partition(":")
        if kind == "cross":
            first, *more = codes.split(",")
            key = "reason.related_more" if more else "reason.related"
            parts.append(voice.put(key, words=voice.option(first), n=len(more)))
    if not parts:
        score = gap.score
        key = "reason.few" if score.applicable else "reason.none_applies"
        parts = [voice.put(key, answered=score.answered, applicable=score.applicable)]
    return sentence(parts)


def _score_reason(voice: Voice, gap: Gap) -> list[str]:
    rules, value = voice.instrument.scoring, gap.score.value
    if value is None:
        return []
    bands = (("priority", rules.priority), ("gap", rules.gap), ("watch", rules.watch))
    band = next((name for name, lower in bands if value >= lower), "none")
    words = voice.put(
        f"reason.score.{band}",
        watch=rules.watch,
        gap=rules.gap,
        priority=rules.priority,
        gap_less=rules.gap - 1,
        priority_less=rules.priority - 1,
    )
    single = band == "priority" and gap.score.answered < rules.priority_min_answered
    return [f"{words}, {voice.put('reason.one_answer')}" if single else words]


def _hardest(voice: Voice, given: AnswerSet, result: Result, gap: Gap) -> list[str]:
    items = voice.instrument.domains[gap.domain].items
    top = max((b for i in items if (b := result.scores.burdens[i]) is not None), default=0)
    # Below "somewhat" no answer is hard, and a hardest one would say more than the person did.
    if not gap.open or top < voice.instrument.scoring.cross_min_burden:
        return []
    first, *more = (i for i in items if result.scores.burdens[i] == top)
    words = {"item": voice.say(f"item.{first}.short"), "answer": voice.answer(first, given.answers.get(first))}
    return [voice.put("reason.hardest_more" if more else "reason.hardest", n=len(more), **words)]


def _why(
    voice: Voice, given: AnswerSet, result: Result, gap: Gap, ticks: tuple[str, ...], ideas: tuple[str, ...]
) -> Why:
    instrument, rules = voice.instrument, voice.instrument.scoring
    domain = instrument.domains[gap.domain]
    rows = tuple(
        WhyRow(voice.say(f"item.{i}.text"), voice.answer(i, given.answers.get(i)), result.scores.burdens[i])
        for i in domain.items
    )
    missing = [
        voice.say(f"item.{i}.short")
        for i in domain.items
        if result.scores.burdens[i] is None and given.answers.get(i) != NOT_APPLICABLE
    ]
    related = _related(voice, given, result, gap, domain)
    return Why(
        title=voice.put("why.title" if gap.level not in (None, "none") else "why.title_none"),
        columns=(voice.put("why.question"), voice.put("why.answer"), voice.put("why.points")),
        rows=rows,
        sum=_sum(voice, gap, rows),
        rule=voice.put(
            "why.rule", watch=rules.watch, gap=rules.gap, priority=rules.priority, least=rules.priority_min_answered
        ),
        missing=voice.put("why.missing", items=", ".join(missing)) if missing else voice.put("why.missing_none"),
        related=voice.put("why.related", items=", ".join(related)) if related else voice.put("why.related_none"),
        ticked=ticks,
        ticked_label=voice.put("why.ticked" if ticks else "why.nothing_ticked"),
        ideas=ideas[IDEAS_SHOWN:],
        ideas_label=voice.put("why.ideas"),
        version=voice.put("why.version", version=instrument.version, profile=rules.profile),
    )


def _sum(voice: Voice, gap: Gap, rows: Sequence[WhyRow]) -> str | None:
    points = [row.points for row in rows if row.points is not None]
    if gap.score.shown is None:
        return None
    mean = decimals(Fraction(sum(points), len(points)), 2)
    most = MAX_RAW * len(points)
    return voice.put("why.sum", points=sum(points), most=most, mean=f"{mean:g}", score=gap.score.shown)


def _related(voice: Voice, given: AnswerSet, result: Result, gap: Gap, domain: Domain) -> list[str]:
    adding = any(reason.startswith("cross:") for reason in gap.because)
    return [
        voice.put("why.adds" if adding else "why.adds_nothing", words=voice.option(code))
        for code in cross_signals(voice.instrument, domain, given, result.scores.burdens)
    ]
