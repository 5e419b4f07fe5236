"""A car as callers describe it: year, make, model, color, in any order and in pieces."""

import re
from dataclasses import dataclass, replace

from graph.models.rulebook.words import NUMBER, bag, full_year, plain, short_year, year_in

_MAKES = {
    "acura": "Acura", "alfa romeo": "Alfa Romeo", "audi": "Audi", "bmw": "BMW", "b m w": "BMW",
    "buick": "Buick", "cadillac": "Cadillac", "chevrolet": "Chevrolet", "chevy": "Chevrolet",
    "chevys": "Chevrolet", "chrysler": "Chrysler", "dodge": "Dodge", "fiat": "Fiat",
    "ford": "Ford", "genesis": "Genesis", "gmc": "GMC", "g m c": "GMC", "honda": "Honda",
    "hundai": "Hyundai", "hyundai": "Hyundai", "hundred eye": "Hyundai", "infiniti": "Infiniti",
    "infinity": "Infiniti", "jaguar": "Jaguar", "jeep": "Jeep", "kia": "Kia", "key a": "Kia",
    "land rover": "Land Rover", "lexus": "Lexus", "lincoln": "Lincoln", "mazda": "Mazda",
    "mercedes benz": "Mercedes-Benz", "mercedes-benz": "Mercedes-Benz",
    "mercedes": "Mercedes-Benz", "mini cooper": "Mini", "mitsubishi": "Mitsubishi",
    "nissan": "Nissan", "pontiac": "Pontiac", "porsche": "Porsche", "saturn": "Saturn",
    "subaru": "Subaru", "tesla": "Tesla", "toyota": "Toyota", "volkswagen": "Volkswagen",
    "vw": "Volkswagen", "v w": "Volkswagen", "volvo": "Volvo",
}  # fmt: skip
_MODELS: dict[str, dict[str, str]] = {
    "Acura": {"mdx": "MDX", "rdx": "RDX", "tlx": "TLX", "integra": "Integra"},
    "BMW": {"three series": "3 Series", "3 series": "3 Series", "five series": "5 Series",
            "5 series": "5 Series", "x three": "X3", "x3": "X3", "x five": "X5", "x5": "X5"},
    "Buick": {"enclave": "Enclave", "encore": "Encore", "lesabre": "LeSabre"},
    "Cadillac": {"escalade": "Escalade"},
    "Chevrolet": {"silverado fifteen hundred": "Silverado 1500", "silverado 1500": "Silverado 1500",
                  "silverado": "Silverado", "malibu": "Malibu", "equinox": "Equinox",
                  "impala": "Impala", "tahoe": "Tahoe", "suburban": "Suburban", "cruze": "Cruze",
                  "camaro": "Camaro", "corvette": "Corvette", "traverse": "Traverse",
                  "colorado": "Colorado", "trax": "Trax", "spark": "Spark", "bolt": "Bolt"},
    "Chrysler": {"pacifica": "Pacifica", "town and country": "Town & Country"},
    "Dodge": {"grand caravan": "Grand Caravan", "durango": "Durango", "charger": "Charger",
              "challenger": "Challenger", "journey": "Journey"},
    "Ford": {"f one fifty": "F-150", "f hundred fifty": "F-150", "f one hundred fifty": "F-150",
             "f a hundred and fifty": "F-150", "f-150": "F-150", "f 150": "F-150", "f150": "F-150",
             "f two fifty": "F-250", "f 250": "F-250", "f-250": "F-250", "f250": "F-250",
             "escape": "Escape", "explorer": "Explorer", "focus": "Focus", "fusion": "Fusion",
             "mustang": "Mustang", "edge": "Edge", "expedition": "Expedition", "ranger": "Ranger",
             "fiesta": "Fiesta", "bronco": "Bronco", "transit": "Transit", "taurus": "Taurus"},
    "GMC": {"sierra": "Sierra", "yukon": "Yukon", "acadia": "Acadia", "terrain": "Terrain"},
    "Honda": {"civic": "Civic", "civics": "Civic", "civil": "Civic", "accord": "Accord",
              "cr-v": "CR-V", "c r v": "CR-V", "crv": "CR-V", "cr v": "CR-V", "hr-v": "HR-V",
              "h r v": "HR-V", "hrv": "HR-V", "odyssey": "Odyssey", "pilot": "Pilot", "fit": "Fit",
              "ridgeline": "Ridgeline", "insight": "Insight", "element": "Element"},
    "Hyundai": {"elantra": "Elantra", "sonata": "Sonata", "tucson": "Tucson", "kona": "Kona",
                "santa fe": "Santa Fe", "accent": "Accent", "palisade": "Palisade"},
    "Jeep": {"grand cherokee": "Grand Cherokee", "cherokee": "Cherokee", "wrangler": "Wrangler",
             "compass": "Compass", "gladiator": "Gladiator", "renegade": "Renegade",
             "liberty": "Liberty", "patriot": "Patriot"},
    "Kia": {"optima": "Optima", "sorento": "Sorento", "sportage": "Sportage", "forte": "Forte",
            "soul": "Soul", "telluride": "Telluride", "rio": "Rio"},
    "Land Rover": {"range rover": "Range Rover", "discovery": "Discovery"},
    "Lexus": {"rx three fifty": "RX 350", "rx 350": "RX 350", "r x three fifty": "RX 350",
              "es three fifty": "ES 350", "es 350": "ES 350"},
    "Mazda": {"mazda three": "Mazda3", "mazda 3": "Mazda3", "mazda3": "Mazda3",
              "cx five": "CX-5", "cx 5": "CX-5", "cx-5": "CX-5", "c x five": "CX-5",
              "mazda six": "Mazda6", "mazda 6": "Mazda6", "mazda6": "Mazda6", "miata": "Miata"},
    "Mercedes-Benz": {"c class": "C-Class", "c-class": "C-Class", "e class": "E-Class",
                      "e-class": "E-Class"},
    "Mini": {"mini cooper": "Cooper"},
    "Mitsubishi": {"outlander": "Outlander", "mirage": "Mirage", "lancer": "Lancer"},
    "Nissan": {"altima": "Altima", "sentra": "Sentra", "rogue": "Rogue", "maxima": "Maxima",
               "versa": "Versa", "pathfinder": "Pathfinder", "frontier": "Frontier",
               "murano": "Murano", "leaf": "Leaf", "titan": "Titan"},
    "Ram": {"ram fifteen hundred": "1500", "ram 1500": "1500", "ram": "1500"},
    "Subaru": {"outback": "Outback", "forester": "Forester", "impreza": "Impreza",
               "crosstrek": "Crosstrek", "legacy": "Legacy", "wrx": "WRX", "ascent": "Ascent"},
    "Tesla": {"model three": "Model 3", "model 3": "Model 3", "model y": "Model Y",
              "model s": "Model S", "model x": "Model X"},
    "Toyota": {"camry": "Camry", "camera": "Camry", "corolla": "Corolla", "corollas": "Corolla",
               "rav four": "RAV4", "rav 4": "RAV4", "rav4": "RAV4", "rav-4": "RAV4",
               "tacoma": "Tacoma", "tundra": "Tundra", "highlander": "Highlander",
               "sienna": "Sienna", "prius": "Prius", "four runner": "4Runner",
               "4runner": "4Runner", "4 runner": "4Runner", "avalon": "Avalon", "yaris": "Yaris"},
    "Volkswagen": {"jetta": "Jetta", "passat": "Passat", "golf": "Golf", "tiguan": "Tiguan",
                   "beetle": "Beetle", "atlas": "Atlas"},
    "Volvo": {"xc ninety": "XC90", "xc 90": "XC90", "xc90": "XC90", "xc sixty": "XC60",
              "xc60": "XC60", "s sixty": "S60", "s60": "S60"},
}  # fmt: skip
_ORDINARY = frozenset(
    bag(
        "accent ascent atlas beetle bolt camera charger challenger civil colorado compass "
        "discovery edge element encore escape expedition explorer fiesta fit focus forte frontier "
        "fusion gladiator golf insight journey leaf legacy liberty mirage patriot pilot ram "
        "ranger renegade rio rogue sienna soul spark taurus titan transit traverse terrain "
        "equinox"
    )
)
"""Models that are words of their own: they name a car only where a car is being described."""

