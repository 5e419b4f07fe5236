"""A transfer of one process is ended by another: that was told to stop, or this one is asked."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from evals.standins.twilio import StandInTwilio
from tests.call.test_process import Process, a_serving
from tests.support.cuts import (
    PACE,
    PUT_THROUGH,
    SORRY,
    UNTOLD,
    End,
    is_promised,
    left,
    owed,
    rings,
    tell,
    whisper,
)
from tests.support.front_door import FrontDoor, a_front_door
from tests.support.service import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, ROOT, Caller
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CUT_OFF = "Sorry, we were cut off."
NOT_REACHED = "couldn't get through"
NOBODY = "nobody is free to take your call"


def _shop(folder: Path) -> str:
    """The shop's file with somebody always there: it is about one in the afternoon, every day."""
    text = (ROOT / "shop" / "barts.toml").read_text(encoding="utf-8")
    west = datetime.now(UTC).hour - 13
    text = re.sub(r'^zone = ".*"', f'zone = "Etc/GMT{west:+d}"', text, flags=re.M)
    text = re.sub(r"\[\[holidays\]\]\n(?:.+\n)+", "", text)
    text, _, words = text.partition("[transfer.service_advisor.hours]")
    hours = "".join(f'{day} = ["08:00", "18:00"]\n' for day in DAYS)
    rest = words[words.index("[escalation]") :]
    file = folder / "shop.toml"
    file.write_text(f"{text}[transfer.service_advisor.hours]\n{hours}\n{rest}", encoding="utf-8")
    return str(file)


@dataclass
class Two:
    """Two processes behind one address, and callers who come to the first.

    Attributes:
        old: The first process.
        one: Asks the first process.
        other: Asks the second one.
        callers: By what becomes of them.
    """

    dsn: str
    account: StandInTwilio
    door: FrontDoor
    old: Process
    one: httpx.AsyncClient
    other: httpx.AsyncClient
    stack: AsyncExitStack
    callers: dict[str, Caller] = field(default_factory=dict)

    async def caller(self, name: str, **plan: Any) -> Caller:
        """Somebody who has rung up and been greeted; they are not connected before they hang up."""
        number = f"+1217555{2000 + len(self.callers)}"
        call = self.account.call(caller=number, **{"pace": PACE, **plan})
        caller = self.callers[name] = Caller(await self.stack.enter_async_context(call))
        await caller.hears("How can I help you today?")
        await caller.call.quiet(200)
        return caller

    async def rung(self, name: str) -> Caller:
        """Somebody for whom it rings; the test tells what comes of it."""
        caller = await self.caller(name, faults=UNTOLD, status_path=None)
        await rings(caller)
        return caller

    async def ends_apart(self, caller: Caller, ended: str) -> None:
        """The second process is told of the transfer, the first one of the call's end."""
        call_id = await _gone(caller)
        await tell(self.other, call_id, ended, ["dialed"])
        await tell(self.one, call_id, ended, ["status"])

    async def left(self) -> dict[str, End]:
        """What is left of every call."""
        return {name: await left(self.dsn, caller) for name, caller in self.callers.items()}


@asynccontextmanager
async def _two(dsn: str, folder: Path, **more: str) -> AsyncIterator[Two]:
    folders = [folder / "first", folder / "second"]
    for one in folders:
        one.mkdir()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        door = await enter(a_front_door())
        account = StandInTwilio(
            account_sid=ACCOUNT, auth_token=AUTH_TOKEN, public_url=PUBLIC_URL, reach=door.url
        )
        settings = {
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "PUBLIC_URL": PUBLIC_URL, "TWILIO_BASE_URL": await enter(account.serving()),
            "SHOP_FILE": _shop(folder), "DRAIN_S": "0", **more,
        }  # fmt: skip
        (old, one), (_, other) = [await enter(a_serving(f, dsn, **settings)) for f in folders]
        door.behind = [str(one.base_url), str(other.base_url)]
        await enter(account)
        yield Two(dsn, account, door, old, one, other, stack)


async def _gone(caller: Caller) -> str:
    caller.call.hang_up()
    await caller.call.over()
    return caller.call_id


async def test_a_transfer_of_one_process_is_ended_in_another(dsn: str, tmp_path: Path) -> None:
    async with _two(dsn, tmp_path) as two:
        names = (
            "left, told elsewhere",
            "answered, told elsewhere",
            "left",
            "answered",
            "whispered",
        )
        *rung, promised, back = await asyncio.gather(
            *(two.rung(name) for name in names), two.caller("promised"), two.caller("back")
        )
        await asyncio.gather(
            two.ends_apart(rung[0], "caller_left"), two.ends_apart(rung[1], "answered")
        )
        back.call.picks.append("busy")
        await is_promised(back)
        await back.hears(SORRY)
        await is_promised(promised)
        assert await two.old.ended(signal.SIGTERM) == 0
        await promised.hears(CUT_OFF)
        await whisper(two.other, taken=True)
        for caller, ended in zip(rung[2:], ("caller_left", "answered", "caller_left"), strict=True):
            await tell(two.other, await _gone(caller), ended, ["status", "dialed", "dialed"])
        await asyncio.gather(promised.call.over(), back.call.over())
        assert await two.left() == {
            "left, told elsewhere": owed("caller_left"),
            "answered, told elsewhere": PUT_THROUGH,
            "left": owed("caller_left"),
            "answered": PUT_THROUGH,
            "whispered": owed("caller_left"),
            "promised": PUT_THROUGH,
            # Only the first process knew that nobody had answered: it is tried again.
            "back": replace(PUT_THROUGH, rang=2),
        }


@pytest.mark.skipif(not sampled(0, 1), reason="it rings for five seconds: in make soak")
async def test_who_is_rung_for_in_vain_comes_back_to_the_next_process(
    dsn: str, tmp_path: Path
) -> None:
    async with _two(dsn, tmp_path) as two:
        caller = await two.caller("in vain", pace=4.0)
        await rings(caller)
        assert await two.old.ended(signal.SIGTERM) == 0
        await caller.hears(NOBODY)
        caller.call.hang_up()
        await caller.call.over()
        assert await two.left() == {"in vain": owed("no_answer")}


@pytest.mark.skipif(not sampled(0, 1), reason="two more processes: in make soak")
async def test_who_cannot_be_put_through_since_the_carrier_is_out_of_reach_comes_back(
    dsn: str, tmp_path: Path
) -> None:
    async with _two(dsn, tmp_path, TWILIO_BASE_URL="http://127.0.0.1:9") as two:
        stays, leaves = await asyncio.gather(two.caller("stays"), two.caller("leaves"))
        await is_promised(stays)
        await stays.hears(NOT_REACHED)
        await is_promised(leaves)
        await leaves.call.until(lambda: leaves.call.pending_ms == 0)
        await asyncio.gather(_gone(stays), _gone(leaves))
        left_over = await two.left()
        assert left_over["stays"] == owed("failed", rang=0)
        assert left_over["leaves"] in (owed("failed", rang=0), owed(rang=0))
