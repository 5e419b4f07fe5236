"""Whether a fact that somebody passes on was really said, in whatever form. Pure.

What is checked is where a fact comes from, not whether it is right: everything it consists of must
have been said. Spoken numbers, spelled letters and dates in any order count as what they mean.
"""

import re
from collections.abc import Iterator, Sequence

from shop.words import spelled
from shop.words.numerals import plain
from shop.words.saiddate import dates_in, months_in, numbers_in

_FOLDED = str.maketrans("OQI", "001")
_LONGEST_BREATH = 4
"""So many turns may a fact take that is said in pieces."""

_SHORTEST_WORD = 3
_DIRECTIONS = frozenset(("north", "south", "east", "west"))


def was_said(factor: str, value: str, turns: Sequence[str]) -> bool:
    """Whether what a proof of identity consists of was said on the turns of a call.

    Args:
        factor: One of `shop.people.verification.Factor`; of others nothing was said.
        value: What is claimed to have been said.
        turns: What the caller said, one text for each turn.
    """
    check = _CHECKS.get(factor)
    if check is None or not plain(value):
        return False
    words = plain(value)
    return any(words in plain(said) or check(value, said) for said in _stretches(turns))


def _stretches(turns: Sequence[str]) -> Iterator[str]:
    """What was said in one turn, and in a few that follow each other."""
    for last in range(len(turns), 0, -1):
        for length in range(1, min(last, _LONGEST_BREATH) + 1):
            yield " ".join(turns[last - length : last])


def _date(value: str, said: str) -> bool:
    claimed = dates_in(value)
    if claimed and claimed & dates_in(said):
        return True
    numbers, months = set(numbers_in(said)), months_in(said)
    return any(
        day.day in numbers
        and (day.year in numbers or day.year % 100 in numbers)
        and (day.month in months or (not months and day.month in numbers))
        for day in claimed
    )


def _code(value: str, said: str) -> bool:
    """A plate or a VIN: its characters in their order, whatever was said between them."""
    wanted = spelled.characters(value).translate(_FOLDED)
    heard = iter(spelled.characters(said).translate(_FOLDED))
    return bool(wanted) and all(character in heard for character in wanted)


def _address(value: str, said: str) -> bool:
    """House number, ZIP code and the name of the street."""
    claimed, digits = spelled.in_figures(value).split(), spelled.digits(said)
    numbers = [word for word in claimed if word.isdecimal()]
    if len(numbers) < 2 or not all(number in digits for number in numbers):
        return False
    after = claimed[claimed.index(numbers[0]) + 1 :]
    name = next((word for word in after if _is_name(word)), None)
    return name is None or name in re.findall(r"[a-z]+", said.lower())


def _is_name(word: str) -> bool:
    return word.isalpha() and len(word) >= _SHORTEST_WORD and word not in _DIRECTIONS


def _service(value: str, said: str) -> bool:
    """The month, and what was done."""
    if not months_in(value) <= months_in(said):
        return False
    if not set(numbers_in(value)) <= set(numbers_in(said)):
        return False
    words = {_stem(word) for word in re.findall(r"[a-z]{4,}", value.lower()) if not months_in(word)}
    heard = {_stem(word) for word in re.findall(r"[a-z]{4,}", said.lower())}
    return not words or bool(words & heard)


def _stem(word: str) -> str:
    return re.sub(r"(?:ation|ated|ate|ing|ed|e?s|e)$", "", word)


_CHECKS = {
    "birth_date": _date,
    "vin": _code,
    "plate": _code,
    "address": _address,
    "last_service": _service,
}
