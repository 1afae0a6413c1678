"""Break every id that leads nowhere, and every membership that contradicts another; see it reported."""

from pathlib import Path

import pytest

from tests.instruments.broken import refusal_after

BREAKS = [
    pytest.param(
        "  EXT: {subtheme: EXT,",
        "  EXT: {subtheme: EXTRA,",
        "instrument.yaml: items.EXT.subtheme: expected the id of a subtheme; EXTRA is none of EMO, COP",
        id="an item of no subtheme",
    ),
    pytest.param(
        "  UND: {subtheme: UND, domain: STIGMA,",
        "  UND: {subtheme: UND, domain: SHAME,",
        "instrument.yaml: items.UND.domain: expected the id of a domain, or null; SHAME is none of ACCESSIBILITY",
        id="an item of no domain",
    ),
    pytest.param(
        "items: [ACC1, ACC2], domain",
        "items: [ACC1, ACC2, ACC3], domain",
        "instrument.yaml: subthemes.ACC.items: expected the id of an item; ACC3 is none of",
        id="a subtheme with an unknown item",
    ),
    pytest.param(
        'paper: "Medication Efficacy", items: [MED]',
        'paper: "M", items: []',
        "instrument.yaml: subthemes.MED.items: expected at least one item",
        id="a subtheme without items",
    ),
    pytest.param(
        "subthemes: [QOC, ACC, REL]",
        "subthemes: [QOC, ACC, REL, XXX]",
        "instrument.yaml: themes.T2.subthemes: expected the id of a subtheme; XXX is none of",
        id="a theme with an unknown subtheme",
    ),
    pytest.param(
        "subthemes: [QOC, ACC, REL]",
        "subthemes: [QOC, ACC]",
        "instrument.yaml: subthemes.REL.theme: expected to stand in its own theme only; it stands in none",
        id="a subtheme in no theme",
    ),
    pytest.param(
        "subthemes: [QOC, ACC, REL]",
        "subthemes: [QOC, ACC, REL, EXT]",
        "instrument.yaml: subthemes.EXT.theme: expected to stand in its own theme only; it stands in T2, T4",
        id="a subtheme in two themes",
    ),
    pytest.param(
        "  EMO: {theme: T1,",
        "  EMO: {theme: T9,",
        "instrument.yaml: subthemes.EMO.theme: expected the id of a theme; T9 is none of T1, T2, T3, T4",
        id="a subtheme of an unknown theme",
    ),
    pytest.param(
        "subthemes: [QOC, ACC, REL]",
        "subthemes: [ACC, QOC, REL]",
        "instrument.yaml: subthemes: expected the order of the themes: EMO, COP",
        id="subthemes in two orders",
    ),
    pytest.param(
        "items: [ACC1, ACC2], domain",
        "items: [ACC1, ACC2, ALT], domain",
        "instrument.yaml: items.ALT.subtheme: expected to stand in its own subtheme only; it stands in ACC, ALT",
        id="an item in two subthemes",
    ),
    pytest.param(
        "P2: {items: [ACC1, ACC2, ALT]",
        "P2: {items: [ACC1, ACC2]",
        "instrument.yaml: items.ALT: expected to stand on exactly one page; it stands on 0",
        id="an item on no page",
    ),
    pytest.param(
        "P2: {items: [ACC1, ACC2, ALT]",
        "P2: {items: [ACC1, ACC2, ALT, EXT]",
        "instrument.yaml: items.EXT: expected to stand on exactly one page; it stands on 2",
        id="an item on two pages",
    ),
    pytest.param(
        "P2: {items: [ACC1, ACC2, ALT]",
        "P2: {items: [ACC1, ACC2, ALT, Q]",
        "instrument.yaml: pages.P2.items: expected the id of an item; Q is none of EMO",
        id="a page with an unknown item",
    ),
    pytest.param(
        "P2: {items: [ACC1, ACC2, ALT]",
        "P2: {items: []",
        "instrument.yaml: pages.P2.items: expected at least one item",
        id="an empty page",
    ),
    pytest.param(
        "  P1: {items:",
        "  P.1: {items:",
        "instrument.yaml: pages.P.1: expected an id of letters, digits and _",
        id="an id with a dot",
    ),
    pytest.param(
        "items: [UND], domain: STIGMA",
        "items: [UND], domain: null",
        "instrument.yaml: items.UND.domain: expected null, like its subtheme UND",
        id="an item whose domain is not its subtheme's",
    ),
    pytest.param(
        "    items: [STG1, STG2, UND]",
        "    items: [STG1, STG2, UND, MED]",
        "instrument.yaml: items.MED.domain: expected STIGMA, because domains.STIGMA.items holds MED",
        id="a domain item whose domain differs",
    ),
    pytest.param(
        "    items: [STG1, STG2, UND]",
        "    items: [STG1, STG2]",
        "instrument.yaml: domains.STIGMA.items: expected to hold UND, whose domain is STIGMA",
        id="a domain without one of its items",
    ),
    pytest.param(
        "    items: [STG1, STG2, UND]",
        "    items: [STG1, STG2, UND, ZZZ]",
        "instrument.yaml: domains.STIGMA.items: expected the id of an item; ZZZ is none of",
        id="a domain with an unknown item",
    ),
    pytest.param(
        "    picks: [STG, UND]",
        "    picks: [STG, SHAME]",
        "instrument.yaml: domains.STIGMA.picks: expected the id of a pick; SHAME is none of",
        id="a domain with an unknown pick",
    ),
    pytest.param(
        "    picks: [STG, UND]",
        "    picks: [STG, UND, ADH]",
        "instrument.yaml: domains: expected each pick in one domain at most; ADH stands in 2",
        id="a pick in two domains",
    ),
    pytest.param(
        "    cross: [REL.respect]",
        "    cross: [REL.respect, REL.nothing]",
        "instrument.yaml: domains.STIGMA.cross: expected a code of a list as SUB.code; REL.nothing is none",
        id="an unknown cross code",
    ),
    pytest.param(
        "    cross: [REL.respect]",
        "    cross: [REL.respect, QOC.empathy]",
        "instrument.yaml: domains.STIGMA.cross: expected codes whose option says cross: STIGMA; QOC.empathy does not",
        id="a cross code that points elsewhere",
    ),
    pytest.param(
        "    cross: [REL.respect]",
        "    cross: []",
        "instrument.yaml: domains.STIGMA.cross: expected to hold REL.respect, whose option points to this domain",
        id="a cross code that its domain does not list",
    ),
    pytest.param(
        "valence: barrier, cross: STIGMA}",
        "valence: barrier, cross: SHAME}",
        "instrument.yaml: lists.REL.options.respect.cross: expected the id of a domain, or null; SHAME is none of",
        id="an option that points to an unknown domain",
    ),
    pytest.param(
        "valence: barrier, cross: STIGMA}",
        "valence: barrier, cross: SUPPORT}",
        "instrument.yaml: lists.REL.options.respect.cross: expected a domain other than the list's own",
        id="an option that points to its list's own domain",
    ),
    pytest.param(
        "na_cross: ACCESSIBILITY",
        "na_cross: SUPPORT",
        "instrument.yaml: items.REL.na_cross: expected a domain other than the item's own",
        id="an item whose NA points to its own domain",
    ),
    pytest.param(
        "na_cross: ACCESSIBILITY",
        "na_cross: ACCESS",
        "instrument.yaml: items.REL.na_cross: expected the id of a domain, or null; ACCESS is none of",
        id="an item whose NA points nowhere",
    ),
    pytest.param(
        "{when: [STG.discrimination]}",
        "{when: [STG.nothing]}",
        'instrument.yaml: domains.STIGMA.prompts.4.when: expected SUB.code, "SUB.*" or "note:',
        id="a prompt for an unknown code",
    ),
    pytest.param(
        '{when: ["ALT.*"]}',
        '{when: ["ALTO.*"]}',
        "instrument.yaml: domains.ACCESSIBILITY.prompts.3.when: expected SUB.code",
        id="a prompt for any of an unknown list",
    ),
    pytest.param(
        "note:no_current_treatment",
        "note:stopped",
        "instrument.yaml: domains.ADHERENCE.prompts.4.when: expected SUB.code",
        id="a prompt for an unknown note",
    ),
    pytest.param(
        "    prompts:\n      - {when: []}\n      - {when: [REL.respect]}\n",
        "    prompts: [{when: []}]\n    others:\n",
        "instrument.yaml: domains.STIGMA.prompts: expected at least two, because the page prints two",
        id="too few prompts for the page",
    ),
    pytest.param(
        "    items: [STG1, STG2, UND]",
        "    items: []",
        "instrument.yaml: domains.STIGMA.items: expected at least one item",
        id="a domain without items",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), BREAKS)
def test_a_definition_whose_parts_do_not_belong_together_is_refused(copy: Path, old: str, new: str, says: str) -> None:
    assert any(line.startswith(says) for line in refusal_after(copy, old, new, says))
