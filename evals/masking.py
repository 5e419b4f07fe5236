"""Takes people out of the texts of evals before they leave: who is in them is known beforehand.

Names, telephone numbers, plates, VINs, birth dates, addresses and e-mails of the scenarios and of
the demo shop are looked for as they are written there; what only looks like one of them goes too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evals.scenario import CallerScript, Expected, Row, Scenario
from graph.expect import Expectation
from shop.seed.demo import DEMO_CALLERS

_ASKED: tuple[Expectation, ...] = (
    "name", "phone", "birth_date", "address", "vin", "plate", "location",
)  # fmt: skip
"""What a caller answers that may say who they are."""

_COLUMNS = (
    "customer_id", "email", "first_name", "last_name", "license_plate", "location", "name",
    "phone", "street_address", "vin", "zip_code",
)  # fmt: skip

_WITHHELD = "[withheld]"
_DIGIT = r"(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)"
_SPELLED = rf"(?:{_DIGIT}|[A-Z])(?!\w)"
_MOMENT = r"20[2-9]\d-\d\d-\d\d"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_LOOKS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"\b[\w.+-]+(?: (?:dot|underscore|dash) \w+)* at \w+ dot \w+\b", re.IGNORECASE),
    # 17 characters of a VIN, written or spelled: ISO 3779
    re.compile(r"\b(?=\w*\d)[A-HJ-NPR-Z0-9]{17}\b", re.IGNORECASE),
    re.compile(rf"(?<![\w'-]){_SPELLED}(?:(?:[ ,.-]|\buh\b)+{_SPELLED}){{5,}}", re.IGNORECASE),
    re.compile(
        rf"(?<![\d:.-])(?!{_MOMENT})\+?{_DIGIT}(?:(?:[ ().,-]|\buh\b)*{_DIGIT}){{6,}}",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:19\d\d|200\d)-\d\d-\d\d\b"),
    re.compile(
        rf"\b{_MONTH} [\w-]+,? (?:of )?(?:nineteen|two thousand|twenty oh|19\d\d|200\d)"
        r"(?: (?:and )?[\w-]+){0,2}",
        re.IGNORECASE,
    ),
    re.compile(r"\b[A-Z]{2,3} \d{4,5}\b"),
    re.compile(
        r"\b\d{1,5} [A-Z]\w+ (?:Street|Avenue|Court|Road|Drive|Lane|Boulevard)\b(?:,? \d{5})?",
        re.IGNORECASE,
    ),
)
_INTRODUCED = re.compile(
    r"\b((?:name is|name's|this is|I'm|she's|he's) )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*"
)
_NO_NAMES = frozenset(
    (
        "a", "an", "and", "at", "by", "for", "from", "i", "i'd", "id", "in", "is", "it", "it's",
        "my", "no", "of", "on", "or", "rather", "street", "that", "the", "this", "to", "was",
        "with", "yes",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mask:
    """Withholds what is known and what looks like it; everything else stays readable."""

    known: re.Pattern[str]

    @classmethod
    def over(cls, scenarios: Sequence[Scenario]) -> "Mask":
        """For calls of these scenarios and of anybody who is on file in the demo shop."""
        found = {text for text in (*_on_file(), *_in_scenarios(scenarios)) if len(text) > 1}
        longest_first = sorted(found, key=lambda text: (-len(text), text))
        pattern = "|".join(re.escape(text) for text in longest_first)
        return cls(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE))

    def __call__(self, value: Any) -> Any:
        """JSON with every text in it masked, keys included."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(str(key)): self(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self(inner) for inner in value]
            case _:
                return value

    def text(self, text: str) -> str:
        """The text without people in it."""
        masked = text
        # First what looks like somebody: a name that is known may be that of a street too.
        for pattern in _LOOKS:
            masked = pattern.sub(_WITHHELD, masked)
        return _INTRODUCED.sub(rf"\1{_WITHHELD}", self.known.sub(_WITHHELD, masked))


def _on_file() -> Iterator[str]:
    for caller in DEMO_CALLERS:
        yield from (caller.number, caller.name, *_names(caller.name))
        yield from (words for _, words in caller.proofs)


def _in_scenarios(scenarios: Iterable[Scenario]) -> Iterator[str]:
    for scenario in scenarios:
        for script in (scenario.caller, scenario.redials):
            yield from _told(script) if script is not None else ()
        for expected in (scenario.expect, *scenario.or_else):
            for table in expected.values():
                yield from _recorded(table)


def _told(script: CallerScript) -> Iterator[str]:
    if script.number:
        yield script.number
    for kind in _ASKED:
        answers = (script.facts or {}).get(kind, [])
        for answer in [answers] if isinstance(answers, str) else answers:
            yield answer
            if kind in ("name", "address"):
                yield from _names(answer)


def _recorded(table: Expected) -> Iterator[str]:
    rows: list[Row] = [*table.added, *table.removed]
    rows += [row for change in table.changed for row in (change.where, change.set)]
    for row in rows:
        for column in _COLUMNS:
            value = row.get(column)
            if isinstance(value, str):
                yield value
                yield from _names(value)


def _names(text: str) -> Iterator[str]:
    """Words that may be names: capitalised, or a number of a house."""
    for word in re.findall(r"[\w'-]+", text):
        if word.lower() not in _NO_NAMES and (word[0].isupper() or word.isdigit()):
            yield word
