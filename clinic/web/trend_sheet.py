"""The words of the printed trends: the page's own, said short enough for one sheet of paper."""

from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from clinic.core.trend_sheet import Dot, Numbers, Panel, Place, TrendSheet
from clinic.core.trends import Figure, Group, Kind, Period, Quantity, Series, Trends
from clinic.web import trend_charts, trend_words
from clinic.web.i18n import OWN_NAMES, format_date
from clinic.web.trend_words import GAPS, Names

NOBODY = Figure("nothing")
MODES = ("web", "tablet", "paper")


def build(trends: Trends, names: Names, *, printed_on: datetime) -> TrendSheet:
    """Return the sheet of trends that were read for outside, with at least one period; `printed_on` is local.

    Raises ValueError for trends that were read for the clinic's own eyes: what is printed leaves the clinic.
    """
    if not trends.is_outside:
        raise ValueError("What is printed leaves the clinic: read the trends with outside=True.")
    return _Builder(trends, names).sheet(printed_on)


class _Builder:
    """Looks up the figures of the newest period, and says them."""

    def __init__(self, trends: Trends, names: Names) -> None:
        self.trends, self.names = trends, names
        self.newest = trends.periods[-1]
        self.is_whole = trends.group.dimension is None

    def sheet(self, printed_on: datetime) -> TrendSheet:
        trends = self.trends
        head, _sentences = trend_words.lead(trends, self.names)
        series = [trends.series.get(f"gap:{gap}") for gap in GAPS]
        slots = trend_charts.slots_of(trends.periods, filter(None, series))
        newest = trend_words.period_name(self.newest)
        return TrendSheet(
            language=str(get_locale().language),
            title=str(_("Trends of %(clinic)s", clinic=trends.clinic)),
            about=self._about(printed_on),
            mark=str(_("Synthetic: nobody in it is real")) if trends.is_synthetic else None,
            lead=head,
            counts=str(
                _(
                    "Counts patients, each once a period, by the latest form that they filled in alone or with help. "
                    "At a gap: gap or priority gap, of those with a level. Behind each share stands its 95 % "
                    "interval (Wilson); changes have Newcombe’s."
                )
            ),
            gaps_title=str(_("Patients at a gap")),
            gaps_note=str(_("Of those with a level. Higher = more patients at a gap. One scale for all four.")),
            places=tuple(Place(_label(period), version) for period, version in slots),
            panels=tuple(self._panel(gap, one, slots) for gap, one in zip(GAPS, series, strict=True)),
            hidden=str(_("too few to show (not zero)")),
            break_words=str(_("from here version %(version)s", version="{version}")),
            dots_title=str(_("The subthemes")),
            dots_note=str(_("%(period)s. “Somewhat” hard or harder, of those who answered.", period=newest)),
            dots=tuple(
                Dot(self.names.subtheme(code), _brief(figure), figure)
                for code in self._named("subtheme")
                for figure in [self._figure(f"subtheme:{code}")]
            ),
            tables=tuple(one for one in self._tables(newest) if one.rows),
            caveats_title=str(_("Read with care")),
            caveats=self._caveats(),
            footer=self._footer(),
            clip_mark="[…]",
            more_mark=str(_("+{n} on screen")),
        )

    def _about(self, printed_on: datetime) -> tuple[str, ...]:
        trends = self.trends
        first, last = (trend_words.period_name(one) for one in (trends.periods[0], self.newest))
        span = first if first == last else str(_("%(first)s to %(last)s", first=first, last=last))
        by: dict[Kind, str] = {"month": _("by month"), "quarter": _("by quarter"), "year": _("by year")}
        whom = trend_words.group_words(trends.group, trends.group_name)
        if trends.group.dimension is not None:
            whom = f"{trend_words.dimension_words(trends.group.dimension)}: {whom}"
        versions = trend_words.listed(trends.versions)
        said = [whom, f"{span}, {by[trends.kind]}"]
        if versions:
            said.append(str(_("Version %(versions)s", versions=versions)))
        said.append(str(_("Printed %(day)s", day=format_date(printed_on.date()))))
        return (". ".join(said) + ".",)

    def _panel(self, gap: str, series: Series | None, slots: tuple[trend_charts.Slot, ...]) -> Panel:
        at = {(one.period, one.version): one.figure for one in series.points} if series else {}
        figures = tuple(at.get(slot) for slot in slots)
        name, newest = self.names.gap(gap), _full(self._figure(f"gap:{gap}"))
        change = trend_words.change_words(series, self.trends.kind) if series else ""
        if series and series.run:
            change += " " + trend_words.run_words(series.run)
        hidden = sum(one is not None and one.state == "hidden" for one in figures)
        told = str(
            _(
                "%(name)s: share of patients at a gap over %(count)d periods, of which %(hidden)d have too few to "
                "show. The newest: %(newest)s.",
                name=name,
                count=len(self.trends.periods),
                hidden=hidden,
                newest=newest,
            )
        )
        return Panel(name, newest, change, figures, told)

    def _tables(self, newest: str) -> tuple[Numbers, ...]:
        """Return the numbers of the newest period; what the clinic itself did is counted for all of it only."""
        share = str(_("x of n, share, 95 % interval"))
        unknown = Numbers(
            str(_("Too few answers for a level")),
            (share,),
            tuple((self.names.gap(gap), (self._full(f"insufficient:{gap}"),)) for gap in GAPS),
        )
        if not self.is_whole:
            wishes = tuple((self.names.gap(gap), (self._full(f"wish:{gap}"),)) for gap in GAPS)
            return Numbers(str(_("Want help now, of those at a gap")), (share,), wishes), unknown
        return (self._loop(newest), self._way(share), self._safety(share), unknown)

    def _loop(self, newest: str) -> Numbers:
        families = {
            "wish": _("Want help now"),
            "agreed": _("Agreed"),
            "happened": _("Happened"),
            "helped": _("Helped"),
        }
        gaps = [gap for gap in (*GAPS, "other") if gap in GAPS or f"agreed:{gap}" in self.trends.series]
        return Numbers(
            newest,
            tuple(str(one) for one in families.values()),
            tuple(
                (
                    self.names.gap(gap),
                    tuple(
                        self._full(f"{family}:{gap}") if f"{family}:{gap}" in self.trends.series else ""
                        for family in families
                    ),
                )
                for gap in gaps
            ),
            is_wide=True,
        )

    def _way(self, share: str) -> Numbers:
        rows = [
            (str(_("Opened, of those invited")), "opened"),
            (str(_("Done, of those opened")), "done"),
            *(
                (str(_("Done: %(what)s", what=trend_words.group_words(Group("mode", mode), mode))), f"done:mode={mode}")
                for mode in MODES
            ),
            *(
                (str(_("Done: %(what)s", what=OWN_NAMES.get(one, one))), f"done:language={one}")
                for one in (name.partition("=")[2] for name in self._named("done") if name.startswith("language="))
            ),
            (str(_("Would rather not, of those invited")), "declined"),
            (str(_("By somebody else (proxy), of those done")), "proxy"),
        ]
        said = [(name, (self._full(measure),)) for name, measure in rows if measure in self.trends.series]
        minutes = self._amount("minutes")
        return Numbers(
            str(_("How forms come in")),
            (share,),
            (*said, *(((str(_("Median minutes of a form")), (minutes,)),) if minutes else ())),
        )

    def _safety(self, share: str) -> Numbers:
        rows = [
            (str(_("Same day (S2), for each done form")), self._full("alert:S2")),
            (str(_("Urgent now (S3), for each done form")), self._full("alert:S3")),
            (str(_("Acknowledged within the target")), self._full("in_target")),
            (str(_("Staffed minutes to acknowledge, median")), self._amount("acknowledge_median")),
            (str(_("The same, nine of ten within")), self._amount("acknowledge_p90")),
        ]
        return Numbers(str(_("Safety alerts")), (share,), tuple((name, (said,)) for name, said in rows if said))

    def _caveats(self) -> tuple[str, ...]:
        return (
            str(
                _(
                    "Those who answer differ from those who do not, and nothing is adjusted for severity, insurance, "
                    "language or kind of visit."
                )
            ),
            str(
                _("More flags may mean better asking. This is not a measure of quality, and it never ranks clinicians.")
            ),
            str(
                _(
                    "Numbers on fewer than %(least)d people are hidden, and others with them where they could be "
                    "worked out. Hidden is not zero.",
                    least=self.trends.smallest,
                )
            ),
            str(_("The questionnaire is not validated and has no norms.")),
        )

    def _footer(self) -> str:
        said = str(_("On screen: what was ticked, where forms were left, sites, and the numbers of every period."))
        return f"{said} Barrier Check"

    def _named(self, family: str) -> list[str]:
        return [one.partition(":")[2] for one in self.trends.series if one.startswith(f"{family}:")]

    def _figure(self, measure: str) -> Figure:
        series = self.trends.series.get(measure)
        last = series.last if series else None
        return last.figure if last is not None and last.period == self.newest else NOBODY

    def _full(self, measure: str) -> str:
        return _full(self._figure(measure))

    def _amount(self, measure: str) -> str:
        """Return a number that is no share, "" where there is no such thing."""
        found: Quantity | None = next(
            (one for one in self.trends.quantities.get(measure, ()) if one.period == self.newest), None
        )
        if found is None:
            return ""
        if found.value is None:
            return str(_("too few to show")) if found.state == "hidden" else str(_("nobody"))
        return f"{found.value:.1f}".removesuffix(".0") + f" ({_('of %(n)d', n=found.n)})"


def _full(figure: Figure) -> str:
    """Return "34 of 80, 43 % (32 to 53 %)", or why nothing is shown."""
    said = _brief(figure)
    return said if figure.state != "shown" else f"{said} ({trend_words.interval(figure)})"


def _brief(figure: Figure) -> str:
    if figure.state == "shown":
        return f"{trend_words.ratio(figure)}, {trend_words.percent(figure.share or 0.0)}"
    return str(_("too few to show")) if figure.state == "hidden" else str(_("nobody"))


def _label(period: Period) -> str:
    """Return a period for an axis: "Oct 2026", "Q3 2026", "2026"."""
    said = trend_words.axis_name(period)
    return said if period.kind == "year" else f"{said} {period.start.year}"
