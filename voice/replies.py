"""The agent's replies on one line: begun, made ready ahead, let be heard, cut short.

A reply to an early turn has no floor; the end of the turn gives it the floor, or its words do not
hold and it is forgotten. Of a reply that is cut short the agent learns how much was heard.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from voice.events import CallerTurn, EarlyTurn
from voice.host import Host
from voice.mouth import SpeakingMouth
from voice.ports import Agent, Transcriber
from voice.speaking import Speaking
from voice.timings import Timeline, Timings, stamped
from voice.turns import Early, Unasked, is_same


@dataclass(slots=True)
class Replies:
    """What the agent says, and what has become of it."""

    agent: Agent
    transcriber: Transcriber
    mouth: SpeakingMouth
    speaking: Speaking
    host: Host
    timings: Timings
    early: Early | None = None
    _decided: CallerTurn | None = None
    _unasked: Unasked = field(default_factory=Unasked)

    @property
    def under_way(self) -> bool:
        """Whether a reply, to a turn that has ended, is being said."""
        decided = self.early is None and self._decided is None
        return decided and self.speaking.under_way and self.speaking.is_reply

    async def greet(self, greeting: str, *, resumed: bool) -> None:
        """Say what a line begins with; one that only bridges a break is no part of the talk."""
        await (self.host.say_aside(greeting) if resumed else self.mouth.say(greeting))
        self._end_if_finished()

    def answer(self, text: str, ended_ms: float | None = None, *, after: bool = False) -> None:
        """Reply to a turn, now or after what is being said."""
        self.host.over.clear()
        self.mouth.take_floor()
        timeline = self.timings.begin()
        self.timings.commit(timeline, self.mouth.now_ms(), ended_ms)
        self._unasked.add(text)
        answer = partial(self._answer, partial(self._unasked.ask, self.agent), timeline)
        (self.speaking.follow if after else self.speaking.reply)(answer)

    def answer_ahead(self, turn: EarlyTurn) -> None:
        """Make the reply to a turn ready that has probably ended."""
        now_ms = self.mouth.now_ms()
        self.mouth.give_floor()
        tokens = partial(self.agent.ahead, turn.text)
        early = self.early = Early(turn, now_ms, self.timings.begin(early_ms=now_ms))
        self.speaking.begin(partial(self._answer, tokens, early.timeline, early.sure))

    async def has_answered(self, turn: CallerTurn) -> bool:
        """Whether this turn has its reply: the one that was made ready, which now is heard."""
        decided, self._decided = self._decided, None
        return is_same(decided, turn) or await self._confirm(turn)

    def overdue(self, after_s: float) -> CallerTurn | None:
        """The early turn that has waited for so long; it is taken for one that has ended."""
        early = self.early
        if early is None or self.mouth.now_ms() <= early.since_ms + after_s * 1000:
            return None
        return early.taken()

    def decided(self, turn: CallerTurn) -> None:
        """This turn is answered, though nobody has said that it has ended."""
        self._decided = turn

    async def cut_short(self) -> None:
        """End what is being said; the agent learns how much of a reply was heard."""
        if self.early is not None:
            self.timings.drop(self.early.timeline, self.mouth.now_ms())
        self.early = None
        if not self.speaking:
            return
        cut_short = self.speaking.under_way
        heard, estimated = self.mouth.heard(), self.mouth.estimated
        self.host.note_aside()
        await self.speaking.stop()
        await self.agent.retract()
        if cut_short and self.speaking.is_reply:
            self._decided = None
            self.timings.cut(self.mouth.now_ms())
            self.agent.heard(heard, estimated=estimated)

    async def _confirm(self, turn: CallerTurn) -> bool:
        early = self.early
        if early is None or not early.answers(turn.text) or not await self.agent.confirm():
            return False
        self.early = None
        self.speaking.is_reply = True
        self.host.made_out(turn.ended_ms)
        self.timings.commit(early.timeline, self.mouth.now_ms(), turn.ended_ms)
        early.sure.set()
        self.mouth.take_floor()
        return True

    async def _answer(
        self,
        respond: Callable[[], AsyncGenerator[str, None]],
        timeline: Timeline,
        sure: asyncio.Event | None = None,
    ) -> None:
        async with aclosing(stamped(respond(), timeline, self.mouth.now_ms)) as tokens:
            await self.mouth.speak(tokens, timeline)
        if sure is not None:
            await sure.wait()
        self.transcriber.expect(self.agent.expecting, self.agent.vocabulary)
        await self.mouth.played_out()
        self._end_if_finished()

    def _end_if_finished(self) -> None:
        if self.agent.finished:
            self.host.over.set()
