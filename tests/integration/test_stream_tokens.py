"""A stream token opens one stream, whichever of the processes behind an address it reaches."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from api.twilio.ledger import SharedLedger
from api.twilio.tokens import StreamTokens, TokenRefused, shared_secret
from shop.db import Pool, open_pool

pytestmark = pytest.mark.anyio
CLAIMS = {"from": "+12175550142"}


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _process(pool: Pool, clock: Clock) -> StreamTokens:
    return StreamTokens(shared_secret("twilio's auth token"), SharedLedger(lambda: pool), clock)


async def _opens(tokens: StreamTokens, token: str) -> bool:
    try:
        return await tokens.verify(token, "CA1") == CLAIMS
    except TokenRefused as refused:
        return refused.reason != "used"


async def test_of_two_processes_one_takes_a_token(pool: Pool, dsn: str) -> None:
    clock = Clock()
    async with open_pool(dsn) as other:
        first, second = _process(pool, clock), _process(other, clock)
        for _ in range(5):
            token = first.issue("CA1", CLAIMS)
            opened = await asyncio.gather(*(_opens(one, token) for one in (first, second) * 3))
            assert sum(opened) == 1


async def test_spent_tokens_are_forgotten_once_they_have_expired(pool: Pool) -> None:
    clock = Clock()
    tokens = _process(pool, clock)
    for _ in range(3):
        assert await _opens(tokens, tokens.issue("CA1", CLAIMS))
    clock.now += timedelta(minutes=1)
    assert await _opens(tokens, tokens.issue("CA1", CLAIMS))
    async with pool.connection() as connection:
        found = await connection.execute("SELECT count(*) FROM stream_tokens")
        assert await found.fetchone() == (1,)


def test_without_an_auth_token_each_process_has_a_key_of_its_own() -> None:
    assert shared_secret(None) != shared_secret(None)
    assert shared_secret("a") == shared_secret("a") != shared_secret("b")
