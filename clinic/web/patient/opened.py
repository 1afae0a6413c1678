"""The form that the request's session has opened, in the patient's language and the clinic's time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import abort
from flask_babel import get_locale, refresh

from clinic.core.errors import NotReady
from clinic.db.session import db
from clinic.instruments.catalogue import current
from clinic.instruments.crisis import FALLBACK, CrisisLine, crisis_lines
from clinic.services import assessments, clinic_settings, copies, links
from clinic.services.assessments import OpenForm
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.links import GRACE
from clinic.web import clock, i18n, sessions

LINK = "link"
# A link that was found, while the date of birth has not been given.
PENDING = "pending_link"
# The link of a patient's copy, in a session that has no form.
COPY = "copy"
SENT = "sent"
# Whether staff opened the form on a device of the clinic.
ON_TABLET = "on_tablet"


def begin(opening: links.Opening, *, on_tablet: bool = False) -> None:
    """Begin the patient's session of a link; the address of the link is not needed any more."""
    session = sessions.begin_patient(keep=())
    session[LINK] = opening.link_id
    if on_tablet:
        session[ON_TABLET] = True
    if opening.language in i18n.LANGUAGES:
        i18n.set_language(opening.language)


def wait_for_birth_date(opening: links.Opening) -> None:
    """Begin a session that knows of a link and cannot open it yet."""
    session = sessions.begin_patient(keep=())
    session[PENDING] = opening.link_id
    if opening.language in i18n.LANGUAGES:
        i18n.set_language(opening.language)


def opened_form(*, sent: bool = False) -> OpenForm:
    """Return the form of the session, and speak its language; without a link there is nothing to show."""
    link = sessions.browser_session().get(LINK)
    if link is None:
        abort(401)
    form = assessments.load(db.session, link, now=clock.now(), sent=sent)
    if ON_TABLET in sessions.browser_session():
        form = replace(form, mode="tablet")
    i18n.use_time_zone(form.settings.zone.key)
    languages = offered(form)
    if languages and language() not in languages:
        speak(form.language if form.language in languages else languages[0])
    return form


def ready(form: OpenForm) -> OpenForm:
    """Return the form if its clinic may show forms; raises NotReady."""
    if clinic_settings.missing(form.settings) or not offered(form):
        raise NotReady
    return form


def offered(form: OpenForm) -> tuple[str, ...]:
    """Return the languages of the form that have both the instrument's words and those of the pages."""
    found = clinic_settings.offered_languages(form.settings, form.instrument)
    return tuple(one for one in found if one in i18n.LANGUAGES)


def back_until(form: OpenForm) -> datetime:
    """Return the last moment at which the form's link opens, for "you can come back until".

    A form that was begun goes on for a while after its link's time; until then, the earlier moment is the promise.
    """
    is_over = form.assessment_id is not None and clock.now() >= form.expires_at
    return form.expires_at + (GRACE if is_over else timedelta()) - timedelta(seconds=1)


def speak(chosen: str) -> None:
    """Speak a language from now on."""
    i18n.set_language(chosen)
    refresh()


def language() -> str:
    """Return the page's language."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def frame(form: OpenForm) -> dict[str, Any]:
    """Return what every page of a form shows around its own content."""
    return {
        "crisis": form.settings.crisis_in(language()),
        "clinic_name": form.settings.clinic_name,
        "visit_at": form.visit_at,
        "clinician": form.clinician,
        "by_proxy": form.draft.given.by_proxy,
        "languages": [(one, i18n.OWN_NAMES[one]) for one in offered(form) if one != language()],
    }


def frame_without_form() -> dict[str, Any]:
    """Return the same for a page that shows no form: the help of the session's clinic, or of the only clinic here."""
    clinic = _known_clinic()
    if clinic is None:
        return {"crisis": None, "clinic_name": None}
    settings = clinic_settings.read(db.session, clinic)
    return {"crisis": help_of(settings, language()), "clinic_name": settings.clinic_name}


def crisis_in(chosen: str) -> CrisisLine:
    """Return the help for a language, whoever asks; where no clinic is known, a directory of help lines."""
    clinic = _known_clinic()
    if clinic is None:
        return crisis_lines()[FALLBACK]
    return help_of(clinic_settings.read(db.session, clinic), chosen)


def _known_clinic() -> int | None:
    session = sessions.browser_session()
    copy: int | None = session.get(COPY)
    if copy is not None:
        return copies.clinic_of(db.session, copy)
    return links.clinic_of(db.session, session.get(LINK, session.get(PENDING)))


def help_of(settings: ClinicSettings, chosen: str) -> CrisisLine:
    """Return the help of a clinic, general help where it has not checked its line: nobody may meet a dead number."""
    own = settings.crisis.get(chosen)
    if clinic_settings.missing(settings) and (own is None or own.verified_on is None):
        return replace(crisis_lines()[FALLBACK], emergency=settings.emergency_number)
    return settings.crisis_in(chosen)


def instrument_words(key: str, chosen: str) -> str:
    """Return words of the current instrument where no form says which one."""
    return current().say(chosen, key)
