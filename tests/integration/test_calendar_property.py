"""Whatever callers, staff and Google do in whatever order: once all is quiet, they agree."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from evals.standins.google_calendar import Fault
from evals.standins.google_calendar_faults import Kind
from shop.calendar.errors import CalendarError
from shop.calendar.events import appointment_of, event_id
from shop.calendar.outbox import Outbox
from shop.calendar.retry import Policy
from shop.db import Pool
from shop.errors import ShopError
from shop.schedule.booking import Booking
from tests.support.calendar import Calendared, calendared, span
from tests.support.front import TUESDAY, at, caller, shop_with

pytestmark = pytest.mark.anyio
ONCE = Policy(attempts=1, attempt_s=0.5, budget_s=1.0)
FAULTS = [kind for kind in get_args(Kind) if "hang" not in kind and kind != "slow"]
STEPS = 30


@dataclass(slots=True)
class World:
    """Everybody who does something, and what they wished for."""

    shop: Calendared
    rng: random.Random
    made: list[Booking] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    unwanted: set[UUID] = field(default_factory=set)
    disturbed: set[UUID] = field(default_factory=set)

    def some_time(self) -> datetime:
        day = TUESDAY + timedelta(days=self.rng.randrange(2))
        return at(day, self.rng.choice((9, 10, 11, 13, 14, 15)), self.rng.choice((0, 30)))

    async def book(self) -> None:
        who = caller(len(self.made))
        self.made.append(await self.shop.front.book(self.some_time(), customer=who))

    async def move(self) -> None:
        what = self.rng.choice(self.made)
        self.disturbed.add(what.appointment.id)
        await self.shop.front.move(what, self.some_time())

    async def cancel(self) -> None:
        what = self.rng.choice(self.made)
        self.unwanted.add(what.appointment.id)
        await self.shop.front.cancel(what, key=str(uuid4()))

    async def restore(self) -> None:
        what = self.rng.choice(self.made).appointment.id
        await self.shop.front.desk.restore(call_sid="CA1", key=str(uuid4()), appointment_id=what)

    def _event(self) -> dict[str, Any] | None:
        ours = [one for one in self.shop.google.events() if appointment_of(one["id"])]
        return self.rng.choice(ours) if ours else None

    async def staff_move(self) -> None:
        if (event := self._event()) is not None:
            self.disturbed.add(_owner(event))
            start = self.some_time()
            length = timedelta(minutes=self.rng.choice((30, 30, 60, 700)))
            self.shop.staff.moves(event["id"], start, start + length)

    async def staff_delete(self) -> None:
        if (event := self._event()) is not None:
            self.unwanted.add(_owner(event))
            self.shop.staff.deletes(event["id"])

    async def staff_retitle(self) -> None:
        if (event := self._event()) is not None:
            self.shop.staff.edits(event["id"], {"summary": "Mr. Brooks"})

    async def staff_block(self) -> None:
        start = self.some_time()
        title = self.rng.choice(("Closed", "A1: repair", "Kevin off"))
        end = start + timedelta(minutes=30)
        self.blocks.append(self.shop.staff.blocks(start, end, summary=title)["id"])

    async def staff_unblock(self) -> None:
        if self.blocks:
            self.shop.staff.deletes(self.blocks.pop(self.rng.randrange(len(self.blocks))))

    async def push(self) -> None:
        await self.shop.push()

    async def read(self) -> None:
        await self.shop.read()

    async def push_while_it_changes(self) -> None:
        await asyncio.gather(self.shop.push(), self.shop.push(), self.move())

    async def die_leasing(self) -> None:
        async with self.shop.front.pool.connection() as conn:
            await Outbox(conn).due(self.shop.front.clock(), limit=self.rng.randrange(1, 4))

    async def die_telling(self) -> None:
        telling = asyncio.create_task(self.shop.push())
        await asyncio.sleep(self.rng.random() * 0.02)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    async def die_reading(self) -> None:
        reading = asyncio.create_task(self.shop.read())
        await asyncio.sleep(self.rng.random() * 0.02)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    async def fault(self) -> None:
        self.shop.google.faults.coming.append(Fault(self.rng.choice(FAULTS)))

    async def wait(self) -> None:
        self.shop.front.clock.forward(seconds=self.rng.choice((1, 60, 700)))

    async def forget_tokens(self) -> None:
        self.shop.google.expire_sync_tokens()

    def something(self) -> Callable[[], Awaitable[None]]:
        """What happens next."""
        calls = [self.book, self.book, self.move, self.cancel, self.restore]
        hands = [
            self.staff_move, self.staff_move, self.staff_delete, self.staff_retitle,
            self.staff_block, self.staff_unblock,
        ]  # fmt: skip
        work = [
            self.push, self.push, self.push, self.read, self.read, self.push_while_it_changes,
            self.die_leasing, self.die_telling, self.die_reading,
        ]  # fmt: skip
        weather = [self.fault, self.fault, self.wait, self.forget_tokens]
        return self.rng.choice(calls + hands + work + weather)


def _owner(event: dict[str, Any]) -> UUID:
    found = appointment_of(event["id"])
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(24))
async def test_calendar_and_records_agree_once_all_is_quiet(pool: Pool, seed: int) -> None:
    shop_file = shop_with(2, "Kevin Brown", "Amanda White")
    async with calendared(pool, shop=shop_file, policy=ONCE) as shop:
        world = World(shop, random.Random(seed))
        await world.book()
        for _ in range(STEPS):
            try:
                await world.something()()
            except (ShopError, CalendarError):
                continue  # a refusal, or one of the faults
        shop.google.faults.coming.clear()
        await shop.settle()
        await shop.settle()
        await shop.agree()
        await _nothing_happened_that_nobody_wanted(world)
        await _blocks_are_what_they_are(world)


async def _nothing_happened_that_nobody_wanted(world: World) -> None:
    for made in world.made:
        row = await world.shop.row(made.appointment.id)
        if row.id not in world.unwanted:
            assert not row.cancelled
        if row.id not in world.disturbed:
            assert row.starts_at == made.appointment.scheduled_at
        assert len(world.shop.events_of(row.id)) == (0 if row.cancelled else 1)


async def _blocks_are_what_they_are(world: World) -> None:
    theirs = [one for one in world.shop.google.events() if not appointment_of(one["id"])]
    kept = await world.shop.front.fetch(
        "SELECT event_id, lower(during), upper(during) FROM calendar_blocks ORDER BY 1"
    )
    assert kept == sorted((one["id"], *span(one)) for one in theirs)
    assert {one["id"] for one in theirs} == set(world.blocks)
    assert event_id(world.made[0].appointment.id) not in {name for name, *_ in kept}
