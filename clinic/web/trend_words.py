"""How trends are said: periods, shares, changes and the sentences on top, and never more than the intervals allow."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from clinic.core.instrument import Instrument
from clinic.core.trends import COMPARABLE, Change, Figure, Group, Kind, Period, Run, Series, Trends
from clinic.web.i18n import OWN_NAMES

GAPS = ("accessibility", "adherence", "stigma", "support")
# A number and its sign of percent stay on one line.
SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Names:
    """What the measures are called, in the clinic's language of documents; an unknown code stands for itself."""

    instrument: Instrument
    language: str

    def gap(self, code: str) -> str:
        """Return the name of a gap, such as that of "stigma"; what belongs to none of the four has a name too."""
        return self._said(f"domain.{code.upper()}", str(_("None of the four")) if code == "other" else code)

    def subtheme(self, code: str) -> str:
        """Return the name of a subtheme, such as that of "EMO"."""
        return self._said(f"subtheme.{code}", code)

    def theme(self, code: str) -> str:
        """Return the name of a theme, such as that of "T1"."""
        return self._said(f"theme.{code}", code)

    def option(self, code: str) -> str:
        """Return the words of a line of a checklist, such as those of "ACC.waiting_times"."""
        return self._said(f"option.{code}", code)

    def _said(self, key: str, otherwise: str) -> str:
        # Figures of a questionnaire that has been replaced may name what the present one no longer has.
        try:
            return self.instrument.say(self.language, key)
        except KeyError:
            return otherwise


def percent(share: float) -> str:
    """Return a share as whole percent: "43 %"; what is not none and not all is never shown as such."""
    return f"{_whole(share)}{SPACE}%"


def ratio_pattern() -> str:
    """Return how "34 of 80" is said in the page's language."""
    return str(_("%(x)d of %(n)d"))


def interval_pattern() -> str:
    """Return how "32 to 53 %" is said in the page's language."""
    return str(_("%(low)s to %(high)s"))


def ratio(figure: Figure, pattern: str | None = None) -> str:
    """Return what a share rests on: "34 of 80"; whoever says it often gives the pattern."""
    return (pattern or ratio_pattern()) % {"x": figure.x, "n": figure.n}


def interval(figure: Figure, pattern: str | None = None) -> str:
    """Return where the true share is likely to lie: "32 to 53 %"; whoever says it often gives the pattern."""
    low, high = figure.interval or (0.0, 0.0)
    return (pattern or interval_pattern()) % {"low": _whole(low), "high": percent(high)}


def period_name(period: Period) -> str:
    """Return a period in full: "October 2026", "July to September 2026", "2026"."""
    if period.kind == "year":
        return str(period)
    if period.kind == "month":
        return str(format_date(period.start, "MMMM y"))
    last = Period.of("month", period.end).previous().start
    return str(_("%(first)s to %(last)s", first=format_date(period.start, "MMMM"), last=format_date(last, "MMMM y")))


def axis_name(period: Period) -> str:
    """Return a period without its year, for an axis that says the years beneath: "Oct", "Q3"; a year is itself."""
    if period.kind == "month":
        return str(format_date(period.start, "MMM"))
    return str(period).partition("-")[2] or str(period)


def before(kind: Kind) -> str:
    """Return "the month before" or its like."""
    words = {"month": _("the month before"), "quarter": _("the quarter before"), "year": _("the year before")}
    return str(words[kind])


def direction(change: Change) -> int:
    """Return 1 where a share clearly rose, -1 where it clearly fell, 0 where the interval holds no change at all."""
    return 1 if change.low > 0 else -1 if change.high < 0 else 0


def points(difference: float) -> str:
    """Return a difference of shares in points, with its sign: "+13", "−0.4", "0"."""
    hundredths = difference * 100
    digits = 0 if abs(hundredths) >= 0.95 else 1
    found = f"{abs(hundredths):.{digits}f}"
    return "0" if not float(found) else ("+" if difference > 0 else "\N{MINUS SIGN}") + found


