"""Records the callers of evals/recordings with the flite synthesizer; the repository ships them.

    apt-get install flite && python -m deploy.record_caller

flite (http://www.festvox.org/flite/) and its voices rms and slt may be used, and what they say
passed on, without restriction; see NOTICE.md beside the recordings.
"""

import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
import wave
from pathlib import Path

import numpy as np

from voice import ulaw
from voice.local.resample import halved

RECORDINGS = Path(__file__).resolve().parent.parent / "evals" / "recordings"
RATE = 8000
LOUDEST = 9000  # of 32768: a clear voice on a telephone
LONGEST_S = 4.0


def main() -> None:
    """Record every clip of every script."""
    flite = shutil.which("flite")
    if flite is None:
        sys.exit("flite is needed to record the callers: apt-get install flite")
    for script in sorted(RECORDINGS.glob("*.toml")):
        written = tomllib.loads(script.read_text(encoding="utf-8"))
        for clip in written["clips"]:
            audio = said(flite, written["voice"], clip["text"])
            if len(audio) > LONGEST_S * RATE:
                sys.exit(f"{clip['file']} is longer than {LONGEST_S} s: shorten its text")
            path = RECORDINGS / clip["file"]
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(wav(audio))


def said(flite: str, voice: str, text: str) -> bytes:
    """A text in one of flite's voices, as mu-law."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run([flite, "-voice", voice, "-t", text, str(path)], check=True)  # noqa: S603 - fixed program, texts of ours
        with wave.open(str(path)) as recorded:
            if recorded.getframerate() != 2 * RATE:
                sys.exit(f"flite's voice {voice} is not at 16 kHz: choose rms or slt")
            pcm = np.frombuffer(recorded.readframes(recorded.getnframes()), dtype="<i2")
    louder = pcm * (LOUDEST / max(1, int(np.abs(pcm.astype(np.int32)).max())))
    return ulaw.encode(halved(louder.astype(np.int16)))


def wav(audio: bytes) -> bytes:
    """A WAV file of mu-law, 8 kHz, one channel."""
    padded = audio + ulaw.SILENCE * (len(audio) % 2)
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    fact = struct.pack("<I", len(padded))
    chunks = [(b"fmt ", form), (b"fact", fact), (b"data", padded)]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(c)) + c for name, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


if __name__ == "__main__":
    main()
