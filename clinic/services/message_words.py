"""The words of invitations and reminders: what they are where a clinic has none of its own, and how they are filled."""

import re
from collections.abc import Mapping

SUBJECT_PLACES = ("clinic", "clinician", "day", "time")
TEXT_PLACES = (*SUBJECT_PLACES, "link", "code")
_PLACE = re.compile(r"\{(\w+)\}")

# Who shares a mailbox reads them too: they say nothing themselves about anybody's health. They name the clinic and the
# clinician, as these are called in its settings; a clinic whose name tells what it treats tells it here as well.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "invitation_subject": {
        "en": "{clinic}: a short form before your visit on {day}",
        "es": "{clinic}: un formulario corto antes de su cita del {day}",
    },
    "invitation_text": {
        "en": (
            "Hello,\n\n"
            "You have a visit with {clinician} at {clinic} on {day} at {time}.\n\n"
            "Before it, please fill in a short form. It takes 3 to 8 minutes. You can skip any question, "
            "stop, and come back:\n{link}\n\n"
            "On another device you can type this code: {code}\n\n"
            "The link is only for you, so please do not pass it on. Please do not answer this e-mail: "
            "nobody reads the replies.\n\n"
            "{clinic}"
        ),
        "es": (
            "Hola:\n\n"
            "Usted tiene una cita con {clinician} en {clinic} el {day} a las {time}.\n\n"
            "Antes de la cita, llene por favor un formulario corto. Toma de 3 a 8 minutos. Puede omitir cualquier "
            "pregunta, parar y volver después:\n{link}\n\n"
            "En otro dispositivo puede escribir este código: {code}\n\n"
            "El enlace es solo para usted; por favor, no lo comparta. Por favor, no responda a este correo: "
            "nadie lee las respuestas.\n\n"
            "{clinic}"
        ),
    },
    "reminder_subject": {
        "en": "{clinic}: your visit on {day}",
        "es": "{clinic}: su cita del {day}",
    },
    "reminder_text": {
        "en": (
            "Hello,\n\n"
            "Your visit with {clinician} at {clinic} is on {day} at {time}.\n\n"
            "There is still time for the short form. What you have filled in already is kept:\n{link}\n\n"
            "On another device you can type this code: {code}\n\n"
            "Please do not answer this e-mail: nobody reads the replies.\n\n"
            "{clinic}"
        ),
        "es": (
            "Hola:\n\n"
            "Su cita con {clinician} en {clinic} es el {day} a las {time}.\n\n"
            "Todavía hay tiempo para el formulario corto. Lo que ya contestó está guardado:\n{link}\n\n"
            "En otro dispositivo puede escribir este código: {code}\n\n"
            "Por favor, no responda a este correo: nadie lee las respuestas.\n\n"
            "{clinic}"
        ),
    },
}


def places(text: str) -> set[str]:
    """Return the names of the places that a text leaves open, such as "link" for "{link}"."""
    return set(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled; a value is put in as it is, also where it looks like a place itself."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
