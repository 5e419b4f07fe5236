"""What is measured in virtual time: hundreds of turns and interruptions in seconds, to the ms.

The same numbers come out on every machine, so every budget decides.
"""

import random
from collections.abc import Iterator
from functools import partial

from evals.voice.interruptions import CUTS, cuts, labelled, noises
from evals.voice.notes import BREAK_MS, Notes, chance
from evals.voice.observed import Observed, Turn, TurnKind
from evals.voice.virtual_line import EARLY_MS, END_MS, VOICE_MS, Agent, VirtualLine, hold
from evals.voice.virtual_time import run_virtually
from voice.manners import Manners
from voice.ports import Expectation

_ANSWER = "All right."
_USUAL = Manners()
_FILLER_AFTER_MS = 1_500


def drills(seed: int = 1, cuts_in: int = CUTS, manners: Manners = _USUAL) -> list[Observed]:
    """All of them, one call after another, with so many replies cut short; the same for a seed."""
    interrupted = [*cuts(seed, cuts_in, manners), *labelled(manners), *noises(seed, manners)]
    return [*_turns(seed, manners), *interrupted, *_dictations(seed, manners), *_silences(manners)]


# Turns


def _turns(seed: int, manners: Manners) -> Iterator[Observed]:
    for number in range(14):
        rng = chance(seed, "turns", number)
        notes = Notes()
        agent = Agent(["Yes, we do that, and we are open until five." for _ in range(5)])
        line = run_virtually(
            hold(agent, partial(_talk, notes, rng), manners, lose_marks=number == 13)
        )
        yield notes.observed("turns", line)


async def _talk(notes: Notes, rng: random.Random, line: VirtualLine) -> None:
    for number in range(1, 6):
        await line.quiet(BREAK_MS)
        await line.until_ms(line.now_ms + rng.uniform(0, 1_500))
        thinks_ms = rng.choice([0, 200, 500, 900, 3_100, 6_000])
        line.agent.thinks_s = thinks_ms / 1000
        early, resumes = rng.random() < 0.4, rng.random() < 0.2
        words = f"question {number} of mine"
        began, stopped = await line.say(
            words, ms=rng.uniform(700, 3_000), early=early, resumes=resumes
        )
        answered = await line.answered(stopped)
        await line.quiet(BREAK_MS)
        known = max(END_MS, EARLY_MS + thinks_ms + VOICE_MS) if early else 0
        known = known or END_MS + thinks_ms + VOICE_MS
        kind: TurnKind = "bridged" if thinks_ms > _FILLER_AFTER_MS else "plain"
        own = None if answered is None else answered - stopped - known
        notes.turns.append(Turn(number, words, began, stopped, answered, kind, own))


# Nobody there


def _silences(manners: Manners) -> Iterator[Observed]:
    """Callers who say nothing until they are hung up on, with and without marks."""
    for lose_marks in (False, True):
        line = run_virtually(hold(Agent([]), _say_nothing, manners, lose_marks=lose_marks))
        yield Notes().observed("says nothing", line)


async def _say_nothing(line: VirtualLine) -> None:
    await line.running


# Numbers with pauses


def _dictations(seed: int, manners: Manners) -> Iterator[Observed]:
    """A recogniser that takes every pause for the end of the turn, and callers who go on."""
    for number, (asks, parts) in enumerate(_DICTATED * 5):
        rng = chance(seed, "dictated", number)
        notes = Notes()
        agent = Agent(["And your number, please?", _ANSWER, _ANSWER, _ANSWER])
        agent.asks = asks
        line = run_virtually(hold(agent, partial(_dictate, notes, rng, parts), manners))
        yield notes.observed(f"dictates a {asks}", line)


_DICTATED: list[tuple[Expectation, tuple[str, ...]]] = [
    ("phone", ("two one seven", "five five five", "zero one six three")),
    ("plate", ("bravo x-ray four", "one nine two zero")),
    ("vin", ("one H G C M", "eight two six three three", "A zero zero four three five two")),
    ("birth_date", ("April twelfth", "nineteen eighty five")),
]


async def _dictate(
    notes: Notes, rng: random.Random, parts: tuple[str, ...], line: VirtualLine
) -> None:
    await line.quiet(BREAK_MS)
    await line.say("I need an oil change", ms=900)
    await line.answered(line.now_ms)
    await line.quiet(BREAK_MS)
    began = line.now_ms
    for at, part in enumerate(parts):
        if at:
            await line.until_ms(line.now_ms + rng.uniform(500, 1_400))
        _, stopped = await line.say(part, ms=250 * len(part.split()))
    asked = len(line.agent.asked)
    answered = await line.answered(stopped)
    await line.quiet(BREAK_MS)
    whole = " ".join(parts)
    split = whole not in line.agent.asked or len(line.agent.asked) > asked + 1
    notes.turns.append(Turn(1, whole, began, stopped, None if split else answered))
