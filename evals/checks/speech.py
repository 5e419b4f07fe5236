"""Facts that Sophie must say or must not, however they are worded."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from evals.checks.run import Run
from evals.scenario import Scenario
from shop.profile.shop import Shop
from shop.words import numerals, spoken


def said(scenario: Scenario, run: Run, shop: Shop) -> Iterator[str]:
    """Sophie spoke each fact of `said`, in whatever wording."""
    speech = run.speech
    yield from (f"{f} was not said" for f in scenario.said if not says(f, speech, shop.zone))


def unsaid(scenario: Scenario, run: Run, shop: Shop) -> Iterator[str]:
    """Sophie spoke no fact of `unsaid`, in no wording."""
    speech = run.speech
    yield from (f"{f} was said" for f in scenario.unsaid if says(f, speech, shop.zone))


def says(fact: str, speech: str, zone: ZoneInfo) -> bool:
    """Whether a fact was spoken, however it was worded: text:…, time:… (ISO) or money:… (dollars).

    A time is its day of the month and its time of day; both may be in words or in figures.
    """
    kind, _, value = fact.partition(":")
    heard = in_figures(speech)
    match kind:
        case "time":
            local = datetime.fromisoformat(value).astimezone(zone)
            return all(re.search(pattern, heard) for pattern in _moment(local))
        case "money":
            amounts = (value, in_figures(spoken.number(int(value))))
            return any(re.search(rf"(?<![\d.]){re.escape(a)}(?![\d.]*\d)", heard) for a in amounts)
        case _:
            words = re.escape(in_figures(value))
            return re.search(rf"(?<!\w){words}(?!\w)", heard) is not None


def in_figures(text: str) -> str:
    """A text in one case, without punctuation, its number words as figures."""
    return numerals.figures(numerals.plain(text))


def _moment(local: datetime) -> tuple[str, str]:
    day = rf"\b{local.day}(?:st|nd|rd|th)?\b"
    if local.day in (1, 2):
        day = rf"(?:{day}|\b{spoken.ordinal(local.day)}\b)"
    hour, half = local.hour % 12 or 12, "am" if local.hour < 12 else "pm"
    minutes = rf"[: ]{local.minute:02d}" if local.minute else r"(?::00)?"
    clock = rf"\b{hour}{minutes} (?:{half}|o'clock)\b"
    return day, rf"(?:{clock}|\bnoon\b)" if (local.hour, local.minute) == (12, 0) else clock
