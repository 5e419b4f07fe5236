"""Call after call, well ended or not: nothing is left open, and memory stops growing."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evals.standins.twilio import StandInTwilio
from evals.standins.twilio_stream import Faults
from tests.call.test_process import a_serving
from tests.support.service import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, Caller
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio
CALLS, AT_ONCE = sampled(40, 1000), 10
REMEMBERED = 100
"""Ended calls that a process remembers on purpose: twice as many as it carries at once."""

POOLED = 16
"""Connections to the database that two pools may open beyond the four they begin with."""

HELPERS = 6
"""Threads of the loop's own pool, made when they are first needed and kept (two cores)."""

MOST_MB = 12.0
"""What may come on top over hundreds of calls: the allocator's own unrest."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds: open files and sockets, threads, and resident memory in MB."""

    files: int
    threads: int
    mb: float


def _held(pid: int) -> Held:
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Held(files, int(status["Threads"]), int(status["VmRSS"].split()[0]) / 1024)


async def _some_call(account: StandInTwilio, rng: random.Random) -> None:
    """A caller who hangs up, drops, or says goodbye, somewhere in the first two turns."""
    faults = Faults(lose_marks=rng.choice((0, 0, 0, 3)))
    async with account.call(
        pace=6, faults=faults, caller=f"+1217555{rng.randrange(10**4):04}"
    ) as call:
        caller = Caller(call)
        ending = rng.choice(("at once", "greeted", "asked", "answered", "dropped"))
        if ending == "at once":
            return
        await caller.hears("Thanks for calling")
        if ending == "greeted":
            return
        caller.speak("what are your hours")
        if ending == "answered":
            await caller.hears("eight AM")
        if ending == "dropped":
            call.drop()
            await call.until(lambda: len(call.statuses) == 2)


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="reads what Linux tells of a process"
)
async def test_call_after_call_leaves_nothing_behind(dsn: str, tmp_path: Path) -> None:
    rng = random.Random(7)
    twilio = {
        "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PUBLIC_URL": PUBLIC_URL,
    }  # fmt: skip
    async with a_serving(tmp_path, dsn, **twilio) as (process, http):
        pid = process.process.pid
        account = StandInTwilio(
            account_sid=ACCOUNT,
            auth_token=AUTH_TOKEN,
            public_url=PUBLIC_URL,
            reach=str(http.base_url),
        )
        async with account:
            before: dict[int, Held] = {}
            for done in range(0, CALLS, AT_ONCE):
                before[done] = await _at_rest(http, pid)
                await asyncio.gather(*(_some_call(account, rng) for _ in range(AT_ONCE)))
            last = await _at_rest(http, pid)
    warm = before[AT_ONCE]
    assert last.files <= warm.files + POOLED
    assert last.threads <= warm.threads + HELPERS
    settled = [held.mb for done, held in before.items() if done > 2 * REMEMBERED]
    if settled:
        assert last.mb - min(settled) < MOST_MB


async def _at_rest(http: Any, pid: int) -> Held:
    """What the process holds once no call is left."""
    held: Held | None = None
    async with asyncio.timeout(30):
        while True:
            calls = (await http.get("/health")).json()["calls"]
            now = _held(pid)
            if not calls and held is not None and now.files == held.files:
                return now
            held = now
            await asyncio.sleep(0.05)
