"""Every refusal that the domain knows; one table at the edge maps them to pages and exit codes."""


class Refusal(Exception):
    """A request that the rules turn down; its text says what to do, in plain words."""


class DefinitionError(Refusal):
    """An instrument's definition is wrong; the text names the file, the key and what was expected."""


class UnknownInstrument(Refusal):
    """No instrument of this id and version is in the catalogue."""


class BadAnswers(Refusal):
    """An answer set cannot be read; the text names the item and what is allowed."""


class DamagedRecord(Refusal):
    """A stored record cannot be decrypted: it was changed, or written with a key that is not here."""


class Busy(Refusal):
    """The database could not take a write in time; nothing was stored, and trying again is safe."""


class BadSetting(Refusal):
    """A clinic's setting is unknown or its value is not allowed; the text names the key and what is allowed."""


class BadAccount(Refusal):
    """A member of staff cannot be added or changed like this; the text says what is allowed."""


class NotFound(Refusal):
    """This clinic has no such record; one of another clinic is answered in the same way."""


class RecordNumberTaken(Refusal):
    """Another patient of the clinic has this record number."""


class BadVisit(Refusal):
    """A visit cannot be made like this; the text says what is wrong with its day, hour, place or people."""


class NotSent(Refusal):
    """The form has not been sent, so its answers are not shown to anyone but the person who writes them."""


class TooEarly(Refusal):
    """Something cannot be done before the time of the visit."""


class BadStep(Refusal):
    """What was done about an alert cannot be stored like this; the text says what is wrong with it."""


class BadAgreement(Refusal):
    """What was agreed cannot be stored like this; the text says what is wrong with it."""


class BadResource(Refusal):
    """An entry of the clinic's directory cannot be stored like this; the text says what is wrong with it."""


class BadNote(Refusal):
    """A total of the clinic's own scale cannot be stored like this; the text says what is wrong with it."""


class NoUseForLink(Refusal):
    """A visit gets no link: its form has been sent, or the visit is cancelled."""


class NoSuchLink(Refusal):
    """No form opens with this link or code: it is unknown, has expired or was replaced, and which is not told."""


class LinkEnded(Refusal):
    """A form that was open may not go on: its link was revoked or its time is over; nothing was stored."""


class AlreadySent(Refusal):
    """The form has been sent; nothing more is stored."""


class ClosedByClinic(Refusal):
    """The clinic closed the form and uses what was there; nothing more is stored."""


class NotReady(Refusal):
    """The clinic has not said who answers for safety, so no form can be opened."""


class BadView(Refusal):
    """A view of the trends cannot be asked for like this, or there is none; the text says why and what to do."""


class NotADemo(Refusal):
    """Synthetic people are written into a demo clinic only; nothing was changed."""


class TooFewPatients(Refusal):
    """So few patients would tell who they are, or say nothing; the text says how many are needed."""
