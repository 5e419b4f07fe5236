"""A caller's name, from a whole answer or from the middle of a sentence."""

import re
from dataclasses import dataclass

from graph.models.rulebook.cars import car_in
from graph.models.rulebook.words import MONTHS, NUMBERS, bag, plain, without_filler
from shop.people.names import folded

_INTRO = re.compile(
    r"\b(?:this is|i am|i'm|under|for)\b|^(?:(?:hi|hello|hey|good|morning|afternoon) )*it's\b"
)
_IRISH = re.compile(r"\bo ([a-z]{3,})")
_STATE = re.compile(r"(?:ly|ed|ing)$")
"""How words end that follow "I'm" and are no names."""

_SPEAKING = re.compile(r"^(?:(?:yes|hello|hi) )*(?P<name>[a-z'-]+ [a-z'-]+) (?:speaking|here)$")
_DATE = re.compile(
    rf"^(?:(?:it's|it is|born|on|the) )*(?:{'|'.join(MONTHS)}) (?:the )?(?:\d|first|second|third"
    r"|twent\w+|thirt\w+|\w+th\b|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|\w+teen)"
)
_SURE_INTRO = re.compile(
    r"\b(?:my (?:full )?name(?:'s| is)|(?:the |full )?name(?:'s| is)|under the name)\b"
)
_PARTS = re.compile(
    r"\bfirst(?: name)?(?: is|'s)? (?P<first>[a-z'-]+)\W+(?:and )?(?:my )?last(?: name)?(?: is|'s)?"
    r" (?P<last>[a-z'-]+(?: [a-z'-]+)?)"
)
_LAST = re.compile(r"\b(?:last|family|sur) ?name(?: is|'s)? (?P<last>[a-z'-]+)")
_LEAD = re.compile(
    r"^(?:(?:it's|it is|that's|that is|that would be|name|the|my|is|mister|missus|mr|mrs|ms|miss|dr"
    r"|under|first|last|again|sorry|no|i said|said|put it|you can call me|just|absolutely|certainly"
    r"|definitely|gladly|full name|excuse me|pardon me)\b ?)+"
)
_NO_ANSWER = re.compile(
    r"^(?:(?:could|would|should|do|does|did|don't|doesn't|didn't|can|can't|may|might|must|was|is"
    r"|isn't|are|aren't|have|haven't|has|shall) (?:you|i|we|it|that|this|he|she|they|the|my|there"
    r"|not|be)\b|none of\b|(?:real )?quick question\b|nice to\b|i beg\b)"
)
"""How what is said instead of a name begins: a question back, a refusal, a courtesy."""

_LAST_FIRST = re.compile(r"^(?P<last>[a-z'-]+) comma (?P<first>[a-z'-]+(?: [a-z'-]+)?)$")
_LAST_THEN_WHOLE = re.compile(
    r"(?P<last>[\w'’-]+)[,.] +(?P<whole>(?:[\w'’-]+ ){1,2}(?P=last))\b", re.IGNORECASE
)
"""As in "Bond, James Bond"."""

