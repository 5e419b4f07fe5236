"""A stream token opens one call's stream, once, for a short time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.twilio.tokens import MemoryLedger, StreamTokens, TokenRefused

pytestmark = pytest.mark.anyio
CLAIMS = {"from": "+12175550142", "to": "+12175550100", "resumed": "0"}


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _tokens(
    clock: Clock | None = None, secret: bytes = b"a secret of this test", **settings: Any
) -> StreamTokens:
    return StreamTokens(secret, MemoryLedger(), clock or Clock(), **settings)


async def _refusal(tokens: StreamTokens, token: str, call_sid: str = "CA1") -> str:
    with pytest.raises(TokenRefused) as caught:
        await tokens.verify(token, call_sid)
    assert token == "" or token not in str(caught.value)
    return caught.value.reason


async def test_a_token_gives_back_what_was_put_in() -> None:
    tokens = _tokens()
    assert await tokens.verify(tokens.issue("CA1", CLAIMS), "CA1") == CLAIMS


async def test_a_token_fits_into_a_stream_parameter() -> None:
    # https://www.twilio.com/docs/voice/twiml/stream#custom-parameters: 500 characters with the name
    claims = {"from": "+" + "1" * 15, "to": "x" * 64, "resumed": "1"}
    assert len("token" + _tokens().issue("C" * 64, claims)) < 500


async def test_a_token_is_taken_once() -> None:
    tokens = _tokens()
    token = tokens.issue("CA1", CLAIMS)
    await tokens.verify(token, "CA1")
    assert await _refusal(tokens, token) == "used"


async def test_a_token_of_another_call_is_refused_and_not_spent() -> None:
    tokens = _tokens()
    token = tokens.issue("CA1", CLAIMS)
    assert await _refusal(tokens, token, "CA2") == "of another call"
    assert await tokens.verify(token, "CA1") == CLAIMS


async def test_a_token_expires() -> None:
    clock = Clock()
    tokens = _tokens(clock, lifetime=timedelta(seconds=30))
    token = tokens.issue("CA1", CLAIMS)
    clock.now += timedelta(seconds=30)
    assert await _refusal(tokens, token) == "expired"


async def test_a_forged_token_is_refused() -> None:
    tokens = _tokens()
    token = tokens.issue("CA1", CLAIMS)
    body, _, seal = token.rpartition(".")
    others = _tokens(secret=b"another secret here").issue("CA1", CLAIMS)
    for forged in (others, body, "." + seal, f"{body}A.{seal}", "é.\ud800", seal, "."):
        assert await _refusal(tokens, forged) == "forged"
    assert await _refusal(tokens, "") == "missing"


async def test_processes_that_share_a_secret_take_each_others_tokens() -> None:
    issued = _tokens(secret=b"s" * 32).issue("CA1", CLAIMS)
    assert await _tokens(secret=b"s" * 32).verify(issued, "CA1") == CLAIMS


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        _tokens(secret=b"")


async def test_spent_tokens_are_forgotten_once_expired_and_refused_before() -> None:
    clock = Clock()
    ledger = MemoryLedger(most=3)
    tokens = StreamTokens(b"a secret of this test", ledger, clock)
    for number in range(3):
        await tokens.verify(tokens.issue(f"CA{number}", CLAIMS), f"CA{number}")
    assert await _refusal(tokens, tokens.issue("CA1", CLAIMS)) == "too many in use"
    clock.now += timedelta(minutes=1)
    await tokens.verify(tokens.issue("CA1", CLAIMS), "CA1")
    assert len(ledger) == 1
