"""Doubling and halving the sample rate, piece by piece, with nothing held back.

A linear-phase low-pass filter of 48 taps (windowed sinc, cut-off 3.4 kHz, Kaiser window): 1.5 ms
of delay at 16 kHz, and no more.
"""

import numpy as np
from numpy.typing import NDArray

TAPS = 48
CUTOFF_HZ = 3600


def _low_pass() -> NDArray[np.float64]:
    at = np.arange(TAPS) - (TAPS - 1) / 2
    share = 2 * CUTOFF_HZ / 16000
    taps = share * np.sinc(share * at) * np.kaiser(TAPS, 6.0)
    return np.asarray(taps / taps.sum(), dtype=np.float64)


_FILTER = _low_pass()


class Doubler:
    """8 kHz to 16 kHz for one stream."""

    def __init__(self) -> None:
        self._tail = np.zeros(TAPS - 1)

    def __call__(self, samples: NDArray[np.int16]) -> NDArray[np.float64]:
        """The next samples at 16 kHz, not yet rounded to whole numbers."""
        spread = np.zeros(len(self._tail) + 2 * len(samples))
        spread[: len(self._tail)] = self._tail
        spread[len(self._tail) :: 2] = samples * 2.0
        self._tail = spread[-(TAPS - 1) :]
        return np.convolve(spread, _FILTER, mode="valid")


def halved(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """A whole piece of 16 kHz audio at 8 kHz."""
    low = np.convolve(samples, _FILTER, mode="same")[::2]
    return rounded(low)


def rounded(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Samples as 16-bit numbers, those too loud cut off."""
    whole: NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return whole
