"""Telephone words as plain lower-case text, and the numbers in them."""

import re


def bag(text: str) -> tuple[str, ...]:
    """The words of a text, for the word lists of these modules."""
    return tuple(text.split())


MONTHS = bag(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_DROP = re.compile(r"[^a-z0-9'/:#&-]+")
_ONES = bag("one two three four five six seven eight nine")
_TEENS = bag("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = bag("twenty thirty forty fifty sixty seventy eighty ninety")

CLAUSE = re.compile(r"[.;,]\s|\b(?:and|but|then|also|plus)\b", re.IGNORECASE)
"""Where one wish of a sentence ends and another may begin."""

NUMBERS: dict[str, int] = {
    **{f"oh {word}": n for n, word in enumerate(_ONES, 1)},
    **{word: n for n, word in enumerate(_ONES, 1)},
    **{word: n for n, word in enumerate(_TEENS, 10)},
    **{word: n * 10 for n, word in enumerate(_TENS, 2)},
    **{
        f"{ten} {one}": n * 10 + m
        for n, ten in enumerate(_TENS, 2)
        for m, one in enumerate(_ONES, 1)
    },
}
"""One to ninety-nine in words; "oh five" as in a year."""

NUMBER = "|".join(sorted(NUMBERS, key=len, reverse=True))
_LATE = "|".join(sorted((w for w, n in NUMBERS.items() if n > 9 or w[:2] == "oh"), key=len)[::-1])
_YEAR = re.compile(
    rf"\b(?:(?P<digits>19[5-9]\d|20[0-4]\d)"
    rf"|two thousand(?: and)?(?: (?P<low>{NUMBER}))?"
    rf"|(?P<century>nineteen|twenty) (?P<high>{_LATE}))\b(?! (?:miles|dollars|bucks))"
)
_SHORT = re.compile(
    rf"^(?:it's |it is |an? |its |the )*(?:'?(?P<digits>\d\d)|(?P<words>{NUMBER}))$"
)
_FILLER = re.compile(
    r"^(?:(?:uh|um|er|erm|hm+|mm+|eh|ah|oh|well|so|okay|ok|yes|yeah|yep|sure|hi|hello|please|and|like"
    r"|of course|alright|right|right now|you know|actually|let's see|let me (?:see|think))\b"
    r"[ ,]*)+"
)
_APOSTROPHES = {
    word.replace("'", ""): word
    for word in ("it's", "i'm", "don't", "that's", "what's", "can't", "won't", "doesn't", "didn't")
}
"""Typists and some recognisers leave apostrophes out."""

_NOISE = re.compile(r"\b(?:uh(?! huh)|um+|uhm|er|erm)(?: |$)")
_TIMES = {"double": 2, "triple": 3}
_DIGITS = {"zero": "0", "oh": "0", **{word: str(n) for n, word in enumerate(_ONES, 1)}}


def plain(text: str) -> str:
    """Lower case, single spaces, no noises, no punctuation but what numbers and names need."""
    words = _DROP.sub(" ", text.lower().replace("’", "'")).split()
    return _NOISE.sub("", " ".join(_APOSTROPHES.get(word, word) for word in words)).strip()


def without_filler(text: str) -> str:
    """The plain text without the noises and courtesies it begins with."""
    return _FILLER.sub("", plain(text)).strip()


def year_in(text: str) -> tuple[int, int, int] | None:
    """The first year in plain text and where it begins and ends: "two thousand eighteen"."""
    found = _YEAR.search(text)
    if found is None:
        return None
    if found["digits"]:
        year = int(found["digits"])
    elif found["century"]:
        year = (1900 if found["century"] == "nineteen" else 2000) + NUMBERS[found["high"]]
    else:
        year = 2000 + (NUMBERS[found["low"]] if found["low"] else 0)
    return year, found.start(), found.end()


def short_year(text: str, this_year: int) -> int | None:
    """The year in an answer that is only its last two digits: "oh nine", "'98", "eighteen"."""
    found = _SHORT.match(text)
    if found is None:
        return None
    return full_year(int(found["digits"] or NUMBERS[found["words"]]), this_year)


def full_year(short: int, this_year: int) -> int:
    """The latest year with these last two digits that a car can have."""
    return 2000 + short if 2000 + short <= this_year + 1 else 1900 + short


def collapsed(text: str) -> str:
    """Spelled letters and digits put together: "a b c one two three" is "ABC123"."""
    tokens = plain(text).replace("-", " ").split()
    out: list[str] = []
    repeat = 1
    for word in tokens:
        if word in _TIMES:
            repeat = _TIMES[word]
            continue
        out.append(_DIGITS.get(word, word) * repeat)
        repeat = 1
    return "".join(out).upper()
