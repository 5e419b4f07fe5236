"""One telephone call: caller audio in, turns, replies, audio out.

::

    audio ─► transcriber ─► turn ─► agent ─► tokens ─► mouth ─► line
    marks ─────────────────────────────────────────────┘

An early end of turn is answered without the floor, which the end of the turn then gives.
When the caller makes a sound, the ear is silenced at once and the floor is theirs. If words follow,
the reply is over and is remembered as far as it was heard. If none do (a cough, a door), or only
such as listeners make, the reply goes on from the byte where it fell silent.

What is said so that the line is never silent for long is in `voice/host.py`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from voice.backchannel import is_nod
from voice.dictation import DictationTranscriber
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, Resumed, SpeechStarted
from voice.host import Host, nobody
from voice.keys import Keypad
from voice.manners import Manners
from voice.mouth import SpeakingMouth
from voice.ports import Agent, CallBack, Line, Synthesizer, Transcriber, VoiceError
from voice.speaking import Speaking
from voice.timings import Timeline, Timings, stamped
from voice.turns import BeforeKeys, Early, FalseStart, Unasked, is_same

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1


@dataclass(slots=True)
class VoiceCall:
    """The loop of one call. `audio`, `marked` and `digit` are called by whoever reads the line.

    Attributes:
        greeting: Said first.
        recorded: The audio of lines that were voiced before the call, by their text.
        lasted_s: How long the call was under way before this line, in seconds.
        resumed: The greeting only bridges a break, and is no part of the conversation.
        timelines: One for each turn, filled while the call runs.
        call_back: Asks the shop to call back a caller who has to be sent away.
    """

    agent: Agent
    transcriber: Transcriber
    synthesizer: Synthesizer
    greeting: str
    recorded: Mapping[str, bytes] = field(default_factory=dict)
    lasted_s: float = 0.0
    resumed: bool = False
    manners: Manners = field(default_factory=Manners)
    timelines: list[Timeline] = field(default_factory=list)
    call_back: CallBack = nobody
    _mouth: SpeakingMouth = field(init=False)
    _keypad: Keypad = field(init=False)
    _speaking: Speaking = field(init=False)
    _host: Host = field(init=False)
    _timings: Timings = field(init=False)
    _false_start: FalseStart = field(init=False)
    _early: Early | None = None
    _decided: CallerTurn | None = None
    _closing: bool = False
    _unasked: Unasked = field(default_factory=Unasked)
    _before_keys: BeforeKeys = field(default_factory=BeforeKeys)

    @property
    def parted(self) -> bool:
        """Whether the caller was sent away before they had got what they wanted."""
        return self._host.parted

    def __post_init__(self) -> None:
        manners, self.transcriber = self.manners, DictationTranscriber(self.transcriber)
        self._mouth = SpeakingMouth(
            self.synthesizer, manners.lead_ms, manners.last_word_s, self.recorded
        )
        self._keypad = Keypad(manners.last_key_s)
        self._speaking = Speaking(self._mouth)
        self._host = Host(self.agent, self._mouth, self._speaking, manners, self.call_back)
        self._timings = Timings(self.timelines)
        self._false_start = FalseStart(manners.false_start_s, self._take_floor_again)

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self._host.audio(ulaw)
        self.transcriber.feed(ulaw)

    def marked(self, name: str) -> None:
        """The telephone has played up to a mark."""
        if self._mouth.marked(name) and self._speaking.is_reply:
            self._timings.played(self._mouth.now_ms())

    def digit(self, digit: str) -> None:
        """Take a key press."""
        self._host.key()
        self._keypad.press(digit, self.agent.expecting)

    async def run(self, line: Line) -> None:
        """Carry the call until it is over. Cancelling it is hanging up on the caller's side.

        Raises:
            VoiceError: The voice is gone.
        """
        self._mouth.open(line)
        self._speaking.begin(self._greet, is_reply=not self.resumed)
        work = (self._listen(), self._listen_to_keys(), self._watch(), self._ended())
        tasks = [asyncio.create_task(one) for one in work]
        try:
            done = set[asyncio.Task[None]]()
            # Words that came in the moment of the end are asked already, and must be answered.
            while not done or (done == {tasks[-1]} and not self._host.over.is_set()):
                tasks[-1] = asyncio.create_task(self._ended()) if done else tasks[-1]
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._cut_short()

    async def aclose(self) -> None:
        """Release the recogniser and the voice."""
        self._keypad.close()
        self._false_start.cancel()
        await self._speaking.stop()
        await self.transcriber.aclose()
        await self.synthesizer.aclose()

    async def _ended(self) -> None:
        await self._host.over.wait()

    # Listening

    async def _listen(self) -> None:
        try:
            async for event in self.transcriber.heard():
                await self._take(event)
        except VoiceError as error:
            log.warning("nobody listens any more, the call goes on by keys: %s", error)
            self._host.deaf()
            await self._host.over.wait()

    async def _listen_to_keys(self) -> None:
        while True:
            text = await self._keypad.said()
            if self._closing:
                continue
            asked_back = self._host.by_keys and text == "1"
            await self._stop_for_caller()
            if asked_back:
                self._host.part("asked")
            else:
                self._answer_turn(self._before_keys.with_keys(text, fed_ms=self._host.fed_ms))

    async def _take(self, event: Heard) -> None:
        # While she takes her leave, who speaks is not answered any more.
        if self._closing or self._before_keys.has_asked(event):
            return
        if self._is_nod(event) or self._is_late(event):
            return
        self._before_keys.note(event)
        match event:
            case SpeechStarted():
                self._give_floor()
                self.agent.listen()
            case Interim(text=text, at_ms=at_ms):
                self.agent.listen()
                ready = self._early is not None and self._early.answers(text)
                if text.strip() and not ready:
                    await self._stop_for_caller(at_ms)
            case EarlyTurn(at_ms=at_ms):
                await self._stop_for_caller(at_ms)
                self._answer_early(event)
            case Resumed(at_ms=at_ms):
                await self._stop_for_caller(at_ms)
            case CallerTurn(text=text, ended_ms=ended_ms):
                decided, self._decided = self._decided, None
                if is_same(decided, event) or await self._confirm(text, ended_ms):
                    return
                await self._stop_for_caller(ended_ms)
                self._answer_turn(text, ended_ms)

    def _is_nod(self, event: Heard) -> bool:
        """Whether the caller only says that they listen; then the reply goes on."""
        replies = self._speaking.under_way and self._speaking.is_reply
        if self._early or self._decided or not replies:
            return False
        nods = is_nod(event, self._mouth.saying(self.agent.expecting))
        if nods and isinstance(event, CallerTurn):
            self._false_start.cancel()
            self._mouth.take_floor()
        return nods

    def _is_late(self, event: Heard) -> bool:
        """Whether what is about to be said comes first, and then the answer."""
        late = self._early is None and self._host.lets_be(event)
        if late and isinstance(event, CallerTurn):
            self._answer_turn(event.text, event.ended_ms, after=True)
        return late

    def _give_floor(self) -> None:
        """The caller makes a sound: fall silent now, decide later whether it was speech."""
        if self._mouth.give_floor():
            self._timings.silent(self._mouth.now_ms())
        self._false_start.sound()

    def _take_floor_again(self) -> None:
        if self._early is None:
            self._mouth.take_floor()

    async def _stop_for_caller(self, said_ms: float | None = None) -> None:
        """The caller has words: the reply is over, and was heard as far as it was played."""
        self._false_start.cancel()
        self._host.made_out(said_ms)
        self._mouth.silence()
        await self._cut_short()

    async def _cut_short(self) -> None:
        """End what is being said; the agent learns how much of a reply was heard."""
        if self._early is not None:
            self._timings.drop(self._early.timeline, self._mouth.now_ms())
        self._early = None
        if not self._speaking:
            return
        cut_short = self._speaking.under_way
        heard, estimated = self._mouth.heard(), self._mouth.estimated
        self._host.note_aside()
        await self._speaking.stop()
        await self.agent.retract()
        if cut_short and self._speaking.is_reply:
            self._decided = None
            self._timings.cut(self._mouth.now_ms())
            self.agent.heard(heard, estimated=estimated)

    # Speaking

    def _answer_turn(self, text: str, ended_ms: float | None = None, after: bool = False) -> None:
        self._host.over.clear()
        self._mouth.take_floor()
        timeline = self._timings.begin()
        self._timings.commit(timeline, self._mouth.now_ms(), ended_ms)
        self._unasked.add(text)
        answer = partial(self._answer, partial(self._unasked.ask, self.agent), timeline)
        (self._speaking.follow if after else self._speaking.reply)(answer)

    def _answer_early(self, turn: EarlyTurn) -> None:
        """Make the reply ready; it has no floor."""
        now_ms = self._mouth.now_ms()
        self._mouth.give_floor()
        tokens = partial(self.agent.ahead, turn.text)
        early = self._early = Early(turn, now_ms, self._timings.begin(early_ms=now_ms))
        self._speaking.begin(partial(self._answer, tokens, early.timeline, early.sure))

    async def _confirm(self, text: str, ended_ms: float) -> bool:
        """Let the reply that was made ready be heard, if it is the one to these words."""
        early = self._early
        if early is None or not early.answers(text) or not await self.agent.confirm():
            return False
        self._early = None
        self._speaking.is_reply = True
        self._host.made_out(ended_ms)
        self._timings.commit(early.timeline, self._mouth.now_ms(), ended_ms)
        early.sure.set()
        self._mouth.take_floor()
        return True

    async def _greet(self) -> None:
        say = self._host.say_aside if self.resumed else self._mouth.say
        await say(self.greeting)
        self._end_if_finished()

    async def _answer(
        self,
        respond: Callable[[], AsyncGenerator[str, None]],
        timeline: Timeline,
        sure: asyncio.Event | None = None,
    ) -> None:
        async with aclosing(stamped(respond(), timeline, self._mouth.now_ms)) as tokens:
            await self._mouth.speak(tokens, timeline)
        if sure is not None:
            await sure.wait()
        self.transcriber.expect(self.agent.expecting, self.agent.vocabulary)
        await self._mouth.played_out()
        self._end_if_finished()

    def _end_if_finished(self) -> None:
        if self.agent.finished:
            self._host.over.set()

    # Watching

    async def _watch(self) -> None:
        """See to it that the line is not silent for long, and that a call comes to its end."""
        while not self._is_too_long():
            await asyncio.sleep(_LOOK_EVERY_S)
            self._speaking.check()
            await self._decide()
            if self._early is None and not self._keypad.collects:
                self._host.break_silence()
        await self._stop_for_caller()
        self._closing = True
        self._host.part("too_long")
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._speaking.check()

    def _is_too_long(self) -> bool:
        busy = self._early is not None or self._speaking.under_way
        most_s = self.manners.longest_s + (self.manners.wrap_up_s if busy else 0)
        return self.lasted_s + self._mouth.now_ms() / 1000 > most_s

    async def _decide(self) -> None:
        """A recogniser that never says whether the turn has ended is not waited for."""
        early, waited_s = self._early, self.manners.undecided_s
        if early is not None and self._mouth.now_ms() > early.since_ms + waited_s * 1000:
            await self._take(early.taken())
            self._decided = early.taken()
