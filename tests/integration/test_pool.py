"""The pool: sessions speak UTC, give up early, and outlive a lost connection."""

import asyncio

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from shop.db import open_pool


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("TimeZone", "UTC"),
        ("lock_timeout", "1s"),
        ("statement_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("transaction_isolation", "read committed"),
    ],
)
async def test_every_session_is_set_up(bare_dsn: str, setting: str, expected: str) -> None:
    async with open_pool(bare_dsn) as pool, pool.connection() as connection:
        answer = await connection.execute("SELECT current_setting(%s)", [setting])
        assert await answer.fetchone() == (expected,)


@pytest.mark.anyio
async def test_a_killed_session_costs_no_failed_statement(bare_dsn: str) -> None:
    async with open_pool(bare_dsn, max_size=1) as pool:
        async with pool.connection() as connection:
            killed = connection.info.backend_pid
        async with await psycopg.AsyncConnection.connect(bare_dsn, autocommit=True) as other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", [killed])
        async with pool.connection() as connection:
            assert connection.info.backend_pid != killed


@pytest.mark.anyio
async def test_an_exhausted_pool_says_so_instead_of_waiting_for_long(bare_dsn: str) -> None:
    async with open_pool(bare_dsn, max_size=1) as pool, pool.connection():
        with pytest.raises(PoolTimeout):
            async with pool.connection():
                pass


@pytest.mark.anyio
async def test_who_is_cancelled_while_waiting_for_a_connection_stops(bare_dsn: str) -> None:
    async def work() -> None:
        async with pool.connection():
            pass
        await asyncio.Event().wait()

    async with open_pool(bare_dsn, max_size=1) as pool:
        for ticks in range(25):
            async with pool.connection():
                waiting = asyncio.create_task(work())
                await asyncio.sleep(0.01)
                assert pool.get_stats()["requests_waiting"] == 1
            for _ in range(ticks):
                await asyncio.sleep(0)
            waiting.cancel()
            done, _ = await asyncio.wait({waiting}, timeout=2)
            assert waiting in done, f"cancelled {ticks} ticks after the connection came back"
            assert waiting.cancelled()