_WILL = re.compile(r"^will (?P<last>[a-z'-]{2,})$")
_SUFFIXES = frozenset(bag("jr sr junior senior ii iii iv"))
_NOT_NAMES = frozenset(
    bag(
        "a about address afternoon again all am an and any anything appointment are as asap ask "
        "at baby back be because been book booked booking brake brakes bring busy but by bye call "
        "called caller calling can cancel cannot car check come coming day diesel do doing don't "
        "don't done drive driver driving engine fine first for from get getting give go going "
        "good got great had has have having hello help here hi hoping how i i'd i'll i'm i've if "
        "in interested into is it it's just know last late later like looking make maybe me mean "
        "model monday month morning move much my name need needing never new next no nobody noon "
        "not nothing now of oh oil ok okay on one online or other out owner phone please problem "
        "really regarding repeat right running same say schedule service should sir so some "
        "someone sorry speaking still stop stuck sunday sure texting thank thanks that that's the "
        "their them then there they thing think this thursday time tire tires to today tomorrow "
        "trying tuesday two u uh um us vehicle wait waiting want wanted wanting was we wednesday "
        "week well what what's when where which who whatever why will with won't wondering work "
        "working would wrong year years yes you your friday saturday why's huh hm hmm mm mhm mmm"
        " ugh eh er erm like said yesterday her his husband wife daughter mother father mom dad"
        " yeah yep yup nope hold let let's hang sec second moment minute see could forget "
        "guess whose none both pardon excuse does did depends private wife's husband's comma "
        "anonymous might confidential question probably nah absolutely certainly full neither"
    )
)
_PARTICLES = frozenset(
    bag("de del la las los da di du van von der den st mc mac al el bin ben le san")
)
_ENDS = re.compile(
    r"\b(?:and|but|i|i'd|i'm|my|the|with|calling|here|from|phone|number|for|to|need|it's|that's"
    r"|a|an"
    r"|at|on|please|have|want|wanted|would|with|because|tomorrow|today|spelled|as)\b"
)
_NAME = re.compile(r"[a-z][a-z'-]*$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as far as it was said."""

    first: str = ""
    last: str = ""


def name_in(text: str, *, asked: bool = False, last_only: bool = False) -> Name:
    """The name in a text.

    Args:
        text: What the caller said.
        asked: They were asked for their name, so the answer itself may be one.
        last_only: They were asked for the last name alone.
    """
    words = _IRISH.sub(r"o'\1", plain(_LAST_THEN_WHOLE.sub(r"\g<whole>", folded(text))))
    if _DATE.search(words) or (asked and _NO_ANSWER.search(without_filler(words))):
        return Name()
    if (stated := _stated(words, asked=asked)) is not None:
        return stated
    if asked or last_only:
        answer = _answered(words)
        if last_only and answer.first:
            return Name(answer.first, answer.last) if answer.last else Name(last=answer.first)
        if answer.first:
            return answer
    for intro in _INTRO.finditer(words):
        tokens = _tokens(words[intro.end() :], asked=False)
        if len(tokens) > 1 and not any(_STATE.search(token) for token in tokens):
            return _split(tokens)
    return Name()


def _answered(words: str) -> Name:
    """The name that is the answer itself; a car is none."""
    if (short := _WILL.match(words)) and _is_name(short["last"]):
        return Name("Will", _cased(short["last"]))
    if turned := _LAST_FIRST.match(words):
        return Name(_cased(turned["first"]), _cased(turned["last"]))
    answer = _split(_tokens(_LEAD.sub("", without_filler(words)), asked=True))
    car = car_in(f"{answer.first} {answer.last}")
    return Name() if car.make and car.model else answer


def _stated(words: str, *, asked: bool) -> Name | None:
    """The name that is called one: "my name is", "last name", "speaking"."""
    if speaking := _SPEAKING.match(words):
        return _split(_tokens(speaking["name"], asked=True))
    if parts := _PARTS.search(words):
        return Name(_cased(parts["first"]), _cased(parts["last"]))
    if last := _LAST.search(words):
        before = _split(_tokens(words[: last.start()], asked=asked))
        return Name(before.first, _cased(last["last"])) if _is_name(last["last"]) else before
    if intro := _SURE_INTRO.search(words):
        return _split(_tokens(words[intro.end() :], asked=True))
    return None


def _tokens(words: str, *, asked: bool) -> list[str]:
    """The name-like words a text begins with; spelled letters are put together."""
    ended = _ENDS.search(words)
    tokens = words[: ended.start()].split() if ended else words.split()
    tokens = _despelled(_LEAD.sub("", " ".join(tokens)).split())
    names: list[str] = []
    for token in tokens:
        if not _is_name(token):
            break
        names.append(token)
    names = _once(names)
    limit = 4 if asked else 3
    rest = tokens[len(names) :]
    # A sentence that goes on after two words or more was about something else than a name.
    goes_on = bool(rest) and not asked and not rest[0][0].isdigit()
    if len(names) > limit or goes_on:
        return []
    return names


def _once(names: list[str]) -> list[str]:
    """A name that is begun again is said once: "maria, maria lopez", "mike lee, mike"."""
    for size in range(len(names) // 2, 0, -1):
        if names[:size] == names[size : 2 * size]:
            return names[size:]
    return names[:-1] if len(names) > 2 and names[0] == names[-1] else names


def _is_name(token: str) -> bool:
    return (
        bool(_NAME.match(token))
        and token not in _NOT_NAMES
        and token not in NUMBERS
        and (len(token) > 1)
    )


def _despelled(tokens: list[str]) -> list[str]:
    """Letters one by one made a word; it replaces the word before it if it spells that one."""
    out: list[str] = []
    letters = ""
    for token in [*tokens, ""]:
        if len(token) == 1 and token.isalpha():
            letters += token
            continue
        if "-" in token and all(len(part) == 1 for part in token.split("-")):
            letters += token.replace("-", "")
            continue
        if len(letters) > 2:
            if out and out[-1][0] == letters[0]:
                out.pop()
            out.append(letters)
        letters = ""
        if token:
            out.append(token)
    return out


def _split(tokens: list[str]) -> Name:
    if not tokens:
        return Name()
    at = len(tokens) - 1
    if at > 1 and tokens[at] in _SUFFIXES:
        at -= 1
    while at > 1 and tokens[at - 1] in _PARTICLES:
        at -= 1
    if at == 0:
        return Name(_cased(tokens[0]))
    return Name(_cased(" ".join(tokens[:at])), _cased(" ".join(tokens[at:])))


def _cased(name: str) -> str:
    """Capitals as names are written: O'Neil, Smith-Jones, McDonald."""
    cased = re.sub(r"(^|[ '-])([a-z])", lambda m: m[1] + m[2].upper(), name[:50])
    cased = re.sub(r"'S\b", "'s", cased)
    return re.sub(r"\bMc([a-z])", lambda m: "Mc" + m[1].upper(), cased)
