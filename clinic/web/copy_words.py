"""The words of the patient's copy, in the patient's language whoever looks at it."""

from datetime import date

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from clinic.core.patient_copy import CopyPage, Place, Promise, Way
from clinic.instruments.crisis import CrisisLine
from clinic.services.agreements import Closed
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.copies import Copy
from clinic.web.i18n import LANGUAGES, format_date, format_day, format_time
from clinic.web.patient import opened
from clinic.web.patient.words import who_does


def language_of(copy: Copy, settings: ClinicSettings) -> str:
    """Return the language of a copy: the patient's, else the clinic's first one that the pages have."""
    return next((one for one in (copy.language, *settings.languages) if one in LANGUAGES), LANGUAGES[0])


def copy_page(copy: Copy, settings: ClinicSettings, *, with_name: bool) -> CopyPage:
    """Return the copy in words; the patient's name stands on paper, and not behind a link that others may open."""
    with force_locale(language_of(copy, settings)):
        language = str(get_locale().language)
        return CopyPage(
            language=language,
            title=_("What we agreed"),
            name=copy.name if with_name else None,
            visit=_(
                "Visit with %(clinician)s, %(day)s, %(time)s, %(clinic)s",
                clinician=copy.clinician,
                day=format_day(copy.visit_at),
                time=format_time(copy.visit_at),
                clinic=settings.clinic_name,
            ),
            promises=tuple(Promise(one.what or "", _who_when(one)) for one in copy.agreed),
            nothing=_("Nothing was written down. Ask your clinic if you miss something."),
            places_title=_("Where to find help"),
            places=tuple(Place(one.name, one.offers, one.phone, one.address, one.url) for one in copy.places),
            help_title=_("If you need help now"),
            help=tuple(_ways(opened.help_of(settings, language), language)),
            clip_mark="[…]",
            more_mark=_("+{n} more: ask your clinic"),
        )


def _who_when(one: Closed) -> str:
    when = _by(one.due_on) if one.due_on else _("until the next visit")
    return f"{who_does(one.who, by_proxy=False)}, {when}" if one.who else when


def _by(day: date) -> str:
    return str(_("by %(day)s", day=format_date(day)))


def _ways(crisis: CrisisLine, language: str) -> list[Way]:
    """Return every way to get help now; the clinic's own numbers where it has checked them."""
    ways = []
    about = ", ".join(filter(None, (crisis.name, crisis.hours)))
    if crisis.call:
        words = _("Call %(number)s", number=crisis.call)
        note = f". {crisis.note}" if crisis.note else ""
        ways.append(Way(f"{words}: {about}{note}", f"tel:{_dialled(crisis.call)}"))
    if crisis.text_to:
        words = (
            _("Text %(word)s to %(number)s", word=crisis.text_word, number=crisis.text_to)
            if crisis.text_word
            else _("Text %(number)s", number=crisis.text_to)
        )
        ways.append(Way(words, f"sms:{_dialled(crisis.text_to)}"))
    if crisis.chat_url:
        shown = crisis.chat_url.removeprefix("https://")
        ways.append(Way(f"{_('Chat:')} {shown}" if crisis.call else f"{crisis.name}: {shown}", crisis.chat_url))
    words = _("In danger now: call %(number)s", number=crisis.emergency_in(language))
    ways.append(Way(words, f"tel:{_dialled(crisis.emergency)}" if crisis.emergency else None))
    return ways


def _dialled(number: str) -> str:
    return number.replace(" ", "").replace("-", "")
