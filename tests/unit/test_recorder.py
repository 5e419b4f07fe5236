"""Fixed lines are voiced ahead of calls, by the voice that callers know."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.support.speech import spelled
from tests.support.virtual_time import run_virtually
from tests.unit.test_hedge import NEVER, Vendor
from voice.ports import VoiceError
from voice.recorder import recording

FIRST = ("Hello.",)
OTHERS = ("One moment.", "Are you still there?", "Hello.")


@dataclass
class Ailing(Vendor):
    """A voice that cannot be reached until a time.

    Attributes:
        well_at: The loop's time from which on it is well, in seconds.
        mute: Before that it makes no sound, else it refuses.
        opened: How often it was asked for.
    """

    well_at: float = 0.0
    mute: bool = False
    opened: list[float] = field(default_factory=list)

    async def open(self, call_sid: str) -> Vendor:
        now = asyncio.get_running_loop().time()
        self.opened.append(now)
        if now < self.well_at:
            if self.mute:
                await asyncio.sleep(NEVER)
            raise VoiceError("voice: refused")
        return await super().open(call_sid)


def virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


def test_the_first_lines_are_there_at_once_and_the_others_by_and_by() -> None:
    async def scenario() -> None:
        vendor = Vendor()
        async with recording(vendor, FIRST, OTHERS) as recorded:
            assert dict(recorded) == {line: spelled(line) for line in FIRST}
            await asyncio.sleep(0.7)
            assert set(recorded) == {"Hello.", "One moment."}
            await asyncio.sleep(2)
            assert recorded["Are you still there?"] == spelled("Are you still there?")
        assert vendor.asked == ["Hello.", "One moment.", "Are you still there?"]
        assert vendor.closed == 3

    virtually(scenario)


def test_lines_that_a_voice_refuses_are_tried_again() -> None:
    async def scenario() -> None:
        vendor = Ailing(well_at=70.0)
        async with recording(vendor, FIRST, OTHERS) as recorded:
            assert not recorded
            await asyncio.sleep(60)
            assert not recorded
            assert len(vendor.opened) == 3
            await asyncio.sleep(60)
            assert set(recorded) == {*FIRST, *OTHERS}

    virtually(scenario)


def test_a_mute_voice_holds_nobody_up_for_long() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        vendor = Ailing(well_at=20.0, mute=True)
        async with recording(vendor, FIRST, OTHERS) as recorded:
            assert loop.time() < 6
            assert not recorded
            await asyncio.sleep(120)
            assert set(recorded) == {*FIRST, *OTHERS}

    virtually(scenario)


def test_whoever_stops_early_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        vendor = Vendor(begins_s=3.0)
        async with recording(vendor, (), OTHERS):
            await asyncio.sleep(1.0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert vendor.speaking == 0

    virtually(scenario)
