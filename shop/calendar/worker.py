"""What a process does about the calendar while it runs.

    appointments ──trigger, NOTIFY calendar_outbox──► push ──► Google
    appointments, blocks ◄── read ◄──NOTIFY calendar_changes── webhook ◄── Google

Every process pushes: appointments are leased one by one. One process at a time reads. Nobody on the
telephone waits for any of this.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from shop.beside import beside
from shop.calendar.channels import Channels
from shop.calendar.connected import Connected
from shop.calendar.errors import CalendarError, NotAllowed, Transient
from shop.calendar.health import Health, HealthDesk
from shop.calendar.listening import CHANGES, OUTBOX, Listening
from shop.calendar.loops import Loop, backoff_s
from shop.calendar.pushing import Pushing
from shop.calendar.reading import Reading
from shop.calendar.technicians import Technicians
from shop.errors import RecordsUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between two looks at something of which nothing was heard.

    Attributes:
        push_s: At what is to be told.
        read_s: At the shop's calendar.
        technicians_s: At the technicians' calendars.
        channels_s: At how long the channel still lasts.
        quiet_s: The least between two readings, however much is notified.
        listen_s: At whether the connection to the database still stands.
    """

    push_s: float = 10.0
    read_s: float = 60.0
    technicians_s: float = 180.0
    channels_s: float = 1800.0
    quiet_s: float = 1.0
    listen_s: float = 10.0


class Worker:
    """Keeps calendar and records the same. One for each process."""

    def __init__(
        self,
        connected: Connected,
        *,
        dsn: str,
        public_url: str | None = None,
        rng: random.Random | None = None,
        timing: Timing | None = None,
    ) -> None:
        """Opens nothing."""
        rng = rng or random.Random()  # noqa: S311 - spreads retries, keeps no secret
        timing = timing or Timing()
        self._timing = timing
        self._clock = connected.clock
        self._pushing = Pushing.of(connected, rng=rng)
        self._reading = Reading.of(connected)
        self._technicians = Technicians.of(connected)
        self._channels = Channels.of(connected, public_url=public_url)
        self._desk = HealthDesk.of(connected)
        loop = partial(Loop, backoff=partial(backoff_s, rng=rng))
        self._push = loop("push", self._push_all, timing.push_s)
        self._read = loop("read", self._read_shop, timing.read_s, quiet_s=timing.quiet_s)
        self._follow = loop("technicians", self._read_technicians, timing.technicians_s)
        self._renew = loop("channels", self._renew_channel, timing.channels_s)
        told = {OUTBOX: self._push.wake, CHANGES: self._read.wake}
        self._listening = Listening(dsn, told, self._begin_to_read, timing.listen_s)

    async def run(self) -> None:
        """Until it is cancelled. What goes wrong is waited out, and told by `health`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listening.run())
            for loop in self._loops:
                group.create_task(loop.run())

    async def health(self) -> Health:
        """How the calendar is doing. A process with nothing to ask goes by what others read."""
        faults = {loop.name: loop.fault for loop in self._loops if loop.fault is not None}
        try:
            seen = await self._desk.see()
        except RecordsUnavailable:
            seen = None
        lately = self._clock() - timedelta(seconds=3 * self._timing.read_s)
        read = seen is not None and seen.read_at is not None and seen.read_at > lately
        answered = read or any(loop.went_well for loop in self._loops)
        return Health(answered and not faults, self._listening.reads, faults, seen)

    @property
    def _loops(self) -> tuple[Loop, ...]:
        return self._push, self._read, self._follow, self._renew

    def _begin_to_read(self) -> None:
        for loop in (self._read, self._follow, self._renew):
            loop.wake()

    async def _push_all(self) -> bool:
        """Tell what is due, until nothing is."""
        await self._pushing.settle_past()
        pushed = False
        while True:
            try:
                if not await self._pushing.push_due():
                    return pushed
                pushed = True
            except (Transient, NotAllowed):
                raise
            except CalendarError as error:
                # Of one appointment alone; it has been put off.
                logger.warning("calendar: an appointment is not shown: %s", error.code)

    async def _read_shop(self) -> bool:
        if self._listening.reads:
            await self._reading.read()
        return self._listening.reads

    async def _read_technicians(self) -> bool:
        return self._listening.reads and await self._technicians.read()

    async def _renew_channel(self) -> bool:
        return self._listening.reads and await self._channels.renew()


@asynccontextmanager
async def open_worker(
    connected: Connected,
    *,
    dsn: str,
    public_url: str | None = None,
    timing: Timing | None = None,
) -> AsyncIterator[Worker]:
    """A worker at work until the context ends.

    Raises:
        RecordsUnavailable: The records cannot be reached.
    """
    await Reading.of(connected).connect()
    worker = Worker(connected, dsn=dsn, public_url=public_url, timing=timing)
    async with beside(worker.run()):
        yield worker
