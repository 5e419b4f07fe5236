"""Whether what a caller states proves who they are. Pure; comparisons take constant time.

One fact that only the customer is likely to know is enough. What is empty, too short or in doubt
never matches; the last digits of the telephone number are no proof, since the number is on show.
"""

import hmac
import re
from typing import Literal

from shop.cars import vin
from shop.people.customers import CustomerFile
from shop.words import spelled, spoken
from shop.words.saiddate import dates_in, is_ordinal, months_in

Factor = Literal["birth_date", "vin", "plate", "address", "last_service"]

_SHORTEST_PLATE = 4
_FOLDED = str.maketrans("OQI", "001")
_SUFFIXES = frozenset(
    (
        "street", "st", "avenue", "ave", "av", "road", "rd", "drive", "dr", "lane", "ln", "court",
        "ct", "boulevard", "blvd", "place", "pl", "way", "terrace", "ter", "circle", "cir",
        "parkway", "pkwy",
    )
)  # fmt: skip
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west"}
_FILLERS = frozenset(
    (
        "i", "we", "it", "was", "had", "have", "got", "you", "did", "do", "a", "an", "the", "my",
        "our", "in", "on", "of", "for", "at", "last", "this", "and", "back", "done", "that", "year",
        "car", "some", "time", "around", "about", "s", "think",
    )
)  # fmt: skip


def matches(factor: str, stated: str, file: CustomerFile) -> bool:
    """Whether a statement fits what is on file; unknown factors never do."""
    check = _CHECKS.get(factor)
    return check is not None and bool(stated.strip()) and check(stated, file)


def _birth_date(stated: str, file: CustomerFile) -> bool:
    born = file.customer.date_of_birth
    found = dates_in(stated)
    # One date in two readings is "one twelve eighty five"; more are guesses.
    if born is None or not 1 <= len(found) <= 2:
        return False
    return _among(born.isoformat(), [day.isoformat() for day in found])


def _vin(stated: str, file: CustomerFile) -> bool:
    said = vin.clean(stated)
    if len(said) != 17:
        return False
    return _among(said, [vehicle.vin or "" for vehicle in file.vehicles])


def _plate(stated: str, file: CustomerFile) -> bool:
    said = spelled.characters(stated).translate(_FOLDED)
    if len(said) < _SHORTEST_PLATE:
        return False
    plates = [spelled.characters(v.license_plate or "") for v in file.vehicles]
    return _among(said, [plate.translate(_FOLDED) for plate in plates])


def _address(stated: str, file: CustomerFile) -> bool:
    customer = file.customer
    if not customer.street_address or not customer.zip_code:
        return False
    house, street, _ = _place(f"{customer.street_address}, {customer.zip_code[:5]}")
    said_house, said_street, said_zip = _place(stated)
    if not (house and street and said_house and said_zip):
        return False
    said = "|".join((said_house, *said_street[: len(street)], said_zip))
    return same(said, "|".join((house, *street, customer.zip_code[:5])))


def _place(text: str) -> tuple[str, list[str], str]:
    """House number, words of the street, ZIP code; empty where there are more or fewer."""
    bare = re.sub(r"(\d{5})-\d{4}\b", r"\1", text.lower())
    bare = re.sub(r"\b(apartment|apt|unit|suite|number)\b\W*\w+", "", bare)
    bare = re.sub(r"\b(\d{1,3})(st|nd|rd|th)\b", lambda nth: spoken.ordinal(int(nth[1])), bare)
    words = _joined_spelling(spelled.in_figures(bare)).split()
    numbers = [word for word in words if word.isdecimal()]
    if len(numbers) != 2 or len(numbers[1]) != 5:
        return "", [], ""
    between = words[words.index(numbers[0]) + 1 :]
    street = [_DIRECTIONS.get(word, word) for word in between[: between.index(numbers[1])]]
    ends = next((n for n, word in enumerate(street) if n and word in _SUFFIXES), len(street))
    return numbers[0], street[:ends], numbers[1]


def _joined_spelling(text: str) -> str:
    """A ZIP code dictated as "6 2 7 0 4" in one piece."""
    return re.sub(r"\b\d(?: \d){4}\b", lambda found: found[0].replace(" ", ""), text)


def _last_service(stated: str, file: CustomerFile) -> bool:
    service, on = file.last_service, file.last_service_date
    if not service or on is None or months_in(stated) != {on.month}:
        return False
    wanted = {_stem(word) for word in re.findall(r"[a-z]+", service.lower())} - _FILLERS
    days = dates_in(stated, year=on.year)
    if days and on not in days:
        return False
    said = {_stem(word) for word in re.findall(r"[a-z]+", _without_dates(stated))} - _FILLERS
    return same(" ".join(sorted(said)), " ".join(sorted(wanted)))


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def _without_dates(text: str) -> str:
    return " ".join(w for w in spelled.in_figures(text).split() if not _is_dated(w))


def _is_dated(word: str) -> bool:
    return bool(months_in(word)) or any(c.isdecimal() for c in word) or is_ordinal(word)


def _among(said: str, known: list[str]) -> bool:
    found = False
    for one in known:
        found |= same(said, one)
    return found


def same(said: str, known: str) -> bool:
    """Equality that takes the same time wherever the two differ; nothing equals what is empty."""
    return bool(known) and hmac.compare_digest(said.encode(), known.encode())


_CHECKS = {
    "birth_date": _birth_date,
    "vin": _vin,
    "plate": _plate,
    "address": _address,
    "last_service": _last_service,
}
