"""`clinic score`: good lines are scored, bad lines say what is wrong, in their place."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from clinic.cli.score import score

WORKED = yaml.safe_load((Path(__file__).parents[1] / "core" / "worked_examples.yaml").read_text(encoding="utf-8"))


def run(text: str | bytes) -> tuple[int, list[dict[str, Any]]]:
    found = CliRunner().invoke(score, ["-"], input=text)
    return found.exit_code, [json.loads(line) for line in found.stdout.splitlines()]


def test_json_lines_in_gives_the_worked_results_out_in_order() -> None:
    inputs = [{key: one[key] for key in ("answers", "ticks", "picks", "safety_checkin")} for one in WORKED["examples"]]

    status, found = run("\n".join(map(json.dumps, inputs)))

    assert status == 0
    assert found == [one["results"] for one in WORKED["examples"]]
    assert list(found[0]) == list(WORKED["examples"][0]["results"])


def test_one_object_over_many_lines_is_one_document() -> None:
    status, found = run(json.dumps({"answers": {"EMO": 2}}, indent=2))

    assert (status, len(found)) == (0, 1)
    assert found[0]["completion"] == "partial"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"answers":{"EMO":5}}', "EMO: 5 is not allowed; use 0, 1, 2, 3, 4, NA, PNA or null"),
        ('{"answers":{"EMO":-1}}', "EMO: -1"),
        ('{"answers":{"EMO":true}}', "EMO: true"),
        ('{"answers":{"EMO":3.0}}', "EMO: 3.0"),
        ('{"answers":{"EMO":"3"}}', 'EMO: "3"'),
        ('{"answers":{"EMO":[3]}}', "EMO: [3]"),
        ('{"answers":{"EMO":NaN}}', "NaN is not JSON"),
        ('{"answers":{"emo":3}}', '"emo": unknown item'),
        ('{"answers":{},"extra":1}', '"extra": unknown key'),
        ('{"ticks":[]}', "answers: missing"),
        ('{"answers":[]}', "answers: must be an object"),
        ('{"answers":{},"ticks":["EMO.joy"]}', 'ticks: "EMO.joy" is unknown; allowed in this list'),
        ('{"answers":{},"ticks":["EMO.despair","EMO.despair"]}', 'ticks: "EMO.despair" is given twice'),
        ('{"answers":{},"ticks":"EMO.despair"}', "ticks: must be a list"),
        ('{"answers":{},"picks":["ACC","MED","STG","UND"]}', "picks: 4 given; at most 3"),
        ('{"answers":{},"picks":["ACC","ACC"]}', 'picks: "ACC" is given twice'),
        ('{"answers":{},"picks":["NONE","ACC"]}', "picks: NONE stands alone"),
        ('{"answers":{},"picks":["SAFE"]}', 'picks: "SAFE" is unknown'),
        ('{"answers":{},"safety_checkin":false}', "safety_checkin: false"),
        ('{"answers":{},"help_wanted":{"MONEY":"now"}}', '"MONEY": unknown gap'),
        ('{"answers":{},"help_wanted":{"STIGMA":"soon"}}', "help_wanted.STIGMA"),
        ('{"answers":{},"respondent":"nurse"}', "respondent"),
        ('{"answers":{},"text":{"TXT":7}}', "text.TXT: 7"),
        ('{"answers":{},"text":{"ACC":"' + "x" * 121 + '"}}', "text.ACC: 121 characters; at most 120"),
        ('{"answers":{},"instrument":"phq|9"}', "'phq|9'"),
        ('{"answers":{},"instrument":1}', "instrument: must be a string"),
        ('{"answers":{"EMO":1,"EMO":2}}', '"EMO" is given twice'),
        ('{"answers":{},"answers":{}}', '"answers" is given twice'),
        ("[1, 2]", "not an object"),
        ("null", "not an object"),
        ('{"answers":', "broken JSON"),
        ("[" * 100_000, "broken JSON"),
    ],
)
def test_a_bad_line_stands_in_its_place_and_the_good_ones_are_scored(line: str, named: str) -> None:
    good = '{"answers":{"EMO":2}}'

    status, found = run(f"{good}\n{line}\n\n{good}\n")

    assert status == 1
    assert [set(one) == {"line", "error"} for one in found] == [False, True, False]
    assert found[1]["line"] == 2
    assert named in found[1]["error"]


def test_a_line_that_is_not_text_is_named_and_the_others_are_scored() -> None:
    status, found = run(b'\xef\xbb\xbf{"answers":{}}\n\xff\n{"answers":{}}')

    assert status == 1
    assert found[1] == {"line": 2, "error": "not UTF-8 text; save the file as UTF-8"}
    assert found[0] == found[2]


def test_nothing_at_all_is_an_error_that_says_what_to_give() -> None:
    status, found = run("")

    assert status == 1
    assert "give one object a line" in found[0]["error"]


@pytest.mark.parametrize("given", ["I want to die", {"TXT": "I want to die"}, {"EMO": "I want to die"}])
def test_text_is_read_for_safety_in_every_form_it_may_take(given: Any) -> None:
    _, found = run(json.dumps({"answers": {}, "text": given, "safety_checkin": "no"}))

    assert (found[0]["safety_level"], found[0]["alert"]) == ("S2", True)


def test_an_instrument_may_be_named() -> None:
    assert run('{"answers":{},"instrument":"trd-barrier-check|1.0"}') == run('{"answers":{}}')
