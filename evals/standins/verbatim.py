"""Speech that is its own transcript: mu-law bytes that spell what is said.

With it a whole call runs through the real sockets with audio a test can write and read.
"""

from collections.abc import Iterator

from evals.standins.hearing import BYTES_PER_MS, Began, Cue, Ended

SILENCE = 0xFF
BREATH = 0xC1
"""Loud, as speech is, and no part of UTF-8."""
MARKER = b"\x00SAY"
LONGEST = 0xC0FF


def verbatim(text: str, *, for_ms: int = 0) -> bytes:
    """Mu-law that spells a text: a marker, two bytes of length, UTF-8, silence to whole frames.

    Args:
        for_ms: How long the speaking lasts before its words can be made out.

    Raises:
        ValueError: The text is longer than `LONGEST` bytes.
    """
    said = text.encode()
    if len(said) > LONGEST:
        raise ValueError(f"a text of {len(said)} bytes is too long to spell; the most is {LONGEST}")
    breath = bytes([BREATH]) * (for_ms * BYTES_PER_MS)
    spelt = MARKER + breath + len(said).to_bytes(2, "big") + said
    frame = 20 * BYTES_PER_MS
    return spelt + bytes([SILENCE]) * (-len(spelt) % frame)


class VerbatimHearing:
    """Hears exactly what the audio bytes spell; anything else is silence."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._taken = 0
        self._began = False

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        self._heard += ulaw
        while True:
            start = self._heard.find(MARKER)
            if start < 0:
                self._drop(len(self._heard) - len(MARKER) + 1)
                return
            self._drop(start)
            if not self._began:
                self._began = True
                yield Began(self._now)
            text = self._text()
            if text is None:
                return
            self._began = False
            if text:
                yield Ended(text, self._now)

    def end(self) -> Iterator[Cue]:
        yield from ()

    def _text(self) -> str | None:
        """The text after the marker once it is all there; empty where audio was lost in it."""
        after = self._heard[len(MARKER) :]
        head = len(self._heard) - len(after.lstrip(bytes([BREATH]))) + 2
        if len(self._heard) < head:
            return None
        size = int.from_bytes(self._heard[head - 2 : head], "big")
        said = bytes(self._heard[head : head + size])
        if SILENCE in said:  # never part of UTF-8: the rest of the text was lost
            self._drop(head)
            return ""
        if len(said) < size:
            return None
        self._drop(head + size)
        return said.decode("utf-8", "replace")

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._heard[:count]
            self._taken += count

    @property
    def _now(self) -> int:
        return self._taken // BYTES_PER_MS
