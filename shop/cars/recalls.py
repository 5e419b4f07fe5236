"""Recall campaigns of a model, from https://www.nhtsa.gov/nhtsa-datasets-and-apis.

They are kept by make, model and year: nothing here says whether one car is affected or mended.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import httpx

from shop.cars.nhtsa import NoAnswer, ask
from shop.errors import RecallsUnavailable
from shop.words import said

UNREACHABLE = (
    "I can't look up recalls just now. A dealer can check the car by its VIN, and so can you at"
    " N H T S A dot gov."
)
_NOT_LISTED = (
    "I can't find that model in the list of recalls. A dealer can check the car by its VIN, and so"
    " can you at N H T S A dot gov."
)
_FALSE = {"", "false", "no", "n", "0", "none", "null"}
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class RecallCampaign:
    """One recall against a model.

    Attributes:
        campaign: NHTSA's number of it, such as 19V501000.
        component: NHTSA's path to the part, such as "AIR BAGS:FRONTAL".
        park_it: Owners are told not to drive until it is mended.
        park_outside: Owners are told to park away from buildings, because it may catch fire.
        over_the_air: It is mended by a download.
    """

    campaign: str
    component: str
    summary: str
    consequence: str
    remedy: str
    park_it: bool
    park_outside: bool
    over_the_air: bool
    received: date | None


@dataclass(frozen=True, slots=True)
class RecallFindings:
    """The campaigns of a model, the gravest first, as they stood at a moment.

    Attributes:
        outdated: The list does not answer now, and this is what it said before.
    """

    campaigns: tuple[RecallCampaign, ...]
    fetched_at: datetime
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Recalls:
    """Asks for the recalls of a model. The client is the caller's to open and close.

    Attributes:
        total_s: How long a caller is kept waiting at most, in seconds.
    """

    base_url: str
    client: httpx.AsyncClient
    total_s: float = 5.0

    async def find(self, make: str, model: str, year: int) -> tuple[RecallCampaign, ...]:
        """The campaigns of a model, the gravest first, then the newest.

        Raises:
            RecallsUnavailable: No proper answer within `total_s`, or the model is not listed.
        """
        url = f"{self.base_url.rstrip('/')}/recalls/recallsByVehicle"
        params = {"make": make, "model": model, "modelYear": str(year)}
        try:
            answer = await ask(self.client, url, params, total_s=self.total_s)
            return _campaigns(answer)
        except NoAnswer as error:
            # A model that NHTSA files under another name is answered so; it may well have recalls.
            not_listed = error.status == httpx.codes.BAD_REQUEST
            raise RecallsUnavailable(_NOT_LISTED if not_listed else UNREACHABLE) from None


def _campaigns(answer: Any) -> tuple[RecallCampaign, ...]:
    if not isinstance(answer, dict):
        raise NoAnswer
    whole = _folded(answer)
    rows = whole.get("results")
    if not isinstance(rows, list) or str(whole.get("count", len(rows))) != str(len(rows)):
        raise NoAnswer  # half a list could leave out the warning that counts
    found: dict[str, RecallCampaign] = {}
    for row in rows:
        one = _campaign(row)
        found[one.campaign] = _merged(found.get(one.campaign, one), one)
    return tuple(sorted(found.values(), key=_gravity))


def _campaign(row: Any) -> RecallCampaign:
    if not isinstance(row, dict):
        raise NoAnswer
    values = _folded(row)
    campaign = _text(values, "nhtsacampaignnumber")
    if not campaign:
        raise NoAnswer
    return RecallCampaign(
        campaign=campaign[:20],
        component=_text(values, "component"),
        summary=_text(values, "summary"),
        consequence=_text(values, "consequence"),
        remedy=_text(values, "remedy"),
        park_it=_flag(values, "parkit"),
        park_outside=_flag(values, "parkoutside"),
        over_the_air=_flag(values, "overtheairupdate"),
        received=day_of(_text(values, "reportreceiveddate")),
    )


def _merged(one: RecallCampaign, other: RecallCampaign) -> RecallCampaign:
    """A campaign that is listed twice warns if either entry does."""
    return replace(
        one,
        park_it=one.park_it or other.park_it,
        park_outside=one.park_outside or other.park_outside,
    )


def _gravity(campaign: RecallCampaign) -> tuple[bool, bool, int, str]:
    newest = -(campaign.received or date.min).toordinal()
    return (not campaign.park_it, not campaign.park_outside, newest, campaign.campaign)


def _folded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keys come as `results` and `Results`, `parkOutSide` and `parkOutside`."""
    return {str(key).casefold(): value for key, value in values.items()}


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return (said.optional(value, most=_LONGEST) or "") if isinstance(value, str) else ""


def _flag(values: Mapping[str, Any], key: str) -> bool:
    """A warning that is put in some other way than yes or no is a warning."""
    value = values.get(key)
    return value is not None and str(value).strip().casefold() not in _FALSE


def day_of(text: str) -> date | None:
    """A day as the service writes it, day first, or year first; None for anything else."""
    year_first = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", text)
    day_first = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", text)
    try:
        if year_first:
            year, month, day = map(int, year_first.groups())
            return date(year, month, day)
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day) if month <= 12 else date(year, day, month)
    except ValueError:
        pass  # a thirteenth month, or the year nought
    return None
