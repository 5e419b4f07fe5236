"""The local voice's own process: text in, mu-law out. The engine holds the interpreter's lock while
it speaks, which in the service would be a pause on every line.

Reads one clause a line from standard input; answers each with four bytes of length, big-endian, and
that many bytes of mu-law at 8 kHz. Ends with its input, so it never outlives the service.
"""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voice import ulaw

_TAPS = 48
_AUDIBLE = 200
"""Samples below this are silence; the engine pads every clause with a lot of it."""

_VOLUME = 0.6
"""The engine clips at its own full volume."""

_BEFORE = 8000 * 20 // 1000
_AFTER = 8000 * 140 // 1000


def main() -> None:
    """Serve until the input ends."""
    # Only this process needs the engine; the service must not load it.
    from py_nanotts import NanoTTS

    engine: Any = NanoTTS()
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").strip()
        audio = spoken(engine, text) if text else b""
        sys.stdout.buffer.write(len(audio).to_bytes(4, "big") + audio)
        sys.stdout.buffer.flush()


def spoken(engine: Any, text: str) -> bytes:
    """A clause as mu-law, with a little silence around it."""
    pcm = np.frombuffer(engine.speak(text, voice="en-US", speed=1.05, volume=_VOLUME), np.int16)
    return ulaw.encode(trimmed(halved(pcm)))


def halved(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """16 kHz to 8 kHz through a low-pass at 3.4 kHz, so that nothing folds into the speech band."""
    if not pcm.size:
        return pcm
    filtered = np.convolve(pcm.astype(np.float32), _LOW_PASS, mode="same")[::2]
    return np.clip(np.rint(filtered), -32768, 32767).astype(np.int16)


def trimmed(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """The speech with a breath after it."""
    audible = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _AUDIBLE)
    if not audible.size:
        return np.zeros(_AFTER, np.int16)
    begins = max(0, int(audible[0]) - _BEFORE)
    speech = pcm[begins : int(audible[-1]) + 1]
    return np.concatenate([speech, np.zeros(_AFTER, np.int16)])


def _low_pass() -> NDArray[np.float32]:
    """A windowed sinc."""
    at = np.arange(_TAPS + 1) - _TAPS / 2
    taps = np.sinc(2 * 3400 / 16000 * at) * np.blackman(_TAPS + 1)
    even: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return even


_LOW_PASS = _low_pass()

if __name__ == "__main__":
    main()
