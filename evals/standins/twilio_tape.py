"""What the caller's handset does with audio: plays it at 8 kHz, and keeps a recording."""

import io
import wave
from collections import deque
from pathlib import Path

import numpy as np

from evals.standins.twilio_wire import FRAME_BYTES, FRAME_MS, SILENCE

_LOUD = 0x20  # of a mu-law magnitude's 0..127; about 46 dB below full scale
_MAGNITUDE = bytes(~code & 0x7F for code in range(256))


def is_loud(ulaw: bytes) -> bool:
    """Whether there is anything to hear in a piece of mu-law audio."""
    return bool(ulaw) and max(ulaw.translate(_MAGNITUDE)) >= _LOUD


class Playout:
    """Audio waiting to be played, with the marks between."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._played = 0

    @property
    def pending_ms(self) -> int:
        """How much is left to play."""
        return len(self._audio) // 8

    def add(self, ulaw: bytes) -> None:
        """Queue audio."""
        self._audio += ulaw

    def mark(self, name: str) -> None:
        """Queue a mark behind the audio that is there."""
        self._marks.append((self._played + len(self._audio), name))

    def play(self) -> tuple[bytes, list[str]]:
        """The next 20 ms, silence where there is nothing, and the marks that it reaches."""
        frame = bytes(self._audio[:FRAME_BYTES])
        del self._audio[:FRAME_BYTES]
        self._played += len(frame)
        reached = []
        while self._marks and self._marks[0][0] <= self._played:
            reached.append(self._marks.popleft()[1])
        return frame.ljust(FRAME_BYTES, b"\xff"), reached

    def clear(self) -> list[str]:
        """Drop the audio; the marks that were waiting come back at once."""
        self._audio.clear()
        waiting = [name for _, name in self._marks]
        self._marks.clear()
        return waiting


class Tape:
    """Both sides of a call on one time line of 20 ms frames."""

    def __init__(self) -> None:
        self.caller = bytearray()
        self.agent = bytearray()

    @property
    def ms(self) -> int:
        """How long the recording is."""
        return len(self.caller) // 8

    @property
    def agent_sound(self) -> bytes:
        """What the agent said without any silence, so without the gaps of late audio either."""
        return bytes(self.agent).replace(b"\xff", b"")

    def add(self, caller: bytes, agent: bytes) -> None:
        """The next 20 ms of both."""
        self.caller += caller
        self.agent += agent

    def pad(self, until_ms: int) -> None:
        """Silence on both sides up to a time, for when there is no stream."""
        missing = max(0, (until_ms - self.ms) // FRAME_MS)
        self.add(SILENCE * missing, SILENCE * missing)

    def wav(self) -> bytes:
        """A WAV file: 8 kHz, 16 bits, the caller on the left, the agent on the right."""
        sides = np.stack([_linear(self.caller), _linear(self.agent)], axis=1)
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(sides.astype("<i2").tobytes())
        return written.getvalue()

    def save(self, path: Path) -> None:
        """Write the WAV file."""
        path.write_bytes(self.wav())


def _table() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    # ITU-T G.711, table 2a: sign, three bits of segment, four of step, all inverted.
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_LINEAR = _table()


def _linear(ulaw: bytearray) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return _LINEAR[np.frombuffer(bytes(ulaw), np.uint8)]
