"""The managers' page of the questionnaire itself: the last report that `clinic psychometrics` made."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from clinic.core.instrument import Instrument
from clinic.core.psychometrics import LEAST_PAIRS, LEAST_PATIENTS, OVERALL, Estimate, Short
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import psychometrics
from clinic.web import frame, trend_words
from clinic.web.access import current_scope, role_required
from clinic.web.i18n import OWN_NAMES
from clinic.web.trend_words import Names

bp = Blueprint("psychometrics", __name__, url_prefix="/trends/instrument")


@bp.get("")
@role_required(Role.MANAGER)
def show() -> ResponseReturnValue:
    """Show the last report of the present questionnaire; nothing is worked out here."""
    instrument = catalogue.current()
    words = Words(instrument, frame.settings().summary_language)
    report = psychometrics.latest(db.session, current_scope().clinic_id, instrument)
    return render_template(
        "trends/instrument.html",
        report=report,
        words=words,
        least=LEAST_PATIENTS,
        least_pairs=LEAST_PAIRS,
        present=instrument.change,
    )


class Words:
    """What the parts of a report are called; the names of the questionnaire are in the clinic's language."""

    def __init__(self, instrument: Instrument, language: str) -> None:
        """Take the names from an instrument in a language."""
        self._instrument = instrument
        self._names = Names(instrument, language)
        self.language = language

    def item(self, code: str) -> str:
        """Return what an item is about, in a few words."""
        return self._instrument.say(self.language, f"item.{code}.short")

    def theme(self, code: str) -> str:
        """Return the name of a theme."""
        return self._names.theme(code)

    def scale(self, code: str) -> str:
        """Return the name of a gap, or of the whole."""
        return str(_("All together")) if code == OVERALL else self._names.gap(code)

    def spoken(self, code: str) -> str:
        """Return a language's own name."""
        return OWN_NAMES.get(code, code)

    def share(self, share: float) -> str:
        """Return a share as whole percent."""
        return trend_words.percent(share)

    def estimate(self, one: Estimate) -> str:
        """Return a number with its interval: "0.81 (0.77 to 0.85)"."""
        return str(_("%(value)s (%(low)s to %(high)s)", value=_two(one.value), low=_two(one.low), high=_two(one.high)))

    def number(self, one: float) -> str:
        """Return a number with two decimals."""
        return _two(one)

    def points(self, one: float) -> str:
        """Return points of 100 with one decimal."""
        return f"{one:.1f}"

    def short(self, one: Short) -> str:
        """Return what n is too small for, and how many it needs."""
        if one.what == "language":
            told = _(
                "%(language)s by itself: it needs %(num)d patients, and the other languages must not tell of a few.",
                language=self.spoken(one.whose),
                num=one.needs,
            )
            return str(told)
        if one.what == "unread":
            return str(_("Some patients are left out, whose answers are not stored or cannot be read."))
        language, _colon, code = one.whose.rpartition(":")
        name = self.scale(code) if one.what == "pairs" else self.theme(code)
        name = f"{name} ({self.spoken(language)})" if language else name
        said = {
            "complete": _("%(name)s: alpha and item-rest need %(num)d complete answers.", name=name, num=one.needs),
            "factor": _("%(name)s: omega needs %(num)d complete answers.", name=name, num=one.needs),
            "pairs": _("%(name)s: answering twice needs %(num)d pairs.", name=name, num=one.needs),
        }
        return str(said[one.what])

    def patients(self, count: int) -> str:
        """Return a number of patients in words."""
        return str(ngettext("%(num)d patient", "%(num)d patients", count))


def _two(number: float) -> str:
    return f"{number:.2f}"
