"""Whatever is killed at whatever statement, records and ledger agree; asking again does it once."""

from collections.abc import AsyncIterator
from itertools import count

import httpx
import pytest

from shop.db import Pool
from shop.desk import Desk
from tests.support.crashing import Doomed, Moment, Order, doomed
from tests.support.deeds import DEEDS, clear, counts, desk_on, disagreements, prepare

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient() as client:
        yield desk_on(pool, client)


@pytest.fixture(scope="module")
async def mortals() -> AsyncIterator[Doomed]:
    async with doomed() as warm:
        yield warm


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("name", DEEDS)
async def test_a_process_killed_at_any_statement_leaves_all_or_nothing(
    name: str, moment: Moment, desk: Desk, dsn: str, mortals: Doomed
) -> None:
    async with desk.pool.connection() as conn:
        for statement in count(1):
            await clear(conn)
            given = await prepare(desk)
            before = await counts(conn)
            order = Order(dsn, name, dict(given), statement, moment)
            done = await mortals.perform(order)
            left = await counts(conn)
            assert await disagreements(conn) == [], statement
            again = await DEEDS[name](desk, given)
            after = await counts(conn)
            assert await disagreements(conn) == [], statement
            assert left in (before, after), statement
            assert await DEEDS[name](desk, given) == again
            assert await counts(conn) == after, statement
            if done is not None:
                assert left == after
                assert again == done
                break
        assert statement > 3
