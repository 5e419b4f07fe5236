"""What is taken out of texts and traces before they leave for LangSmith."""

from typing import Any

import pytest

from api.settings import SettingsRefused, read_settings
from api.tracing import veiled
from evals.masking import Mask
from evals.scenario import load_scenarios

MASK = Mask.over(load_scenarios())


@pytest.mark.parametrize(
    ("given", "left"),
    [
        pytest.param({"content": "I'm Maria"}, {"content": "[9 characters]"}, id="words"),
        pytest.param({"phone": 2175550142}, {"entry 1": "[number]"}, id="an unknown key"),
        pytest.param({"total_tokens": 7}, {"total_tokens": 7}, id="counts of our own"),
        pytest.param({"name": "book_appointment"}, {"name": "book_appointment"}, id="a tool"),
        pytest.param({"ended": True, "looked": None}, {"ended": True, "looked": None}, id="flags"),
        pytest.param(
            {"args": {"total_tokens": 2175550142, "ls_provider": "Maria", "year": 2019}},
            {"args": {"entry 1": "[number]", "entry 2": "[5 characters]", "year": "[number]"}},
            id="a model that borrows our keys",
        ),
        pytest.param({"error": "ValueError('Maria')"}, {"error": "ValueError"}, id="an error"),
        pytest.param({"error": "Maria (hers)"}, {"error": "[12 characters]"}, id="no class"),
    ],
)
def test_a_trace_keeps_what_is_ours(given: Any, left: Any) -> None:
    assert veiled(given) == left


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("this is Maria Lopez", "this is [withheld]"),
        ("my name is Fritz Huber, hello", "my name is [withheld], hello"),
        ("call 217-555-0199 please", "call [withheld] please"),
        ("two one seven, uh, five five five, zero one six four", "[withheld]"),
        ("it's B X four one nine two one", "it's [withheld]"),
        ("plate TRK 8899", "plate [withheld]"),
        ("VIN 1HGCM82633A004352", "VIN [withheld]"),
        ("born on June third, nineteen ninety", "born on [withheld]"),
        ("born 1991-02-03", "born [withheld]"),
        ("dan@example.org", "[withheld]"),
        ("dan dot b at gmail dot com", "[withheld]"),
        ("at 99 Birch Road, 62701", "at [withheld]"),
        ("scheduled_at 2026-11-17T16:00:00+00:00", "scheduled_at 2026-11-17T16:00:00+00:00"),
        ("It's a 2018 Honda Civic, $200", "It's a 2018 Honda Civic, $200"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_texts_of_evals_keep_all_but_people(text: str, masked: str) -> None:
    assert MASK(text) == masked


@pytest.mark.parametrize(
    "half", [{"langsmith_endpoint": "http://127.0.0.1:9"}, {"langsmith_trace_calls": True}]
)
def test_half_a_setting_is_refused(half: dict[str, Any]) -> None:
    with pytest.raises(SettingsRefused, match="LANGSMITH_API_KEY is not"):
        read_settings(**half)
