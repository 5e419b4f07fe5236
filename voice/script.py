"""The words of one reply and how far they have been voiced, for a voice that takes over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from voice.ports import Sound

AHEAD_S = 0.5
"""For about so long a sound is still to be heard when the next one is asked for."""

_NEARLY = 2
"""Characters left of a clause that are not worth saying again."""


class Pace:
    """How long the voices of a call take for a character, learnt as they speak."""

    def __init__(self) -> None:
        # Fifteen characters a second, until something has been heard.
        self._ulaw, self._characters = 8000, 15

    def learn(self, ulaw: int, characters: int) -> None:
        """Take the measure of a clause that was voiced whole, in bytes."""
        self._ulaw += ulaw
        self._characters += characters

    def characters(self, ulaw: int) -> int:
        """About how much text so many bytes of audio are."""
        return self._characters * ulaw // self._ulaw

    def ulaw(self, characters: int) -> int:
        """About how many bytes of audio a text will make."""
        return self._ulaw * characters // self._characters


def word_under_way(text: str, said: int) -> int:
    """Where the word begins in which, after so many characters, a voice has stopped."""
    return text.rfind(" ", 0, said + 1) + 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a voice begins: a clause, and how many of its characters are said already."""

    clause: int
    characters: int


class Script:
    """Reads the clauses as they come, and lets any voice say them from any position.

    Args:
        clauses: The reply; read in a task of its own.
        pace: How fast they are voiced.
        handed: Called whenever there is one more clause, and at their end.
    """

    def __init__(self, clauses: AsyncIterator[str], pace: Pace, handed: Callable[[], None]) -> None:
        self._pace = pace
        self._handed = handed
        self._clauses: list[str] = []
        self._handed_at: list[float] = []
        self._ended = False
        self._changed = asyncio.Event()
        self._completed = 0
        self._given = 0
        self._sounded_at = float("-inf")
        self._loop = asyncio.get_running_loop()
        self._reading = asyncio.create_task(self._read(clauses))

    @property
    def error(self) -> BaseException | None:
        """What ended the clauses before their time."""
        done = self._reading.done() and not self._reading.cancelled()
        return self._reading.exception() if done else None

    @property
    def silent_since(self) -> float | None:
        """Since when no sound has come of words that are there; none while nothing is owed."""
        if self._completed >= len(self._clauses):
            return None
        return max(self._sounded_at + AHEAD_S, self._handed_at[self._completed])

    def position(self) -> Position:
        """Where a voice that takes over begins: at the word that was under way."""
        if not self._given:
            return Position(self._completed, 0)
        text, said = self._clauses[self._completed], self._pace.characters(self._given)
        if said >= len(text) - _NEARLY:
            return Position(self._completed + 1, 0)
        return Position(self._completed, word_under_way(text, said))

    async def rest(self, position: Position) -> AsyncIterator[str]:
        """The clauses from a position on, as they come."""
        at, skipped = position.clause, position.characters
        while True:
            changed = self._changed
            if at < len(self._clauses):
                yield self._clauses[at][skipped:]
                at, skipped = at + 1, 0
            elif self._ended:
                return
            else:
                await changed.wait()

    def gave(self, sound: Sound, began: Position) -> list[Sound]:
        """Note what the ear is given, by a voice that began there; returns it by whole clauses."""
        whole = not (began.clause == self._completed and began.characters)
        sounds = []
        while self._completed < began.clause:  # what was left of it was not worth saying
            sounds.append(Sound(b"", completes=self._complete(whole=False)))
        self._sounded_at = self._loop.time()
        self._given += len(sound.ulaw)
        if sound.completes is None or self._completed >= len(self._clauses):
            return [*sounds, sound]
        return [*sounds, Sound(sound.ulaw, completes=self._complete(whole=whole))]

    async def aclose(self) -> None:
        """Read no further."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    def _complete(self, *, whole: bool) -> str:
        clause = self._clauses[self._completed]
        if whole:
            self._pace.learn(self._given, len(clause))
        self._completed, self._given = self._completed + 1, 0
        return clause

    async def _read(self, clauses: AsyncIterator[str]) -> None:
        try:
            async for clause in clauses:
                if clause.strip():
                    self._clauses.append(clause)
                    self._handed_at.append(self._loop.time())
                    self._tell()
        finally:
            self._ended = True
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        self._handed()
