"""Mu-law, against what the recommendation and CPython say."""

import numpy as np
import pytest

from voice import ulaw

EVERY_SAMPLE = np.arange(65536, dtype=np.uint16).view(np.int16)


def test_every_code_survives_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    back = ulaw.encode(ulaw.decode(codes))
    # The two zeros, +0 and -0, are the one sample that has two codes.
    assert back.replace(b"\x7f", b"\xff") == codes.replace(b"\x7f", b"\xff")


def test_silence_is_zero() -> None:
    assert ulaw.decode(ulaw.SILENCE * 160).tolist() == [0] * 160


@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (32767, 0x80), (-32768, 0x00), (1000, 0xCE), (-1000, 0x4E)],
    ids=["silence", "loudest up", "loudest down", "a thousand", "minus a thousand"],
)
def test_codes_of_the_recommendation(sample: int, code: int) -> None:
    assert ulaw.encode(np.array([sample], np.int16)) == bytes([code])


def test_the_error_is_never_more_than_half_a_step() -> None:
    error = np.abs(ulaw.decode(ulaw.encode(EVERY_SAMPLE)).astype(int) - EVERY_SAMPLE)
    within = np.abs(EVERY_SAMPLE.astype(int)) < 32124
    assert error[within].max() <= 512 + 132
    assert (error[within] <= np.abs(EVERY_SAMPLE[within].astype(int)) / 16 + 8).all()
