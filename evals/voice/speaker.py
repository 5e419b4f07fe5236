"""A caller of the datasets on the telephone: says what they say, and is heard when they make noise.

The words come from the scenario; what is done on the line besides comes from the plan.
"""

import asyncio
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, HumanMessage

from evals.callers import Caller
from evals.standins.twilio import CallEnded, PhoneCall
from evals.voice.ear import spelled, voiced_ms, words_played
from evals.voice.observed import Cut, Intrusion, Part, Turn
from evals.voice.plans import Intrudes, Plan
from evals.voice.spoken import noise, spoken
from evals.voice.stage import Stage, now_s
from evals.voice.stamps import own_ms
from graph.agent import GraphAgent
from graph.expect import expectation
from voice import normalise

_QUIET_MS = 250
_PATIENCE_S, _ANSWER_S = 20.0, 8.0
_OVER_MS = 200
"""So much must be left of a reply for a sound to be over it."""


@dataclass(slots=True)
class Speaker:
    """One end of the line."""

    stage: Stage
    call: PhoneCall
    caller: Caller
    plan: Plan
    turns: list[Turn] = field(default_factory=list)
    intrusions: list[Intrusion] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    _since: int = 0

    async def talk(self) -> None:
        """Hold the call until either side hangs up.

        Raises:
            TimeoutError: Sophie never came to the end of an answer.
        """
        try:
            await self.call.until(self._is_live, patience_s=_PATIENCE_S)
            agent, reply = self._agent, self._agent.greeting
            await self.call.quiet(_QUIET_MS)
            number, early = 0, None
            while (words := await self.caller.says(reply)) is not None:
                number += 1
                await (self._say(words) if early is None else self._intrude(early, words))
                early = await self._during(number)
                reply = await (self._whole(agent) if early is None else self._begun())
        except CallEnded:
            return
        self.call.hang_up()

    async def _during(self, number: int) -> Intrudes | None:
        """Do what the plan has for the answer to a turn.

        Who cuts in with an answer of their own does so next.
        """
        for intrudes in self.plan.intrudes:
            if intrudes.turn != number:
                continue
            if intrudes.words or intrudes.kind != "cuts in":
                await self._intrude(intrudes, intrudes.words)
            elif not await self._asks_yes_or_no():
                return intrudes
        return None

    @property
    def _agent(self) -> GraphAgent:
        return self.stage.calls.live[self.call.call_sid].agent

    def _is_live(self) -> bool:
        live = self.call.call_sid in self.stage.calls.live
        return live and self.call.heard_ms is not None

    async def _say(self, words: str) -> None:
        """Say something, and note when the first of the answer was sent."""
        before, spoke = len(self._said), now_s()
        self._since = len(self.call.tape.agent)
        began = self.call.now_ms
        pause_ms = self.plan.pause_ms if words.count(",") > 1 else 0
        self.call.say(spoken(words, pause_ms))
        await self.call.said()
        stopped, stopped_s = self.call.now_ms, now_s()
        answered = await self._answered(stopped_s, before)
        self._since = max(self._since, len(self.call.tape.agent) - 160)
        offset = stopped - stopped_s * 1000
        parts = self._parts(spoke, answered, offset)
        self.turns.append(
            Turn(
                len(self.turns) + 1,
                words,
                began,
                stopped,
                None if answered is None else answered * 1000 + offset,
                own_ms=own_ms(parts) if parts else None,
                parts=parts,
            )
        )
        if answered is None:
            self.call.hang_up()
            raise CallEnded

    @property
    def _said(self) -> list[str]:
        """The caller's words as they came to the agent."""
        messages = self._agent.state["messages"]
        return [str(m.text) for m in messages if isinstance(m, HumanMessage)]

    async def _answered(self, since: float, before: int) -> float | None:
        """When audio was first sent after a time; none if the words were never answered."""
        sent = self.stage.stamps.sent
        try:
            await self.call.until(
                lambda: bool(sent) and sent[-1] > since and len(self._said) > before,
                patience_s=_ANSWER_S,
            )
        except TimeoutError:
            return None
        return next(at for at in sent if at > since)

    def _parts(self, spoke: float, answered: float | None, offset: float) -> tuple[Part, ...]:
        ended = [at for at in self.stage.stamps.ended if spoke < at <= (answered or 0.0)]
        if answered is None or not ended:
            return ()
        found = self.stage.stamps.parts(ended[-1], answered)
        return tuple(Part(p.kind, p.start_ms + offset, p.end_ms + offset) for p in found)

    async def _asks_yes_or_no(self) -> bool:
        """Whether she reads back or asks for a yes: an answer to what was not heard is none."""
        return expectation(str((await self._reply()).text)) == "yes_no"

    async def _begun(self) -> str:
        """The reply, of which the caller will not wait for the end."""
        return str((await self._reply()).text)

    async def _intrude(self, intrudes: Intrudes, words: str) -> None:
        """Make a sound over the answer, and see what Sophie does."""
        stamps, call = self.stage.stamps, self.call
        await call.until(lambda: self._voiced_ms() >= intrudes.after_ms, patience_s=_PATIENCE_S)
        before, message, left_ms = len(self._said), await self._reply(), call.pending_ms
        since, began, cleared = now_s(), len(stamps.began), len(stamps.cleared)
        if intrudes.kind == "cuts in":
            await self._cut_in(words, message)
        else:
            call.say(spoken(words) if words else noise(intrudes.ms))
            await call.said()
            await call.until(lambda: len(stamps.cleared) > cleared, patience_s=_PATIENCE_S)
            silent = stamps.cleared[cleared]
            await call.until(lambda: stamps.sent[-1] > silent, patience_s=_PATIENCE_S)
        noticed = next(iter(stamps.began[began:]), since)
        silent_s = next(iter(stamps.cleared[cleared:]), None)
        on = next((at for at in stamps.sent if silent_s is not None and at > silent_s), None)
        gave_up = len(self._said) > before
        if left_ms < _OVER_MS:
            return  # she was at her end anyway
        self.intrusions.append(
            Intrusion(
                intrudes.kind,
                noticed * 1000 + call.now_ms - now_s() * 1000,
                None if silent_s is None else (silent_s - noticed) * 1000,
                0.0 if on is None or silent_s is None or gave_up else (on - silent_s) * 1000,
                gave_up,
            )
        )

    async def _cut_in(self, words: str, message: AIMessage) -> None:
        since = self._since
        await self._say(words)
        played = words_played(bytes(self.call.tape.agent[since : self._since]), self.plan.word_ms)
        kept = next((m for m in self._agent.messages if m.id == message.id), None)
        if kept is not None and kept.additional_kwargs.get("interrupted"):
            heard = len(normalise.spoken(str(kept.text)).text.split())
            self.cuts.append(Cut(played, heard))

    async def _reply(self) -> AIMessage:
        """What Sophie is saying."""
        await self._agent.settled()
        last = self._agent.messages[-1]
        assert isinstance(last, AIMessage)
        return last

    async def _whole(self, agent: GraphAgent) -> str:
        """The reply, once it has been heard to its end."""
        said = len(self.turns)
        await self.call.until(lambda: len(self._said) >= said, patience_s=_PATIENCE_S)
        await agent.settled()
        reply = str(agent.messages[-1].text)
        last = normalise.spoken(reply).text.split()[-1]
        await self.call.until(lambda: self._ear().endswith(last), patience_s=_PATIENCE_S)
        await self.call.quiet(_QUIET_MS)
        return reply

    def _ear(self) -> str:
        """The words that came since the caller last spoke."""
        return spelled(bytes(self.call.tape.agent[self._since :]))

    def _voiced_ms(self) -> float:
        return voiced_ms(bytes(self.call.tape.agent[self._since :]))


async def silent(call: PhoneCall) -> None:
    """A caller who says nothing, until Sophie hangs up."""
    async with asyncio.timeout(60):
        await call.over()
