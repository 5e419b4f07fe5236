"""Measures how well the local recogniser hears: the table of docs/voice.md.

    apt-get install flite espeak-ng && python -m deploy.measure_hearing

Each sentence is the first of its call, so nothing has been learnt of the voice or the line.
"""

import subprocess
import sys
import tempfile
import time
import tomllib
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from py_nanotts import NanoTTS

from voice import ulaw
from voice.events import CallerTurn
from voice.local.hearing import Hearing
from voice.local.language import prepare
from voice.local.words import common_words

VOICES = (
    "flite rms", "flite slt", "flite awb", "pico en-US", "pico en-GB",
    "espeak en-us", "espeak en-us+f3", "espeak en-gb",
)  # fmt: skip
SENTENCES = Path(__file__).parent / "hearing.toml"
LOUDEST = 9000
RATE = 8000


def main() -> None:
    """Print the table."""
    asked = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as cache:
        seat = Hearing(prepare(common_words(), Path(cache)))
    sys.stdout.write("| voice | words wrong | sentences all right | CPU per second |\n")
    sys.stdout.write("| --- | --- | --- | --- |\n")
    for voice in VOICES:
        sys.stdout.write(row(seat, voice, asked) + "\n")


def row(seat: Hearing, voice: str, asked: dict[str, list[str]]) -> str:
    """One voice's line of the table."""
    wrong = words = right = sentences = samples = 0
    spent = 0.0
    for expected, texts in asked.items():
        for text in texts:
            audio = said(voice, text)
            seat.reset()
            seat.expect(expected)  # type: ignore[arg-type]  # the file's keys are expectations
            began = time.process_time()
            turns = [e.text for e in seat.feed(audio) if isinstance(e, CallerTurn)]
            spent += time.process_time() - began
            missed = distance(text.split(), " ".join(turns).split())
            wrong, words = wrong + missed, words + len(text.split())
            right, sentences = right + (missed == 0), sentences + 1
            samples += len(audio)
    share = spent / (samples / RATE)
    return f"| {voice} | {wrong / words:.0%} | {right} of {sentences} | {share * 1000:.0f} ms |"


def said(voice: str, text: str) -> bytes:
    """A sentence as a telephone carries it, with a little noise and silence around it."""
    engine, name = voice.split()
    rate, pcm = _synthesized(engine, name, text)
    kept = np.fft.rfft(pcm * (LOUDEST / np.abs(pcm).max()))
    size = round(len(pcm) * RATE / rate)
    kept = kept[: size // 2 + 1]
    kept[round(len(kept) * 0.92) :] = 0
    narrow = np.fft.irfft(kept, size) * RATE / rate
    quiet = np.concatenate([np.zeros(2400), narrow, np.zeros(12000)])
    quiet += np.random.default_rng(1).normal(0, 8, len(quiet))
    return ulaw.encode(np.clip(quiet, -32768, 32767).astype(np.int16))


def _synthesized(engine: str, name: str, text: str) -> tuple[int, NDArray[np.float64]]:
    if engine == "pico":
        return 16000, np.frombuffer(NanoTTS().speak(text, voice=name), "<i2").astype(float)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "said.wav")
        flite = ["flite", "-voice", name, "-t", text, path]
        espeak = ["espeak-ng", "-v", name, "-s", "150", "-w", path, text]
        subprocess.run(flite if engine == "flite" else espeak, check=True)  # noqa: S603 - fixed programs, texts of ours
        with wave.open(path) as recorded:
            pcm = np.frombuffer(recorded.readframes(recorded.getnframes()), "<i2")
            return recorded.getframerate(), pcm.astype(float)


def distance(meant: list[str], heard: list[str]) -> int:
    """How many words must be put in, taken out or changed (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(meant, 1):
        before, row = row, [i] + [0] * len(heard)
        for j, other in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other))
    return row[-1]


if __name__ == "__main__":
    main()
