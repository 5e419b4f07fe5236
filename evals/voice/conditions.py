"""What a telephone line does to a voice: seven conditions, made up by arithmetic and a seed.

Samples are floats at 8 kHz, full scale ±1, the speech at `LEVEL_DB` (ITU-T P.56's usual level is
26 dB below overload). No recording is used: noise is filtered chance, an engine is its harmonics.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME = 160
LEVEL_DB = -26.0
ROOM_SNR_DB, STREET_SNR_DB = 15.0, 10.0
BURST_SNR_DB = (-5.0, 10.0)
BURST_S, BURST_SHARE = (0.08, 0.4), 0.25
LOSS_RATE, LOSS_BURST = 0.01, 3.0
"""Of frames of 20 ms: how many are lost, and how many in a row on average."""

MUFFLED_HZ = 900.0
ECHO_MS, ECHO_DB, REVERB_S = 90.0, -8.0, 0.35

_ACTIVE_DB = -40.0
_IDLE_HZ = 26.7
"""A four-cylinder engine at 800 revolutions a minute fires as often."""

Samples = NDArray[np.float64]
Condition = Callable[[Samples, np.random.Generator], Samples]


def apply(name: str, speech: Samples, seed: int) -> Samples:
    """A voice as it comes out of a condition; the same for the same seed.

    Raises:
        KeyError: There is no such condition.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    return np.clip(CONDITIONS[name](speech, rng), -1.0, 1.0)


def levelled(speech: Samples) -> Samples:
    """The speech at the usual level; silence stays as it is."""
    power = active_power(speech)
    return speech if power == 0 else speech * float(np.sqrt(10 ** (LEVEL_DB / 10) / power))


def active_power(speech: Samples) -> float:
    """The mean square of those frames in which somebody speaks."""
    whole = speech[: len(speech) // FRAME * FRAME].reshape(-1, FRAME)
    powers = np.mean(whole**2, axis=1)
    loud = powers[powers > powers.max(initial=0.0) * 10 ** (_ACTIVE_DB / 10)]
    return float(loud.mean()) if len(loud) else 0.0


def clean(speech: Samples, rng: np.random.Generator) -> Samples:
    """Nothing is added."""
    return speech


def room(speech: Samples, rng: np.random.Generator) -> Samples:
    """An office: falling noise and the hum of the mains, 15 dB below the voice."""
    noise = _falling(len(speech), rng)
    noise += 0.3 * np.std(noise) * np.sin(2 * np.pi * 120 * _seconds(speech))
    return speech + _at_snr(noise, speech, ROOM_SNR_DB)


def street(speech: Samples, rng: np.random.Generator) -> Samples:
    """An engine at idle, and cars that pass, 10 dB below the voice."""
    at = _seconds(speech)
    # What is left of an engine on a telephone are the harmonics from 300 Hz on.
    engine = sum(
        (np.sin(2 * np.pi * (_IDLE_HZ * n * at + rng.random())) / n for n in range(11, 60)),
        np.zeros(len(speech)),
    )
    passing = _band(rng.standard_normal(len(speech)), 300, 2200)
    passing *= 1 + np.sin(2 * np.pi * (0.35 * at + rng.random()))
    noise = engine / np.std(engine) + passing / np.std(passing)
    return speech + _at_snr(noise, speech, STREET_SNR_DB)


def bursts(speech: Samples, rng: np.random.Generator) -> Samples:
    """An impact wrench: a quarter of the time, from 5 dB above the voice to 10 dB below it."""
    noisy = speech.copy()
    quiet_s = sum(BURST_S) / 2 * (1 - BURST_SHARE) / BURST_SHARE
    start = round(rng.exponential(quiet_s) * RATE)
    while start < len(speech):
        size = min(round(rng.uniform(*BURST_S) * RATE), len(speech) - start)
        strokes = 1 + 0.8 * np.sign(np.sin(2 * np.pi * 18 * _seconds_of(size)))
        blows = rng.standard_normal(size) * strokes
        noisy[start : start + size] += _at_snr(blows, speech, rng.uniform(*BURST_SNR_DB))
        start += size + max(FRAME, round(rng.exponential(quiet_s) * RATE))
    return noisy


def losses(speech: Samples, rng: np.random.Generator) -> Samples:
    """One frame in a hundred does not arrive, several in a row (Gilbert, 1960)."""
    heard = speech.copy()
    ends = 1 / LOSS_BURST
    begins = ends * LOSS_RATE / (1 - LOSS_RATE)
    lost = bool(rng.random() < LOSS_RATE)
    for start in range(0, len(speech), FRAME):
        if lost:
            heard[start : start + FRAME] = 0.0
        lost = bool(rng.random() >= ends) if lost else bool(rng.random() < begins)
    return heard


def muffled(speech: Samples, rng: np.random.Generator) -> Samples:
    """A hand over the microphone: nothing above 900 Hz."""
    return _band(speech, 0, MUFFLED_HZ)


def hands_free(speech: Samples, rng: np.random.Generator) -> Samples:
    """A telephone on the seat: the room's tail, and one echo from the windscreen."""
    size = round(REVERB_S * RATE)
    tail = rng.standard_normal(size) * 10 ** (-3 * _seconds_of(size) / REVERB_S)
    tail *= 10 ** (ECHO_DB / 20) / float(np.sqrt(np.sum(tail**2)))
    answer = np.zeros(size)
    answer[0] = 1.0
    answer[round(ECHO_MS * RATE / 1000)] += 10 ** (ECHO_DB / 20)
    wet = np.convolve(speech, answer + tail)[: len(speech)]
    return levelled(wet)


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "clean": clean,
        "room, 15 dB": room,
        "engine and street": street,
        "bursts, -5 to 10 dB": bursts,
        "1 % of frames lost": losses,
        "muffled": muffled,
        "hands-free echo": hands_free,
    }
)


def _at_snr(noise: Samples, speech: Samples, snr_db: float) -> Samples:
    power = float(np.mean(noise**2))
    wanted = active_power(speech) / 10 ** (snr_db / 10)
    return noise if power == 0 else noise * float(np.sqrt(wanted / power))


def _falling(size: int, rng: np.random.Generator) -> Samples:
    """Noise whose power falls with its frequency, in the telephone's band."""
    found = np.fft.rfft(rng.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    found /= np.sqrt(np.maximum(hertz, 50.0))
    return np.asarray(np.fft.irfft(found, size), np.float64)


def _band(samples: Samples, low_hz: float, high_hz: float) -> Samples:
    """Only what lies between two frequencies, with soft edges of 100 Hz."""
    found = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    passed = np.clip((high_hz - hertz) / 100 + 0.5, 0, 1)
    if low_hz > 0:
        passed *= np.clip((hertz - low_hz) / 100 + 0.5, 0, 1)
    return np.asarray(np.fft.irfft(found * passed, len(samples)), np.float64)


def _seconds(samples: Samples) -> Samples:
    return _seconds_of(len(samples))


def _seconds_of(size: int) -> Samples:
    return np.arange(size) / RATE
