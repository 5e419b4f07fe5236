"""How a customer comes and gets about meanwhile, where they say so unasked."""

import re

from graph.models.rulebook.request import Request
from graph.models.rulebook.words import plain

_VISITS = (
    ("key_drop", r"(?:night|key|after hours) drop|drop box|keys? in the (?:box|slot)"
                 r"|(?:drop|leave) the keys?"),
    ("early_bird", r"before you(?:'re| are)? open|early bird|early drop"),
    ("wait", r"(?<!can't )(?<!cannot )(?<!not )wait (?:for it|there|here|while|in|at|around)"
             r"|(?:i'll|i will|we'll|i'd like to|want to|going to|can i|could i|plan to) wait"
             r"(?! (?:until|till|to))"),
    ("drop_off", r"drop(?:ping)? (?:it|her|him|the \w+|my \w+)? ?off|leave (?:it|the car|my car)"
                 r" (?:with you|there|all day|for the day|overnight)"),
)  # fmt: skip
_RIDES = (
    ("loaner", r"loaners?|loan(?:er)? cars?|courtesy cars?|rental|car to (?:borrow|drive)"),
    ("shuttle", r"shuttle|(?:a )?ride (?:to work|home|back|there)|drop me (?:off )?(?:at|home)"),
)
_ASKS_WHEN = re.compile(r"\b(?:when|what time|how early|how late|how long|where)\b")
_NOT = re.compile(r"\b(?:no|not|don't|won't|can't|without|instead of)(?: \w+){0,3}$")

_PATTERNS = {
    "visit": [(key, re.compile(rf"\b(?:{pattern})\b")) for key, pattern in _VISITS],
    "ride": [(key, re.compile(rf"\b(?:{pattern})\b")) for key, pattern in _RIDES],
}


def coming_in(text: str) -> dict[str, str]:
    """The `visit` and the `ride` a text asks for, as `book_appointment` takes them."""
    words = plain(text)
    if _ASKS_WHEN.search(words):
        return {}
    return {
        kind: key
        for kind, patterns in _PATTERNS.items()
        if (key := _first(words, patterns))
    }  # fmt: skip


def coming(request: Request, since: int) -> dict[str, str]:
    """What the caller said of it for this booking; what was said last counts."""
    said: dict[str, str] = {}
    for turn in request.turns:
        if turn.index > since:
            said |= coming_in(turn.said)
    return said


def _first(words: str, patterns: list[tuple[str, re.Pattern[str]]]) -> str:
    for key, pattern in patterns:
        found = pattern.search(words)
        if found is not None and not _NOT.search(words[: found.start()].strip()):
            return key
    return ""
