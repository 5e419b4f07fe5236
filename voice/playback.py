"""What the caller has heard so far.

Audio that was sent is not audio that was heard: the telephone buffers it, and a barge-in throws the
buffer away. The telephone echoes a mark when everything before it has been played, so the last echo
is a proof, and the time since then an estimate that never runs past the next mark.
"""

from dataclasses import dataclass, field

from voice.normalise import Spoken, spoken

BYTES_PER_MS = 8
MARK_LOST_MS = 500
"""A mark this late is taken for lost, and the clock alone is believed."""

_CHARS_PER_MS = 0.015
"""How fast people speak, for a clause whose length is not known yet."""


@dataclass(slots=True)
class _Clause:
    text: str
    said: Spoken
    begins: int
    ends: int | None = None
    is_filler: bool = False
    dropped: bool = False


@dataclass(slots=True)
class Playback:
    """The playback of one reply. Positions are bytes since its first; times are milliseconds."""

    audio: bytearray = field(default_factory=bytearray)
    sent: int = 0
    played: int = 0
    _clock_from: int = 0
    _clock_at_ms: float | None = None
    _estimated: bool = False
    _marks: dict[str, int] = field(default_factory=dict)
    _clauses: list[_Clause] = field(default_factory=list)

    def begin(self, text: str, *, said: Spoken | None = None, is_filler: bool = False) -> None:
        """The next clause was handed to the voice: the agent's own words, or a filler.

        Args:
            text: The clause as the agent wrote it.
            said: The same as the voice got it.
            is_filler: It is none of the agent's.
        """
        given = spoken(text) if said is None else said
        self._clauses.append(_Clause(text, given, len(self.audio), is_filler=is_filler))

    def drop_filler(self) -> None:
        """The agent has words: a filler of which nothing was sent yet is not to be heard."""
        last = self._clauses[-1] if self._clauses else None
        if last is None or not last.is_filler or last.dropped or self.sent > last.begins:
            return
        last.dropped = True
        del self.audio[last.begins :]
        if last.ends is not None:
            last.ends = last.begins

    @property
    def begun(self) -> bool:
        """Whether anything was handed to the voice."""
        return bool(self._clauses)

    @property
    def awaited(self) -> bool:
        """Whether the voice owes audio, or some of it is not sent."""
        return self.sent < len(self.audio) or any(clause.ends is None for clause in self._clauses)

    def voiced(self, ulaw: bytes, *, completes: bool) -> None:
        """The voice made some audio; `completes` when it ends the oldest open clause."""
        waiting = [clause for clause in self._clauses if clause.ends is None]
        if not (waiting and waiting[0].dropped):
            self.audio += ulaw
        if not completes:
            return
        if waiting:
            waiting[0].ends = len(self.audio)
        if len(waiting) > 1:
            waiting[1].begins = len(self.audio)

    def finish(self) -> None:
        """The voice is done: whatever is open ends here."""
        for clause in self._clauses:
            if clause.ends is None:
                clause.ends = len(self.audio)

    def take(self, size: int, *, now_ms: float) -> bytes:
        """The next audio to send, at most `size` bytes; empty when there is none."""
        piece = bytes(self.audio[self.sent : self.sent + size])
        if piece and (self._clock_at_ms is None or self._by_the_clock(now_ms) >= self.sent):
            # The telephone has run dry, and while it has nothing to play no time is played.
            self._clock_from, self._clock_at_ms = self.sent, now_ms
        self.sent += len(piece)
        return piece

    def mark(self, name: str) -> None:
        """A mark was placed behind everything sent so far."""
        self._marks[name] = self.sent

    def echoed(self, name: str, *, now_ms: float) -> bool:
        """The telephone has played up to a mark. Whether the mark belongs to this reply."""
        position = self._marks.pop(name, None)
        if position is None:
            return False
        self.played = max(self.played, position)
        if position > self._clock_from:  # one from before a pause came late
            self._clock_from, self._clock_at_ms = position, now_ms
        return True

    def rewind(self, *, now_ms: float) -> None:
        """The telephone's buffer was emptied: go back to what had been heard by then.

        Marks that were still waiting come back at once without having been played, so they no
        longer count.
        """
        self._estimated = self.estimated(now_ms)
        self.sent = self.played = self._position(now_ms)
        self._clock_at_ms = None
        self._marks.clear()

    @property
    def done(self) -> bool:
        """Whether everything made so far has been proved played."""
        return self.played >= len(self.audio)

    def ahead_ms(self, now_ms: float) -> float:
        """How much audio the telephone still holds if it plays steadily; for pacing."""
        return max(0.0, self.sent - self._by_the_clock(now_ms)) / BYTES_PER_MS

    def heard(self, now_ms: float) -> str:
        """The beginning of the agent's words that has been heard, cut at a word."""
        position = self._position(now_ms)
        text = ""
        for clause in self._clauses:
            if clause.is_filler and clause.ends is not None:
                continue
            if clause.is_filler:
                return text
            if clause.ends is None or position < clause.ends:
                return text + _part(clause, position)
            text += clause.text
        return text

    def unheard(self, now_ms: float) -> str:
        """The rest of the agent's words, as far as they were handed to the voice."""
        whole = "".join(clause.text for clause in self._clauses if not clause.is_filler)
        return whole[len(self.heard(now_ms)) :]

    def estimated(self, now_ms: float) -> bool:
        """Whether the clock alone says what was heard, because a mark that is due has not come."""
        return self._estimated or self._overdue(now_ms)

    def _position(self, now_ms: float) -> int:
        limit = self.sent if self._overdue(now_ms) else self._next_mark()
        return min(self._by_the_clock(now_ms), limit)

    def _overdue(self, now_ms: float) -> bool:
        late = self._by_the_clock(now_ms) - self._next_mark()
        awaited = any(position > self.played for position in self._marks.values())
        return awaited and late > MARK_LOST_MS * BYTES_PER_MS

    def _next_mark(self) -> int:
        return min((p for p in self._marks.values() if p > self.played), default=self.sent)

    def _by_the_clock(self, now_ms: float) -> int:
        if self._clock_at_ms is None:
            return self.played
        elapsed_ms = max(0.0, now_ms - self._clock_at_ms)
        return self._clock_from + int(elapsed_ms * BYTES_PER_MS)


def _part(clause: _Clause, position: int) -> str:
    """The words of a clause that fit before a position."""
    passed = position - clause.begins
    if passed <= 0:
        return ""
    if clause.ends is None:
        characters = int(passed / BYTES_PER_MS * _CHARS_PER_MS)
    else:
        characters = int(len(clause.said.text) * passed / max(1, clause.ends - clause.begins))
    if characters >= len(clause.said.text):
        return clause.text
    return clause.text[: clause.said.written(characters)]
