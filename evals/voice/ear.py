"""What was to be heard of Sophie on a telephone's recording.

The stand-in of the voice spells each clause, and then makes a tone of as much time as it would take
to say; of a clause that was cut off, the letters tell how far it had come, as with a real voice.
"""

import re
from collections.abc import Iterator

from evals.standins.hearing import BYTES_PER_MS, Ended
from evals.standins.twilio_tape import is_loud
from evals.standins.verbatim import VerbatimHearing
from evals.voice.observed import Spell, joined

_VOICED = b"\xcf"
"""Half of the bytes of the stand-in's tone; no text has it."""

_FRAME_MS, _ROUNDED_MS = 20, 1.0


def spelled(ulaw: bytes) -> str:
    """The words that begin in it."""
    said = (cue.text for cue in VerbatimHearing().feed(ulaw) if isinstance(cue, Ended))
    return " ".join(" ".join(said).split())


def voiced_ms(ulaw: bytes) -> float:
    """How much of it is tone, without what is spelled."""
    return ulaw.count(_VOICED) * 2 / BYTES_PER_MS


def words_played(ulaw: bytes, word_ms: int) -> int:
    """How many words were played to their ends, by a voice that takes so long for each."""
    count = 0
    for clause, ms in _clauses(ulaw):
        ends = [found.end() for found in re.finditer(r"\S+", clause)]
        letters = len(clause) * (ms + _ROUNDED_MS) / max(1, len(ends) * word_ms)
        count += sum(end <= letters for end in ends)
    return count


def _clauses(ulaw: bytes) -> Iterator[tuple[str, float]]:
    """Each clause with how much of its tone was played."""
    hearing = VerbatimHearing()
    said = ""
    begun = 0
    for at in range(0, len(ulaw), BYTES_PER_MS):
        for cue in hearing.feed(ulaw[at : at + BYTES_PER_MS]):
            if isinstance(cue, Ended):
                if said:
                    yield said, voiced_ms(ulaw[begun:at])
                said, begun = cue.text, at
    if said:
        yield said, voiced_ms(ulaw[begun:])


def spells(ulaw: bytes) -> tuple[Spell, ...]:
    """When anything was to be heard, in milliseconds from the beginning of the recording."""
    size = _FRAME_MS * BYTES_PER_MS
    loud = [
        Spell(at / BYTES_PER_MS, at / BYTES_PER_MS + _FRAME_MS)
        for at in range(0, len(ulaw), size)
        if is_loud(ulaw[at : at + size])
    ]
    return tuple(joined(loud, 0.0))
