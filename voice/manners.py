"""How a call behaves when nothing goes as planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from voice.ports import Expectation

A_PERSON = "I'd like to speak to a person, please."
"""What pressing 0 says."""

ASKED_TO_LOOK_UP: frozenset[Expectation] = frozenset(
    {"phone", "birth_date", "address", "date_time", "vin", "plate"}
)
"""What callers have to fetch or to think about before they can answer."""

FILLERS: Mapping[Expectation, str] = MappingProxyType(
    {
        "date_time": "One moment, let me look at the calendar.",
        "service": "One moment, let me look at the calendar.",
        "phone": "One moment, let me check that.",
        "birth_date": "One moment, let me check that.",
        "name": "One moment, let me check that.",
        "address": "One moment, let me check that.",
        "vin": "One moment, let me look that up.",
        "plate": "One moment, let me look that up.",
        "vehicle": "One moment, let me look that up.",
    }
)
"""What bridges the search for an answer, by what the caller was asked."""

BY_KEYS = (
    "I'm sorry, I can't hear you well just now. To reach a person, press zero. "
    "To be called back, press one."
)


@dataclass(frozen=True, slots=True)
class Manners:
    """Durations in seconds, `lead_ms` in milliseconds.

    No silence on the line is to be longer than four seconds. What is said on these occasions is
    recorded, and sounds at once after three; where it is not, voices may take two to begin or to be
    given up.

    Attributes:
        lead_ms: How far ahead of the caller's ear audio is sent, so that a stall is not heard.
        false_start_s: Sound without words for this long was not the caller taking the floor.
        undecided_s: An early end of turn that is neither confirmed nor taken back for this long
            was the end.
        silence_s: How long the line may be silent before the caller is asked.
        unrecorded_s: The same while not all lines are recorded.
        looking_up: What is said first where the caller may have to fetch the answer.
        nudges: What is then said, one after the other.
        unheard: The same where the caller speaks and no recogniser makes anything out, after
            `unheard_s` already: the words may still come, and push aside what is being said.
        parting: What is said when it was all in vain; the call ends.
        tool_s: How long a tool may take before something that fits it is said, once a turn.
        filler_s: How long an answer may take before anything is said.
        still_s: How long after that, and again, something more is said.
        droppable_s: After a longer silence it is said even if the answer comes meanwhile.
        fillers: The first thing where no tool runs, by what the caller was asked; `filler` for
            everything else.
        waiting: What follows it, one after the other, and then the last again and again.
        last_key_s: A pause this long ends a number that is keyed in.
        last_word_s: How long a mark may be late; then what it stands for was played.
        longest_s: How long a call may last before it is brought to an end.
        wrap_up_s: How long an answer under way may take then.
        too_long: What is said when it ends.
        unhearable: What is said when nobody could make out what a caller says.
        call_back: What follows where the shop will call back, and `call_again` where nobody will.
        call_back_within_s: How long writing that down may take.
    """

    lead_ms: float = 400
    false_start_s: float = 1.5
    undecided_s: float = 2.5
    silence_s: float = 3.0
    unrecorded_s: float = 1.8
    looking_up: tuple[str, ...] = (
        "Take your time, I'll wait.",
        "No hurry, I'm still here.",
        "I'm here whenever you're ready.",
    )
    nudges: tuple[str, ...] = (
        "Take your time.",
        "Are you still there?",
        "Sorry, I can't hear you. Are you there?",
    )
    unheard_s: float = 2.0
    unheard: tuple[str, ...] = (
        "Sorry, I didn't get that. Could you say it again?",
        BY_KEYS,
        BY_KEYS,
    )
    parting: str = "I still can't hear you, so I'll hang up now. Please call again. Goodbye."
    tool_s: float = 0.7
    filler_s: float = 1.5
    still_s: float = 3.0
    droppable_s: float = 2.0
    fillers: Mapping[Expectation, str] = field(default_factory=lambda: FILLERS)
    filler: str = "One moment, please."
    waiting: tuple[str, ...] = (
        "I'm still on it, thank you for waiting.",
        "I'm sorry this takes so long. I'm still on it. To reach a person, press zero.",
    )
    last_key_s: float = 2.0
    last_word_s: float = 2.0
    longest_s: float = 900.0
    wrap_up_s: float = 20.0
    too_long: str = "I'm sorry, I have to end our call here."
    unhearable: str = "I'm sorry, I still can't hear you."
    call_back: str = "Someone from the shop will call you back. Goodbye."
    call_again: str = "Please call again. Goodbye."
    call_back_within_s: float = 1.5

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is said, the most urgent first."""
        asked = (*self.nudges, *self.unheard, *self.looking_up, *self.waiting)
        fillers = (self.filler, *self.fillers.values())
        parting = (self.parting, self.too_long, self.unhearable, self.call_back, self.call_again)
        return tuple(dict.fromkeys((*asked, *fillers, *parting)))


@dataclass(slots=True)
class Nudges:
    """What a silent caller is told, in order; begins anew when they are heard."""

    manners: Manners
    by_keys: bool = False
    _told: int = 0

    def heard(self) -> None:
        """There are words, or keys."""
        self._told = 0
        self.by_keys = False

    def next(self, expecting: Expectation, *, unheard: bool) -> str | None:
        """What to say now; none when everything was said in vain."""
        words = self._words(expecting, unheard=unheard)
        if self._told >= len(words):
            return None
        said = words[self._told]
        self._told += 1
        self.by_keys = self.by_keys or said == BY_KEYS
        return said

    def _words(self, expecting: Expectation, *, unheard: bool) -> tuple[str, ...]:
        if self.by_keys or unheard:
            return self.manners.unheard
        if expecting in ASKED_TO_LOOK_UP:
            return (*self.manners.looking_up, *self.manners.nudges[1:])
        return self.manners.nudges
