"""Work that is done for one clinic after another, so that what goes wrong for one does not keep the others waiting."""

import logging
from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


class LeftOut(Exception):
    """Some clinics were left out, and what was done for the others may be committed; `first` is what went wrong."""

    def __init__(self, first: Exception) -> None:
        """Keep what went wrong for the first of them."""
        super().__init__(str(first))
        self.first = first


def each_clinic(session: Session, clinics: Iterable[int], do: Callable[[int], None]) -> None:
    """Do the work of each clinic whole or not at all; raises LeftOut at the end where it did not work for some."""

    def whole(clinic_id: int) -> None:
        with session.begin_nested():
            do(clinic_id)

    one_by_one(clinics, whole)


def one_by_one(clinics: Iterable[int], do: Callable[[int], None]) -> None:
    """Do the work of each clinic, which sees to its own transactions; raises LeftOut where it did not work for some."""
    first = None
    for clinic_id in clinics:
        try:
            do(clinic_id)
        except Exception as error:
            # The words of an error might name somebody.
            log.warning("The work for clinic %d was left out: %s", clinic_id, type(error).__name__)
            first = first or error
    if first is not None:
        raise LeftOut(first) from first
