"""What is done again and again: how often, how soon, and what is told of its failures."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

import pytest

from shop.calendar.errors import RateLimited
from shop.calendar.loops import LONGEST_WAIT_S, Loop, backoff_s
from shop.errors import RecordsUnavailable
from tests.support.virtual_time import run_virtually

Work = Callable[[], Awaitable[bool]]


def test_waits_grow_and_end_at_ten_minutes() -> None:
    rng = random.Random(1)
    for failures in range(20):
        most = min(LONGEST_WAIT_S, 2.0 * 2**failures)
        waits = [backoff_s(failures, rng) for _ in range(200)]
        assert all(most / 2 <= wait <= most for wait in waits)
        assert len(set(waits)) > 100


class Watched:
    """Work that notes when it was done and fails as it is told."""

    def __init__(self, *outcomes: Exception | bool) -> None:
        self.outcomes = list(outcomes)
        self.at: list[float] = []

    async def __call__(self) -> bool:
        self.at.append(asyncio.get_running_loop().time())
        outcome = self.outcomes.pop(0) if self.outcomes else True
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def loop_of(work: Work, *, quiet_s: float = 0.0) -> Loop:
    return Loop("push", work, 60.0, lambda failures: 2.0**failures, quiet_s=quiet_s)


async def _run_for(loop: Loop, seconds: float, *wakes: float) -> None:
    task = asyncio.create_task(loop.run())
    for at in wakes:
        asyncio.get_running_loop().call_later(at, loop.wake)
    await asyncio.sleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_it_is_done_at_once_and_then_now_and_then() -> None:
    work = Watched()
    run_virtually(_run_for(loop_of(work), 130))
    assert work.at == [0, 60, 120]


def test_reasons_bring_it_forward_and_several_are_one() -> None:
    work = Watched()
    run_virtually(_run_for(loop_of(work), 30, 5, 5, 5, 20))
    assert work.at == [0, 5, 20]


def test_however_much_is_said_there_is_a_pause() -> None:
    work = Watched()
    run_virtually(_run_for(loop_of(work, quiet_s=10), 35, *range(1, 35)))
    assert work.at == [0, 10, 20, 30]


def test_a_reason_that_comes_while_it_is_done_is_not_lost() -> None:
    work = Watched()
    loop = loop_of(work)
    loop.work = _slowly(work)
    run_virtually(_run_for(loop, 10, 1))
    assert work.at == [0, 3]


def _slowly(work: Watched) -> Work:
    async def slow() -> bool:
        done = await work()
        await asyncio.sleep(3)
        return done

    return slow


def test_failures_are_waited_out_longer_and_longer() -> None:
    failures = [RateLimited("no"), RecordsUnavailable("no"), KeyError("secret"), RateLimited("no")]
    work = Watched(*failures)
    run_virtually(_run_for(loop_of(work), 30, 0.5, 2.5))
    assert work.at == [0, 1, 3, 7, 15]


def test_what_fails_is_told_by_its_name_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    no = RateLimited("Daniel Brooks")
    loop = loop_of(Watched(no, no, KeyError("Daniel Brooks"), False, True))

    async def watch() -> list[tuple[str | None, bool]]:
        seen = []
        task = asyncio.create_task(loop.run())
        for until in (0.5, 1.5, 3.5, 7.5, 70):
            await asyncio.sleep(until - asyncio.get_running_loop().time())
            seen.append((loop.fault, loop.went_well))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seen

    assert run_virtually(watch()) == [
        ("rate_limited", False), ("rate_limited", False), ("broken", False), (None, False),
        (None, True),
    ]  # fmt: skip
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "WARNING"]
    assert "Brooks" not in caplog.text
