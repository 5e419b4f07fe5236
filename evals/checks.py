"""The rules a call is judged by. Every one of them must hold."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evals.records import Difference, unexpected
from evals.scenario import Scenario
from shop.words import numerals, spelled, spoken

# Parts of identifiers and of decimal fractions are no card numbers.
_TYPED = re.compile(r"(?<![\w-])(?<!\d\.)\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_DICTATED = re.compile(r"(?<!\w)\d{13,19}(?!\w)")


@dataclass(frozen=True, slots=True)
class Line:
    """A turn as it was heard: "caller" or "sophie", with the tools she used for it."""

    who: str
    text: str
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that is known of one call once it is over.

    Attributes:
        logs: The rows of call_logs, the oldest first.
        proofs: Of each attempt to prove an identity, whether it succeeded.
        texts: (table, column, value) of all text that was kept anywhere.
        failed_turns: Turns that ended in an apology because something broke.
    """

    lines: tuple[Line, ...]
    differences: tuple[Difference, ...]
    columns: dict[str, list[str]]
    logs: tuple[dict[str, Any], ...]
    proofs: tuple[bool, ...]
    transferred_to: str | None
    texts: tuple[tuple[str, str, str], ...]
    failed_turns: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that were used, in order."""
        return tuple(tool for line in self.lines for tool in line.tools)

    @property
    def speech(self) -> str:
        """All that Sophie said."""
        return " ".join(line.text for line in self.lines if line.who == "sophie")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found; no `why` means that it holds."""

    check: str
    why: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the rule holds."""
        return not self.why


def judge(scenario: Scenario, run: Run, zone: ZoneInfo) -> list[Finding]:
    """Hold a call against what its scenario expects.

    Raises:
        UnknownColumn: The scenario names a column that no table has.
    """
    return [
        Finding("turns", _turns(run)),
        Finding("records", _records(scenario, run)),
        Finding("outcome", _outcome(scenario, run)),
        Finding("effects", _effects(scenario, run)),
        Finding("tools", _tools(scenario, run)),
        Finding("proofs", _proofs(scenario, run)),
        Finding("said", _spoken(scenario.said, run.speech, zone, wanted=True)),
        Finding("unsaid", _spoken(scenario.unsaid, run.speech, zone, wanted=False)),
        Finding("cards", _cards(run)),
    ]


def says(fact: str, speech: str, zone: ZoneInfo) -> bool:
    """Whether a fact was spoken, however it was worded: text:…, time:… (ISO) or money:… (dollars).

    A time is its day of the month and its time of day; both may be in words or in figures.
    """
    kind, _, value = fact.partition(":")
    heard = numerals.figures(numerals.plain(speech))
    match kind:
        case "time":
            local = datetime.fromisoformat(value).astimezone(zone)
            return all(re.search(pattern, heard) for pattern in _moment(local))
        case "money":
            amounts = (value, numerals.figures(numerals.plain(spoken.number(int(value)))))
            return any(re.search(rf"(?<![\d.]){re.escape(a)}(?![\d.]*\d)", heard) for a in amounts)
        case _:
            words = re.escape(numerals.figures(numerals.plain(value)))
            return re.search(rf"(?<!\w){words}(?!\w)", heard) is not None


def holds_card_number(text: str) -> bool:
    """Whether a text holds 13 to 19 digits, said or typed, that pass the check of card numbers.

    The check is Luhn's (ISO/IEC 7812-1, annex B).
    """
    words = re.sub(r"\d+", " ", text)  # or the parts of dates and identifiers would be joined too
    found = [*_TYPED.findall(text), *_DICTATED.findall(spelled.in_figures(words))]
    return any(_luhn(re.sub(r"\D", "", digits)) for digits in found)


def _turns(run: Run) -> tuple[str, ...]:
    return (f"{run.failed_turns} turns broke and were apologised for",) if run.failed_turns else ()


def _records(scenario: Scenario, run: Run) -> tuple[str, ...]:
    """What differs from the first of the permitted results, unless another one fits."""
    found = [
        tuple(unexpected(expect, run.differences, run.columns))
        for expect in (scenario.expect, *scenario.or_else)
    ]
    return () if () in found else found[0]


def _outcome(scenario: Scenario, run: Run) -> tuple[str, ...]:
    calls = "one" if scenario.redials is None else "two"
    if len(run.logs) != (1 if scenario.redials is None else 2):
        return (f"call_logs has {len(run.logs)} rows instead of {calls}",)
    outcome = run.logs[-1]["outcome"]
    wanted = [scenario.ends, *scenario.or_ends]
    return () if outcome in wanted else (f"ended as {outcome}, not as {' or '.join(wanted)}",)


def _effects(scenario: Scenario, run: Run) -> tuple[str, ...]:
    wanted = scenario.effects.transfer
    if run.transferred_to == wanted:
        return ()
    return (f"handed to {run.transferred_to or 'nobody'} instead of {wanted or 'nobody'}",)


def _tools(scenario: Scenario, run: Run) -> tuple[str, ...]:
    missing = (f"{name} was not called" for name in scenario.called if name not in run.tools)
    needless = (f"{name} was called" for name in scenario.uncalled if name in run.tools)
    return (*missing, *needless)


def _proofs(scenario: Scenario, run: Run) -> tuple[str, ...]:
    wrong, wanted = run.proofs.count(False), scenario.failed_proofs
    if wanted is None or wrong == wanted:
        return ()
    return (f"{wrong} wrong proofs were noted instead of {wanted}",)


def _spoken(facts: Iterable[str], speech: str, zone: ZoneInfo, *, wanted: bool) -> tuple[str, ...]:
    wrong = [fact for fact in facts if says(fact, speech, zone) is not wanted]
    return tuple(f"{fact} was {'not ' if wanted else ''}said" for fact in wrong)


def _cards(run: Run) -> tuple[str, ...]:
    places = [f"{table}.{column}" for table, column, text in run.texts if holds_card_number(text)]
    return tuple(f"a card number is kept in {place}" for place in dict.fromkeys(places))


def _moment(local: datetime) -> tuple[str, str]:
    day = rf"\b{local.day}(?:st|nd|rd|th)?\b"
    if local.day in (1, 2):
        day = rf"(?:{day}|\b{spoken.ordinal(local.day)}\b)"
    hour, half = local.hour % 12 or 12, "am" if local.hour < 12 else "pm"
    minutes = rf"[: ]{local.minute:02d}" if local.minute else r"(?::00)?"
    clock = rf"\b{hour}{minutes} (?:{half}|o'clock)\b"
    return day, rf"(?:{clock}|\bnoon\b)" if (local.hour, local.minute) == (12, 0) else clock


def _luhn(digits: str) -> bool:
    if not digits.strip("0"):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
