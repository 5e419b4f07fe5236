"""Who made a car and when, as far as its number alone says. Pure; works without any network."""

import re

from vininfo import Vin
from vininfo.common import Assembler, UnsupportedBrand

from shop.cars import vin as vins
from shop.cars.nhtsa import VinDecoding

_PLACES = re.compile(
    r" (?:USA?|Canada|Mexico|Australia|Brazil|China|Germany|Spain|UK|Argentina|Thailand"
    r"|Motors USA|Motor Company|of Europe)\b.*"
)
_SEVERAL = re.compile(r"[/(,]")


def from_number(vin: str, *, this_year: int) -> VinDecoding:
    """Maker and model year of a checked number; None for what it does not say for sure.

    The maker comes from the list of world manufacturer identifiers that vininfo keeps. The year is
    ours (49 CFR 565.15(d)), because vininfo offers every year of the thirty-year cycles; but it is
    left out where the library knows that a maker writes it elsewhere, where nothing shows that the
    number follows the American rule, and where it would lie ahead.
    """
    found = Vin(vin)
    warnings = ["not from the registry: maker and year were worked out from the number alone"]
    year = vins.year_of(vin)
    if found.years_code != vin[9]:
        year = None
        warnings.append("its maker writes the model year elsewhere than in the tenth place")
    elif not vins.adds_up(vin):
        year = None
        warnings.append("without a check digit the tenth character need not be the model year")
    elif year is not None and year > this_year + 1:
        year = None
        warnings.append("its tenth character would be a model year that is still to come")
    make = _maker(found.assembler)
    if make is None:
        warnings.append("its first three characters stand for no single maker we know of")
    return VinDecoding(vin, year, make, None, None, None, warnings=tuple(warnings), source="number")


def _maker(assembler: Assembler) -> str | None:
    """The maker's name as people say it; a factory that several share is none."""
    name = str(assembler.manufacturer)
    if isinstance(assembler, UnsupportedBrand) or _SEVERAL.search(name):
        return None
    return _PLACES.sub("", name).strip() or None
