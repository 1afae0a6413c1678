"""What each family of the trends' measures counts, in the English of the codebook."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.core.trend_measures import LAST_PAGE


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a family of measures counts.

    `x` and `n` say who or what is in the numerator and the denominator, `direction` what a higher share means.
    """

    counts: str
    unit: str
    x: str
    n: str
    direction: str
    people: str


_PATIENTS = "patients by their latest form of the period that they filled in themselves or with help"
_FORMS = "forms of visits of the period (by the visit's scheduled day), cancelled visits left out, whole clinic"
_AGREED = "what was agreed on a day of the period, taken back left out, whole clinic"
_ALERTS = "alerts that opened in the period, also of forms that were not sent, whole clinic"

# By family, which is the part of a measure's name before its colon.
MEANINGS: Mapping[str, Meaning] = {
    "gap": Meaning(
        "patients at gap or priority gap in one of the four domains",
        "patient",
        "patients whose level is gap or priority gap",
        "patients whose level is known",
        "higher = more patients meet this barrier",
        _PATIENTS,
    ),
    "wish": Meaning(
        "patients with this gap who want help with it now",
        "patient",
        "patients at gap or priority gap who want help now",
        "patients at gap or priority gap",
        "higher = more of them want help now; neither good nor bad",
        _PATIENTS,
    ),
    "insufficient": Meaning(
        "patients who answered too little for a level in this domain",
        "patient",
        "patients without a level for lack of answers",
        "those and the patients whose level is known; where the domain does not apply is left out",
        "higher = less is known",
        _PATIENTS,
    ),
    "subtheme": Meaning(
        "patients with a burden of 'somewhat' or more (50 of 100 and above) in one of the sixteen subthemes",
        "patient",
        "patients with a score of 50 or more",
        "patients with a score",
        "higher = more patients find this hard",
        _PATIENTS,
    ),
    "code": Meaning(
        "patients who ticked this line of a checklist; 'at least', because a list is shown only where it is due",
        "patient",
        "patients who ticked it",
        "patients with a score in the list's subtheme, whether or not they were shown the list",
        "higher = more patients named it",
        _PATIENTS,
    ),
    "opened": Meaning(
        "forms that were opened, of those invited",
        "form",
        "forms that were opened: by link, or begun otherwise",
        "visits with a link to a form, or with a form begun otherwise",
        "higher = more take part",
        _FORMS,
    ),
    "done": Meaning(
        "forms that the patient sent, of those opened; one that the clinic closed with what was there was not sent",
        "form",
        "forms that were sent",
        "forms that were opened (done:mode and done:language: forms begun that way)",
        "higher = more come to the end",
        _FORMS,
    ),
    "left": Meaning(
        f"forms that were opened but not sent, by the page they were left on; {LAST_PAGE} is that page or a later one",
        "form",
        "forms that were left on this page",
        "forms that were opened",
        "higher = more stop here",
        _FORMS,
    ),
    "declined": Meaning(
        "forms that the patient would rather not fill in",
        "form",
        "visits whose form was declined",
        "visits with a link to a form, or with a form begun otherwise",
        "higher = fewer take part",
        _FORMS,
    ),
    "proxy": Meaning(
        "forms that somebody else filled in for the patient; they are counted here and in no measure of patients",
        "form",
        "forms that a proxy sent",
        "forms that were sent",
        "neither good nor bad",
        _FORMS,
    ),
    "agreed": Meaning(
        "flags that were closed with something agreed, not only talked about",
        "closed flag",
        "closed with something agreed",
        "closed flags of this gap",
        "higher = more leads to something to do",
        _AGREED,
    ),
    "happened": Meaning(
        "things agreed that happened, as the patient says in the next form",
        "thing agreed",
        "said to have happened, whole or partly",
        "asked about and answered; 'not needed any more' left out",
        "higher = more of it was done",
        _AGREED + "; counted by the day of the patient's answer, whenever it was agreed",
    ),
    "helped": Meaning(
        "things that happened and helped",
        "thing agreed",
        "said to have helped somewhat, quite a bit or very much (2 to 4 of 0 to 4)",
        "happened, whole or partly; who does not say how far it helped counts here and not in x",
        "higher = more of it helped",
        _AGREED + "; counted by the day of the patient's answer, whenever it was agreed",
    ),
    "alert": Meaning(
        "forms that raised a safety alert, by the highest level of their alerts",
        "form",
        "forms that were sent whose highest alert is of this level",
        "forms that were sent, a proxy's too",
        "higher = more signals; better asking raises it too",
        _FORMS,
    ),
    "in_target": Meaning(
        "S2 and S3 alerts that were acknowledged within the clinic's own target of staffed time",
        "alert",
        "acknowledged within the target",
        "alerts of S2 and S3",
        "higher = faster",
        _ALERTS,
    ),
    "minutes": Meaning(
        "median minutes that the core questions took",
        "minute",
        "the median",
        "forms that were sent and whose time is known",
        "higher = longer",
        _FORMS,
    ),
    "acknowledge_median": Meaning(
        "median minutes of staffed time from an alert's opening until somebody acknowledged it",
        "staffed minute",
        "the median",
        "acknowledged alerts of S2 and S3",
        "higher = slower",
        _ALERTS,
    ),
    "acknowledge_p90": Meaning(
        "staffed minutes within which nine of ten acknowledged alerts were acknowledged",
        "staffed minute",
        "the 90th percentile",
        "acknowledged alerts of S2 and S3",
        "higher = slower",
        _ALERTS,
    ),
}
