"""Caller's words made plain: one case, one apostrophe, number words as figures."""

import re

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip

_VALUES = {word: n for n, word in enumerate(_UNITS)}
_TEN_VALUES = {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_NTH = {word: n for n, word in enumerate(_ORDINALS, start=1)} | {"thirtieth": 30}

_NUMBER_WORD = re.compile(rf"^(?:\d[\d:]*|{'|'.join((*_UNITS[1:], *_TENS))})$")
_COUNTED_ONE = re.compile(
    r"^(?:at|by|around|about|for|past|to|till|until|after|before|say|it|is|between|from|and|or"
    r"|no|yes|yeah|okay|today|tomorrow|\w+day)$"
)
_UNCOUNTED = {"second", "moment", "sec", "minute", "more", "of", "thing", "other", "last"}
_UNCOUNTED |= {"question", "way", "person", "that", "with"}


_CLOCK_WORD = rf"(?:\d{{1,2}}(?::\d\d)?|noon|midday|{'|'.join((*_UNITS[1:13], *_TENS[:4]))})"
_ROUGHLY = re.compile(
    rf"(?P<hour>\b{_CLOCK_WORD}(?: (?:thirty|fifteen|forty five|\d\d))?) ?(?:ish\b"
    r"|or so\b(?=$| (?:tomorrow|today|on|in the|please|would|works|if|\w+day)\b))"
)


def plain(text: str) -> str:
    """Lower-case the words and drop the punctuation that speech does not have.

    Colons, slashes, dots and hyphens inside numbers stay: they are how times and dates are typed.
    """
    text = text.lower().replace("\u2019", "'").replace("\u2018", "'")
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", text)
    text = re.sub(r"[^\w\s':/.+-]|_|(?<!\d)[.:/+-](?!\d)|[.:/+-](?!\w)", " ", text)
    text = re.sub(r"(?<=[^\W\d])[.:](?=\w)", " ", text)
    return " ".join(text.split())


def figures(text: str) -> str:
    """Write the number words of `plain` text as figures: "ten thirty" is "10 30".

    "first" and "second" stay words when they stand alone, because they also choose among offers
    and measure time; "one" stays a word where it is a pronoun ("the later one"). "tenish" is
    "about 10".
    """
    words = _ROUGHLY.sub(r"about \g<hour>", text).split()
    out: list[str] = []
    at = 0
    while at < len(words):
        figure, used = _figure(words, at)
        out.append(figure)
        at += used
    joined = re.sub(r"(?<=\d) ([ap]) m\b", r" \1m", " ".join(out))
    return re.sub(r"\b(\d{1,2}(?::\d\d)?)([ap]m)\b", r"\1 \2", joined)


def ordinal_word(number: int) -> str:
    """Say a day of the month: 24 is "twenty-fourth"."""
    for word, value in _NTH.items():
        if value == number:
            return word
    tens, unit = divmod(number, 10)
    return f"{_TENS[tens - 2]}-{_ORDINALS[unit - 1]}" if 2 <= tens <= 9 else str(number)


def _figure(words: list[str], at: int) -> tuple[str, int]:
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    if word == "two" and after == "thousand":
        return _two_thousand(words, at)
    if word in _TEN_VALUES:
        if 1 <= _VALUES.get(after, 0) <= 9:
            return str(_TEN_VALUES[word] + _VALUES[after]), 2
        if 1 <= _NTH.get(after, 0) <= 9:
            return f"{_TEN_VALUES[word] + _NTH[after]}th", 2
        return str(_TEN_VALUES[word]), 1
    before = words[at - 1] if at else ""
    if word in ("oh", "o", "zero") and after != "clock" and _NUMBER_WORD.match(before):
        unit = _VALUES.get(after, 0)
        return (f"0{unit}", 2) if 1 <= unit <= 9 else ("0", 1)
    if word == "one" and not _counts(before, after):
        return word, 1
    if word in _VALUES:
        return str(_VALUES[word]), 1
    if _NTH.get(word, 0) > 2:
        return f"{_NTH[word]}th", 1
    return word, 1


def _two_thousand(words: list[str], at: int) -> tuple[str, int]:
    rest = words[at + 2 : at + 5]
    joiner = 1 if rest[:1] == ["and"] else 0
    figure, used = _figure(rest, joiner) if len(rest) > joiner else ("", 0)
    if not figure.isdigit() or int(figure) > 99:
        return "2000", 2
    return str(2000 + int(figure)), 2 + joiner + used


def _counts(before: str, after: str) -> bool:
    if _NUMBER_WORD.match(after) or after in ("am", "pm", "o'clock", "oclock", "oh", "o"):
        return True
    if after in _UNCOUNTED:
        return False
    return not before or bool(_COUNTED_ONE.match(before) or _NUMBER_WORD.match(before))
