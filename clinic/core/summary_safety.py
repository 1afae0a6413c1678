"""The safety strip of the one page: what was reached, why, and what has become of the alert."""

from collections.abc import Iterator

from clinic.core.answers import AnswerSet
from clinic.core.instrument import OTHER_PICK, OWN_WORDS
from clinic.core.occasion import AlertNote, Occasion
from clinic.core.page import Run, SafetyStrip, Text
from clinic.core.safety import Safety, SafetyLevel, highest
from clinic.core.voice import Voice


def safety_strip(voice: Voice, given: AnswerSet, safety: Safety, occasion: Occasion) -> SafetyStrip:
    """Return the strip at the highest level that any alert or the present answers reached; S0 is said too."""
    level = highest(safety.level, *(alert.level for alert in occasion.alerts if not alert.waiting))
    lead = f"safety.lead_proxy.{level}" if given.by_proxy else f"safety.lead.{level}"
    return SafetyStrip(
        level=level,
        # Without a signal the two sentences are read as one line, so the first one needs its full stop.
        title=voice.say(f"safety.level.{level}") + ("." if level == "S0" else ""),
        lead=voice.frame.get(lead) or voice.put(f"safety.lead.{level}"),
        tag=voice.put("safety.tag", level=level),
        details=tuple(_details(voice, given, safety, level, occasion)) if level != "S0" else (),
    )


def checkin_words(voice: Voice, answer: str | None, *, by_proxy: bool) -> str:
    """Return the answer to the check-in as the person chose it, in quotes, or that there is none."""
    if answer is None:
        return voice.put("safety.unanswered")
    proxy = "_proxy" if by_proxy else ""
    return voice.quoted(voice.say(f"safety.checkin{proxy}.{answer}"))


def signal_words(voice: Voice, trigger: str) -> str:
    """Return a signal that an alert has stored, such as "tick:EMO.despair", as the strip says it."""
    kind, _, key = trigger.partition(":")
    raws = voice.instrument.items[key].safety_raw if kind == "raw" else None
    # An alert stores which answer alarmed by its item alone.
    return _trigger(voice, AnswerSet(answers={key: min(raws)} if raws else {}), trigger)


def _details(voice: Voice, given: AnswerSet, safety: Safety, level: SafetyLevel, occasion: Occasion) -> Iterator[Text]:
    yield tuple(_asked(voice, given, safety, occasion))
    also = [_trigger(voice, given, trigger) for trigger in safety.triggers]
    if also:
        yield (Run(voice.put("safety.because") + " ", "strong"), Run(" · ".join(also)))
    last = [words for alert in occasion.alerts for words in _alert(voice, given, alert)]
    if level != safety.level:
        last.append(voice.put("safety.highest", level=safety.level))
    if level == "S1":
        last.append(voice.put("safety.no_alert"))
    if given.by_proxy:
        last.append(voice.put("safety.proxy"))
    if last:
        yield (Run(" ".join(last)),)


def _asked(voice: Voice, given: AnswerSet, safety: Safety, occasion: Occasion) -> Iterator[Run]:
    yield Run(voice.put("safety.asked_proxy" if given.by_proxy else "safety.asked") + " ")
    yield Run(checkin_words(voice, safety.checkin, by_proxy=given.by_proxy), "strong")
    yield Run(".")
    if occasion.checkin_at:
        yield Run(" " + voice.put("safety.saved", time=voice.short_moment(occasion.checkin_at)))


def _trigger(voice: Voice, given: AnswerSet, trigger: str) -> str:
    kind, _, key = trigger.partition(":")
    if kind == "tick":
        return voice.put("safety.ticked", words=voice.option(key))
    if kind == "raw":
        answer = voice.answer(key, given.answers.get(key))
        return voice.put("safety.raw", item=voice.say(f"item.{key}.short"), answer=answer)
    return voice.put("safety.words", box=_box(voice, key))


def _box(voice: Voice, key: str) -> str:
    if key == OWN_WORDS:
        return voice.put("all.own_words")
    return voice.say(f"pick.{OTHER_PICK}") if key == OTHER_PICK else voice.say(f"subtheme.{key}")


def _alert(voice: Voice, given: AnswerSet, alert: AlertNote) -> Iterator[str]:
    if alert.waiting:
        yield voice.put("safety.alert_waiting", time=voice.short_moment(alert.opened_at))
        return
    yield voice.put("safety.alert_open", time=voice.short_moment(alert.opened_at))
    for answer, at in alert.changes:
        yield voice.put(
            "safety.changed", answer=checkin_words(voice, answer, by_proxy=given.by_proxy), time=voice.short_moment(at)
        )
    if alert.acknowledged:
        at, who = alert.acknowledged
        yield voice.put("safety.alert_acknowledged", time=voice.short_moment(at), who=who)
    if alert.closed_at:
        yield voice.put("safety.alert_closed", time=voice.short_moment(alert.closed_at))
