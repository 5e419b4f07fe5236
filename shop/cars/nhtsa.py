"""The public registry of vehicles, https://vpic.nhtsa.dot.gov/api/."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from shop.errors import VehicleDataUnavailable
from shop.faults import describe
from shop.words import said

logger = logging.getLogger(__name__)

_UNREACHABLE = "I can't look up VINs just now. What year, make and model is it?"
_MEANINGS = {
    "1": "the check digit does not fit",
    "2": "the registry corrected one character",
    "3": "the registry corrected several characters",
    "4": "the registry suggests another VIN",
    "5": "several characters are in doubt",
    "6": "the VIN is not complete",
    "7": "the maker is not registered in the United States",
    "8": "the registry has no details of it",
    "11": "the model year does not fit",
    "12": "the model year is in doubt",
    "14": "some characters mean nothing to the registry",
    "400": "it has characters that no VIN has",
}
_CAPITALS = {"BMW", "GMC", "MG", "VPG"}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class VinDecoding:
    """What is known of a VIN; None where nothing is said.

    Attributes:
        warnings: Sentences for staff, not for the caller.
        source: The registry, or only the number itself (see `shop.cars.makers`).
    """

    vin: str = field(repr=False)
    year: int | None
    make: str | None
    model: str | None
    trim: str | None
    body: str | None
    warnings: tuple[str, ...] = ()
    source: Literal["registry", "number"] = "registry"

    @property
    def definite(self) -> bool:
        """Whether it is a whole answer without any doubt, worth being kept."""
        whole = self.make is not None and self.model is not None and self.year is not None
        return whole and not self.warnings and self.source == "registry"


class NoAnswer(Exception):
    """An outside service gave no proper answer in time.

    Attributes:
        status: The HTTP status of a refusal, if there was one.
    """

    def __init__(self, status: int | None = None) -> None:
        super().__init__("no proper answer")
        self.status = status


async def ask(
    client: httpx.AsyncClient, url: str, params: Mapping[str, str], *, total_s: float
) -> Any:
    """Get some JSON, within `total_s` seconds. Addresses hold VINs, so none is logged.

    Raises:
        NoAnswer: Nothing came, too late, a refusal, or no JSON.
    """
    try:
        async with asyncio.timeout(total_s):
            answer = await client.get(url, params=dict(params))
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("vehicle data: no answer, %s", describe(error))
        raise NoAnswer from None
    if answer.status_code != httpx.codes.OK:
        logger.warning("vehicle data: refused with HTTP %d", answer.status_code)
        raise NoAnswer(answer.status_code)
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        logger.warning("vehicle data: the answer is no JSON, %s", describe(error))
        raise NoAnswer from None


@dataclass(frozen=True, slots=True)
class Vpic:
    """Asks the registry. The client is the caller's to open and close.

    Attributes:
        total_s: How long a caller is kept waiting at most, in seconds.
    """

    base_url: str
    client: httpx.AsyncClient
    total_s: float = 5.0

    async def decode(self, vin: str) -> VinDecoding:
        """Decode a VIN. A wrong one is not an error here: it decodes to little, with warnings.

        Raises:
            VehicleDataUnavailable: No proper answer within `total_s`.
        """
        url = f"{self.base_url.rstrip('/')}/api/vehicles/DecodeVinValues/{vin}"
        try:
            answer = await ask(self.client, url, {"format": "json"}, total_s=self.total_s)
            return _decoding(vin, _values(answer, vin))
        except NoAnswer:
            raise VehicleDataUnavailable(_UNREACHABLE) from None


def _values(answer: Any, vin: str) -> Mapping[str, Any]:
    try:
        # Both spellings are seen.
        values = (answer["Results"] if "Results" in answer else answer["results"])[0]
    except (TypeError, LookupError):
        raise NoAnswer from None
    if not isinstance(values, dict) or str(values.get("VIN") or vin).strip().upper() != vin:
        raise NoAnswer
    return values


def _decoding(vin: str, values: Mapping[str, Any]) -> VinDecoding:
    year = _text(values, "ModelYear") or ""
    make = _text(values, "Make")
    return VinDecoding(
        vin=vin,
        year=int(year) if len(year) == 4 and year.isdecimal() else None,
        make=make if make is None or make in _CAPITALS else make.title(),
        model=_text(values, "Model"),
        trim=_text(values, "Trim"),
        body=_text(values, "BodyClass"),
        warnings=_warnings(values),
    )


def _text(values: Mapping[str, Any], key: str) -> str | None:
    """Absent values come as empty strings; some are padded. A model reads them, so not too long."""
    value = values.get(key)
    return said.optional(str(value), most=_LONGEST) if isinstance(value, str | int) else None


def _warnings(values: Mapping[str, Any]) -> tuple[str, ...]:
    codes = [code.strip() for code in (_text(values, "ErrorCode") or "0").split(",")]
    return tuple(
        _MEANINGS.get(code, f"the registry reports code {code[:5]}")
        for code in codes
        if code != "0"
    )
