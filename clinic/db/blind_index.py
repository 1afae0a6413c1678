"""Find encrypted patients: the digests that are stored of a record number, a date of birth and a name."""

import re
import unicodedata
from datetime import date

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from clinic.db.crypto import Keyring, keyring_of
from clinic.db.models import Patient, PatientIndex

SHORTEST, LONGEST = 3, 8
_APOSTROPHES = re.compile("['’‘ʼ`´′]")
_MONTHS = "jan ene,feb,mar,apr abr,may,jun,jul,aug ago,sep set,oct,nov,dec dic"
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS.split(","), start=1) for name in names.split()}

Entry = tuple[str, str]


def plain(text: str) -> str:
    """Return text casefolded and without accents, as names are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def name_parts(name: str) -> frozenset[str]:
    """Return the parts by which a name is found; "O'Brien" has obrien, o and brien."""
    text = plain(name)
    joined, apart = _APOSTROPHES.sub("", text), _APOSTROPHES.sub(" ", text)
    return frozenset(re.findall(r"[^\W_]+", joined)) | frozenset(re.findall(r"[^\W_]+", apart))


def typed_parts(word: str) -> list[str]:
    """Return the parts of one word that somebody searches for: each of them must match."""
    return re.findall(r"[^\W_]+", _APOSTROPHES.sub("", plain(word)))


def dates(text: str) -> frozenset[str]:
    """Return every ISO date that a text can mean: year first, day first, month first, or with a month's name."""
    numbers = [int(one) for one in re.findall(r"\d+", text)]
    words = [one for one in re.findall(r"[^\W\d_]+", plain(text)) if one not in ("de", "del", "of")]
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text.strip())
    if compact:
        guesses = [tuple(map(int, compact.groups()))]
    elif len(words) == 1 and len(numbers) == 2:
        month = _MONTH_NUMBERS.get(words[0][:3], 0)
        guesses = [(numbers[1], month, numbers[0]), (numbers[0], month, numbers[1])]
    elif not words and len(numbers) == 3:
        first, second, third = numbers
        guesses = [(first, second, third), (third, second, first), (third, first, second)]
    else:
        return frozenset()
    return frozenset(found for guess in guesses if (found := _iso(*guess)))


def plain_record(record_number: str) -> str:
    """Return a record number as two of them are compared."""
    return record_number.strip().casefold()


def record(keyring: Keyring, clinic_id: int, record_number: str) -> Entry:
    """Return the entry of a record number; capitals and spaces around it make no difference."""
    return "record", keyring.digest(f"record:{clinic_id}", plain_record(record_number))


def born(keyring: Keyring, clinic_id: int, born_on: str) -> Entry:
    """Return the entry of a date of birth in ISO form."""
    return "born", keyring.digest(f"born:{clinic_id}", born_on)


def beginning(keyring: Keyring, clinic_id: int, letters: str) -> Entry:
    """Return the entry of a beginning of a name, at most eight letters of it."""
    return "name", keyring.digest(f"name:{clinic_id}", letters[:LONGEST])


def entries(keyring: Keyring, clinic_id: int, record_number: str, name: str, born_on: str) -> set[Entry]:
    """Return every entry of one patient; a part of fewer than three letters is entered whole."""
    parts = name_parts(name)
    starts = {part[:length] for part in parts for length in range(SHORTEST, LONGEST + 1)}
    starts |= {part for part in parts if len(part) < SHORTEST}
    named = {beginning(keyring, clinic_id, start) for start in starts}
    return {record(keyring, clinic_id, record_number), born(keyring, clinic_id, born_on)} | named


def index_patient(session: Session, patient: Patient) -> None:
    """Write the entries of a patient anew; call it whenever record number, name or date of birth were set.

    Raises sqlalchemy.exc.IntegrityError where another patient of the clinic has this record number.
    """
    session.flush()
    index(session, patient.clinic_id, patient.id, patient.record_number, patient.name, patient.born_on)


def index(session: Session, clinic_id: int, patient_id: int, record_number: str, name: str, born_on: str) -> None:
    """Write the entries of a patient of these values anew, without reading what is stored of them.

    Raises sqlalchemy.exc.IntegrityError where another patient of the clinic has this record number.
    """
    found = entries(keyring_of(session), clinic_id, record_number, name, born_on)
    session.execute(delete(PatientIndex).where(PatientIndex.patient_id == patient_id))
    rows = [
        {"patient_id": patient_id, "clinic_id": clinic_id, "kind": kind, "digest": digest}
        for kind, digest in sorted(found)
    ]
    session.execute(insert(PatientIndex), rows)


def matches(keyring: Keyring, clinic_id: int, text: str) -> list[list[Entry]]:
    """Return, for each part of a typed text, the entries of which a patient must have one.

    Beside a longer part, those of one or two letters are left out: the caller compares them with the name itself.
    """
    found = []
    for word in text.split():
        whole = [record(keyring, clinic_id, word), *(born(keyring, clinic_id, day) for day in dates(word))]
        found += [(len(part), [*whole, beginning(keyring, clinic_id, part)]) for part in typed_parts(word) or [""]]
    longer = [entries for length, entries in found if length >= SHORTEST]
    return longer or [entries for _length, entries in found]


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year > 1800 else None
    except ValueError:
        return None
