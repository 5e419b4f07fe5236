"""Makes and models by name, so that one car of a call is told from another."""

import re

from shop.words.numerals import plain

_NAMES = (
    r"acura|audi|bmw|buick|cadillac|chevy|chevrolet|chrysler|dodge|fiat|ford|genesis|gmc|honda"
    r"|hyundai|infiniti|jaguar|jeep|kia|lexus|lincoln|mazda|mercedes|mini cooper|mitsubishi|nissan"
    r"|porsche|ram|rivian|subaru|tesla|toyota|volkswagen|vw|volvo"
    r"|4runner|accord|altima|bronco|camaro|camry|caravan|challenger|charger|cherokee|civic"
    r"|colorado|compass|corolla|cr ?v|crosstrek|cruze|durango|elantra|equinox|escape|explorer"
    r"|f ?150|f ?250|fiesta|focus|forester|forte|fusion|gladiator|golf|highlander|hr ?v|impala"
    r"|impreza|jetta|malibu|maxima|mustang|odyssey|optima|outback|passat|pathfinder|pilot|prius"
    r"|ranger|rav ?(?:4|four)|rogue|sentra|sienna|sierra|silverado|sonata|sorento|sportage|suburban"
    r"|tacoma|tahoe|taurus|telluride|tiguan|titan|tucson|tundra|versa|wrangler|yukon"
)
_NAMED = re.compile(rf"\b(?:{_NAMES})(?=s?\b)")
_PART = re.compile(r"[.;,?!]\s|\b(?:and|but|also|plus|then)\b", re.IGNORECASE)


def named(text: str) -> list[str]:
    """The names of cars in a text, plain, in their order, each once."""
    return list(dict.fromkeys(_NAMED.findall(plain(text))))


def parts(text: str) -> list[str]:
    """What a text says one after the other, each of which may be of another car."""
    return [part for part in _PART.split(text) if part.strip()]


def is_named(car: str, names: list[str]) -> bool:
    """Whether a car, by make and model, is one of these; in doubt it is."""
    words = f" {plain(car)} "
    return any(f" {name} " in words for name in names)
