"""A transfer that is cut anywhere ends once: put through, back with Sophie, or to be called back.

What the carrier tells is posted by hand where it is to come twice, late, in another order or never.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pytest

from evals.standins.twilio_dial import Picks
from tests.support.conversation import rows
from tests.support.cuts import (
    OFFER,
    PACE,
    PUT_THROUGH,
    SORRY,
    UNTOLD,
    End,
    News,
    is_promised,
    left,
    owed,
    rings,
    tell,
    torn_off,
    whisper,
)
from tests.support.service import Caller, Service, a_caller, a_service, quick_speech
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

AGREEING = ("yes please", "about my brakes", "yes", "yes", "yes")
AT_ONCE = 8
ORDERS: dict[str, tuple[News, ...]] = {
    "in order": ("dialed", "status"),
    "each twice": ("dialed", "dialed", "status", "status"),
    "the end first": ("status", "dialed"),
    "the end first and twice": ("status", "status", "dialed", "dialed"),
    "the end never": ("dialed",),
    "the transfer never": ("status",),
}
AT: dict[str, tuple[str, ...]] = {
    "rings": ("caller_left", "busy", "no_answer", "failed"),
    "hears the whisper": ("caller_left", "declined"),
    "takes the call": ("caller_left", "answered"),
}
PICKS: dict[Picks, str] = {
    "busy": "busy", "no-answer": "no_answer", "failed": "failed", "declines": "declined",
    "machine": "voicemail",
}  # fmt: skip
Back = Literal[
    "hangs up", "is torn off and hangs up", "is torn off and agrees", "is torn off twice"
]


@dataclass(frozen=True, slots=True)
class Cut:
    """One way in which a transfer is cut, and what it must leave.

    Attributes:
        at: How far the transfer is.
        by: What happens then.
        told: Which of the carrier's news come.
        end: What is left.
    """

    at: str
    by: str
    told: str
    end: End

    @property
    def status_path(self) -> str | None:
        """Where the telephone tells that the call has ended."""
        return None if self.told == "nothing" else "/twilio/status"


Play = Callable[[Service, Cut, str], Awaitable[Caller]]


async def _all_end_so(
    service: Service, dsn: str, cuts: Sequence[Cut], few: int, play: Play
) -> None:
    """Play cuts from all over the table, with `make soak` all; each must leave what it says."""
    cuts = cuts[:: -(-len(cuts) // sampled(few, len(cuts)))]
    found: dict[Cut, End] = {}
    for begin in range(0, len(cuts), AT_ONCE):
        batch = list(enumerate(cuts[begin : begin + AT_ONCE], start=2000 + begin))
        callers = await asyncio.gather(*(play(service, cut, f"+1217555{n}") for n, cut in batch))
        await service.nothing_open()
        for (_, cut), caller in zip(batch, callers, strict=True):
            assert caller.call.violations == []
            found[cut] = await left(dsn, caller)
    wrong = {cut: end for cut, end in found.items() if end != cut.end}
    assert wrong == {}


def _gone() -> list[Cut]:
    """Callers who are gone while somebody is rung for them, as it ends otherwise, or just after."""
    cuts = []
    for at, ways in AT.items():
        for by in ways:
            for told, news in ORDERS.items():
                if "dialed" not in news:
                    end = owed("failed")
                elif by == "answered":
                    end = PUT_THROUGH
                elif "status" in news or by == "caller_left":
                    end = owed(by)
                else:
                    continue  # the carrier has to tell of one or the other end
                cuts.append(Cut(at, by, told, end))
    return cuts


async def _goes(service: Service, cut: Cut, number: str) -> Caller:
    plan = {"caller": number, "pace": PACE, "faults": UNTOLD, "status_path": None}
    async with a_caller(service, **plan) as caller:  # type: ignore[arg-type]  # a plan of all kinds
        await rings(caller)
        if cut.at != "rings":
            await whisper(service.http, taken=cut.at == "takes the call")
    await tell(service.http, caller.call_id, cut.by, ORDERS[cut.told])
    return caller


async def test_who_is_gone_while_it_rings_is_put_through_or_called_back(dsn: str) -> None:
    async with a_service(dsn, twilio=True) as service:
        await _all_end_so(service, dsn, _gone(), AT_ONCE, _goes)


def _early() -> list[Cut]:
    """Callers who are cut off before they have heard that they are put through."""
    return [
        Cut(f"{ms} ms", by, told, owed(rang=0) if by == "hangs up" else PUT_THROUGH)
        for ms in (0, 200, 400, 600)
        for by in ("hangs up", "is torn off")
        for told in ("the end", "nothing")
    ]


async def _breaks_off(service: Service, cut: Cut, number: str) -> Caller:
    plan = {"caller": number, "pace": PACE, "status_path": cut.status_path}
    async with a_caller(service, **plan) as caller:  # type: ignore[arg-type]  # a plan of all kinds
        await is_promised(caller)
        until_ms = caller.call.now_ms + int(cut.at.split()[0])
        await caller.call.until(lambda: caller.call.now_ms >= until_ms)
        if cut.by == "is torn off":
            await torn_off(caller)
            await caller.call.over()
    return caller


def _backs() -> list[Cut]:
    """Callers whom nobody takes, and who are cut off on coming back."""
    return [
        Cut(picks, by, told, owed(attempt))
        for by in get_args(Back)
        for picks, attempt in PICKS.items()
        for told in ("the end", "nothing")
    ]


async def _comes_back(service: Service, cut: Cut, number: str) -> Caller:
    plan = {"caller": number, "pace": PACE, "status_path": cut.status_path}
    async with a_caller(service, **plan) as caller:  # type: ignore[arg-type]  # a plan of all kinds
        caller.call.picks.extend(picks for picks in PICKS if picks == cut.at)
        await is_promised(caller)
        await caller.hears(SORRY)
        for _ in range({"hangs up": 0, "is torn off twice": 2}.get(cut.by, 1)):
            told = caller.ear().count(SORRY)
            await torn_off(caller)
            await caller.call.until(lambda told=told: caller.ear().count(SORRY) > told)  # type: ignore[misc]  # bound now
        if cut.by == "is torn off and agrees":
            await caller.hears(OFFER)
            await caller.call.quiet(200)
            await _agrees(service, caller)
    return caller


async def _agrees(service: Service, caller: Caller) -> None:
    for text in AGREEING:
        if caller.call_id in {one["call_sid"] for one in await rows(service.pool, "callbacks")}:
            return
        caller.speak(text)
        await caller.call.said()
        await caller.call.quiet(600)


async def test_who_is_cut_off_before_it_rings_or_on_coming_back_is_not_forgotten(dsn: str) -> None:
    async def cut_off(service: Service, cut: Cut, number: str) -> Caller:
        play = _comes_back if cut.at in PICKS else _breaks_off
        return await play(service, cut, number)

    async with a_service(dsn, twilio=True, speech=quick_speech(word_ms=60)) as service:
        await _all_end_so(service, dsn, _early() + _backs(), AT_ONCE, cut_off)


async def test_who_is_cut_off_after_the_carrier_refused_is_not_forgotten(dsn: str) -> None:
    cuts = [Cut("refused", by, "the end", owed("failed", rang=0)) for by in get_args(Back)]
    async with a_service(dsn, twilio=True) as service:
        service.twilio.failures.extend([500, 429] * len(cuts))  # one for each request there may be
        await _all_end_so(service, dsn, cuts, len(cuts), _comes_back)