_OF = {said: (make, model) for make, models in _MODELS.items() for said, model in models.items()}
_MAKE = re.compile(rf"\b({'|'.join(sorted(_MAKES, key=len, reverse=True))})\b")
_MODEL = re.compile(rf"\b({'|'.join(sorted(map(re.escape, _OF), key=len, reverse=True))})\b")
_COLOR = re.compile(
    r"\b(black|white|silver|gray|grey|red|blue|green|brown|gold|orange|yellow|beige|tan|purple)\b"
)
_SHORT_YEAR = re.compile(rf"(?:'(\d\d)|\b(?:an? |the |my )(\d\d|{NUMBER}))(?= *$| [a-z])")
_LEAD = re.compile(
    r"^(?:(?:it's|it is|that's|i have|i drive|i've got|i got|i own|we have|we drive|my car is"
    r"|the car is"
    r"|car|is|an?|the|my|our|uh|um|yeah|yes|so|well|old|new|make|model|year|sorry|no|actually|just"
    r"|and|from|in)\b ?)+"
)
_NOT_MODELS = frozenset(
    bag(
        "and it it's that from i i'm is my the with which in on at for to need needs a an please "
        "has have but so thanks thank year would could oh uh um model make made car truck suv van "
        "sedan was or tomorrow today monday tuesday wednesday thursday friday saturday sunday "
        "morning next this dealer dealership not now don't do no yes one ones needs getting "
        "because about two nineteen twenty black white silver gray grey red blue green brown gold "
        "what how when name who are can you we they there here just really also too call hello hi "
        "january february march april may june july august september october november december"
    )
)
_TRUCKS = frozenset(
    bag(
        "f-150 f-250 silverado tacoma tundra ranger sierra colorado frontier titan gladiator "
        "ridgeline 1500 ram truck pickup"
    )
)


