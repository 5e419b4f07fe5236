"""The voice's process: clauses in, telephone audio out."""

import sys

import numpy as np
from numpy.typing import NDArray
from py_nanotts import NanoTTS, Voice

from voice import ulaw
from voice.local.resample import halved
from voice.local.serving import Pipes
from voice.local.wire import Kind, Message

VOICE = Voice.en_US
SPEED = 1.05
VOLUME = 0.6  # at its own full volume the engine clips
AUDIBLE = 200  # of 32768: what the voice's own silence stays below
LEAD = 320  # samples at 16 kHz kept before the first sound, 20 ms
TAIL = 2560  # and after the last: the breath between clauses, 160 ms
QUIET_MS = 20  # said for a clause with nothing to pronounce


def render(mouth: NanoTTS, clause: str) -> bytes:
    """A clause as mu-law."""
    pcm = mouth.speak(clause, voice=VOICE, speed=SPEED, volume=VOLUME)
    samples = _trimmed(np.frombuffer(pcm, dtype="<i2"))
    return ulaw.encode(halved(samples)) if len(samples) else ulaw.SILENCE * (8 * QUIET_MS)


def _trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
    if not len(loud):
        return samples[:0]
    kept = samples[max(0, loud[0] - LEAD) : loud[-1] + TAIL]
    missing = loud[-1] + TAIL - len(samples)
    return np.pad(kept, (0, max(0, missing)))


def main() -> None:
    """Serve until the starter closes the pipe."""
    pipes = Pipes()
    incoming = pipes.messages()
    next(incoming)
    mouth = NanoTTS()
    render(mouth, "ready")  # the first sentence loads the voice
    pipes.send(Message(Kind.READY))
    for message in incoming:
        try:
            audio = render(mouth, message.payload.decode())
        except RuntimeError as error:
            sys.stderr.write(f"the local voice cannot say a clause: {error}\n")
            pipes.send(Message(Kind.FAILED, message.stream))
        else:
            pipes.send(Message(Kind.AUDIO, message.stream, audio))
