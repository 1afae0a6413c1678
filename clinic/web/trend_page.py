"""What the page of the trends shows, part by part: rows, cells and drawings, all words ready for its template."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from clinic.core.trend_measures import MODES
from clinic.core.trends import Group, Provisional, Quantity, Series, Trends
from clinic.web import trend_charts, trend_words
from clinic.web.i18n import OWN_NAMES
from clinic.web.trend_charts import Axis, Funnel, Multiple
from clinic.web.trend_view import MISSING, Cell, History, Row, View
from clinic.web.trend_words import GAPS, Names

# So many of the most often ticked lines stand before the whole list.
TOP_CODES = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """One of the four small multiples."""

    code: str
    name: str
    cell: Cell
    change: str
    run: str
    drawing: Multiple


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that may be compared: a drawing for each gap by its name, and a letter, a name and cells for each."""

    drawings: tuple[tuple[str, Funnel], ...]
    lines: tuple[tuple[str, str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same patients in two periods, for one gap, in words."""

    name: str
    n: int
    before: str
    after: str
    change: str
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """The four gaps over time (trends/show.html)."""

    is_compared: bool
    axis: Axis
    panels: tuple[Gap, ...]
    table: History
    so_far: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Acts:
    """What patients wish, what was agreed and what came of it, and the same patients twice (trends/_acts.html)."""

    wishes: tuple[Row, ...]
    wish_table: History
    agreed: tuple[Row, ...]
    agreed_table: History
    pairs: tuple[Pair, ...]
    pairs_hidden: tuple[str, ...]
    pair_periods: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Themes:
    """The subthemes and what was ticked (trends/_themes.html); scales are their upper ends in whole percent."""

    themes: tuple[tuple[str, tuple[Row, ...]], ...]
    theme_scale: int
    table: History
    top_codes: tuple[Row, ...]
    codes: tuple[tuple[str, tuple[Row, ...]], ...]
    code_scale: int


@dataclass(frozen=True, slots=True)
class Work:
    """How forms come in, who is not counted, the alerts and the sites (trends/_work.html)."""

    way: tuple[Row, ...]
    ways: tuple[tuple[str, tuple[Row, ...]], ...]
    way_table: History
    minutes: Quantity | None
    safety: tuple[Row, ...]
    safety_table: History
    acknowledged: tuple[Quantity | None, Quantity | None]
    proxy: Cell
    unknown: tuple[Row, ...]
    unknown_table: History
    sites: Sites | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole page, by its parts; `work` is None where the view is of a group."""

    head: str
    sentences: tuple[str, ...]
    gaps: Gaps
    acts: Acts
    themes: Themes
    work: Work | None


def build(trends: Trends, names: Names) -> Shown:
    """Return the page of these trends, of which at least one period is in view."""
    view = View(trends)
    head, sentences = trend_words.lead(trends, names)
    work = _work(view, names) if trends.group.dimension is None else None
    return Shown(head, sentences, _gaps(view, names), _acts(view, names), _themes(view, names), work)


def _gaps(view: View, names: Names) -> Gaps:
    trends = view.trends
    found = [view.series(f"gap:{gap}") for gap in GAPS]
    axis = trend_charts.axis(
        trend_charts.slots_of(trends.periods, filter(None, found)),
        (point.figure for one in found if one for point in one.points),
    )
    return Gaps(
        is_compared=any(one is not None and one.change is not None for one in found),
        axis=axis,
        panels=tuple(
            Gap(
                gap,
                names.gap(gap),
                view.cell(view.newest(f"gap:{gap}")),
                trend_words.change_words(one, trends.kind) if one else "",
                trend_words.run_words(one.run) if one and one.run else "",
                trend_charts.multiple(one, axis),
            )
            for gap, one in zip(GAPS, found, strict=True)
        ),
        table=view.history([(names.gap(gap), f"gap:{gap}") for gap in GAPS], axis.slots),
        so_far=_so_far(trends.provisional, names),
    )


def _acts(view: View, names: Names) -> Acts:
    agreed = [gap for gap in (*GAPS, "other") if view.series(f"agreed:{gap}") or view.series(f"happened:{gap}")]
    stages = {"agreed": _("Agreed"), "happened": _("Happened"), "helped": _("Helped")}
    paired = [one for gap in GAPS if (one := view.series(f"gap:{gap}")) is not None and one.paired is not None]
    return Acts(
        wishes=tuple(
            Row(names.gap(gap), (view.cell(view.newest(f"gap:{gap}")), view.cell(view.newest(f"wish:{gap}"))))
            for gap in GAPS
        ),
        wish_table=view.history([(names.gap(gap), f"wish:{gap}") for gap in GAPS]),
        agreed=tuple(
            Row(names.gap(gap), tuple(view.cell(view.newest(f"{stage}:{gap}")) for stage in stages)) for gap in agreed
        ),
        agreed_table=view.history(
            [(f"{names.gap(gap)}: {words}", f"{stage}:{gap}") for gap in agreed for stage, words in stages.items()]
        ),
        pairs=tuple(_pair(names.gap(one.measure.partition(":")[2]), one) for one in paired),
        pairs_hidden=tuple(names.gap(gap) for gap in GAPS if f"gap:{gap}" not in {one.measure for one in paired}),
        pair_periods=_pair_periods(paired),
    )


def _themes(view: View, names: Names) -> Themes:
    subthemes, codes = view.named("subtheme"), view.named("code")
    theme_scale = trend_charts.scale(point.figure for one in subthemes for point in view.points(f"subtheme:{one}"))
    valences = {code: option.valence for code, option in names.instrument.options.items()}
    newest = {code: view.newest(f"code:{code}") for code in codes}
    code_scale = trend_charts.scale(newest.values())
    code_rows = {
        code: Row(names.option(code), (view.cell(figure, code_scale),), helps=valences.get(code) == "strength")
        for code, figure in newest.items()
    }
    most = sorted(
        (code for code, figure in newest.items() if figure.share and not code_rows[code].helps),
        key=lambda code: -(newest[code].share or 0),
    )
    return Themes(
        themes=tuple(
            (
                names.theme(theme.id),
                tuple(
                    view.line(names.subtheme(one), f"subtheme:{one}", theme_scale)
                    for one in theme.subthemes
                    if one in subthemes
                ),
            )
            for theme in names.instrument.themes.values()
        ),
        theme_scale=theme_scale,
        table=view.history([(names.subtheme(one), f"subtheme:{one}") for one in subthemes]),
        top_codes=tuple(code_rows[code] for code in most[:TOP_CODES]),
        codes=tuple(
            (names.subtheme(one), tuple(row for code, row in code_rows.items() if code.partition(".")[0] == one))
            for one in dict.fromkeys(code.partition(".")[0] for code in codes)
        ),
        code_scale=code_scale,
    )


def _work(view: View, names: Names) -> Work:
    left = sorted(int(page) for page in view.named("left") if page.isdigit())
    way = [
        (str(_("Opened, of those invited")), "opened"),
        (str(_("Done, of those opened")), "done"),
        *((_left_words(page, left[-1]), f"left:{page}") for page in left),
        (str(_("Would rather not, of those invited")), "declined"),
    ]
    safety = [
        (str(_("Same day (S2), for each done form")), "alert:S2"),
        (str(_("Urgent now (S3), for each done form")), "alert:S3"),
        (str(_("Acknowledged within the target")), "in_target"),
    ]
    unknown = [(names.gap(gap), f"insufficient:{gap}") for gap in GAPS]
    return Work(
        way=tuple(view.row(words, measure) for words, measure in way if view.series(measure)),
        ways=_ways(view),
        way_table=view.history(
            [(words, measure) for words, measure in way if view.series(measure)], quantity=("minutes", _("Minutes"))
        ),
        minutes=view.quantity("minutes"),
        safety=tuple(view.row(words, measure) for words, measure in safety if view.series(measure)),
        safety_table=view.history(
            [(words, measure) for words, measure in safety if view.series(measure)],
            quantity=("acknowledge_median", _("Minutes to acknowledge, median")),
        ),
        acknowledged=(view.quantity("acknowledge_median"), view.quantity("acknowledge_p90")),
        proxy=view.cell(view.newest("proxy")),
        unknown=tuple(view.row(words, measure) for words, measure in unknown),
        unknown_table=view.history(unknown),
        sites=_sites(view, names),
    )


def _ways(view: View) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Return the forms that were begun in each mode and language: neither is known of one that was never begun."""
    modes = [mode for mode in MODES if view.series(f"done:mode={mode}")]
    languages = [one.partition("=")[2] for one in view.named("done") if one.startswith("language=")]
    ways = (
        (
            str(_("Done, of those begun this way")),
            tuple(view.row(trend_words.group_words(Group("mode", m), m), f"done:mode={m}") for m in modes),
        ),
        (
            str(_("Done, of those begun in this language")),
            tuple(view.row(OWN_NAMES.get(one, one), f"done:language={one}") for one in languages),
        ),
    )
    return tuple((heading, rows) for heading, rows in ways if rows)


def _left_words(page: int, last: int) -> str:
    if page == last and page >= 9:
        return str(_("Left on page %(page)d or later", page=page))
    return str(_("Left on page %(page)d", page=page))


def _pair(name: str, series: Series) -> Pair:
    one = series.paired
    assert one is not None  # noqa: S101 (its caller has looked)
    difference, low, high = (trend_words.points(value) for value in (one.after - one.before, one.low, one.high))
    change = str(_("%(difference)s points (%(low)s to %(high)s)", difference=difference, low=low, high=high))
    return Pair(
        name, one.n, trend_words.percent(one.before), trend_words.percent(one.after), change, one.came, one.went
    )


def _pair_periods(paired: Sequence[Series]) -> tuple[str, str]:
    one = paired[0].paired if paired else None
    return ("", "") if one is None else (trend_words.period_name(one.earlier), trend_words.period_name(one.later))


def _sites(view: View, names: Names) -> Sites | None:
    """Return the sites in the order of their names, which ranks nobody."""
    found = {gap: {one.group.value: one for one in view.trends.sites.get(f"gap:{gap}", ())} for gap in GAPS}
    called = {site: one.name for many in found.values() for site, one in many.items()}
    order = sorted(called, key=lambda site: (called[site].casefold(), site))
    if not order:
        return None
    letters = {site: chr(ord("A") + i) if i < 26 else str(i + 1) for i, site in enumerate(order)}
    drawings = (
        (
            names.gap(gap),
            trend_charts.funnel(
                view.newest(f"gap:{gap}"), [(letters[site], many[site].figure) for site in order if site in many]
            ),
        )
        for gap, many in found.items()
    )
    return Sites(
        tuple((name, drawing) for name, drawing in drawings if drawing is not None),
        tuple(
            (
                letters[site],
                called[site],
                tuple(view.cell(many[site].figure) if site in many else view.cell(MISSING) for many in found.values()),
            )
            for site in order
        ),
    )


def _so_far(running: Provisional | None, names: Names) -> tuple[tuple[str, str], ...]:
    """Return each gap of the running period in rounded words."""
    if running is None:
        return ()
    said = []
    for gap in GAPS:
        found = running.shares.get(f"gap:{gap}")
        words = (
            _("too few to show")
            if found is None
            else _("about %(share)s of about %(n)d", share=trend_words.percent(found[0]), n=found[1])
        )
        said.append((names.gap(gap), str(words)))
    return tuple(said)
