"""Requests keep within what a vendor says it takes; durations are tried in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graph.models.errors import Overloaded
from graph.models.limits import Limits, Window, seconds
from tests.support.virtual_time import run_virtually


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1s", 1.0), ("6m0s", 360.0), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("0s", 0.0),
        ("1d", 86400.0), ("", None), ("soon", None), ("5", None), ("1s later", None), ("-1s", None),
    ],
)  # fmt: skip
def test_durations_are_read_as_the_headers_write_them(written: str, read: float | None) -> None:
    assert seconds(written) == (None if read is None else pytest.approx(read))


def headers(kind: str, left: int, reset: str, limit: int = 10) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(left),
        f"x-ratelimit-reset-{kind}": reset,
    }


def test_what_is_left_may_be_taken_at_once_and_more_after_the_reset() -> None:
    window = Window()
    assert window.wait_s(10**9, 0.0) == 0.0
    window.note(headers("tokens", 5, "2s"), "tokens", now=100.0)
    assert window.wait_s(5, 100.0) == 0.0
    assert window.wait_s(6, 100.5) == pytest.approx(1.5)
    assert window.wait_s(6, 102.0) == 0.0


def test_more_than_there_ever_is_waits_for_no_more_than_that() -> None:
    window = Window()
    window.note(headers("tokens", 0, "2s"), "tokens", now=0.0)
    assert window.wait_s(10**6, 2.0) == 0.0


@pytest.mark.parametrize(
    "told",
    [{}, {"x-ratelimit-remaining-tokens": "none"}, {"x-ratelimit-remaining-tokens": "0"}],
    ids=["no headers", "no number", "no reset"],
)
def test_headers_that_cannot_be_read_limit_nothing(told: dict[str, str]) -> None:
    window = Window()
    window.note(told, "tokens", now=0.0)
    assert window.wait_s(10**6, 0.0) == 0.0


def limited(
    scene: Callable[[Limits], Awaitable[Any]], *, at_once: int = 10, longest_wait_s: float = 1.0
) -> Any:
    """Play a scene with limits in virtual time."""

    async def main() -> Any:
        return await scene(Limits(asyncio.Semaphore(at_once), longest_wait_s))

    return run_virtually(main())


async def asks(limits: Limits, *, for_s: float = 0.0, tokens: int = 1) -> float:
    """One request; returns when it was let through."""
    async with limits.turn(tokens):
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(for_s)
        return began


def test_requests_go_in_the_order_of_asking_so_many_at_a_time() -> None:
    async def scene(limits: Limits) -> list[float]:
        return await asyncio.gather(*(asks(limits, for_s=0.25) for _ in range(5)))

    assert limited(scene, at_once=2) == pytest.approx([0.0, 0.0, 0.25, 0.25, 0.5])


def test_who_would_wait_too_long_is_told_so_and_the_model_does_not_rest_for_it() -> None:
    async def scene(limits: Limits) -> Overloaded:
        async with asyncio.TaskGroup() as group:
            group.create_task(asks(limits, for_s=5.0))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded) as refusal:
                await asks(limits)
        return refusal.value

    error = limited(scene, at_once=1)
    assert error.rest_s == 0.0
    assert not error.passing


def test_a_place_is_free_again_when_whoever_held_it_fails_or_goes() -> None:
    async def scene(limits: Limits) -> float:
        with pytest.raises(ZeroDivisionError):
            async with limits.turn(1):
                raise ZeroDivisionError
        held = asyncio.create_task(asks(limits, for_s=60.0))
        waiting = asyncio.create_task(asks(limits))
        await asyncio.sleep(0.1)
        for task in (waiting, held):
            task.cancel()
        await asyncio.gather(waiting, held, return_exceptions=True)
        return await asks(limits)

    assert limited(scene, at_once=1) == pytest.approx(0.1)


def test_a_short_wait_for_a_reset_is_waited() -> None:
    async def scene(limits: Limits) -> float:
        limits.note(headers("requests", 0, "400ms"))
        return await asks(limits)

    assert limited(scene) == pytest.approx(0.4)


def test_a_long_wait_for_a_reset_is_refused_at_once_and_the_model_rests_as_long() -> None:
    async def scene(limits: Limits) -> tuple[float, float | None]:
        limits.note(headers("tokens", 3, "30s"))
        with pytest.raises(Overloaded) as refusal:
            await asks(limits, tokens=4)
        return asyncio.get_running_loop().time(), refusal.value.rest_s

    assert limited(scene) == pytest.approx((0.0, 30.0))


def test_many_who_ask_at_once_take_no_more_than_is_left() -> None:
    async def scene(limits: Limits) -> list[float]:
        limits.note(headers("requests", 3, "500ms", limit=2))
        return await asyncio.gather(*(asks(limits) for _ in range(5)))

    assert limited(scene) == pytest.approx([0.0, 0.0, 0.0, 0.5, 0.5])
