"""Letters and digits that were said one by one, or typed. Pure."""

import re

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6",
    "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_FILLERS = frozenset(
    ("plate", "license", "licence", "number", "vin", "tag", "dash", "hyphen", "space", "and")
)
_SPOKEN_FILLERS = _FILLERS | {"it", "is", "its", "my", "the", "um", "uh", "then", "so", "of"}
_TIMES = {"double": 2, "triple": 3}
_NUMBERS = frozenset((*_DIGITS, *_TEENS, *_TENS, *_TIMES, "hundred"))
# The alphabet of the NATO, and what callers make of it.
_LETTERS = {
    word: word[0].upper()
    for word in (
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "whisky", "xray", "yankee", "zulu",
        "adam", "boy", "david", "edward", "frank", "george", "henry", "ida", "john", "king",
        "lincoln", "mary", "nora", "ocean", "peter", "queen", "robert", "sam", "tom", "union",
        "young", "zebra",
    )
}  # fmt: skip
_NAMED = {
    "ay": "A", "bee": "B", "cee": "C", "see": "C", "dee": "D", "ef": "F", "gee": "G", "aitch": "H",
    "jay": "J", "kay": "K", "el": "L", "em": "M", "en": "N", "pee": "P", "cue": "Q", "are": "R",
    "ess": "S", "tee": "T", "you": "U", "vee": "V", "ex": "X", "why": "Y", "zee": "Z", "zed": "Z",
}  # fmt: skip


def digits(text: str) -> str:
    """The digits of a text: "two one seven, double five" and "217-55" are both 21755.

    Words that are no number are passed over.
    """
    return "".join(piece for piece in _pieces(text) if piece.isdecimal())


def characters(text: str) -> str:
    """The letters and digits of a plate or a VIN, in capitals: "B as in boy, X 4 one" is BX41.

    A typed code is taken as it stands; once it is spoken, words that stand for nothing are dropped.
    """
    said = re.sub(r"\b([a-z])\s+(?:as in|for|like)\s+[a-z]+", r"\1", text.casefold())
    return "".join(piece.upper() for piece in _pieces(said) if piece)


def in_figures(text: str) -> str:
    """A text with the numbers in it as figures: "seven forty two elm" is "742 elm".

    Digits that follow each other are one number. Words stay as they are, in lower case.
    """
    words, found = _words(text), ""
    at = 0
    while at < len(words):
        word, used = words[at], 1
        if word.isdecimal() or word in _NUMBERS:
            word, used = _piece(words, at, spoken=True)
        joined = found[-1:].isdecimal() and word[:1].isdecimal() and words[at] in _NUMBERS
        found += word if joined or not word else f" {word}"
        at += used
    return found.strip()


def has_words(text: str) -> bool:
    """Whether some of it is spoken: a word that stands for a letter, a digit or a number."""
    return any(_is_spoken(word) for word in _words(text))


def _is_spoken(word: str) -> bool:
    tables = (_DIGITS, _TEENS, _TENS, _TIMES, _LETTERS, _NAMED)
    return word == "hundred" or any(word in table for table in tables)


def _words(text: str) -> list[str]:
    apart = re.sub(r"\b[a-z]+['\u2019][a-z]+\b", " ", text.casefold().replace("x-ray", "xray"))
    return re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])-(?=[a-z])", " ", apart))


def _pieces(text: str) -> list[str]:
    words = _words(text)
    spoken = any(_is_spoken(word) or word in _FILLERS for word in words)
    found: list[str] = []
    at = 0
    while at < len(words):
        piece, used = _piece(words, at, spoken=spoken)
        found.append(piece)
        at += used
    return found


def _piece(words: list[str], at: int, *, spoken: bool) -> tuple[str, int]:
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    if word in _TIMES and after:
        return _plain(after, spoken=spoken) * _TIMES[word], 2
    if word in _TENS:
        unit = _DIGITS.get(after, "0")
        return (_TENS[word] + unit, 2) if unit != "0" else (_TENS[word] + "0", 1)
    if word == "hundred":
        return _after_hundred(words, at), 2 if after == "and" else 1
    return _plain(word, spoken=spoken), 1


def _after_hundred(words: list[str], at: int) -> str:
    """The zeros of "eight hundred", fewer of them where "forty two" or a last "five" follows."""
    rest = [word for word in words[at + 1 : at + 4] if word != "and"]
    if rest and (rest[0] in _TENS or rest[0] in _TEENS):
        return ""
    counted = len(rest) > 0 and rest[0] in _DIGITS
    return "0" if counted and not (len(rest) > 1 and _is_spoken(rest[1])) else "00"


def _plain(word: str, *, spoken: bool) -> str:
    if word.isdecimal() or len(word) == 1:
        return word
    for table in (_DIGITS, _TEENS, _LETTERS, _NAMED):
        if word in table:
            return table[word]
    if spoken and word in _SPOKEN_FILLERS:
        return ""
    # Letters written together, as in "BX forty one"; a longer word is talk.
    return "" if spoken and len(word) > 3 else word
