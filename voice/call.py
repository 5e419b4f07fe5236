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
from collections.abc import Mapping
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
from voice.replies import Replies
from voice.speaking import Speaking
from voice.timings import Timeline, Timings
from voice.turns import BeforeKeys, FalseStart

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
    _replies: Replies = field(init=False)
    _words_due: bool = False
    _closing: bool = False
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
        self._replies = Replies(
            self.agent, self.transcriber, self._mouth, self._speaking, self._host, self._timings
        )

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
        greet = partial(self._replies.greet, self.greeting, resumed=self.resumed)
        self._speaking.begin(greet, is_reply=not self.resumed)
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
            await self._replies.cut_short()

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
                self._replies.answer(self._before_keys.with_keys(text, fed_ms=self._host.fed_ms))

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
                self._words_due = True
            case Interim(text=text, at_ms=at_ms):
                self._words_due = True
                early = self._replies.early
                if text.strip() and not (early is not None and early.answers(text)):
                    await self._stop_for_caller(at_ms)
            case EarlyTurn(at_ms=at_ms):
                await self._stop_for_caller(at_ms)
                self._replies.answer_ahead(event)
            case Resumed(at_ms=at_ms):
                await self._stop_for_caller(at_ms)
            case CallerTurn(text=text, ended_ms=ended_ms):
                self._words_due = False
                if not await self._replies.has_answered(event):
                    await self._stop_for_caller(ended_ms)
                    self._replies.answer(text, ended_ms)

    def _is_nod(self, event: Heard) -> bool:
        """Whether the caller only says that they listen; then the reply goes on."""
        if not self._replies.under_way:
            return False
        nods = is_nod(event, self._mouth.saying(self.agent.expecting))
        if nods and isinstance(event, CallerTurn):
            self._false_start.cancel()
            self._mouth.take_floor()
        return nods

    def _is_late(self, event: Heard) -> bool:
        """Whether what is about to be said comes first, and then the answer."""
        late = self._replies.early is None and self._host.lets_be(event)
        if late and isinstance(event, CallerTurn):
            self._replies.answer(event.text, event.ended_ms, after=True)
        return late

    def _give_floor(self) -> None:
        """The caller makes a sound: fall silent now, decide later whether it was speech."""
        if self._mouth.give_floor():
            self._timings.silent(self._mouth.now_ms())
        self._false_start.sound()

    def _take_floor_again(self) -> None:
        if self._replies.early is None:
            self._mouth.take_floor()

    async def _stop_for_caller(self, said_ms: float | None = None) -> None:
        """The caller has words: the reply is over, and was heard as far as it was played."""
        self._false_start.cancel()
        self._host.made_out(said_ms)
        self._mouth.silence()
        await self._replies.cut_short()

    # Watching

    async def _watch(self) -> None:
        """See to it that the line is not silent for long, and that a call comes to its end."""
        while not self._is_too_long():
            await asyncio.sleep(_LOOK_EVERY_S)
            self._speaking.check()
            await self._decide()
            if self._words_due:  # not at once: the caller's ear is silenced first
                self.agent.listen()
            if self._replies.early is None and not self._keypad.collects:
                self._host.break_silence()
        await self._stop_for_caller()
        self._closing = True
        self._host.part("too_long")
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._speaking.check()

    def _is_too_long(self) -> bool:
        busy = self._replies.early is not None or self._speaking.under_way
        most_s = self.manners.longest_s + (self.manners.wrap_up_s if busy else 0)
        return self.lasted_s + self._mouth.now_ms() / 1000 > most_s

    async def _decide(self) -> None:
        """A recogniser that never says whether the turn has ended is not waited for."""
        turn = self._replies.overdue(self.manners.undecided_s)
        if turn is not None:
            await self._take(turn)
            self._replies.decided(turn)
