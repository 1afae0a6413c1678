"""Break every list, pick and fixed choice that does not fit; see it reported."""

from pathlib import Path

import pytest

from tests.instruments.broken import refusal_after

BREAKS = [
    pytest.param(
        "lists:\n  EMO:",
        "lists:\n  EMOTION:",
        "instrument.yaml: lists.EMOTION: expected the id of a subtheme; allowed are EMO, COP",
        id="a list of no subtheme",
    ),
    pytest.param(
        "lists:\n  EMO:",
        "lists:\n  EMOTION:",
        "instrument.yaml: lists.EMO: expected a list, because every subtheme has one; it is missing",
        id="a subtheme without a list",
    ),
    pytest.param(
        "{code: frustration,",
        "{code: isolation,",
        "instrument.yaml: lists.EMO.options.isolation: expected each code once in a list; it stands 2 times",
        id="a doubled code",
    ),
    pytest.param(
        "{code: frustration,",
        "{code: none_of_these,",
        "instrument.yaml: lists.EMO.options.none_of_these: expected a code of letters, digits and _, other than",
        id="a code that every list has",
    ),
    pytest.param(
        "  EXT:\n    options:\n",
        "  EXT:\n    options: []\n    more:\n",
        "instrument.yaml: lists.EXT.options: expected at least one option",
        id="a list without options",
    ),
    pytest.param(
        'code: sadness, paper: "Sadness"',
        "code: sadness, paper: null",
        "instrument.yaml: lists.EMO.options.sadness.paper: expected the paper's term for table1, null for an extension",
        id="a code of the paper without its term",
    ),
    pytest.param(
        "code: x_travel, paper: null",
        'code: x_travel, paper: "travel"',
        "instrument.yaml: lists.ACC.options.x_travel.paper: expected the paper's term for table1, null for",
        id="an extension with a term of the paper",
    ),
    pytest.param(
        "    show: always\n",
        "",
        "instrument.yaml: lists: expected exactly one list with show: always; found 0",
        id="no strengths list",
    ),
    pytest.param(
        "ask_first: [EMO, SLF, PRG, RCV]",
        "ask_first: [EMO, SLF, PRG, RCV, OHO]",
        "instrument.yaml: ask_first: expected the id of a list; OHO is none of",
        id="an unknown list to ask first",
    ),
    pytest.param(
        "ask_first: [EMO, SLF, PRG, RCV]",
        "ask_first: [EMO, SLF, PRG]",
        "instrument.yaml: ask_first: expected every list with a safety code; RCV is missing",
        id="a safety list that is not asked first",
    ),
    pytest.param(
        "picks: [ACC, ALT, ADH, MED,",
        "picks: [ACC, ALT, ADH, MEDS,",
        "instrument.yaml: picks: expected the id of a subtheme; MEDS is none of",
        id="an unknown pick",
    ),
    pytest.param(
        "EXT, OTHER, NONE]",
        "NONE, EXT, OTHER]",
        "instrument.yaml: picks: expected OTHER and NONE as the last two",
        id="NONE not last",
    ),
    pytest.param(
        'wishes: [now, later, "no", PNA]',
        'wishes: [now, soon, "no", PNA]',
        "instrument.yaml: wishes: expected exactly PNA, later, no, now; found now, soon, no, PNA",
        id="an unknown answer to a wish",
    ),
    pytest.param(
        "respondents: [self, helped, proxy]",
        "respondents: [self, proxy]",
        "instrument.yaml: respondents: expected exactly helped, proxy, self; found self, proxy",
        id="an unknown respondent",
    ),
    pytest.param(
        'checkin_options: ["no", yes_past, yes_now, PNA]',
        'checkin_options: ["no", "yes", PNA]',
        "instrument.yaml: safety.checkin_options: expected exactly PNA, no, yes_now, yes_past; found no, yes, PNA",
        id="an unknown answer to the check-in",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), BREAKS)
def test_a_definition_whose_lists_do_not_fit_is_refused(copy: Path, old: str, new: str, says: str) -> None:
    assert any(line.startswith(says) for line in refusal_after(copy, old, new, says))
