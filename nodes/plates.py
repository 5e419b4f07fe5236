"""Licence plates in what is said, however they are spelled or grouped. Pure."""

import re
from collections.abc import Iterable, Iterator

from shop.words import spelled

_SPOKEN_OF = re.compile(r"\b(?:plates?|tags?|licen[cs]e)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:['\u2019][A-Za-z]+)?")
_NO_LETTERS_OF_A_PLATE = frozenset(("AM", "PM", "VIN", "ZIP", "OK", "SUV", "ID", "USA"))
_ORDINAL_OR_TIME = re.compile(r"\d+(?:st|nd|rd|th|am|pm|k)", re.IGNORECASE)
_TIME = re.compile(r"\d{1,4}[AP]M")
_SHORTEST, _LONGEST = 5, 8
"""Characters. Phone numbers and VINs have more; names of models, such as F-150, have fewer."""


def plates(sentence: str) -> frozenset[str]:
    """The plates that a sentence names, in capitals without gaps; none if it speaks of no plate.

    Figures alone are none: they may as well be a year, a street number or a ZIP code.
    """
    if not _SPOKEN_OF.search(sentence):
        return frozenset()
    return frozenset(run for run in _runs(sentence) if _is_plate(run))


def supported(plate: str, texts: Iterable[str]) -> bool:
    """Whether all letters and figures of a plate, group by group, occur in what was said or read.

    By group, because callers correct a part alone: "no, five five one NINE".
    """
    known = " ".join(part for text in texts for part in _characters(text))
    return all(group in known for group in re.findall(r"[A-Z]+|\d+", plate))


def _characters(text: str) -> tuple[str, str]:
    return spelled.characters(text), "".join(c for c in text if c.isalnum()).upper()


def _is_plate(run: str) -> bool:
    mixed = not run.isdecimal() and not run.isalpha()
    return mixed and _SHORTEST <= len(run) <= _LONGEST and not _TIME.fullmatch(run)


def _runs(sentence: str) -> Iterator[str]:
    """Characters that follow each other, joined."""
    run: list[str] = []
    for token in (*_TOKEN.findall(sentence), ""):
        if _may_belong(token):
            run.append(token)
        elif run:
            yield "".join(spelled.characters(one) for one in _pairs(run))
            run = []


def _may_belong(token: str) -> bool:
    if len(token) == 1 or token.isdecimal():
        return token.isalnum()
    if any(c.isdecimal() for c in token):
        return not _ORDINAL_OR_TIME.fullmatch(token)
    if token.isupper():
        return len(token) <= _LONGEST and token not in _NO_LETTERS_OF_A_PLATE
    return spelled.characters(token).isdecimal()


def _pairs(run: list[str]) -> Iterator[str]:
    """Number words together, as "forty two" is one number; all else by itself, as it is written."""
    words = ""
    for token in run:
        if token.isalpha() and len(token) > 1 and not token.isupper():
            words = f"{words} {token}".strip()
            continue
        yield from (words, token) if words else (token,)
        words = ""
    if words:
        yield words
