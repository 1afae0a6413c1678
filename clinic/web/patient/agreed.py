"""The page that asks what came of what the last visit agreed, before anything new is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from clinic.core.answers import AnswerSet, Followed
from clinic.services.assessments import Posted
from clinic.web.patient.asked import Asked, Row
from clinic.web.patient.fields import Fields, Post, Reading, one_of

HAPPENED = ("yes", "partly", "no", "not_needed")


class Agreed:
    """Two questions about each thing that was agreed: whether it happened, and whether it helped."""

    template = "patient/agreed.html"

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(_("Since last time"))

    def heading(self, asked: Asked) -> str:
        """Return the page's heading."""
        return str(_("Last time we agreed"))

    def fields(self, asked: Asked) -> Fields:
        """Return the two questions of each thing."""
        happened = [(one, _words(one)) for one in HAPPENED]
        helped = [(str(raw), asked.say(f"scale.{raw}")) for raw in asked.instrument.scale]
        fields: dict[str, Any] = {}
        for one in asked.agreements:
            fields[happened_field(one.id)] = one_of(_("Did it happen?"), happened)
            fields[helped_field(one.id)] = one_of(_("Did it help?"), helped)
        return fields

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the chosen values."""
        data: dict[str, Any] = {}
        for one in asked.agreements:
            said = given.followed.get(str(one.id), Followed())
            data[happened_field(one.id)] = said.happened
            data[helped_field(one.id)] = None if said.helped is None else str(said.helped)
        return data

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read both choices of each thing."""
        reading, stored = Reading(post), asked.stored.followed
        known = {str(raw): raw for raw in asked.instrument.scale}
        seen: dict[str, Followed] = {}
        valid: dict[str, Followed] = {}
        for one in asked.agreements:
            key, happened_name, helped_name = str(one.id), happened_field(one.id), helped_field(one.id)
            happened = reading.choice(happened_name, HAPPENED)
            raw = reading.choice(helped_name, known)
            before = stored.get(key, Followed())
            seen[key] = Followed(happened, None if raw is None else known[raw])
            valid[key] = Followed(
                before.happened if happened_name in reading.errors else happened,
                before.helped if helped_name in reading.errors else seen[key].helped,
            )
        return Posted(AnswerSet(followed=_said(valid)), AnswerSet(followed=_said(seen)), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return each question with the words chosen."""
        rows = []
        for one in asked.agreements:
            said = given.followed.get(str(one.id), Followed())
            happened = (_words(said.happened),) if said.happened else ()
            helped = () if said.helped is None else (asked.say(f"scale.{said.helped}"),)
            rows.append(Row(_("“%(what)s”: did it happen?", what=one.what), happened))
            rows.append(Row(_("“%(what)s”: did it help?", what=one.what), helped))
        return rows


def happened_field(number: int) -> str:
    """Return the name of the field that asks whether a thing happened."""
    return f"AGREED-{number}-happened"


def helped_field(number: int) -> str:
    """Return the name of the field that asks whether a thing helped."""
    return f"AGREED-{number}-helped"


def _said(all_of: Mapping[str, Followed]) -> dict[str, Followed]:
    return {key: one for key, one in all_of.items() if one != Followed()}


def _words(happened: str) -> str:
    words: dict[str, str] = {
        "yes": _("Yes"),
        "partly": _("Partly"),
        "no": _("No"),
        "not_needed": _("No longer needed"),
    }
    return words[happened]
