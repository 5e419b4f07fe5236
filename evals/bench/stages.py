"""The measurements, each against processes that run already."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx

from evals.bench.figures import Spread, spread
from evals.bench.host import Served
from evals.bench.ledger import Hops, Kind, Ledger, hops, now
from evals.bench.phone import Phone, TurnLost, calling

KINDS: tuple[Kind, ...] = ("short", "tool", "early", "early tool")

TURNS_OF_A_CALL = 12
"""One call at a time speaks, without pause, so no caller is asked whether they are still there; and
it ends before it has asked the voice for the 14 flushes a minute that are spent without saving."""

STORIES = 4
"""Interruptions of one call, for the same reason."""


@dataclass(slots=True)
class Delays:
    """Turns of one kind on one target."""

    hops: list[Hops] = field(default_factory=list)
    lost: int = 0
    """Not answered, or not in a way that can be followed from hop to hop."""

    @property
    def added(self) -> list[float]:
        """Each turn's own time in ms."""
        return [turn.added for turn in self.hops]

    @property
    def since_hint(self) -> list[float]:
        """The same from the early end of turn on, in ms."""
        return [turn.since_hint for turn in self.hops]


@dataclass(slots=True)
class Talks:
    """What a few calls showed.

    Attributes:
        greeted_ms: From `start` to the first audio, one for each call.
        delays: Turns, by their kind.
        clear_ms: From the recogniser's start of turn to `clear`.
        fell_silent_ms: From the caller's first frame to `clear`.
        not_cleared: Interruptions without an answer, or without `clear`.
    """

    greeted_ms: list[float] = field(default_factory=list)
    delays: dict[Kind, Delays] = field(default_factory=dict)
    clear_ms: list[float] = field(default_factory=list)
    fell_silent_ms: list[float] = field(default_factory=list)
    not_cleared: int = 0

    def take(self, other: "Talks") -> None:
        """Add what more calls to the same target showed."""
        self.greeted_ms += other.greeted_ms
        self.clear_ms += other.clear_ms
        self.fell_silent_ms += other.fell_silent_ms
        self.not_cleared += other.not_cleared
        for kind, delays in other.delays.items():
            mine = self.delays.setdefault(kind, Delays())
            mine.hops += delays.hops
            mine.lost += delays.lost


@dataclass(frozen=True, slots=True)
class Share:
    """How much of each measurement is taken."""

    turns: int
    tool_turns: int
    interruptions: int


class Line:
    """Calls to one target, one after the other.

    Args:
        turns: After how many a call is hung up and another is placed.
    """

    def __init__(
        self, target: Served, ledger: Ledger, talks: Talks, *, turns: int = TURNS_OF_A_CALL
    ) -> None:
        self._target, self._ledger, self._talks, self._most = target, ledger, talks, turns
        self._call = AsyncExitStack()
        self._current: Phone | None = None
        self._turns = 0

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._call.aclose()

    async def turn(self, kind: Kind) -> None:
        """Let the caller speak."""
        delays = self._talks.delays.setdefault(kind, Delays())
        try:
            turn = await (await self._phone()).turn(kind)
        except TurnLost:
            delays.lost += 1
            return
        measured = hops(turn, unasked=not self._target.flushes)
        if measured is None:
            delays.lost += 1
        else:
            delays.hops.append(measured)

    async def interrupt(self) -> None:
        """Let the caller speak into an answer."""
        try:
            taken = await (await self._phone()).interrupt()
        except TurnLost:
            taken = None
        if taken is None:
            self._talks.not_cleared += 1
        else:
            self._talks.clear_ms.append(taken[0])
            self._talks.fell_silent_ms.append(taken[1])

    async def _phone(self) -> Phone:
        self._turns += 1
        if self._current is not None and self._turns <= self._most:
            return self._current
        await self._call.aclose()
        call = calling(self._target.url, self._ledger, webhook=self._target.webhook)
        self._current, self._turns = await self._call.enter_async_context(call), 1
        self._talks.greeted_ms.append(await self._current.answered())
        return self._current


async def beside(
    target: Served, floor: Served, ledger: Ledger, share: Share
) -> tuple[Talks, Talks]:
    """Single calls' delays of both, their turns alternating, so that noise meets them alike."""
    talks = Talks(), Talks()
    each = list(zip((target, floor), talks, strict=True))
    plan: list[tuple[Kind, int]] = [
        ("short", share.turns),
        ("tool", share.tool_turns),
        ("early", share.turns),
        ("early tool", share.tool_turns),
    ]
    for kind, count in plan:
        async with AsyncExitStack() as stack:
            lines = [await stack.enter_async_context(Line(to, ledger, of)) for to, of in each]
            for _ in range(count):
                for line in lines:
                    await line.turn(kind)
    async with AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(Line(to, ledger, of, turns=STORIES)) for to, of in each
        ]
        for _ in range(share.interruptions):
            for line in lines:
                await line.interrupt()
    return talks


async def warmed(target: Served, ledger: Ledger) -> None:
    """Let a process answer once: its first request is nobody's usual turn."""
    async with Line(target, ledger, Talks()) as line:
        for kind in KINDS:
            await line.turn(kind)


async def floor_only(floor: Served, ledger: Ledger, turns: int) -> Spread | None:
    """The floor by itself, to tell how steady the machine is."""
    talks = Talks()
    async with Line(floor, ledger, talks) as line:
        for _ in range(turns):
            await line.turn("short")
    return spread(talks.delays["short"].added)


async def growth(service: Served, ledger: Ledger, *, calls: int, turns: int) -> list[list[float]]:
    """From a typed turn to the model's request, in ms: for each call, turn after turn.

    The text channel asks the same agent, and knows no limit on how fast a caller may speak.
    """
    found = []
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=30) as client:
        for _ in range(calls):
            opened = (await client.post("/v1/calls", json={})).raise_for_status().json()
            path = f"/v1/calls/{opened['call_id']}"
            found.append([await _typed(client, path, ledger, n + 1) for n in range(turns)])
            (await client.delete(path)).raise_for_status()
    return found


async def _typed(client: httpx.AsyncClient, path: str, ledger: Ledger, number: int) -> float:
    turn = ledger.open("typed", number)
    said = f"Well, I wonder about {turn.word} because there is a noise from it when it rains."
    sent = now()
    (await client.post(f"{path}/turns", json={"text": said})).raise_for_status()
    return (turn.requests[0].received - sent) * 1000
