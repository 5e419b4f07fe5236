"""Facts that prove who is calling, recognised by what they look like."""

import re

from graph.models.rulebook.marks import vin_within
from graph.models.rulebook.words import MONTHS, collapsed, plain

_MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")
_NUMERIC_DATE = re.compile(
    r"\b\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)?\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
)
_BORN = re.compile(r"\b(?:birth ?day|birth ?date|date of birth|born|d o b|dob)\b")
_NUMBER = (
    r"\d+(?:st|nd|rd|th)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen"
    r"|twenty"
    r"|thirty|\w+ty|first|second|third|\w+th|oh"
)
_HAS_NUMBER = re.compile(rf"\b(?:{_NUMBER})\b")
_STREET = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl"
    r"|circle"
    r"|terrace|parkway|highway|trail|address)\b"
)
_ZIP = re.compile(r"\bzip(?: code)?\b")
_FIVE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_PLATE = re.compile(
    r"\b(?:licen[sc]e )?(?:plates?|tags?|registration)(?: number)?(?: is|'s| are)?\b(?P<rest>.*)$"
)
_LAST_SERVICE = re.compile(r"\blast (?:service|visit|time|appointment|repair|had)\b")
_MOST_DIGITS = 8
"""Of a plate; more are a telephone number."""
_COURTESY = re.compile(r"\b(?:please|thanks|thank you|sir|ma'am|okay|and that's it|that's it)\b")
_LEAD = re.compile(
    r"^(?:(?:it's|it is|that's|that is|that would be|the|my|is|sure|yes|yeah|ok|okay|uh|um|well"
    r"|so|number"
    r"|plate|license|licence|of course|alright)\b ?)+"
)


def proof_in(text: str, *, asked: bool) -> tuple[str, str] | None:
    """The factor a text states and its words, as `verify_identity` takes them.

    Args:
        text: What the caller said.
        asked: They were asked for a proof, so bare words can be one.
    """
    words = plain(text)
    if vin := vin_within(text):
        return "vin", vin
    if _LAST_SERVICE.search(words) and asked:
        return "last_service", words
    if _is_birth_date(words, asked=asked):
        return "birth_date", text.strip()
    if has_street(words) and has_zip(words) and (asked or _ZIP.search(words)):
        return "address", text.strip()
    if (plate := _plate(words, asked=asked)) is not None:
        return "plate", plate
    return None


def has_street(words: str) -> bool:
    """Whether plain words name a street."""
    return bool(_STREET.search(words))


def has_zip(words: str) -> bool:
    """Whether plain words hold five digits in a row, typed or spoken."""
    return bool(_ZIP.search(words) or _FIVE.search(words) or re.search(r"\d{5}", collapsed(words)))


def _is_birth_date(words: str, *, asked: bool) -> bool:
    number = bool(_HAS_NUMBER.search(words))
    dated = bool(_MONTH.search(words)) or bool(_NUMERIC_DATE.search(words))
    if _BORN.search(words):
        return number
    return asked and dated and number and not has_street(words)


def _plate(words: str, *, asked: bool) -> str | None:
    named = _PLATE.search(words)
    if named is None and not asked:
        return None
    rest = named["rest"] if named else words
    candidate = collapsed(_LEAD.sub("", _COURTESY.sub("", rest.strip())).strip())
    if not 2 <= len(candidate) <= 10 or not candidate.isalnum():
        return None
    if candidate.isdigit() and len(candidate) > _MOST_DIGITS:
        return None
    if any(c.isdigit() for c in candidate) or (named is not None and asked):
        return candidate
    return None
