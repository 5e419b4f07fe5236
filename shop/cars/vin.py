"""Vehicle identification numbers: 49 CFR 565 for North America, ISO 3779 elsewhere. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shop.cars import alike
from shop.errors import BadValue
from shop.words import spelled, spoken

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VALUES |= {digit: int(digit) for digit in "0123456789"}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_NEVER = str.maketrans("IOQ", "100")
_CHECK_PLACE, _YEAR_PLACE, _SERIAL_PLACES = 8, 9, range(13, 17)
_MOST_OFFERED = 2


@dataclass(frozen=True, slots=True)
class VinCheck:
    """A number that may be right. `warnings` are sentences for staff, not for the caller."""

    vin: str = field(repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A character that may be another one.

    Attributes:
        place: Where it stands, from 1 to 17.
        heard: What was understood.
        instead: What else it may be, the likeliest first.
    """

    place: int
    heard: str
    instead: str


def clean(text: str) -> str:
    """The number in capitals without spaces or dashes, spelled letters and digits understood.

    I, O and Q are never part of one, so they are taken for the 1 and the 0 they were misread from.
    """
    return spelled.characters(text).translate(_NEVER)


def check(vin: str) -> VinCheck:
    """Check a cleaned number.

    Outside North America the ninth place is free for other uses, so there a check digit that does
    not fit is only worth a warning.

    Raises:
        BadValue: A rule is broken; the text says which, and asks for a likely mend.
    """
    if len(vin) != 17:
        raise BadValue(f"A VIN has seventeen characters, and I got {len(vin)}.", field="vin")
    wrong = sorted({c for c in vin if c not in _VALUES})
    if wrong:
        raise BadValue(
            f"A VIN never has the character {wrong[0]} in it: no I, O or Q, only other capital"
            " letters and digits.",
            field="vin",
        )
    if adds_up(vin):
        return VinCheck(vin)
    if vin[0] in "12345":
        raise BadValue(
            "That VIN doesn't add up: its check digit, the ninth character, doesn't fit the rest."
            f" {_mend(repairs(vin))}",
            field="vin",
        )
    return VinCheck(vin, ("the check digit does not fit, which imports are allowed",))


def check_digit(vin: str) -> str:
    """What the ninth character of a North American number has to be, 49 CFR 565.15(c)."""
    total = sum(_VALUES[c] * weight for c, weight in zip(vin, _WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def adds_up(vin: str) -> bool:
    """Whether the ninth of seventeen characters is the check digit of the others."""
    return vin[_CHECK_PLACE] == check_digit(vin)


def year_of(vin: str) -> int | None:
    """The model year of the tenth character, 49 CFR 565.15(d); None where it is not one.

    The thirty-year cycle is told apart by the seventh character as for cars and light trucks: a
    letter there means 2010 or later.
    """
    place = _YEARS.find(vin[9])
    if place < 0:
        return None
    return (2010 if vin[6].isalpha() else 1980) + place


def confusions(vin: str) -> tuple[Doubt, ...]:
    """The characters of a checked number that the check digit cannot vouch for.

    Characters of equal value, such as H and 8, give the same check digit at the same place. Only
    those are told that are also taken for one another and can stand there.
    """
    if not adds_up(vin):
        return ()
    doubts = []
    for at, heard in enumerate(vin):
        instead = "".join(c for c in _likely(at, heard) if _blind(at, heard, c))
        if instead:
            doubts.append(Doubt(at + 1, heard, instead))
    return tuple(doubts)


def repairs(vin: str) -> tuple[Doubt, ...]:
    """The single changes that make a number add up which does not, the likeliest first."""
    found = [
        Doubt(at + 1, heard, other)
        for at, heard in enumerate(vin)
        for other in _likely(at, heard)
        if adds_up(vin[:at] + other + vin[at + 1 :])
    ]
    return tuple(sorted(found, key=_distance))


def question(doubts: Sequence[Doubt]) -> str:
    """Asks whether characters were understood: one as a choice, several as a list to agree to."""
    if len(doubts) == 1:
        (doubt,) = doubts
        choice = spoken.one_of([alike.named(c) for c in doubt.heard + doubt.instead])
        return f"Is that {choice} in the {spoken.ordinal(doubt.place)} place?"
    heard = [f"{alike.named(d.heard)} in the {spoken.ordinal(d.place)} place" for d in doubts]
    return f"Do I have it right: {spoken.all_of(heard)}?"


def _mend(found: Sequence[Doubt]) -> str:
    """Asks for the likeliest repairs, unless there are so many that one would be a guess."""
    nearest = [doubt for doubt in found if _distance(doubt) == _distance(found[0])]
    if not 0 < len(nearest) <= _MOST_OFFERED:
        return "Could you read it again, with a word for each letter, such as B as in boy?"
    offered = [
        f"{alike.named(d.instead)} and not {alike.named(d.heard)} in the"
        f" {spoken.ordinal(d.place)} place"
        for d in nearest
    ]
    return f"Is it {spoken.one_of(offered)}? If not, could you read it again?"


def _likely(at: int, heard: str) -> Iterator[str]:
    """What a character may be instead, at an index; the rules of 49 CFR 565.15 narrow it."""
    for other in alike.partners(heard):
        fits = other in _VALUES
        if at == _CHECK_PLACE:
            fits = other == "X" or other.isdecimal()
        elif at == _YEAR_PLACE:
            fits = other in _YEARS
        elif at in _SERIAL_PLACES:
            fits = other.isdecimal()
        if fits:
            yield other


def _blind(at: int, one: str, other: str) -> bool:
    return at != _CHECK_PLACE and _VALUES[one] == _VALUES[other]


def _distance(doubt: Doubt) -> int:
    found = alike.distance(doubt.heard, doubt.instead)
    assert found is not None, "only what is alike is offered"
    return found