@dataclass(frozen=True, slots=True)
class Car:
    """What is known of a car."""

    year: int | None = None
    make: str = ""
    model: str = ""
    color: str = ""

    @property
    def whole(self) -> bool:
        """Whether it can be written down."""
        return bool(self.year and self.make and self.model)

    @property
    def empty(self) -> bool:
        """Whether nothing was said that tells one car from another."""
        return not (self.year or self.make or self.model)


def car_in(text: str, *, asked: bool = False, this_year: int = 2100) -> Car:
    """The car a text describes, as far as it does.

    Args:
        text: What the caller said.
        asked: They were asked about the car, so words that are names elsewhere are a car here.
        this_year: Decides what "an oh nine" or "a ninety eight" means.
    """
    words = plain(text)
    year, words = _year(words, asked=asked, this_year=this_year)
    make, model = _make_and_model(words, asked=asked, described=year is not None)
    if not make and not model and not asked:
        return Car()
    color = _COLOR.search(words)
    return Car(year, make, model, color[1].capitalize() if color else "")


def merged(old: Car, new: Car) -> Car:
    """The old description with the new one's details; another make or model is another car."""
    if new.make and old.make and new.make != old.make:
        old = Car(year=old.year)
    return replace(
        old,
        year=new.year or old.year,
        make=new.make or old.make,
        model=new.model or old.model,
        color=new.color or old.color,
    )


def same_car(words: str, car: Car) -> bool:
    """Whether words about a car on file fit everything that is known of another description."""
    theirs = plain(words)
    there = year_in(theirs)
    if car.year and there and there[0] != car.year:
        return False
    return all(not part or plain(part) in theirs for part in (car.make, car.model))


def is_truck(words: str) -> bool:
    """Whether words about a car name a pickup."""
    return any(f" {truck} " in f" {plain(words)} " for truck in _TRUCKS)


def _year(words: str, *, asked: bool, this_year: int) -> tuple[int | None, str]:
    """The model year, and the words without it."""
    if found := year_in(words):
        year, start, end = found
        return year, f"{words[:start].strip()} {words[end:].strip()}".strip()
    if asked and (short := short_year(_LEAD.sub("", words), this_year)):
        return short, ""
    for found_short in _SHORT_YEAR.finditer(words):
        rest = words[found_short.end() :]
        if found_short[1] or _MAKE.match(rest.strip()) or _MODEL.match(rest.strip()):
            digits = found_short[1] or found_short[2]
            value = int(digits) if digits.isdigit() else short_year(digits, this_year) or 0
            year = full_year(value, this_year) if value < 100 else value
            return year, f"{words[: found_short.start()]} {rest}"
    return None, words


def _make_and_model(words: str, *, asked: bool, described: bool) -> tuple[str, str]:
    made = _MAKE.search(words)
    make = _MAKES[made[1]] if made else ""
    for match in _MODEL.finditer(words):
        known_make, model = _OF[match[1]]
        plainly = match[1] not in _ORDINARY or described or asked or make == known_make
        if make in ("", known_make, "Dodge" if known_make == "Ram" else known_make) and plainly:
            return known_make, model
    if made:
        return make, _words_of(words[made.end() :])
    if asked and described:
        rest = _LEAD.sub("", words).split(maxsplit=1)
        if len(rest) == 2 and rest[0] not in _NOT_MODELS:
            return rest[0].title(), _words_of(rest[1])
    return "", ""


def _words_of(rest: str) -> str:
    """The model nobody has heard of: the one or two words a text begins with."""
    taken: list[str] = []
    for token in rest.split()[:2]:
        if token in _NOT_MODELS or not re.fullmatch(r"[a-z0-9&-]{1,20}", token):
            break
        taken.append(token)
    return " ".join(token.upper() if len(token) < 3 else token.capitalize() for token in taken)


def model_in(text: str) -> str:
    """The answer to "which model is it": a model known or not."""
    words = plain(text)
    if found := year_in(words):
        words = f"{words[: found[1]]} {words[found[2] :]}".strip()
    if known := _MODEL.search(words):
        return _OF[known[1]][1]
    return _words_of(_LEAD.sub("", words))
