"""The trends as they stand on one sheet of paper: every word ready, every figure as it may leave the clinic."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinic.core.trends import Figure


@dataclass(frozen=True, slots=True)
class Place:
    """One place across a panel: what the axis says of it, and by which version its figures were scored."""

    label: str
    version: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure over time; `figures` has one for each place, None where there is none.

    `newest` says the newest figure in words and `change` what changed; `told` says what the drawing shows to someone
    who cannot see it.
    """

    name: str
    newest: str
    change: str
    figures: tuple[Figure | None, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One share of the newest period with its interval; `shown` says it in words."""

    name: str
    shown: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small table; `columns` name the cells of each row, and a row is its name with its cells.

    A wide one takes the whole width of the paper, others stand in two columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class TrendSheet:
    """The sheet, part by part in the order of reading; `mark` says that nobody in it is real.

    `break_words` names a version where a new one begins, with {version} in it; `hidden` stands for what is not shown.
    """

    language: str
    title: str
    about: tuple[str, ...]
    mark: str | None
    lead: str
    counts: str
    gaps_title: str
    gaps_note: str
    places: tuple[Place, ...]
    panels: tuple[Panel, ...]
    hidden: str
    break_words: str
    dots_title: str
    dots_note: str
    dots: tuple[Dot, ...]
    tables: tuple[Numbers, ...]
    caveats_title: str
    caveats: tuple[str, ...]
    footer: str
    clip_mark: str
    more_mark: str


def lines(sheet: TrendSheet) -> Iterator[str]:
    """Yield every line of words on the sheet, in the order of reading; what the drawings say themselves is apart."""
    yield from filter(None, (sheet.mark, sheet.title))
    yield from sheet.about
    yield from filter(None, (sheet.lead, sheet.counts, sheet.gaps_title, sheet.gaps_note))
    for panel in sheet.panels:
        yield from filter(None, (panel.name, panel.newest, panel.change))
    yield from filter(None, (sheet.dots_title, sheet.dots_note))
    for dot in sheet.dots:
        yield from (dot.name, dot.shown)
    for table in sheet.tables:
        yield from filter(None, (table.title, *table.columns))
        for name, cells in table.rows:
            yield from (name, *cells)
    yield from (sheet.caveats_title, *sheet.caveats, sheet.footer)
