"""Three made-up people whose pages cover calm, usual and the fullest there is, in both languages."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from clinic.core.answers import AnswerSet, read
from clinic.core.occasion import AgreedBefore, AgreedToday, AlertNote, Earlier, Occasion
from clinic.core.page import Page
from clinic.core.summary import build
from clinic.instruments.catalogue import current
from clinic.instruments.frame import frame

ZONE = timezone(timedelta(hours=1))
AT = datetime(2025, 11, 18, 10, 21, tzinfo=ZONE)


def page_of(document: Mapping[str, Any], occasion: Occasion, language: str) -> Page:
    instrument = current()
    return build(instrument, frame(language), language, read(instrument, document), occasion)


def _time(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)


TYPICAL: dict[str, Any] = {
    "answers": {
        "EMO": 2,
        "SLF": 2,
        "DLY": 3,
        "PRG": 2,
        "ACC1": 2,
        "ACC2": 3,
        "ALT": 2,
        "MED": 4,
        "ADH1": 3,
        "ADH2": 3,
        "ADH3": 2,
        "STG1": 0,
        "STG2": 1,
        "UND": 1,
        "EXT": 1,
        "COP": 3,
        "QOC": 3,
        "REL": 4,
        "SUP1": 0,
        "SUP2": 2,
        "RCV": 2,
    },
    "ticks": [
        *("SLF.perceived_burden", "MED.side_effects", "MED.long_term_inefficacy", "DLY.disruption_of_routines"),
        *("ACC.waiting_times", "ACC.x_travel", "ALT.psychotherapy", "ADH.compliance_challenges"),
        *("ADH.motivation_issues", "SUP.family_support", "SUP.peer_groups", "COP.therapy", "COP.social_support"),
    ],
    "picks": ["ADH", "MED"],
    "safety_checkin": "no",
    "respondent": "self",
    "help_wanted": {"ACCESSIBILITY": "later", "ADHERENCE": "now", "SUPPORT": "now"},
    "text": {
        "TXT": "Mornings are the worst. I skip the tablets because they make me feel sick, and then I think I have let "
        "everyone down. I would like to try the talk therapy you mentioned in September."
    },
}
BEFORE: dict[str, Any] = {**TYPICAL["answers"], "ADH1": 1, "ADH2": 2, "ADH3": 1, "STG1": 3, "STG2": 3}


def typical() -> Page:
    earlier: AnswerSet = read(current(), {"answers": BEFORE, "respondent": "self"})
    return page_of(
        TYPICAL,
        Occasion(
            printed_at=AT,
            printed_by="A. Novak",
            name="Maria Keller",
            born_on=date(1979, 8, 14),
            record_number="4410-882",
            visit_at=_time(11, 18, 10, 40),
            clinician="Dr A. Novak",
            filled_at=_time(11, 17, 19, 52),
            mode="web",
            checkin_at=_time(11, 17, 19, 44),
            earlier=Earlier(earlier, date(2025, 9, 9)),
            agreed_before=(
                AgreedBefore("Take the tablet in the evening", "patient", "yes", 1),
                AgreedBefore("Send the peer group’s phone number", "clinic", "no"),
            ),
            agreed_before_on=date(2025, 9, 9),
        ),
        "en",
    )


def calm() -> Page:
    answers = {
        "EMO": 1,
        "SLF": 1,
        "DLY": 1,
        "PRG": 0,
        "ACC1": 0,
        "ACC2": 1,
        "ALT": 0,
        "MED": 2,
        "ADH1": 1,
        "ADH2": 0,
        "ADH3": 0,
        "STG1": 0,
        "STG2": 0,
        "UND": 1,
        "EXT": 1,
        "COP": 3,
        "QOC": 3,
        "REL": 4,
        "SUP1": 4,
        "SUP2": "NA",
        "RCV": 3,
    }
    ticks = ["MED.side_effects", "COP.self_care", "COP.social_support"]
    return page_of(
        {"answers": answers, "ticks": ticks, "picks": ["NONE"], "respondent": "self"},
        Occasion(
            printed_at=AT,
            printed_by="S. Okafor",
            name="Thomas Reid",
            born_on=date(1991, 2, 2),
            record_number="2207-115",
            visit_at=_time(11, 20, 15, 0),
            clinician="Dr S. Okafor",
            filled_at=_time(11, 20, 14, 41),
            mode="tablet",
        ),
        "en",
    )


LONG = (
    "Desde que murió su hermana casi no sale del cuarto y dice que a nadie le hace falta. Llamé tres veces al seguro y "
    "cada vez me piden otro papel distinto; la última receta tardó diecinueve días y en ese tiempo se quedó sin "
    "medicina. En el trabajo le dijeron que si faltaba otra vez perdía el puesto. Cuando por fin conseguimos cita nos "
    "atendió una persona nueva y hubo que contar todo desde el principio otra vez. Yo trabajo de noche y no puedo "
    "estar siempre en casa. Mi madre no cree que sea una enfermedad y eso le duele mucho. Antes cantaba en el coro y "
    "le gustaba cocinar para todos; ahora no quiere ver a nadie. Las pastillas le dan mucho sueño y le tiembla la "
    "mano. "
    "Creo que necesita que alguien le escuche sin prisa. Gracias por leer esto hasta el final, de verdad."
)


def fullest(language: str = "es") -> Page:
    """A proxy form with everything ticked, four priority gaps, S3, an earlier form and long own words."""
    instrument = current()
    answers = {
        "EMO": 4,
        "SLF": 4,
        "DLY": 4,
        "PRG": 4,
        "ACC1": 4,
        "ACC2": 4,
        "ALT": 4,
        "MED": 4,
        "ADH1": 4,
        "ADH2": 4,
        "ADH3": 3,
        "STG1": 4,
        "STG2": 4,
        "UND": 4,
        "EXT": 4,
        "COP": 3,
        "QOC": 3,
        "REL": None,
        "SUP1": 0,
        "SUP2": 0,
        "RCV": 0,
    }
    before = {**answers, "ACC1": 2, "ACC2": 2, "ALT": 3, "ADH1": 3, "ADH2": 2, "ADH3": 3}
    return page_of(
        {
            "answers": answers,
            "ticks": sorted(key for key in instrument.tickable if not key.endswith("none_of_these")),
            "picks": ["ACC", "STG", "OTHER"],
            "safety_checkin": "yes_now",
            "respondent": "proxy",
            "help_wanted": {"ACCESSIBILITY": "later", "ADHERENCE": "PNA", "SUPPORT": "now", "STIGMA": "no"},
            "text": {"TXT": LONG, "OTHER": "volver a dormir en casa de su hermana los fines de semana"},
        },
        Occasion(
            printed_at=AT,
            printed_by="C. Rodríguez-Santamaría",
            name="María de los Ángeles Fernández-Villaverde Etxeberria",
            born_on=date(1958, 12, 3),
            record_number="00-4417-882-1",
            visit_at=_time(9, 24, 10, 40),
            clinician="Dra. Concepción Rodríguez-Santamaría",
            filled_at=_time(9, 24, 10, 6),
            mode="tablet",
            form_language="es",
            core_seconds=30,
            checkin_at=_time(9, 24, 10, 2),
            alerts=(AlertNote("S3", False, _time(9, 24, 10, 2), (_time(9, 24, 10, 9), "R. Ibáñez")),),
            earlier=Earlier(read(instrument, {"answers": before, "respondent": "proxy"}), date(2025, 9, 3)),
            agreed_before=(
                AgreedBefore("Pedir al seguro la autorización de la terapia psicológica", "clinic", "no"),
                AgreedBefore("Unir las pastillas de la mañana y de la noche en una toma", "patient", "yes", 1),
                AgreedBefore("Llamar al grupo de apoyo del centro comunitario", "family"),
            ),
            agreed_before_on=date(2025, 9, 3),
            agreed_today=(
                AgreedToday(
                    "Llamar hoy al centro de crisis con la familia y pedir cita esta semana",
                    "clinician",
                    date(2025, 9, 24),
                ),
                AgreedToday("Revisar las medicinas de la mañana con la farmacia", "clinic"),
            ),
        ),
        language,
    )
