"""Decide whether a new report may take the place of the last one, so that comparing the two tells of no few people."""

from collections.abc import Iterator, Set

from clinic.core.instrument import Instrument
from clinic.core.psychometrics import Change, GroupRead, Masks, Report
from clinic.core.suppression import OUTSIDE


def may_follow(instrument: Instrument, before: Report, after: Report, change: Change) -> bool:
    """Tell whether no figure that both reports show differs by 1 to 10 people.

    That is asked of all patients, of each language that both show, and of all without these; of the people of each,
    of those who answered all items of a theme or both of two items, and of the pairs. `change` must count from the end
    of the last report.
    """
    if change.since != before.until or before.until >= after.until:
        return False
    old, new = ({one.language: one for one in report.groups} for report in (before, after))
    shared = [one for one in old if one and one in new]
    everybody = change.came.keys() | change.gone.keys()
    whole = _Part(change, everybody, before.patients, after.patients)
    rest = _Part(
        change,
        everybody - set(shared),
        before.patients - sum(old[one].patients for one in shared),
        after.patients - sum(new[one].patients for one in shared),
    )
    if not (rest.allows(0) and whole.allows_group(instrument, old[""], new[""])):
        return False
    if not all(whole.allows(mask) for mask in _correlated(before, after)):
        return False
    parts = {one: _Part(change, {one}, old[one].patients, new[one].patients) for one in shared}
    return all(part.allows_group(instrument, old[one], new[one]) for one, part in parts.items())


class _Part:
    """Those patients of a change whose forms are in some languages."""

    def __init__(self, change: Change, languages: Set[str], before: int, after: int) -> None:
        self._change, self._languages = change, languages
        came, gone = self._both(change.came, change.gone, 0)
        # Whoever was in the last report and neither stayed nor answered again: withdrawn, erased or damaged since.
        self._lost = abs(before - (after - came + gone))

    def allows(self, mask: int) -> bool:
        """Tell whether nobody or at least 11 changed of those who answered all items of a mask."""
        return self._enough(*self._both(self._change.came, self._change.gone, mask))

    def allows_group(self, instrument: Instrument, old: GroupRead, new: GroupRead) -> bool:
        """Tell the same of all that both reports show of a group, but of its shares: these are rounded for it."""
        return all(
            (
                self.allows(0),
                *(self.allows(mask) for mask in _themes(instrument, old, new)),
                *(self._allows_pairs(1 << place) for place in _twice(old, new)),
            )
        )

    def _allows_pairs(self, mask: int) -> bool:
        return self._enough(*self._both(self._change.came_pairs, self._change.gone_pairs, mask))

    def _both(self, came: Masks, gone: Masks, mask: int) -> tuple[int, int]:
        first, second = (
            sum(
                count
                for language in self._languages
                for one, count in masks.get(language, {}).items()
                if one & mask == mask
            )
            for masks in (came, gone)
        )
        return first, second

    def _enough(self, came: int, gone: int) -> bool:
        # The same person may have come and gone, so that the larger number is what is sure.
        touched = max(came, gone)
        return touched >= OUTSIDE or touched == self._lost == 0


def _themes(instrument: Instrument, old: GroupRead, new: GroupRead) -> Iterator[int]:
    place = {item: number for number, item in enumerate(instrument.items)}
    shown = {one.theme for one in old.themes if one.alpha or one.omega} & {one.theme for one in new.themes}
    for theme in shown:
        items = [item for sub in instrument.themes[theme].subthemes for item in instrument.subthemes[sub].items]
        yield sum(1 << place[item] for item in items)


def _twice(old: GroupRead, new: GroupRead) -> Iterator[int]:
    for place, (first, second) in enumerate(zip(old.retest, new.retest, strict=True)):
        if first.icc and second.icc:
            yield place


def _correlated(before: Report, after: Report) -> Iterator[int]:
    size = range(len(before.items))
    for one in size:
        for other in size[:one]:
            if before.correlations[one][other] is not None and after.correlations[one][other] is not None:
                yield 1 << one | 1 << other
