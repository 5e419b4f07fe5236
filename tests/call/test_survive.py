"""Calls outlive their process: killed, or told to stop, another one at the address goes on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from evals.standins.twilio import StandInTwilio
from tests.call.test_process import a_serving
from tests.support.front_door import FrontDoor, a_front_door
from tests.support.service import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, Caller
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio
TWILIO = {
    "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PUBLIC_URL": PUBLIC_URL,
}  # fmt: skip
CALLS = sampled(5, 20)
NAMES = ("Brooks", "Carter", "Dawson", "Ellis", "Foster", "Garner", "Hayes", "Irwin", "Jordan",
         "Keller", "Larson", "Mercer", "Norris", "Osborne", "Parker", "Quinn", "Reeves", "Sawyer",
         "Turner", "Vaughn")  # fmt: skip
PATIENCE_S = 60.0
CUT_OFF = "Sorry, we were cut off."


@dataclass
class Booker:
    """Somebody who books an oil change, whatever happens to the line.

    Attributes:
        answers: What they say to which question, in the order of a smooth call.
        said: How many of these they have said.
    """

    caller: Caller
    name: str
    said: int = 0
    answers: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.answers = [
            ("How can I help you today?", "I need an oil change"),
            ("first and last name", f"my name is Daniel {self.name}"),
            ("year, make and model", "it's a 2018 Honda Civic"),
            ("What day", "any day, the earliest you have"),
            ("Which", "the first one please"),
            ("Shall I book it?", "yes please"),
        ]

    async def say(self, turns: int) -> None:
        """Say the next few things, each when asked for it."""
        for asked, answer in self.answers[self.said : self.said + turns]:
            await self.caller.hears(asked)
            await self.caller.call.quiet(200)
            self.caller.speak(answer)
            self.said += 1

    async def go_on(self) -> None:
        """Answer what is asked after the break, until it is booked."""
        await self.caller.hears(CUT_OFF)
        while True:
            since = self.caller.ear().rpartition(CUT_OFF)[2]
            await self.caller.call.until(lambda: self._asked() is not None, patience_s=PATIENCE_S)
            asked = self._asked()
            assert asked is not None, since
            if asked == "booked":
                return
            await self.caller.call.quiet(300)
            self.caller.speak(asked)
            await self._hears_more_than(self.caller.ear())
            await self.caller.call.quiet(300)

    async def _hears_more_than(self, heard: str) -> None:
        await self.caller.call.until(
            lambda: len(self.caller.ear()) > len(heard), patience_s=PATIENCE_S
        )

    def _asked(self) -> str | None:
        """The answer to the last question heard; "booked" once it is."""
        heard = self.caller.ear()
        if "You're booked" in heard:
            return "booked"
        after = heard.rpartition(CUT_OFF)[2]
        found = [(after.rfind(asked), answer) for asked, answer in self.answers]
        at, answer = max(found)
        return answer if at >= 0 else None


@asynccontextmanager
async def _calling(door: FrontDoor, count: int, *, pace: float) -> AsyncIterator[list[Booker]]:
    account = StandInTwilio(
        account_sid=ACCOUNT, auth_token=AUTH_TOKEN, public_url=PUBLIC_URL, reach=door.url
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(account)
        bookers = []
        for number in range(count):
            call = account.call(caller=f"+121755502{number:02}", pace=pace, status_path=None)
            caller = Caller(await stack.enter_async_context(call))
            bookers.append(Booker(caller, NAMES[number]))
        yield bookers


async def _rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        return await (await connection.execute(query)).fetchall()


async def test_calls_of_a_killed_process_go_on_in_another(dsn: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with (
        a_front_door() as door,
        a_serving(first, dsn, **TWILIO) as (killed, one),
        a_serving(second, dsn, **TWILIO) as (survivor, other),
    ):
        door.behind = [str(one.base_url), str(other.base_url)]
        async with _calling(door, CALLS, pace=3) as bookers:
            # Each is somewhere else; whoever has come to the end has just said yes.
            await asyncio.gather(*(b.say(1 + n % 6) for n, b in enumerate(bookers)))
            assert await killed.ended(signal.SIGKILL) == -signal.SIGKILL
            await asyncio.gather(*(booker.go_on() for booker in bookers))
        assert await survivor.ended(signal.SIGTERM) == 0
    booked = await _rows(dsn, "SELECT customer_id, scheduled_at FROM appointments a JOIN customers "
                         "c ON c.id = a.customer_id WHERE c.first_name = 'Daniel'")  # fmt: skip
    assert len(booked) == len({customer for customer, _ in booked}) == CALLS
    logs = await _rows(dsn, "SELECT status, outcome FROM call_logs")
    assert logs == [("closed", "appointment_booked")] * CALLS


async def test_a_process_told_to_stop_lets_callers_finish_and_sends_others_on(
    dsn: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with (
        a_front_door() as door,
        a_serving(first, dsn, DRAIN_S="60", **TWILIO) as (old, one),
        a_serving(second, dsn, **TWILIO) as (_, other),
    ):
        door.behind = [str(one.base_url), str(other.base_url)]
        async with _calling(door, 1, pace=3) as (staying,):
            await staying.say(3)
            old.process.send_signal(signal.SIGTERM)
            await _stopping(one)
            async with _calling(door, 1, pace=3) as (coming,):
                await coming.caller.call.until(lambda: len(coming.caller.call.statuses) == 1)
                door.behind.reverse()
                await coming.caller.hears("How can I help you today?")
            await staying.say(3)
            await staying.caller.hears("You're booked")
            assert CUT_OFF not in staying.caller.ear()
        assert await old.ended() == 0


async def _stopping(http: Any) -> None:
    async with asyncio.timeout(30):
        while True:
            answer = await http.get("/health")
            if answer.json()["status"] == "stopping":
                assert answer.status_code == 503
                return
            await asyncio.sleep(0.02)


async def test_who_is_still_talking_when_patience_ends_goes_on_elsewhere(
    dsn: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with (
        a_front_door() as door,
        a_serving(first, dsn, DRAIN_S="0", **TWILIO) as (old, one),
        a_serving(second, dsn, **TWILIO) as (survivor, other),
    ):
        door.behind = [str(one.base_url), str(other.base_url)]
        async with _calling(door, 1, pace=3) as (booker,):
            await booker.say(3)
            await booker.caller.hears("What day")
            assert await old.ended(signal.SIGTERM) == 0
            await booker.go_on()
        assert await survivor.ended(signal.SIGTERM) == 0
    assert await _rows(dsn, "SELECT outcome FROM call_logs") == [("appointment_booked",)]
