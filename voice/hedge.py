"""A voice with another one in reserve: whichever sounds first is heard, and never both.

    clauses ─► first voice ──────────── no sound for 0.7 s ─► race ─► one of them
                                        second voice, from there ─┘

What the caller has been given of a clause is not said again: the other voice goes on at about the
word that was under way.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from voice.ports import Mouths, Sound, Synthesizer, VoiceError
from voice.script import Pace, Position, Script

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HedgePatience:
    """Durations in seconds.

    Attributes:
        after_s: The line may be silent for so long, with words to say, before another voice is
            asked.
        give_up_s: The same where there is only one voice.
        last_s: The same once there is no further voice: those before it took their time already,
            and the line is to be silent for four seconds at most. As many calls may come to the
            last voice at the same moment, so it is not less.
        rest_s: For so long a voice that has lost is asked second.
    """

    after_s: float = 0.7
    give_up_s: float = 1.9
    last_s: float = 1.2
    rest_s: float = 20.0


class HedgedMouths:
    """Voices in the order in which a call asks them, behind one `voice.ports.Mouths`.

    Args:
        mouths: At least one; the first is the preferred one. They are closed with this.
        patience: When the next one is asked.

    Raises:
        ValueError: There is none.
    """

    def __init__(self, mouths: Sequence[Mouths], patience: HedgePatience | None = None) -> None:
        if not mouths:
            raise ValueError("give at least one voice")
        self._mouths = tuple(mouths)
        self._patience = patience or HedgePatience()

    @property
    def preferred(self) -> Mouths:
        """The voice whose sound callers know."""
        return self._mouths[0]

    async def open(self, call_sid: str) -> "HedgedSynthesizer":
        """A synthesizer for one call, at once: its voices connect by themselves."""
        return HedgedSynthesizer(self._mouths, call_sid, self._patience)

    async def aclose(self) -> None:
        """Close every voice."""
        for one in self._mouths:
            await one.aclose()


class HedgedSynthesizer:
    """A `voice.ports.Synthesizer`."""

    def __init__(self, mouths: tuple[Mouths, ...], call_sid: str, patience: HedgePatience) -> None:
        self._patience = patience
        self._voices = [_Voice(one, call_sid) for one in mouths]
        self._voices[0].make_ready()
        self._pace = Pace()

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses in order, by one voice at a time.

        Raises:
            VoiceError: No voice speaks.
        """
        now = asyncio.get_running_loop().time()
        voices = sorted(self._voices, key=lambda voice: voice.rests_until > now)
        race = _Race(clauses, self._pace, voices, self._patience)
        try:
            async with aclosing(race.sounds()) as sounds:
                async for sound in sounds:
                    yield sound
        finally:
            await race.aclose()

    async def aclose(self) -> None:
        """Close every voice that was opened."""
        await asyncio.gather(*(voice.aclose() for voice in self._voices))


@dataclass(frozen=True, slots=True, eq=False)
class _Take:
    """One voice's attempt at a script; its sounds count until it is stopped."""

    voice: "_Voice"
    position: Position
    task: "asyncio.Task[None]"


@dataclass(frozen=True, slots=True)
class _Said:
    """What comes of a take; None at its end."""

    by: "asyncio.Task[None] | None"
    what: Sound | Exception | None


