"""Break what is wrong in one place: keys, kinds of values, YAML itself; see it reported."""

from pathlib import Path

import pytest

from tests.instruments.broken import refusal_after

BREAKS = [
    pytest.param(
        "validated: false",
        "validated: false\nvalidatedd: true",
        "instrument.yaml: validatedd: expected no such key; allowed are ask_first",
        id="an unknown key",
    ),
    pytest.param(
        "code: sadness,",
        "code: sadness, colour: red,",
        "instrument.yaml: lists.EMO.options.0.colour: expected no such key",
        id="an unknown key deep inside",
    ),
    pytest.param(
        "  wait_minutes: 10",
        "",
        "instrument.yaml: safety.wait_minutes: expected a whole number; the key is missing",
        id="a missing key",
    ),
    pytest.param(
        "ask_first: [EMO, SLF, PRG, RCV]",
        "",
        "instrument.yaml: ask_first: expected a list of texts; the key is missing",
        id="a missing section",
    ),
    pytest.param(
        "  gap: 50",
        '  gap: "50"',
        "instrument.yaml: scoring.gap: expected a whole number; found '50'",
        id="a number in quotes",
    ),
    pytest.param(
        "  also_high_max: 3",
        "  also_high_max: true",
        "instrument.yaml: scoring.also_high_max: expected a whole number; found true",
        id="a truth value for a number",
    ),
    pytest.param(
        'version: "1.0"',
        "version: 1.0",
        "instrument.yaml: version: expected a text in quotes that is not empty; found 1.0",
        id="a version that YAML reads as a number",
    ),
    pytest.param(
        "validated: false",
        "validated: not yet",
        "instrument.yaml: validated: expected true or false; found 'not yet'",
        id="a word for a truth value",
    ),
    pytest.param(
        "ask_first: [EMO, SLF, PRG, RCV]",
        "ask_first: EMO",
        "instrument.yaml: ask_first: expected a list of texts",
        id="a text for a list",
    ),
    pytest.param(
        'wishes: [now, later, "no", PNA]',
        "wishes: [now, later, no, PNA]",
        'instrument.yaml: wishes: expected a list of texts ("no", "yes" and "on" need their quotes); found a list',
        id="a bare no in a list",
    ),
    pytest.param(
        "scale: {values: [0, 1, 2, 3, 4], special: [NA, PNA]}",
        "scale: [0, 1]",
        "instrument.yaml: scale: expected a mapping; found a list",
        id="a list for a mapping",
    ),
    pytest.param(
        "      - {when: [REL.respect]}",
        "      - when",
        "instrument.yaml: domains.STIGMA.prompts.1: expected a mapping; found 'when'",
        id="a mapping for a list",
    ),
    pytest.param(
        "safety_raw_values: [0]",
        "safety_raw_values: [zero]",
        "instrument.yaml: items.RCV.safety_raw_values: expected a list of whole numbers",
        id="a list of texts for numbers",
    ),
    pytest.param(
        "items:\n  EMO: {subtheme: EMO, domain: null, direction: burden}",
        "items:\n  EMO: {subtheme: EMO, domain: null, direction: up}",
        "instrument.yaml: items.EMO.direction: expected one of burden, positive; found 'up'",
        id="a direction that does not exist",
    ),
    pytest.param(
        'code: guilt, paper: "guilt", source: table1, valence: barrier',
        'code: guilt, paper: "guilt", source: table1, valence: bad',
        "instrument.yaml: lists.SLF.options.1.valence: expected one of barrier, need, strength, neutral; found 'bad'",
        id="a valence that does not exist",
    ),
    pytest.param(
        "  gap: 50",
        "  gap: 50\n  gap: 60",
        "instrument.yaml: scoring.gap: expected each key once; it stands again on line",
        id="a doubled key",
    ),
    pytest.param(
        "  SLF: {subtheme: SLF, domain: null, direction: burden}",
        "  EMO: {subtheme: SLF, domain: null, direction: burden}",
        "instrument.yaml: items.EMO: expected each key once",
        id="a doubled item",
    ),
    pytest.param(
        "    picks: [ACC, ALT]",
        "    picks: [ACC, ALT, ACC]",
        "instrument.yaml: domains.ACCESSIBILITY.picks: expected each entry once; 'ACC' stands 2 times",
        id="a doubled entry of a list",
    ),
    pytest.param(
        "limits:", "limits: [", "instrument.yaml: (file): expected valid YAML; it breaks near line", id="broken YAML"
    ),
    pytest.param(
        "es: {status: draft,",
        "es: {status: source,",
        "instrument.yaml: languages: expected exactly one language with status: source; found 2",
        id="two source languages",
    ),
    pytest.param(
        "es: {status: draft,",
        "es: {status: reviewed,",
        "instrument.yaml: languages.es.reviewed_by: expected the name of the reviewer",
        id="a reviewed language without a reviewer",
    ),
    pytest.param(
        "  core_items: 21",
        "  core_items: 22",
        "instrument.yaml: limits.core_items: expected 21",
        id="another number of items than said",
    ),
    pytest.param(
        "flow: [RESP, P1, P2,",
        "flow: [RESP, P2, P1,",
        "instrument.yaml: flow: expected RESP P1 P2 P3",
        id="a flow that the path does not follow",
    ),
    pytest.param(
        "special: [NA, PNA]",
        "special: [PNA, NA]",
        "instrument.yaml: scale.special: expected NA PNA",
        id="other special answers",
    ),
    pytest.param(
        "  EXT:\n    options:\n",
        "  EXT:\n    options: several\n    more:\n",
        "instrument.yaml: lists.EXT.options: expected a list of mappings; found 'several'",
        id="a text for a list of mappings",
    ),
    pytest.param(
        "  T1: {paper",
        "  no: {paper",
        "instrument.yaml: themes.False: expected a key in quotes; found false",
        id="a bare no as an id",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), BREAKS)
def test_a_definition_that_cannot_be_read_as_meant_is_refused(copy: Path, old: str, new: str, says: str) -> None:
    assert any(line.startswith(says) for line in refusal_after(copy, old, new, says))
