"""The words of the slip for a patient's hand, in the patient's language and without a word about health."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from clinic.services.visits import VisitCard
from clinic.web.i18n import format_date, format_day, format_time


@dataclass(frozen=True, slots=True)
class SlipWords:
    """Everything that the slip says, line by line."""

    language: str
    when: str
    ask: str
    square: str
    scan: str
    type: str
    until: str


def slip_words(visit: VisitCard, expires_at: datetime) -> SlipWords:
    """Return the words of a visit's slip; the page around it stays in the language of the staff."""
    with force_locale(visit.patient.language):
        return SlipWords(
            language=get_locale().language,
            when=f"{format_day(visit.at)}, {format_time(visit.at)}",
            ask=_(
                "Before your visit: please answer some questions. It takes 3 to 8 minutes. You can skip questions and "
                "stop at any time."
            ),
            square=_("QR code of the link"),
            scan=_("Point your phone’s camera at the square, or open this address:"),
            type=_("and type this code:"),
            until=_("Only for you, and only for this visit. Works until %(day)s.", day=format_date(expires_at)),
        )
