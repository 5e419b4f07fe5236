"""Vehicle identification numbers: 49 CFR 565 for North America, ISO 3779 elsewhere. Pure."""

from dataclasses import dataclass

from shop import spelled
from shop.errors import BadValue

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VALUES |= {digit: int(digit) for digit in "0123456789"}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_NEVER = str.maketrans("IOQ", "100")


@dataclass(frozen=True, slots=True)
class VinCheck:
    """A number that may be right. `warnings` are sentences for staff, not for the caller."""

    vin: str
    warnings: tuple[str, ...] = ()


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
        BadValue: A rule is broken; the text says which.
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
    if vin[8] == check_digit(vin):
        return VinCheck(vin)
    if vin[0] in "12345":
        raise BadValue(
            "That VIN doesn't add up: its check digit, the ninth character, doesn't fit the rest."
            " Could you read it again?",
            field="vin",
        )
    return VinCheck(vin, ("the check digit does not fit, which imports are allowed",))


def check_digit(vin: str) -> str:
    """What the ninth character of a North American number has to be, 49 CFR 565.15(c)."""
    total = sum(_VALUES[c] * weight for c, weight in zip(vin, _WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def year_of(vin: str) -> int | None:
    """The model year of the tenth character, 49 CFR 565.15(d); None where it is not one.

    The thirty-year cycle is told apart by the seventh character as for cars and light trucks: a
    letter there means 2010 or later.
    """
    place = _YEARS.find(vin[9])
    if place < 0:
        return None
    return (2010 if vin[6].isalpha() else 1980) + place
