"""The calls that are held by voice: scenarios of the datasets, and what happens on the line."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from evals.scenario import Scenario, ScenariosRefused
from evals.voice.observed import IntrusionKind

QUICK_MS, SLOW_MS = 80, 160
"""How long a voice takes for a word: quick so that a run is over soon, and slow, though quicker
than people, where words are counted that were cut short."""

AGAIN = "Sorry, what was that?"

NOBODY = Scenario.model_validate(
    {
        "id": "V00",
        "split": "edge",
        "why": "Who says nothing is asked whether they are there, and told before the line is cut",
        "now": "2026-11-16T09:00:00-06:00",
        "caller": {"number": "+12175550199", "opening": "(nothing)", "replies": []},
        "ends": "abandoned",
    }
)
"""Silence cannot be typed, so this one is not in the datasets."""


@dataclass(frozen=True, slots=True)
class Intrudes:
    """What the caller does while Sophie answers a turn.

    Attributes:
        turn: Which turn of the caller's, the first being 1.
        after_ms: How long Sophie has been speaking by then.
        words: What they say. Where it is empty, who cuts in gives the answer to what is being
            asked, unless that is a yes; others make a sound of `ms`.
    """

    turn: int
    kind: IntrusionKind
    after_ms: int = 500
    words: str = ""
    ms: int = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """One call.

    Attributes:
        scenario: Its id in the datasets; that of `NOBODY` says nothing.
        what: What it is held for.
        pause_ms: How long the caller pauses at the commas of a number.
        word_ms: How much audio Sophie's voice makes of a word.
        registry_s: How long the registry of cars takes.
    """

    scenario: str
    what: str
    intrudes: tuple[Intrudes, ...] = ()
    pause_ms: int = 0
    word_ms: int = QUICK_MS
    registry_s: float | None = None

    @property
    def name(self) -> str:
        """The call, as reports name it."""
        return f"{self.scenario}: {self.what}"


def _again(*turns: int, after_ms: int) -> tuple[Intrudes, ...]:
    return tuple(Intrudes(turn, "cuts in", after_ms, AGAIN) for turn in turns)


def _early(*turns: int, after_ms: int) -> tuple[Intrudes, ...]:
    return tuple(Intrudes(turn, "cuts in", after_ms + 260 * at) for at, turn in enumerate(turns))


PLANS: tuple[Plan, ...] = (
    Plan("H01", "a booking with tools"),
    Plan("H03", "cuts in, and asks again", _again(1, 2, after_ms=300), word_ms=SLOW_MS),
    Plan("B05", "answers before the end", _early(2, 3, 4, 5, after_ms=400), word_ms=SLOW_MS),
    Plan("E02", "answers early on", _early(1, 2, 3, 4, 5, after_ms=300), word_ms=SLOW_MS),
    Plan(
        "H02b",
        "says that they listen",
        tuple(
            Intrudes(turn, "back-channel", 350, words)
            for turn, words in enumerate(("mm-hm", "okay", "uh-huh", "yeah", "right"), start=1)
        ),
    ),
    Plan(
        "H04",
        "coughs, and a door slams",
        tuple(Intrudes(turn, "cough", 400, ms=150 + 90 * turn) for turn in range(1, 5)),
    ),
    Plan(
        "H13",
        "somebody talks in the background",
        tuple(Intrudes(turn, "side talk", 500, ms=1_200) for turn in range(1, 4)),
    ),
    Plan("C01", "dictates a number with pauses", pause_ms=900),
    Plan("H09", "a slow tool", registry_s=1.6),
    Plan(NOBODY.id, "says nothing"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A plan with its scenario."""

    plan: Plan
    scenario: Scenario = field(repr=False)


def chosen(scenarios: Sequence[Scenario], ids: Sequence[str] = ()) -> list[Chosen]:
    """The plans with their scenarios; only those of `ids`, if any are given.

    Raises:
        ScenariosRefused: No plan has such an id, or the datasets lack a scenario.
    """
    known = [plan.scenario for plan in PLANS]
    by_id = {one.id: one for one in (*scenarios, NOBODY)}
    for id_ in ids:
        if id_ not in known:
            raise ScenariosRefused(
                f"{id_} is not held by voice; there are {', '.join(known)} (evals/voice/plans.py)"
            )
    for id_ in known:
        if id_ not in by_id:
            raise ScenariosRefused(f"no dataset has {id_}, which is held by voice")
    return [Chosen(one, by_id[one.scenario]) for one in PLANS if not ids or one.scenario in ids]
