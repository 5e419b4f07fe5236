"""Recalls for the ear: the warning first, and nothing about one car that only a dealer knows. Pure.

"Do not drive" and "park outside" are NHTSA's own two warnings, https://www.nhtsa.gov/recalls.
"""

import datetime as dt
import re
from collections.abc import Sequence

from shop.cars.recalls import RecallCampaign
from shop.words import spoken

_MOST_NAMED = 2
_STOP = (
    "Stop driving it until a dealer has checked it: a recall for that model comes with a warning"
    " not to drive."
)
_OUTSIDE = (
    "Park it outside, away from buildings and other cars, until a dealer has checked it: a recall"
    " for that model comes with a warning of fire."
)
_NONE = "No recall campaigns are listed for that model. A dealer can check the VIN."


def words(campaigns: Sequence[RecallCampaign], *, as_of: dt.date | None = None) -> str:
    """What the caller is told of the campaigns of a model; `as_of` for a list that is out of date.

    The list is said to hold them, never that one car is affected, and never that we mend it.
    """
    if not campaigns:
        return _NONE
    said = []
    if any(one.park_it for one in campaigns):
        said.append(_STOP)
    if any(one.park_outside for one in campaigns):
        said.append(_OUTSIDE)
    said += [_count(campaigns, as_of), "A dealer confirms by VIN whether yours is affected,"]
    return f"{' '.join(said)} and fixes {'it' if len(campaigns) == 1 else 'them'} free."


def components(campaigns: Sequence[RecallCampaign]) -> list[str]:
    """The parts that are concerned, in the words of the list, each once: "air bags"."""
    named = [_part(one.component) for one in campaigns]
    return list(dict.fromkeys(part for part in named if part))


def _count(campaigns: Sequence[RecallCampaign], as_of: dt.date | None) -> str:
    one = len(campaigns) == 1
    if as_of is None:
        opening = "There is" if one else "There are"
    else:
        opening = f"I can't see the newest list, but on {spoken.day(as_of)} there"
        opening += " was" if one else " were"
    counted = f"{opening} {spoken.number(len(campaigns))} recall campaign{'' if one else 's'}"
    parts = components(campaigns)
    named = spoken.all_of([f"the {part}" for part in parts[:_MOST_NAMED]])
    about = f", {'among them on' if len(parts) > _MOST_NAMED else 'on'} {named}" if named else ""
    return f"{counted} for that model{about}."


def _part(component: str) -> str:
    """The head of NHTSA's path: "FUEL SYSTEM, GASOLINE:DELIVERY" is about the fuel system."""
    head = re.split(r"[:,/(]", component, maxsplit=1)[0].strip().lower()
    sayable = re.fullmatch(r"[a-z][a-z -]{1,40}", head) and not head.startswith("unknown")
    return head if sayable else ""
