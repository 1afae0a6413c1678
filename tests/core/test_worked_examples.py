"""Every example that was worked by hand comes out as worked by hand."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.core import answers, change, result
from clinic.core.scoring import decimals, half_up
from clinic.instruments.catalogue import current

WORKED = yaml.safe_load((Path(__file__).parent / "worked_examples.yaml").read_text(encoding="utf-8"))
INPUTS = ("answers", "ticks", "picks", "safety_checkin", "text", "help_wanted", "respondent")


@pytest.mark.parametrize("example", WORKED["examples"], ids=lambda one: f"{one['id']} {one['title']}")
def test_a_worked_example_scores_as_it_was_worked_by_hand(example: dict[str, Any]) -> None:
    instrument = current()
    given = answers.read(instrument, {key: example[key] for key in INPUTS if key in example})

    found = result.to_json(result.evaluate(instrument, given))

    assert found == example["results"]
    assert list(found) == list(example["results"])


def test_the_worked_change_comes_out_as_it_was_worked_by_hand() -> None:
    instrument, worked = current(), WORKED["change"]
    before = answers.read(instrument, {"answers": worked["visit1"]})
    after = answers.read(instrument, {"answers": worked["visit2"]})

    changes = change.compare(instrument, before, after)

    assert {key: _told(one) for key, one in changes.items()} == worked["results"]


def _told(one: change.Change) -> dict[str, Any]:
    return {"result": one.result, "before": _number(one.before), "after": _number(one.after)}


def _number(value: Fraction | None) -> dict[str, Any] | None:
    return None if value is None else {"exact": str(value), "value": decimals(value), "shown": half_up(value)}
