"""What has been said of one reply: clauses in, audio back, and which clause ends where."""

from collections import deque
from dataclasses import dataclass

from voice.deepgram.outbox import BYTES_PER_MS
from voice.ports import Sound
from voice.script import Pace, word_under_way

# Kept back until it is known whether a clause ends with it. One telephone frame.
TAIL = 20 * BYTES_PER_MS


@dataclass(slots=True)
class _Group:
    """Clauses flushed together: how many are complete, how much of their audio has come.

    `texts` is what is to be said of them: less than the clauses once they begin anew.
    """

    clauses: list[str]
    texts: list[str]
    completed: int = 0
    spoken: int = 0

    def begun(self) -> int:
        """How many characters of the texts are complete."""
        return sum(map(len, self.texts[: self.completed]))


class Reply:
    """The clauses of one reply between being sent and being heard back. No I/O.

    A flush closes a group of clauses, and the voice says when a group's audio is complete. Where
    in it a clause ends is estimated from the length of the texts; the last one ends exactly.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._open: list[str] = []
        self._groups: deque[_Group] = deque()
        self._tail = b""

    @property
    def unflushed(self) -> list[str]:
        """Clauses sent since the last flush."""
        return list(self._open)

    @property
    def groups(self) -> list[list[str]]:
        """What is to be said of the clauses flushed whose audio is not complete."""
        return [list(group.texts) for group in self._groups]

    @property
    def silent(self) -> bool:
        """Whether no sound has come of the oldest group, though it has words."""
        if not self._groups or self._groups[0].spoken or self._tail:
            return False
        return any(letter.isalnum() for text in self._groups[0].texts for letter in text)

    def said(self, clause: str) -> None:
        """A clause is being sent."""
        self._open.append(clause)

    def flushed(self) -> None:
        """A flush is being sent."""
        self._groups.append(_Group(self._open, self._open))
        self._open = []

    def audio(self, ulaw: bytes) -> list[Sound]:
        """Take audio; gives what can be played already."""
        whole = self._tail + ulaw
        ready, self._tail = whole[:-TAIL], whole[-TAIL:]
        sounds = []
        while ready and (end := self._next_end()) is not None and end <= len(ready):
            clause = self._advance(end)
            sounds.append(Sound(ready[:end], completes=clause))
            ready = ready[end:]
        if ready and self._groups:
            self._groups[0].spoken += len(ready)
        return [*sounds, Sound(ready)] if ready else sounds

    def complete(self) -> list[Sound]:
        """The oldest group's audio is complete; gives its last audio, split over what is open."""
        if not self._groups:
            return []
        group = self._groups.popleft()
        tail, self._tail = self._tail, b""
        self._pace.learn(group.spoken + len(tail), sum(map(len, group.texts)))
        left = group.clauses[group.completed :]
        if not left:
            return [Sound(tail)] if tail else []
        size = len(tail) // len(left)
        cuts = [index * size for index in range(len(left))] + [len(tail)]
        return [
            Sound(tail[start:end], completes=clause)
            for clause, start, end in zip(left, cuts, cuts[1:], strict=False)
        ]

    def restart(self) -> None:
        """The oldest group is said by another connection, from the word that was under way."""
        self._tail = b""
        if self._groups:
            group = self._groups[0]
            said = self._pace.characters(group.spoken) - group.begun()
            first, *rest = group.texts[group.completed :]
            clauses = group.clauses[group.completed :]
            texts = [first[word_under_way(first, max(said, 0)) :], *rest]
            self._groups[0] = _Group(clauses, texts)

    def _next_end(self) -> int | None:
        """How much more audio there is to the next clause's end, unless that is the last one."""
        if not self._groups or self._groups[0].completed >= len(self._groups[0].clauses) - 1:
            return None
        group = self._groups[0]
        characters = group.begun() + len(group.texts[group.completed])
        return max(1, self._pace.ulaw(characters) - group.spoken)

    def _advance(self, count: int) -> str:
        group = self._groups[0]
        group.spoken += count
        group.completed += 1
        return group.clauses[group.completed - 1]