def change_words(series: Series, kind: Kind) -> str:
    """Return how the newest period differs from the one before it, or why that is not said."""
    change = series.change
    if change is not None:
        values = {
            "difference": points(change.difference),
            "low": points(change.low),
            "high": points(change.high),
            "before": before(kind),
        }
        if direction(change) > 0:
            return str(_("Up from %(before)s: %(difference)s points (%(low)s to %(high)s).", **values))
        if direction(change) < 0:
            return str(_("Down from %(before)s: %(difference)s points (%(low)s to %(high)s).", **values))
        return str(_("No clear change from %(before)s: %(difference)s points (%(low)s to %(high)s).", **values))
    later = series.last
    if later is None or later.figure.state != "shown":
        return ""
    there = [one for one in series.points if one.period == later.period.previous()]
    earlier = next((one for one in there if one.version == later.version), None)
    if earlier is None and any(one.version for one in there):
        return str(_("Not compared: the questionnaire or its scoring changed."))
    if not there:
        return str(_("Nothing before it in this view to compare with."))
    if earlier is None or earlier.figure.state == "nothing":
        return str(_("Not compared: nobody was counted %(before)s.", before=before(kind)))
    if earlier.figure.state == "hidden":
        return str(_("Not compared: %(before)s is not shown.", before=before(kind)))
    return str(_("Not compared: fewer than %(least)d in one of the two.", least=COMPARABLE))


def run_words(run: Run) -> str:
    """Return that many periods in a row lie on one side of their middle value, and of how many that is the middle."""
    values = {"num": run.count, "middle": percent(run.middle), "count": run.of}
    if run.is_above:
        return str(
            _("%(num)d in a row above %(middle)s, the middle of the last %(count)d shown: seldom chance.", **values)
        )
    return str(_("%(num)d in a row below %(middle)s, the middle of the last %(count)d shown: seldom chance.", **values))


def short_change(series: Series) -> str:
    """Return the change where a whole column is of changes: "−4 (−18 to +10)", with a word where it is clear."""
    change = series.change
    if change is None:
        return ""
    difference, low, high = (points(one) for one in (change.difference, change.low, change.high))
    values = {"difference": difference, "low": low, "high": high}
    if direction(change) > 0:
        return str(_("Up: %(difference)s (%(low)s to %(high)s)", **values))
    if direction(change) < 0:
        return str(_("Down: %(difference)s (%(low)s to %(high)s)", **values))
    return str(_("No clear change: %(difference)s (%(low)s to %(high)s)", **values))


def sentence(name: str, series: Series, kind: Kind) -> str:
    """Return one gap's newest share and its clear change in one sentence; there must be both."""
    assert series.last is not None  # noqa: S101 (its caller has looked)
    assert series.change is not None  # noqa: S101 (its caller has looked)
    figure, change = series.last.figure, series.change
    values = {
        "name": name,
        "ratio": ratio(figure),
        "share": percent(figure.share or 0.0),
        "interval": interval(figure),
        "before": before(kind),
        "difference": points(change.difference),
        "low": points(change.low),
        "high": points(change.high),
    }
    if direction(change) > 0:
        return str(
            _(
                "%(name)s: %(ratio)s patients (%(share)s, likely %(interval)s), more than %(before)s "
                "(%(difference)s points, likely %(low)s to %(high)s).",
                **values,
            )
        )
    return str(
        _(
            "%(name)s: %(ratio)s patients (%(share)s, likely %(interval)s), fewer than %(before)s "
            "(%(difference)s points, likely %(low)s to %(high)s).",
            **values,
        )
    )


def lead(trends: Trends, names: Names) -> tuple[str, tuple[str, ...]]:
    """Return the one sentence on top, and those that answer next: what changed how far, and whether we did it."""
    newest = trends.periods[-1]
    found = {gap: trends.series.get(f"gap:{gap}") for gap in GAPS}
    current = {gap: one for gap, one in found.items() if one is not None and _is_shown_in(one, newest)}
    if not current:
        return _nothing(trends), ()
    moves = {gap: direction(one.change) for gap, one in current.items() if one.change is not None}
    grew = [names.gap(gap) for gap, move in moves.items() if move > 0]
    shrank = [names.gap(gap) for gap, move in moves.items() if move < 0]
    head = _head(period_name(newest), before(trends.kind), grew, shrank, len(moves))
    said = [sentence(names.gap(gap), current[gap], trends.kind) for gap, move in moves.items() if move]
    still = [names.gap(gap) for gap, move in moves.items() if not move]
    if said and still:
        said.append(str(_("No clear change: %(names)s.", names=listed(still))))
    hidden = [names.gap(gap) for gap in GAPS if gap not in current]
    if hidden:
        said.append(str(_("Too few to show: %(names)s.", names=listed(hidden))))
    done = _done(trends, names)
    return head, (*said, done) if done else tuple(said)