class _Voice:
    """One of a call's voices: opened when it is needed, and speaking one thing at a time."""

    def __init__(self, mouths: Mouths, call_sid: str) -> None:
        self._mouths = mouths
        self._call_sid = call_sid
        self._opening: asyncio.Task[Synthesizer] | None = None
        self._speaking: set[asyncio.Task[None]] = set()
        self.rests_until = 0.0

    def make_ready(self) -> None:
        """Begin to open it, if it is not open or could not be opened."""
        opening = self._opening
        if opening is None or (opening.done() and opening.exception() is not None):
            self._opening = asyncio.create_task(self._mouths.open(self._call_sid))

    def say(self, script: Script, said: "asyncio.Queue[_Said]") -> _Take:
        """Say what is left of a script."""
        self.make_ready()
        before, position = set(self._speaking), script.position()
        task = asyncio.create_task(self._say(script.rest(position), said, before))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)
        return _Take(self, position, task)

    async def aclose(self) -> None:
        """Fall silent and close it."""
        for task in self._speaking:
            task.cancel()
        await asyncio.gather(*self._speaking, return_exceptions=True)
        if self._opening is None:
            return
        if not self._opening.done():
            self._opening.cancel()
        (opened,) = await asyncio.gather(self._opening, return_exceptions=True)
        if not isinstance(opened, BaseException):
            await opened.aclose()

    async def _say(
        self,
        words: AsyncIterator[str],
        said: "asyncio.Queue[_Said]",
        before: set[asyncio.Task[None]],
    ) -> None:
        by = asyncio.current_task()
        try:
            if before:  # it is still falling silent
                await asyncio.wait(before)
            assert self._opening is not None
            synthesizer = await asyncio.shield(self._opening)
            async with aclosing(synthesizer.speak(words)) as sounds:
                async for sound in sounds:
                    said.put_nowait(_Said(by, sound))
        except Exception as exc:
            # Whoever plays the reply gets it, whatever it is.
            said.put_nowait(_Said(by, exc))
        else:
            said.put_nowait(_Said(by, None))


class _Race:
    """One reply, by the first voice; by another one from where that is not heard any more."""

    def __init__(
        self,
        clauses: AsyncIterator[str],
        pace: Pace,
        voices: Sequence[_Voice],
        patience: HedgePatience,
    ) -> None:
        self._said: asyncio.Queue[_Said] = asyncio.Queue()
        self._script = Script(clauses, pace, lambda: self._said.put_nowait(_Said(None, None)))
        self._left = list(voices)
        self._patience = patience
        self._takes: list[_Take] = []
        self._begun = 0.0
        self._asked = 0
        self._loop = asyncio.get_running_loop()

    async def sounds(self) -> AsyncGenerator[Sound, None]:
        """What is heard.

        Raises:
            VoiceError: No voice speaks.
        """
        self._begin_next()
        while True:
            said = await self._next()
            take = next((one for one in self._takes if one.task is said.by), None)
            if take is None:
                continue
            if said.what is None:
                break
            if isinstance(said.what, Exception):
                self._lost(take, said.what)
                continue
            self._choose(take)
            for sound in self._script.gave(said.what, take.position):
                yield sound
        if self._script.error is not None:
            raise self._script.error

    async def aclose(self) -> None:
        """Fall silent. A voice that takes its time to do so is not waited for."""
        for take in self._takes:
            take.task.cancel()
        self._takes.clear()
        await self._script.aclose()

    async def _next(self) -> _Said:
        """What comes of the takes; when nothing does for too long, the next voice begins."""
        while True:
            try:
                async with asyncio.timeout_at(self._due()):
                    return await self._said.get()
            except TimeoutError:
                if not self._left:
                    raise VoiceError("no voice makes a sound") from None
                self._begin_next()

    def _due(self) -> float | None:
        since = self._script.silent_since
        if since is None:
            return None
        return max(since, self._begun) + self._patience_s

    @property
    def _patience_s(self) -> float:
        if self._left:
            return self._patience.after_s
        return self._patience.give_up_s if self._asked == 1 else self._patience.last_s

    def _begin_next(self) -> None:
        self._begun = self._loop.time()
        self._asked += 1
        self._takes.append(self._left.pop(0).say(self._script, self._said))

    def _choose(self, heard: _Take) -> None:
        """This one is heard; whoever raced it is not."""
        for take in [one for one in self._takes if one is not heard]:
            log.warning("a voice was late, another one speaks")
            self._drop(take)

    def _lost(self, take: _Take, error: Exception) -> None:
        self._drop(take)
        if not isinstance(error, VoiceError) or not (self._takes or self._left):
            raise error
        log.warning("a voice is lost, the next one speaks: %s", error)
        if not self._takes:
            self._begin_next()

    def _drop(self, take: _Take) -> None:
        take.voice.rests_until = self._loop.time() + self._patience.rest_s
        self._takes.remove(take)
        take.task.cancel()
