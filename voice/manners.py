"""How a call behaves when nothing goes as planned."""

from dataclasses import dataclass

A_PERSON = "I'd like to speak to a person, please."
"""What pressing 0 says."""


@dataclass(frozen=True, slots=True)
class Manners:
    """Durations in seconds, `lead_ms` in milliseconds.

    Attributes:
        lead_ms: How far ahead of the caller's ear audio is sent, so that a stall is not heard.
        false_start_s: Sound without words for this long was not the caller taking the floor.
        undecided_s: An early end of turn that is neither confirmed nor taken back for this long
            was the end.
        silence_s: How long the caller may be silent before they are asked.
        nudges: What is then said, one after the other.
        parting: What is said when they were all in vain; the call ends.
        last_key_s: A pause this long ends a number that is keyed in.
        last_word_s: How long the end of a call waits for its last word to be played.
        longest_s: The longest a call may last.
    """

    lead_ms: float = 400
    false_start_s: float = 1.5
    undecided_s: float = 2.5
    silence_s: float = 8.0
    nudges: tuple[str, ...] = ("Are you still there?", "Sorry, I can't hear you. Are you there?")
    parting: str = "I still can't hear you, so I'll hang up now. Please call again. Goodbye."
    last_key_s: float = 2.0
    last_word_s: float = 10.0
    longest_s: float = 900.0
