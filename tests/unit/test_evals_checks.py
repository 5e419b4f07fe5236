"""Facts are heard however they are worded, and card numbers are found however they are written."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from evals.checks import Line, Run, holds_card_number, judge, says
from evals.scenario import Scenario

ZONE = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("fact", "speech", "heard"),
    [
        ("time:2026-11-19T10:00:00-06:00", "Thursday, November nineteenth at ten AM.", True),
        ("time:2026-11-19T10:00:00-06:00", "Thursday the 19th at 10:00 a.m.", True),
        ("time:2026-11-19T16:00:00+00:00", "November 19 at 10 AM", True),
        ("time:2026-11-19T10:00:00-06:00", "Thursday, November nineteenth at ten PM.", False),
        ("time:2026-11-19T10:00:00-06:00", "November nineteenth at ten thirty AM", False),
        ("time:2026-11-19T10:30:00-06:00", "November nineteenth at ten thirty AM", True),
        ("time:2026-11-19T10:00:00-06:00", "November ninth at ten AM", False),
        ("time:2026-12-01T12:00:00-06:00", "Tuesday, December first at noon", True),
        ("money:200", "typically two hundred to six hundred dollars", True),
        ("money:600", "from $200 to $600.", True),
        ("money:200", "twelve hundred dollars", False),
        ("money:20", "about $200", False),
        ("text:Main Street", "We're at 123 main street, Springfield", True),
        ("text:nine AM", "from 9 a.m. to 3 p.m.", True),
        ("text:Elm", "an elmwood box", False),
    ],
)
def test_a_fact_is_heard(fact: str, speech: str, heard: bool) -> None:
    assert says(fact, speech, ZONE) is heard


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my card is 4111 1111 1111 1111.", True),
        ("4111-1111-1111-1111", True),
        ("it's four one one one, one one one one, one one one one, double one one one", True),
        ('{"text": "4111111111111111"}', True),
        ("4111 1111 1111 1112", False),
        ("call me at 217 555 0142", False),
        ("2026-11-16 09:00:00", False),
        ("00000000000000000000000000000002.0.4111111111111111", False),
        ("1f0c8a4e-4111-6111-8111-111111111111", False),
        ("0000 0000 0000 0000", False),
    ],
)
def test_a_card_number_is_found(text: str, found: bool) -> None:
    assert holds_card_number(text) is found


SCENARIO = Scenario.model_validate_json(
    """{"id": "H99", "split": "happy", "why": "somebody would be hurt",
        "now": "2026-11-16T09:00:00-06:00", "caller": {"opening": "hi", "replies": []},
        "said": ["text:hello"], "unsaid": ["text:secret"], "called": ["get_service_info"],
        "uncalled": ["book_appointment"], "failed_proofs": 0, "ends": "information_provided"}"""
)
GOOD = Run(
    lines=(Line("sophie", "Hello.", ("get_service_info",)),),
    differences=(),
    columns={},
    logs=({"outcome": "information_provided"},),
    proofs=(True,),
    transferred_to=None,
    texts=(("call_logs", "summary", "fine"),),
    failed_turns=0,
    prompt_tokens=0,
    completion_tokens=0,
)


def test_a_call_as_it_should_be_passes_every_rule() -> None:
    assert [finding.why for finding in judge(SCENARIO, GOOD, ZONE) if finding.why] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"failed_turns": 1}, "1 turns broke"),
        ({"logs": ()}, "call_logs has 0 rows instead of one"),
        ({"logs": ({"outcome": "abandoned"},)}, "ended as abandoned, not as information_provided"),
        ({"transferred_to": "service_advisor"}, "handed to service_advisor instead of nobody"),
        ({"lines": (Line("sophie", "hello"),)}, "get_service_info was not called"),
        (
            {"lines": (Line("sophie", "hello", ("get_service_info", "book_appointment")),)},
            "book_appointment was called",
        ),
        (
            {"lines": (Line("caller", "hello", ("get_service_info",)),)},
            "text:hello was not said",
        ),
        (
            {"lines": (Line("sophie", "hello secret", ("get_service_info",)),)},
            "text:secret was said",
        ),
        ({"proofs": (False,)}, "1 wrong proofs were noted instead of 0"),
        (
            {"texts": (("call_logs", "summary", "4111 1111 1111 1111"),)},
            "a card number is kept in call_logs.summary",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_rule_can_fail_alone(change: dict[str, Any], said: str) -> None:
    broken = [finding for finding in judge(SCENARIO, replace(GOOD, **change), ZONE) if finding.why]
    assert [why for finding in broken for why in finding.why] == [said] or said in str(broken)
    assert len(broken) == 1
