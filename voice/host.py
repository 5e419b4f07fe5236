"""What Sophie says of her own accord, so that the line is never silent and no call just stops.

an answer takes long      a filler, and more of them
the caller is silent      is asked, and asked again; then the call ends politely
nobody hears the caller   is offered keys; then is called back
the call lasts too long   is told so, and called back
"""

import asyncio
from contextlib import suppress
from functools import partial

from voice.deadair import DeadAir
from voice.events import Heard, Resumed, SpeechStarted, said_ms
from voice.manners import Manners, Nudges
from voice.mouth import SpeakingMouth
from voice.ports import Agent, CallBack, CallBackReason
from voice.speaking import Speaking


async def nobody(reason: CallBackReason) -> bool:
    """Calls nobody back: for calls without a shop behind them."""
    return False


class Host:
    """Keeps a caller company on one line.

    Attributes:
        over: Set when the call has come to its end.
        parted: The caller was sent away before they had got what they wanted.
        by_keys: Nobody can hear the caller, who is asked to press keys.
    """

    def __init__(
        self,
        agent: Agent,
        mouth: SpeakingMouth,
        speaking: Speaking,
        manners: Manners,
        call_back: CallBack,
    ) -> None:
        self.over = asyncio.Event()
        self.parted = False
        self._agent = agent
        self._mouth = mouth
        self._speaking = speaking
        self._manners = manners
        self._call_back = call_back
        self._air = DeadAir(manners)
        self._lines = manners.lines
        self._nudges = Nudges(manners)
        self._leaving = False
        self._asked_at: float | None = None
        self._lets_be = False

    @property
    def by_keys(self) -> bool:
        """Whether the caller was told to press keys instead of speaking."""
        return self._nudges.by_keys

    @property
    def fed_ms(self) -> float:
        """How much of the caller's audio there has been."""
        return self._air.fed_ms

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's audio."""
        mouth = self._mouth
        self._air.caller(ulaw, now_ms=mouth.now_ms(), ear_until_ms=mouth.ear_until_ms)

    def key(self) -> None:
        """The caller presses a key."""
        self._air.key(self._mouth.now_ms())

    def made_out(self, said_ms: float | None = None) -> None:
        """The caller has words, which were said by then in their own audio, or keys."""
        self._air.made_out(self._mouth.now_ms(), said_ms)
        self._nudges.heard()
        self._leaving = False
        self._asked_at = None

    def lets_be(self, event: Heard) -> bool:
        """Whether what was heard comes too late to push aside a question that is about to sound.

        It was said before the question was asked, and the answer would take a voice as long again.
        """
        asked_at, mouth, now_ms = self._asked_at, self._mouth, self._mouth.now_ms()
        if asked_at is None or self._speaking.is_reply or not self._speaking.under_way:
            return False
        late = self._air.said_at(now_ms, said_ms(event)) < asked_at
        if late and not mouth.playback.sent:
            silent_ms = now_ms - self._air.since(mouth.ear_until_ms)
            self._lets_be = silent_ms > self._manners.droppable_s * 1000
        if not (late and self._lets_be):
            return False
        if not isinstance(event, SpeechStarted | Resumed):
            self._air.made_out(now_ms, said_ms(event))
            self._nudges.heard()
        return True

    def deaf(self) -> None:
        """No recogniser is left."""
        self._nudges.by_keys = True

    def break_silence(self) -> None:
        """Say something if nobody has for too long."""
        mouth, now_ms = self._mouth, self._mouth.now_ms()
        if mouth.waits_for_words:
            if now_ms >= self._filler_due():
                until_ms = self._air.since(mouth.ear_until_ms) + self._manners.droppable_s * 1000
                mouth.fill(self._filler(mouth.fillers), droppable_until_ms=until_ms)
        elif not self._is_spoken_for and now_ms >= self._nudge_due():
            self._nudge()

    def part(self, reason: CallBackReason) -> None:
        """Send the caller away before they have got what they wanted; never without a word."""
        self._mouth.take_floor()
        self.note_aside()
        self._leaving = True
        self._asked_at = None
        self._speaking.begin(partial(self._part, reason))

    def note_aside(self) -> None:
        """What is being said, and is none of the agent's replies, ends here.

        The agent remembers of it what was heard: a "yes" means nothing more.
        """
        heard = self._mouth.heard()
        if self._speaking.under_way and not self._speaking.is_reply and heard.strip():
            self._agent.aside(heard)

    @property
    def _is_spoken_for(self) -> bool:
        return self._mouth.speaks or self._speaking.has_next or self._leaving

    @property
    def _recorded(self) -> bool:
        return all(line in self._mouth.recorded for line in self._lines)

    def _nudge_due(self) -> float:
        return self._air.nudge_due(self._mouth.ear_until_ms, recorded=self._recorded)

    async def say_aside(self, words: str) -> None:
        """Say something that is none of the agent's replies, and see that it is remembered."""
        await self._mouth.say(words)
        self._agent.aside(words)

    def _filler_due(self) -> float:
        """When a wait must be bridged: sooner where a tool runs and nothing was said yet."""
        mouth, doing = self._mouth, self._agent.doing
        due = self._air.filler_due(
            mouth.ear_until_ms, filled=mouth.fillers, recorded=self._recorded
        )
        if doing is None or mouth.has_words:
            return due
        begun_ms = max(mouth.at_ms(doing[1]), self._air.since(mouth.ear_until_ms))
        return min(due, begun_ms + self._manners.tool_s * 1000)

    def _filler(self, filled: int) -> str:
        manners, doing = self._manners, self._agent.doing
        if filled:
            return manners.waiting[min(filled, len(manners.waiting)) - 1]
        if doing is not None:
            return doing[0]
        return manners.fillers.get(self._agent.expecting, manners.filler)

    def _nudge(self) -> None:
        if self._agent.finished:  # the last word was heard, and the telephone has not said so
            self.over.set()
            return
        unheard = self._air.unheard or self.by_keys
        words = self._nudges.next(self._agent.expecting, unheard=unheard)
        self._asked_at = None
        if words is None and unheard:
            self.part("unhearable")
            return
        self._mouth.take_floor()
        self.note_aside()
        if words is None:
            self._leaving = True
            self._speaking.begin(partial(self._say_last, self._manners.parting))
        else:
            self._asked_at, self._lets_be = self._mouth.now_ms(), False
            self._speaking.begin(partial(self.say_aside, words))

    async def _part(self, reason: CallBackReason) -> None:
        """Why the call ends, said while the shop is asked to call back, and whether it will."""
        manners = self._manners
        why = {"too_long": manners.too_long, "unhearable": manners.unhearable}.get(reason, "")
        promise = asyncio.create_task(self._promised(reason))
        try:
            if why:
                await self._mouth.play(why)
            end = manners.call_back if await promise else manners.call_again
        finally:
            promise.cancel()
            await asyncio.gather(promise, return_exceptions=True)
        await self._mouth.say(end)
        self._agent.aside(f"{why} {end}".strip())
        self.parted = True
        self.over.set()

    async def _promised(self, reason: CallBackReason) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._manners.call_back_within_s):
                return await self._call_back(reason)
        return False

    async def _say_last(self, words: str) -> None:
        await self._mouth.say(words)
        self.over.set()