def _done(trends: Trends, names: Names) -> str:
    """Return whether what was agreed happened, in one sentence; "" where nothing was agreed or counted."""
    newest = trends.periods[-1]
    found = [trends.series.get(f"happened:{gap}") for gap in GAPS]
    shown, few = [], []
    for gap, one in zip(GAPS, found, strict=True):
        if one is not None and one.last is not None and _is_shown_in(one, newest):
            figure = one.last.figure
            values = {"name": names.gap(gap), "ratio": ratio(figure), "share": percent(figure.share or 0.0)}
            shown.append(str(_("%(name)s %(ratio)s (%(share)s)", **values)))
        elif one is not None and one.last is not None and one.last.figure.state == "hidden":
            few.append(names.gap(gap))
    if shown:
        told = str(_("What was agreed happened: %(shown)s.", shown=", ".join(shown)))
        return f"{told} {_('Too few to show: %(names)s.', names=listed(few))}" if few else told
    return str(_("Whether what was agreed happened: too few to show. Longer periods hold more.")) if few else ""


def listed(names: Sequence[str]) -> str:
    """Return names as a person lists them: "Stigma", "Stigma and Support", "Adherence, Stigma and Support"."""
    if len(names) < 2:
        return "".join(names)
    return str(_("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1]))


def group_words(group: Group, otherwise: str) -> str:
    """Return whom a view counts: "Español", "On paper", the name of a site; everybody is the whole clinic."""
    if group.dimension is None:
        return str(_("Whole clinic"))
    if group.dimension == "language":
        return OWN_NAMES.get(group.value, otherwise)
    words = {
        "web": _("By link"),
        "tablet": _("On the clinic’s tablet"),
        "paper": _("On paper"),
        "self": _("By the patient alone"),
        "helped": _("By the patient with help"),
    }
    return str(words.get(group.value, otherwise)) if group.dimension in ("mode", "respondent") else otherwise


def dimension_words(dimension: str) -> str:
    """Return what a filter chooses by."""
    words = {
        "site": _("Site"),
        "language": _("Language of the form"),
        "mode": _("How it was filled in"),
        "respondent": _("Who filled it in"),
    }
    return str(words[dimension])


def _is_shown_in(series: Series, period: Period) -> bool:
    return series.last is not None and series.last.period == period and series.last.figure.state == "shown"


def _nothing(trends: Trends) -> str:
    period = period_name(trends.periods[-1])
    figures = [one.figure.state for gap in GAPS if (s := trends.series.get(f"gap:{gap}")) for one in s.points]
    if not any(state != "nothing" for state in figures):
        return str(_("Nobody of this group was counted in these periods. Choose another filter or longer periods."))
    if "shown" in figures:
        return str(
            _("%(period)s: too few patients to show any of the four gaps. Earlier ones stand below.", period=period)
        )
    return str(
        _(
            "Too few patients in each of these periods to show anything: a number is shown from %(least)d people on. "
            "Quarters or years hold more.",
            least=trends.smallest,
        )
    )


def _head(period: str, earlier: str, grew: list[str], shrank: list[str], compared: int) -> str:
    values = {"period": period, "before": earlier, "grew": listed(grew), "shrank": listed(shrank)}
    if grew and shrank:
        return str(_("%(period)s: more patients than %(before)s at a gap in %(grew)s, fewer in %(shrank)s.", **values))
    if grew:
        return str(_("%(period)s: more patients than %(before)s at a gap in %(grew)s.", **values))
    if shrank:
        return str(_("%(period)s: fewer patients than %(before)s at a gap in %(shrank)s.", **values))
    if compared == len(GAPS):
        return str(_("%(period)s: no clear change from %(before)s in any of the four gaps.", **values))
    if compared:
        return str(
            ngettext(
                "%(period)s: no clear change from %(before)s in the one gap that can be compared.",
                "%(period)s: no clear change from %(before)s in the %(num)d gaps that can be compared.",
                compared,
                **values,
            )
        )
    return str(_("%(period)s: not compared with %(before)s.", **values))


def _whole(share: float) -> str:
    # 3 of 700 is not nobody, and 697 of 700 is not everybody.
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 <= share < 1 else str(int(share * 100 + 0.5))
