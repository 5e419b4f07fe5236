"""A caller of the datasets on the telephone: says what they say, and is heard when they make noise.

The words come from the scenario; what is done on the line besides comes from the plan.
"""

import asyncio
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, HumanMessage

from evals.callers import Caller
from evals.standins.twilio import CallEnded, PhoneCall
from evals.voice.ear import voiced_ms, words_played
from evals.voice.observed import Cut, Intrusion, Part, Turn
from evals.voice.plans import Intrudes, Plan
from evals.voice.spoken import noise, spoken
from evals.voice.stage import WORD_MS, Stage, now_s
from evals.voice.stamps import own_ms
from graph.agent import GraphAgent
from voice import normalise

_QUIET_MS = 300
_PATIENCE_S = 20.0


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
            TimeoutError: Sophie never answered, or never stopped.
        """
        try:
            await self.call.until(self._is_live, patience_s=_PATIENCE_S)
            agent, reply = self._agent, self._agent.greeting
            await self.call.quiet(_QUIET_MS)
            number = 0
            while (words := await self._says(reply)) is not None:
                number += 1
                await self._say(words)
                for intrudes in self.plan.intrudes:
                    if intrudes.turn == number:
                        await self._intrude(intrudes)
                reply = await self._whole(agent)
        except CallEnded:
            return
        self.call.hang_up()

    async def _says(self, reply: str) -> str | None:
        return self.caller.says(reply)

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
        self.call.say(spoken(words, self.plan.pause_ms))
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

    @property
    def _said(self) -> list[str]:
        """The caller's words as they came to the agent."""
        messages = self._agent.state["messages"]
        return [str(m.text) for m in messages if isinstance(m, HumanMessage)]

    async def _answered(self, since: float, before: int) -> float | None:
        """When audio was first sent after a time."""
        sent = self.stage.stamps.sent
        await self.call.until(
            lambda: bool(sent) and sent[-1] > since and len(self._said) > before,
            patience_s=_PATIENCE_S,
        )
        return next(at for at in sent if at > since)

    def _parts(self, spoke: float, answered: float | None, offset: float) -> tuple[Part, ...]:
        ended = [at for at in self.stage.stamps.ended if spoke < at <= (answered or 0.0)]
        if answered is None or not ended:
            return ()
        found = self.stage.stamps.parts(ended[-1], answered)
        return tuple(Part(p.kind, p.start_ms + offset, p.end_ms + offset) for p in found)

    async def _intrude(self, intrudes: Intrudes) -> None:
        """Make a sound over the answer, and see what Sophie does."""
        stamps, call = self.stage.stamps, self.call
        await call.until(lambda: self._voiced_ms() >= intrudes.after_ms, patience_s=_PATIENCE_S)
        before, message = len(self._said), await self._reply()
        since, began, cleared = now_s(), len(stamps.began), len(stamps.cleared)
        if intrudes.kind == "cuts in":
            await self._cut_in(intrudes, message)
        else:
            call.say(spoken(intrudes.words) if intrudes.words else noise(intrudes.ms))
            await call.said()
            await call.until(lambda: len(stamps.cleared) > cleared, patience_s=_PATIENCE_S)
            silent = stamps.cleared[cleared]
            await call.until(lambda: stamps.sent[-1] > silent, patience_s=_PATIENCE_S)
        noticed = next(iter(stamps.began[began:]), since)
        silent_s = next(iter(stamps.cleared[cleared:]), None)
        on = next((at for at in stamps.sent if silent_s is not None and at > silent_s), None)
        gave_up = len(self._said) > before
        self.intrusions.append(
            Intrusion(
                intrudes.kind,
                noticed * 1000 + call.now_ms - now_s() * 1000,
                None if silent_s is None else (silent_s - noticed) * 1000,
                0.0 if on is None or silent_s is None or gave_up else (on - silent_s) * 1000,
                gave_up,
            )
        )

    async def _cut_in(self, intrudes: Intrudes, message: AIMessage) -> None:
        since = self._since
        await self._say(intrudes.words)
        played = words_played(bytes(self.call.tape.agent[since : self._since]), WORD_MS)
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
        await self.call.quiet(_QUIET_MS)
        return str(agent.messages[-1].text)

    def _voiced_ms(self) -> float:
        return voiced_ms(bytes(self.call.tape.agent[self._since :]))


async def silent(call: PhoneCall) -> None:
    """A caller who says nothing, until Sophie hangs up."""
    async with asyncio.timeout(60):
        await call.over()
