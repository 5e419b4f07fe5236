"""Callers who tell things in any order, ask in between and change their minds; the same by seed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from graph.expect import expectation

Field = Literal["service", "name", "vehicle", "date_time"]


@dataclass(frozen=True, slots=True)
class Said:
    """A fact in several wordings, and what the records call it."""

    means: str
    ways: tuple[str, ...]


FACTS: dict[Field, tuple[Said, ...]] = {
    "service": (
        Said("oil_change", ("I need an oil change", "an oil change", "my oil changed")),
        Said("tire_rotation", ("a tire rotation", "I want my tires rotated")),
        Said("brake_inspection", ("a brake inspection", "I'd like my brakes checked")),
    ),
    "name": (
        Said("Daniel Brooks", ("my name is Daniel Brooks", "this is Daniel Brooks")),
        Said("Grace Kim", ("my name is Grace Kim", "the name is Grace Kim")),
        Said("Bill O'Neil", ("I'm Bill O'Neil", "name's Bill O'Neil")),
    ),
    "vehicle": (
        Said("2018 Honda Civic", ("it's a 2018 Honda Civic", "I drive a Honda Civic, 2018")),
        Said("2015 Ford F-150", ("it's for my twenty fifteen Ford F one fifty",)),
        Said("2021 Toyota Camry", ("it's for a 2021 Camry", "a Toyota Camry, it's a 2021")),
    ),
    "date_time": (
        Said("2026-11-24T10:00", ("tomorrow at ten in the morning", "Tuesday at ten AM")),
        Said("2026-11-25T14:00", ("Wednesday at two in the afternoon", "Wednesday at 2 pm")),
        Said("2026-11-27T09:00", ("Friday at nine in the morning", "this Friday at nine AM")),
    ),
}
ASIDES = (
    "are you open on Saturday?",
    "where are you located?",
    "how much is that going to be?",
    "sorry, what was that?",
    "hold on a second",
    "do you take credit cards?",
    "are you a robot?",
)
HESITATIONS = ("uh,", "um, well,", "okay so", "yeah,", "let's see,")
CORRECTED = ("actually, {}", "no wait, {}", "sorry, I meant {}")
THANKS = "No, that's all. Goodbye."


@dataclass(slots=True)
class Wanderer:
    """Wants one booking. What they said last is what they want."""

    random: Random
    wants: dict[Field, Said] = field(default_factory=dict)
    _asides: int = 2
    _corrections: int = 2

    @classmethod
    def of(cls, seed: int) -> "Wanderer":
        """The caller of a seed."""
        random = Random(seed)
        return cls(random, {what: random.choice(ways) for what, ways in FACTS.items()})

    def opening(self) -> str:
        """Some of it at once, in any order."""
        others: list[Field] = ["name", "vehicle", "date_time"]
        told: list[Field] = ["service", *self.random.sample(others, 2)]
        some = told[: self.random.randint(1, 3)]
        self.random.shuffle(some)
        return ", ".join(self._say(what) for what in some)

    def answer(self, reply: str) -> str | None:
        """What they say to it; None once they are gone."""
        if "You're booked" in reply or "call you back." in reply:
            return THANKS
        if "Goodbye" in reply:
            return None
        if self._asides and self.random.random() < 0.2:
            self._asides -= 1
            return self.random.choice(ASIDES)
        if "Shall I book it?" in reply and self.random.random() < 0.5:
            return "yes please"
        if self._corrections and self.random.random() < 0.3:
            return self._corrects()
        if "Shall I book it?" in reply:
            return "yes please"
        asked = expectation(reply)
        match asked:
            case "name" | "vehicle" | "service" | "date_time":
                return self._say(asked)
            case "yes_no":
                return "yes please"
            case _:
                return self._say("service")

    def starts_at(self) -> datetime:
        """The wished time, in UTC without saying so."""
        local = datetime.fromisoformat(self.wants["date_time"].means)
        return local + timedelta(hours=6)

    def _corrects(self) -> str:
        self._corrections -= 1
        what: Field = self.random.choice(("service", "name", "vehicle", "date_time"))
        self.wants[what] = self.random.choice(FACTS[what])
        return self.random.choice(CORRECTED).format(self._say(what))

    def _say(self, what: Field) -> str:
        words = self.random.choice(self.wants[what].ways)
        return f"{self.random.choice(HESITATIONS)} {words}" if self.random.random() < 0.2 else words
