"""Whether a caller speaks for somebody else. Pure."""

import re
from collections.abc import Sequence
from typing import Literal

from shop.words.numerals import plain

For = Literal["another", "perhaps another"]

_THEM = (
    r"(?:wife|husband|spouse|partner|mom|mother|mum|dad|father|son|daughter|brother|sister|friend"
    r"|boss|neighbou?r|girlfriend|boyfriend|fianc\w+|roommate|grand\w+|aunt|uncle|employee|client"
    r"|secretary|assistant|nephew|niece|cousin|parents?)"
)
_SPEAKS_FOR = re.compile(
    rf"\bi(?:'m| am) (?:calling |asking |ringing )?(?:his|her|their|\w+'s) {_THEM}\b"
    rf"|\b(?:this is|it's) (?:his|her|their) {_THEM}\b"
    rf"|\b(?:calling|asking|ringing|here|call) (?:\w+ )?for (?:my|our|his|her) {_THEM}\b"
    r"|\bon (?:\w+ )?behalf of\b|\bon (?:his|her|their) behalf\b"
)
_OF_THEIRS = re.compile(
    rf"\b(?:my|our) {_THEM}(?:'s)? (?:\w+ ){{0,4}}(?:appointment|booking|account|record|birth"
    r"|born)\b"
)


def speaks_for(turns: Sequence[str]) -> For | None:
    """Whether the caller has said that it is about another person's record; None if not."""
    words = [plain(turn) for turn in turns]
    if any(_SPEAKS_FOR.search(said) for said in words):
        return "another"
    return "perhaps another" if any(_OF_THEIRS.search(said) for said in words) else None
