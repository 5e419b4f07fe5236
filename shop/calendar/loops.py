"""Something that is done again and again, sooner when there is reason to, later when it fails."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from shop.calendar.errors import CalendarError
from shop.errors import ShopError
from shop.faults import describe

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 600.0
"""However often something has failed, it is tried again at least this often."""

_FIRST_WAIT_S = 2.0


def backoff_s(failures: int, rng: random.Random) -> float:
    """Seconds to wait after some failures in a row: twice as long each time, half of it random."""
    most = min(LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(failures, 16))
    return rng.uniform(most / 2, most)


@dataclass(slots=True)
class Loop:
    """Runs until it is cancelled; what goes wrong is logged once and waited out.

    Attributes:
        name: As logs and health name it.
        work: What is done; says whether there was anything to do.
        every_s: How long to wait for a reason to do it again.
        quiet_s: How long to wait at least.
        backoff: Seconds to wait after so many failures in a row.
        fault: The stable name of what went wrong last; None once it has gone well.
        went_well: Whether it ever has.
    """

    name: str
    work: Callable[[], Awaitable[bool]]
    every_s: float
    backoff: Callable[[int], float]
    quiet_s: float = 0.0
    fault: str | None = None
    went_well: bool = False
    _failures: int = 0
    _reason: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is reason to do it soon. Several reasons are one."""
        self._reason.set()

    async def run(self) -> None:
        """Do it, wait, and do it again."""
        while True:
            self._reason.clear()
            if await self._try():
                await asyncio.sleep(self.quiet_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.every_s):
                        await self._reason.wait()
            else:
                await asyncio.sleep(self.backoff(self._failures))
                self._failures += 1

    async def _try(self) -> bool:
        try:
            done = await self.work()
        except (CalendarError, ShopError) as error:
            self._failed(error.code, type(error).__name__)
        except Exception as error:
            # Whatever it is, the telephone goes on; this stands in the log and in the health.
            self._failed("broken", describe(error))
        else:
            if self.fault is not None:
                logger.warning("calendar: %s goes well again", self.name)
            self.fault, self._failures = None, 0
            self.went_well = self.went_well or done
            return True
        return False

    def _failed(self, fault: str, what: str) -> None:
        if fault != self.fault:
            level = logging.ERROR if fault == "broken" else logging.WARNING
            logger.log(level, "calendar: %s fails: %s", self.name, what)
        self.fault = fault
