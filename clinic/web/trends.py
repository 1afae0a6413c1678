"""The managers' pages of the trends: one look, the same figures as a file and on paper, and what each of them means."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import BadView
from clinic.core.scope import Role
from clinic.core.trend_asked import Asked, read_asked
from clinic.core.trends import DIMENSIONS, KINDS, Kind, Trends, unsettled
from clinic.db.session import db
from clinic.exports import trends_csv
from clinic.instruments import catalogue
from clinic.reports import trends_pdf
from clinic.reports.summary_pdf import PageSize
from clinic.services import trends as trends_service
from clinic.web import clock, frame, trend_page, trend_sheet, trend_view, trend_words
from clinic.web.access import current_scope, role_required
from clinic.web.i18n import local
from clinic.web.printing import count_file
from clinic.web.trend_words import Names

bp = Blueprint("trends", __name__)

# The form has one field for all filters, so that two can never be chosen together; the address names what is filtered.
CHOICE = "group"
# So many periods are in a view that does not say when it begins.
USUAL: dict[Kind, int] = {"month": 12, "quarter": 8, "year": 5}


@bp.get("/trends")
@role_required(Role.MANAGER)
def show() -> ResponseReturnValue:
    """Show how the barriers of this clinic's patients change, as far as it may be shown."""
    if CHOICE in request.args:
        return redirect(_address_of_choice(), HTTPStatus.SEE_OTHER)
    asked, now = read_asked(request.args.items(multi=True)), clock.now()
    trends = _read(asked, now)
    coming = _coming(asked.kind, now)
    if not trends.periods:
        return render_template("trends/none.html", **_frame(asked, trends), coming=coming)
    settings = frame.settings()
    names = Names(catalogue.current(), settings.summary_language)
    first, last = trends.periods[0], trends.periods[-1]
    query: dict[str, Any] = {**Asked(asked.kind, asked.group, first, last).query()}
    return render_template(
        "trends/show.html",
        **_frame(asked, trends),
        shown=trend_page.build(trends, names),
        language=settings.summary_language,
        address=url_for(".show", _external=True, **query),
        query=query,
        choices=_choices(trends),
        coming=coming,
        running=None if trends.provisional is None else trend_words.period_name(trends.provisional.period),
        first=first,
        last=last,
    )


@bp.get("/trends.csv")
@role_required(Role.MANAGER)
def table() -> ResponseReturnValue:
    """Send what may leave the clinic of one view, one line a period and measure."""
    count_file(("user", current_scope().user_id))
    trends = _read(read_asked(request.args.items(multi=True)), clock.now(), outside=True)
    return _file(trends_csv.write(trends), "text/csv", _file_name(trends, "csv"))


@bp.get("/trends/codebook.csv")
@role_required(Role.MANAGER)
def codebook() -> ResponseReturnValue:
    """Send what each column and each measure of the table means."""
    count_file(("user", current_scope().user_id))
    words = trends_csv.codebook(catalogue.current(), frame.settings().languages)
    return _file(words, "text/csv", "trends-codebook.csv")


@bp.get("/trends.pdf")
@role_required(Role.MANAGER)
def paper() -> ResponseReturnValue:
    """Send what may leave the clinic of one view on one page."""
    count_file(("user", current_scope().user_id))
    settings, now = frame.settings(), clock.now()
    trends = _read(read_asked(request.args.items(multi=True)), now, outside=True)
    if not trends.periods:
        raise BadView(_("Nothing is published yet, so there is nothing to print."))
    names = Names(catalogue.current(), settings.summary_language)
    size: PageSize = "letter" if settings.page_size == "letter" else "A4"
    sheet = trend_sheet.build(trends, names, printed_on=local(now))
    content = trends_pdf.render(sheet, page_size=size, at=now.astimezone(settings.zone), author=settings.clinic_name)
    return _file(content, "application/pdf", _file_name(trends, "pdf"))


@bp.errorhandler(BadView)
def bad_view(refusal: BadView) -> ResponseReturnValue:
    """Say what is wrong with what the address asks for, and how to get a view that there is."""
    db.session.rollback()
    page = render_template("trends/refused.html", reason=str(refusal), nearest=_nearest())
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _nearest() -> str | None:
    """Return the address of the newest periods with the filter of the request, None where that is refused too."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name in ("by", *DIMENSIONS)]
    try:
        asked = read_asked(kept)
        _read(asked, clock.now())
    except BadView:
        return None
    query: dict[str, Any] = {**asked.query()}
    return url_for(".show", **query)


def _read(asked: Asked, now: datetime, *, outside: bool = False) -> Trends:
    return trends_service.read(
        db.session,
        current_scope().clinic_id,
        asked.kind,
        asked.group,
        first=asked.first,
        last=asked.last,
        most=USUAL[asked.kind],
        outside=outside,
        now=now,
    )


def _file(content: str | bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file_name(trends: Trends, ending: str) -> str:
    """Return a name that says which periods and whose forms, and nothing of the clinic; a site goes by its number."""
    whose = "" if trends.group.dimension is None else f"-{trends.group.dimension}-{trends.group.value}"
    span = f"-{trends.periods[0]}-to-{trends.periods[-1]}" if trends.periods else ""
    return f"trends{whose}{span}.{ending}"


def _address_of_choice() -> str:
    """Return the address of what was chosen in the form: "group=language=es" is told as the filter that it is."""
    dimension, _sign, value = request.args[CHOICE].partition("=")
    kept: dict[str, Any] = {name: request.args[name] for name in ("by", "from", "to") if request.args.get(name)}
    if dimension in DIMENSIONS and value:
        kept[dimension] = value
    return url_for(".show", **kept)


def _frame(asked: Asked, trends: Trends) -> dict[str, object]:
    """Return what every page of the trends needs: the switch of periods, the filters, and the words for both."""
    words: dict[Kind, str] = {"month": _("Months"), "quarter": _("Quarters"), "year": _("Years")}
    group: dict[str, Any] = {asked.group.dimension: asked.group.value} if asked.group.dimension else {}
    found: dict[str, list[tuple[str, str]]] = {one: [] for one in DIMENSIONS}
    for one, name in trends.filters:
        if one.dimension is not None:
            found[one.dimension].append((str(one), trend_words.group_words(one, name)))
    return {
        "trends": trends,
        "kinds": [(kind == asked.kind, words[kind], url_for(".show", by=kind, **group)) for kind in KINDS],
        # A filter that leaves nobody out is offered only to whoever has chosen it.
        "filters": [
            (trend_words.dimension_words(one), options)
            for one, options in found.items()
            if len(options) > 1 or (options and one == asked.group.dimension)
        ],
        "chosen": str(asked.group),
        "whom": trend_words.group_words(asked.group, trends.group_name),
        "words": trend_words,
        "minutes": trend_view.minutes,
    }


def _coming(kind: Kind, now: datetime) -> tuple[str, date]:
    """Return the name of the next period to be published, and its day."""
    zone = frame.settings().zone
    period = unsettled(kind, now, zone)
    return trend_words.period_name(period), period.settled_at(zone).astimezone(zone).date()


def _choices(trends: Trends) -> list[tuple[str, str]]:
    """Return the periods that may be chosen, the oldest first: all that were published."""
    found, period = [], trends.first
    while period is not None and trends.newest is not None and period <= trends.newest:
        found.append((str(period), trend_words.period_name(period)))
        period = period.next()
    return found
